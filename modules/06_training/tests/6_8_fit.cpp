// Task 6.8: fit, what it returns and where it ends.

#include "modules/06_training/tests/runs.hpp"

namespace tinytorch {

TASK_TEST_USES(6, 8, every_batch_of_every_epoch_makes_a_step, "6.3", "6.5", "6.6") {
  lab::cases(16, [](lab::Case& c) {
    Scene scene(c);
    const std::int64_t epochs = c.input("epochs", c.integer(1, 4));
    const double most = c.input("max_norm", c.coin() ? 0.3 : std::numeric_limits<double>::infinity());
    const std::int64_t patience = c.input("patience, without validation", c.integer(0, 2));
    TrainingRun run = scene.run();
    const History history = optim::fit(run, {.epochs = epochs, .max_norm = most, .patience = patience});
    CHECK_CLOSE("weights, then bias", scene.line->numbers(), course(scene, epochs, 1, most).at, tolerance);
    CHECK_CLOSE("training losses", train_losses(history), course(scene, epochs, 1, most).losses, tolerance);
    CHECK_SAME("steps after each epoch", steps_of(history), course(scene, epochs).steps);
    CHECK_SAME("epoch that is next", run.progress.epoch, epochs);
    CHECK_SAME("best epoch", history.best_epoch, -1);
  });
}

TASK_TEST_USES(6, 8, accumulated_batches_make_one_step_the_rest_of_an_epoch_too, "6.3", "6.5", "6.6") {
  lab::cases(16, [](lab::Case& c) {
    Scene scene(c);
    const std::int64_t epochs = c.integer(1, 3), together = c.input("accumulate", c.integer(2, 3));
    c.input("epochs", epochs);
    TrainingRun run = scene.run();
    const History history = optim::fit(run, {.epochs = epochs, .accumulate = together});
    CHECK_CLOSE("weights, then bias", scene.line->numbers(), course(scene, epochs, together).at, tolerance);
    CHECK_CLOSE("training losses", train_losses(history), course(scene, epochs, together).losses, tolerance);
    CHECK_SAME("steps after each epoch", steps_of(history), course(scene, epochs, together).steps);
  });
}

TASK_TEST_USES(6, 8, patience_ends_the_run_and_the_best_weights_come_back, "6.3", "6.5", "6.6", "6.7") {
  lab::cases(30, [](lab::Case& c) {
    Scene scene(c);
    const std::int64_t epochs = c.integer(1, 7);
    scene.script = some_script(c, epochs);
    FitOptions options{.epochs = c.input("epochs", epochs)};
    options.patience = c.input("patience", c.integer(0, 3));
    options.min_delta = c.input("min_delta", c.coin() ? 0.0 : 0.5);
    options.restore_best = c.input("restore_best", c.integer(0, 3) != 0);
    TrainingRun run = scene.run();
    const History history = optim::fit(run, options);
    const End end = end_of(scene.script, epochs, options.patience, options.min_delta);
    CHECK_SAME("epochs", history.epochs.size(), end.epochs);
    CHECK_SAME("best epoch", history.best_epoch, end.best);
    const auto expected = [&] {
      const std::int64_t kept = options.restore_best && end.best >= 0 ? end.best : end.epochs - 1;
      return course(scene, epochs).after_each[static_cast<std::size_t>(kept)];
    };
    CHECK_CLOSE("weights, then bias", scene.line->numbers(), expected(), tolerance);
    const auto kept = [&] { return options.restore_best && end.best >= 0 ? 2 : 0; };
    CHECK_SAME("tensors in run.progress.best", run.progress.best.size(), kept());
  });
}

// A run that callbacks stop again and again must end as one that was never stopped: with the same number of epochs, and
// with the best weights of the whole run, not of the last call.
TASK_TEST_USES(6, 8, patience_and_the_best_weights_outlast_a_stop, "6.3", "6.5", "6.6", "6.7") {
  lab::cases(30, [](lab::Case& c) {
    Scene scene(c);
    const std::int64_t epochs = c.integer(2, 8);
    scene.script = some_script(c, epochs);
    FitOptions options{.epochs = c.input("epochs", epochs)};
    options.patience = c.input("patience", c.integer(1, 3));
    options.min_delta = c.input("min_delta", c.coin() ? 0.0 : 0.5);
    const std::int64_t every = c.input("steps between two stops; 0: a stop after each epoch", c.integer(0, 6));
    if (every == 0)
      options.on_epoch = [](const TrainingRun&, const EpochRecord&) { return false; };
    else
      options.on_step = [&](const TrainingRun& now, const StepResult&) { return now.progress.step % every != 0; };
    const auto batches = static_cast<std::int64_t>(scene.sizes.size());
    const std::int64_t calls = (every == 0 ? epochs : epochs * batches / every) + 1;
    TrainingRun run = scene.run();
    for (std::int64_t k = 0; k < calls; ++k) optim::fit(run, options);
    const End end = end_of(scene.script, epochs, options.patience, options.min_delta);
    CHECK_SAME("epochs", run.progress.history.epochs.size(), end.epochs);
    CHECK_SAME("steps", run.progress.step, end.epochs * batches);
    CHECK_SAME("best epoch", run.progress.history.best_epoch, end.best);
    const auto expected = [&] {
      const std::int64_t kept = end.best >= 0 ? end.best : end.epochs - 1;
      return course(scene, epochs).after_each[static_cast<std::size_t>(kept)];
    };
    CHECK_CLOSE("weights, then bias", scene.line->numbers(), expected(), tolerance);
  });
}

TASK_TEST_USES(6, 8, each_epoch_is_written_down, "6.3", "6.5", "6.6", "6.7") {
  lab::cases(16, [](lab::Case& c) {
    Scene scene(c);
    const std::int64_t epochs = c.input("epochs", c.integer(1, 4));
    scene.script = some_script(c, epochs);
    scene.optimizer->set_lr(0.1);
    const double right = put_labels(c, "labels of the batches", scene.loader),
                 held_out_right = put_labels(c, "labels of the validation", scene.validation);
    TrainingRun run = scene.run();
    run.loss = [loss = run.loss](const Tensor& outputs, const Tensor&) {
      return loss(outputs, zeros(outputs.sizes(), outputs.dtype()));
    };
    std::vector<std::int64_t> told;
    FitOptions options{.epochs = epochs};
    options.on_epoch = [&](const TrainingRun& now, const EpochRecord& record) {
      told.push_back(record.epoch);
      told.push_back(static_cast<std::int64_t>(now.progress.history.epochs.size()));
      return true;
    };
    Numbers numbers, accuracies, expected, expected_accuracies;
    std::vector<std::int64_t> expected_told, expected_begun;
    for (const EpochRecord& record : optim::fit(run, options).epochs) {
      for (const double number : {static_cast<double>(record.epoch), record.lr, record.validation_loss})
        numbers.push_back(number);
      for (const double share : {record.train_accuracy, record.validation_accuracy}) accuracies.push_back(share);
    }
    for (std::int64_t k = 0; k < epochs; ++k) {
      for (const double number : {static_cast<double>(k), 0.1, scene.script[static_cast<std::size_t>(k)]})
        expected.push_back(number);
      for (const double share : {right, held_out_right}) expected_accuracies.push_back(share);
      for (const std::int64_t number : {k, k + 1}) expected_told.push_back(number);
      expected_begun.push_back(k);
    }
    CHECK_SAME("epoch, rate and validation loss, for each", numbers, expected);
    CHECK_CLOSE("accuracy in training and in validation, for each", accuracies, expected_accuracies, 1e-14);
    CHECK_SAME("epoch and length of the history, as on_epoch sees them", told, expected_told);
    CHECK_SAME("epochs that training began", scene.loader->begun, expected_begun);
  });
}

TASK_TEST_USES(6, 8, the_schedule_steps_after_each_step_or_each_epoch, "6.3", "6.5", "6.6", "6.7") {
  lab::cases(20, [](lab::Case& c) {
    Scene scene(c);
    const std::int64_t epochs = c.input("epochs", c.integer(1, 3));
    const bool by_epoch = c.input("schedule_epochs", c.coin()), validated = c.input("validated", c.coin());
    if (validated) scene.script = Numbers(static_cast<std::size_t>(epochs), 2.5);
    Watching schedule(*scene.optimizer, [&] { return static_cast<std::int64_t>(scene.optimizer->updates.size()) / 2; });
    TrainingRun run = scene.run();
    run.scheduler = &schedule;
    optim::fit(run, {.epochs = epochs, .schedule_epochs = by_epoch});
    const auto batches = static_cast<std::int64_t>(scene.sizes.size());
    const auto expected = [&] {
      std::vector<std::int64_t> moments;
      for (std::int64_t k = 1; k <= epochs * (by_epoch ? 1 : batches); ++k)
        moments.push_back(by_epoch ? k * batches : k);
      return moments;
    };
    CHECK_SAME("steps of the optimiser before each of the schedule's", schedule.moments, expected());
    if (by_epoch) {
      CHECK_CLOSE("losses that the schedule was told", schedule.told,
                  validated ? scene.script : course(scene, epochs).losses, tolerance);
    }
  });
}

TASK_TEST_USES(6, 8, a_run_goes_on_where_it_was_stopped, "6.3", "6.5", "6.6") {
  lab::cases(20, [](lab::Case& c) {
    Scene scene(c);
    const std::int64_t epochs = c.integer(2, 3), every = c.input("steps between two stops", c.integer(1, 4));
    c.input("epochs", epochs);
    const double right = put_labels(c, "labels of the batches", scene.loader);
    scene.t = zeros(scene.t.sizes(), DType::float64);
    TrainingRun run = scene.run();
    run.loss = [](const Tensor& outputs, const Tensor&) {
      return squared_error(outputs, zeros(outputs.sizes(), outputs.dtype()));
    };
    FitOptions options{.epochs = epochs};
    options.on_step = [&](const TrainingRun& now, const StepResult&) { return now.progress.step % every != 0; };
    const std::int64_t all_steps = epochs * static_cast<std::int64_t>(scene.sizes.size());
    const std::int64_t most = all_steps / every + 1;
    std::vector<std::int64_t> stops;
    History returned;
    for (std::int64_t k = 0; k < most; ++k) {
      returned = optim::fit(run, options);
      stops.push_back(run.progress.step);
    }
    const auto expected = [&] {
      std::vector<std::int64_t> steps;
      for (std::int64_t k = 1; k <= most; ++k)
        steps.push_back(std::min(k * every, epochs * static_cast<std::int64_t>(scene.sizes.size())));
      return steps;
    };
    CHECK_SAME("steps done at each stop", stops, expected());
    CHECK_CLOSE("weights, then bias", scene.line->numbers(), course(scene, epochs).at, tolerance);
    CHECK_CLOSE("training losses", train_losses(run.progress.history), course(scene, epochs).losses, tolerance);
    Numbers accuracies;
    for (const EpochRecord& record : run.progress.history.epochs) accuracies.push_back(record.train_accuracy);
    CHECK_CLOSE("training accuracies", accuracies, Numbers(static_cast<std::size_t>(epochs), right), 1e-14);
    CHECK_SAME("batches that were loaded", scene.loader->loaded, all_steps);
    CHECK_SAME("epochs in the returned history", returned.epochs.size(), epochs);
  });
}

TASK_TEST_USES(6, 8, a_stop_between_accumulated_batches_loses_none, "6.3", "6.5", "6.6") {
  lab::cases(20, [](lab::Case& c) {
    Scene scene(c);
    const std::int64_t epochs = c.integer(1, 3), together = c.input("accumulate", c.integer(2, 3));
    c.input("epochs", epochs);
    TrainingRun run = scene.run();
    FitOptions options{.epochs = epochs, .accumulate = together};
    options.on_step = [](const TrainingRun&, const StepResult&) { return false; };
    const std::int64_t each = (static_cast<std::int64_t>(scene.sizes.size()) + together - 1) / together;
    for (std::int64_t k = 0; k <= epochs * each; ++k) optim::fit(run, options);
    CHECK_CLOSE("weights, then bias", scene.line->numbers(), course(scene, epochs, together).at, tolerance);
    CHECK_SAME("steps after each epoch", steps_of(run.progress.history), course(scene, epochs, together).steps);
  });
}

TASK_TEST_USES(6, 8, on_epoch_can_end_a_run_without_weights_coming_back, "6.3", "6.5", "6.6", "6.7") {
  lab::cases(12, [](lab::Case& c) {
    Scene scene(c);
    scene.script = c.input("validation losses", Numbers{1.0, 2.0, 3.0, 4.0});
    const std::int64_t last = c.input("on_epoch ends it after epoch", c.integer(1, 3));
    TrainingRun run = scene.run();
    FitOptions options{.epochs = 4};
    options.on_epoch = [&](const TrainingRun&, const EpochRecord& record) { return record.epoch < last; };
    const History history = optim::fit(run, options);
    CHECK_SAME("epochs", history.epochs.size(), last + 1);
    CHECK_CLOSE("weights, then bias", scene.line->numbers(), course(scene, last + 1).at, tolerance);
  });
}

TASK_TEST_USES(6, 8, a_step_of_no_batches_is_an_error, "6.3", "6.5", "6.6") {
  lab::cases(16, [](lab::Case& c) {
    Scene scene(c);
    const std::int64_t together = c.input("accumulate", c.integer(-1, 2));
    TrainingRun run = scene.run();
    const auto expected = [&] {
      if (together < 1) throw ValueError("none");
      return course(scene, 1, together).steps;
    };
    CHECK_OUTCOME("steps", steps_of(optim::fit(run, {.epochs = 1, .accumulate = together})), expected());
  });
}

}  // namespace tinytorch
