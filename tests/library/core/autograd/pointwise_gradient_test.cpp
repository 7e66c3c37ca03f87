// Gradients, and their gradients, of the element-wise operations and the reductions.

#include "tests/library/core/gradient_check.hpp"

namespace tinytorch {
namespace {

using testing::away_from_zero;
using testing::broadcastable;
using testing::distinct;
using testing::Op;
using testing::positive;
using testing::random_double;
using testing::random_shape;
using testing::view_op;

using Make = Tensor (*)(const Shape&, Generator&);
using UnaryFunction = std::function<Tensor(const Tensor&)>;
using PairFunction = std::function<Tensor(const Tensor&, const Tensor&)>;

// Numbers at least 0.1 away from all multiples of 1/2, so that no step crosses a jump.
Tensor between_steps(const Shape& shape, Generator& g) {
  const Tensor x = rand(shape, g, DType::float64) * 0.3 + 0.1;
  return testing::relaid(x + to(randint(-6, 6, shape, g), DType::float64) * 0.5, g);
}

Op on(const char* name, Make make, UnaryFunction op, std::int64_t min_rank = 0) {
  return {name, [make, min_rank](Generator& g) { return std::vector{make(random_shape(g, min_rank, 3), g)}; },
          [op](Inputs in) { return op(in[0]); }};
}

Op on_pair(const char* name, Make first, Make second, PairFunction op) {
  return {name,
          [first, second](Generator& g) {
            const Shape shape = random_shape(g, 0, 3);
            if (g.below(2) == 0) return std::vector{first(shape, g), second(broadcastable(shape, g), g)};
            return std::vector{first(broadcastable(shape, g), g), second(shape, g)};
          },
          [op](Inputs in) { return op(in[0], in[1]); }};
}

// All elements of both operands are distinct.
Op on_distinct_pair(const char* name, PairFunction op) {
  return {name,
          [](Generator& g) {
            const Tensor both = distinct({2, 3, 2}, g);
            return std::vector{select(both, 0, 0).clone(), select(both, 0, 1).clone() + 0.5};
          },
          [op](Inputs in) { return op(in[0], in[1]); }};
}

std::vector<Op> element_wise() {
  return {
      on("expm1", random_double, expm1),
      on("log1p", positive, log1p),
      on("log2", positive, log2),
      on("log10", positive, log10),
      on("rsqrt", positive, rsqrt),
      on("square", random_double, square),
      on("reciprocal", away_from_zero, reciprocal),
      on("sin", random_double, sin),
      on("cos", random_double, cos),
      on(
          "tan", [](const Shape& shape, Generator& g) { return testing::relaid(rand(shape, g, DType::float64), g); },
          tan),
      on("erf", random_double, erf),
      on("sign", away_from_zero, sign),
      on("floor", between_steps, floor),
      on("ceil", between_steps, ceil),
      on("round", between_steps, round),
      on("trunc", between_steps, trunc),
      on("clamp", between_steps, [](const Tensor& x) { return square(clamp(x, -1, 1)); }),
      on("clamp_min", between_steps, [](const Tensor& x) { return square(clamp_min(x, 0)); }),
      on("clamp_max", between_steps, [](const Tensor& x) { return square(clamp_max(x, 0)); }),
      on("sub_number", random_double, [](const Tensor& x) { return x - 2; }),
      on("div_number", random_double, [](const Tensor& x) { return x / 3; }),
      on("pow_minus_2", away_from_zero, [](const Tensor& x) { return pow(x, -2); }),
      on("pow_odd", positive, [](const Tensor& x) { return pow(x, 1.7); }),
      on("pow_1", random_double, [](const Tensor& x) { return pow(x, 1); }),
      on("number_to_the_power", random_double, [](const Tensor& x) { return pow(1.5, x); }),
      on("remainder_number", between_steps, [](const Tensor& x) { return remainder(x, 0.5); }),
      on("floor_divide_number", between_steps, [](const Tensor& x) { return floor_divide(x, 0.5); }),
      on_pair("pow", positive, random_double, [](const Tensor& a, const Tensor& b) { return pow(a, b); }),
      on_distinct_pair("maximum", maximum),
      on_distinct_pair("minimum", minimum),
      on_distinct_pair("maximum_squared", [](const Tensor& a, const Tensor& b) { return square(maximum(a, b)); }),
      {"addcmul",
       [](Generator& g) {
         return std::vector{random_double({2, 3}, g), random_double({3}, g), random_double({2, 1}, g)};
       },
       [](Inputs in) { return addcmul(in[0], in[1], in[2], 0.5); }},
      {"addcdiv",
       [](Generator& g) {
         return std::vector{random_double({2, 3}, g), random_double({3}, g), away_from_zero({2, 1}, g)};
       },
       [](Inputs in) { return addcdiv(in[0], in[1], in[2], 0.5); }},
      on_pair("where", random_double, random_double,
              [](const Tensor& a, const Tensor& b) { return where(gt(a.detach(), b.detach()), a * b, a - b); }),
      on("where_number", random_double, [](const Tensor& x) { return where(x > 0, square(x), 0); }),
  };
}

std::vector<Op> reductions() {
  const auto whole = [](const char* name, Make make, UnaryFunction op) { return on(name, make, op, 0); };
  const auto last = [](const char* name, Make make, UnaryFunction op) { return on(name, make, op, 1); };
  const auto matrix = [](const char* name, Make make, UnaryFunction op) { return on(name, make, op, 2); };
  return {
      whole("prod", random_double, [](const Tensor& x) { return prod(x); }),
      last("prod_last", random_double, [](const Tensor& x) { return prod(x, -1); }),
      matrix("prod_two_keepdim", random_double,
             [](const Tensor& x) {
               return prod(x, {0, -1}, true);
             }),
      {"prod_with_zeros",
       [](Generator& g) {
         const Tensor x = random_double({3, 5}, g);
         select(x, 1, 2).zero_();
         select(select(x, 0, 0), 0, 4).zero_();
         return std::vector{x};
       },
       [](Inputs in) { return prod(in[0], 1); }},
      matrix("var", random_double, [](const Tensor& x) { return var(x, {}, 0.0); }),
      {"var_first",
       [](Generator& g) {
         return std::vector{random_double({3, 2}, g)};
       },
       [](Inputs in) { return var(in[0], 0); }},
      {"std_first",
       [](Generator& g) {
         return std::vector{random_double({3, 2}, g)};
       },
       [](Inputs in) { return std(in[0], 0, 1, true); }},
      whole("amax", distinct, [](const Tensor& x) { return amax(x); }),
      matrix("amax_two", distinct,
             [](const Tensor& x) {
               return amax(x, {0, -1});
             }),
      last("amin_keepdim", distinct, [](const Tensor& x) { return square(amin(x, 0, true)); }),
      whole("max_all", distinct, [](const Tensor& x) { return square(max(x)); }),
      last("min_last", distinct, [](const Tensor& x) { return square(min(x, -1).first); }),
      last("min_first_keepdim", distinct, [](const Tensor& x) { return min(x, 0, true).first; }),
      whole("norm", away_from_zero, [](const Tensor& x) { return norm(x); }),
      last("norm_last", away_from_zero, [](const Tensor& x) { return norm(x, 2, -1); }),
      last("norm_1", away_from_zero, [](const Tensor& x) { return norm(x, 1, -1, true); }),
      last("norm_3", away_from_zero, [](const Tensor& x) { return norm(x, 3, 0); }),
      whole("norm_half", away_from_zero, [](const Tensor& x) { return norm(x, 0.5); }),
      whole(
          "norm_inf", [](const Shape& shape, Generator& g) { return distinct(shape, g) + 1.0; },
          [](const Tensor& x) { return square(norm(x, std::numeric_limits<double>::infinity())); }),
      whole("logsumexp", random_double, [](const Tensor& x) { return logsumexp(x); }),
      matrix("logsumexp_two", random_double,
             [](const Tensor& x) {
               return logsumexp(x, {0, 1});
             }),
      last("logsumexp_keepdim", random_double, [](const Tensor& x) { return logsumexp(x, -1, true); }),
      whole("cumsum", random_double, [](const Tensor& x) { return x.dim() > 0 ? cumsum(x, 0) : cumsum(x, -1); }),
      last("cumsum_last", random_double, [](const Tensor& x) { return square(cumsum(x, -1)); }),
      matrix("mean_two", random_double,
             [](const Tensor& x) {
               return mean(x, {0, 1});
             }),
  };
}

GRADIENT_TESTS(ElementWise, element_wise());
GRADIENT_TESTS(Reductions, reductions());

}  // namespace
}  // namespace tinytorch
