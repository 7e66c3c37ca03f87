#pragma once

#include "tinytorch/core/autograd.hpp"

#include <memory>
#include <vector>

/// The hooks of a node and the gradient that retain_grad keeps. Private to the library.
namespace tinytorch::autograd {

struct Watch {
  struct Entry {
    unsigned id;
    std::shared_ptr<Hook> hook;
  };
  std::vector<Entry> hooks;  ///< in the order of their registration
  unsigned next_id = 0;
  bool retains = false;  ///< retain_grad was called
  Tensor retained;
};

/// Calls the hooks in the order of their registration; each may return another gradient. Returns the last one.
Tensor run_hooks(Watch& watch, Tensor grad);

/// The gradient that retain_grad kept; undefined where retain_grad was not called.
Tensor retained_grad(const Node& node);

}  // namespace tinytorch::autograd
