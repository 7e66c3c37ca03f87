#include "tests/library/ops/lists.hpp"
#include "tinytorch/core/ops.hpp"

namespace tinytorch::ops {

namespace {

using Reduction = std::function<Tensor(const Tensor&, Dims dims, bool keepdim)>;

Shape dims_in(const Arguments& in) {
  Shape dims;
  for (std::size_t i = 1; i < in.ints.size(); ++i) dims.push_back(in.ints[i]);
  return dims;
}

// ints: keepdim, then the dimensions; none means all.
Op reduction(std::string name, DrawTensor draw, bool of_nothing, Reduction function) {
  Op op;
  op.name = std::move(name);
  op.arguments = [draw, of_nothing](Draw& d) {
    const Shape shape = of_nothing ? d.shape_or_empty(0, 4) : d.shape(0, 4);
    Arguments in{{(d.*draw)(shape)}, {d.coin() ? 1 : 0}};
    for (const std::int64_t dim : d.dims(shape.size())) in.ints.push_back(dim);
    return in;
  };
  op.run = [function](const Arguments& in) -> Outputs {
    return {function(in.tensors[0], dims_in(in), in.ints[0] != 0)};
  };
  // Ties, a NaN in one row, infinities of both signs in another, zeros in a third.
  op.edges = [](DType dtype) -> std::vector<Arguments> {
    const Tensor x = to(tensor({{2.0, 2.0, -1.0},
                                {1.0, nan_value, 3.0},
                                {infinity, -infinity, 0.0},
                                {0.0, 0.0, 0.0},
                                {-infinity, -infinity, -infinity},
                                {infinity, 1.0, infinity},
                                {3.0, 0.0, 2.0}},
                               DType::float64),
                        dtype);
    return {{{x}, {0, 1}}, {{x}, {0, 0}}, {{slice(x, 0, 3, 4)}, {1}}};
  };
  return op;
}

// The variance of one number is NaN, and so is its gradient. In libtorch 1.13 the gradient is infinite.
Op of_two_or_more(Op op) {
  op.arguments = [](Draw& d) -> Arguments {
    const Shape shape{d.integer(2, 4), d.integer(1, 3), d.integer(2, 4)};
    return {{d.normal(shape)}, {d.coin() ? 1 : 0, d.coin() ? 0 : -1}};
  };
  return op;
}

// Rows without NaN: there amax and amin give the gradient to the NaNs, and libtorch gives 0 / 0 to all. And without
// zeros: the gradient of their norm is NaN in libtorch 1.13, and 0 in later versions and here.
Op without_nan_and_zeros(Op op) {
  op.edges = [](DType dtype) -> std::vector<Arguments> {
    const Tensor x = to(tensor({{2.0, 2.0, -1.0}, {infinity, 1.0, 3.0}, {-4.0, 0.5, -4.0}}, DType::float64), dtype);
    return {{{x}, {0, 1}}, {{x}, {1, 0}}};
  };
  return op;
}

Op indexed(std::string name, std::function<Outputs(const Tensor&, std::int64_t, bool)> function) {
  Op op;
  op.name = std::move(name);
  op.arguments = [](Draw& d) -> Arguments {
    const Shape shape = d.shape(1, 4);
    return {{d.distinct(shape)}, {d.integer(-shape.size(), shape.size() - 1), d.coin() ? 1 : 0}};
  };
  op.run = [function](const Arguments& in) -> Outputs { return function(in.tensors[0], in.ints[0], in.ints[1] != 0); };
  op.edges = [](DType dtype) -> std::vector<Arguments> {
    const Tensor x = to(
        tensor({{1.0, nan_value, 3.0}, {infinity, -infinity, 0.0}, {-infinity, -infinity, -infinity}}, DType::float64),
        dtype);
    return {{{x}, {1, 0}}, {{x}, {0, 1}}};
  };
  return op;
}

Op along(std::string name, std::function<Tensor(const Tensor&, std::int64_t)> function) {
  Op op;
  op.name = std::move(name);
  op.arguments = [](Draw& d) -> Arguments {
    const Shape shape = d.shape_or_empty(1, 4);
    return {{d.normal(shape)}, {d.integer(-shape.size(), shape.size() - 1)}};
  };
  op.run = [function](const Arguments& in) -> Outputs { return {function(in.tensors[0], in.ints[0])}; };
  op.edges = [](DType dtype) -> std::vector<Arguments> {
    const Tensor x = to(tensor({{2.0, 2.0, -1.0},
                                {1.0, nan_value, 3.0},
                                {infinity, 0.0, 1.0},
                                {-infinity, 0.0, 1.0},
                                {1e4, -1e4, 0.0},
                                {88.0, 90.0, 100.0}},
                               DType::float64),
                        dtype);
    return {{{x}, {1}}, {{slice(x, 0, 4, 6)}, {0}}};
  };
  return op;
}

Op questions(std::string name, Reduction function) {
  Op op = on(all_dtypes, without_gradient(reduction(std::move(name), &Draw::normal, true, std::move(function)),
                                          "the result is boolean"));
  // libtorch 1.13 reduces one dimension at a time here.
  op.arguments = [](Draw& d) -> Arguments {
    const Shape shape = d.shape_or_empty(1, 4);
    return {{d.normal(shape)}, {d.coin() ? 1 : 0, d.integer(-shape.size(), shape.size() - 1)}};
  };
  op.edges = [](DType dtype) -> std::vector<Arguments> {
    return {{{to(tensor({{nan_value, 1.0}, {0.0, -0.0}, {0.0, 1.0}}, DType::float64), dtype)}, {0, 1}}};
  };
  return op;
}

// 0-d tensors have no dimension.
Op whole(std::string name, std::function<Tensor(const Tensor&)> function) {
  Op op = unary(std::move(name), &Draw::distinct, std::move(function));
  op.arguments = [](Draw& d) { return only({d.distinct(d.shape(0, 3))}); };
  op.edges = [](DType dtype) -> std::vector<Arguments> {
    return {only({to(tensor({1.0, nan_value, 3.0}, DType::float64), dtype)}),
            only({to(tensor({2.0, 1.0, 2.0}, DType::float64), dtype)})};
  };
  return op;
}

std::vector<Op> totals() {
  const auto norm_of = [](double p) {
    return [p](const Tensor& x, Dims dims, bool keepdim) { return norm(x, p, dims, keepdim); };
  };
  return {
      on(all_dtypes, reduction("sum", &Draw::normal, true,
                               [](const Tensor& x, Dims dims, bool keep) { return sum(x, dims, keep); })),
      reduction("mean", &Draw::normal, true, [](const Tensor& x, Dims dims, bool keep) { return mean(x, dims, keep); }),
      of_two_or_more(reduction("var", &Draw::normal, true,
                               [](const Tensor& x, Dims dims, bool keep) { return var(x, dims, 1.0, keep); })),
      reduction("var_biased", &Draw::normal, true,
                [](const Tensor& x, Dims dims, bool keep) { return var(x, dims, 0.0, keep); }),
      reduction("std_biased", &Draw::distinct, true,
                [](const Tensor& x, Dims dims, bool keep) { return std(x, dims, 0.0, keep); }),
      without_nan_and_zeros(reduction("amax", &Draw::distinct, false,
                                      [](const Tensor& x, Dims dims, bool keep) { return amax(x, dims, keep); })),
      without_nan_and_zeros(reduction("amin", &Draw::distinct, false,
                                      [](const Tensor& x, Dims dims, bool keep) { return amin(x, dims, keep); })),
      reduction("logsumexp", &Draw::normal, true,
                [](const Tensor& x, Dims dims, bool keep) { return logsumexp(x, dims, keep); }),
      reduction("norm_2", &Draw::normal, true, norm_of(2.0)),
      reduction("norm_1", &Draw::nonzero, true, norm_of(1.0)),
      without_nan_and_zeros(reduction("norm_3", &Draw::nonzero, true, norm_of(3.0))),
      reduction("norm_inf", &Draw::distinct, false, norm_of(infinity)),
      questions("any", [](const Tensor& x, Dims dims, bool keep) { return any(x, dims, keep); }),
      questions("all", [](const Tensor& x, Dims dims, bool keep) { return all(x, dims, keep); }),
      on(numbers, whole("max_of_all", [](const Tensor& x) { return max(x); })),
      on(numbers, whole("min_of_all", [](const Tensor& x) { return min(x); })),
      on(numbers, without_gradient(whole("argmax_of_all", [](const Tensor& x) { return argmax(x); }), "an index")),
      on(numbers, with(whole("prod_of_all", [](const Tensor& x) { return prod(x); }),
                       [](Op& op) {
                         // The gradient of a NaN is the product of the others. libtorch divides by the NaN.
                         op.edges = [](DType dtype) -> std::vector<Arguments> {
                           return {only({to(tensor({2.0, 0.0, 3.0}, DType::float64), dtype)}),
                                   only({to(tensor({0.0, 0.0, 3.0}, DType::float64), dtype)})};
                         };
                       })),
  };
}

std::vector<Op> by_dimension() {
  return {
      on(numbers, indexed("max",
                          [](const Tensor& x, std::int64_t dim, bool keep) -> Outputs {
                            auto [value, index] = max(x, dim, keep);
                            return {value, index};
                          })),
      on(numbers, indexed("min",
                          [](const Tensor& x, std::int64_t dim, bool keep) -> Outputs {
                            auto [value, index] = min(x, dim, keep);
                            return {value, index};
                          })),
      on(numbers, without_gradient(indexed("argmax",
                                           [](const Tensor& x, std::int64_t dim, bool keep) -> Outputs {
                                             return {argmax(x, dim, keep)};
                                           }),
                                   "an index")),
      on(numbers, without_gradient(indexed("argmin",
                                           [](const Tensor& x, std::int64_t dim, bool keep) -> Outputs {
                                             return {argmin(x, dim, keep)};
                                           }),
                                   "an index")),
      on(numbers,
         indexed("prod", [](const Tensor& x, std::int64_t dim, bool keep) -> Outputs { return {prod(x, dim, keep)}; })),
      on(numbers, along("cumsum", [](const Tensor& x, std::int64_t dim) { return cumsum(x, dim); })),
      along("softmax", [](const Tensor& x, std::int64_t dim) { return softmax(x, dim); }),
      along("log_softmax", [](const Tensor& x, std::int64_t dim) { return log_softmax(x, dim); }),
  };
}

}  // namespace

std::vector<Op> reduction_ops() {
  std::vector<Op> all = totals();
  for (Op& op : by_dimension()) all.push_back(std::move(op));
  return all;
}

}  // namespace tinytorch::ops
