// Lab 01, part B: the shape under which two operands meet.

#include "tinytorch/core/broadcast.hpp"

#include "tinytorch/core/error.hpp"

#include <cstdint>

namespace tinytorch {

// The shape that a and b share.
//   (3, 1) and (4) -> (3, 4)     (2, 3) and (3, 1) -> ShapeError that shows both
Shape broadcast_shapes(const Shape& a, const Shape& b) {
  // BEGIN SOLUTION 1.7: from the right; a missing dimension counts as 1
  const std::int64_t rank = a.size() > b.size() ? a.size() : b.size();
  Shape result = Shape::filled(rank, 1);
  for (std::int64_t back = 1; back <= rank; ++back) {
    const std::int64_t size_a = back <= a.size() ? a[a.size() - back] : 1;
    const std::int64_t size_b = back <= b.size() ? b[b.size() - back] : 1;
    if (size_a != size_b && size_a != 1 && size_b != 1) {
      throw ShapeError("[broadcast] shapes don't fit each other: " + to_string(a) + " x " + to_string(b));
    }
    result[rank - back] = size_a == 1 ? size_b : size_a;
  }
  return result;
  // END SOLUTION
}

}  // namespace tinytorch
