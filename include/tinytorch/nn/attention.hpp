#pragma once

#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/random.hpp"
#include "tinytorch/nn/dropout.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/nn/module.hpp"

#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

/// Attention: for each query a weighted sum of the values; a weight says how well the query fits a key.
/// Source: Vaswani et al., "Attention is all you need", 2017.
namespace tinytorch::nn {

struct AttentionOptions {
  Tensor mask{};           ///< broadcast to (..., L, S): boolean, true where a query may look; or floats to be added
  double dropout_p = 0.0;  ///< the dropout of the weights; above 0 it needs a generator
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

/// softmax over the last dimension, of those scores where `keep` (boolean, broadcast) is true. The others get 0, and so
/// does a whole row without true.
inline Tensor masked_softmax(const Tensor& scores, const Tensor& keep) {
  const Tensor zero = zeros({}, scores.dtype());
  const Tensor nothing = full({}, -std::numeric_limits<double>::infinity(), scores.dtype());
  const Tensor live = gt(sum(to(keep, DType::float32), Shape{-1}, true), zeros({}));
  const Tensor dead_rows = sum(to(negated(live), DType::float32));
  if (dead_rows.item<double>() == 0.0) return softmax(where(keep, scores, nothing), -1);
  // The softmax of a row of -inf is NaN: such a row is computed from zeros, and its result replaced by 0.
  return where(live, softmax(where(keep, scores, where(live, nothing, zero)), -1), zero);
}

/// The weights (..., L, S) of scores under a mask, boolean or float, or undefined.
inline Tensor attention_weights(const Tensor& scores, const Tensor& mask) {
  if (!mask.defined()) return softmax(scores, -1);
  if (mask.dtype() == DType::boolean) return masked_softmax(scores, mask);
  if (!is_floating(mask.dtype()))
    throw DTypeError(text({"[attention] a mask is boolean or float, not ", to_string(mask.dtype())}));
  const Tensor keep = ne(mask, -std::numeric_limits<double>::infinity());  // NaN stays: the result shows it
  return masked_softmax(scores + where(keep, mask, zeros({}, mask.dtype())), keep);
}

inline void check_attention(const Tensor& q, const Tensor& k, const Tensor& v) {
  const bool fits =
      q.dim() >= 2 && k.dim() >= 2 && v.dim() >= 2 && q.size(-1) == k.size(-1) && k.size(-2) == v.size(-2);
  if (!fits)
    throw ShapeError(text({"[attention] q (..., L, E), k (..., S, E), v (..., S, V) don't fit: ", q.sizes(), ", ",
                           k.sizes(), ", ", v.sizes()}));
}

/// The weighted sums (..., L, V) and the weights (..., L, S) after dropout.
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
/// broadcast. A query whose mask allows no key gets zeros. Throws ShapeError, DTypeError for a mask that is neither
/// boolean nor float, ValueError for a mask beside is_causal.
inline Tensor scaled_dot_product_attention(const Tensor& q, const Tensor& k, const Tensor& v,
                                           const AttentionOptions& options = {}) {
  return detail::attend(q, k, v, options).first;
}

}  // namespace tinytorch::nn::functional

namespace tinytorch::nn {

struct MultiheadAttentionOptions {
  double dropout = 0.0;
  bool bias = true;
  bool batch_first = false;  ///< (N, L, E) instead of (L, N, E)
};

/// Which keys a query may use. Beware: here true forbids, as in libtorch; in scaled_dot_product_attention true allows.
struct MultiheadMasks {
  Tensor key_padding_mask{};  ///< (N, S): boolean, true for keys that no query may use; or floats to be added
  Tensor attn_mask{};  ///< (L, S) or (N * heads, L, S): boolean, true where a query may not look; or floats to be added
  bool is_causal = false;  ///< query i looks at keys 0..i only, without a mask
  bool need_weights = true;
  bool average_attn_weights = true;
};

struct MultiheadOutput {
  Tensor output;   ///< as the query
  Tensor weights;  ///< (N, L, S), or (N, heads, L, S) when not averaged; undefined unless asked for
};

/// Attention in several heads, each over embed / heads of the features. query (L, N, E), key and value (S, N, E) ->
/// (L, N, E); (N, L, E) with batch_first, (L, E) for a single sequence.
class MultiheadAttention : public Module, public PointerSyntax<MultiheadAttention> {
 public:
  /// As in libtorch: in_proj_weight is drawn by xavier_uniform_, then out_proj.weight as in a linear layer; biases are
  /// 0. A seed for dropout is drawn last. Throws ValueError unless `heads` divides `embed`.
  MultiheadAttention(std::int64_t embed, std::int64_t heads, const MultiheadAttentionOptions& attention = {})
      : MultiheadAttention(embed, heads, default_generator(), attention) {}
  MultiheadAttention(std::int64_t embed, std::int64_t heads, Generator& generator,
                     const MultiheadAttentionOptions& attention = {})
      : out_proj(Tensor(), Tensor()), options_(attention), heads_(heads) {
    if (heads < 1 || embed % heads != 0)
      throw ValueError(detail::text({"[multihead_attention] ", heads, " heads don't divide ", embed, " features"}));
    {
      const memory::TagScope tag(memory::Tag::parameter);
      in_proj_weight = empty({3 * embed, embed});
      xavier_uniform_(in_proj_weight, 1.0, generator);
      in_proj_weight.set_requires_grad();
    }
    out_proj.weight = detail::default_weight({embed, embed}, generator);
    if (attention.bias) {
      in_proj_bias = detail::constant_parameter({3 * embed}, 0.0);
      out_proj.bias = detail::constant_parameter({embed}, 0.0);
    }
    generator_ = Generator(generator.next());
  }

