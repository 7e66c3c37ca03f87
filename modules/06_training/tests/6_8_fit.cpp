// Task 6.8: fit.

#include "modules/06_training/tests/oracle.hpp"
#include "tinytorch/optim/lr_scheduler.hpp"

#include <algorithm>

namespace tinytorch {
namespace {

using optim::EpochRecord;
using optim::FitOptions;
using optim::History;
using optim::StepResult;
using optim::TrainingRun;

constexpr double tolerance = 1e-11;  // for a dozen steps, each with sums of a few numbers

// A line that learns a few batches. The validation losses come from a list, if there is one.
struct Scene {
  explicit Scene(lab::Case& c) : x(), t() {
    const std::int64_t in = c.integer(1, 2), parts = c.integer(2, 4), rows = parts + c.integer(1, 4);
    start = c.input("weights, then bias", some_numbers(c, in + 1));
    x = c.input("inputs", row_major(c, {rows, in}, DType::float64));
    t = c.input("targets", row_major(c, {rows, 1}, DType::float64));
    sizes = c.input("sizes of the batches", unequal_parts(c, rows, parts));
    line = std::make_unique<Line>(Numbers(start.begin(), start.end() - 1), start.back());
    optimizer = std::make_unique<Plain>(std::vector<std::vector<Tensor>>{{line->w, line->b}});
    loader = std::make_unique<ListLoader>(cut(x, t, sizes));
    const data::Batch zero{zeros({2, in}, DType::float64), zeros({2, 1}, DType::float64)};
    validation = std::make_unique<ListLoader>(std::vector<data::Batch>{zero});
  }

  TrainingRun run() {
    TrainingRun made{.model = *line, .optimizer = *optimizer, .loader = *loader, .loss = squared_error};
    if (script.empty()) return made;
    made.validation = validation.get();
    made.loss = [this](const Tensor& outputs, const Tensor& targets) {
      if (GradMode::enabled()) return squared_error(outputs, targets);
      const double loss = next < script.size() ? script[next] : 9.0;
      ++next;
      return scalar(loss, DType::float64);
    };
    return made;
  }

  Numbers start, script;
  std::size_t next = 0;
  Tensor x, t;
  std::vector<std::int64_t> sizes;
  std::unique_ptr<Line> line;
  std::unique_ptr<Plain> optimizer;
  std::unique_ptr<ListLoader> loader;
  std::unique_ptr<ListLoader> validation;
};

// The result of `epochs` epochs with `accumulate` batches for a step.
struct Course {
  Numbers at;
  std::vector<double> losses;       // of each epoch
  std::vector<std::int64_t> steps;  // in all, after each epoch
  std::vector<Numbers> after_each;  // epoch
};
Course course(const Scene& scene, std::int64_t epochs, std::int64_t accumulate = 1,
              double max_norm = std::numeric_limits<double>::infinity()) {
  Course made{scene.start, {}, {}, {}};
  std::int64_t steps = 0;
  for (std::int64_t epoch = 0; epoch < epochs; ++epoch) {
    double loss = 0.0;
    std::int64_t from = 0;
    for (std::size_t k = 0; k < scene.sizes.size(); k += static_cast<std::size_t>(accumulate), ++steps) {
      std::int64_t to = from;
      for (std::size_t j = k; j < std::min(k + static_cast<std::size_t>(accumulate), scene.sizes.size()); ++j)
        to += scene.sizes[j];
      const LineStep step = line_step(made.at, rows_of(scene.x, from, to), rows_of(scene.t, from, to));
      made.at = stepped(made.at, step.gradient, 0.1, max_norm);
      loss += step.loss * static_cast<double>(to - from);
      from = to;
    }
    made.losses.push_back(loss / static_cast<double>(from));
    made.steps.push_back(steps);
    made.after_each.push_back(made.at);
  }
  return made;
}

std::vector<double> train_losses(const History& history) {
  std::vector<double> losses;
  for (const EpochRecord& record : history.epochs) losses.push_back(record.train_loss);
  return losses;
}

std::vector<std::int64_t> steps_of(const History& history) {
  std::vector<std::int64_t> steps;
  for (const EpochRecord& record : history.epochs) steps.push_back(record.steps);
  return steps;
}

/// Records when it is stepped, and with which loss.
class Watching : public optim::LRScheduler {
 public:
  Watching(optim::Optimizer& watched, std::function<std::int64_t()> moment)
      : LRScheduler(watched), moment_(std::move(moment)) {
    apply();
  }
  void step(std::optional<double> metric = {}) override {
    moments.push_back(moment_());
    told.push_back(metric.value_or(-1.0));
    LRScheduler::step(metric);
  }
  std::vector<std::int64_t> moments;
  Numbers told;

 protected:
  double rate(std::size_t, double current) override { return current; }

 private:
  std::function<std::int64_t()> moment_;
};

// The epoch in which patience ends, and the best epoch.
struct End {
  std::int64_t epochs = 0, best = -1;
};
End end_of(const Numbers& script, std::int64_t epochs, std::int64_t patience, double min_delta) {
  End end;
  double lowest = std::numeric_limits<double>::infinity();
  while (end.epochs < epochs) {
    const double loss = script[static_cast<std::size_t>(end.epochs)];
    if (loss < lowest - min_delta) {
      lowest = loss;
      end.best = end.epochs;
    }
    ++end.epochs;
    if (patience > 0 && end.epochs - 1 - end.best >= patience) break;
  }
  return end;
}

// Losses are multiples of 1/4, so that min_delta is exact. A few are NaN.
Numbers some_script(lab::Case& c, std::int64_t epochs) {
  Numbers script;
  for (std::int64_t k = 0; k < epochs; ++k) {
    script.push_back(c.integer(0, 9) == 0 ? std::numeric_limits<double>::quiet_NaN()
                                          : 0.25 * static_cast<double>(c.integer(4, 16)));
  }
  return c.input("validation losses", script);
}

// Gives the loader's examples labels, 0 or 1. A line always answers 0: returns the share of examples with label 0.
double put_labels(lab::Case& c, const std::string& name, std::unique_ptr<ListLoader>& loader) {
  std::vector<data::Batch> batches;
  std::vector<std::int64_t> labels;
  for (const data::Batch& batch : loader->all()) {
    batches.push_back({batch.inputs, make({batch.size()}, DType::int64, [&](const Shape&) {
                         labels.push_back(c.integer(0, 1));
                         return labels.back();
                       })});
  }
  c.input(name, labels);
  loader = std::make_unique<ListLoader>(batches);
  return static_cast<double>(std::count(labels.begin(), labels.end(), 0)) / static_cast<double>(labels.size());
}

}  // namespace

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
