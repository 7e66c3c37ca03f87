// Task 4.5: vjp::sum and vjp::mean.

#include "modules/04_autograd/tests/second.hpp"
#include "tinytorch/core/vjps.hpp"

namespace tinytorch {
namespace {

// The arguments of a reduction of a tensor of shape x.
struct Reduced {
  Shape x, dims;
  bool keepdim;
  Tensor grad;
};

std::vector<bool> marked(const Shape& x, const Shape& dims) {
  std::vector<bool> marks(static_cast<std::size_t>(x.size()), dims.empty());
  for (const std::int64_t dim : dims) marks[static_cast<std::size_t>(dim < 0 ? dim + x.size() : dim)] = true;
  return marks;
}

// At least one dimension, in random order, some of them counted from the end.
Shape some_dims(lab::Case& c, std::int64_t rank) {
  const std::int64_t count = c.integer(1, rank);
  Shape dims = c.permutation(rank);
  while (dims.size() > count) dims.pop_back();
  for (std::int64_t& dim : dims) dim -= c.coin() ? rank : 0;
  return dims;
}

Shape result_sizes(const Shape& x, const Shape& dims, bool keepdim) {
  const std::vector<bool> marks = marked(x, dims);
  Shape sizes;
  for (std::int64_t d = 0; d < x.size(); ++d) {
    if (!marks[static_cast<std::size_t>(d)])
      sizes.push_back(x[d]);
    else if (keepdim)
      sizes.push_back(1);
  }
  return sizes;
}

Reduced drawn(lab::Case& c, const Shape& x, const Shape& dims, bool keepdim) {
  const DType dtype = float_dtype(c);
  c.input("x", x);
  c.input("dims", dims);
  c.input("keepdim", keepdim);
  return {x, dims, keepdim, c.input("grad", c.tensor(result_sizes(x, dims, keepdim), dtype))};
}

// For each element of x: `factor` times the gradient of the sum that it was added to.
Tensor spread(const Reduced& r, double factor) {
  const std::vector<bool> marks = marked(r.x, r.dims);
  return make(r.x, r.grad.dtype(), [&](const Shape& index) {
    Shape place;
    for (std::int64_t d = 0; d < r.x.size(); ++d) {
      if (!marks[static_cast<std::size_t>(d)])
        place.push_back(index[d]);
      else if (r.keepdim)
        place.push_back(0);
    }
    return lab::at(r.grad, place) * factor;
  });
}

double elements_in_each(const Reduced& r) {
  const std::vector<bool> marks = marked(r.x, r.dims);
  double count = 1.0;
  for (std::int64_t d = 0; d < r.x.size(); ++d)
    if (marks[static_cast<std::size_t>(d)]) count *= static_cast<double>(r.x[d]);
  return count;
}

void check_sum(const Reduced& r) { CHECK_SAME("dx", vjp::sum(r.grad, r.x, r.dims, r.keepdim), spread(r, 1.0)); }
void check_mean(const Reduced& r) {
  CHECK_CLOSE("dx", vjp::mean(r.grad, r.x, r.dims, r.keepdim), spread(r, 1.0 / elements_in_each(r)),
              rounding(r.grad.dtype(), 4.0, 9.0));
}

}  // namespace

TASK_TEST(4, 5, every_summed_element_gets_the_gradient_of_its_sum) {
  lab::cases(40, [](lab::Case& c) {
    const Shape x = c.shape(1, 4);
    check_sum(drawn(c, x, some_dims(c, x.size()), false));
  });
}

TASK_TEST(4, 5, kept_dimensions_are_there_already) {
  lab::cases(40, [](lab::Case& c) {
    const Shape x = c.shape(1, 4);
    check_sum(drawn(c, x, some_dims(c, x.size()), true));
  });
}

TASK_TEST(4, 5, without_dims_every_element_was_summed) {
  lab::cases(40, [](lab::Case& c) {
    Shape x = c.shape(0, 4);
    if (c.index() >= 36) x = Shape::filled(Shape::max_rank, 1), x[c.integer(0, x.size() - 1)] = 3;
    check_sum(drawn(c, x, {}, c.coin()));
  });
}

TASK_TEST(4, 5, a_sum_of_nothing_has_an_empty_gradient) {
  lab::cases(32, [](lab::Case& c) {
    Shape x = c.shape(1, 3);
    x[c.integer(0, x.size() - 1)] = 0;
    const Shape dims = some_dims(c, x.size());
    check_sum(drawn(c, x, dims, c.coin()));
  });
}

TASK_TEST(4, 5, a_mean_divides_by_its_own_elements) {
  lab::cases(40, [](lab::Case& c) {
    const Shape x = c.shape(1, 4);
    const Shape dims = some_dims(c, x.size());
    check_mean(drawn(c, x, dims, c.coin()));
  });
}

TASK_TEST(4, 5, a_mean_of_everything) {
  lab::cases(40, [](lab::Case& c) {
    const Shape x = c.shape(0, 4);
    check_mean(drawn(c, x, {}, c.coin()));
  });
}

TASK_TEST(4, 5, a_mean_of_nothing_has_an_empty_gradient) {
  lab::cases(32, [](lab::Case& c) {
    Shape x = c.shape(1, 3);
    x[c.integer(0, x.size() - 1)] = 0;
    const Shape dims = some_dims(c, x.size());
    const Reduced r = drawn(c, x, dims, c.coin());
    CHECK_SAME("dx", vjp::mean(r.grad, r.x, r.dims, r.keepdim), spread(r, 1.0));
  });
}

TASK_TEST(4, 5, infinities_and_nan_reach_what_they_were_summed_from) {
  lab::cases(40, [](lab::Case& c) {
    const double infinity = std::numeric_limits<double>::infinity(), nan = std::nan("");
    const Shape x = c.input("x", c.shape(1, 3)), dims = c.input("dims", some_dims(c, x.size()));
    const bool keepdim = c.input("keepdim", c.coin());
    const auto any = [&](const Shape&) { return c.pick({1.0, 2.0, infinity, -infinity, nan}); };
    const Reduced r{x, dims, keepdim, c.input("grad", make(result_sizes(x, dims, keepdim), float_dtype(c), any))};
    check_sum(r);
    check_mean(r);
  });
}

TASK_TEST_USES(4, 5, sums_and_means_have_second_gradients, "4.2", "4.9") {
  lab::cases(32, [](lab::Case& c) {
    const Shape x = c.input("x", c.shape(1, 3)), dims = c.input("dims", some_dims(c, x.size()));
    const bool keepdim = c.input("keepdim", c.coin());
    const Tensor grad = c.input("grad", c.reals(result_sizes(x, dims, keepdim), DType::float64));
    const auto of = [&](const Tensors& p) { return Reduced{x, dims, keepdim, p[0]}; };
    check_second(
        c, "sum's gradient", {grad}, [&](const Tensors& p) { return vjp::sum(p[0], x, dims, keepdim); },
        [&](const Tensors& p) { return spread(of(p), 1.0); });
    check_second(
        c, "mean's gradient", {grad}, [&](const Tensors& p) { return vjp::mean(p[0], x, dims, keepdim); },
        [&](const Tensors& p) { return spread(of(p), 1.0 / elements_in_each(of(p))); });
  });
}

}  // namespace tinytorch
