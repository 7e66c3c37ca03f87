// core/functions.hpp, statistics.hpp and arrange.hpp.

#include "tinytorch/core/functions.hpp"

#include "tests/library/ops/lists.hpp"
#include "tinytorch/core/arrange.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/statistics.hpp"

namespace tinytorch::ops {

namespace {

constexpr const char* composed = "made of operations that have theirs";
constexpr const char* counted = "counts, and ranks, have no gradient";

using Some = std::vector<Tensor>;

// An operation on some tensors, without edge values of its own.
Op made_of(std::string name, std::function<Some(Draw&)> inputs, std::function<Outputs(const Some&)> function) {
  Op op;
  op.name = std::move(name);
  op.arguments = [inputs](Draw& d) { return only(inputs(d)); };
  op.run = [function](const Arguments& in) { return function(in.tensors); };
  op.no_edges = composed;
  return op;
}

Op of_one(std::string name, DrawTensor draw, std::function<Tensor(const Tensor&)> function,
          std::int64_t least_rank = 1) {
  return made_of(
      std::move(name), [draw, least_rank](Draw& d) -> Some { return {(d.*draw)(d.shape(least_rank, 3))}; },
      [function](const Some& in) -> Outputs { return {function(in[0])}; });
}

Op near_one(Op op) {
  op.arguments = [](Draw& d) { return only({d.between(d.shape_or_empty(0, 3), -0.9, 0.9)}); };
  return op;
}
Op above_one(Op op) {
  op.arguments = [](Draw& d) { return only({d.between(d.shape_or_empty(0, 3), 1.1, 3.0)}); };
  return op;
}

std::vector<Op> functions_of_numbers() {
  return {
      near_one(unary("asin", &Draw::normal, [](const Tensor& x) { return asin(x); })),
      near_one(unary("acos", &Draw::normal, [](const Tensor& x) { return acos(x); })),
      unary("atan", &Draw::normal, [](const Tensor& x) { return atan(x); }),
      unary("sinh", &Draw::normal, [](const Tensor& x) { return sinh(x); }),
      unary("cosh", &Draw::normal, [](const Tensor& x) { return cosh(x); }),
      unary("asinh", &Draw::normal, [](const Tensor& x) { return asinh(x); }),
      above_one(unary("acosh", &Draw::normal, [](const Tensor& x) { return acosh(x); })),
      near_one(unary("atanh", &Draw::normal, [](const Tensor& x) { return atanh(x); })),
      unary("exp2", &Draw::normal, [](const Tensor& x) { return exp2(x); }),
      unary("erfc", &Draw::normal, [](const Tensor& x) { return erfc(x); }),
      unary("frac", &Draw::nonzero, [](const Tensor& x) { return frac(x); }),
      without_gradient(unary("nan_to_num", &Draw::normal, [](const Tensor& x) { return nan_to_num(x); }),
                       "composed of where, which has its own"),
      with(of_one(
               "logit", &Draw::normal, [](const Tensor& x) { return logit(sigmoid(x)); }, 0),
           [](Op& op) { op.roundings = 256.0; }),
      with(
          binary("atan2", &Draw::nonzero, &Draw::nonzero, [](const Tensor& a, const Tensor& b) { return atan2(a, b); }),
          [](Op& op) { op.roundings = 64.0; }),
      made_of(
          "hypot",
          [](Draw& d) -> Some {
            return {d.nonzero({2, 3}), d.nonzero({3})};
          },
          [](const Some& in) -> Outputs { return {hypot(in[0], in[1])}; }),
      made_of(
          "fmod",
          [](Draw& d) -> Some {
            return {d.between({2, 3}, 1.1, 1.9), d.between({3}, 0.95, 1.05)};
          },
          [](const Some& in) -> Outputs { return {fmod(in[0], in[1])}; }),
      made_of(
          "lerp",
          [](Draw& d) -> Some {
            return {d.normal({2, 3}), d.normal({2, 3}), d.between({2, 3}, 0.0, 1.0)};
          },
          [](const Some& in) -> Outputs { return {lerp(in[0], in[1], in[2])}; }),
      with(binary("logaddexp", &Draw::normal, &Draw::normal,
                  [](const Tensor& a, const Tensor& b) { return logaddexp(a, b); }),
           [](Op& op) {
             op.edges = nullptr;
             op.no_edges = composed;
           }),
  };
}

std::vector<Op> statistics_of_elements() {
  return {
      of_one("cumprod", &Draw::nonzero, [](const Tensor& x) { return cumprod(x, -1); }),
      of_one("nansum", &Draw::normal, [](const Tensor& x) { return nansum(x, 0); }),
      of_one("median", &Draw::distinct, [](const Tensor& x) { return median(x); }),
      made_of(
          "median_dim", [](Draw& d) -> Some { return {d.distinct(d.shape(1, 3))}; },
          [](const Some& in) -> Outputs { return {median(in[0], -1).first}; }),
      made_of(
          "kthvalue", [](Draw& d) -> Some { return {d.distinct(d.shape(1, 3))}; },
          [](const Some& in) -> Outputs { return {kthvalue(in[0], 1, 0).first}; }),
      of_one("quantile", &Draw::distinct, [](const Tensor& x) { return quantile(x, 0.3); }),
      of_one("quantile_dim", &Draw::distinct, [](const Tensor& x) { return quantile(x, 0.6, 0, true); }),
      made_of(
          "cov",
          [](Draw& d) -> Some {
            return {d.normal({d.size(), d.size() + 1})};
          },
          [](const Some& in) -> Outputs { return {cov(in[0])}; }),
      made_of(
          "cdist",
          [](Draw& d) -> Some {
            const std::int64_t k = d.size();
            return {d.normal({d.size(), k}), d.normal({d.size(), k})};
          },
          [](const Some& in) -> Outputs { return {cdist(in[0], in[1])}; }),
      without_gradient(made_of(
                           "bincount", [](Draw& d) -> Some { return {d.integers({d.size()}, 0, 5)}; },
                           [](const Some& in) -> Outputs { return {bincount(in[0], Tensor(), 3)}; }),
                       counted),
      without_gradient(made_of(
                           "histc", [](Draw& d) -> Some { return {d.between({d.size()}, -1.0, 1.0)}; },
                           [](const Some& in) -> Outputs { return {histc(in[0], 4, -0.8, 0.8)}; }),
                       counted),
      without_gradient(made_of(
                           "unique", [](Draw& d) -> Some { return {d.integers(d.shape(1, 2), 0, 4)}; },
                           [](const Some& in) -> Outputs {
                             const auto [values, inverse, counts] = unique(in[0], true, true, true);
                             return {values, inverse, counts};
                           }),
                       counted),
      without_gradient(made_of(
                           "searchsorted",
                           [](Draw& d) -> Some {
                             return {sort(d.distinct({5})).first, d.normal(d.shape(1, 2))};
                           },
                           [](const Some& in) -> Outputs {
                             return {searchsorted(in[0], in[1]), searchsorted(in[0], in[0], false, true)};
                           }),
                       counted),
  };
}

std::vector<Op> arrangements() {
  const auto pair = [](Draw& d) -> Some {
    const std::int64_t n = d.size();
    return {d.normal({2, n}), d.normal({2, n})};
  };
  return {
      made_of("hstack", pair, [](const Some& in) -> Outputs { return {hstack(in)}; }),
      made_of("vstack", pair, [](const Some& in) -> Outputs { return {vstack(in)}; }),
      made_of("dstack", pair, [](const Some& in) -> Outputs { return {dstack(in)}; }),
      made_of("block_diag", pair, [](const Some& in) -> Outputs { return {block_diag(in)}; }),
      made_of("kron", pair, [](const Some& in) -> Outputs { return {kron(in[0], in[1])}; }),
      made_of("tensordot", pair,
              [](const Some& in) -> Outputs { return {tensordot(in[0], in[1], Shape{1}, Shape{1})}; }),
      made_of(
          "cross",
          [](Draw& d) -> Some {
            return {d.normal({d.size(), 3}), d.normal({1, 3}).expand({1, 3})};
          },
          [](const Some& in) -> Outputs { return {cross(in[0], in[1].expand(in[0].sizes()))}; }),
      of_one(
          "rot90", &Draw::normal, [](const Tensor& x) { return rot90(x, 3); }, 2),
      of_one("tile", &Draw::normal, [](const Tensor& x) { return tile(x, {2}); }),
      of_one("diff", &Draw::normal, [](const Tensor& x) { return diff(x, 1, 0); }),
      of_one("diag_embed", &Draw::normal, [](const Tensor& x) { return diag_embed(x); }),
      of_one("tensor_split", &Draw::normal, [](const Tensor& x) { return tensor_split(x, 2, 0)[0]; }),
      of_one("index_fill", &Draw::normal,
             [](const Tensor& x) { return index_fill(x, 0, zeros({1}, DType::int64), 2.5); }),
      made_of(
          "take",
          [](Draw& d) -> Some {
            return {d.normal({2, 3}), d.integers({d.size()}, -6, 5)};
          },
          [](const Some& in) -> Outputs { return {take(in[0], in[1])}; }),
      made_of(
          "masked_scatter",
          [](Draw& d) -> Some {
            return {d.normal({2, 3}), d.booleans({2, 3}), d.normal({6})};
          },
          [](const Some& in) -> Outputs { return {masked_scatter(in[0], in[1], in[2])}; }),
      made_of(
          "baddbmm",
          [](Draw& d) -> Some {
            return {d.normal({2, 2, 3}), d.normal({2, 2, 4}), d.normal({2, 4, 3})};
          },
          [](const Some& in) -> Outputs { return {baddbmm(in[0], in[1], in[2], 0.5, 2.0)}; }),
  };
}

}  // namespace

std::vector<Op> function_ops() {
  std::vector<Op> all = functions_of_numbers();
  for (const auto& list : {statistics_of_elements(), arrangements()}) all.insert(all.end(), list.begin(), list.end());
  return all;
}

}  // namespace tinytorch::ops
