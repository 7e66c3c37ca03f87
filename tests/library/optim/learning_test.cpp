// Small tasks are learned to an accuracy that a broken part does not reach. (Bug 23 of other libraries: examples that
// no longer run.)

#include "tests/library/optim/problems.hpp"
#include "tinytorch/data/batching.hpp"
#include "tinytorch/data/formats/csv.hpp"
#include "tinytorch/data/loader.hpp"
#include "tinytorch/optim/loop.hpp"
#include "tinytorch/optim/optimizers.hpp"

#include <cmath>
#include <cstdint>
#include <numbers>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

using optim::TrainingRun;
using testing::cross_entropy;

TEST(PeersBugs, xor_is_learned) {
  const data::TensorDataset examples(tensor({{0.0, 0.0}, {0.0, 1.0}, {1.0, 0.0}, {1.0, 1.0}}), tensor({0, 1, 1, 0}));
  data::DataLoader loader(examples, {.batch_size = 4});
  Generator g(1);
  nn::Sequential net(nn::Linear(2, 8, g), nn::Tanh(), nn::Linear(8, 2, g));
  optim::SGD sgd(net.parameters(), {.lr = 0.5, .momentum = 0.9});
  TrainingRun run{.model = net, .optimizer = sgd, .loader = loader, .loss = cross_entropy};
  optim::fit(run, {.epochs = 200});
  const optim::EvalResult result = optim::evaluate(net, loader, cross_entropy);
  EXPECT_EQ(result.correct, 4);
  EXPECT_LT(result.loss, 0.05);
}

// Two interleaved half circles, with noise.
data::TensorDataset two_moons(std::int64_t count, std::uint64_t seed) {
  Generator g(seed);
  const Tensor points = empty({count, 2}), labels = empty({count}, DType::int64);
  for (std::int64_t i = 0; i < count; ++i) {
    const bool lower = i % 2 == 1;
    const double angle = std::numbers::pi * g.uniform();
    const double x = lower ? 1.0 - std::cos(angle) : std::cos(angle);
    const double y = lower ? 0.5 - std::sin(angle) : std::sin(angle);
    points.data<float>()[2 * i] = static_cast<float>(x + 0.1 * g.normal());
    points.data<float>()[2 * i + 1] = static_cast<float>(y + 0.1 * g.normal());
    labels.data<std::int64_t>()[i] = lower;
  }
  return {points, labels};
}

TEST(PeersBugs, two_moons_are_told_apart) {
  const data::TensorDataset train = two_moons(300, 1), test = two_moons(200, 2);
  data::DataLoader loader(train, {.batch_size = 32, .shuffle = true}), held_out(test, {.batch_size = 64});
  Generator g(1);
  nn::Sequential net(nn::Linear(2, 16, g), nn::ReLU(), nn::Linear(16, 16, g), nn::ReLU(), nn::Linear(16, 2, g));
  optim::RMSprop rmsprop(net.parameters(), {.lr = 0.005});
  TrainingRun run{.model = net, .optimizer = rmsprop, .loader = loader, .loss = cross_entropy};
  optim::fit(run, {.epochs = 40});
  EXPECT_GE(optim::evaluate(net, held_out, cross_entropy).accuracy(), 0.97);
}

TEST(PeersBugs, digits_are_read) {
  const Tensor table = data::read_csv(TINYTORCH_DATA_DIR "/digits.csv.gz");
  const Tensor labels = table.select(1, 64).to(DType::int64).contiguous();
  const data::TensorDataset digits(table.slice(1, 0, 64) / 16.0, labels);
  const auto split =
      data::stratified_split({labels.data<std::int64_t>(), static_cast<std::size_t>(labels.numel())}, 0.2, 1);
  const data::Subset train(digits, split.train), test(digits, split.test);
  data::DataLoader loader(train, {.batch_size = 32, .shuffle = true}), held_out(test, {.batch_size = 64});
  Generator g(1);
  nn::Sequential net(nn::Linear(64, 32, g), nn::ReLU(), nn::Linear(32, 10, g));
  optim::AdamW adam(net.parameters(), {.lr = 5e-3});
  TrainingRun run{.model = net, .optimizer = adam, .loader = loader, .loss = cross_entropy};
  optim::fit(run, {.epochs = 8});
  EXPECT_GE(optim::evaluate(net, held_out, cross_entropy).accuracy(), 0.94);
}

}  // namespace
}  // namespace tinytorch
