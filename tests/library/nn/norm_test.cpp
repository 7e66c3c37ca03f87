// Normalisation against means and variances that loops compute.

#include "tinytorch/nn/norm.hpp"

#include "tests/library/core/random_tensors.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/nn/norm.hpp"

#include <cmath>
#include <functional>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

namespace F = nn::functional;
using testing::random_double;

// The elements of a contiguous x (N, C, L), standardised by loops within each group. `group` gives the group.
Tensor standardized(const Tensor& x, const std::function<std::int64_t(std::int64_t, std::int64_t, std::int64_t)>& group,
                    bool centre, double eps) {
  const std::int64_t N = x.size(0), C = x.size(1), L = x.size(2);
  const auto count = static_cast<std::size_t>(x.numel());
  std::vector<double> sums(count, 0.0), squares(count, 0.0), counts(count, 0.0);
  const auto visit = [&](auto f) {
    for (std::int64_t n = 0; n < N; ++n)
      for (std::int64_t c = 0; c < C; ++c)
        for (std::int64_t l = 0; l < L; ++l) f((n * C + c) * L + l, static_cast<std::size_t>(group(n, c, l)));
  };
  const double* values = x.data<double>();
  visit([&](std::int64_t i, std::size_t k) { sums[k] += values[i], counts[k] += 1.0; });
  const auto mean = [&](std::size_t k) { return centre ? sums[k] / counts[k] : 0.0; };
  visit([&](std::int64_t i, std::size_t k) { squares[k] += std::pow(values[i] - mean(k), 2.0); });
  Tensor y = empty(x.sizes(), DType::float64);
  visit([&](std::int64_t i, std::size_t k) {
    y.data<double>()[i] = (values[i] - mean(k)) / std::sqrt(squares[k] / counts[k] + eps);
  });
  return y;
}

class Normalised : public ::testing::Test {
 protected:
  Generator g{12};
  const Tensor x = random_double({3, 4, 5}, g), dense = contiguous(x);
  const Tensor along_channels = randn({4}, g, DType::float64), other = randn({4}, g, DType::float64);
};

TEST_F(Normalised, rows_have_mean_0_and_variance_1_in_layer_norm) {
  const Tensor weight = randn({5}, g, DType::float64), bias = randn({5}, g, DType::float64);
  const Tensor expected = standardized(
      dense, [](auto n, auto c, auto) { return n * 4 + c; }, true, 1e-5);
  EXPECT_TRUE(allclose(F::layer_norm(x, {5}), expected, 1e-12));
  EXPECT_TRUE(allclose(F::layer_norm(x, {5}, weight, bias), expected * weight + bias, 1e-12));
  const Tensor samples = standardized(
      dense, [](auto n, auto, auto) { return n; }, true, 0.1);
  EXPECT_TRUE(allclose(F::layer_norm(x, {4, 5}, Tensor(), Tensor(), 0.1), samples, 1e-12));
}

TEST_F(Normalised, rows_have_mean_square_1_in_rms_norm) {
  const Tensor weight = randn({5}, g, DType::float64);
  const Tensor expected = standardized(
      dense, [](auto n, auto c, auto) { return n * 4 + c; }, false, 1e-3);
  EXPECT_TRUE(allclose(F::rms_norm(x, {5}, weight, 1e-3), expected * weight, 1e-12));
  const Tensor tiny = full({1, 2}, 1e-3);
  const double squares = 1e-6 + 1.1920929e-7;  // the dtype's own eps
  EXPECT_NEAR(F::rms_norm(tiny, {2}).data<float>()[0], 1e-3 / std::sqrt(squares), 1e-5);
}

TEST_F(Normalised, groups_of_channels_in_group_norm) {
  const Tensor expected = standardized(
      dense, [](auto n, auto c, auto) { return n * 2 + c / 2; }, true, 1e-5);
  const Tensor w = reshape(along_channels, {4, 1}), b = reshape(other, {4, 1});
  EXPECT_TRUE(allclose(F::group_norm(x, 2, along_channels, other), expected * w + b, 1e-12));
}

