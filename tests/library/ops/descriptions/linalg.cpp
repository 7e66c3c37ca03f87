#include "tests/library/ops/lists.hpp"
#include "tinytorch/core/ops.hpp"

namespace tinytorch::ops {

namespace {

constexpr const char* not_compared = "0 * NaN depends on how a product is cut into pieces";

Op product(std::string name, std::function<std::vector<Tensor>(Draw&)> inputs,
           std::function<Tensor(const std::vector<Tensor>&)> function) {
  Op op;
  op.name = std::move(name);
  op.arguments = [inputs](Draw& d) { return only(inputs(d)); };
  op.run = [function](const Arguments& in) -> Outputs { return {function(in.tensors)}; };
  op.no_edges = not_compared;
  op.roundings = 64.0;
  return op;
}

using Tensors = std::vector<Tensor>;

// An equation with one size for each letter.
Op equation(std::string name, const std::string& text) {
  return product(
      "einsum_" + name,
      [text](Draw& d) {
        std::int64_t sizes[26];
        for (std::int64_t& size : sizes) size = d.size();
        Tensors operands;
        Shape shape;
        for (const char c : text.substr(0, text.find("->")) + ",") {
          if (c >= 'a' && c <= 'z') shape.push_back(sizes[c - 'a']);
          if (c != ',') continue;
          operands.push_back(d.normal(shape));
          shape = {};
        }
        return operands;
      },
      [text](const Tensors& in) { return einsum(text, in); });
}

}  // namespace

std::vector<Op> linalg_ops() {
  return {
      product(
          "matmul",
          [](Draw& d) -> Tensors {
            const std::int64_t m = d.size(), k = d.number() == 1 ? 0 : d.size(), n = d.size();
            return {d.normal({m, k}), d.normal({k, n})};
          },
          [](const Tensors& in) { return matmul(in[0], in[1]); }),
      product(
          "matmul_batched",
          [](Draw& d) -> Tensors {
            const Shape batch = d.shape_or_empty(1, 2);
            Shape left = batch, right = d.broadcastable(batch);
            const std::int64_t k = d.size();
            left.push_back(d.size());
            left.push_back(k);
            right.push_back(k);
            right.push_back(d.size());
            return {d.normal(left), d.normal(right)};
          },
          [](const Tensors& in) { return matmul(in[0], in[1]); }),
      product(
          "matmul_vector",
          [](Draw& d) -> Tensors {
            const std::int64_t k = d.size();
            if (d.coin()) return {d.normal({k}), d.normal({2, k, d.size()})};
            return {d.normal({3, d.size(), k}), d.normal({k})};
          },
          [](const Tensors& in) { return matmul(in[0], in[1]); }),
      product(
          "bmm",
          [](Draw& d) -> Tensors {
            const std::int64_t b = d.number() == 1 ? 0 : d.size(), k = d.size();
            return {d.normal({b, d.size(), k}), d.normal({b, k, d.size()})};
          },
          [](const Tensors& in) { return bmm(in[0], in[1]); }),
      product(
          "dot",
          [](Draw& d) -> Tensors {
            const std::int64_t k = d.number() == 1 ? 0 : d.size();
            return {d.normal({k}), d.normal({k})};
          },
          [](const Tensors& in) { return dot(in[0], in[1]); }),
      product(
          "mv",
          [](Draw& d) -> Tensors {
            const std::int64_t k = d.size();
            return {d.normal({d.size(), k}), d.normal({k})};
          },
          [](const Tensors& in) { return mv(in[0], in[1]); }),
      product(
          "outer",
          [](Draw& d) -> Tensors {
            return {d.normal({d.size()}), d.normal({d.size()})};
          },
          [](const Tensors& in) { return outer(in[0], in[1]); }),
      product(
          "addmm",
          [](Draw& d) -> Tensors {
            const std::int64_t m = d.size(), k = d.size(), n = d.size();
            return {d.normal({n}), d.normal({m, k}), d.normal({k, n})};
          },
          [](const Tensors& in) { return addmm(in[0], in[1], in[2]); }),
      equation("matmul", "ij,jk->ik"),
      equation("attention", "bhqd,bhkd->bhqk"),
      equation("trace_like", "ii->i"),
      equation("implicit", "ij,jk"),
      equation("sum", "ijk->j"),
      equation("three", "ij,jk,kl->il"),
      equation("transpose", "ijk->kji"),
      equation("outer", "i,j->ij"),
      equation("bilinear", "bn,anm,bm->ba"),
  };
}

}  // namespace tinytorch::ops
