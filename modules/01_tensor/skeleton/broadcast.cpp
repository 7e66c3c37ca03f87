// Lab 01, part B: the shape under which two operands meet.

#include "tinytorch/core/broadcast.hpp"

#include "src/course/holes.hpp"
#include "tinytorch/core/error.hpp"

#include <cstdint>

namespace tinytorch {

// The shape that a and b share.
//   (3, 1) and (4) -> (3, 4)     (2, 3) and (3, 1) -> ShapeError that shows both
Shape broadcast_shapes(const Shape& a, const Shape& b) {
  // BEGIN 1.7: from the right; a missing dimension counts as 1
  TINYTORCH_TODO("1.7");
  // END 1.7
}

}  // namespace tinytorch