TEST_F(Normalised, channels_in_batch_norm_in_training) {
  const Tensor expected = standardized(
      dense, [](auto, auto c, auto) { return c; }, true, 1e-5);
  const Tensor w = reshape(along_channels, {4, 1}), b = reshape(other, {4, 1});
  EXPECT_TRUE(allclose(F::batch_norm(x, Tensor(), Tensor(), along_channels, other, true), expected * w + b, 1e-12));
}

TEST_F(Normalised, batch_norm_keeps_running_statistics_and_evaluates_by_them) {
  nn::BatchNorm1d layer(4, {.momentum = 0.25});
  layer.to(DType::float64);
  const Tensor other_batch = random_double({2, 4, 5}, g);
  Tensor mean_running = zeros({4}, DType::float64), var_running = ones({4}, DType::float64);
  for (const Tensor& batch : {x, other_batch}) {
    layer(batch);
    const auto count = static_cast<double>(batch.numel() / 4);
    const Tensor average = mean(batch, Shape{0, 2});
    const Tensor centred = batch - reshape(average, {1, 4, 1});
    const Tensor unbiased = sum(centred * centred, Shape{0, 2}) * (1.0 / (count - 1.0));
    mean_running = mean_running * 0.75 + average * 0.25;
    var_running = var_running * 0.75 + unbiased * 0.25;
  }
  EXPECT_TRUE(allclose(layer.running_mean, mean_running, 1e-12));
  EXPECT_TRUE(allclose(layer.running_var, var_running, 1e-12));
  EXPECT_EQ(layer.num_batches_tracked.item<std::int64_t>(), 2);
  EXPECT_FALSE(layer.running_mean.requires_grad());
  layer.eval();
  const Tensor expected = (x - reshape(mean_running, {1, 4, 1})) / sqrt(reshape(var_running, {1, 4, 1}) + 1e-5);
  EXPECT_TRUE(allclose(layer(x), expected, 1e-12));
  EXPECT_EQ(layer.num_batches_tracked.item<std::int64_t>(), 2);
}

TEST(BatchNorm, without_momentum_averages_over_all_batches) {
  nn::BatchNorm1d layer(1, {.momentum = std::nullopt});
  for (const double centre : {1.0, 2.0, 6.0}) layer(reshape(tensor({centre - 1.0, centre + 1.0}), {2, 1}));
  EXPECT_NEAR(layer.running_mean.item<double>(), 3.0, 1e-6);
  EXPECT_NEAR(layer.running_var.item<double>(), 2.0, 1e-6);
}

TEST(BatchNorm, without_running_statistics_uses_the_batch_in_evaluation_too) {
  nn::BatchNorm2d layer(2, {.track_running_stats = false});
  Generator g(2);
  const Tensor x = randn({3, 2, 2, 2}, g);
  const Tensor trained = layer(x).detach();
  layer.eval();
  EXPECT_TRUE(equal(layer(x).detach(), trained));
  EXPECT_TRUE(layer.named_buffers().empty());
}

TEST(BatchNorm, names_what_libtorch_names) {
  nn::BatchNorm2d layer(2);
  std::string names;
  for (const NamedTensor& named : layer.state_dict()) names += named.name + " ";
  EXPECT_EQ(names, "weight bias running_mean running_var num_batches_tracked ");
}

TEST(BatchNorm, says_what_does_not_fit) {
  nn::BatchNorm1d layer(2);
  EXPECT_THROW(layer(zeros({1, 2})), ShapeError);  // one element per channel has no variance
  EXPECT_THROW(layer(zeros({4, 3})), ShapeError);
  EXPECT_THROW(layer(zeros({4, 2, 1, 1})), ShapeError);
  EXPECT_THROW(nn::BatchNorm2d(2)(zeros({4, 2})), ShapeError);
  EXPECT_EQ(layer.running_mean.sum().item<double>(), 0.0);
  layer.eval();
  EXPECT_EQ(layer(zeros({1, 2})).sizes(), (Shape{1, 2}));
}

