// Task 3.5: raw::max_pool2d.

#include "modules/03_cnn/tests/oracle.hpp"
#include "tinytorch/nn/pool.hpp"

#include <cmath>
#include <limits>

namespace tinytorch {
namespace {

/// A random pooling of x (N, C, H, W).
struct Pooling {
  Shape x;
  PoolSpec spec;
};

std::int64_t or_kernel(std::int64_t stride, std::int64_t kernel) { return stride == 0 ? kernel : stride; }

Shape pooled_sizes(const Pooling& p) {
  const PoolSpec& s = p.spec;
  return {p.x[0], p.x[1], places(p.x[2], s.kernel.h, or_kernel(s.stride.h, s.kernel.h), s.padding.h, 1),
          places(p.x[3], s.kernel.w, or_kernel(s.stride.w, s.kernel.w), s.padding.w, 1)};
}

/// Whether a candidate beats the best so far.
bool beats(double value, double best) { return std::isnan(value) ? !std::isnan(best) : value > best; }

/// Tests for every pixel of the plane whether the window covers it.
std::pair<Tensor, Tensor> pooled(const Pooling& p, const Tensor& x) {
  const PoolSpec& s = p.spec;
  const Pair stride{or_kernel(s.stride.h, s.kernel.h), or_kernel(s.stride.w, s.kernel.w)};
  const auto winner = [&](const Shape& y) {
    const std::int64_t top = y[2] * stride.h - s.padding.h, left = y[3] * stride.w - s.padding.w;
    std::int64_t best = -1;
    const auto value = [&](std::int64_t pixel) { return lab::at(x, {y[0], y[1], pixel / p.x[3], pixel % p.x[3]}); };
    for (std::int64_t pixel = 0; pixel < p.x[2] * p.x[3]; ++pixel) {
      const std::int64_t row = pixel / p.x[3] - top, column = pixel % p.x[3] - left;
      if (row < 0 || row >= s.kernel.h || column < 0 || column >= s.kernel.w) continue;
      if (best < 0 || beats(value(pixel), value(best))) best = pixel;
    }
    return std::pair(value(best), best);
  };
  return {make(pooled_sizes(p), x.dtype(), [&](const Shape& y) { return winner(y).first; }),
          make(pooled_sizes(p), DType::int64, [&](const Shape& y) { return winner(y).second; })};
}

struct Draw {
  bool planes = false, stride = false, padding = false;
};

Pooling pooling(lab::Case& c, Draw use) {
  const std::int64_t most = std::min<std::int64_t>(3, 1 + c.size());
  Pooling p;
  p.spec.kernel.h = c.integer(1, most);
  p.spec.kernel.w = c.integer(1, most);
  if (use.stride) p.spec.stride = {c.integer(1, 3), c.integer(1, 3)};
  if (use.padding) p.spec.padding = {c.integer(0, p.spec.kernel.h / 2), c.integer(0, p.spec.kernel.w / 2)};
  const std::int64_t images = use.planes ? c.integer(1, most) : 1, channels = use.planes ? c.integer(1, most) : 1;
  const std::int64_t height = p.spec.kernel.h + c.integer(0, 2 * most);
  p.x = {images, channels, height, p.spec.kernel.w + c.integer(0, 2 * most)};
  return p;
}

void show(lab::Case& c, const PoolSpec& s) {
  c.input("kernel", listed(s.kernel));
  c.input("stride", listed(s.stride));
  c.input("padding", listed(s.padding));
}

void check(lab::Case& c, const Pooling& p, const Tensor& images) {
  const Tensor x = c.input("x", images);
  show(c, p.spec);
  CHECK_SAME("values and indices", raw::max_pool2d(x, p.spec), pooled(p, x));
}

void check_padding(lab::Case& c, Pair padding) {
  Pooling p = pooling(c, {.stride = c.coin()});
  p.spec.padding = padding;
  const Tensor x = c.input("x", c.contiguous(p.x));
  show(c, p.spec);
  CHECK_OUTCOME("values and indices", raw::max_pool2d(x, p.spec), [&] {
    if (2 * padding.h > p.spec.kernel.h || 2 * padding.w > p.spec.kernel.w) {
      throw ValueError("a window of nothing but padding");
    }
    return pooled(p, x);
  }());
}

}  // namespace

TASK_TEST_USES(3, 5, each_window_keeps_its_largest, "3.1") {
  lab::cases(60, [](lab::Case& c) {
    const Pooling p = pooling(c, {.stride = true});
    const Tensor x = make(p.x, DType::float32, [&](const Shape&) { return c.integer(0, 1000); });
    check(c, p, x);
  });
}

TASK_TEST_USES(3, 5, a_stride_of_zero_is_that_of_the_kernel, "3.1") {
  lab::cases(60, [](lab::Case& c) {
    Pooling p = pooling(c, {});
    if (c.coin()) (c.coin() ? p.spec.stride.h : p.spec.stride.w) = c.integer(1, 3);  // one axis only
    check(c, p, make(p.x, DType::float32, [&](const Shape&) { return c.integer(0, 1000); }));
  });
}

TASK_TEST_USES(3, 5, the_index_counts_within_the_plane, "3.1") {
  lab::cases(60, [](lab::Case& c) {
    const Pooling p = pooling(c, {.planes = true, .stride = c.coin()});
    check(c, p, make(p.x, DType::float32, [&](const Shape&) { return c.integer(0, 1000); }));
  });
}

TASK_TEST_USES(3, 5, the_first_of_equals_is_taken, "3.1") {
  lab::cases(60, [](lab::Case& c) {
    const Pooling p = pooling(c, {.planes = true, .stride = c.coin(), .padding = c.coin()});
    check(c, p, make(p.x, DType::float32, [&](const Shape&) { return c.integer(3, 4); }));
  });
}

TASK_TEST_USES(3, 5, padding_never_wins, "3.1") {
  lab::cases(60, [](lab::Case& c) {
    const Pooling p = pooling(c, {.stride = c.coin(), .padding = true});
    const DType dtype = c.pick({DType::float32, DType::float64});
    const double lowest = -std::numeric_limits<double>::infinity();
    check(c, p, make(p.x, dtype, [&](const Shape&) {
            const std::int64_t draw = c.integer(-9, -1);
            return draw == -9 ? lowest : static_cast<double>(draw);
          }));
  });
}

TASK_TEST_USES(3, 5, nan_counts_as_larger_than_every_number, "3.1") {
  lab::cases(60, [](lab::Case& c) {
    const Pooling p = pooling(c, {.stride = true});
    const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
    check(c, p, make(p.x, DType::float32, [&](const Shape&) {
            const std::int64_t draw = c.integer(0, 9);
            return draw < 2 ? nan : draw == 2 ? infinity : draw == 3 ? -infinity : static_cast<double>(draw);
          }));
  });
}

TASK_TEST_USES(3, 5, values_keep_the_digits_of_float64, "3.1") {
  lab::cases(30, [](lab::Case& c) {
    const Pooling p = pooling(c, {.stride = true});
    check(c, p, with_many_digits(c, p.x));
  });
}

TASK_TEST_USES(3, 5, images_may_be_views, "3.1") {
  lab::cases(60, [](lab::Case& c) {
    const Pooling p = pooling(c, {.planes = true, .stride = true, .padding = true});
    check(c, p, c.strided(p.x, c.pick({DType::float32, DType::float64})));
  });
}

TASK_TEST_USES(3, 5, padding_above_half_the_kernel_throws, "3.1") {
  lab::cases(40, [](lab::Case& c) {
    const Pair padding{c.integer(0, 1), 0};
    check_padding(c, padding);
  });
}

TASK_TEST_USES(3, 5, padding_above_half_the_width_throws, "3.1") {
  lab::cases(40, [](lab::Case& c) {
    const Pair padding{0, c.integer(0, 1)};
    check_padding(c, padding);
  });
}

TASK_TEST_USES(3, 5, options_below_their_range_throw, "3.1") {
  lab::cases(40, [](lab::Case& c) {
    Pooling p = pooling(c, {.stride = c.coin()});
    const std::int64_t fault = c.integer(0, 4);
    Pair& broken = fault == 0 ? p.spec.kernel : fault == 1 ? p.spec.padding : p.spec.stride;
    std::int64_t& side = c.coin() ? broken.h : broken.w;
    if (fault < 4) side = fault == 0 ? 0 : -c.integer(1, 2);
    const Tensor x = c.input("x", c.contiguous(p.x));
    show(c, p.spec);
    CHECK_OUTCOME("values and indices", raw::max_pool2d(x, p.spec), [&] {
      if (fault < 4) throw ValueError("no such window");
      return pooled(p, x);
    }());
  });
}

}  // namespace tinytorch
