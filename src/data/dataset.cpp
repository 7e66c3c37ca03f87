#include "tinytorch/data/dataset.hpp"

#include "tinytorch/core/raw.hpp"

#include <fmt/format.h>

namespace tinytorch::data {

namespace {

void check_index(std::int64_t index, std::int64_t size, const char* op) {
  if (index < 0 || index >= size) throw IndexError(fmt::format("[{}] example {} of {}", op, index, size));
}

// Row `index` of x, a view. The bounds were checked.
Tensor row(const Tensor& x, std::int64_t index) {
  Shape sizes = x.sizes(), strides = x.strides();
  const std::int64_t offset = x.storage_offset() + index * strides[0];
  sizes.erase(0);
  strides.erase(0);
  return as_strided(x, sizes, strides, offset);
}

}  // namespace

Dataset::~Dataset() = default;

TensorDataset::TensorDataset(Tensor inputs, Tensor targets) : inputs_(std::move(inputs)), targets_(std::move(targets)) {
  if (inputs_.dim() < 1 || targets_.dim() < 1 || inputs_.size(0) != targets_.size(0))
    throw ShapeError(fmt::format("[tensor_dataset] inputs {} and targets {} are not equally many",
                                 to_string(inputs_.sizes()), to_string(targets_.sizes())));
}

Example TensorDataset::get(std::int64_t index) const {
  check_index(index, size(), "tensor_dataset");
  return {row(inputs_, index), row(targets_, index)};
}

Subset::Subset(const Dataset& whole, std::vector<std::int64_t> indices) : whole_(&whole), indices_(std::move(indices)) {
  for (const std::int64_t index : indices_) check_index(index, whole.size(), "subset");
}

Example Subset::get(std::int64_t index) const {
  check_index(index, size(), "subset");
  return whole_->get(indices_[static_cast<std::size_t>(index)]);
}

}  // namespace tinytorch::data
