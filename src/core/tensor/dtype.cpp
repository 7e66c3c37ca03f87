#include "tinytorch/core/pointwise.hpp"

namespace tinytorch {
namespace {

int rank(DType dtype) {
  switch (dtype) {
    case DType::boolean:
      return 0;
    case DType::uint8:
      return 1;
    case DType::int8:
      return 2;
    case DType::int32:
      return 3;
    case DType::int64:
      return 4;
    case DType::float32:
      return 5;
    case DType::float64:
      return 6;
    case DType::traced:
      return 7;
  }
  return 0;
}

// Boolean, integer, float. A number, or a tensor without dimensions, counts only if its kind is higher.
int kind(DType dtype) { return dtype == DType::boolean ? 0 : is_floating(dtype) ? 2 : 1; }

}  // namespace

DType promote_types(DType a, DType b) {
  if (a == b) return a;
  const bool uint8_with_int8 = rank(a) + rank(b) == 3 && a != DType::boolean && b != DType::boolean;
  if (uint8_with_int8) return DType::int32;
  return rank(a) > rank(b) ? a : b;
}

DType result_type(const Tensor& a, const Tensor& b) {
  if (a.dtype() == b.dtype()) return a.dtype();
  if ((a.dim() == 0) != (b.dim() == 0)) {
    const DType strong = a.dim() == 0 ? b.dtype() : a.dtype();
    const DType weak = a.dim() == 0 ? a.dtype() : b.dtype();
    if (kind(weak) <= kind(strong)) return strong;
  }
  return promote_types(a.dtype(), b.dtype());
}

DType result_type(const Tensor& a, Scalar b) {
  if (kind(b.dtype()) <= kind(a.dtype())) return a.dtype();
  return b.dtype() == DType::float64 ? DType::float32 : b.dtype();
}

}  // namespace tinytorch
