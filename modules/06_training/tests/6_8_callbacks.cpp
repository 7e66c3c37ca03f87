// Task 6.8: fit, what callbacks and records see, and when.

#include "modules/06_training/tests/runs.hpp"

namespace tinytorch {

// Each moment that a callback sees is one from which the run could be saved.
TASK_TEST_USES(6, 8, on_step_sees_the_schedule_and_the_progress_after_the_step, "6.3", "6.5", "6.6") {
  lab::cases(20, [](lab::Case& c) {
    Scene scene(c);
    const std::int64_t epochs = c.input("epochs", c.integer(1, 3)), together = c.input("accumulate", c.integer(1, 3));
    Watching schedule(*scene.optimizer, [] { return std::int64_t{0}; });
    TrainingRun run = scene.run();
    run.scheduler = &schedule;
    std::vector<std::vector<std::int64_t>> seen;
    Numbers sums;
    FitOptions options{.epochs = epochs, .accumulate = together};
    options.on_step = [&](const TrainingRun& now, const StepResult&) {
      const optim::Progress& at = now.progress;
      seen.push_back({at.epoch, at.batch, at.step, at.examples, schedule.steps()});
      sums.push_back(at.loss);
      return true;
    };
    optim::fit(run, options);
    std::vector<std::vector<std::int64_t>> expected;
    const auto batches = static_cast<std::int64_t>(scene.sizes.size());
    for (std::int64_t epoch = 0, step = 1; epoch < epochs; ++epoch) {
      for (std::int64_t done = 0; done < batches; ++step) {
        done = std::min(done + together, batches);
        std::int64_t examples = 0;
        for (std::int64_t k = 0; k < done; ++k) examples += scene.sizes[static_cast<std::size_t>(k)];
        expected.push_back({epoch, done, step, examples, step});
      }
    }
    CHECK_SAME("epoch, batch, step, examples and steps of the schedule, as on_step sees them", seen, expected);
    const auto last_sums = [&] {  // of each epoch
      Numbers all;
      for (const double loss : course(scene, epochs, together).losses)
        all.push_back(loss * static_cast<double>(scene.x.sizes()[0]));
      return all;
    };
    const auto of_last_steps = [&] {
      const std::size_t each = static_cast<std::size_t>((batches + together - 1) / together);
      Numbers all;
      for (std::size_t k = each; k <= sums.size(); k += each) all.push_back(sums[k - 1]);
      return all;
    };
    CHECK_CLOSE("sum of the losses in each epoch's last step", of_last_steps(), last_sums(), tolerance * 10.0);
  });
}

TASK_TEST_USES(6, 8, on_epoch_sees_the_schedule_and_the_progress_of_the_next_epoch, "6.3", "6.5", "6.6", "6.7") {
  lab::cases(20, [](lab::Case& c) {
    Scene scene(c);
    const std::int64_t epochs = c.input("epochs", c.integer(1, 4));
    scene.script = some_script(c, epochs);
    Watching schedule(*scene.optimizer, [] { return std::int64_t{0}; });
    TrainingRun run = scene.run();
    run.scheduler = &schedule;
    std::vector<std::vector<std::int64_t>> seen;
    Numbers losses;
    std::vector<Numbers> weights;
    FitOptions options{.epochs = epochs, .schedule_epochs = true};
    options.on_epoch = [&](const TrainingRun& now, const EpochRecord&) {
      const optim::Progress& at = now.progress;
      seen.push_back({at.epoch, at.batch, at.examples, at.correct, schedule.steps(), at.history.best_epoch});
      for (const double loss : {at.loss, at.best_loss}) losses.push_back(loss);
      weights.emplace_back();
      for (const NamedTensor& named : at.best)
        for (const double number : lab::values(named.value)) weights.back().push_back(number);
      return true;
    };
    optim::fit(run, options);
    std::vector<std::vector<std::int64_t>> expected;
    Numbers expected_losses;
    std::vector<Numbers> expected_weights;
    for (std::int64_t k = 1; k <= epochs; ++k) {
      const End end = end_of(scene.script, k, 0, 0.0);
      const auto best = static_cast<std::size_t>(end.best);
      expected.push_back({k, 0, 0, 0, k, end.best});
      expected_losses.push_back(0.0);
      expected_losses.push_back(end.best >= 0 ? scene.script[best] : std::numeric_limits<double>::infinity());
      expected_weights.push_back(end.best >= 0 ? course(scene, epochs).after_each[best] : Numbers());
    }
    CHECK_SAME("epoch, batch, examples, answers, steps of the schedule and best epoch, as on_epoch sees them", seen,
               expected);
    CHECK_SAME("sum of losses and best loss, as on_epoch sees them", losses, expected_losses);
    CHECK_CLOSE("best weights, then bias, as on_epoch sees them", weights, expected_weights, tolerance);
  });
}

TASK_TEST_USES(6, 8, the_rate_of_an_epoch_is_the_one_after_its_last_step, "6.3", "6.5", "6.6") {
  lab::cases(16, [](lab::Case& c) {
    Scene scene(c);
    const std::int64_t epochs = c.input("epochs", c.integer(1, 4));
    const bool by_epoch = c.input("schedule_epochs", c.coin());
    struct Falling : optim::LRScheduler {  // 1, 1/2, 1/3, ...
      explicit Falling(optim::Optimizer& optimizer) : LRScheduler(optimizer) { apply(); }
      double rate(std::size_t, double) override { return 1.0 / static_cast<double>(steps() + 1); }
    } schedule(*scene.optimizer);
    TrainingRun run = scene.run();
    run.scheduler = &schedule;
    Numbers rates, expected;
    for (const EpochRecord& record : optim::fit(run, {.epochs = epochs, .schedule_epochs = by_epoch}).epochs)
      rates.push_back(record.lr);
    const auto batches = static_cast<std::int64_t>(scene.sizes.size());
    for (std::int64_t k = 0; k < epochs; ++k)
      expected.push_back(1.0 / static_cast<double>(1 + (by_epoch ? k : (k + 1) * batches)));
    CHECK_CLOSE("rates of the epochs, from 1 with a schedule of 1, 1/2, 1/3, ...", rates, expected, 1e-15);
  });
}

}  // namespace tinytorch
