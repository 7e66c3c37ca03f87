#include "tinytorch/core/shape.hpp"

#include "tinytorch/core/error.hpp"

#include <fmt/format.h>

namespace tinytorch {

void Shape::too_many_dimensions() {
  throw ShapeError(detail::text({"[shape] more than ", static_cast<int>(max_rank), " dimensions"}));
}

std::string to_string(const Shape& shape) {
  if (shape.size() == 1) return fmt::format("({},)", shape[0]);
  return fmt::format("({})", fmt::join(shape.begin(), shape.end(), ", "));
}

std::int64_t wrap_dim(std::int64_t dim, std::int64_t rank, const char* op) {
  if (dim >= 0 && dim < rank) return dim;
  if (dim < 0 && dim >= -rank) return dim + rank;
  throw IndexError(detail::text({"[", op, "] dimension ", dim, " is out of range for rank ", rank}));
}

}  // namespace tinytorch
