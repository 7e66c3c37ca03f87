// A whole training: epochs, validation, patience, best weights, accumulation, determinism.

#include "tests/library/optim/problems.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/optim/loop.hpp"
#include "tinytorch/optim/optimizers.hpp"
#include "tinytorch/optim/schedulers.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

using optim::EpochRecord;
using optim::FitOptions;
using optim::History;
using optim::StepResult;
using optim::TrainingRun;
using testing::copies;
using testing::cross_entropy;
using testing::same_bits;
using testing::small_net;
using testing::three_classes;

TEST(Fit, records_every_epoch_and_learns) {
  const data::TensorDataset train = three_classes(60, 1), held_out = three_classes(30, 2);
  data::DataLoader loader(train, {.batch_size = 7, .shuffle = true, .seed = 3}), validation(held_out, {});
  nn::Sequential net = small_net(4, 0.0);
  optim::Adam adam(net.parameters(), {.lr = 0.02});
  TrainingRun run{.model = net, .optimizer = adam, .loader = loader, .loss = cross_entropy, .validation = &validation};
  std::vector<double> looked;
  const History history = optim::fit(
      run, {.epochs = 12, .restore_best = false, .on_epoch = [&](const TrainingRun& now, const EpochRecord& record) {
              looked.push_back(optim::evaluate(now.model, validation, cross_entropy).loss);
              EXPECT_EQ(looked.back(), record.validation_loss);
              return true;
            }});
  ASSERT_EQ(history.epochs.size(), 12U);
  for (std::size_t i = 0; i < 12; ++i) {
    EXPECT_EQ(history.epochs[i].epoch, static_cast<std::int64_t>(i));
    EXPECT_EQ(history.epochs[i].steps, static_cast<std::int64_t>(9 * (i + 1)));
    EXPECT_EQ(history.epochs[i].lr, 0.02);
  }
  EXPECT_LT(history.epochs.back().train_loss, 0.7 * history.epochs.front().train_loss);
  EXPECT_GT(history.epochs.back().train_accuracy, 0.7);
  EXPECT_EQ(run.progress.epoch, 12);
  EXPECT_EQ(run.progress.step, 108);
}

TEST(Fit, is_a_loop_over_train_step) {
  const data::TensorDataset train = three_classes(20, 1);
  data::DataLoader loader(train, {.batch_size = 6, .shuffle = true, .seed = 3});
  nn::Sequential by_fit = small_net(4), by_hand = small_net(4);
  optim::SGD fit_sgd(by_fit.parameters(), {.lr = 0.1}), hand_sgd(by_hand.parameters(), {.lr = 0.1});
  TrainingRun run{.model = by_fit, .optimizer = fit_sgd, .loader = loader, .loss = cross_entropy};
  const History history = optim::fit(run, {.epochs = 3, .max_norm = 0.5});
  for (std::int64_t epoch = 0; epoch < 3; ++epoch) {
    double loss = 0.0;
    for (const data::Batch& batch : loader.epoch(epoch))
      loss += static_cast<double>(batch.size()) *
              optim::train_step(by_hand, {&batch, 1}, cross_entropy, hand_sgd, {.max_norm = 0.5}).loss;
    EXPECT_NEAR(history.epochs[static_cast<std::size_t>(epoch)].train_loss, loss / 20.0, 1e-12);
  }
  EXPECT_TRUE(same_bits(by_fit.state_dict(), by_hand.state_dict()));
  EXPECT_TRUE(std::isnan(history.epochs[0].validation_loss));
  EXPECT_EQ(history.best_epoch, -1);
}

TEST(Fit, accumulates_batches_and_takes_what_is_left) {
  const data::TensorDataset train = three_classes(20, 1);
  data::DataLoader small(train, {.batch_size = 3}), large(train, {.batch_size = 6});  // 7 batches and 4
  nn::Sequential a = small_net(4, 0.0), b = small_net(4, 0.0);
  optim::SGD sgd_a(a.parameters(), {.lr = 0.1}), sgd_b(b.parameters(), {.lr = 0.1});
  TrainingRun pieces{.model = a, .optimizer = sgd_a, .loader = small, .loss = cross_entropy};
  TrainingRun whole{.model = b, .optimizer = sgd_b, .loader = large, .loss = cross_entropy};
  optim::fit(pieces, {.epochs = 2, .accumulate = 2});
  optim::fit(whole, {.epochs = 2});
  EXPECT_EQ(pieces.progress.step, 8);
  for (std::size_t i = 0; i < a.parameters().size(); ++i)
    EXPECT_TRUE(allclose(a.parameters()[i].detach(), b.parameters()[i].detach(), 1e-5, 1e-6)) << i;
  EXPECT_THROW(optim::fit(whole, {.epochs = 4, .accumulate = 0}), ValueError);
}

// The validation losses come from a list. The training is real.
struct Scripted {
  explicit Scripted(std::vector<double> losses) : script(std::move(losses)) {}

  std::vector<double> script;
  std::size_t next = 0;
  data::TensorDataset train = three_classes(12, 1);
  data::DataLoader loader{train, {.batch_size = 4, .shuffle = true}};
  data::DataLoader validation{train, {.batch_size = 12}};
  nn::Sequential net = small_net(4);
  optim::SGD sgd{net.parameters(), {.lr = 0.1}};
  std::vector<StateDict> weights;  // after each epoch