  /// Self-attention without a mask.
  Tensor forward(const Tensor& x) override { return attend(x, x, x, {.need_weights = false}).output; }
  /// Throws ShapeError, DTypeError.
  MultiheadOutput forward(const Tensor& query, const Tensor& key, const Tensor& value,
                          const MultiheadMasks& masks = {}) {
    MultiheadOutput result = attend(query, key, value, masks);
    observe(query, result.output);
    return result;
  }

  void members(MemberVisitor& visit) override {
    visit.parameter("in_proj_weight", in_proj_weight);
    visit.parameter("in_proj_bias", in_proj_bias);
    visit.child("out_proj", out_proj);
    visit.generator("generator", generator_);
  }
  std::shared_ptr<Module> clone() const override {
    Generator unused;
    return clone_into(new MultiheadAttention(in_proj_weight.size(1), heads_, unused, options_));
  }

  Tensor in_proj_weight;  ///< (3 E, E): query, key, value
  Tensor in_proj_bias;    ///< (3 E), or undefined
  Linear out_proj;        ///< (E, E)

 private:
  // (N, L, E) -> (N, heads, L, E / heads).
  Tensor split(const Tensor& x) const {
    return permute(reshape(x, {x.size(0), x.size(1), heads_, x.size(2) / heads_}), Shape{0, 2, 1, 3});
  }

  Tensor project(const Tensor& x, std::int64_t part) const {
    const std::int64_t embed = in_proj_weight.size(1);
    const auto own = [&](const Tensor& all) { return slice(all, 0, part * embed, (part + 1) * embed); };
    return split(functional::linear(x, own(in_proj_weight), in_proj_bias.defined() ? own(in_proj_bias) : Tensor()));
  }

  // The masks as one, to be added to scores (N, heads, L, S); undefined without a mask.
  Tensor join(const MultiheadMasks& masks, std::int64_t batch, std::int64_t queries, std::int64_t keys,
              DType dtype) const;
  MultiheadOutput attend(const Tensor& query, const Tensor& key, const Tensor& value, const MultiheadMasks& masks);
  MultiheadOutput attend_batch(const Tensor& query, const Tensor& key, const Tensor& value,
                               const MultiheadMasks& masks);