TEST(Normalisation, of_no_rows_gives_no_rows) {
  EXPECT_EQ(nn::LayerNorm(3)(zeros({0, 3})).sizes(), (Shape{0, 3}));
  EXPECT_EQ(nn::RMSNorm(3)(zeros({2, 0, 3})).sizes(), (Shape{2, 0, 3}));
  EXPECT_EQ(nn::GroupNorm(2, 4)(zeros({0, 4, 3})).sizes(), (Shape{0, 4, 3}));
  nn::BatchNorm1d layer(3);
  EXPECT_EQ(layer(zeros({0, 3})).sizes(), (Shape{0, 3}));
  EXPECT_EQ(layer.running_var.sum().item<double>(), 3.0);
}

TEST(Normalisation, says_what_does_not_fit) {
  EXPECT_THROW(nn::LayerNorm(3)(zeros({2, 4})), ShapeError);
  EXPECT_THROW(F::layer_norm(zeros({2, 3}), {3}, ones({2})), ShapeError);
  EXPECT_THROW(F::group_norm(zeros({2, 3}), 2), ShapeError);
  EXPECT_THROW(nn::GroupNorm(2, 3), ValueError);
}

// float32 has a loop and a gradient of its own; float64 is composed of operations that other tests compare.
TEST(layer_norm, float32_agrees_with_float64_to_the_second_derivative) {
  Generator g(21);
  for (const Shape& sizes : {Shape{1, 1}, Shape{3, 5}, Shape{2, 4, 17}, Shape{7, 64}}) {
    const Shape line = sizes.size() == 3 ? Shape{sizes[1], sizes[2]} : Shape{sizes[1]};
    const Tensor x = random_double(sizes, g), w = random_double(line, g), b = random_double(line, g);
    const Tensor upstream = random_double(sizes, g), direction = random_double(sizes, g);
    const auto derivatives = [&](DType type) {
      std::vector<Tensor> in{to(x, type), to(w, type), to(b, type)};
      for (const Tensor& t : in) t.set_requires_grad(true);
      const Tensor y = F::layer_norm(in[0], line, in[1], in[2], 0.1);
      std::vector<Tensor> all{y};
      const Tensor up = to(upstream, type);
      for (const bool again : {false, true})
        for (const Tensor& t : autograd::grad({y}, in, {up}, true, again)) all.push_back(t);
      const Tensor slope = sum(all[4] * to(direction, type));
      for (const Tensor& t : autograd::grad({slope}, {in[0], in[1]}, {}, true)) all.push_back(t);
      return all;
    };
    const std::vector<Tensor> narrow = derivatives(DType::float32), wide = derivatives(DType::float64);
    ASSERT_EQ(narrow.size(), wide.size());
    for (std::size_t k = 0; k < wide.size(); ++k) {
      EXPECT_EQ(narrow[k].sizes(), wide[k].sizes());
      EXPECT_TRUE(allclose(to(narrow[k], DType::float64), wide[k], 1e-3, 1e-4)) << k << " of " << to_string(sizes);
    }
  }
}

TEST(layer_norm, reads_any_strides_and_parameters_on_their_own) {
  Generator g(22);
  const Tensor x = randn({6, 9}, g), w = randn({6}, g), b = randn({6}, g);
  const Tensor turned = transpose(x, 0, 1);
  EXPECT_TRUE(equal(F::layer_norm(turned, {6}, w, b), F::layer_norm(turned.clone(), {6}, w, b)));
  EXPECT_TRUE(allclose(F::layer_norm(turned, {6}, w), F::layer_norm(turned, {6}) * w, 1e-6, 1e-6));
  EXPECT_TRUE(allclose(F::layer_norm(turned, {6}, Tensor(), b), F::layer_norm(turned, {6}) + b, 1e-6, 1e-6));
  const Tensor bias = b.clone();
  bias.set_requires_grad(true);
  sum(F::layer_norm(turned, {6}, Tensor(), bias)).backward();
  EXPECT_TRUE(equal(bias.grad(), full({6}, 9.0)));
}

TEST(LayerNorm, of_numbers_whose_squares_are_no_floats_is_right) {
  for (const float size : {1e19F, 1e30F, 1e37F}) {
    const Tensor y = nn::functional::layer_norm(tensor({size, -size, size, -size}), {4});
    EXPECT_TRUE(allclose(y, tensor({1.0F, -1.0F, 1.0F, -1.0F}), 1e-5, 0.0)) << size << " " << to_string(y);
  }
}

}  // namespace
}  // namespace tinytorch
