#pragma once

#include "tinytorch/core/node.hpp"
#include "tinytorch/core/ops.hpp"

/// How the given operations leave their nodes: private shorthand.
namespace tinytorch::detail {

inline Needs needs_of(Node& node) { return {node.needs(0), node.needs(1)}; }

inline void set(Grads grads, TensorPair pair) {
  grads[0] = std::move(pair.first);
  grads[1] = std::move(pair.second);
}

/// The wider of two dtypes: floats above integers, then more bytes.
DType promote(DType a, DType b);

}  // namespace tinytorch::detail
