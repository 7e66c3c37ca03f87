#pragma once

#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/random.hpp"
#include "tinytorch/nn/dropout.hpp"

#include <cmath>
#include <limits>
#include <optional>
#include <utility>

/// Attention: each query's mixture of the values, by how well it fits the keys.
/// Source: Vaswani et al., "Attention is all you need", 2017.
namespace tinytorch::nn {

struct AttentionOptions {
  Tensor mask{};           ///< broadcast to (..., L, S): boolean, true where a query may look; or floats to be added
  double dropout_p = 0.0;  ///< of the weights; needs a generator
  bool is_causal = false;  ///< query i looks at keys 0..i only
  std::optional<double> scale{};  ///< of q k^T; 1 / sqrt(E) by default
  Generator* generator = nullptr;
};

}  // namespace tinytorch::nn

namespace tinytorch::detail {

/// true where the floats of a mask are not 0, or the booleans not true.
inline Tensor negated(const Tensor& mask) { return eq(to(mask, DType::float32), zeros({})); }

/// (L, S): true where key j <= query i.
inline Tensor causal_mask(std::int64_t queries, std::int64_t keys) {
  return ge(reshape(arange(queries), {queries, 1}), reshape(arange(keys), {1, keys}));
}

/// softmax over the last dimension of the scores where `keep` (boolean, broadcast) is true; 0 elsewhere, and in a row
/// where nothing is kept.
inline Tensor masked_softmax(const Tensor& scores, const Tensor& keep) {
  const Tensor zero = zeros({}, scores.dtype());
  const Tensor nothing = full({}, -std::numeric_limits<double>::infinity(), scores.dtype());
  const Tensor live = gt(sum(to(keep, DType::float32), Shape{-1}, true), zeros({}));
  const Tensor dead_rows = sum(to(negated(live), DType::float32));
  if (dead_rows.item<double>() == 0.0) return softmax(where(keep, scores, nothing), -1);
  // A row of -inf has no softmax: such a row is worked out of zeros, and dropped.
  return where(live, softmax(where(keep, scores, where(live, nothing, zero)), -1), zero);
}

/// The weights (..., L, S) of scores under a mask, boolean or float, or undefined.
inline Tensor attention_weights(const Tensor& scores, const Tensor& mask) {
  if (!mask.defined()) return softmax(scores, -1);
  if (mask.dtype() == DType::boolean) return masked_softmax(scores, mask);
  if (!is_floating(mask.dtype()))
    throw DTypeError(text("[attention] a mask is boolean or float, not ", to_string(mask.dtype())));
  const Tensor keep = gt(mask, full({}, -std::numeric_limits<double>::infinity(), mask.dtype()));
  return masked_softmax(scores + where(keep, mask, zeros({}, mask.dtype())), keep);
}

inline void check_attention(const Tensor& q, const Tensor& k, const Tensor& v) {
  const bool fits =
      q.dim() >= 2 && k.dim() >= 2 && v.dim() >= 2 && q.size(-1) == k.size(-1) && k.size(-2) == v.size(-2);
  if (!fits)
    throw ShapeError(text("[attention] q (..., L, E), k (..., S, E), v (..., S, V) don't fit: ", q.sizes(), ", ",
                          k.sizes(), ", ", v.sizes()));
}

/// The mixture (..., L, V) and the weights (..., L, S) after dropout.
inline std::pair<Tensor, Tensor> attend(const Tensor& q, const Tensor& k, const Tensor& v,
                                        const nn::AttentionOptions& options) {
  check_attention(q, k, v);
  if (options.is_causal && options.mask.defined())
    throw ValueError("[attention] either a mask or is_causal: a mask can hold both");
  if (options.dropout_p != 0.0 && !options.generator) throw ValueError("[attention] dropout needs a generator");
  const double scale = options.scale.value_or(1.0 / std::sqrt(static_cast<double>(q.size(-1))));
  const Tensor mask = options.is_causal ? causal_mask(q.size(-2), k.size(-2)) : options.mask;
  Tensor weights = attention_weights(matmul(q * scale, transpose(k, -2, -1)), mask);
  if (options.dropout_p != 0.0) weights = nn::functional::dropout(weights, options.dropout_p, true, *options.generator);
  return {matmul(weights, v), weights};
}

}  // namespace tinytorch::detail

namespace tinytorch::nn::functional {

/// softmax(q k^T scale + mask) v: q (..., L, E), k (..., S, E), v (..., S, V) -> (..., L, V); leading dimensions
/// broadcast. A query that may look at nothing gets zeros. Throws ShapeError, DTypeError for a mask that is neither
/// boolean nor float, ValueError for a mask beside is_causal.
inline Tensor scaled_dot_product_attention(const Tensor& q, const Tensor& k, const Tensor& v,
                                           const AttentionOptions& options = {}) {
  return detail::attend(q, k, v, options).first;
}

}  // namespace tinytorch::nn::functional
