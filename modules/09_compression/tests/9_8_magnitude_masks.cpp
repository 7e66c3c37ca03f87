// Task 9.8: nn::magnitude_masks.

#include "modules/09_compression/tests/oracle.hpp"
#include "tinytorch/nn/prune.hpp"

#include <string>

namespace tinytorch::nn {
namespace {

std::int64_t count_all(const std::vector<Tensor>& weights) {
  std::int64_t count = 0;
  for (const Tensor& w : weights) count += w.numel();
  return count;
}

/// How many weights are removed before this one: smaller ones, and equal ones in front of it.
std::int64_t removed_before(const std::vector<Tensor>& weights, double magnitude, std::int64_t place) {
  std::int64_t before = 0, at = 0;
  for (const Tensor& w : weights)
    for (const double number : lab::values(w)) {
      const double other = std::abs(number);
      before += other < magnitude || (other == magnitude && at < place) ? 1 : 0;
      ++at;
    }
  return before;
}

std::vector<Tensor> masks_of(const std::vector<Tensor>& weights, double sparsity) {
  const double zeros = even_integer(sparsity * static_cast<double>(count_all(weights)));
  std::vector<Tensor> masks;
  std::int64_t place = 0;
  for (const Tensor& w : weights)
    masks.push_back(make(w.sizes(), DType::float32, [&](const Shape& at) {
      const std::int64_t before = removed_before(weights, std::abs(lab::at(w, at)), place++);
      return static_cast<double>(before) < zeros ? 0.0 : 1.0;
    }));
  return masks;
}

/// A share of these weights: a number of them, or a number and a quarter, a half or three quarters of one.
double any_share(lab::Case& c, const std::vector<Tensor>& weights, std::initializer_list<double> parts) {
  const std::int64_t count = count_all(weights);
  if (count == 0) return c.pick({0.0, 0.5, 1.0});
  const double share = (static_cast<double>(c.integer(0, count - 1)) + c.pick(parts)) / static_cast<double>(count);
  return std::min(share, 1.0);
}

void name_weights(lab::Case& c, const std::vector<Tensor>& weights) {
  for (std::size_t i = 0; i < weights.size(); ++i) c.input("weights[" + std::to_string(i) + "]", weights[i]);
}

void check_masks(lab::Case& c, const std::vector<Tensor>& weights, double sparsity) {
  name_weights(c, weights);
  c.input("sparsity", sparsity);
  CHECK_SAME("masks", magnitude_masks(weights, sparsity), masks_of(weights, sparsity));
}

/// Weights whose magnitudes all differ, with any signs.
Tensor weights_apart(lab::Case& c, const Shape& sizes) { return c.distinct(sizes); }

}  // namespace

TASK_TEST(9, 8, the_smallest_magnitudes_are_removed) {
  lab::cases(60, [](lab::Case& c) {
    std::vector<double> magnitudes;
    const std::int64_t count = c.integer(1, 8);
    const Shape order = c.permutation(count);
    const Tensor w = with_numbers(c.tensor({count}), [&, i = std::int64_t{0}]() mutable {
      const auto number = static_cast<double>(order[i++] + 1);
      return c.coin() ? number : -number;
    });
    check_masks(c, {w}, any_share(c, {w}, {0.0, 1.0}));
  });
}

TASK_TEST(9, 8, all_tensors_have_one_threshold) {
  lab::cases(60, [](lab::Case& c) {
    std::vector<Tensor> weights;
    for (std::int64_t i = c.integer(2, 3); i > 0; --i)
      weights.push_back(c.reals(c.shape(1, 3), DType::float32, -1.0, i == 1 ? 4.0 : 1.0));
    check_masks(c, weights, any_share(c, weights, {0.0, 1.0}));
  });
}

TASK_TEST(9, 8, of_equal_weights_the_first_are_removed) {
  lab::cases(60, [](lab::Case& c) {
    std::vector<Tensor> weights;
    for (std::int64_t i = c.integer(1, 3); i > 0; --i)
      weights.push_back(with_numbers(c.tensor(c.shape(1, 2)), [&] { return c.pick({0.0, 1.0, -1.0, 2.0}); }));
    check_masks(c, weights, any_share(c, weights, {0.0, 1.0}));
  });
}

TASK_TEST(9, 8, the_number_of_zeros_is_the_nearest_integer) {
  lab::cases(60, [](lab::Case& c) {
    const Tensor w = weights_apart(c, {c.pick({std::int64_t{1}, std::int64_t{2}, std::int64_t{4}, std::int64_t{8}})});
    check_masks(c, {w}, any_share(c, {w}, {0.25, 0.5, 0.75}));
  });
}

TASK_TEST(9, 8, weights_may_be_views_and_have_no_elements) {
  lab::cases(60, [](lab::Case& c) {
    std::vector<Tensor> weights;
    for (std::int64_t i = c.integer(0, 2); i > 0; --i)
      weights.push_back(c.coin() ? c.strided({c.integer(1, 3), c.integer(2, 4)}) : c.tensor(c.shape_with_zero(0, 3)));
    check_masks(c, weights, any_share(c, weights, {0.0, 1.0}));
  });
}

TASK_TEST(9, 8, nan_other_dtypes_and_no_share_throw) {
  lab::cases(60, [](lab::Case& c) {
    std::vector<Tensor> weights{c.tensor(c.shape(1, 2)), c.tensor(c.shape(1, 2))};
    double sparsity = any_share(c, weights, {0.0, 1.0});
    const std::int64_t fault = c.integer(0, 5);
    if (fault == 0) sparsity = c.pick({-0.5, 1.5, -1e-9, nan, 50.0});
    if (fault == 1) weights[1] = c.tensor({2}, DType::float64);
    if (fault == 2) weights[0] = make({3}, DType::float32, [&](const Shape& at) { return at[0] == 1 ? nan : 1.0; });
    name_weights(c, weights);
    c.input("sparsity", sparsity);
    const auto expected = [&] {
      if (fault == 1) throw DTypeError("dtype");
      if (fault == 0 || fault == 2) throw ValueError("value");
      return masks_of(weights, sparsity);
    };
    CHECK_OUTCOME("masks", magnitude_masks(weights, sparsity), expected());
  });
}

}  // namespace tinytorch::nn
