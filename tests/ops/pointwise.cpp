#include "tests/ops/lists.hpp"
#include "tinytorch/core/ops.hpp"

namespace tinytorch::ops {

namespace {

// Two tensors compared: half of the elements are equal.
Op comparison(std::string name, Binary function) {
  Op op = on(numbers, without_gradient(binary(std::move(name), &Draw::normal, &Draw::normal, std::move(function)),
                                       "the result is boolean"));
  return op;
}

std::vector<Op> arithmetic() {
  return {
      on(numbers, binary("add", &Draw::normal, &Draw::normal, [](const Tensor& a, const Tensor& b) { return a + b; })),
      on(numbers, binary("sub", &Draw::normal, &Draw::normal, [](const Tensor& a, const Tensor& b) { return a - b; })),
      on(numbers, binary("mul", &Draw::normal, &Draw::normal, [](const Tensor& a, const Tensor& b) { return a * b; })),
      on(numbers, binary("div", &Draw::normal, &Draw::nonzero, [](const Tensor& a, const Tensor& b) { return a / b; })),
      unary("add_number", &Draw::normal, [](const Tensor& x) { return x + 2.5; }),
      unary("number_minus", &Draw::normal, [](const Tensor& x) { return 1.5 - x; }),
      unary("mul_number", &Draw::normal, [](const Tensor& x) { return x * -3.0; }),
      unary("div_number", &Draw::normal, [](const Tensor& x) { return x / 3.0; }),
      unary("number_over", &Draw::nonzero, [](const Tensor& x) { return 2.0 / x; }),
      unary("neg", &Draw::normal, neg),
      unary("pow_3", &Draw::normal, [](const Tensor& x) { return pow(x, 3.0); }),
      unary("pow_half", &Draw::positive, [](const Tensor& x) { return pow(x, 0.5); }),
      unary("pow_0", &Draw::normal, [](const Tensor& x) { return pow(x, 0.0); }),
      binary("maximum", &Draw::normal, &Draw::normal, maximum),
  };
}

std::vector<Op> functions() {
  return {
      unary("exp", &Draw::normal, [](const Tensor& x) { return exp(x); }),
      unary("log", &Draw::positive, [](const Tensor& x) { return log(x); }),
      unary("sqrt", &Draw::positive, [](const Tensor& x) { return sqrt(x); }),
      unary("abs", &Draw::nonzero, [](const Tensor& x) { return abs(x); }),
      unary("relu", &Draw::nonzero, relu),
      unary("sigmoid", &Draw::normal, sigmoid),
      unary("tanh", &Draw::normal, [](const Tensor& x) { return tanh(x); }),
  };
}

std::vector<Op> comparisons() {
  return {comparison("eq", eq), comparison("lt", lt), comparison("le", le), comparison("gt", gt), comparison("ge", ge)};
}

}  // namespace

std::vector<Op> pointwise_ops() {
  std::vector<Op> all;
  for (const auto& list : {arithmetic(), functions(), comparisons()}) all.insert(all.end(), list.begin(), list.end());
  return all;
}

}  // namespace tinytorch::ops
