// Another right answer to part B: the sizes of the shorter shape are written into a copy of the longer one.

#include "tinytorch/core/broadcast.hpp"

#include "tinytorch/core/error.hpp"

namespace tinytorch {

Shape broadcast_shapes(const Shape& a, const Shape& b) {
  if (a.size() < b.size()) return broadcast_shapes(b, a);
  Shape result = a;
  for (std::int64_t d = 0; d < b.size(); ++d) {
    std::int64_t& size = result[a.size() - b.size() + d];
    if (size == b[d] || b[d] == 1) continue;
    if (size != 1) throw ShapeError("[broadcast] " + to_string(a) + " and " + to_string(b) + " don't fit");
    size = b[d];
  }
  return result;
}

}  // namespace tinytorch
