#pragma once

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/vjps.hpp"

/// How the given operations leave their nodes: shorthand, not for programs.
namespace tinytorch::detail {

using autograd::make_node;
using autograd::needs_grad;
using autograd::Node;
using autograd::record;
using autograd::Saved;
using Grads = std::span<Tensor>;

}  // namespace tinytorch::detail
