#include "tests/library/ops/lists.hpp"
#include "tinytorch/nn/attention.hpp"
#include "tinytorch/nn/lstm.hpp"
#include "tinytorch/nn/transformer.hpp"

namespace tinytorch::ops {

namespace {

Op module(std::string name, std::function<Arguments(Draw&)> arguments, std::function<Outputs(const Arguments&)> run) {
  Op op;
  op.name = std::move(name);
  op.arguments = std::move(arguments);
  op.run = std::move(run);
  op.no_edges = "made of operations that have theirs";
  op.roundings = 128.0;
  return op;
}

// x (L, N, in), h and c (directions, N, H); for each direction w_ih (4 H, in), w_hh (4 H, H), b_ih and b_hh (4 H).
Arguments lstm_arguments(Draw& d, std::int64_t directions) {
  const std::int64_t batch = d.integer(1, 2), in = d.integer(1, 3), hidden = d.integer(1, 3);
  Arguments args = only({d.normal({d.integer(1, 3), batch, in}), d.normal({directions, batch, hidden}),
                         d.normal({directions, batch, hidden})});
  for (std::int64_t k = 0; k < directions; ++k)
    for (const Shape& shape : {Shape{4 * hidden, in}, Shape{4 * hidden, hidden}, Shape{4 * hidden}, Shape{4 * hidden}})
      args.tensors.push_back(d.normal(shape));
  return args;
}

Op lstm(std::string name, std::int64_t directions) {
  return module(
      std::move(name), [directions](Draw& d) { return lstm_arguments(d, directions); },
      [directions](const Arguments& in) -> Outputs {
        const std::vector<Tensor>& t = in.tensors;
        Generator unused;
        nn::LSTM layer(t[0].size(2), t[1].size(2), unused, {.bidirectional = directions == 2});
        for (std::size_t k = 0; k < layer.cells.size(); ++k)
          layer.cells[k] = {t[3 + 4 * k], t[4 + 4 * k], t[5 + 4 * k], t[6 + 4 * k]};
        const nn::LSTMOutput result = layer.forward(t[0], {t[1], t[2]});
        return {result.output, result.state.h, result.state.c};
      });
}

// query (L, N, E), key and value (S, N, E), in_proj weight and bias, out_proj weight and bias. ints: heads.
Arguments attention_arguments(Draw& d) {
  const std::int64_t heads = d.integer(1, 2), embed = heads * d.integer(1, 2), batch = d.integer(1, 2);
  const Shape keys{d.integer(1, 3), batch, embed};
  return {{d.normal({d.integer(1, 3), batch, embed}), d.normal(keys), d.normal(keys), d.normal({3 * embed, embed}),
           d.normal({3 * embed}), d.normal({embed, embed}), d.normal({embed})},
          {heads}};
}

void give_weights(nn::MultiheadAttention& layer, const std::vector<Tensor>& from, std::size_t first) {
  layer.in_proj_weight = from[first];
  layer.in_proj_bias = from[first + 1];
  layer.out_proj = nn::Linear(from[first + 2], from[first + 3]);
}

// x (L, N, E), the attention's four; weight and bias of linear1 (E, F), linear2 (F, E), norm1 and norm2. ints: heads.
Arguments encoder_arguments(Draw& d) {
  const std::int64_t heads = d.integer(1, 2), embed = heads * d.integer(1, 2), inner = d.integer(1, 3);
  return {{d.normal({d.integer(1, 3), d.integer(1, 2), embed}), d.normal({3 * embed, embed}), d.normal({3 * embed}),
           d.normal({embed, embed}), d.normal({embed}), d.normal({inner, embed}), d.normal({inner}),
           d.normal({embed, inner}), d.normal({embed}), d.normal({embed}), d.normal({embed}), d.normal({embed}),
           d.normal({embed})},
          {heads}};
}

// With GELU, because difference quotients are wrong at the kink of ReLU.
Outputs encode(const Arguments& in) {
  const std::vector<Tensor>& t = in.tensors;
  Generator unused;
  nn::TransformerEncoderLayer layer(t[0].size(2), in.ints[0], unused,
                                    {.dim_feedforward = t[6].size(0),
                                     .dropout = 0.0,
                                     .activation = nn::FeedForwardActivation::gelu,
                                     .layer_norm_eps = 0.1});
  give_weights(layer.self_attn, t, 1);
  layer.linear1 = nn::Linear(t[5], t[6]);
  layer.linear2 = nn::Linear(t[7], t[8]);
  layer.norm1.weight = t[9];
  layer.norm1.bias = t[10];
  layer.norm2.weight = t[11];
  layer.norm2.bias = t[12];
  return {layer(t[0])};
}

}  // namespace

std::vector<Op> module_ops() {
  return {
      lstm("lstm", 1),
      lstm("lstm_bidirectional", 2),
      module("multihead_attention", attention_arguments,
             [](const Arguments& in) -> Outputs {
               Generator unused;
               nn::MultiheadAttention layer(in.tensors[0].size(2), in.ints[0], unused);
               give_weights(layer, in.tensors, 3);
               const nn::MultiheadOutput result = layer.forward(in.tensors[0], in.tensors[1], in.tensors[2]);
               return {result.output, result.weights};
             }),
      module("transformer_encoder_layer", encoder_arguments, encode),
  };
}

}  // namespace tinytorch::ops
