#include "tests/library/oracle/torch_table.hpp"

namespace tinytorch::oracle {

namespace {

TorchFunction equation(const char* text) {
  return [text](const TorchArguments& in) -> TorchOutputs { return {torch::einsum(text, in.tensors)}; };
}

}  // namespace

void add_linalg(TorchTable& table) {
  for (const char* name : {"matmul", "matmul_batched", "matmul_vector"})
    table[name] = [](const TorchArguments& in) -> TorchOutputs {
      return {torch::matmul(in.tensors[0], in.tensors[1])};
    };
  table["bmm"] = [](const TorchArguments& in) -> TorchOutputs { return {torch::bmm(in.tensors[0], in.tensors[1])}; };
  table["dot"] = [](const TorchArguments& in) -> TorchOutputs { return {torch::dot(in.tensors[0], in.tensors[1])}; };
  table["mv"] = [](const TorchArguments& in) -> TorchOutputs { return {torch::mv(in.tensors[0], in.tensors[1])}; };
  table["outer"] = [](const TorchArguments& in) -> TorchOutputs {
    return {torch::outer(in.tensors[0], in.tensors[1])};
  };
  table["addmm"] = [](const TorchArguments& in) -> TorchOutputs {
    return {torch::addmm(in.tensors[0], in.tensors[1], in.tensors[2])};
  };
  table["einsum_matmul"] = equation("ij,jk->ik");
  table["einsum_attention"] = equation("bhqd,bhkd->bhqk");
  table["einsum_trace_like"] = equation("ii->i");
  table["einsum_implicit"] = equation("ij,jk");
  table["einsum_sum"] = equation("ijk->j");
  table["einsum_three"] = equation("ij,jk,kl->il");
  table["einsum_transpose"] = equation("ijk->kji");
  table["einsum_outer"] = equation("i,j->ij");
  table["einsum_bilinear"] = equation("bn,anm,bm->ba");
}

}  // namespace tinytorch::oracle
