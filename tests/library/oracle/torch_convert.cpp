#include "tests/library/oracle/torch_convert.hpp"

#include "tinytorch/core/raw.hpp"

#include <cstring>
#include <stdexcept>
#include <vector>

namespace tinytorch::oracle {

namespace {

torch::Dtype dtype_for(DType dtype) {
  switch (dtype) {
    case DType::float32:
      return torch::kFloat32;
    case DType::float64:
      return torch::kFloat64;
    case DType::int64:
      return torch::kInt64;
    case DType::int32:
      return torch::kInt32;
    case DType::uint8:
      return torch::kUInt8;
    case DType::int8:
      return torch::kInt8;
    case DType::boolean:
      return torch::kBool;
    case DType::traced:
      break;
  }
  throw std::invalid_argument("libtorch has no such dtype");
}

DType dtype_from(torch::Dtype dtype) {
  for (const DType ours :
       {DType::float32, DType::float64, DType::int64, DType::int32, DType::uint8, DType::int8, DType::boolean})
    if (dtype_for(ours) == dtype) return ours;
  throw std::invalid_argument("TinyTorch has no such dtype");
}

}  // namespace

torch::Tensor to_torch(const Tensor& x) {
  if (!x.defined()) return {};
  const Tensor values = raw::contiguous(x.detach());
  const std::vector<std::int64_t> sizes(x.sizes().begin(), x.sizes().end());
  torch::Tensor result = torch::empty(sizes, dtype_for(x.dtype()));
  if (x.numel() > 0)
    std::memcpy(result.data_ptr(), values.data(), static_cast<std::size_t>(x.numel() * item_size(x.dtype())));
  return result;
}

Tensor from_torch(const torch::Tensor& x) {
  if (!x.defined()) return {};
  const torch::Tensor values = x.detach().contiguous();
  Shape sizes;
  for (const std::int64_t size : values.sizes()) sizes.push_back(size);
  Tensor result = empty(sizes, dtype_from(values.scalar_type()));
  if (result.numel() > 0)
    std::memcpy(result.data(), values.data_ptr(), static_cast<std::size_t>(result.numel() * item_size(result.dtype())));
  return result;
}

}  // namespace tinytorch::oracle
