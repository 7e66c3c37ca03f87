#include "src/core/map.hpp"
#include "src/core/node.hpp"
#include "tinytorch/core/activations.hpp"
#include "tinytorch/core/ops.hpp"

#include <cmath>

namespace tinytorch {

using namespace detail;  // NOLINT(google-build-using-namespace): our own private shorthand

namespace {

using OutputVjp = Tensor (*)(const Tensor& grad, const Tensor& y);
using InputVjp = Tensor (*)(const Tensor& grad, const Tensor& x);

// An operation whose gradient follows from its output alone.
Tensor from_output(const char* name, const Tensor& x, Tensor out, OutputVjp vjp) {
  if (needs_grad({&x}))
    record(out, {&x}, make_node(name, [vjp, y = Saved::output(out)](const Tensor& grad, Grads grads, Node& node) {
             grads[0] = vjp(grad, y.get_output(node));
           }));
  return out;
}

// An operation whose gradient needs its input.
Tensor from_input(const char* name, const Tensor& x, Tensor out, InputVjp vjp) {
  if (needs_grad({&x}))
    record(out, {&x}, make_node(name, [name, vjp, x = Saved(x)](const Tensor& grad, Grads grads, Node&) {
             grads[0] = vjp(grad, x.get(name));
           }));
  return out;
}

// Integers take part in float32.
Tensor floating(const Tensor& x) { return is_floating(x.dtype()) ? x : to(x, DType::float32); }

Tensor sign(const Tensor& x) {
  return map_float(x, "sign", [](auto v) { return static_cast<decltype(v)>((v > 0) - (v < 0)); });
}

}  // namespace

Tensor pow(const Tensor& x, double exponent) {
  const Tensor in = floating(x);
  Tensor out = map_float(in, "pow", [exponent](auto v) {
    return exponent == 2.0 ? v * v : static_cast<decltype(v)>(std::pow(static_cast<double>(v), exponent));
  });
  if (needs_grad({&in}))
    record(out, {&in}, make_node("pow", [exponent, in = Saved(in)](const Tensor& grad, Grads grads, Node&) {
             grads[0] = exponent == 0.0 ? mul(grad, 0.0) : mul(grad * pow(in.get("pow"), exponent - 1.0), exponent);
           }));
  return out;
}

Tensor exp(const Tensor& x) {
  return from_output("exp", x, map_float(x, "exp", [](auto v) { return std::exp(v); }), vjp::exp);
}

Tensor log(const Tensor& x) {
  return from_input("log", x, map_float(x, "log", [](auto v) { return std::log(v); }),
                    [](const Tensor& grad, const Tensor& in) { return grad / in; });
}

Tensor sqrt(const Tensor& x) {
  return from_output("sqrt", x, map_float(x, "sqrt", [](auto v) { return std::sqrt(v); }),
                     [](const Tensor& grad, const Tensor& y) { return grad / (y * 2.0); });
}

Tensor abs(const Tensor& x) {
  return from_input("abs", x, map_float(x, "abs", [](auto v) { return std::abs(v); }),
                    [](const Tensor& grad, const Tensor& in) { return grad * sign(in); });
}

Tensor relu(const Tensor& x) {
  const Tensor in = floating(x);
  return from_output("relu", in, raw::relu(in), vjp::relu);
}

Tensor tanh(const Tensor& x) {
  const Tensor in = floating(x);
  return from_output("tanh", in, raw::tanh(in), vjp::tanh);
}

Tensor sigmoid(const Tensor& x) {
  const Tensor in = floating(x);
  return from_output("sigmoid", in, raw::sigmoid(in),
                     [](const Tensor& grad, const Tensor& y) { return grad * y * (1.0 - y); });
}

Tensor log_softmax(const Tensor& x, std::int64_t dim) {
  const Tensor in = floating(x);
  Tensor out = raw::log_softmax(in, dim);
  if (needs_grad({&in}))
    record(out, {&in},
           make_node("log_softmax", [dim, y = Saved::output(out)](const Tensor& grad, Grads grads, Node& node) {
             grads[0] = vjp::log_softmax(grad, y.get_output(node), dim);
           }));
  return out;
}

Tensor softmax(const Tensor& x, std::int64_t dim) {
  const Tensor in = floating(x);
  Tensor out = raw::softmax(in, dim);
  if (needs_grad({&in}))
    record(out, {&in},
           make_node("softmax", [dim, saved = Saved::output(out)](const Tensor& grad, Grads grads, Node& node) {
             const Tensor y = saved.get_output(node);
             grads[0] = y * (grad - sum(grad * y, Shape{dim}, true));
           }));
  return out;
}

}  // namespace tinytorch
