// Lab 05, part A: from the bytes of a file, which may be damaged, to a tensor.

#include "tinytorch/data/readers.hpp"

#include "src/course/holes.hpp"

#include <algorithm>
#include <limits>
#include <string>

namespace tinytorch::data {

// The header at the start of the bytes of an IDX file.
//   00 00 08 01 00 00 00 02 07 09 -> uint8, (2), data_offset 8, data_bytes 2
//   00 00 07 ...                  -> FormatError "byte 2"
IdxHeader parse_idx_header(std::span<const std::byte> bytes) {
  // BEGIN 5.1: check each byte before you use it
  TINYTORCH_TODO("5.1");
  // END 5.1
}

// The tensor in the bytes of an IDX file.
//   00 00 08 01 00 00 00 02 07 09 -> (7 9)
Tensor read_idx(std::span<const std::byte> bytes) {
  // BEGIN 5.2: check the length before you allocate
  TINYTORCH_TODO("5.2");
  // END 5.2
}

}  // namespace tinytorch::data
