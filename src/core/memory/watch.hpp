#pragma once

#include "tinytorch/core/autograd.hpp"

#include <memory>
#include <vector>

/// What a node has when somebody watches its gradient. Private to the library.
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

/// The gradient that the hooks let through, each in its turn.
Tensor run_hooks(Watch& watch, Tensor grad);

/// What retain_grad kept; undefined where it was not called.
Tensor retained_grad(const Node& node);

}  // namespace tinytorch::autograd
