// The members of Tensor that call the free function of their name: those of views.hpp and indexing.hpp, then those of
// pointwise.hpp, comparison.hpp and reductions.hpp.

#include "tinytorch/core/indexing.hpp"
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
std::vector<Tensor> Tensor::split(std::initializer_list<std::int64_t> sizes, std::int64_t dim) const {
  return tinytorch::split(*this, Dims(sizes), dim);
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
Tensor Tensor::masked_fill(const Tensor& mask, Scalar value) const {
  return tinytorch::masked_fill(*this, mask, value);
}

using IndexList = std::initializer_list<TensorIndex>;

Tensor Tensor::index(IndexList indices) const { return indexing::index(*this, {indices.begin(), indices.size()}); }
const Tensor& Tensor::index_put_(IndexList indices, const Tensor& values, bool accumulate) const {
  return indexing::index_put_(*this, {indices.begin(), indices.size()}, values, accumulate);
}
const Tensor& Tensor::index_put_(IndexList indices, Scalar value) const {
  return index_put_(indices, full({}, value, dtype()));
}
const Tensor& Tensor::masked_fill_(const Tensor& mask, Scalar value) const {
  return autograd::update(*this, "masked_fill_", {},
                          [&](const Tensor& x) { return tinytorch::masked_fill(x, mask, value); });
}

Tensor Tensor::add(const Tensor& other) const { return tinytorch::add(*this, other); }
Tensor Tensor::add(Scalar other) const { return tinytorch::add(*this, other); }
Tensor Tensor::sub(const Tensor& other) const { return tinytorch::sub(*this, other); }
Tensor Tensor::sub(Scalar other) const { return tinytorch::sub(*this, other); }
Tensor Tensor::mul(const Tensor& other) const { return tinytorch::mul(*this, other); }
Tensor Tensor::mul(Scalar other) const { return tinytorch::mul(*this, other); }
Tensor Tensor::div(const Tensor& other) const { return tinytorch::div(*this, other); }
Tensor Tensor::div(Scalar other) const { return tinytorch::div(*this, other); }
Tensor Tensor::pow(Scalar exponent) const { return tinytorch::pow(*this, exponent); }
Tensor Tensor::clamp(std::optional<Scalar> min, std::optional<Scalar> max) const {
  return tinytorch::clamp(*this, min, max);
}
Tensor Tensor::neg() const { return tinytorch::neg(*this); }
Tensor Tensor::abs() const { return tinytorch::abs(*this); }
Tensor Tensor::sign() const { return tinytorch::sign(*this); }
Tensor Tensor::floor() const { return tinytorch::floor(*this); }
Tensor Tensor::ceil() const { return tinytorch::ceil(*this); }
Tensor Tensor::round() const { return tinytorch::round(*this); }
Tensor Tensor::exp() const { return tinytorch::exp(*this); }
Tensor Tensor::log() const { return tinytorch::log(*this); }
Tensor Tensor::log1p() const { return tinytorch::log1p(*this); }
Tensor Tensor::expm1() const { return tinytorch::expm1(*this); }
Tensor Tensor::sqrt() const { return tinytorch::sqrt(*this); }
Tensor Tensor::rsqrt() const { return tinytorch::rsqrt(*this); }
Tensor Tensor::square() const { return tinytorch::square(*this); }
Tensor Tensor::reciprocal() const { return tinytorch::reciprocal(*this); }
Tensor Tensor::sin() const { return tinytorch::sin(*this); }
Tensor Tensor::cos() const { return tinytorch::cos(*this); }
Tensor Tensor::erf() const { return tinytorch::erf(*this); }
Tensor Tensor::relu() const { return tinytorch::relu(*this); }
Tensor Tensor::tanh() const { return tinytorch::tanh(*this); }
Tensor Tensor::sigmoid() const { return tinytorch::sigmoid(*this); }
Tensor Tensor::isnan() const { return tinytorch::isnan(*this); }
Tensor Tensor::logical_not() const { return tinytorch::logical_not(*this); }
Tensor Tensor::eq(const Tensor& other) const { return tinytorch::eq(*this, other); }
Tensor Tensor::eq(Scalar other) const { return tinytorch::eq(*this, other); }
Tensor Tensor::ne(const Tensor& other) const { return tinytorch::ne(*this, other); }
Tensor Tensor::ne(Scalar other) const { return tinytorch::ne(*this, other); }
Tensor Tensor::lt(const Tensor& other) const { return tinytorch::lt(*this, other); }
Tensor Tensor::lt(Scalar other) const { return tinytorch::lt(*this, other); }
Tensor Tensor::le(const Tensor& other) const { return tinytorch::le(*this, other); }
Tensor Tensor::le(Scalar other) const { return tinytorch::le(*this, other); }
Tensor Tensor::gt(const Tensor& other) const { return tinytorch::gt(*this, other); }
Tensor Tensor::gt(Scalar other) const { return tinytorch::gt(*this, other); }
Tensor Tensor::ge(const Tensor& other) const { return tinytorch::ge(*this, other); }
Tensor Tensor::ge(Scalar other) const { return tinytorch::ge(*this, other); }

Tensor Tensor::sum(DimList dims, bool keepdim) const { return tinytorch::sum(*this, dims, keepdim); }
Tensor Tensor::mean(DimList dims, bool keepdim) const { return tinytorch::mean(*this, dims, keepdim); }
Tensor Tensor::prod(DimList dims, bool keepdim) const { return tinytorch::prod(*this, dims, keepdim); }
Tensor Tensor::logsumexp(DimList dims, bool keepdim) const { return tinytorch::logsumexp(*this, dims, keepdim); }
Tensor Tensor::amax(DimList dims, bool keepdim) const { return tinytorch::amax(*this, dims, keepdim); }
Tensor Tensor::amin(DimList dims, bool keepdim) const { return tinytorch::amin(*this, dims, keepdim); }
Tensor Tensor::any(DimList dims, bool keepdim) const { return tinytorch::any(*this, dims, keepdim); }
Tensor Tensor::all(DimList dims, bool keepdim) const { return tinytorch::all(*this, dims, keepdim); }
Tensor Tensor::var(DimList dims, double correction, bool keepdim) const {
  return tinytorch::var(*this, dims, correction, keepdim);
}
Tensor Tensor::std(DimList dims, double correction, bool keepdim) const {
  return tinytorch::std(*this, dims, correction, keepdim);
}
Tensor Tensor::norm(double p, DimList dims, bool keepdim) const { return tinytorch::norm(*this, p, dims, keepdim); }
Tensor Tensor::max() const { return tinytorch::max(*this); }
Tensor Tensor::min() const { return tinytorch::min(*this); }
Tensor Tensor::argmax() const { return tinytorch::argmax(*this); }
Tensor Tensor::argmin() const { return tinytorch::argmin(*this); }
std::pair<Tensor, Tensor> Tensor::max(std::int64_t dim, bool keepdim) const {
  return tinytorch::max(*this, dim, keepdim);
}
std::pair<Tensor, Tensor> Tensor::min(std::int64_t dim, bool keepdim) const {
  return tinytorch::min(*this, dim, keepdim);
}
Tensor Tensor::argmax(std::int64_t dim, bool keepdim) const { return tinytorch::argmax(*this, dim, keepdim); }
Tensor Tensor::argmin(std::int64_t dim, bool keepdim) const { return tinytorch::argmin(*this, dim, keepdim); }
Tensor Tensor::cumsum(std::int64_t dim) const { return tinytorch::cumsum(*this, dim); }
Tensor Tensor::softmax(std::int64_t dim) const { return tinytorch::softmax(*this, dim); }
Tensor Tensor::log_softmax(std::int64_t dim) const { return tinytorch::log_softmax(*this, dim); }

}  // namespace tinytorch
