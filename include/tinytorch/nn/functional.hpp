#pragma once

#include "tinytorch/nn/activation.hpp"
#include "tinytorch/nn/bce.hpp"
#include "tinytorch/nn/conv.hpp"
#include "tinytorch/nn/cross_entropy.hpp"
#include "tinytorch/nn/dropout.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/nn/losses.hpp"
#include "tinytorch/nn/pool.hpp"

/// The differentiable operations of networks, without state: linear, convolutions, pooling, activations, losses. Each
/// stands beside its layer. All have derivatives of every order.
namespace tinytorch::nn::functional {}
