#pragma once

#include "tinytorch/core/comparison.hpp"
#include "tinytorch/core/creation.hpp"
#include "tinytorch/core/einsum.hpp"
#include "tinytorch/core/index.hpp"
#include "tinytorch/core/indexing.hpp"
#include "tinytorch/core/judging.hpp"
#include "tinytorch/core/linalg.hpp"
#include "tinytorch/core/ordering.hpp"
#include "tinytorch/core/pointwise.hpp"
#include "tinytorch/core/rearrange.hpp"
#include "tinytorch/core/reductions.hpp"
#include "tinytorch/core/views.hpp"

/// Differentiable operations. Each is a raw kernel, and a node when one of its inputs requires a gradient.
/// Names, argument order and semantics are libtorch's.
namespace tinytorch {}
