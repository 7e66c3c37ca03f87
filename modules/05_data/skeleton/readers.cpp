// Lab 05, part A: bytes of a file that may be anything, and the tensor that they are when they are right.

#include "src/course/holes.hpp"
#include "tinytorch/data/readers.hpp"

#include <algorithm>
#include <limits>
#include <string>

namespace tinytorch::data {

// The header at the start of `bytes`: 0, 0, type, number of dimensions (at most 8), then each size in four bytes.
//   00 00 08 01 00 00 00 02 07 09 -> uint8, (2), data_offset 8, data_bytes 2
// FormatError with the position of the wrong byte ("byte 2"), where bytes are missing (at "byte N" of N), and where the
// sizes other than 0 make 2^63 bytes or more.
IdxHeader parse_idx_header(std::span<const std::byte> bytes) {
  TINYTORCH_TODO("5.1");  // nothing is believed before it is checked
}

// The tensor in an IDX file; its elements are big-endian, too.
//   00 00 08 01 00 00 00 02 07 09 -> (7 9)
// FormatError unless there are exactly as many bytes as the header says, before anything is allocated.
Tensor read_idx(std::span<const std::byte> bytes) {
  TINYTORCH_TODO("5.2");  // length first, then memory
}

}  // namespace tinytorch::data
