// The members of Tensor that are free functions under another roof.

#include "tinytorch/core/index.hpp"
#include "tinytorch/core/linalg.hpp"
#include "tinytorch/core/ops.hpp"

namespace tinytorch {

Tensor Tensor::reshape(const Shape& sizes) const { return tinytorch::reshape(*this, sizes); }
Tensor Tensor::permute(const Shape& order) const { return tinytorch::permute(*this, order); }
Tensor Tensor::transpose(std::int64_t dim0, std::int64_t dim1) const { return tinytorch::transpose(*this, dim0, dim1); }
Tensor Tensor::t() const { return tinytorch::t(*this); }
Tensor Tensor::slice(std::int64_t dim, std::int64_t start, std::int64_t stop, std::int64_t step) const {
  return tinytorch::slice(*this, dim, start, stop, step);
}
Tensor Tensor::select(std::int64_t dim, std::int64_t index) const { return tinytorch::select(*this, dim, index); }
Tensor Tensor::expand(const Shape& sizes) const { return tinytorch::expand(*this, sizes); }
Tensor Tensor::squeeze(std::int64_t dim) const { return tinytorch::squeeze(*this, dim); }
Tensor Tensor::unsqueeze(std::int64_t dim) const { return tinytorch::unsqueeze(*this, dim); }
Tensor Tensor::contiguous() const { return tinytorch::contiguous(*this); }
Tensor Tensor::to(DType dtype) const { return tinytorch::to(*this, dtype); }

Tensor Tensor::view(const Shape& sizes) const { return tinytorch::view(*this, sizes); }
Tensor Tensor::view_as(const Tensor& other) const { return tinytorch::view_as(*this, other); }
Tensor Tensor::reshape_as(const Tensor& other) const { return tinytorch::reshape_as(*this, other); }
Tensor Tensor::expand_as(const Tensor& other) const { return tinytorch::expand_as(*this, other); }
Tensor Tensor::squeeze() const { return tinytorch::squeeze(*this); }
Tensor Tensor::flatten(std::int64_t start_dim, std::int64_t end_dim) const {
  return tinytorch::flatten(*this, start_dim, end_dim);
}
Tensor Tensor::unflatten(std::int64_t dim, const Shape& sizes) const { return tinytorch::unflatten(*this, dim, sizes); }
Tensor Tensor::movedim(std::int64_t source, std::int64_t destination) const {
  return tinytorch::movedim(*this, source, destination);
}
Tensor Tensor::narrow(std::int64_t dim, std::int64_t start, std::int64_t length) const {
  return tinytorch::narrow(*this, dim, start, length);
}
Tensor Tensor::repeat(const Shape& repeats) const { return tinytorch::repeat(*this, repeats); }
std::vector<Tensor> Tensor::split(std::int64_t size, std::int64_t dim) const {
  return tinytorch::split(*this, size, dim);
}
std::vector<Tensor> Tensor::chunk(std::int64_t chunks, std::int64_t dim) const {
  return tinytorch::chunk(*this, chunks, dim);
}
std::vector<Tensor> Tensor::unbind(std::int64_t dim) const { return tinytorch::unbind(*this, dim); }
Tensor Tensor::matmul(const Tensor& other) const { return tinytorch::matmul(*this, other); }
Tensor Tensor::gather(std::int64_t dim, const Tensor& index) const { return tinytorch::gather(*this, dim, index); }
Tensor Tensor::index_select(std::int64_t dim, const Tensor& index) const {
  return tinytorch::index_select(*this, dim, index);
}
Tensor Tensor::masked_fill(const Tensor& mask, double value) const {
  return tinytorch::masked_fill(*this, mask, value);
}

using IndexList = std::initializer_list<TensorIndex>;

Tensor Tensor::index(IndexList indices) const { return indexing::index(*this, {indices.begin(), indices.size()}); }
const Tensor& Tensor::index_put_(IndexList indices, const Tensor& values, bool accumulate) const {
  return indexing::index_put_(*this, {indices.begin(), indices.size()}, values, accumulate);
}
const Tensor& Tensor::index_put_(IndexList indices, double value) const {
  return index_put_(indices, full({}, value, dtype()));
}
const Tensor& Tensor::masked_fill_(const Tensor& mask, double value) const {
  return autograd::update(*this, "masked_fill_", {},
                          [&](const Tensor& x) { return tinytorch::masked_fill(x, mask, value); });
}

}  // namespace tinytorch
