// Functions of one element at a time, and softmax.

#include "src/nn/onnx/operators.hpp"
#include "tinytorch/core/error.hpp"
#include "tinytorch/core/functions.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/nn/activations.hpp"

#include <optional>

namespace tinytorch::onnx {

namespace {

namespace F = nn::functional;

template <Tensor (*function)(const Tensor&)>
Tensors map(const Call& call) {
  return {function(call.in[0])};
}

template <Tensor (*function)(const Tensor&, const Tensor&)>
Tensors zip(const Call& call) {
  return {function(call.in[0], call.in[1])};
}

// Any number of inputs, from the first to the last.
template <Tensor (*function)(const Tensor&, const Tensor&)>
Tensors fold(const Call& call) {
  Tensor total = call.in[0];
  for (const Tensor& next : call.in.subspan(1)) total = function(total, next);
  return {total};
}

Tensors run_mean(const Call& call) { return {fold<add>(call)[0] / static_cast<double>(call.in.size())}; }

// Integers are divided towards 0.
Tensors run_div(const Call& call) {
  const Tensor &a = call.in[0], &b = call.in[1];
  if (is_floating(a.dtype())) return {div(a, b)};
  return {to(sign(a) * sign(b) * floor_divide(abs(a), abs(b)), a.dtype())};
}

Tensors run_pow(const Call& call) { return {to(pow(call.in[0], call.in[1]), call.in[0].dtype())}; }

Tensors run_reciprocal(const Call& call) { return {pow(call.in[0], -1.0)}; }

Tensors run_clip(const Call& call) {
  std::optional<Scalar> bounds[2];
  for (std::size_t i : {1, 2}) {
    if (!call.has(i)) continue;
    if (call.in[i].numel() != 1) call.fail("a bound is one number");
    const Tensor bound = reshape(call.in[i], {});
    bounds[i - 1] = is_floating(bound.dtype()) ? Scalar(bound.item<double>()) : Scalar(bound.item<std::int64_t>());
  }
  return {bounds[0] || bounds[1] ? clamp(call.in[0], bounds[0], bounds[1]) : call.in[0]};
}

Tensors run_where(const Call& call) { return {where(call.in[0], call.in[1], call.in[2])}; }

Tensors run_leaky(const Call& call) { return {F::leaky_relu(call.in[0], call.real("alpha", 0.01))}; }
Tensors run_elu(const Call& call) { return {F::elu(call.in[0], call.real("alpha", 1.0))}; }
Tensors run_celu(const Call& call) { return {F::celu(call.in[0], call.real("alpha", 1.0))}; }
Tensors run_selu(const Call& call) {
  return {F::elu(call.in[0], call.real("alpha", 1.67326319217681884765625)) *
          call.real("gamma", 1.05070102214813232421875)};
}
Tensors run_prelu(const Call& call) { return {where(lt(call.in[0], 0), call.in[0] * call.in[1], call.in[0])}; }
Tensors run_hard_sigmoid(const Call& call) {
  return {clamp(call.in[0] * call.real("alpha", 0.2) + call.real("beta", 0.5), 0.0, 1.0)};
}
Tensor softplus_of(const Tensor& x) { return F::softplus(x); }
Tensors run_gelu(const Call& call) {
  const std::string how = call.text("approximate", "none");
  if (how != "none" && how != "tanh") call.fail("approximate is none or tanh");
  return {F::gelu(call.in[0], how == "none" ? nn::GeluApproximation::none : nn::GeluApproximation::tanh)};
}

template <Tensor (*function)(const Tensor&, std::int64_t)>
Tensors along(const Call& call) {
  return {function(call.in[0], call.whole("axis", -1))};
}

Tensors run_cast(const Call& call) {
  const std::optional<DType> dtype = dtype_of_number(call.whole("to", 0));
  const std::int64_t number = call.whole("to", 0);
  if (!dtype || number == 10 || number == 16) call.fail("there is no dtype for the type to cast to");
  if (*dtype == DType::boolean) return {ne(call.in[0], 0)};
  return {to(call.in[0], *dtype)};
}

constexpr Operator element_list[] = {
    {"Relu", 1, 1, "", map<relu>, ""},
    {"LeakyRelu", 1, 1, " alpha:f ", run_leaky, ""},
    {"PRelu", 2, 2, "", run_prelu, ""},
    {"Elu", 1, 1, " alpha:f ", run_elu, ""},
    {"Celu", 1, 1, " alpha:f ", run_celu, ""},
    {"Selu", 1, 1, " alpha:f gamma:f ", run_selu, ""},
    {"Gelu", 1, 1, " approximate:s ", run_gelu, ""},
    {"Sigmoid", 1, 1, "", map<sigmoid>, ""},
    {"HardSigmoid", 1, 1, " alpha:f beta:f ", run_hard_sigmoid, ""},
    {"HardSwish", 1, 1, "", map<F::hardswish>, ""},
    {"Mish", 1, 1, "", map<F::mish>, ""},
    {"Tanh", 1, 1, "", map<tanh>, ""},
    {"Softplus", 1, 1, "", map<softplus_of>, ""},
    {"Softsign", 1, 1, "", map<F::softsign>, ""},
    {"Softmax", 1, 1, " axis:i ", along<softmax>, ""},
    {"LogSoftmax", 1, 1, " axis:i ", along<log_softmax>, ""},
    {"Add", 2, 2, "", zip<add>, ""},
    {"Sub", 2, 2, "", zip<sub>, ""},
    {"Mul", 2, 2, "", zip<mul>, ""},
    {"Div", 2, 2, "", run_div, ""},
    {"Pow", 2, 2, "", run_pow, ""},
    {"Sum", 1, 1000, "", fold<add>, ""},
    {"Mean", 1, 1000, "", run_mean, ""},
    {"Max", 1, 1000, "", fold<maximum>, ""},
    {"Min", 1, 1000, "", fold<minimum>, ""},
    {"Neg", 1, 1, "", map<neg>, ""},
    {"Abs", 1, 1, "", map<abs>, ""},
    {"Sign", 1, 1, "", map<sign>, ""},
    {"Reciprocal", 1, 1, "", run_reciprocal, ""},
    {"Sqrt", 1, 1, "", map<sqrt>, ""},
    {"Exp", 1, 1, "", map<exp>, ""},
    {"Log", 1, 1, "", map<log>, ""},
    {"Erf", 1, 1, "", map<erf>, ""},
    {"Floor", 1, 1, "", map<floor>, ""},
    {"Ceil", 1, 1, "", map<ceil>, ""},
    {"Round", 1, 1, "", map<round>, ""},
    {"Sin", 1, 1, "", map<sin>, ""},
    {"Cos", 1, 1, "", map<cos>, ""},
    {"Tan", 1, 1, "", map<tan>, ""},
    {"Asin", 1, 1, "", map<asin>, ""},
    {"Acos", 1, 1, "", map<acos>, ""},
    {"Atan", 1, 1, "", map<atan>, ""},
    {"Sinh", 1, 1, "", map<sinh>, ""},
    {"Cosh", 1, 1, "", map<cosh>, ""},
    {"Asinh", 1, 1, "", map<asinh>, ""},
    {"Acosh", 1, 1, "", map<acosh>, ""},
    {"Atanh", 1, 1, "", map<atanh>, ""},
    {"Clip", 1, 3, "", run_clip, ""},
    {"Where", 3, 3, "", run_where, ""},
    {"Equal", 2, 2, "", zip<eq>, ""},
    {"Less", 2, 2, "", zip<lt>, ""},
    {"LessOrEqual", 2, 2, "", zip<le>, ""},
    {"Greater", 2, 2, "", zip<gt>, ""},
    {"GreaterOrEqual", 2, 2, "", zip<ge>, ""},
    {"And", 2, 2, "", zip<logical_and>, ""},
    {"Or", 2, 2, "", zip<logical_or>, ""},
    {"Not", 1, 1, "", map<logical_not>, ""},
    {"IsNaN", 1, 1, "", map<isnan>, ""},
    {"Cast", 1, 1, " saturate:i to:i ", run_cast, "not to 16-bit floats, text or other integers than the dtypes"},
};

}  // namespace

std::span<const Operator> element_operators() { return element_list; }

}  // namespace tinytorch::onnx
