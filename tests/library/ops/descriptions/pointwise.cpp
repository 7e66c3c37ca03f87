#include "tests/library/ops/lists.hpp"
#include "tinytorch/core/ops.hpp"

namespace tinytorch::ops {

namespace {

constexpr const char* boolean_result = "the result is boolean";

std::vector<Op> arithmetic() {
  return {
      on(numbers, binary("add", &Draw::normal, &Draw::normal, [](const Tensor& a, const Tensor& b) { return a + b; })),
      on(numbers, binary("sub", &Draw::normal, &Draw::normal, [](const Tensor& a, const Tensor& b) { return a - b; })),
      on(numbers, binary("mul", &Draw::normal, &Draw::normal, [](const Tensor& a, const Tensor& b) { return a * b; })),
      on(numbers, binary("div", &Draw::normal, &Draw::nonzero, [](const Tensor& a, const Tensor& b) { return a / b; })),
      on(numbers, without_gradient(binary("floor_divide", &Draw::normal, &Draw::nonzero,
                                          [](const Tensor& a, const Tensor& b) { return floor_divide(a, b); }),
                                   "libtorch 1.13 has none")),
      on(numbers, without_gradient(binary("remainder", &Draw::normal, &Draw::nonzero,
                                          [](const Tensor& a, const Tensor& b) { return remainder(a, b); }),
                                   "jumps at each multiple")),
      on(numbers, unary("add_number", &Draw::normal, [](const Tensor& x) { return x + 2.5; })),
      on(numbers, unary("add_integer", &Draw::normal, [](const Tensor& x) { return x + 2; })),
      unary("number_minus", &Draw::normal, [](const Tensor& x) { return 1.5 - x; }),
      on(numbers, unary("mul_number", &Draw::normal, [](const Tensor& x) { return x * -3; })),
      on(numbers, unary("div_number", &Draw::normal, [](const Tensor& x) { return x / 3; })),
      on(numbers, unary("number_over", &Draw::nonzero, [](const Tensor& x) { return 2.0 / x; })),
      unary("neg", &Draw::normal, [](const Tensor& x) { return -x; }),
      unary("pow_3", &Draw::normal, [](const Tensor& x) { return pow(x, 3.0); }),
      unary("pow_half", &Draw::positive, [](const Tensor& x) { return pow(x, 0.5); }),
      unary("pow_minus_2", &Draw::nonzero, [](const Tensor& x) { return pow(x, -2.0); }),
      unary("pow_0", &Draw::normal, [](const Tensor& x) { return pow(x, 0.0); }),
      unary("number_to_the", &Draw::normal, [](const Tensor& x) { return pow(2.0, x); }),
      binary("pow", &Draw::positive, &Draw::normal, [](const Tensor& a, const Tensor& b) { return pow(a, b); }),
      on(numbers, binary("maximum", &Draw::distinct, &Draw::normal, maximum)),
      on(numbers, binary("minimum", &Draw::distinct, &Draw::normal, minimum)),
      unary("clamp", &Draw::distinct, [](const Tensor& x) { return clamp(x, -0.9, 1.1); }),
      unary("clamp_min", &Draw::distinct, [](const Tensor& x) { return clamp_min(x, -0.9); }),
      unary("clamp_max", &Draw::distinct, [](const Tensor& x) { return clamp_max(x, 1.1); }),
  };
}

Op function(std::string name, DrawTensor draw, Tensor (*f)(const Tensor&)) { return unary(std::move(name), draw, f); }

Op stepwise(std::string name, Tensor (*f)(const Tensor&)) { return function(std::move(name), &Draw::nonzero, f); }

std::vector<Op> functions() {
  return {
      function("exp", &Draw::normal, exp),
      function("expm1", &Draw::normal, expm1),
      function("log", &Draw::positive, log),
      function("log1p", &Draw::positive, log1p),
      function("log2", &Draw::positive, log2),
      function("log10", &Draw::positive, log10),
      function("sqrt", &Draw::positive, sqrt),
      function("rsqrt", &Draw::positive, rsqrt),
      function("square", &Draw::normal, square),
      function("reciprocal", &Draw::nonzero, reciprocal),
      function("abs", &Draw::nonzero, abs),
      function("relu", &Draw::nonzero, relu),
      function("sin", &Draw::normal, sin),
      function("cos", &Draw::normal, cos),
      function("tan", &Draw::normal, tan),
      function("tanh", &Draw::normal, tanh),
      function("sigmoid", &Draw::normal, sigmoid),
      function("erf", &Draw::normal, erf),
      stepwise("sign", sign),
      stepwise("floor", floor),
      stepwise("ceil", ceil),
      stepwise("round", round),
      stepwise("trunc", trunc),
  };
}

Op comparison(std::string name, Tensor (*f)(const Tensor&, const Tensor&)) {
  return on(numbers, without_gradient(binary(std::move(name), &Draw::normal, &Draw::normal, f), boolean_result));
}

Op question(std::string name, Tensor (*f)(const Tensor&)) {
  return on(all_dtypes, without_gradient(unary(std::move(name), &Draw::normal, f), boolean_result));
}

Op logic(std::string name, Tensor (*f)(const Tensor&, const Tensor&)) {
  return on(all_dtypes, without_gradient(binary(std::move(name), &Draw::normal, &Draw::normal, f), boolean_result));
}

Op chosen() {
  Op op;
  op.name = "where";
  op.arguments = [](Draw& d) {
    const Shape whole = d.shape_or_empty(0, 3);
    return only({d.booleans(d.broadcastable(whole)), d.normal(whole), d.normal(d.broadcastable(whole))});
  };
  op.run = [](const Arguments& in) -> Outputs { return {where(in.tensors[0], in.tensors[1], in.tensors[2])}; };
  op.dtypes = numbers;
  op.edges = [](DType dtype) -> std::vector<Arguments> {
    const Tensor values = special_values(dtype);
    return {only({isnan(values), zeros({}, dtype), values})};
  };
  return op;
}

std::vector<Op> questions() {
  return {
      comparison("eq", eq),
      comparison("ne", ne),
      comparison("lt", lt),
      comparison("le", le),
      comparison("gt", gt),
      comparison("ge", ge),
      question("isnan", isnan),
      question("isinf", isinf),
      question("isfinite", isfinite),
      question("logical_not", logical_not),
      logic("logical_and", logical_and),
      logic("logical_or", logical_or),
      logic("logical_xor", logical_xor),
      chosen(),
  };
}

}  // namespace

std::vector<Op> pointwise_ops() {
  std::vector<Op> all;
  for (const auto& list : {arithmetic(), functions(), questions()}) all.insert(all.end(), list.begin(), list.end());
  return all;
}

}  // namespace tinytorch::ops
