#include "tests/library/oracle/torch_table.hpp"
#include "tinytorch/core/vjps.hpp"

namespace tinytorch::oracle {

namespace {

using torch::Tensor;

// at::Reduction's number for ints[0], which is our Reduction.
std::int64_t reduction(const TorchArguments& in) {
  switch (static_cast<Reduction>(in.ints[0])) {
    case Reduction::none:
      return at::Reduction::None;
    case Reduction::mean:
      return at::Reduction::Mean;
    case Reduction::sum:
      return at::Reduction::Sum;
  }
  return -1;
}

TorchFunction loss(Tensor (*function)(const TorchArguments&, std::int64_t)) {
  return [function](const TorchArguments& in) -> TorchOutputs { return {function(in, reduction(in))}; };
}

using In = const TorchArguments&;

}  // namespace

void add_losses(TorchTable& table) {
  table["mse_loss"] = loss([](In in, std::int64_t r) { return torch::mse_loss(in.tensors[0], in.tensors[1], r); });
  table["l1_loss"] = loss([](In in, std::int64_t r) { return torch::l1_loss(in.tensors[0], in.tensors[1], r); });
  table["huber_loss"] =
      loss([](In in, std::int64_t r) { return torch::huber_loss(in.tensors[0], in.tensors[1], r, 0.7); });
  table["smooth_l1_loss"] =
      loss([](In in, std::int64_t r) { return torch::smooth_l1_loss(in.tensors[0], in.tensors[1], r, 0.7); });
  table["bce_with_logits"] = loss([](In in, std::int64_t r) {
    return torch::binary_cross_entropy_with_logits(in.tensors[0], in.tensors[1], {}, {}, r);
  });
  table["bce_with_pos_weight"] = loss([](In in, std::int64_t r) {
    return torch::binary_cross_entropy_with_logits(in.tensors[0], in.tensors[1], {}, in.tensors[2], r);
  });
  table["kl_div"] = loss([](In in, std::int64_t r) { return torch::kl_div(in.tensors[0], in.tensors[1], r); });
  table["binary_cross_entropy"] =
      loss([](In in, std::int64_t r) { return torch::binary_cross_entropy(in.tensors[0], in.tensors[1], {}, r); });
  table["cross_entropy"] = loss(
      [](In in, std::int64_t r) { return torch::cross_entropy_loss(in.tensors[0], in.tensors[1], {}, r, -100, 0.0); });
  table["cross_entropy_weighted"] = loss([](In in, std::int64_t r) {
    return torch::cross_entropy_loss(in.tensors[0], in.tensors[1], in.tensors[2], r, in.ints[1], 0.1);
  });
  table["cross_entropy_soft_targets"] = loss(
      [](In in, std::int64_t r) { return torch::cross_entropy_loss(in.tensors[0], in.tensors[1], {}, r, -100, 0.2); });
  table["nll_loss"] = loss(
      [](In in, std::int64_t r) { return torch::nll_loss_nd(in.tensors[0], in.tensors[1], in.tensors[2], r, -100); });
}

}  // namespace tinytorch::oracle
