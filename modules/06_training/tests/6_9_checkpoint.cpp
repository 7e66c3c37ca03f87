// Task 6.9: capture and restore.

#include "modules/06_training/tests/oracle.hpp"
#include "tinytorch/nn/dropout.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/nn/mlp.hpp"
#include "tinytorch/nn/norm.hpp"
#include "tinytorch/optim/checkpoint.hpp"
#include "tinytorch/optim/optimizers.hpp"
#include "tinytorch/optim/schedulers.hpp"

#include <algorithm>
#include <memory>

namespace tinytorch {
namespace {

using optim::TrainingRun;

std::vector<std::pair<std::string, Numbers>> listed(const StateDict& state) {
  std::vector<std::pair<std::string, Numbers>> all;
  for (const NamedTensor& named : state) all.emplace_back(named.name, lab::values(named.value));
  std::sort(all.begin(), all.end());  // the names may be in any order
  return all;
}

/// A run that is not trained: every part is filled with random numbers.
struct Filled {
  Filled(lab::Case& c, bool with_schedule, bool with_best) {
    Generator drawn(c.rng().next());
    net.add<nn::BatchNorm1d>(2);
    net.add<nn::Dropout>(0.5, drawn.next());
    for (const std::vector<Tensor>& part : {net.parameters(), net.buffers()}) {
      for (const Tensor& x : part) {
        if (x.dtype() != DType::float32) continue;
        for (std::int64_t i = 0; i < x.numel(); ++i) x.data<float>()[i] = static_cast<float>(drawn.uniform());
      }
    }
    optimizer = std::make_unique<Plain>(std::vector<std::vector<Tensor>>{net.parameters()}, drawn.uniform());
    for (const Tensor& x : optimizer->trace) x.data<float>()[0] = static_cast<float>(drawn.uniform());
    if (with_schedule) {
      schedule = std::make_unique<optim::ExponentialLR>(*optimizer, 0.5);
      for (std::uint64_t k = drawn.below(4); k > 0; --k) schedule->step();
    }
    own = Generator(drawn.next());
    run = std::make_unique<TrainingRun>(
        TrainingRun{.model = net, .optimizer = *optimizer, .loader = loader, .loss = squared_error});
    run->scheduler = schedule.get();
    run->generators = {&own};
    fill(drawn, with_best);
  }
  void fill(Generator& drawn, bool with_best) const {
    optim::Progress& at = run->progress;
    at.epoch = static_cast<std::int64_t>(drawn.below(9));
    at.batch = static_cast<std::int64_t>(drawn.below(2));
    at.step = static_cast<std::int64_t>(drawn.below(99));
    at.loss = drawn.uniform();
    at.examples = static_cast<std::int64_t>(drawn.below(99));
    at.correct = static_cast<std::int64_t>(drawn.below(99));
    at.best_loss = drawn.uniform();
    at.history.best_epoch = static_cast<std::int64_t>(drawn.below(9));
    at.history.epochs = {{0, 3, drawn.uniform(), drawn.uniform(), drawn.uniform(), drawn.uniform(), drawn.uniform()}};
    if (!with_best) return;
    for (const NamedTensor& named : net.state_dict()) {
      const Tensor best = copied(named.value);
      if (best.dtype() == DType::float32) best.data<float>()[0] = static_cast<float>(drawn.uniform());
      at.best.push_back({named.name, best});
    }
  }

  /// Everything that decides what comes next, in one list.
  std::vector<std::pair<std::string, Numbers>> everything() const {
    auto all = listed(net.state_dict());
    for (auto& part : listed(optimizer->state_dict())) all.push_back(part);
    const optim::Progress& at = run->progress;
    const optim::EpochRecord& past = at.history.epochs.at(0);
    Numbers numbers{static_cast<double>(at.epoch),
                    static_cast<double>(at.batch),
                    static_cast<double>(at.step),
                    at.loss,
                    static_cast<double>(at.examples),
                    static_cast<double>(at.correct),
                    at.best_loss,
                    static_cast<double>(at.history.best_epoch),
                    past.lr,
                    past.train_loss,
                    past.validation_loss};
    all.emplace_back("progress", numbers);
    for (auto& part : listed(at.best)) all.push_back(part);
    all.emplace_back("schedule", Numbers{schedule ? static_cast<double>(schedule->steps()) : -1.0});
    return all;
  }
  std::vector<std::vector<std::int64_t>> random_numbers() {
    std::vector<std::vector<std::int64_t>> all{words_of(own)};
    for (const nn::NamedGenerator& named : net.named_generators()) all.push_back(words_of(*named.generator));
    return all;
  }

