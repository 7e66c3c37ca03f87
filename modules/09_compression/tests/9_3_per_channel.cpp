// Task 9.3: nn::quantize_per_channel. It may use 9.1 and 9.2.

#include "modules/09_compression/tests/oracle.hpp"

namespace tinytorch::nn {
namespace {

std::int64_t from_front(std::int64_t dim, std::int64_t rank) { return dim < 0 ? dim + rank : dim; }

/// As the header says it.
QTensor channels_of(const Tensor& w, std::int64_t dim) {
  const std::int64_t axis = from_front(dim, w.dim());
  if (axis < 0 || axis >= w.dim()) throw IndexError("dim");
  std::vector<double> largest(static_cast<std::size_t>(w.size(axis)), 0.0);
  for_each_index(w.sizes(), [&](const Shape& index) {
    const double number = lab::at(w, index);
    if (!std::isfinite(number)) throw ValueError("not finite");
    double& most = largest[static_cast<std::size_t>(index[axis])];
    most = std::max(most, std::abs(number));
  });
  const Tensor scales = make({w.size(axis)}, DType::float64, [&](const Shape& index) {
    const double most = largest[static_cast<std::size_t>(index[0])];
    return most > 0.0 ? most / 127.0 : 1.0;
  });
  const Tensor values = make(w.sizes(), DType::int8, [&](const Shape& index) {
    return integer_for(lab::at(w, index), {lab::at(scales, {index[axis]}), 0, -127});
  });
  return {values, scales, 0, axis};
}

/// Weights whose scales are powers of two: in each channel one element is 127 scales from 0, on either side.
Tensor weights(lab::Case& c, const Shape& sizes, std::int64_t axis) {
  const Tensor w = c.tensor(sizes);
  std::vector<double> scales;
  for (std::int64_t k = 0; k < sizes[axis]; ++k) scales.push_back(power_scale(c));
  std::vector<double> numbers = lab::values(w);
  std::vector<bool> reached(scales.size());
  std::size_t place = 0;
  for_each_index(sizes, [&](const Shape& index) {
    const auto channel = static_cast<std::size_t>(index[axis]);
    double steps = static_cast<double>(c.integer(-126, 125)) + c.pick({0.0, 0.0, 0.25, 0.5, 0.75});
    if (!reached[channel]) steps = c.coin() ? 127.0 : -127.0;
    reached[channel] = true;
    numbers[place++] = scales[channel] * steps;
  });
  lab::set_elements(w, numbers);
  return w;
}

void check_channels(lab::Case& c, const Tensor& weight, std::int64_t dim) {
  const Tensor w = c.input("w", weight);
  c.input("dim", dim);
  CHECK_SAME("q", quantize_per_channel(w, dim), channels_of(w, dim));
}

}  // namespace

TASK_TEST_USES(9, 3, each_row_has_its_own_scale, "9.1", "9.2") {
  lab::cases(40, [](lab::Case& c) {
    const Shape sizes = c.shape(1, 3);
    check_channels(c, weights(c, sizes, 0), 0);
  });
}

TASK_TEST_USES(9, 3, channels_lie_along_any_dimension, "9.1", "9.2") {
  lab::cases(60, [](lab::Case& c) {
    const Shape sizes = c.shape(1, 4);
    const std::int64_t dim = c.integer(-sizes.size(), sizes.size() - 1);
    check_channels(c, weights(c, sizes, from_front(dim, sizes.size())), dim);
  });
}

TASK_TEST_USES(9, 3, a_channel_of_zeros_has_scale_1, "9.1", "9.2") {
  lab::cases(40, [](lab::Case& c) {
    const Shape sizes{c.integer(1, 4), c.integer(1, 4)};
    const std::int64_t dim = c.integer(0, 1);
    const Tensor w = weights(c, sizes, dim);
    const std::int64_t dead = c.integer(0, sizes[dim] - 1);
    std::vector<double> numbers = lab::values(w);
    std::size_t place = 0;
    for_each_index(sizes, [&](const Shape& index) {
      if (index[dim] == dead) numbers[place] = 0.0;
      ++place;
    });
    lab::set_elements(w, numbers);
    check_channels(c, w, dim);
  });
}

TASK_TEST_USES(9, 3, weights_without_elements, "9.1", "9.2") {
  lab::cases(30, [](lab::Case& c) {
    const Shape sizes = c.shape_with_zero(1, 3);
    check_channels(c, weights(c, sizes, 0), 0);
  });
}

TASK_TEST_USES(9, 3, wrong_dimensions_and_numbers_throw, "9.1", "9.2") {
  lab::cases(40, [](lab::Case& c) {
    const Shape sizes = c.shape(1, 3);
    Tensor w = weights(c, sizes, 0);
    std::int64_t dim = 0;
    const std::int64_t fault = c.integer(0, 3);  // 2 and 3: none
    if (fault == 0) dim = c.pick({sizes.size(), -sizes.size() - 1});
    if (fault == 1) {
      std::vector<double> numbers = lab::values(w);
      numbers[static_cast<std::size_t>(c.integer(0, w.numel() - 1))] = c.pick({nan, infinity, -infinity});
      lab::set_elements(w, numbers);
    }
    c.input("w", w);
    c.input("dim", dim);
    CHECK_OUTCOME("q", quantize_per_channel(w, dim), channels_of(w, dim));
  });
}

}  // namespace tinytorch::nn
