#pragma once

#include "tinytorch/core/tensor.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

/// The bytes of an IDX file, the format of MNIST: a header, then the elements in row-major order, all big-endian.
/// Lab 05 defines both functions (unit data/readers). Files are read and written by formats/idx.hpp.
/// Source: Yann LeCun, "The MNIST database of handwritten digits", file format.
namespace tinytorch::data {

struct IdxHeader {
  DType dtype = DType::uint8;
  Shape sizes;
  std::int64_t data_offset = 0;  ///< bytes before the first element
  std::int64_t data_bytes = 0;   ///< bytes of all elements
};

/// The header at the start of `bytes`: 0, 0, the type (0x08 uint8, 0x09 int8, 0x0C int32, 0x0D float32, 0x0E float64),
/// the number of dimensions (at most 8), then each size as four bytes. Bytes after the header are not read.
/// Throws FormatError with the position of the wrong byte ("byte 2"). Where bytes are missing, that is the position
/// where they end. Also throws when the sizes other than 0 would make 2^63 bytes or more: with the position of the
/// first size that makes so many.
IdxHeader parse_idx_header(std::span<const std::byte> bytes);

/// The tensor in an IDX file. Throws FormatError as parse_idx_header does, and when the number of bytes is not the one
/// that the header states: with the position of the first byte that is missing or too many. Nothing is allocated before
/// these checks.
Tensor read_idx(std::span<const std::byte> bytes);

}  // namespace tinytorch::data