  nn::Sequential net;
  std::unique_ptr<Plain> optimizer;
  std::unique_ptr<optim::LRScheduler> schedule;
  Generator own;
  ListLoader loader{{{zeros({3, 2}), zeros({3, 2})}, {zeros({1, 2}), zeros({1, 2})}}};
  std::unique_ptr<TrainingRun> run;
};

bool is_weight(const std::string& name) {
  return name.starts_with("model.") || name.starts_with("optimizer.") || name.starts_with("best.");
}

// The tensors of the model, the optimiser and the best weights in a state.
std::vector<std::pair<std::string, Numbers>> weights_among(const StateDict& state) {
  auto all = listed(state);
  std::erase_if(all, [](const auto& named) { return !is_weight(named.first); });
  return all;
}

// What those tensors must be.
std::vector<std::pair<std::string, Numbers>> captured(const Filled& filled) {
  StateDict all;
  const auto join = [&](const std::string& prefix, const StateDict& part) {
    for (const NamedTensor& named : part) all.push_back({prefix + named.name, named.value});
  };
  join("model.", filled.net.state_dict());
  join("optimizer.", filled.optimizer->state_dict());
  join("best.", filled.run->progress.best);
  return listed(all);
}

}  // namespace

TASK_TEST(6, 9, each_part_stands_under_its_prefix) {
  lab::cases(12, [](lab::Case& c) {
    const bool with_schedule = c.input("a schedule", c.coin()), with_best = c.input("best weights", c.coin());
    const Filled filled(c, with_schedule, with_best);
    std::vector<std::string> names;
    for (const NamedTensor& named : optim::capture(*filled.run)) names.push_back(named.name);
    std::sort(names.begin(), names.end());
    const auto expected = [&] {
      std::vector<std::string> all{"generator.#0",  "generator.1.generator", "run.batch",           "run.best_epoch",
                                   "run.best_loss", "run.correct",           "run.epoch",           "run.examples",
                                   "run.history",   "run.loader_batches",    "run.loader_examples", "run.loss",
                                   "run.step"};
      for (const NamedTensor& named : filled.net.state_dict()) all.push_back("model." + named.name);
      for (const NamedTensor& named : filled.optimizer->state_dict()) all.push_back("optimizer." + named.name);
      if (with_schedule) all.insert(all.end(), {"scheduler.step", "scheduler.base_lr"});
      if (with_best)
        for (const NamedTensor& named : filled.net.state_dict()) all.push_back("best." + named.name);
      std::sort(all.begin(), all.end());
      return all;
    };
    CHECK_SAME("names, sorted", names, expected());
  });
}

TASK_TEST(6, 9, every_part_comes_back) {
  lab::cases(16, [](lab::Case& c) {
    const bool with_schedule = c.input("a schedule", c.coin()), with_best = c.input("best weights", c.coin());
    Filled saved(c, with_schedule, with_best), other(c, with_schedule, c.coin());
    optim::restore(*other.run, optim::capture(*saved.run));
    CHECK_SAME("model, optimizer, progress, best, schedule", other.everything(), saved.everything());
    CHECK_SAME("generators", other.random_numbers(), saved.random_numbers());
  });
}

TASK_TEST(6, 9, what_was_captured_stays_when_the_run_goes_on) {
  lab::cases(12, [](lab::Case& c) {
    Filled filled(c, true, true);
    const StateDict state = optim::capture(*filled.run);
    const auto before = captured(filled);
    for (const Tensor& x : filled.net.parameters()) x.data<float>()[0] += 1.0F;
    for (const Tensor& x : filled.optimizer->trace) x.data<float>()[0] += 1.0F;
    filled.run->progress.best[0].value.data<float>()[0] += 1.0F;
    CHECK_SAME("tensors of the model, the optimizer and the best weights", weights_among(state), before);
  });
}

TASK_TEST(6, 9, the_best_weights_are_copied_both_ways) {
  lab::cases(12, [](lab::Case& c) {
    Filled saved(c, false, true), other(c, false, false);
    StateDict state = optim::capture(*saved.run);
    optim::restore(*other.run, state);
    const auto before = listed(saved.run->progress.best);
    for (const NamedTensor& named : state) {
      if (named.name == "best.0.weight") named.value.data<float>()[0] += 1.0F;
    }
    CHECK_SAME("best weights after the state has changed", listed(other.run->progress.best), before);
  });
}

TASK_TEST(6, 9, a_name_that_is_missing_or_unknown_throws) {
  lab::cases(30, [](lab::Case& c) {
    const bool with_schedule = c.input("a schedule", c.coin());
    Filled saved(c, with_schedule, true), other(c, with_schedule, false);
    StateDict state = optim::capture(*saved.run);
    const std::string kind =
        c.input("change", c.pick<std::string>({"none", "unknown", "missing", "the state of a run with a schedule"}));
    const std::string odd = c.pick<std::string>({"weights", "other.0.weight", "run.weather", "generator.#1"});
    const std::string gone = c.pick<std::string>({"run.step", "generator.#0", "model.0.weight", "run.history"});
    if (kind == "unknown") state.push_back({c.input("added", odd), zeros({1})});
    if (kind == "missing") {
      c.input("removed", gone);
      std::erase_if(state, [&](const NamedTensor& named) { return named.name == gone; });
    }
    if (kind == "the state of a run with a schedule") state = optim::capture(*Filled(c, true, true).run);
    const auto restored = [&] {
      optim::restore(*other.run, state);
      return true;
    };
    const bool fits = kind == "none" || (kind == "the state of a run with a schedule" && with_schedule);
    const auto expected = [&] {
      if (!fits) throw ValueError("names");
      return true;
    };
    const Numbers before{static_cast<double>(other.run->progress.step), other.run->progress.loss};
    CHECK_OUTCOME("restored", restored(), expected());
    const Numbers after{static_cast<double>(other.run->progress.step), other.run->progress.loss};
    const auto progress = [&] {
      return fits ? Numbers{static_cast<double>(saved.run->progress.step), saved.run->progress.loss} : before;
    };
    if (kind != "the state of a run with a schedule") CHECK_SAME("step and loss of the progress", after, progress());
  });
}

TASK_TEST(6, 9, a_prefix_without_its_dot_is_unknown) {
  lab::cases(12, [](lab::Case& c) {
    Filled saved(c, true, true), other(c, true, false);
    StateDict state = optim::capture(*saved.run);
    const bool added = c.input("a name is added", c.coin());
    const std::string name = c.input("name", c.pick<std::string>({"modelweight", "best", "optimizer", "runs.step"}));
    if (added) state.push_back({name, zeros({1})});
    const auto restored = [&] {
      optim::restore(*other.run, state);
      return true;
    };
    const auto expected = [&] {
      if (added) throw ValueError("name");
      return true;
    };
    CHECK_OUTCOME("restored", restored(), expected());
  });
}

TASK_TEST(6, 9, what_does_not_fit_throws_and_the_progress_stays) {
  lab::cases(30, [](lab::Case& c) {
    Filled saved(c, true, true), other(c, true, false);
    StateDict state = optim::capture(*saved.run);
    const std::string kind = c.input(
        "change", c.pick<std::string>({"none", "a weight of another shape", "a generator of another shape",
                                       "a generator of floats", "a step of floats", "a loader of other length"}));
    const auto put = [&](const std::string& name, const Tensor& value) {
      for (NamedTensor& named : state)
        if (named.name == name) named.value = value;
    };
    if (kind == "a weight of another shape") put("model.0.weight", zeros({3}));
    if (kind == "a generator of another shape") put("generator.#0", zeros({5}, DType::int64));
    if (kind == "a generator of floats") put("generator.#0", zeros({6}));
    if (kind == "a step of floats") put("run.step", zeros({}));
    if (kind == "a loader of other length") other.loader = ListLoader({{zeros({4, 2}), zeros({4, 2})}});
    const auto restored = [&] {
      optim::restore(*other.run, state);
      return true;
    };
    const auto expected = [&] {
      if (kind == "a loader of other length") throw ValueError("loader");
      if (kind.ends_with("shape")) throw ShapeError("shape");
      if (kind.ends_with("floats")) throw DTypeError("dtype");
      return true;
    };
    const auto progress_of = [](const Filled& filled) {
      const optim::Progress& at = filled.run->progress;
      return Numbers{static_cast<double>(at.step), static_cast<double>(at.batch), at.loss, at.best_loss,
                     static_cast<double>(at.best.size())};
    };
    const Numbers before = progress_of(other);
    CHECK_OUTCOME("restored", restored(), expected());
    CHECK_SAME("step, batch, loss, best loss and best tensors of the progress", progress_of(other),
               kind == "none" ? progress_of(saved) : before);
  });
}

}  // namespace tinytorch