  History fit(FitOptions options) {
    TrainingRun run{.model = net,
                    .optimizer = sgd,
                    .loader = loader,
                    .loss =
                        [this](const Tensor& outputs, const Tensor& targets) {
                          return GradMode::enabled() ? cross_entropy(outputs, targets)
                                                     : scalar(script.at(next++), DType::float64);
                        },
                    .validation = &validation};
    options.on_epoch = [this](const TrainingRun& now, const EpochRecord&) {
      weights.push_back(copies(now.model.state_dict()));
      return true;
    };
    return optim::fit(run, options);
  }
};

TEST(Fit, stops_when_patience_ends_and_brings_the_best_weights_back) {
  Scripted run({3, 2, 2.5, 2.2, 1, 1});
  const History history = run.fit({.epochs = 10, .patience = 2});
  EXPECT_EQ(history.epochs.size(), 4U);
  EXPECT_EQ(history.best_epoch, 1);
  EXPECT_TRUE(same_bits(run.net.state_dict(), run.weights[1]));  // copies: handles would show later training
  EXPECT_FALSE(same_bits(run.net.state_dict(), run.weights[3]));
}

TEST(Fit, keeps_the_last_weights_when_they_are_the_best_or_wanted) {
  Scripted falling({3, 2, 1});
  EXPECT_EQ(falling.fit({.epochs = 3, .patience = 1}).best_epoch, 2);
  EXPECT_TRUE(same_bits(falling.net.state_dict(), falling.weights[2]));
  Scripted rising({1, 2, 3});
  EXPECT_EQ(rising.fit({.epochs = 3, .restore_best = false}).best_epoch, 0);
  EXPECT_TRUE(same_bits(rising.net.state_dict(), rising.weights[2]));
}

TEST(Fit, counts_an_epoch_as_better_only_beyond_min_delta_and_nan_never) {
  Scripted slow({3, 2.95, 2.85, 2.5, 2.45, 2.41});
  const History history = slow.fit({.epochs = 9, .patience = 2, .min_delta = 0.1});
  EXPECT_EQ(history.best_epoch, 3);
  EXPECT_EQ(history.epochs.size(), 6U);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Scripted lost({nan, nan, nan, nan});
  EXPECT_EQ(lost.fit({.epochs = 4, .patience = 2}).epochs.size(), 2U);
}

TEST(Fit, steps_the_schedule_by_step_or_by_epoch) {
  const data::TensorDataset train = three_classes(12, 1);
  data::DataLoader loader(train, {.batch_size = 4});
  nn::Sequential net = small_net(4);
  for (const bool by_epoch : {false, true}) {
    optim::SGD sgd(net.parameters(), {.lr = 1.0});
    optim::ExponentialLR schedule(sgd, 0.5);
    TrainingRun run{.model = net, .optimizer = sgd, .loader = loader, .loss = cross_entropy, .scheduler = &schedule};
    optim::fit(run, {.epochs = 2, .schedule_epochs = by_epoch});
    EXPECT_DOUBLE_EQ(sgd.lr(0), std::pow(0.5, by_epoch ? 2 : 6));
  }
}

TEST(Fit, stops_in_mid_epoch_and_goes_on_from_there) {
  const data::TensorDataset train = three_classes(20, 1);
  data::DataLoader loader(train, {.batch_size = 4, .shuffle = true});
  nn::Sequential straight = small_net(4), broken = small_net(4);
  optim::Adam straight_adam(straight.parameters()), broken_adam(broken.parameters());
  TrainingRun whole{.model = straight, .optimizer = straight_adam, .loader = loader, .loss = cross_entropy};
  optim::fit(whole, {.epochs = 4});
  TrainingRun parts{.model = broken, .optimizer = broken_adam, .loader = loader, .loss = cross_entropy};
  FitOptions options{.epochs = 4};
  options.on_step = [](const TrainingRun& run, const StepResult& result) {
    EXPECT_EQ(result.examples, 4);
    return run.progress.step % 3 != 0;
  };
  int calls = 0;
  for (; parts.progress.epoch < 4; ++calls) optim::fit(parts, options);
  EXPECT_EQ(calls, 7);
  EXPECT_TRUE(same_bits(straight.state_dict(), broken.state_dict()));
  ASSERT_EQ(parts.progress.history.epochs.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_EQ(parts.progress.history.epochs[i].train_loss, whole.progress.history.epochs[i].train_loss);
}

TEST(Fit, same_seed_same_bits) {
  const auto train = [](std::uint64_t seed) {
    const data::TensorDataset examples = three_classes(40, 1);
    data::DataLoader loader(examples, {.batch_size = 7, .shuffle = true, .seed = seed});
    nn::Sequential net = small_net(seed);
    optim::AdamW adam(net.parameters(), {.lr = 0.01});
    TrainingRun run{.model = net, .optimizer = adam, .loader = loader, .loss = cross_entropy};
    optim::fit(run, {.epochs = 5});
    return copies(net.state_dict());
  };
  EXPECT_TRUE(same_bits(train(1), train(1)));
  EXPECT_FALSE(same_bits(train(1), train(2)));
}

}  // namespace
}  // namespace tinytorch
