#pragma once

#include "tests/library/ops/op.hpp"
#include "tests/library/oracle/torch_convert.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <torch/torch.h>

/// For each description in tests/library/ops, by name: the function of libtorch that should give the same results.
namespace tinytorch::oracle {

struct TorchArguments {
  std::vector<torch::Tensor> tensors;
  std::vector<std::int64_t> ints;
};

using TorchOutputs = std::vector<torch::Tensor>;
using TorchFunction = std::function<TorchOutputs(const TorchArguments&)>;
using TorchTable = std::map<std::string, TorchFunction>;

/// All packages.
TorchTable torch_table();

void add_pointwise(TorchTable& table);
void add_reductions(TorchTable& table);
void add_views(TorchTable& table);
void add_indexing(TorchTable& table);
void add_linalg(TorchTable& table);
void add_functions_and_factors(TorchTable& table);
void add_layers(TorchTable& table);
void add_modules(TorchTable& table);
void add_networks(TorchTable& table);
void add_losses(TorchTable& table);
void add_optimizers(TorchTable& table);

/// What libtorch returns for the same arguments and upstream gradients.
ops::Outcome torch_outcome(const ops::Op& op, const TorchFunction& function, const ops::Arguments& arguments);

}  // namespace tinytorch::oracle
