// Optimisers, schedules, data, utilities and files.

#include "tests/library/libtorch/says.hpp"

#include <filesystem>

namespace says {
namespace {

namespace nn = tt::nn;
namespace optim = tt::optim;

/// One step on sum(x^2) from x = 1.
template <class Optimizer>
double after_a_step(Optimizer& optimizer, const tt::Tensor& x) {
  optimizer.zero_grad();
  (x * x).sum().backward();
  optimizer.step();
  return x.item<double>();
}
tt::Tensor parameter() { return tt::ones({1}, tt::dtype(tt::kFloat64).requires_grad(true)); }
std::vector<tt::Tensor> list(const tt::Tensor& x) { return {x}; }

SAYS(optimizers, sgd_of_a_rate) {
  const tt::Tensor x = parameter();
  optim::SGD optimizer(list(x), /*lr=*/0.1);
  EXPECT_NEAR(after_a_step(optimizer, x), 0.8, 1e-12);
}
SAYS(optimizers, adam_of_a_rate) {
  const tt::Tensor x = parameter();
  optim::Adam optimizer(list(x), 1e-3);
  EXPECT_NEAR(after_a_step(optimizer, x), 0.999, 1e-6);
}
SAYS(optimizers, adamw_of_a_rate) {
  const tt::Tensor x = parameter();
  optim::AdamW optimizer(list(x), 1e-3);
  EXPECT_LT(after_a_step(optimizer, x), 1.0);
}
SAYS(optimizers, rmsprop_of_a_rate) {
  const tt::Tensor x = parameter();
  optim::RMSprop optimizer(list(x), 0.01);
  EXPECT_NEAR(after_a_step(optimizer, x), 0.9, 1e-6);
}
SAYS(optimizers, adagrad_of_a_rate) {
  const tt::Tensor x = parameter();
  optim::Adagrad optimizer(list(x), 0.01);
  EXPECT_NEAR(after_a_step(optimizer, x), 0.99, 1e-6);
}
SAYS(optimizers, parameters_of_a_module) {
  nn::Linear net(3, 1);
  optim::SGD optimizer(net->parameters(), 0.01);
  net->forward(tt::ones({2, 3})).sum().backward();
  const tt::Tensor before = net->weight.clone();
  optimizer.step();
  EXPECT_FALSE(tt::equal(before, net->weight));
}
SAYS(optimizers, step_of_a_closure) {
  const tt::Tensor x = parameter();
  optim::SGD optimizer(list(x), 0.1);
  const tt::Tensor loss = optimizer.step([&] {
    optimizer.zero_grad();
    tt::Tensor value = (x * x).sum();
    value.backward();
    return value;
  });
  EXPECT_EQ(loss.item<double>(), 1.0);
}
SAYS(optimizers, lbfgs) {
  const tt::Tensor x = parameter();
  optim::LBFGS optimizer(list(x), optim::LBFGSOptions(1).max_iter(20));
  optimizer.step([&] {
    optimizer.zero_grad();
    tt::Tensor value = ((x - 3) * (x - 3)).sum();
    value.backward();
    return value;
  });
  EXPECT_NEAR(x.item<double>(), 3.0, 1e-4);
}
SAYS(optimizers, rates_of_the_groups) {
  const tt::Tensor x = parameter();
  optim::SGD optimizer(list(x), 0.1);
  for (auto& group : optimizer.param_groups()) group.options().set_lr(0.5);
  EXPECT_NEAR(after_a_step(optimizer, x), 0.0, 1e-12);
}
SAYS(optimizers, parameters_of_the_groups) {
  const tt::Tensor x = parameter();
  optim::Adam optimizer(list(x), 0.1);
  EXPECT_EQ(optimizer.param_groups()[0].params().size(), 1U);
}
SAYS(optimizers, learning) {
  tt::manual_seed(3);
  nn::Sequential net(nn::Linear(2, 8), nn::Tanh(), nn::Linear(8, 1));
  optim::Adam optimizer(net->parameters(), 0.05);
  const tt::Tensor x = tt::randn({64, 2}), y = x.sum(1, true);
  double loss_value = 1.0;
  for (int step = 0; step < 150; ++step) {
    optimizer.zero_grad();
    const tt::Tensor loss = tt::mse_loss(net->forward(x), y);
    loss.backward();
    optimizer.step();
    loss_value = loss.item<double>();
  }
  EXPECT_LT(loss_value, 0.05);
}
SAYS(schedules, step_lr) {
  const tt::Tensor x = parameter();
  optim::SGD optimizer(list(x), 1.0);
  optim::StepLR schedule(optimizer, /*step_size=*/1, /*gamma=*/0.5);
  optimizer.step();
  schedule.step();
  EXPECT_EQ(optimizer.param_groups()[0].options().get_lr(), 0.5);
}

SAYS(utils, clip_grad_norm) {
  const tt::Tensor x = parameter();
  (x * 10).sum().backward();
  EXPECT_NEAR(nn::utils::clip_grad_norm_(list(x), 1.0), 10.0, 1e-9);
  EXPECT_NEAR(x.grad().item<double>(), 1.0, 1e-5);
}
SAYS(utils, clip_grad_value) {
  const tt::Tensor x = parameter();
  (x * 10).sum().backward();
  nn::utils::clip_grad_value_(list(x), 2.0);
  EXPECT_EQ(x.grad().item<double>(), 2.0);
}
SAYS(utils, parameters_to_vector) {
  EXPECT_EQ(shape(nn::utils::parameters_to_vector(nn::Linear(3, 2)->parameters())), (Sizes{8}));
}
SAYS(utils, vector_to_parameters) {
  nn::Linear net(1, 1);
  nn::utils::vector_to_parameters(tt::tensor({2.0, 3.0}), net->parameters());
  EXPECT_EQ(net->bias.item<float>(), 3.0F);
}
SAYS(utils, pad_sequence) {
  const tt::Tensor x = nn::utils::rnn::pad_sequence({tt::ones({3}), tt::ones({1})}, /*batch_first=*/true);
  EXPECT_EQ(numbers(x), (Numbers{1, 1, 1, 1, 0, 0}));
}
SAYS(utils, packed_and_padded) {
  namespace rnn = nn::utils::rnn;
  const tt::Tensor x = two_by_three();
  const auto packed = rnn::pack_padded_sequence(x, tt::tensor({2, 3}), /*batch_first=*/true, /*enforce_sorted=*/false);
  const auto result = rnn::pad_packed_sequence(packed, /*batch_first=*/true);
  EXPECT_EQ(numbers(std::get<0>(result)), (Numbers{1, 2, 0, 4, 5, 6}));
  EXPECT_EQ(numbers(std::get<1>(result)), (Numbers{2, 3}));
}
SAYS(utils, xavier_uniform) {
  const tt::Tensor w = tt::zeros({4, 4});
  nn::init::xavier_uniform_(w);
  EXPECT_GT(w.abs().sum().item<float>(), 0.0F);
}
SAYS(utils, kaiming_normal) {
  const tt::Tensor w = tt::zeros({64, 64});
  nn::init::kaiming_normal_(w, 0.0, tt::kFanOut, tt::kReLU);
  EXPECT_NEAR(w.std().item<float>(), std::sqrt(2.0 / 64), 0.02);
}
SAYS(utils, constant) {
  nn::Linear net(2, 2);
  nn::init::constant_(net->bias, 0.5);
  nn::init::zeros_(net->weight);
  EXPECT_EQ(net->forward(tt::ones({1, 2})).sum().item<float>(), 1.0F);
}
SAYS(utils, orthogonal) {
  const tt::Tensor w = nn::init::orthogonal_(tt::zeros({3, 3}));
  EXPECT_TRUE(near(tt::matmul(w, w.t()), {1, 0, 0, 0, 1, 0, 0, 0, 1}, 1e-4));
}

struct File {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() /
      ("tinytorch_says_" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
  std::string name() const { return path.string(); }
  ~File() { std::filesystem::remove(path); }
};

SAYS(files, save_and_load_of_a_tensor) {
  const File file;
  tt::save(two_by_three(), file.name());
  tt::Tensor x;
  tt::load(x, file.name());
  EXPECT_EQ(numbers(x), numbers(two_by_three()));
}
SAYS(files, save_and_load_of_tensors) {
  const File file;
  tt::save(std::vector<tt::Tensor>{tt::ones({1}), tt::zeros({2})}, file.name());
  std::vector<tt::Tensor> tensors;
  tt::load(tensors, file.name());
  EXPECT_EQ(tensors.size(), 2U);
}
SAYS(files, save_and_load_of_a_module) {
  const File file;
  auto a = std::make_shared<nn::Linear>(2, 2), b = std::make_shared<nn::Linear>(2, 2);
  tt::save(*a, file.name());
  tt::load(*b, file.name());
  EXPECT_TRUE(tt::equal((*a)->weight, (*b)->weight));
}
SAYS(files, save_and_load_of_an_optimizer) {
  const File file;
  const tt::Tensor x = parameter();
  optim::Adam a(list(x), 0.1), b(list(x), 0.1);
  after_a_step(a, x);
  tt::save(a, file.name());
  tt::load(b, file.name());
  EXPECT_EQ(b.param_groups().size(), 1U);
}

}  // namespace
}  // namespace says
