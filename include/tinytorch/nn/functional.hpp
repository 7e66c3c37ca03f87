#pragma once

/// The operations of networks as functions without state, in namespace tinytorch::nn::functional. All have derivatives
/// of every order. Each header also has the layer classes that call its functions. A program that minds compile time
/// includes only the headers it needs. (lstm_cell is in nn/lstm.hpp, which is not included here.)

// linear
#include "tinytorch/nn/linear.hpp"

// gelu, silu, leaky_relu, elu, softplus, logsigmoid; relu, sigmoid, tanh, softmax and log_softmax are in core/ops.hpp
#include "tinytorch/nn/activations.hpp"

// dropout
#include "tinytorch/nn/dropout.hpp"

// conv1d, conv2d
#include "tinytorch/nn/conv.hpp"

// max_pool2d, avg_pool2d, adaptive_avg_pool2d
#include "tinytorch/nn/pool.hpp"

// layer_norm, rms_norm, group_norm, batch_norm
#include "tinytorch/nn/norm.hpp"

// embedding
#include "tinytorch/nn/embedding.hpp"

// scaled_dot_product_attention
#include "tinytorch/nn/attention.hpp"

// cross_entropy, nll_loss, mse_loss, l1_loss, huber_loss, smooth_l1_loss, binary_cross_entropy, bce_with_logits, kl_div
#include "tinytorch/nn/loss.hpp"

namespace tinytorch::nn::functional {}
