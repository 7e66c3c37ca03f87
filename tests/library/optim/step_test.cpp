// A step of training, with micro-batches, clipping, evaluation and progress.

#include "tests/library/optim/problems.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/nn/activations.hpp"
#include "tinytorch/nn/functional.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/nn/mlp.hpp"
#include "tinytorch/optim/callbacks.hpp"
#include "tinytorch/optim/loop.hpp"
#include "tinytorch/optim/optimizers.hpp"

#include <cmath>
#include <cstdlib>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

using testing::cross_entropy;

struct Problem {
  Tensor x, labels;
};
Problem problem(std::int64_t rows, std::uint64_t seed) {
  Generator g(seed);
  const Problem p{randn({rows, 4}, g), empty({rows}, DType::int64)};
  for (std::int64_t i = 0; i < rows; ++i) p.labels.data<std::int64_t>()[i] = static_cast<std::int64_t>(g.below(3));
  return p;
}

nn::Sequential net(std::uint64_t seed) {
  Generator g(seed);
  return nn::Sequential(nn::Linear(4, 6, g), nn::Tanh(), nn::Linear(6, 3, g));
}

TEST(TrainStep, unequal_micro_batches_are_one_big_batch) {
  const Problem p = problem(9, 1);
  const auto piece = [&](std::int64_t from, std::int64_t to) {
    return data::Batch{p.x.slice(0, from, to), p.labels.slice(0, from, to)};
  };
  nn::Sequential whole = net(2), parts = net(2);
  optim::SGD whole_sgd(whole.parameters(), {.lr = 0.5}), parts_sgd(parts.parameters(), {.lr = 0.5});
  const std::vector<data::Batch> one = {piece(0, 9)}, three = {piece(0, 5), piece(5, 8), piece(8, 9)};
  for (int step = 0; step < 5; ++step) {
    const auto a = optim::train_step(whole, one, cross_entropy, whole_sgd);
    const auto b = optim::train_step(parts, three, cross_entropy, parts_sgd);
    EXPECT_NEAR(a.loss, b.loss, 1e-6);
    EXPECT_NEAR(a.grad_norm, b.grad_norm, 1e-6);
    EXPECT_EQ(a.correct, b.correct);
    EXPECT_EQ(b.examples, 9);
  }
  for (std::size_t i = 0; i < whole.parameters().size(); ++i)
    EXPECT_TRUE(allclose(whole.parameters()[i].detach(), parts.parameters()[i].detach(), 1e-5, 1e-6));
}

TEST(TrainStep, drops_the_gradients_of_the_step_before_and_learns) {
  const Problem p = problem(30, 3);
  const data::Batch batch{p.x, p.labels};
  nn::Sequential model = net(4);
  optim::Adam adam(model.parameters(), {.lr = 0.05});
  model.eval();
  const double first = optim::train_step(model, {&batch, 1}, cross_entropy, adam).loss;
  EXPECT_TRUE(model.is_training());
  double last = first;
  for (int step = 0; step < 150; ++step) last = optim::train_step(model, {&batch, 1}, cross_entropy, adam).loss;
  EXPECT_LT(last, 0.2 * first);
  EXPECT_THROW(optim::train_step(model, {}, cross_entropy, adam), ValueError);
}

TEST(ClipGradNorm, is_one_norm_over_all_parameters) {
  const Tensor a = zeros({2}).set_requires_grad(), b = zeros({1}).set_requires_grad(),
               c = zeros({3}).set_requires_grad();
  a.set_grad(tensor({3.0, 0.0}));
  b.set_grad(tensor({4.0}));
  const Tensor all[] = {a, b, c};
  EXPECT_DOUBLE_EQ(optim::clip_grad_norm_(all, 10.0), 5.0);
  EXPECT_TRUE(equal(a.grad(), tensor({3.0, 0.0})));
  EXPECT_DOUBLE_EQ(optim::clip_grad_norm_(all, 1.0), 5.0);
  EXPECT_TRUE(allclose(a.grad(), tensor({0.6, 0.0}), 1e-6));
  EXPECT_TRUE(allclose(b.grad(), tensor({0.8}), 1e-6));
  EXPECT_FALSE(c.grad().defined());
  EXPECT_NEAR(optim::clip_grad_norm_(all, 1.0), 1.0, 1e-6);
}

TEST(ClipGradNorm, names_the_parameter_that_is_not_finite_and_changes_nothing) {
  const Tensor a = zeros({1}).set_requires_grad(), b = zeros({1}).set_requires_grad();
  a.set_grad(tensor({30.0}));
  b.set_grad(tensor({std::nan("")}));
  const Tensor all[] = {a, b};
  try {
    optim::clip_grad_norm_(all, 1.0);
    FAIL() << "NaN was accepted";
  } catch (const ValueError& error) {
    EXPECT_NE(std::string(error.what()).find("parameter 1"), std::string::npos) << error.what();
  }
  EXPECT_EQ(a.grad().item<double>(), 30.0);
}

