#pragma once

/// What a libtorch program includes: tinytorch.hpp, and what it leaves out because fewer programs need it.

#include "tinytorch/tinytorch.hpp"

// hstack, tile, tensor_split, rot90, diff, kron, cross, take, index_fill
#include "tinytorch/core/arrange.hpp"

// asin, sinh, atan2, hypot, fmod, lerp, logaddexp, nan_to_num
#include "tinytorch/core/functions.hpp"

// median, quantile, cumprod, cov, unique, bincount, histc, searchsorted, multinomial, cdist
#include "tinytorch/core/statistics.hpp"

// a loader that owns its data set
#include "tinytorch/data/make_data_loader.hpp"

// ModuleDict, NamedSequential, ParameterList, ParameterDict, Functional
#include "tinytorch/nn/containers.hpp"

// ConvTranspose1d and 2d
#include "tinytorch/nn/conv_transpose.hpp"

// a registry of models, a window for requests, replies
#include "tinytorch/nn/deploy_batching.hpp"
#include "tinytorch/nn/deploy_registry.hpp"
#include "tinytorch/nn/deploy_traffic.hpp"

// GRU and RNN
#include "tinytorch/nn/gru.hpp"

// networks of integers, networks with fewer weights
#include "tinytorch/nn/layer_errors.hpp"
#include "tinytorch/nn/prune.hpp"
#include "tinytorch/nn/quantized_net.hpp"

// models as ONNX files
#include "tinytorch/nn/onnx.hpp"

// interpolate, PixelShuffle, Unflatten, padding layers, MaxPool1d
#include "tinytorch/nn/resize.hpp"

// pad_sequence, pack_padded_sequence
#include "tinytorch/nn/sequence.hpp"

// tt::max_pool2d(x, 2), tt::dropout(x), F::softmax
#include "tinytorch/nn/short_forms.hpp"

// cosine_similarity, pairwise_distance, triplet_margin_loss
#include "tinytorch/nn/similarity.hpp"

// clip_grad_norm_, parameters_to_vector
#include "tinytorch/nn/utils.hpp"

// LBFGS
#include "tinytorch/optim/lbfgs.hpp"

// save and load
#include "tinytorch/optim/serialize.hpp"

namespace tinytorch {}
