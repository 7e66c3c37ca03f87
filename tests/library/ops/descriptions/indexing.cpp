#include "tests/library/ops/lists.hpp"
#include "tinytorch/core/ops.hpp"

#include <numeric>

namespace tinytorch::ops {

namespace {

constexpr const char* only_moves = "elements only move: no value is special";

Op described(std::string name, std::function<Arguments(Draw&)> arguments,
             std::function<Outputs(const Arguments&)> run) {
  Op op;
  op.name = std::move(name);
  op.arguments = std::move(arguments);
  op.run = std::move(run);
  op.dtypes = numbers;
  op.no_edges = only_moves;
  return op;
}

// Two or three tensors that differ along ints[0].
Arguments joined(Draw& d, bool equal_sizes) {
  const Shape shape = d.shape_or_empty(1, 4);
  const std::int64_t dim = d.integer(0, shape.size() - 1);
  Arguments in{{}, {dim}};
  for (std::int64_t k = d.integer(2, 3); k > 0; --k) {
    Shape one = shape;
    if (!equal_sizes) one[dim] = d.integer(0, 3);
    in.tensors.push_back(d.normal(one));
  }
  return in;
}

// x, and an index of the same rank for dimension ints[0]. Its other sizes are not larger than those of x. Repeated
// entries are likely.
Arguments gathered(Draw& d, bool source) {
  const Shape shape = d.shape(1, 4);
  const std::int64_t dim = d.integer(0, shape.size() - 1);
  Shape picked = shape;
  for (std::int64_t k = 0; k < shape.size(); ++k)
    picked[k] = k == dim && !source ? d.integer(1, 5) : d.integer(1, shape[k]);
  Arguments in{{d.normal(shape), d.integers(picked, 0, shape[dim] - 1)}, {dim}};
  if (source) in.tensors.push_back(d.normal(picked));
  return in;
}

// As gathered with a source, but no element is written twice: x is (n, m), and a permutation gives the place of row i.
Arguments scattered(Draw& d) {
  const std::int64_t n = d.size(), m = d.size();
  const Tensor index = empty({n, m}, DType::int64);
  for (std::int64_t column = 0; column < m; ++column) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(n));
    std::iota(order.begin(), order.end(), std::int64_t{0});
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[d.generator().below(i)]);
    for (std::int64_t row = 0; row < n; ++row)
      index.data<std::int64_t>()[row * m + column] = order[static_cast<std::size_t>(row)];
  }
  return {{d.normal({n, m}), index, d.normal({n, m})}, {0}};
}

Arguments selected(Draw& d) {
  const Shape shape = d.shape(1, 4);
  const std::int64_t dim = d.integer(0, shape.size() - 1);
  return {{d.normal(shape), d.integers({d.integer(0, 5)}, 0, shape[dim] - 1)}, {dim}};
}

Arguments added(Draw& d) {
  Arguments in = selected(d);
  Shape sizes = in.tensors[0].sizes();
  sizes[in.ints[0]] = in.tensors[1].numel();
  in.tensors.push_back(d.normal(sizes));
  return in;
}

Arguments masked(Draw& d) {
  const Shape shape = d.shape_or_empty(0, 3);
  return only({d.normal(shape), d.booleans(shape)});
}

// ints: dim and whether the largest come first. The values are distinct, so there are no ties.
Arguments ordered(Draw& d) {
  const Shape shape = d.shape(1, 4);
  return {{d.distinct(shape)}, {d.integer(-shape.size(), shape.size() - 1), d.coin() ? 1 : 0}};
}

std::vector<Op> picks() {
  return {
      described(
          "cat", [](Draw& d) { return joined(d, false); },
          [](const Arguments& in) -> Outputs { return {cat(in.tensors, in.ints[0])}; }),
      described(
          "stack", [](Draw& d) { return joined(d, true); },
          [](const Arguments& in) -> Outputs { return {stack(in.tensors, in.ints[0])}; }),
      described(
          "index_select", selected,
          [](const Arguments& in) -> Outputs { return {index_select(in.tensors[0], in.ints[0], in.tensors[1])}; }),
      described("index_add", added,
                [](const Arguments& in) -> Outputs {
                  return {index_add(in.tensors[0], in.ints[0], in.tensors[1], in.tensors[2])};
                }),
      described(
          "gather", [](Draw& d) { return gathered(d, false); },
          [](const Arguments& in) -> Outputs { return {gather(in.tensors[0], in.ints[0], in.tensors[1])}; }),
      described("scatter", scattered,
                [](const Arguments& in) -> Outputs {
                  return {scatter(in.tensors[0], in.ints[0], in.tensors[1], in.tensors[2])};
                }),
      described(
          "scatter_add", [](Draw& d) { return gathered(d, true); },
          [](const Arguments& in) -> Outputs {
            return {scatter_add(in.tensors[0], in.ints[0], in.tensors[1], in.tensors[2])};
          }),
      described("masked_fill", masked,
                [](const Arguments& in) -> Outputs { return {masked_fill(in.tensors[0], in.tensors[1], 4.0)}; }),
      described("masked_select", masked,
                [](const Arguments& in) -> Outputs { return {masked_select(in.tensors[0], in.tensors[1])}; }),
      without_gradient(described(
                           "one_hot", [](Draw& d) { return only({d.integers(d.shape_or_empty(0, 3), 0, 4)}); },
                           [](const Arguments& in) -> Outputs { return {one_hot(in.tensors[0], 5)}; }),
                       "of integers"),
      without_gradient(
          described("nonzero", masked, [](const Arguments& in) -> Outputs { return {nonzero(in.tensors[1])}; }),
          "indices"),
  };
}

Op with_ties(Op op) {
  op.no_edges = {};
  // NaN counts as the largest.
  op.edges = [](DType dtype) -> std::vector<Arguments> {
    const Tensor x = to(tensor({3.0, nan_value, -infinity, infinity, 0.0, 7.0}, DType::float64), dtype);
    return {{{x}, {0, 1}}, {{x}, {0, 0}}};
  };
  return op;
}

std::vector<Op> orders() {
  return {
      with_ties(described("sort", ordered,
                          [](const Arguments& in) -> Outputs {
                            auto [values, index] = sort(in.tensors[0], in.ints[0], in.ints[1] != 0);
                            return {values, index};
                          })),
      with_ties(without_gradient(described("argsort", ordered,
                                           [](const Arguments& in) -> Outputs {
                                             return {argsort(in.tensors[0], in.ints[0], in.ints[1] != 0)};
                                           }),
                                 "indices")),
      with_ties(described("topk", ordered,
                          [](const Arguments& in) -> Outputs {
                            const std::int64_t k = (in.tensors[0].size(in.ints[0]) + 1) / 2;
                            auto [values, index] = topk(in.tensors[0], k, in.ints[0], in.ints[1] != 0);
                            return {values, index};
                          })),
  };
}

}  // namespace

std::vector<Op> indexing_ops() {
  std::vector<Op> all = picks();
  for (Op& op : orders()) all.push_back(std::move(op));
  return all;
}

}  // namespace tinytorch::ops
