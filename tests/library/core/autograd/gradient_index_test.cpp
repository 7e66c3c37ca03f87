// Views, indexing, ordering and products of matrices against central differences.

#include "tests/library/core/elements.hpp"
#include "tests/library/core/gradient_check.hpp"

namespace tinytorch {
namespace {

using testing::distinct;
using testing::Op;
using testing::op_on;
using testing::random_double;
using testing::view_op;

Tensor ids(std::initializer_list<int> list) { return tensor(std::vector<int>(list)); }

std::vector<Op> views() {
  return {
      view_op("view", 0,
              [](const Tensor& x) {
                return view(x.clone(), {1, -1});
              }),
      view_op("flatten", 1, [](const Tensor& x) { return flatten(x, 0, -1); }),
      op_on("unflatten", {{2, 6}},
            [](Inputs in) {
              return unflatten(in[0], 1, {3, -1});
            }),
      view_op("movedim", 1, [](const Tensor& x) { return movedim(x, 0, -1); }),
      view_op("t", 0, [](const Tensor& x) { return x.dim() <= 2 ? t(x) : x.clone(); }),
      view_op("squeeze", 0, [](const Tensor& x) { return squeeze(unsqueeze(x, 0)); }),
      view_op("narrow", 1, [](const Tensor& x) { return narrow(x, -1, -1, 1); }),
      view_op("expand_as", 1,
              [](const Tensor& x) {
                return expand_as(x, stack(std::vector{x, x}).detach());
              }),
      op_on("diagonal", {{3, 4, 2}}, [](Inputs in) { return diagonal(in[0], 1, 0, 1); }),
      op_on("diagonal_below", {{3, 4}}, [](Inputs in) { return diagonal(in[0], -2); }),
      op_on("diag_of_vector", {{3}}, [](Inputs in) { return diag(in[0], -1); }),
      op_on("unfold_overlapping", {{2, 7}}, [](Inputs in) { return unfold(in[0], 1, 3, 2); }),
      view_op("split", 1, [](const Tensor& x) { return split(x, 2, 0).back() * 2.0; }),
      view_op("chunk", 1, [](const Tensor& x) { return chunk(x, 2, -1)[0]; }),
      view_op("unbind", 1,
              [](const Tensor& x) {
                const std::vector<Tensor> parts = unbind(x, 0);
                return parts.front() * parts.back();
              }),
      op_on("stack", {{2, 3}, {2, 3}}, [](Inputs in) { return stack(in, -1); }),
      op_on("pad", {{2, 3}},
            [](Inputs in) {
              return pad(in[0], Shape{1, 2, 0, 1}, "constant", 3.0);
            }),
      op_on("pad_cuts", {{3, 4}},
            [](Inputs in) {
              return pad(in[0], Shape{-1, 2, 1, -1});
            }),
      op_on("pad_reflect", {{3, 4}},
            [](Inputs in) {
              return pad(in[0], Shape{2, 3, 1, 1}, "reflect");
            }),
      op_on("pad_replicate", {{3, 4}},
            [](Inputs in) {
              return pad(in[0], Shape{2, 3, 1, 4}, "replicate");
            }),
      op_on("pad_circular", {{3, 4}},
            [](Inputs in) {
              return pad(in[0], Shape{2, 4, 1, 0}, "circular");
            }),
      view_op("flip", 2,
              [](const Tensor& x) {
                return flip(x, Shape{0, -1});
              }),
      view_op("roll", 1, [](const Tensor& x) { return roll(x, Shape{2}, Shape{-1}); }),
      view_op("roll_flat", 1, [](const Tensor& x) { return roll(x, Shape{-1}); }),
      op_on("repeat", {{2, 3}},
            [](Inputs in) {
              return repeat(in[0], {2, 1, 3});
            }),
      op_on("repeat_interleave", {{2, 3}}, [](Inputs in) { return repeat_interleave(in[0], 2, 1); }),
      op_on("tril", {{2, 3, 4}}, [](Inputs in) { return tril(in[0], 1); }),
      op_on("triu", {{2, 3, 4}}, [](Inputs in) { return triu(in[0], -1); }),
      op_on("meshgrid", {{2}, {3}},
            [](Inputs in) {
              const std::vector<Tensor> grids = meshgrid({in[0], in[1]}, "xy");
              return grids[0] * grids[1];
            }),
  };
}

std::vector<Op> picks() {
  return {
      op_on("gather", {{3, 4}},
            [](Inputs in) {
              return gather(in[0], 1, tensor({{0, 3, 3}, {1, 1, 1}}));
            }),
      op_on("scatter", {{3, 4}, {2, 3}},
            [](Inputs in) {
              return scatter(in[0], 0, tensor({{0, 2}, {1, 1}}), in[1]);
            }),
      op_on("scatter_same_place", {{4}, {3}},
            [](Inputs in) {
              return scatter(in[0], 0, ids({1, 1, 2}), in[1]);
            }),
      op_on("scatter_add", {{3, 4}, {3, 3}},
            [](Inputs in) {
              return scatter_add(in[0], 0, tensor({{0, 0}, {2, 0}}), in[1]);
            }),
      op_on("index_add", {{3, 4}, {3, 2}},
            [](Inputs in) {
              return index_add(in[0], 1, ids({3, 0}), in[1], -2.0);
            }),
      op_on("index_add_again", {{2, 3}, {3, 3}},
            [](Inputs in) {
              return index_add(in[0], 0, ids({1, 1, 0}), in[1]);
            }),
      op_on("masked_fill", {{2, 3}}, [](Inputs in) { return masked_fill(in[0], gt(arange(3), tensor({1})), 7.0); }),
      op_on("masked_fill_tensor", {{2, 3}, {}},
            [](Inputs in) { return masked_fill(in[0], gt(arange(3), tensor({0})), in[1]); }),
      op_on("masked_select", {{2, 3}}, [](Inputs in) { return masked_select(in[0], gt(arange(3), tensor({0}))); }),
      op_on("index_basic", {{3, 4, 5}},
            [](Inputs in) {
              return in[0].index({Slice(1), 2, None, Slice(0, 5, 2)});
            }),
      op_on("index_list", {{4, 2, 3}},
            [](Inputs in) {
              return in[0].index({tensor({{0, -1}, {0, 2}})});
            }),
      op_on("index_two_lists", {{4, 5, 3}},
            [](Inputs in) {
              return in[0].index({ids({0, -1, 0}), ids({1, 2, 1})});
            }),
      op_on("index_apart", {{2, 3, 4}},
            [](Inputs in) {
              return in[0].index({ids({0, 1}), Slice(1), ids({3, 3})});
            }),
      op_on("index_mask", {{2, 3}},
            [](Inputs in) {
              return in[0].index({Ellipsis, gt(arange(3), tensor({0}))});
            }),
      op_on("index_put_in_place", {{3, 4}, {3}},
            [](Inputs in) {
              const Tensor x = in[0] * 2.0;
              x.index_put_({Slice(), 1}, in[1]);
              return x * x;
            }),
      op_on("index_put_accumulate", {{3, 4}, {2, 4}},
            [](Inputs in) {
              const Tensor x = in[0].clone();
              x.index_put_({ids({1, 1})}, in[1], true);
              return x * x;
            }),
      op_on("index_put_mask", {{2, 3}, {}},
            [](Inputs in) {
              const Tensor x = in[0].clone();
              x.index_put_({gt(reshape(arange(6), {2, 3}), tensor({2}))}, in[1]);
              return x * x;
            }),
      op_on("mul_in_place", {{2, 3}},
            [](Inputs in) {
              const Tensor y = tanh(in[0]);
              const Tensor x = y.clone();
              x.mul_(3.0);
              return x * y;
            }),
      op_on("add_in_place", {{2, 3}, {3}},
            [](Inputs in) {
              const Tensor x = in[0] * in[0];
              x.add_(in[1], 0.5);
              return x * in[1];
            }),
      op_on("copy_in_place", {{2, 3}, {3}},
            [](Inputs in) {
              const Tensor x = in[0] * in[0];
              const Tensor y = x * 2.0;
              x.copy_(in[1]);
              return x * y;
            }),
      {"sort",
       [](Generator& g) {
         return std::vector{distinct({3, 4}, g)};
       },
       [](Inputs in) { return sort(in[0], 0, true).first * in[0]; }},
      {"topk",
       [](Generator& g) {
         return std::vector{distinct({3, 5}, g)};
       },
       [](Inputs in) { return topk(in[0], 2, -1, false).first; }},
  };
}

std::vector<Op> products() {
  return {
      op_on("mm", {{2, 3}, {3, 4}}, [](Inputs in) { return mm(in[0], in[1]); }),
      op_on("bmm", {{2, 3, 2}, {2, 2, 4}}, [](Inputs in) { return bmm(in[0], in[1]); }),
      op_on("mv", {{2, 3}, {3}}, [](Inputs in) { return mv(in[0], in[1]); }),
      op_on("dot", {{3}, {3}}, [](Inputs in) { return dot(in[0], in[1]); }),
      op_on("outer", {{3}, {2}}, [](Inputs in) { return outer(in[0], in[1]); }),
      op_on("addmm", {{4}, {2, 3}, {3, 4}}, [](Inputs in) { return addmm(in[0], in[1], in[2], 0.5, -2.0); }),
      op_on("trace", {{3, 4}}, [](Inputs in) { return trace(in[0]); }),
      op_on("matmul_shared_right", {{2, 3, 2, 3}, {3, 2}}, [](Inputs in) { return matmul(in[0], in[1]); }),
      op_on("matmul_shared_left", {{2, 3}, {4, 3, 2}}, [](Inputs in) { return matmul(in[0], in[1]); }),
      op_on("matmul_ones_batch", {{2, 2, 3}, {1, 3, 2}}, [](Inputs in) { return matmul(in[0], in[1]); }),
      op_on("matmul_expanded", {{3, 2, 3}, {3, 2}},
            [](Inputs in) {
              return matmul(transpose(in[0], 0, 1), expand(in[1], {2, 3, 2}));
            }),
      op_on("matmul_batch_vector", {{4, 2, 3}, {3}}, [](Inputs in) { return matmul(in[0], in[1]); }),
      op_on("einsum_attention", {{2, 3, 2, 2}, {2, 4, 2, 2}}, [](Inputs in) { return einsum("bqhd,bkhd->bhqk", in); }),
      op_on("einsum_bilinear", {{2, 3}, {4, 3, 2}, {2, 2}}, [](Inputs in) { return einsum("bi,oij,bj->bo", in); }),
      op_on("einsum_diagonal", {{3, 3, 2}}, [](Inputs in) { return einsum("iij->ji", in); }),
      op_on("einsum_ellipsis", {{2, 1, 3}, {4, 3}}, [](Inputs in) { return einsum("...i,...i->...", in); }),
  };
}

GRADIENT_TESTS(ViewGradient, views());
GRADIENT_TESTS(PickGradient, picks());
GRADIENT_TESTS(ProductGradient, products());

}  // namespace
}  // namespace tinytorch
