// What docs/library/core.md calls safe for several threads. `tito check --full` runs it under the thread sanitizer.
#include "tests/library/optim/problems.hpp"
#include "tinytorch/nn/conv.hpp"
#include "tinytorch/nn/dropout.hpp"
#include "tinytorch/nn/norm.hpp"
#include "tinytorch/optim/optimizers.hpp"

#include <functional>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

// Runs work(0), work(1), ... at the same time.
void in_threads(int count, const std::function<void(int)>& work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back(work, i);
  for (std::thread& thread : threads) thread.join();
}

TEST(Threads, share_a_model_in_evaluation_mode) {
  Generator g(1);
  nn::Sequential net(nn::Conv2d(1, 4, 3, g), nn::BatchNorm2d(4), nn::ReLU(), nn::Dropout(0.5), nn::Flatten(),
                     nn::Linear(4 * 6 * 6, 3, g));
  net.eval();
  const Tensor x = rand({2, 1, 8, 8}, g);
  const Tensor expected = net(x).detach();
  std::vector<Tensor> results(4);
  in_threads(4, [&](int i) {
    for (int k = 0; k < 5; ++k) results[static_cast<std::size_t>(i)] = net(x).detach();
  });
  for (const Tensor& result : results) EXPECT_TRUE(equal(result, expected));
}

TEST(Threads, train_models_of_their_own) {
  const auto train = [] {
    nn::Sequential net = testing::small_net(4);
    optim::Adam adam(net.parameters(), {.lr = 0.05});
    const data::TensorDataset examples = testing::three_classes(20, 1);
    for (int step = 0; step < 5; ++step) {
      adam.zero_grad();
      testing::cross_entropy(net(examples.inputs()), examples.targets()).backward();
      adam.step();
    }
    return testing::copies(net.state_dict());
  };
  const StateDict expected = train();
  std::vector<StateDict> results(4);
  in_threads(4, [&](int i) { results[static_cast<std::size_t>(i)] = train(); });
  for (const StateDict& result : results) EXPECT_TRUE(testing::same_bits(result, expected));
}

// The graphs read the same tensors and lead to leaves of their own.
TEST(Threads, walk_back_through_graphs_that_share_no_leaf) {
  Generator g(2);
  const Tensor shared = rand({16, 8}, g), weight = rand({8, 4}, g);
  const auto gradient = [&] {
    const Tensor leaf = weight.clone().set_requires_grad();
    tanh(matmul(shared, leaf)).square().sum().backward();
    return leaf.grad();
  };
  const Tensor expected = gradient();
  std::vector<Tensor> results(4);
  in_threads(4, [&](int i) { results[static_cast<std::size_t>(i)] = gradient(); });
  for (const Tensor& result : results) EXPECT_TRUE(equal(result, expected));
}

}  // namespace
}  // namespace tinytorch
