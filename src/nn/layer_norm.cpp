#include "src/core/autograd/record.hpp"
#include "src/core/ops/loops.hpp"
#include "src/core/vector/vector_math.hpp"
#include "tinytorch/core/op_hook.hpp"
#include "tinytorch/core/raw.hpp"
#include "tinytorch/nn/norm.hpp"

namespace tinytorch {
namespace {

struct Normalized {
  Tensor y;
  Tensor scale;  // 1 / sqrt(variance + eps) of each line
};

// Layer normalisation of each `count` successive elements of x in one pass. float32; weight and bias hold `count`
// elements or are undefined.
Normalized normalized(const Tensor& x, std::int64_t count, const Tensor& weight, const Tensor& bias, double eps) {
  const Tensor from = raw::contiguous(x), w = weight.defined() ? raw::contiguous(weight) : weight,
               b = bias.defined() ? raw::contiguous(bias) : bias;
  const std::int64_t lines = x.numel() / count;
  Normalized out{empty(x.sizes(), x.dtype()), empty({lines}, x.dtype())};
  float* const scales = out.scale.data<float>();
  for (std::int64_t k = 0; k < lines; ++k) {
    const float* const line = from.data<float>() + k * count;
    const vectors::LineMoments moments = vectors::moments(line, count, static_cast<float>(eps));
    scales[k] = moments.scale;
    vectors::normalize(line, moments, w.defined() ? w.data<float>() : nullptr, b.defined() ? b.data<float>() : nullptr,
                       out.y.data<float>() + k * count, count);
  }
  return out;
}

// x brought to mean 0 and variance 1, and 1 / sqrt(variance + eps), for a gradient. The loop, unless this is recorded.
Normalized normalized_again(const Tensor& x, const Shape& shape, const Shape& dims, double eps) {
  if (!autograd::GradMode::enabled()) {
    Normalized line = normalized(x, numel(shape), Tensor(), Tensor(), eps);
    Shape kept = x.sizes();
    for (const std::int64_t d : dims) kept[d] = 1;
    return {line.y, reshape(line.scale, kept)};
  }
  const Tensor centred = x - mean(x, dims, true);
  const Tensor scale = pow(mean(centred * centred, dims, true) + eps, -0.5);
  return {centred * scale, scale};
}

}  // namespace

Tensor detail::layer_norm(const Tensor& x, const Shape& shape, const Shape& dims, const Tensor& weight,
                          const Tensor& bias, double eps) {
  OpScope scope("layer_norm", {&x, &weight, &bias});
  scope.setting("shape", shape);
  scope.real("eps", eps);
  Tensor y = normalized(x, numel(shape), weight, bias, eps).y;
  if (needs_grad({&x, &weight, &bias}))
    record(y, {&x, &weight, &bias},
           make_node("layer_norm", [sx = Saved(x), sw = weight.defined() ? Saved(weight) : Saved(x), shape, dims,
                                    weighted = weight.defined(), eps](const Tensor& grad, Grads grads, Node& node) {
             const Normalized line = normalized_again(sx.get("layer_norm"), shape, dims, eps);
             if (node.needs(0)) {
               const Tensor g = weighted ? grad * sw.get("layer_norm") : grad;
               grads[0] = (g - mean(g, dims, true) - line.y * mean(g * line.y, dims, true)) * line.scale;
             }
             if (node.needs(1)) grads[1] = unbroadcast(grad * line.y, shape);
             if (node.needs(2)) grads[2] = unbroadcast(grad, shape);
           }));
  return scope.result(std::move(y));
}

}  // namespace tinytorch
