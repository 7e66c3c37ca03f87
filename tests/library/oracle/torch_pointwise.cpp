#include "tests/library/oracle/torch_table.hpp"

namespace tinytorch::oracle {

namespace {

using torch::Tensor;

TorchFunction one(Tensor (*function)(const Tensor&)) {
  return [function](const TorchArguments& in) -> TorchOutputs { return {function(in.tensors[0])}; };
}

TorchFunction two(Tensor (*function)(const Tensor&, const Tensor&)) {
  return [function](const TorchArguments& in) -> TorchOutputs { return {function(in.tensors[0], in.tensors[1])}; };
}

void add_arithmetic(TorchTable& table) {
  table["add"] = two([](const Tensor& a, const Tensor& b) { return a + b; });
  table["sub"] = two([](const Tensor& a, const Tensor& b) { return a - b; });
  table["mul"] = two([](const Tensor& a, const Tensor& b) { return a * b; });
  table["div"] = two([](const Tensor& a, const Tensor& b) { return a / b; });
  table["floor_divide"] = two([](const Tensor& a, const Tensor& b) { return torch::floor_divide(a, b); });
  table["remainder"] = two([](const Tensor& a, const Tensor& b) { return torch::remainder(a, b); });
  table["add_number"] = one([](const Tensor& x) { return x + 2.5; });
  table["add_integer"] = one([](const Tensor& x) { return x + 2; });
  table["number_minus"] = one([](const Tensor& x) { return 1.5 - x; });
  table["mul_number"] = one([](const Tensor& x) { return x * -3; });
  table["div_number"] = one([](const Tensor& x) { return x / 3; });
  table["number_over"] = one([](const Tensor& x) { return 2.0 / (x.is_floating_point() ? x : x.to(torch::kFloat32)); });
  table["neg"] = one([](const Tensor& x) { return -x; });
  table["pow_3"] = one([](const Tensor& x) { return torch::pow(x, 3.0); });
  table["pow_half"] = one([](const Tensor& x) { return torch::pow(x, 0.5); });
  table["pow_minus_2"] = one([](const Tensor& x) { return torch::pow(x, -2.0); });
  table["pow_0"] = one([](const Tensor& x) { return torch::pow(x, 0.0); });
  table["number_to_the"] = one([](const Tensor& x) { return torch::pow(2.0, x); });
  table["pow"] = two([](const Tensor& a, const Tensor& b) { return torch::pow(a, b); });
  table["maximum"] = two([](const Tensor& a, const Tensor& b) { return torch::maximum(a, b); });
  table["minimum"] = two([](const Tensor& a, const Tensor& b) { return torch::minimum(a, b); });
  table["clamp"] = one([](const Tensor& x) { return torch::clamp(x, -0.9, 1.1); });
  table["clamp_min"] = one([](const Tensor& x) { return torch::clamp_min(x, -0.9); });
  table["clamp_max"] = one([](const Tensor& x) { return torch::clamp_max(x, 1.1); });
}

void add_functions(TorchTable& table) {
  table["exp"] = one([](const Tensor& x) { return torch::exp(x); });
  table["expm1"] = one([](const Tensor& x) { return torch::expm1(x); });
  table["log"] = one([](const Tensor& x) { return torch::log(x); });
  table["log1p"] = one([](const Tensor& x) { return torch::log1p(x); });
  table["log2"] = one([](const Tensor& x) { return torch::log2(x); });
  table["log10"] = one([](const Tensor& x) { return torch::log10(x); });
  table["sqrt"] = one([](const Tensor& x) { return torch::sqrt(x); });
  table["rsqrt"] = one([](const Tensor& x) { return torch::rsqrt(x); });
  table["square"] = one([](const Tensor& x) { return torch::square(x); });
  table["reciprocal"] = one([](const Tensor& x) { return torch::reciprocal(x); });
  table["abs"] = one([](const Tensor& x) { return torch::abs(x); });
  table["relu"] = one([](const Tensor& x) { return torch::relu(x); });
  table["sin"] = one([](const Tensor& x) { return torch::sin(x); });
  table["cos"] = one([](const Tensor& x) { return torch::cos(x); });
  table["tan"] = one([](const Tensor& x) { return torch::tan(x); });
  table["tanh"] = one([](const Tensor& x) { return torch::tanh(x); });
  table["sigmoid"] = one([](const Tensor& x) { return torch::sigmoid(x); });
  table["erf"] = one([](const Tensor& x) { return torch::erf(x); });
  table["sign"] = one([](const Tensor& x) { return torch::sign(x); });
  table["floor"] = one([](const Tensor& x) { return torch::floor(x); });
  table["ceil"] = one([](const Tensor& x) { return torch::ceil(x); });
  table["round"] = one([](const Tensor& x) { return torch::round(x); });
  table["trunc"] = one([](const Tensor& x) { return torch::trunc(x); });
}

void add_questions(TorchTable& table) {
  table["eq"] = two([](const Tensor& a, const Tensor& b) { return torch::eq(a, b); });
  table["ne"] = two([](const Tensor& a, const Tensor& b) { return torch::ne(a, b); });
  table["lt"] = two([](const Tensor& a, const Tensor& b) { return torch::lt(a, b); });
  table["le"] = two([](const Tensor& a, const Tensor& b) { return torch::le(a, b); });
  table["gt"] = two([](const Tensor& a, const Tensor& b) { return torch::gt(a, b); });
  table["ge"] = two([](const Tensor& a, const Tensor& b) { return torch::ge(a, b); });
  table["isnan"] = one([](const Tensor& x) { return torch::isnan(x); });
  table["isinf"] = one([](const Tensor& x) { return torch::isinf(x); });
  table["isfinite"] = one([](const Tensor& x) { return torch::isfinite(x); });
  table["logical_not"] = one([](const Tensor& x) { return torch::logical_not(x); });
  table["logical_and"] = two([](const Tensor& a, const Tensor& b) { return torch::logical_and(a, b); });
  table["logical_or"] = two([](const Tensor& a, const Tensor& b) { return torch::logical_or(a, b); });
  table["logical_xor"] = two([](const Tensor& a, const Tensor& b) { return torch::logical_xor(a, b); });
  table["where"] = [](const TorchArguments& in) -> TorchOutputs {
    return {torch::where(in.tensors[0], in.tensors[1], in.tensors[2])};
  };
}

}  // namespace

void add_pointwise(TorchTable& table) {
  add_arithmetic(table);
  add_functions(table);
  add_questions(table);
}

}  // namespace tinytorch::oracle
