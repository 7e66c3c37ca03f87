// Task 3.11: raw::max_pool2d_grad.

#include "modules/03_cnn/tests/oracle.hpp"
#include "tinytorch/nn/conv_grad.hpp"

namespace tinytorch {
namespace {

/// grad and index (N, C, Ho, Wo), x_sizes (N, C, H, W).
struct Won {
  Shape y, x;
};

Won windows(lab::Case& c, bool planes) {
  const std::int64_t most = std::min<std::int64_t>(3, 1 + c.size());
  const std::int64_t images = planes ? c.integer(1, most) : 1, channels = planes ? c.integer(1, most) : 1;
  const std::int64_t rows = c.integer(1, most), columns = c.integer(planes ? 2 : 1, 1 + most);
  const std::int64_t height = rows + c.integer(0, most);
  return {{images, channels, rows, columns}, {images, channels, height, columns + c.integer(0, most)}};
}

/// A random index below `limit` for each window.
Tensor indices(lab::Case& c, const Shape& sizes, std::int64_t limit) {
  return make(sizes, DType::int64, [&](const Shape&) { return c.integer(0, limit - 1); });
}

/// A different pixel for each window of a single plane, in random order.
Tensor separate(lab::Case& c, const Won& p) {
  std::vector<std::int64_t> left;
  for (std::int64_t pixel = 0; pixel < p.x[2] * p.x[3]; ++pixel) left.push_back(pixel);
  return make(p.y, DType::int64, [&](const Shape&) {
    const std::int64_t drawn = c.pick(left);
    left.erase(std::find(left.begin(), left.end(), drawn));
    return drawn;
  });
}

Tensor spread(const Won& p, const Tensor& grad, const Tensor& index) {
  std::vector<double> sums(static_cast<std::size_t>(numel(p.x)));
  for_each_index(p.y, [&](const Shape& y) {
    const auto pixel = static_cast<std::int64_t>(lab::at(index, y));
    if (pixel < 0 || pixel >= p.x[2] * p.x[3]) throw IndexError("no such pixel");
    sums[position(p.x, {y[0], y[1], pixel / p.x[3], pixel % p.x[3]})] += lab::at(grad, y);
  });
  return tensor_of(sums, p.x, grad.dtype());
}

void check(lab::Case& c, const Won& p, const Tensor& upstream, const Tensor& winners) {
  const Tensor grad = c.input("grad", upstream), index = c.input("index", winners);
  c.input("x_sizes", p.x);
  CHECK_SAME("gradient of x", raw::max_pool2d_grad(grad, index, p.x), spread(p, grad, index));
}

}  // namespace

TASK_TEST(3, 11, the_winner_gets_the_gradient) {
  lab::cases(40, [](lab::Case& c) {
    const Won p = windows(c, false);
    const Tensor grad = c.contiguous(p.y);
    check(c, p, grad, separate(c, p));
  });
}

TASK_TEST(3, 11, gradients_of_overlapping_windows_are_added) {
  lab::cases(40, [](lab::Case& c) {
    const Won p = windows(c, false);
    const Tensor grad = c.contiguous(p.y);
    check(c, p, grad, indices(c, p.y, std::min<std::int64_t>(2, p.x[2] * p.x[3])));
  });
}

TASK_TEST(3, 11, each_plane_has_its_own_winners) {
  lab::cases(60, [](lab::Case& c) {
    const Won p = windows(c, true);
    const Tensor grad = c.contiguous(p.y);
    check(c, p, grad, indices(c, p.y, p.x[2] * p.x[3]));
  });
}

TASK_TEST(3, 11, upstream_and_indices_may_be_views) {
  lab::cases(60, [](lab::Case& c) {
    const Won p = windows(c, true);
    const DType dtype = c.pick({DType::float32, DType::float64});
    const Tensor grad = c.coin() ? c.expanded(p.y, dtype) : c.strided(p.y, dtype);
    const Tensor index = indices(c, p.y, p.x[2] * p.x[3]);
    const Shape turned{p.y[3], p.y[2], p.y[1], p.y[0]};
    const Tensor cells = make(turned, DType::int64, [&](const Shape& at) {
      return lab::at(index, {at[3], at[2], at[1], at[0]});
    });
    const Shape strides{1, p.y[0], p.y[0] * p.y[1], p.y[0] * p.y[1] * p.y[2]};
    check(c, p, grad, as_strided(cells, p.y, strides, 0));
  });
}

TASK_TEST(3, 11, nan_and_infinity_go_to_the_winner_alone) {
  lab::cases(40, [](lab::Case& c) {
    const Won p = windows(c, true);
    const Tensor grad = with_infinities(c, p.y);
    check(c, p, grad, indices(c, p.y, p.x[2] * p.x[3]));
  });
}

TASK_TEST(3, 11, gradients_keep_the_digits_of_float64) {
  lab::cases(30, [](lab::Case& c) {
    const Won p = windows(c, false);
    const Tensor grad = with_many_digits(c, p.y);
    check(c, p, grad, indices(c, p.y, p.x[2] * p.x[3]));
  });
}

TASK_TEST(3, 11, an_index_outside_the_plane_throws) {
  lab::cases(60, [](lab::Case& c) {
    Won p = windows(c, true);
    p.x[1] = ++p.y[1];  // two planes at least: an unchecked index then writes into a plane beside its own
    const Tensor grad = c.input("grad", c.contiguous(p.y));
    const std::int64_t pixels = p.x[2] * p.x[3], plane = p.y[2] * p.y[3];
    const Tensor index = indices(c, p.y, pixels);
    const std::int64_t where = c.integer(0, index.numel() - 1 - plane);  // not in the last plane
    const std::int64_t fault = c.integer(0, 3);
    if (fault == 0) index.data<std::int64_t>()[where + plane] = -1;
    if (fault == 1) index.data<std::int64_t>()[where] = pixels;
    c.input("index", index);
    c.input("x_sizes", p.x);
    CHECK_OUTCOME("gradient of x", raw::max_pool2d_grad(grad, index, p.x), spread(p, grad, index));
  });
}

}  // namespace tinytorch
