// Task 6.9: a run that stops and goes on. It ends with the bits of a run that did not stop.

#include "modules/06_training/tests/oracle.hpp"
#include "tinytorch/data/loader.hpp"
#include "tinytorch/nn/dropout.hpp"
#include "tinytorch/nn/functional.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/nn/mlp.hpp"
#include "tinytorch/nn/norm.hpp"
#include "tinytorch/optim/checkpoint.hpp"
#include "tinytorch/optim/optimizers.hpp"
#include "tinytorch/optim/schedulers.hpp"

#include <algorithm>
#include <bit>
#include <memory>

namespace tinytorch {
namespace {

using optim::TrainingRun;

Tensor class_loss(const Tensor& outputs, const Tensor& targets) {
  return nn::functional::cross_entropy(outputs, targets);
}

data::TensorDataset three_classes(std::int64_t rows, std::uint64_t seed) {
  Generator g(seed);
  const Tensor x = randn({rows, 4}, g), noisy = x + randn({rows, 4}, g) * 0.5;
  return {x, argmax(noisy.slice(1, 0, 3), 1)};
}

/// A run with Adam, a schedule, dropout, a loader that shuffles, noise in the loss from a generator of the run, and a
/// validation that chooses the best weights. Three epochs of four steps.
struct Learning {
  explicit Learning(std::uint64_t seed) : train(three_classes(18, seed)), held_out(three_classes(6, seed + 1)) {
    Generator g(seed + 2);
    net.add<nn::Linear>(4, 5, g);
    net.add<nn::BatchNorm1d>(5);
    net.add<nn::Dropout>(0.3, g.next());
    net.add<nn::Linear>(5, 3, g);
    data::DataLoaderOptions options;
    options.batch_size = 5;
    options.shuffle = true;
    options.seed = seed;
    loader = std::make_unique<data::DataLoader>(train, options);
    validation = std::make_unique<data::DataLoader>(held_out);
    adam = std::make_unique<optim::Adam>(net.parameters(), optim::AdamOptions{.lr = 0.05});
    schedule = std::make_unique<optim::CosineAnnealingLR>(*adam, 12);
    run = std::make_unique<TrainingRun>(
        TrainingRun{.model = net, .optimizer = *adam, .loader = *loader, .loss = class_loss});
    run->scheduler = schedule.get();
    run->validation = validation.get();
    run->generators = {&noise};
    run->loss = [this](const Tensor& outputs, const Tensor& targets) {
      if (!GradMode::enabled()) return class_loss(outputs, targets);
      return class_loss(outputs + randn(outputs.sizes(), noise) * 0.2, targets);
    };
  }

  /// Trains up to that step or to the end. Returns how many steps it made.
  std::int64_t learn(std::int64_t step = -1) const {
    std::int64_t made = 0;
    optim::FitOptions options{.epochs = 3};
    options.on_step = [&, step](const TrainingRun& now, const optim::StepResult&) {
      ++made;
      return now.progress.step != step;
    };
    optim::fit(*run, options);
    return made;
  }
  /// Weights, running statistics, moments, the records of all epochs, the best weights, the random numbers.
  std::vector<Numbers> end() const {
    std::vector<Numbers> all;
    for (const StateDict& state : {net.state_dict(), adam->state_dict()})
      for (const NamedTensor& named : state) all.push_back(lab::values(named.value));
    const optim::Progress& at = run->progress;
    for (const optim::EpochRecord& record : at.history.epochs)
      all.push_back({record.train_loss, record.train_accuracy, record.validation_loss, record.validation_accuracy,
                     record.lr, static_cast<double>(record.steps)});
    for (const NamedTensor& named : at.best) all.push_back(lab::values(named.value));
    all.push_back({at.best_loss, static_cast<double>(at.history.best_epoch), static_cast<double>(schedule->steps())});
    for (const Generator* generator : random())
      for (const std::int64_t word : words_of(*generator)) all.push_back({static_cast<double>(word >> 11)});
    return all;
  }
  std::vector<const Generator*> random() const {
    std::vector<const Generator*> all{&noise};
    for (const nn::NamedGenerator& named : run->model.named_generators()) all.push_back(named.generator);
    return all;
  }

  data::TensorDataset train, held_out;
  std::unique_ptr<data::Loader> loader, validation;
  Generator noise{5};
  nn::Sequential net;
  std::unique_ptr<optim::Adam> adam;
  std::unique_ptr<optim::LRScheduler> schedule;
  std::unique_ptr<TrainingRun> run;
};

// How many numbers differ in at least one bit.
std::int64_t differing(const std::vector<Numbers>& a, const std::vector<Numbers>& b) {
  std::int64_t count = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (a[i].size() != b[i].size()) ++count;
    for (std::size_t k = 0; k < std::min(a[i].size(), b[i].size()); ++k)
      count += std::bit_cast<std::int64_t>(a[i][k]) != std::bit_cast<std::int64_t>(b[i][k]);
  }
  return count;
}

}  // namespace

// The test of the whole lab: a run that stopped after any step, also in the middle of an epoch, ends with equal bits.
TASK_TEST_USES(6, 9, a_run_that_stopped_after_any_step_ends_with_the_same_bits, "6.2", "6.3", "6.5", "6.6", "6.7",
               "6.8") {
  lab::cases(12, [](lab::Case& c) {
    const std::int64_t stop = c.input("stopped after step", c.index() + 1);
    const std::uint64_t seed = c.rng().next() % 1000;
    c.input("seed", static_cast<std::int64_t>(seed));
    const Learning first(seed), second(seed);
    first.learn(stop);
    optim::restore(*second.run, optim::capture(*first.run));
    CHECK_SAME("steps after the resume", second.learn(), 12 - stop);
    const Learning whole(seed);
    whole.learn();
    CHECK_SAME("numbers that differ from those of a run without a stop", differing(second.end(), whole.end()), 0);
  });
}

}  // namespace tinytorch
