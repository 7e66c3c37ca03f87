#include "tests/library/oracle/torch_table.hpp"

namespace tinytorch::oracle {

namespace {

using torch::Tensor;

// See tests/library/ops/descriptions/modules.cpp for the order of the tensors.
TorchOutputs lstm(const TorchArguments& in) {
  const std::vector<Tensor> weights(in.tensors.begin() + 3, in.tensors.end());
  const auto [output, h, c] = torch::lstm(in.tensors[0], {in.tensors[1], in.tensors[2]}, weights, /*has_biases=*/true,
                                          /*num_layers=*/1, /*dropout=*/0.0, /*train=*/false,
                                          /*bidirectional=*/weights.size() == 8, /*batch_first=*/false);
  return {output, h, c};
}

TorchOutputs attention(const TorchArguments& in) {
  namespace F = torch::nn::functional;
  const auto& t = in.tensors;
  const auto options = F::MultiheadAttentionForwardFuncOptions(t[0].size(2), in.ints[0], t[3], t[4], /*bias_k=*/{},
                                                               /*bias_v=*/{}, /*add_zero_attn=*/false,
                                                               /*dropout_p=*/0.0, t[5], t[6])
                           .training(false);
  const auto [output, weights] = F::multi_head_attention_forward(t[0], t[1], t[2], options);
  return {output, weights};
}

TorchOutputs encode(const TorchArguments& in) {
  const auto& t = in.tensors;
  torch::nn::TransformerEncoderLayer layer(torch::nn::TransformerEncoderLayerOptions(t[0].size(2), in.ints[0])
                                               .dim_feedforward(t[6].size(0))
                                               .dropout(0.0)
                                               .activation(torch::kGELU));
  layer->self_attn->in_proj_weight = t[1];
  layer->self_attn->in_proj_bias = t[2];
  layer->self_attn->out_proj->weight = t[3];
  layer->self_attn->out_proj->bias = t[4];
  layer->linear1->weight = t[5];
  layer->linear1->bias = t[6];
  layer->linear2->weight = t[7];
  layer->linear2->bias = t[8];
  layer->norm1->weight = t[9];
  layer->norm1->bias = t[10];
  layer->norm2->weight = t[11];
  layer->norm2->bias = t[12];
  layer->norm1->options.eps(0.1);
  layer->norm2->options.eps(0.1);
  return {layer->forward(t[0])};
}

}  // namespace

void add_modules(TorchTable& table) {
  table["lstm"] = table["lstm_bidirectional"] = lstm;
  table["multihead_attention"] = attention;
  table["transformer_encoder_layer"] = encode;
}

}  // namespace tinytorch::oracle
