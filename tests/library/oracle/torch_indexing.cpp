#include "tests/library/oracle/torch_table.hpp"

namespace tinytorch::oracle {

void add_indexing(TorchTable& table) {
  table["cat"] = [](const TorchArguments& in) -> TorchOutputs { return {torch::cat(in.tensors, in.ints[0])}; };
  table["stack"] = [](const TorchArguments& in) -> TorchOutputs { return {torch::stack(in.tensors, in.ints[0])}; };
  table["index_select"] = [](const TorchArguments& in) -> TorchOutputs {
    return {in.tensors[0].index_select(in.ints[0], in.tensors[1])};
  };
  table["index_add"] = [](const TorchArguments& in) -> TorchOutputs {
    return {in.tensors[0].index_add(in.ints[0], in.tensors[1], in.tensors[2])};
  };
  table["gather"] = [](const TorchArguments& in) -> TorchOutputs {
    return {in.tensors[0].gather(in.ints[0], in.tensors[1])};
  };
  table["scatter"] = [](const TorchArguments& in) -> TorchOutputs {
    return {in.tensors[0].scatter(in.ints[0], in.tensors[1], in.tensors[2])};
  };
  table["scatter_add"] = [](const TorchArguments& in) -> TorchOutputs {
    return {in.tensors[0].scatter_add(in.ints[0], in.tensors[1], in.tensors[2])};
  };
  table["masked_fill"] = [](const TorchArguments& in) -> TorchOutputs {
    return {in.tensors[0].masked_fill(in.tensors[1], 4.0)};
  };
  table["masked_select"] = [](const TorchArguments& in) -> TorchOutputs {
    return {in.tensors[0].masked_select(in.tensors[1])};
  };
  table["one_hot"] = [](const TorchArguments& in) -> TorchOutputs { return {torch::one_hot(in.tensors[0], 5)}; };
  table["nonzero"] = [](const TorchArguments& in) -> TorchOutputs { return {torch::nonzero(in.tensors[1])}; };
  table["sort"] = [](const TorchArguments& in) -> TorchOutputs {
    auto [values, index] = torch::sort(in.tensors[0], /*stable=*/true, in.ints[0], in.ints[1] != 0);
    return {values, index};
  };
  table["argsort"] = [](const TorchArguments& in) -> TorchOutputs {
    return {torch::argsort(in.tensors[0], in.ints[0], in.ints[1] != 0)};
  };
  table["topk"] = [](const TorchArguments& in) -> TorchOutputs {
    const std::int64_t k = (in.tensors[0].size(in.ints[0]) + 1) / 2;
    auto [values, index] = torch::topk(in.tensors[0], k, in.ints[0], in.ints[1] != 0);
    return {values, index};
  };
}

}  // namespace tinytorch::oracle
