#pragma once

#include "tests/kit/measured_digits.hpp"
#include "tinytorch/nn/mlp.hpp"

#include <cstdint>

/// The network whose compression lab 09 measures.
namespace tinytorch::lab {

/// Two layers of 3x3 kernels, pooled once, and two linear layers: images (n, 1, 8, 8) -> (n, 10). It has learnt four
/// fifths of the digits.
nn::Sequential trained_lenet(const Digits& digits, std::uint64_t seed);

/// The images of a data set, (n, 1, 8, 8).
Tensor images_of(const data::TensorDataset& digits);

}  // namespace tinytorch::lab
