// Task 4.6: vjp::slice and vjp::permute.

#include "modules/04_autograd/tests/second.hpp"
#include "tinytorch/core/vjps.hpp"

#include <algorithm>

namespace tinytorch {
namespace {

struct Slice {
  Shape x;
  std::int64_t dim, start, stop, step;
};

// The indices of its dimension that the slice shows.
std::vector<std::int64_t> shown(const Slice& s) {
  const std::int64_t size = s.x[s.dim < 0 ? s.dim + s.x.size() : s.dim];
  const auto bound = [size](std::int64_t at) { return std::clamp<std::int64_t>(at < 0 ? at + size : at, 0, size); };
  std::vector<std::int64_t> places;
  for (std::int64_t at = bound(s.start); at < bound(s.stop); at += s.step) places.push_back(at);
  return places;
}

Tensor written_back(const Tensor& grad, const Slice& s) {
  const std::vector<std::int64_t> places = shown(s);
  const std::int64_t d = s.dim < 0 ? s.dim + s.x.size() : s.dim;
  return make(s.x, grad.dtype(), [&](Shape index) {
    const auto place = std::find(places.begin(), places.end(), index[d]);
    index[d] = place - places.begin();
    return place == places.end() ? 0.0 : lab::at(grad, index);
  });
}

void check(lab::Case& c, const Slice& s) {
  c.input("x", s.x);
  c.input("dim", s.dim);
  c.input("start, stop, step", Shape{s.start, s.stop, s.step});
  Shape sizes = s.x;
  sizes[s.dim < 0 ? s.dim + s.x.size() : s.dim] = static_cast<std::int64_t>(shown(s).size());
  const Tensor grad = c.input("grad", c.tensor(sizes, float_dtype(c)));
  CHECK_SAME("dx", vjp::slice(grad, s.x, s.dim, s.start, s.stop, s.step), written_back(grad, s));
}

std::int64_t any_dim(lab::Case& c, const Shape& x) { return c.integer(-x.size(), x.size() - 1); }

}  // namespace

TASK_TEST(4, 6, the_gradient_goes_where_the_slice_was_taken) {
  lab::cases(60, [](lab::Case& c) {
    const Shape x = c.shape(1, 4);
    const std::int64_t dim = any_dim(c, x), size = x[dim < 0 ? dim + x.size() : dim];
    const std::int64_t start = c.integer(0, size - 1), stop = c.integer(start, size);
    check(c, {x, dim, start, stop, 1});
  });
}

TASK_TEST(4, 6, steps_leave_zeros_between) {
  lab::cases(60, [](lab::Case& c) {
    Shape x = c.shape(1, 3);
    const std::int64_t dim = any_dim(c, x);
    std::int64_t& size = x[dim < 0 ? dim + x.size() : dim];
    size += 2;
    const std::int64_t start = c.integer(0, 1), step = c.integer(2, 3);
    check(c, {x, dim, start, size, step});
  });
}

TASK_TEST(4, 6, bounds_count_from_the_end_and_clamp) {
  lab::cases(60, [](lab::Case& c) {
    const Shape x = c.shape(1, 3);
    const std::int64_t start = c.integer(-6, 6), stop = c.integer(-6, 6), step = c.integer(1, 2);
    const std::int64_t dim = any_dim(c, x);
    check(c, {x, dim, start, stop, step});
  });
}

TASK_TEST(4, 6, infinities_and_nan_stay_in_their_places) {
  lab::cases(40, [](lab::Case& c) {
    const double infinity = std::numeric_limits<double>::infinity(), nan = std::nan("");
    const std::int64_t n = c.integer(1, 3), m = c.integer(1, 3);
    const Slice s{{n + 2, m}, 0, 1, 1 + n, 1};
    const auto any = [&](const Shape&) { return c.pick({1.0, -2.0, infinity, -infinity, nan}); };
    const Tensor grad = c.input("grad", make({n, m}, float_dtype(c), any));
    CHECK_SAME("dx of rows 1 ... n", vjp::slice(grad, s.x, s.dim, s.start, s.stop, s.step), written_back(grad, s));
    CHECK_SAME("dx of the transpose", vjp::permute(grad, Shape{1, 0}), make({m, n}, grad.dtype(), [&](const Shape& i) {
                 return lab::at(grad, {i[1], i[0]});
               }));
  });
}

TASK_TEST(4, 6, a_permutation_goes_back) {
  lab::cases(60, [](lab::Case& c) {
    const Shape x = c.shape(1, 4);
    Shape order = c.permutation(x.size()), sizes = x;
    for (std::int64_t k = 0; k < x.size(); ++k) sizes[k] = x[order[k]];
    const Tensor grad = c.input("grad", c.tensor(sizes, float_dtype(c)));
    c.input("order", order);
    CHECK_SAME("dx", vjp::permute(grad, order), make(x, grad.dtype(), [&](const Shape& index) {
                 Shape place = index;
                 for (std::int64_t k = 0; k < x.size(); ++k) place[k] = index[order[k]];
                 return lab::at(grad, place);
               }));
  });
}

TASK_TEST(4, 6, an_order_may_count_from_the_end) {
  lab::cases(40, [](lab::Case& c) {
    const Shape x = c.shape(2, 4);
    const Shape order = c.permutation(x.size());
    Shape sizes = x, named = order;
    for (std::int64_t k = 0; k < x.size(); ++k) {
      sizes[k] = x[order[k]];
      named[k] -= c.coin() ? x.size() : 0;
    }
    const Tensor grad = c.input("grad", c.tensor(sizes, float_dtype(c)));
    c.input("order", named);
    CHECK_SAME("dx", vjp::permute(grad, named), make(x, grad.dtype(), [&](const Shape& index) {
                 Shape place = index;
                 for (std::int64_t k = 0; k < x.size(); ++k) place[k] = index[order[k]];
                 return lab::at(grad, place);
               }));
  });
}

TASK_TEST_USES(4, 6, a_permutation_s_gradient_has_a_gradient_itself, "4.9") {
  lab::cases(32, [](lab::Case& c) {
    const Shape order = c.input("order", c.permutation(c.integer(2, 3)));
    const Tensor grad = c.input("grad", c.reals(c.shape(order.size(), order.size()), DType::float64));
    check_second(
        c, "dx", {grad}, [&](const Tensors& x) { return vjp::permute(x[0], order); },
        [&](const Tensors& x) {
          Shape sizes = order;
          for (std::int64_t k = 0; k < order.size(); ++k) sizes[order[k]] = x[0].sizes()[k];
          return make(sizes, DType::float64, [&](const Shape& index) {
            Shape place = index;
            for (std::int64_t k = 0; k < order.size(); ++k) place[k] = index[order[k]];
            return lab::at(x[0], place);
          });
        });
  });
}

}  // namespace tinytorch
