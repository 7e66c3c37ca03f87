#pragma once

#include "tinytorch/core/tensor.hpp"

#include <filesystem>
#include <string>
#include <string_view>

/// NumPy's files of arrays: .npy holds one, .npz is a zip archive of them, `numpy.load("weights.npz")["0.weight"]`.
/// A reader checks every size in a file before it allocates: it never asks for more memory than the file's bytes fill.
/// Sources: numpy.lib.format, versions 1 to 3; PKWARE's appnote, 6.3.
namespace tinytorch::data {

/// Writes the tensors in order, not compressed. The file appears whole or not at all.
/// Throws FileError, ValueError for a name that is empty, occurs twice or leads out of the archive (`../w`) and for
/// 4 GiB and more, DTypeError for traced.
void save_npz(const std::filesystem::path& file, const StateDict& tensors);

/// The arrays of a .npz file in its order, stored or deflated.
/// Throws FileError, and FormatError for a file that is damaged (check sums are compared) or of another kind, for
/// entries that overlap, and for a name that occurs twice or leads out of the archive.
StateDict load_npz(const std::filesystem::path& file);

/// Writes one tensor. Throws as save_npz does.
void save_npy(const std::filesystem::path& file, const Tensor& tensor);
/// One array: little-endian floats (4, 8 bytes), integers (1, 4, 8), bytes or booleans, in C or Fortran order.
/// Throws as load_npz does.
Tensor load_npy(const std::filesystem::path& file);

/// As above, for bytes in memory. `name` stands for the file in messages.
std::string serialize_npz(const StateDict& tensors);
StateDict parse_npz(std::string_view bytes, std::string_view name);
std::string serialize_npy(const Tensor& tensor);
Tensor parse_npy(std::string_view bytes, std::string_view name);

}  // namespace tinytorch::data
