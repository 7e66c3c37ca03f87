#pragma once

#include "tinytorch/nn/activations.hpp"
#include "tinytorch/nn/attention.hpp"
#include "tinytorch/nn/dropout.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/nn/norm.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

/// The encoder of Vaswani et al., "Attention is all you need", 2017.
namespace tinytorch::nn {

enum class FeedForwardActivation : std::uint8_t { relu, gelu };

struct TransformerEncoderLayerOptions {
  std::int64_t dim_feedforward = 2048;
  double dropout = 0.1;
  FeedForwardActivation activation = FeedForwardActivation::relu;
  double layer_norm_eps = 1e-5;
  bool batch_first = false;  ///< (N, L, E) instead of (L, N, E)
  bool norm_first = false;   ///< normalise before attention and feed-forward, not after them
};

/// Which elements of a sequence an element may use; see MultiheadMasks.
struct EncoderMasks {
  Tensor src_mask{};              ///< (L, L) or (N * heads, L, L): true forbids, floats are added
  Tensor src_key_padding_mask{};  ///< (N, L): true forbids
  bool is_causal = false;         ///< element i uses 0..i only, without a mask
};

/// Self-attention, then two linear layers. The result of each is added to its input, and the sum is normalised. The
/// shape stays.
class TransformerEncoderLayer : public Module, public PointerSyntax<TransformerEncoderLayer> {
 public:
  /// Draws the attention, linear1, linear2, then the seeds of dropout, dropout1 and dropout2.
  /// Throws ValueError unless `heads` divides `model`.
  TransformerEncoderLayer(std::int64_t model, std::int64_t heads, const TransformerEncoderLayerOptions& layer = {})
      : TransformerEncoderLayer(model, heads, default_generator(), layer) {}
  TransformerEncoderLayer(std::int64_t model, std::int64_t heads, Generator& generator,
                          const TransformerEncoderLayerOptions& layer = {})
      : self_attn(model, heads, generator, {.dropout = layer.dropout, .batch_first = layer.batch_first}),
        linear1(model, layer.dim_feedforward, generator),
        linear2(layer.dim_feedforward, model, generator),
        norm1(model, {.eps = layer.layer_norm_eps}),
        norm2(model, {.eps = layer.layer_norm_eps}),
        dropout(layer.dropout, generator.next()),
        dropout1(layer.dropout, generator.next()),
        dropout2(layer.dropout, generator.next()),
        heads_(heads),
        options_(layer) {}

  Tensor forward(const Tensor& x) override { return encode(x, {}); }
  Tensor forward(const Tensor& x, const EncoderMasks& masks) {
    Tensor y = encode(x, masks);
    observe(x, y);
    return y;
  }

  void members(MemberVisitor& visit) override {
    visit.child("self_attn", self_attn);
    visit.child("linear1", linear1);
    visit.child("dropout", dropout);
    visit.child("linear2", linear2);
    visit.child("norm1", norm1);
    visit.child("norm2", norm2);
    visit.child("dropout1", dropout1);
    visit.child("dropout2", dropout2);
  }
  std::shared_ptr<Module> clone() const override {
    Generator unused;
    return clone_into(new TransformerEncoderLayer(linear1.weight.size(1), heads_, unused, options_));
  }

  MultiheadAttention self_attn;
  Linear linear1, linear2;
  LayerNorm norm1, norm2;
  Dropout dropout, dropout1, dropout2;

 private:
  Tensor attend(const Tensor& x, const EncoderMasks& masks) {
    const MultiheadMasks both{.key_padding_mask = masks.src_key_padding_mask,
                              .attn_mask = masks.src_mask,
                              .is_causal = masks.is_causal,
                              .need_weights = false};
    return dropout1(self_attn.forward(x, x, x, both).output);
  }
  Tensor feed(const Tensor& x) {
    const Tensor hidden = linear1(x);
    const bool gelu = options_.activation == FeedForwardActivation::gelu;
    return dropout2(linear2(dropout(gelu ? functional::gelu(hidden) : relu(hidden))));
  }
  Tensor encode(const Tensor& src, const EncoderMasks& masks) {
    if (options_.norm_first) {
      const Tensor x = src + attend(norm1(src), masks);
      return x + feed(norm2(x));
    }
    const Tensor x = norm1(src + attend(src, masks));
    return norm2(x + feed(x));
  }

  std::int64_t heads_;
  TransformerEncoderLayerOptions options_;
};

/// Several layers of one kind, one after the other, then a normalisation if one is given. The shape stays.
class TransformerEncoder : public Module, public PointerSyntax<TransformerEncoder> {
 public:
  /// Clones the layer `count` times, as libtorch does, so all start with equal weights. Each clone gets other random
  /// numbers for dropout.
  TransformerEncoder(const TransformerEncoderLayer& layer, std::int64_t count,
                     std::shared_ptr<LayerNorm> last_norm = nullptr)
      : norm(std::move(last_norm)) {
    if (count < 1) throw ValueError(detail::text({"[transformer_encoder] one layer or more, not ", count}));
    for (std::int64_t i = 0; i < count; ++i) {
      layers.push_back(std::static_pointer_cast<TransformerEncoderLayer>(layer.clone()));
      for (const NamedGenerator& own : layers.back()->named_generators())
        *own.generator = Generator(mix_seed(Generator(*own.generator).next(), static_cast<std::uint64_t>(i)));
    }
  }

  Tensor forward(const Tensor& x) override { return encode(x, {}); }
  Tensor forward(const Tensor& x, const EncoderMasks& masks) {
    Tensor y = encode(x, masks);
    observe(x, y);
    return y;
  }

  void members(MemberVisitor& visit) override {
    for (std::size_t i = 0; i < layers.size(); ++i) visit.child("layers." + std::to_string(i), *layers[i]);
    if (norm) visit.child("norm", *norm);
  }
  std::shared_ptr<Module> clone() const override {
    auto last = norm ? std::static_pointer_cast<LayerNorm>(norm->clone()) : nullptr;
    return clone_into(new TransformerEncoder(*layers.front(), static_cast<std::int64_t>(layers.size()), last));
  }

  std::vector<std::shared_ptr<TransformerEncoderLayer>> layers;
  std::shared_ptr<LayerNorm> norm;  ///< or null

 private:
  Tensor encode(const Tensor& src, const EncoderMasks& masks) {
    Tensor x = src;
    for (const auto& layer : layers) x = layer->forward(x, masks);
    return norm ? (*norm)(x) : x;
  }
};

}  // namespace tinytorch::nn