TEST(Evaluate, weighs_by_examples_and_gives_the_mode_back) {
  const Problem p = problem(10, 5);
  const data::TensorDataset examples(p.x, p.labels);
  nn::Sequential model = net(6);
  model.add<nn::Dropout>(0.5, 1);
  data::DataLoader whole(examples, {.batch_size = 10}), cut(examples, {.batch_size = 4});
  const auto a = optim::evaluate(model, whole, cross_entropy), b = optim::evaluate(model, cut, cross_entropy);
  EXPECT_NEAR(a.loss, b.loss, 1e-6);  // dropout would change it, and so would a mean of batch means
  EXPECT_EQ(a.correct, b.correct);
  EXPECT_EQ(b.examples, 10);
  EXPECT_DOUBLE_EQ(b.accuracy(), static_cast<double>(b.correct) / 10.0);
  EXPECT_TRUE(model.is_training());
  model.eval();
  optim::evaluate(model, cut, cross_entropy);
  EXPECT_FALSE(model.is_training());
}

TEST(Evaluate, records_nothing_and_gives_the_mode_back_after_an_exception) {
  const Problem p = problem(4, 7);
  const data::TensorDataset examples(p.x, p.labels);
  nn::Sequential model = net(8);
  data::DataLoader loader(examples, {});
  optim::evaluate(model, loader, [](const Tensor& outputs, const Tensor& targets) {
    EXPECT_FALSE(outputs.requires_grad());
    EXPECT_FALSE(GradMode::enabled());
    return cross_entropy(outputs, targets);
  });
  EXPECT_TRUE(GradMode::enabled());
  EXPECT_THROW(optim::evaluate(model, loader, [](const Tensor&, const Tensor&) -> Tensor { throw ValueError("no"); }),
               ValueError);
  EXPECT_TRUE(model.is_training());
  EXPECT_TRUE(GradMode::enabled());
}

TEST(TrainStep, leaves_a_frozen_part_in_evaluation_mode) {
  const Problem p = problem(4, 9);
  nn::Sequential model = net(10);
  optim::SGD sgd(model.parameters(), {.lr = 0.1});
  const data::Batch batch{p.x, p.labels};
  model[0].eval();
  optim::train_step(model, {&batch, 1}, cross_entropy, sgd);
  EXPECT_FALSE(model[0].is_training());
  EXPECT_TRUE(model.is_training());
  model.eval();
  optim::train_step(model, {&batch, 1}, cross_entropy, sgd);
  EXPECT_TRUE(model[0].is_training()) << "the whole model was in evaluation mode";
}

TEST(Evaluate, leaves_a_frozen_part_in_evaluation_mode) {
  const Problem p = problem(4, 9);
  const data::TensorDataset examples(p.x, p.labels);
  nn::Sequential model = net(10);
  model.add<nn::Dropout>(0.5, 1);
  model[1].eval();
  data::DataLoader loader(examples, {});
  const auto modes = [&] {
    std::vector<bool> all;
    for (const nn::Module* module : model.modules()) all.push_back(module->is_training());
    return all;
  };
  const std::vector<bool> before = modes();
  optim::evaluate(model, loader, [&](const Tensor& outputs, const Tensor& targets) {
    EXPECT_EQ(modes(), std::vector<bool>(before.size(), false));
    return cross_entropy(outputs, targets);
  });
  EXPECT_EQ(modes(), before);
  EXPECT_THROW(optim::evaluate(model, loader, [](const Tensor&, const Tensor&) -> Tensor { throw ValueError("no"); }),
               ValueError);
  EXPECT_EQ(modes(), before);
}

TEST(CountCorrect, counts_classes_and_nothing_else) {
  EXPECT_EQ(optim::count_correct(tensor({{0.1, 0.9}, {0.8, 0.2}, {0.3, 0.4}}), tensor({1, 1, 1})), 2);
  EXPECT_EQ(optim::count_correct(zeros({3}), tensor({1, 1, 1})), 0);
  EXPECT_EQ(optim::count_correct(zeros({3, 2}), zeros({3})), 0);
}

std::string printed(bool terminal) {
  std::FILE* file = std::tmpfile();
  optim::ProgressBar bar("epoch 1/2", 4, file, terminal);
  for (int i = 0; i < 4; ++i) bar.step("loss 1.0");
  bar.finish("loss 0.5");
  std::rewind(file);
  std::string text(1000, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::fclose(file);
  return text;
}

TEST(ProgressBar, prints_one_line_to_a_file_and_redraws_on_a_terminal) {
  EXPECT_EQ(printed(false), "epoch 1/2  loss 0.5\n");
  const std::string drawn = printed(true);
  EXPECT_NE(drawn.find("\repoch 1/2 "), std::string::npos) << drawn;
  EXPECT_EQ(drawn.find('\n'), drawn.size() - 1) << drawn;
}

}  // namespace
}  // namespace tinytorch
