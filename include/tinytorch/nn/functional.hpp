#pragma once

#include "tinytorch/nn/activation.hpp"
#include "tinytorch/nn/attention.hpp"
#include "tinytorch/nn/average_pool.hpp"
#include "tinytorch/nn/batch_norm.hpp"
#include "tinytorch/nn/bce.hpp"
#include "tinytorch/nn/conv.hpp"
#include "tinytorch/nn/cross_entropy.hpp"
#include "tinytorch/nn/dropout.hpp"
#include "tinytorch/nn/embedding.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/nn/losses.hpp"
#include "tinytorch/nn/norm.hpp"
#include "tinytorch/nn/pool.hpp"

/// The differentiable operations of networks, without state: linear, convolutions, pooling, normalisation, activations,
/// attention, losses. Each stands beside its layer. All have derivatives of every order.
namespace tinytorch::nn::functional {}
