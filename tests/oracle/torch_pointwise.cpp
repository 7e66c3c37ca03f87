#include "tests/oracle/torch_table.hpp"

namespace tinytorch::oracle {

namespace {

using torch::Tensor;

TorchFunction one(Tensor (*function)(const Tensor&)) {
  return [function](const TorchArguments& in) -> TorchOutputs { return {function(in.tensors[0])}; };
}

TorchFunction two(Tensor (*function)(const Tensor&, const Tensor&)) {
  return [function](const TorchArguments& in) -> TorchOutputs { return {function(in.tensors[0], in.tensors[1])}; };
}

}  // namespace

void add_pointwise(TorchTable& table) {
  table["add"] = two([](const Tensor& a, const Tensor& b) { return a + b; });
  table["sub"] = two([](const Tensor& a, const Tensor& b) { return a - b; });
  table["mul"] = two([](const Tensor& a, const Tensor& b) { return a * b; });
  table["div"] = two([](const Tensor& a, const Tensor& b) { return a / b; });
  table["add_number"] = one([](const Tensor& x) { return x + 2.5; });
  table["number_minus"] = one([](const Tensor& x) { return 1.5 - x; });
  table["mul_number"] = one([](const Tensor& x) { return x * -3.0; });
  table["div_number"] = one([](const Tensor& x) { return x / 3.0; });
  table["number_over"] = one([](const Tensor& x) { return 2.0 / x; });
  table["neg"] = one([](const Tensor& x) { return -x; });
  table["pow_3"] = one([](const Tensor& x) { return torch::pow(x, 3.0); });
  table["pow_half"] = one([](const Tensor& x) { return torch::pow(x, 0.5); });
  table["pow_0"] = one([](const Tensor& x) { return torch::pow(x, 0.0); });
  table["maximum"] = two([](const Tensor& a, const Tensor& b) { return torch::maximum(a, b); });

  table["exp"] = one([](const Tensor& x) { return torch::exp(x); });
  table["log"] = one([](const Tensor& x) { return torch::log(x); });
  table["sqrt"] = one([](const Tensor& x) { return torch::sqrt(x); });
  table["abs"] = one([](const Tensor& x) { return torch::abs(x); });
  table["relu"] = one([](const Tensor& x) { return torch::relu(x); });
  table["sigmoid"] = one([](const Tensor& x) { return torch::sigmoid(x); });
  table["tanh"] = one([](const Tensor& x) { return torch::tanh(x); });

  table["eq"] = two([](const Tensor& a, const Tensor& b) { return torch::eq(a, b); });
  table["lt"] = two([](const Tensor& a, const Tensor& b) { return torch::lt(a, b); });
  table["le"] = two([](const Tensor& a, const Tensor& b) { return torch::le(a, b); });
  table["gt"] = two([](const Tensor& a, const Tensor& b) { return torch::gt(a, b); });
  table["ge"] = two([](const Tensor& a, const Tensor& b) { return torch::ge(a, b); });
}

}  // namespace tinytorch::oracle
