#pragma once

/// All differentiable operations. Each computes with raw kernels and records a node when one of its inputs requires a
/// gradient. Names, argument order and semantics are libtorch's. A program that minds compile time includes the header
/// of one family:

// add, sub, mul, div, pow, exp, log, sqrt, sin, abs, round, clamp, relu, sigmoid, tanh, operators: element by element
#include "tinytorch/core/pointwise.hpp"

// eq, lt, isnan, isclose, logical_and, where: boolean tensors; equal, allclose: whole tensors
#include "tinytorch/core/comparison.hpp"

// sum, mean, prod, max, argmax, var, norm, softmax, logsumexp, cumsum: along dimensions
#include "tinytorch/core/reductions.hpp"

// matmul, mm, bmm, dot, outer, addmm: products of matrices and vectors
#include "tinytorch/core/linalg.hpp"

// einsum: any product and sum, from a text such as "ij,jk->ik"
#include "tinytorch/core/einsum.hpp"

// reshape, permute, transpose, slice, expand, squeeze, flatten, split, unfold: other shapes for the same elements
#include "tinytorch/core/views.hpp"

// flip, roll, repeat, pad, diag, tril, triu, meshgrid: elements copied to other places
#include "tinytorch/core/rearrange.hpp"

// cat, stack, index_select, gather, scatter, nonzero, one_hot, masked_fill; x.index({Slice(1), ids}): elements picked
#include "tinytorch/core/indexing.hpp"

// sort, argsort, topk: elements by rank
#include "tinytorch/core/ordering.hpp"

// arange, linspace, eye, zeros_like: tensors from nothing
#include "tinytorch/core/creation.hpp"

// TensorOptions, Device, zeros({2, 3}, dtype(kFloat64).requires_grad()), tensor(3.0), accessor
#include "tinytorch/core/options.hpp"

// Apart, because fewer programs need them:
//   core/functions.hpp   asin, sinh, atan2, hypot, fmod, lerp, logaddexp, nan_to_num: more functions of numbers
//   core/statistics.hpp  median, quantile, cumprod, cov, bincount, histc, unique, searchsorted, multinomial, cdist
//   core/arrange.hpp     hstack, tile, tensor_split, rot90, diff, kron, cross, take, index_fill: more joins and parts
//   core/decompose.hpp   linalg::inv, solve, lstsq, svd, qr, eigh, cholesky, det, pinv

namespace tinytorch {}
