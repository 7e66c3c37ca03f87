#include "tinytorch/optim/lbfgs.hpp"

#include "tinytorch/core/ops.hpp"
#include "tinytorch/data/dataset.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/optim/checkpoint.hpp"
#include "tinytorch/optim/optimizers.hpp"

#include <gtest/gtest.h>

namespace tinytorch::optim {
namespace {

// Rosenbrock's valley, whose lowest point is (1, 1).
Tensor valley(const Tensor& x) {
  const Tensor a = x[0], b = x[1];
  return square(1.0 - a) + square(b - square(a)) * 100.0;
}

struct Descent {
  Tensor x = tensor({-1.2, 1.0}, DType::float64).set_requires_grad();
  LBFGS optimizer;
  explicit Descent(const LBFGSOptions& options) : optimizer({x}, options) {}
  double step() {
    return optimizer
        .step([this] {
          optimizer.zero_grad();
          Tensor loss = valley(x);
          loss.backward();
          return loss;
        })
        .item<double>();
  }
};

TEST(Lbfgs, finds_the_bottom_of_a_valley) {
  Descent run(LBFGSOptions(1.0).max_iter(100).tolerance_change(1e-15).line_search(true));
  EXPECT_NEAR(run.step(), 24.2, 1e-9);  // the loss before the step
  run.step();
  EXPECT_NEAR(run.x[0].item<double>(), 1.0, 1e-5);
  EXPECT_NEAR(run.x[1].item<double>(), 1.0, 1e-5);
}

TEST(Lbfgs, goes_on_from_a_saved_state_bit_for_bit) {
  const LBFGSOptions options = LBFGSOptions(1.0).max_iter(3).history_size(2).line_search(true);
  Descent one(options), two(options);
  one.step();
  two.x.detach().copy_(one.x.detach());
  two.optimizer.load_state_dict(one.optimizer.state_dict());
  one.step();
  two.step();
  EXPECT_TRUE(equal(one.x, two.x));
}

TEST(Lbfgs, refuses_what_makes_no_sense) {
  const Tensor x = ones({1}).set_requires_grad();
  EXPECT_THROW(LBFGS({x}, LBFGSOptions(-1.0)), ValueError);
  EXPECT_THROW(LBFGS({x}, LBFGSOptions(1.0).history_size(0)), ValueError);
  LBFGS optimizer({x});
  EXPECT_THROW(optimizer.momentum(0), ValueError);
  EXPECT_THROW(optimizer.set_lr(0, -1.0), ValueError);
  EXPECT_THROW(optimizer.step([&] { return full({}, std::nan("")); }), ValueError);
  x.set_grad(ones({1}));
  EXPECT_THROW(static_cast<Optimizer&>(optimizer).step(), ValueError);
}

TEST(ParamGroups, show_each_group_of_an_optimizer) {
  const Tensor a = ones({1}).set_requires_grad(), b = ones({2}).set_requires_grad(), c = ones({3}).set_requires_grad();
  SGD optimizer({{{a, b}, {.lr = 0.1}}, {{c}, {.lr = 0.2}}});
  std::vector<ParamGroupView> groups = optimizer.param_groups();
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[0].params().size(), 2U);
  EXPECT_TRUE(groups[1].params()[0].is_same(c));
  groups[1].options().set_lr(0.5);
  EXPECT_EQ(optimizer.lr(1), 0.5);
  EXPECT_EQ(optimizer.lr(0), 0.1);
}

TEST(DefaultGeneratorInCheckpoints, is_kept_when_the_run_used_it) {
  manual_seed(11);
  nn::Linear model(2, 1);
  SGD optimizer(model.parameters(), 0.1);
  const data::TensorDataset dataset(ones({2, 2}), ones({2, 1}));
  data::DataLoader loader(dataset, {.batch_size = 2});
  TrainingRun run{.model = model, .optimizer = optimizer, .loader = loader, .loss = {}};
  const StateDict state = capture(run);
  const Tensor next = rand({3});
  manual_seed(12);
  restore(run, state);
  EXPECT_TRUE(equal(rand({3}), next));
}

}  // namespace
}  // namespace tinytorch::optim
