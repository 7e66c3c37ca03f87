#include "tests/library/oracle/torch_table.hpp"

#include <cmath>
#include <limits>

namespace tinytorch::oracle {

namespace {

namespace F = torch::nn::functional;
using torch::Tensor;

TorchFunction one(Tensor (*function)(const Tensor&)) {
  return [function](const TorchArguments& in) -> TorchOutputs { return {function(in.tensors[0])}; };
}

TorchFunction layer(Tensor (*function)(const TorchArguments&)) {
  return [function](const TorchArguments& in) -> TorchOutputs { return {function(in)}; };
}

std::vector<std::int64_t> ints(const TorchArguments& in, std::size_t first, std::size_t count) {
  return {in.ints.begin() + static_cast<std::ptrdiff_t>(first),
          in.ints.begin() + static_cast<std::ptrdiff_t>(first + count)};
}

Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, bool causal) {
  Tensor scores = torch::matmul(q, k.transpose(-1, -2)) / std::sqrt(static_cast<double>(q.size(-1)));
  if (causal)
    scores = scores.masked_fill(torch::ones({q.size(-2), k.size(-2)}, torch::kBool).triu(1),
                                -std::numeric_limits<double>::infinity());
  return torch::matmul(torch::softmax(scores, -1), v);
}

void add_activations(TorchTable& table) {
  table["leaky_relu"] = one([](const Tensor& x) { return torch::leaky_relu(x, 0.1); });
  table["elu"] = one([](const Tensor& x) { return torch::elu(x, 1.5); });
  table["gelu"] = one([](const Tensor& x) { return torch::gelu(x); });
  table["gelu_tanh"] = one([](const Tensor& x) { return torch::gelu(x, "tanh"); });
  table["silu"] = one([](const Tensor& x) { return torch::silu(x); });
  table["softplus"] = one([](const Tensor& x) { return torch::softplus(x); });
  table["logsigmoid"] = one([](const Tensor& x) { return torch::log_sigmoid(x); });
}

void add_windows(TorchTable& table) {
  table["linear"] =
      layer([](const TorchArguments& in) { return torch::linear(in.tensors[0], in.tensors[1], in.tensors[2]); });
  for (const char* name : {"conv2d", "conv2d_groups"})
    table[name] = layer([](const TorchArguments& in) {
      return torch::conv2d(in.tensors[0], in.tensors[1], in.tensors[2], ints(in, 0, 2), ints(in, 2, 2), ints(in, 4, 2),
                           in.ints[6]);
    });
  table["conv1d"] = layer([](const TorchArguments& in) {
    return torch::conv1d(in.tensors[0], in.tensors[1], in.tensors[2], in.ints[0], in.ints[1], in.ints[2], in.ints[3]);
  });
  table["max_pool2d"] = layer([](const TorchArguments& in) {
    return torch::max_pool2d(in.tensors[0], ints(in, 0, 2), ints(in, 2, 2), ints(in, 4, 2));
  });
  table["avg_pool2d"] = layer([](const TorchArguments& in) {
    return torch::avg_pool2d(in.tensors[0], ints(in, 0, 2), ints(in, 2, 2), ints(in, 4, 2));
  });
  table["avg_pool2d_without_padding"] = layer([](const TorchArguments& in) {
    return torch::avg_pool2d(in.tensors[0], ints(in, 0, 2), ints(in, 2, 2), ints(in, 4, 2), /*ceil_mode=*/false,
                             /*count_include_pad=*/false);
  });
  table["adaptive_avg_pool2d"] =
      layer([](const TorchArguments& in) { return torch::adaptive_avg_pool2d(in.tensors[0], ints(in, 0, 2)); });
}

void add_norms(TorchTable& table) {
  table["batch_norm_training"] = [](const TorchArguments& in) -> TorchOutputs {
    const Tensor mean = in.tensors[1].clone(), variance = in.tensors[2].clone();
    const Tensor y =
        torch::batch_norm(in.tensors[0], in.tensors[3], in.tensors[4], mean, variance, true, 0.3, 1e-5, false);
    return {y, mean, variance};
  };
  table["batch_norm_evaluation"] = layer([](const TorchArguments& in) {
    return torch::batch_norm(in.tensors[0], in.tensors[3], in.tensors[4], in.tensors[1], in.tensors[2], false, 0.1,
                             1e-5, false);
  });
  table["layer_norm"] = layer([](const TorchArguments& in) {
    return torch::layer_norm(in.tensors[0], in.tensors[1].sizes(), in.tensors[1], in.tensors[2], 0.1);
  });
  // libtorch 1.13 has no RMSNorm. This is its definition.
  table["rms_norm"] = layer([](const TorchArguments& in) {
    std::vector<std::int64_t> dims;
    for (std::int64_t d = 1; d <= in.ints[0]; ++d) dims.push_back(-d);
    const Tensor& x = in.tensors[0];
    return x * torch::rsqrt((x * x).mean(dims, true) + 0.1) * (in.tensors[1] * in.tensors[2]);
  });
  table["group_norm"] = layer([](const TorchArguments& in) {
    return torch::group_norm(in.tensors[0], in.ints[0], in.tensors[1], in.tensors[2], 0.1);
  });
}

void add_sequences(TorchTable& table) {
  table["embedding"] = layer([](const TorchArguments& in) { return torch::embedding(in.tensors[1], in.tensors[0]); });
  table["scaled_dot_product_attention"] =
      layer([](const TorchArguments& in) { return attention(in.tensors[0], in.tensors[1], in.tensors[2], false); });
  table["causal_attention"] =
      layer([](const TorchArguments& in) { return attention(in.tensors[0], in.tensors[1], in.tensors[2], true); });
}

}  // namespace

void add_layers(TorchTable& table) {
  add_activations(table);
  add_windows(table);
  add_norms(table);
  add_sequences(table);
}

}  // namespace tinytorch::oracle
