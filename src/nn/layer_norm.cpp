#include "src/core/ops/loops.hpp"
#include "src/core/vector/vector_math.hpp"
#include "tinytorch/core/raw.hpp"
#include "tinytorch/nn/norm.hpp"

namespace tinytorch {

raw::Normalized raw::layer_norm(const Tensor& x, std::int64_t count, const Tensor& weight, const Tensor& bias,
                                double eps) {
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

}  // namespace tinytorch
