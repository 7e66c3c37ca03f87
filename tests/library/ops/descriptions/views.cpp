#include "tests/library/ops/lists.hpp"
#include "tinytorch/core/ops.hpp"

namespace tinytorch::ops {

namespace {

constexpr const char* only_moves = "elements only move: no value is special";

using Move = std::function<Tensor(const Tensor&, const std::vector<std::int64_t>&)>;

Op move(std::string name, std::function<Arguments(Draw&)> arguments, Move function) {
  Op op;
  op.name = std::move(name);
  op.arguments = std::move(arguments);
  op.run = [function](const Arguments& in) -> Outputs { return {function(in.tensors[0], in.ints)}; };
  op.dtypes = all_dtypes;
  op.no_edges = only_moves;
  return op;
}

// ints: a permutation of the dimensions.
Arguments permuted(Draw& d) {
  const Shape shape = d.shape_or_empty(0, 4);
  Arguments in{{d.normal(shape)}, {}};
  for (std::int64_t i = 0; i < shape.size(); ++i) in.ints.push_back(i);
  for (std::size_t i = in.ints.size(); i > 1; --i) std::swap(in.ints[i - 1], in.ints[d.generator().below(i)]);
  return in;
}

// ints: two dimensions, or one.
Arguments with_dims(Draw& d, int count, std::int64_t min_rank = 1) {
  const Shape shape = d.shape_or_empty(min_rank, 4);
  Arguments in{{d.normal(shape)}, {}};
  for (int i = 0; i < count; ++i) in.ints.push_back(d.integer(-shape.size(), shape.size() - 1));
  return in;
}

// ints: dim, start, stop, step.
Arguments sliced(Draw& d) {
  Arguments in = with_dims(d, 1);
  const std::int64_t size = in.tensors[0].size(in.ints[0]);
  in.ints.push_back(d.integer(-size - 1, size + 1));
  in.ints.push_back(d.integer(-size - 1, size + 1));
  in.ints.push_back(d.integer(1, 3));
  return in;
}

// ints: the new sizes: two neighbours merged, or everything with one size left open.
Arguments reshaped(Draw& d) {
  const Shape shape = d.shape(1, 4);
  Arguments in{{d.normal(shape)}, {}};
  if (d.coin()) {
    in.ints = {-1, shape[shape.size() - 1]};
    return in;
  }
  for (std::int64_t i = 0; i < shape.size(); ++i) in.ints.push_back(shape[i]);
  if (in.ints.size() > 1) {
    const std::size_t at = d.generator().below(in.ints.size() - 1);
    in.ints[at] *= in.ints[at + 1];
    in.ints.erase(in.ints.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  }
  in.ints.push_back(1);
  return in;
}

// ints: a shape to which the tensor broadcasts.
Arguments expanded(Draw& d) {
  const Shape whole = d.shape_or_empty(0, 4);
  return {{d.normal(d.broadcastable(whole))}, std::vector<std::int64_t>(whole.begin(), whole.end())};
}

// ints: start and end of the dimensions to merge.
Arguments flattened(Draw& d) {
  const Shape shape = d.shape_or_empty(1, 4);
  const std::int64_t start = d.integer(0, shape.size() - 1);
  return {{d.normal(shape)}, {start, d.integer(start, shape.size() - 1)}};
}

// ints: diagonal.
Arguments matrices(Draw& d) {
  const Shape shape = d.shape_or_empty(2, 4);
  return {{d.normal(shape)}, {d.integer(-3, 3)}};
}

Op parts(std::string name, std::function<Arguments(Draw&)> arguments,
         std::function<Outputs(const Tensor&, const std::vector<std::int64_t>&)> function) {
  Op op = move(std::move(name), std::move(arguments), {});
  op.run = [function](const Arguments& in) { return function(in.tensors[0], in.ints); };
  return op;
}

using Ints = const std::vector<std::int64_t>&;

}  // namespace

std::vector<Op> view_ops() {
  const auto dims = [](int count) { return [count](Draw& d) { return with_dims(d, count); }; };
  return {
      move("permute", permuted, [](const Tensor& x, Ints i) { return permute(x, i); }),
      move("transpose", dims(2), [](const Tensor& x, Ints i) { return transpose(x, i[0], i[1]); }),
      move("slice", sliced, [](const Tensor& x, Ints i) { return slice(x, i[0], i[1], i[2], i[3]); }),
      move(
          "select",
          [](Draw& d) {
            Arguments in{{d.normal(d.shape(1, 4))}, {}};
            const std::int64_t dim = d.integer(0, in.tensors[0].dim() - 1), size = in.tensors[0].size(dim);
            in.ints = {dim, d.integer(-size, size - 1)};
            return in;
          },
          [](const Tensor& x, Ints i) { return select(x, i[0], i[1]); }),
      move(
          "narrow",
          [](Draw& d) {
            Arguments in = with_dims(d, 1);
            const std::int64_t size = in.tensors[0].size(in.ints[0]), start = d.integer(0, size);
            in.ints.insert(in.ints.end(), {start, d.integer(0, size - start)});
            return in;
          },
          [](const Tensor& x, Ints i) { return narrow(x, i[0], i[1], i[2]); }),
      move("reshape", reshaped, [](const Tensor& x, Ints i) { return reshape(x, Shape(Dims(i))); }),
      move("flatten", flattened, [](const Tensor& x, Ints i) { return flatten(x, i[0], i[1]); }),
      move("expand", expanded, [](const Tensor& x, Ints i) { return expand(x, Shape(Dims(i))); }),
      move("squeeze", dims(1), [](const Tensor& x, Ints i) { return squeeze(x, i[0]); }),
      move("unsqueeze", dims(1), [](const Tensor& x, Ints i) { return unsqueeze(x, i[0]); }),
      move("movedim", dims(2), [](const Tensor& x, Ints i) { return movedim(x, i[0], i[1]); }),
      move("diagonal", matrices, [](const Tensor& x, Ints i) { return diagonal(x, i[0], 0, 1); }),
      move(
          "unfold",
          [](Draw& d) {
            Arguments in{{d.normal(d.shape(1, 3))}, {}};
            const std::int64_t dim = d.integer(0, in.tensors[0].dim() - 1);
            in.ints = {dim, d.integer(1, in.tensors[0].size(dim)), d.integer(1, 3)};
            return in;
          },
          [](const Tensor& x, Ints i) { return unfold(x, i[0], i[1], i[2]); }),
      move("tril", matrices, [](const Tensor& x, Ints i) { return tril(x, i[0]); }),
      move("triu", matrices, [](const Tensor& x, Ints i) { return triu(x, i[0]); }),
      parts(
          "chunk",
          [](Draw& d) {
            Arguments in{{d.normal(d.shape(1, 4))}, {}};
            in.ints = {d.integer(1, 4), d.integer(0, in.tensors[0].dim() - 1)};
            return in;
          },
          [](const Tensor& x, Ints i) -> Outputs { return chunk(x, i[0], i[1]); }),
      parts(
          "split",
          [](Draw& d) {
            Arguments in{{d.normal(d.shape(1, 4))}, {}};
            in.ints = {d.integer(1, 3), d.integer(0, in.tensors[0].dim() - 1)};
            return in;
          },
          [](const Tensor& x, Ints i) -> Outputs { return split(x, i[0], i[1]); }),
      parts("unbind", dims(1), [](const Tensor& x, Ints i) -> Outputs { return unbind(x, i[0]); }),
      move("flip", dims(1), [](const Tensor& x, Ints i) { return flip(x, Shape{i[0]}); }),
      move(
          "roll",
          [](Draw& d) {
            Arguments in = with_dims(d, 1);
            in.ints.push_back(d.integer(-5, 5));
            return in;
          },
          [](const Tensor& x, Ints i) { return roll(x, Shape{i[1]}, Shape{i[0]}); }),
      move(
          "repeat",
          [](Draw& d) {
            Arguments in{{d.normal(d.shape_or_empty(1, 3))}, {}};
            for (std::int64_t k = d.integer(in.tensors[0].dim(), 4); k > 0; --k) in.ints.push_back(d.integer(1, 3));
            return in;
          },
          [](const Tensor& x, Ints i) { return repeat(x, Shape(Dims(i))); }),
      move(
          "pad",
          [](Draw& d) {
            Arguments in{{d.normal(d.shape(1, 4))}, {}};
            for (std::int64_t k = 2 * d.integer(1, in.tensors[0].dim()); k > 0; --k) in.ints.push_back(d.integer(0, 2));
            return in;
          },
          [](const Tensor& x, Ints i) { return pad(x, i, 3.0); }),
  };
}

}  // namespace tinytorch::ops
