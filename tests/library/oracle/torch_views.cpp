#include "tests/library/oracle/torch_table.hpp"

namespace tinytorch::oracle {

namespace {

using torch::Tensor;
using Ints = const std::vector<std::int64_t>&;

TorchFunction move(Tensor (*function)(const Tensor&, Ints)) {
  return [function](const TorchArguments& in) -> TorchOutputs { return {function(in.tensors[0], in.ints)}; };
}

TorchFunction parts(TorchOutputs (*function)(const Tensor&, Ints)) {
  return [function](const TorchArguments& in) { return function(in.tensors[0], in.ints); };
}

}  // namespace

void add_views(TorchTable& table) {
  table["permute"] = move([](const Tensor& x, Ints i) { return x.permute(i); });
  table["transpose"] = move([](const Tensor& x, Ints i) { return x.transpose(i[0], i[1]); });
  table["slice"] = move([](const Tensor& x, Ints i) { return x.slice(i[0], i[1], i[2], i[3]); });
  table["select"] = move([](const Tensor& x, Ints i) { return x.select(i[0], i[1]); });
  table["narrow"] = move([](const Tensor& x, Ints i) { return x.narrow(i[0], i[1], i[2]); });
  table["reshape"] = move([](const Tensor& x, Ints i) { return x.reshape(i); });
  table["flatten"] = move([](const Tensor& x, Ints i) { return x.flatten(i[0], i[1]); });
  table["expand"] = move([](const Tensor& x, Ints i) { return x.expand(i); });
  table["squeeze"] = move([](const Tensor& x, Ints i) { return x.squeeze(i[0]); });
  table["unsqueeze"] = move([](const Tensor& x, Ints i) { return x.unsqueeze(i[0]); });
  table["movedim"] = move([](const Tensor& x, Ints i) { return x.movedim(i[0], i[1]); });
  table["diagonal"] = move([](const Tensor& x, Ints i) { return x.diagonal(i[0], 0, 1); });
  table["unfold"] = move([](const Tensor& x, Ints i) { return x.unfold(i[0], i[1], i[2]); });
  table["tril"] = move([](const Tensor& x, Ints i) { return torch::tril(x, i[0]); });
  table["triu"] = move([](const Tensor& x, Ints i) { return torch::triu(x, i[0]); });
  table["chunk"] = parts([](const Tensor& x, Ints i) -> TorchOutputs { return x.chunk(i[0], i[1]); });
  table["split"] = parts([](const Tensor& x, Ints i) -> TorchOutputs { return x.split(i[0], i[1]); });
  table["unbind"] = parts([](const Tensor& x, Ints i) -> TorchOutputs { return x.unbind(i[0]); });
  table["flip"] = move([](const Tensor& x, Ints i) { return torch::flip(x, {i[0]}); });
  table["roll"] = move([](const Tensor& x, Ints i) { return torch::roll(x, {i[1]}, {i[0]}); });
  table["repeat"] = move([](const Tensor& x, Ints i) { return x.repeat(i); });
  table["pad"] = move([](const Tensor& x, Ints i) { return torch::constant_pad_nd(x, i, 3.0); });
}

}  // namespace tinytorch::oracle
