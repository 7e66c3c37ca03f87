// Every differentiable operation against central differences, in float64, over random shapes and layouts.

#include "tests/library/core/gradient_check.hpp"

namespace tinytorch {
namespace {

using testing::away_from_zero;
using testing::broadcastable;
using testing::distinct;
using testing::integer;
using testing::Op;
using testing::positive;
using testing::random_double;
using testing::random_shape;

std::vector<Tensor> one(Generator& g, Tensor (*make)(const Shape&, Generator&), std::int64_t min_rank = 0) {
  return {make(random_shape(g, min_rank, 3), g)};
}

std::vector<Tensor> two(Generator& g, Tensor (*second)(const Shape&, Generator&)) {
  const Shape shape = random_shape(g, 0, 3);
  if (g.below(2) == 0) return {random_double(shape, g), second(broadcastable(shape, g), g)};
  return {random_double(broadcastable(shape, g), g), second(shape, g)};
}

std::vector<Op> all_ops() {
  const auto unary = [](const char* name, Tensor (*make)(const Shape&, Generator&), Tensor (*op)(const Tensor&)) {
    return Op{name, [make](Generator& g) { return one(g, make); }, [op](Inputs in) { return op(in[0]); }};
  };
  const auto view = [](const char* name, std::int64_t min_rank, std::function<Tensor(const Tensor&)> op) {
    return Op{name, [min_rank](Generator& g) { return one(g, random_double, min_rank); },
              [op](Inputs in) { return op(in[0]); }};
  };
  const auto pair = [](const char* name, Tensor (*second)(const Shape&, Generator&),
                       Tensor (*op)(const Tensor&, const Tensor&)) {
    return Op{name, [second](Generator& g) { return two(g, second); }, [op](Inputs in) { return op(in[0], in[1]); }};
  };
  return {
      pair("add", random_double, add),
      pair("sub", random_double, sub),
      pair("mul", random_double, mul),
      pair("div", away_from_zero, div),
      view("add_number", 0, [](const Tensor& x) { return x + 2.5; }),
      view("mul_number", 0, [](const Tensor& x) { return -3.0 * x; }),
      view("number_minus", 0, [](const Tensor& x) { return 1.0 - x; }),
      unary("neg", random_double, neg),
      {"number_over", [](Generator& g) { return one(g, away_from_zero); }, [](Inputs in) { return 2.0 / in[0]; }},
      {"pow3", [](Generator& g) { return one(g, random_double); }, [](Inputs in) { return pow(in[0], 3.0); }},
      {"pow_half", [](Generator& g) { return one(g, positive); }, [](Inputs in) { return pow(in[0], 0.5); }},
      {"pow0", [](Generator& g) { return one(g, random_double); }, [](Inputs in) { return pow(in[0], 0.0); }},
      unary("exp", random_double, exp),
      unary("log", positive, log),
      unary("sqrt", positive, sqrt),
      unary("abs", away_from_zero, abs),
      unary("relu", away_from_zero, relu),
      unary("sigmoid", random_double, sigmoid),
      unary("tanh", random_double, tanh),
      {"maximum",
       [](Generator& g) {
         return std::vector{distinct({2, 3}, g), distinct({2, 3}, g) + 0.5};
       },
       [](Inputs in) { return maximum(in[0], in[1]); }},
      view("sum_all", 0, [](const Tensor& x) { return sum(x); }),
      view("sum_first", 1, [](const Tensor& x) { return sum(x, Shape{0}); }),
      view("sum_last_keepdim", 1, [](const Tensor& x) { return sum(x, Shape{-1}, true); }),
      view("sum_two", 2,
           [](const Tensor& x) {
             return sum(x, Shape{0, -1});
           }),
      view("mean_all", 0, [](const Tensor& x) { return mean(x); }),
      view("mean_last", 1, [](const Tensor& x) { return mean(x, Shape{-1}); }),
      {"max", [](Generator& g) { return std::vector{distinct(random_shape(g, 1, 3), g)}; },
       [](Inputs in) { return max(in[0], -1).first; }},
      {"max_keepdim", [](Generator& g) { return std::vector{distinct(random_shape(g, 1, 3), g)}; },
       [](Inputs in) { return max(in[0], 0, true).first; }},
      view("transpose", 2, [](const Tensor& x) { return transpose(x, 0, -1); }),
      {"permute",
       [](Generator& g) {
         return std::vector{random_double({2, 3, 4}, g)};
       },
       [](Inputs in) {
         return permute(in[0], Shape{2, 0, 1});
       }},
      view("slice", 1, [](const Tensor& x) { return slice(x, 0, 0, x.size(0), 2); }),
      view("slice_last", 1, [](const Tensor& x) { return slice(x, -1, -2, x.size(-1)); }),
      view("select", 1, [](const Tensor& x) { return select(x, 0, -1); }),
      {"expand",
       [](Generator& g) {
         return std::vector{random_double({3, 1}, g)};
       },
       [](Inputs in) {
         return expand(in[0], {2, 3, 4});
       }},
      view("squeeze_unsqueeze", 1, [](const Tensor& x) { return unsqueeze(squeeze(unsqueeze(x, 0), 0), -1); }),
      view("reshape", 0, [](const Tensor& x) { return reshape(x, {-1}); }),
      view("contiguous", 1, [](const Tensor& x) { return contiguous(transpose(x, 0, -1)); }),
      view("clone", 0, [](const Tensor& x) { return x.clone(); }),
      {"cat",
       [](Generator& g) {
         return std::vector{random_double({2, 3}, g), random_double({2, 1}, g)};
       },
       [](Inputs in) { return cat(in, 1); }},
      {"index_select",
       [](Generator& g) {
         return std::vector{random_double({4, 2}, g)};
       },
       [](Inputs in) {
         return index_select(in[0], 0, tensor({3, 0, 3}));
       }},
      {"index_select_last",
       [](Generator& g) {
         return std::vector{random_double({2, 4}, g)};
       },
       [](Inputs in) {
         return index_select(in[0], 1, tensor({1, 1, 2}));
       }},
      {"where",
       [](Generator& g) {
         return std::vector{random_double({2, 3}, g), random_double({3}, g)};
       },
       [](Inputs in) { return where(gt(arange(3), tensor({0})), in[0], in[1]); }},
      {"matmul",
       [](Generator& g) {
         const std::int64_t m = integer(g, 1, 4), k = integer(g, 1, 4), n = integer(g, 1, 4);
         return std::vector{random_double({m, k}, g), random_double({k, n}, g)};
       },
       [](Inputs in) { return matmul(in[0], in[1]); }},
      {"matmul_batched",
       [](Generator& g) {
         return std::vector{random_double({2, 1, 3, 2}, g), random_double({4, 2, 3}, g)};
       },
       [](Inputs in) { return matmul(in[0], in[1]); }},
      {"matmul_vector",
       [](Generator& g) {
         return std::vector{random_double({3}, g), random_double({3, 2}, g)};
       },
       [](Inputs in) { return matmul(in[0], in[1]); }},
      {"matmul_dot",
       [](Generator& g) {
         return std::vector{random_double({3}, g), random_double({3}, g)};
       },
       [](Inputs in) { return matmul(in[0], in[1]); }},
      view("softmax", 1, [](const Tensor& x) { return softmax(x, -1); }),
      view("softmax_first", 1, [](const Tensor& x) { return softmax(x, 0); }),
      view("log_softmax", 1, [](const Tensor& x) { return log_softmax(x, -1); }),
      view("same_operand", 0, [](const Tensor& x) { return x * x - x + x * 2.0; }),
  };
}

GRADIENT_TESTS(Gradient, all_ops());

}  // namespace
}  // namespace tinytorch
