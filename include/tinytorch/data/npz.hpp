#pragma once

#include "tinytorch/core/named_tensor.hpp"

#include <filesystem>

/// NumPy's files of arrays: .npy holds one, .npz is a zip archive of them, `numpy.load("weights.npz")["0.weight"]`.
/// Sources: numpy.lib.format, versions 1 to 3; PKWARE's appnote, 6.3.
namespace tinytorch::data {

/// Writes the tensors in order, not compressed. The file appears whole or not at all (written beside, then renamed).
/// Throws FileError, ValueError for a name that is empty or occurs twice or 4 GiB and more, DTypeError for traced.
void save_npz(const std::filesystem::path& file, const StateDict& tensors);

/// The arrays of a .npz file in its order, stored or deflated.
/// Throws FileError, and FormatError for a file that is damaged (check sums are compared) or of another kind.
StateDict load_npz(const std::filesystem::path& file);

/// One tensor, as save_npz.
void save_npy(const std::filesystem::path& file, const Tensor& tensor);
/// One array: little-endian floats (4, 8 bytes), integers (1, 4, 8), bytes or booleans, in C or Fortran order.
/// Throws as load_npz.
Tensor load_npy(const std::filesystem::path& file);

}  // namespace tinytorch::data
