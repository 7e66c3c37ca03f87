#include "tests/library/oracle/torch_table.hpp"

namespace tinytorch::oracle {

namespace {

namespace F = torch::nn::functional;
using torch::Tensor;

TorchFunction layer(Tensor (*function)(const Tensor&)) {
  return [function](const TorchArguments& in) -> TorchOutputs { return {function(in.tensors[0])}; };
}
TorchFunction both(Tensor (*function)(const Tensor&, const Tensor&)) {
  return [function](const TorchArguments& in) -> TorchOutputs { return {function(in.tensors[0], in.tensors[1])}; };
}

// See tests/library/ops/descriptions/networks.cpp for the order of the tensors.
TorchOutputs gru(const TorchArguments& in) {
  const std::vector<Tensor> weights(in.tensors.begin() + 2, in.tensors.end());
  const auto [output, h] = torch::gru(in.tensors[0], in.tensors[1], weights, /*has_biases=*/true, /*num_layers=*/1,
                                      /*dropout=*/0.0, /*train=*/false, /*bidirectional=*/weights.size() == 8,
                                      /*batch_first=*/false);
  return {output, h};
}

TorchOutputs rnn(const TorchArguments& in) {
  const std::vector<Tensor> weights(in.tensors.begin() + 2, in.tensors.end());
  const auto [output, h] =
      torch::rnn_tanh(in.tensors[0], in.tensors[1], weights, true, 1, 0.0, false, /*bidirectional=*/false, false);
  return {output, h};
}

void add_layers_of_networks(TorchTable& table) {
  table["gru"] = table["gru_bidirectional"] = gru;
  table["rnn"] = rnn;
  table["conv_transpose2d"] = [](const TorchArguments& in) -> TorchOutputs {
    return {torch::conv_transpose2d(in.tensors[0], in.tensors[1], in.tensors[2], {2, 1}, {1, 0}, {1, 0}, 1, {1, 2})};
  };
  table["conv_transpose2d_groups"] = [](const TorchArguments& in) -> TorchOutputs {
    return {torch::conv_transpose2d(in.tensors[0], in.tensors[1], in.tensors[2], {2, 2}, 0, 0, 2)};
  };
  table["conv_transpose1d"] = [](const TorchArguments& in) -> TorchOutputs {
    return {torch::conv_transpose1d(in.tensors[0], in.tensors[1], in.tensors[2], 2, 1, 1)};
  };
  table["interpolate"] = [](const TorchArguments& in) -> TorchOutputs {
    const auto sized = [](std::vector<int64_t> sizes) { return F::InterpolateFuncOptions().size(sizes); };
    const Tensor& x = in.tensors[0];
    return {F::interpolate(x, sized({5, 2}).mode(torch::kNearest)),
            F::interpolate(x, sized({5, 2}).mode(torch::kBilinear).align_corners(false)),
            F::interpolate(x, sized({5, 7}).mode(torch::kBilinear).align_corners(true))};
  };
  table["pixel_shuffle"] = layer([](const Tensor& x) { return torch::pixel_shuffle(x, 2); });
}

void add_activations_of_networks(TorchTable& table) {
  table["mish"] = layer([](const Tensor& x) { return torch::mish(torch::clamp(x, -50.0, 50.0)); });
  table["selu"] = layer([](const Tensor& x) { return torch::selu(x); });
  table["celu"] = layer([](const Tensor& x) { return torch::celu(x, 1.5); });
  table["hardtanh"] = layer([](const Tensor& x) { return torch::hardtanh(x, -0.77, 0.83); });
  table["hardswish"] = layer([](const Tensor& x) { return torch::hardswish(x); });
  table["hardsigmoid"] = layer([](const Tensor& x) { return torch::hardsigmoid(x); });
  table["softsign"] = layer([](const Tensor& x) { return F::softsign(x); });
  table["tanhshrink"] = layer([](const Tensor& x) { return F::tanhshrink(x); });
  table["softshrink"] = layer([](const Tensor& x) { return torch::softshrink(x, 0.1); });
  table["hardshrink"] = layer([](const Tensor& x) { return torch::hardshrink(x, 0.1); });
  table["threshold"] = layer([](const Tensor& x) { return torch::threshold(x, 0.1, 20.0); });
  table["glu"] = layer([](const Tensor& x) { return torch::glu(x); });
  table["prelu"] = both([](const Tensor& x, const Tensor& weight) { return torch::prelu(x, weight); });
}

void add_similarities(TorchTable& table) {
  table["cosine_similarity"] = both([](const Tensor& a, const Tensor& b) { return torch::cosine_similarity(a, b); });
  table["pairwise_distance"] = both([](const Tensor& a, const Tensor& b) { return torch::pairwise_distance(a, b); });
  table["normalize"] = both([](const Tensor& a, const Tensor&) { return F::normalize(a); });
  table["soft_margin_loss"] =
      both([](const Tensor& a, const Tensor& b) { return torch::soft_margin_loss(a, torch::sign(b)); });
  table["poisson_nll_loss"] = both([](const Tensor& a, const Tensor& b) { return F::poisson_nll_loss(a, b); });
  table["cosine_embedding_loss"] = both([](const Tensor& a, const Tensor& b) {
    return torch::cosine_embedding_loss(a, b, torch::ones({a.size(0)}, a.options()), 0.0, torch::Reduction::Sum);
  });
  table["triplet_margin_loss"] = [](const TorchArguments& in) -> TorchOutputs {
    return {torch::triplet_margin_loss(in.tensors[0], in.tensors[1], in.tensors[2], 8.0)};
  };
  // libtorch has no function of this name in C++.
  table["gaussian_nll_loss"] = [](const TorchArguments& in) -> TorchOutputs {
    const Tensor var = in.tensors[2].clamp_min(1e-6);
    return {(0.5 * (torch::log(var) + torch::square(in.tensors[0] - in.tensors[1]) / var)).mean()};
  };
}

}  // namespace

void add_networks(TorchTable& table) {
  add_layers_of_networks(table);
  add_activations_of_networks(table);
  add_similarities(table);
}

}  // namespace tinytorch::oracle
