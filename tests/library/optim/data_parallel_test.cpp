// Two threads, each with a copy of the model and half of the batch: the sum of their gradients is that of the batch.

#include "tests/library/optim/problems.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/nn/activations.hpp"
#include "tinytorch/nn/conv.hpp"
#include "tinytorch/nn/functional.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/nn/mlp.hpp"
#include "tinytorch/optim/loop.hpp"
#include "tinytorch/optim/optimizers.hpp"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

using testing::cross_entropy;

nn::Sequential network() {
  Generator g(7);
  return nn::Sequential(nn::Conv2d(1, 3, 3, g), nn::ReLU(), nn::Flatten(), nn::Linear(3 * 4 * 4, 10, g), nn::Tanh(),
                        nn::Linear(10, 4, g));
}

data::Batch batch_of(std::int64_t rows, std::uint64_t seed) {
  Generator g(seed);
  data::Batch batch{randn({rows, 1, 6, 6}, g), empty({rows}, DType::int64)};
  for (std::int64_t i = 0; i < rows; ++i) batch.targets.data<std::int64_t>()[i] = static_cast<std::int64_t>(g.below(4));
  return batch;
}

data::Batch rows_of(const data::Batch& batch, std::int64_t from, std::int64_t to) {
  return {batch.inputs.slice(0, from, to), batch.targets.slice(0, from, to)};
}

void copy_parameters(nn::Sequential& from, nn::Sequential& to) {
  const NoGrad no_grad;
  const auto source = from.parameters(), target = to.parameters();
  for (std::size_t i = 0; i < source.size(); ++i) target[i].copy_(source[i]);
}

// Computes the gradient of `share` times the mean loss of the part, in the leaves of the copy.
void backward_part(nn::Sequential& copy, const data::Batch& part, double share) {
  for (const Tensor& p : copy.parameters()) p.set_grad(Tensor());
  (cross_entropy(copy(part.inputs), part.targets) * share).backward();
}

TEST(DataParallel, two_threads_with_a_part_each_make_the_step_of_the_big_batch) {
  constexpr std::int64_t rows = 11, first = 4;
  nn::Sequential whole = network(), master = network(), copies[2] = {network(), network()};
  optim::SGD whole_sgd(whole.parameters(), {.lr = 0.2, .momentum = 0.9});
  optim::SGD master_sgd(master.parameters(), {.lr = 0.2, .momentum = 0.9});
  for (std::uint64_t step = 0; step < 5; ++step) {
    const data::Batch batch = batch_of(rows, step);
    optim::train_step(whole, {&batch, 1}, cross_entropy, whole_sgd);

    const data::Batch parts[2] = {rows_of(batch, 0, first), rows_of(batch, first, rows)};
    std::vector<std::thread> threads;
    for (int k = 0; k < 2; ++k) {
      copy_parameters(master, copies[k]);
      threads.emplace_back([&, k] {
        backward_part(copies[k], parts[k], static_cast<double>(parts[k].size()) / static_cast<double>(rows));
      });
    }
    for (std::thread& thread : threads) thread.join();
    const auto parameters = master.parameters(), one = copies[0].parameters(), two = copies[1].parameters();
    for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i].set_grad(one[i].grad() + two[i].grad());
    master_sgd.step();
    for (std::size_t i = 0; i < parameters.size(); ++i)
      ASSERT_TRUE(allclose(whole.parameters()[i].detach(), parameters[i].detach(), 1e-5, 1e-6))
          << "parameter " << i << " after step " << step;
  }
}

}  // namespace
}  // namespace tinytorch