  MultiheadAttentionOptions options_;
  std::int64_t heads_;
  Generator generator_;
};

inline Tensor MultiheadAttention::join(const MultiheadMasks& masks, std::int64_t batch, std::int64_t queries,
                                       std::int64_t keys, DType dtype) const {
  const Tensor forbidden = full({}, -std::numeric_limits<double>::infinity(), dtype), zero = zeros({}, dtype);
  const auto added = [&](const Tensor& mask) {
    if (mask.dtype() != DType::boolean && !is_floating(mask.dtype()))
      throw DTypeError(detail::text({"[multihead_attention] a mask is boolean or float, not ", mask.dtype()}));
    return mask.dtype() == DType::boolean ? where(mask, forbidden, zero) : mask.to(dtype);
  };
  Tensor all = masks.is_causal ? where(detail::causal_mask(queries, keys), zero, forbidden) : Tensor();
  const auto join_one = [&](const Tensor& mask) { all = all.defined() ? all + mask : mask; };
  if (masks.attn_mask.defined()) {
    const Shape &sizes = masks.attn_mask.sizes(), each{batch * heads_, queries, keys};
    if (sizes != Shape{queries, keys} && sizes != each)
      throw ShapeError(detail::text(
          {"[multihead_attention] attn_mask ", sizes, " is neither ", Shape{queries, keys}, " nor ", each}));
    const Tensor mask = added(masks.attn_mask);
    join_one(mask.dim() == 2 ? mask : reshape(mask, {batch, heads_, queries, keys}));
  }
  if (masks.key_padding_mask.defined()) {
    if (masks.key_padding_mask.sizes() != Shape{batch, keys})
      throw ShapeError(detail::text(
          {"[multihead_attention] key_padding_mask ", masks.key_padding_mask.sizes(), ", not ", Shape{batch, keys}}));
    join_one(reshape(added(masks.key_padding_mask), {batch, 1, 1, keys}));
  }
  return all;
}

inline MultiheadOutput MultiheadAttention::attend_batch(const Tensor& query, const Tensor& key, const Tensor& value,
                                                        const MultiheadMasks& masks) {
  const std::int64_t embed = in_proj_weight.size(1);
  for (const Tensor* x : {&query, &key, &value})
    if (x->dim() != 3 || x->size(2) != embed || x->size(0) != query.size(0))
      throw ShapeError(detail::text({"[multihead_attention] batches of ", embed, " features don't fit: ", query.sizes(),
                                     ", ", key.sizes(), ", ", value.sizes(), " (batch first)"}));
  Tensor q, k, v;
  if (query.is_same(key) && query.is_same(value)) {
    const Tensor all = functional::linear(query, in_proj_weight, in_proj_bias);
    q = split(slice(all, 2, 0, embed));
    k = split(slice(all, 2, embed, 2 * embed));
    v = split(slice(all, 2, 2 * embed, 3 * embed));
  } else {
    q = project(query, 0);
    k = project(key, 1);
    v = project(value, 2);
  }
  AttentionOptions attention{.mask = join(masks, query.size(0), query.size(1), key.size(1), q.dtype()),
                             .dropout_p = is_training() ? options_.dropout : 0.0,
                             .generator = &generator_};
  const auto [mixed, weights] = detail::attend(q, k, v, attention);
  const Tensor joined = reshape(permute(mixed, Shape{0, 2, 1, 3}), query.sizes());
  MultiheadOutput result{out_proj(joined), Tensor()};
  if (masks.need_weights) result.weights = masks.average_attn_weights ? mean(weights, Shape{1}) : weights;
  return result;
}

inline MultiheadOutput MultiheadAttention::attend(const Tensor& query, const Tensor& key, const Tensor& value,
                                                  const MultiheadMasks& masks) {
  if (query.dim() == 2 && key.dim() == 2 && value.dim() == 2) {
    const bool self = query.is_same(key) && query.is_same(value);
    const Tensor q = unsqueeze(query, 0);
    MultiheadMasks batched = masks;
    if (masks.key_padding_mask.defined()) batched.key_padding_mask = unsqueeze(masks.key_padding_mask, 0);
    MultiheadOutput result = attend_batch(q, self ? q : unsqueeze(key, 0), self ? q : unsqueeze(value, 0), batched);
    result.output = squeeze(result.output, 0);
    if (result.weights.defined()) result.weights = squeeze(result.weights, 0);
    return result;
  }
  if (options_.batch_first || query.dim() != 3 || key.dim() != 3 || value.dim() != 3)
    return attend_batch(query, key, value, masks);
  const bool self = query.is_same(key) && query.is_same(value);
  const Tensor q = transpose(query, 0, 1);
  MultiheadOutput result = attend_batch(q, self ? q : transpose(key, 0, 1), self ? q : transpose(value, 0, 1), masks);
  result.output = transpose(result.output, 0, 1);
  return result;
}

}  // namespace tinytorch::nn
