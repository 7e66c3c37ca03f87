// The members of Tensor that libtorch has besides those of members.cpp. Each calls the free function of its name.

#include "tinytorch/core/arrange.hpp"
#include "tinytorch/core/decompose.hpp"
#include "tinytorch/core/functions.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/statistics.hpp"

namespace tinytorch {

Scalar Tensor::item() const {
  if (is_floating(dtype())) return item<double>();
  if (dtype() == DType::boolean) return item<bool>();
  return item<std::int64_t>();
}
Tensor Tensor::operator[](const Tensor& at) const { return index({at}); }
Tensor Tensor::to(const TensorOptions& options) const { return options.has_dtype() ? to(options.dtype()) : *this; }

// Indexing and order.
const Tensor& Tensor::index_add_(std::int64_t dim, const Tensor& index, const Tensor& source, double alpha) const {
  return autograd::update(*this, "index_add_", {&source},
                          [&](const Tensor& x) { return tinytorch::index_add(x, dim, index, source, alpha); });
}
const Tensor& Tensor::index_fill_(std::int64_t dim, const Tensor& index, Scalar value) const {
  return autograd::update(*this, "index_fill_", {},
                          [&](const Tensor& x) { return tinytorch::index_fill(x, dim, index, value); });
}
const Tensor& Tensor::scatter_(std::int64_t dim, const Tensor& index, const Tensor& source) const {
  return autograd::update(*this, "scatter_", {&source},
                          [&](const Tensor& x) { return tinytorch::scatter(x, dim, index, source); });
}
const Tensor& Tensor::scatter_(std::int64_t dim, const Tensor& index, Scalar value) const {
  return autograd::update(*this, "scatter_", {},
                          [&](const Tensor& x) { return tinytorch::scatter(x, dim, index, value); });
}
const Tensor& Tensor::scatter_add_(std::int64_t dim, const Tensor& index, const Tensor& source) const {
  return autograd::update(*this, "scatter_add_", {&source},
                          [&](const Tensor& x) { return tinytorch::scatter_add(x, dim, index, source); });
}
Tensor Tensor::index_add(std::int64_t dim, const Tensor& index, const Tensor& source, double alpha) const {
  return tinytorch::index_add(*this, dim, index, source, alpha);
}
Tensor Tensor::scatter(std::int64_t dim, const Tensor& index, const Tensor& source) const {
  return tinytorch::scatter(*this, dim, index, source);
}
Tensor Tensor::scatter(std::int64_t dim, const Tensor& index, Scalar value) const {
  return tinytorch::scatter(*this, dim, index, value);
}
Tensor Tensor::scatter_add(std::int64_t dim, const Tensor& index, const Tensor& source) const {
  return tinytorch::scatter_add(*this, dim, index, source);
}
Tensor Tensor::masked_select(const Tensor& mask) const { return tinytorch::masked_select(*this, mask); }
Tensor Tensor::take(const Tensor& index) const { return tinytorch::take(*this, index); }
Tensor Tensor::nonzero() const { return tinytorch::nonzero(*this); }
Tensor Tensor::flip(Dims dims) const { return tinytorch::flip(*this, dims); }
Tensor Tensor::flip(std::initializer_list<std::int64_t> dims) const { return tinytorch::flip(*this, Shape(dims)); }
Tensor Tensor::roll(std::int64_t shift, std::int64_t dim) const {
  return tinytorch::roll(*this, Shape{shift}, Shape{dim});
}
Tensor Tensor::tril(std::int64_t diagonal) const { return tinytorch::tril(*this, diagonal); }
Tensor Tensor::triu(std::int64_t diagonal) const { return tinytorch::triu(*this, diagonal); }
Tensor Tensor::diag(std::int64_t diagonal) const { return tinytorch::diag(*this, diagonal); }
Tensor Tensor::diagonal(std::int64_t offset, std::int64_t dim1, std::int64_t dim2) const {
  return tinytorch::diagonal(*this, offset, dim1, dim2);
}
Tensor Tensor::unfold(std::int64_t dim, std::int64_t size, std::int64_t step) const {
  return tinytorch::unfold(*this, dim, size, step);
}
Tensor Tensor::repeat_interleave(std::int64_t repeats, std::int64_t dim) const {
  return tinytorch::repeat_interleave(*this, repeats, dim);
}
Tensor Tensor::swapaxes(std::int64_t dim0, std::int64_t dim1) const { return tinytorch::transpose(*this, dim0, dim1); }
Tensor Tensor::mT() const { return tinytorch::transpose(*this, -2, -1); }
std::pair<Tensor, Tensor> Tensor::sort(std::int64_t dim, bool descending) const {
  return tinytorch::sort(*this, dim, descending);
}
Tensor Tensor::argsort(std::int64_t dim, bool descending) const { return tinytorch::argsort(*this, dim, descending); }
std::pair<Tensor, Tensor> Tensor::topk(std::int64_t k, std::int64_t dim, bool largest) const {
  return tinytorch::topk(*this, k, dim, largest);
}

// Products and factors of matrices.
Tensor Tensor::mm(const Tensor& other) const { return tinytorch::mm(*this, other); }
Tensor Tensor::bmm(const Tensor& other) const { return tinytorch::bmm(*this, other); }
Tensor Tensor::mv(const Tensor& x) const { return tinytorch::mv(*this, x); }
Tensor Tensor::dot(const Tensor& other) const { return tinytorch::dot(*this, other); }
Tensor Tensor::outer(const Tensor& other) const { return tinytorch::outer(*this, other); }
Tensor Tensor::addmm(const Tensor& a, const Tensor& b, double beta, double alpha) const {
  return tinytorch::addmm(*this, a, b, beta, alpha);
}
Tensor Tensor::trace() const { return tinytorch::trace(*this); }
Tensor Tensor::inverse() const { return tinytorch::inverse(*this); }
Tensor Tensor::det() const { return tinytorch::det(*this); }
Tensor Tensor::logdet() const { return tinytorch::logdet(*this); }

// Element by element.
Tensor Tensor::pow(const Tensor& exponent) const { return tinytorch::pow(*this, exponent); }
Tensor Tensor::maximum(const Tensor& other) const { return tinytorch::maximum(*this, other); }
Tensor Tensor::minimum(const Tensor& other) const { return tinytorch::minimum(*this, other); }
Tensor Tensor::remainder(const Tensor& other) const { return tinytorch::remainder(*this, other); }
Tensor Tensor::remainder(Scalar other) const { return tinytorch::remainder(*this, other); }
Tensor Tensor::fmod(Scalar other) const { return tinytorch::fmod(*this, other); }
Tensor Tensor::atan2(const Tensor& other) const { return tinytorch::atan2(*this, other); }
Tensor Tensor::lerp(const Tensor& end, Scalar weight) const { return tinytorch::lerp(*this, end, weight); }
Tensor Tensor::addcmul(const Tensor& a, const Tensor& b, Scalar value) const {
  return tinytorch::addcmul(*this, a, b, value);
}
Tensor Tensor::addcdiv(const Tensor& a, const Tensor& b, Scalar value) const {
  return tinytorch::addcdiv(*this, a, b, value);
}
Tensor Tensor::clamp_min(Scalar min) const { return tinytorch::clamp_min(*this, min); }
Tensor Tensor::clamp_max(Scalar max) const { return tinytorch::clamp_max(*this, max); }
const Tensor& Tensor::clamp_min_(Scalar min) const { return clamp_(min, std::nullopt); }
const Tensor& Tensor::clamp_max_(Scalar max) const { return clamp_(std::nullopt, max); }
Tensor Tensor::isinf() const { return tinytorch::isinf(*this); }
Tensor Tensor::isfinite() const { return tinytorch::isfinite(*this); }
Tensor Tensor::logical_and(const Tensor& other) const { return tinytorch::logical_and(*this, other); }
Tensor Tensor::logical_or(const Tensor& other) const { return tinytorch::logical_or(*this, other); }
Tensor Tensor::logical_xor(const Tensor& other) const { return tinytorch::logical_xor(*this, other); }
Tensor Tensor::tan() const { return tinytorch::tan(*this); }
Tensor Tensor::asin() const { return tinytorch::asin(*this); }
Tensor Tensor::acos() const { return tinytorch::acos(*this); }
Tensor Tensor::atan() const { return tinytorch::atan(*this); }
Tensor Tensor::sinh() const { return tinytorch::sinh(*this); }
Tensor Tensor::cosh() const { return tinytorch::cosh(*this); }
Tensor Tensor::log2() const { return tinytorch::log2(*this); }
Tensor Tensor::log10() const { return tinytorch::log10(*this); }
Tensor Tensor::trunc() const { return tinytorch::trunc(*this); }
Tensor Tensor::frac() const { return tinytorch::frac(*this); }
Tensor Tensor::where(const Tensor& condition, const Tensor& other) const {
  return tinytorch::where(condition, *this, other);
}
bool Tensor::equal(const Tensor& other) const { return tinytorch::equal(*this, other); }
bool Tensor::allclose(const Tensor& other, double rtol, double atol, bool equal_nan) const {
  return tinytorch::allclose(*this, other, rtol, atol, equal_nan);
}

// Statistics.
Tensor Tensor::cumprod(std::int64_t dim) const { return tinytorch::cumprod(*this, dim); }
Tensor Tensor::count_nonzero(DimList dims) const { return tinytorch::count_nonzero(*this, dims); }
Tensor Tensor::nansum(DimList dims, bool keepdim) const { return tinytorch::nansum(*this, dims, keepdim); }
Tensor Tensor::median() const { return tinytorch::median(*this); }
std::pair<Tensor, Tensor> Tensor::median(std::int64_t dim, bool keepdim) const {
  return tinytorch::median(*this, dim, keepdim);
}
Tensor Tensor::quantile(double q, std::optional<std::int64_t> dim, bool keepdim) const {
  return tinytorch::quantile(*this, q, dim, keepdim);
}
Tensor Tensor::bincount(const Tensor& weights, std::int64_t minlength) const {
  return tinytorch::bincount(*this, weights, minlength);
}
Tensor Tensor::multinomial(std::int64_t samples, bool replacement) const {
  return tinytorch::multinomial(*this, samples, replacement);
}

// Creation.
Tensor rand(const Shape& sizes, DType dtype) { return rand(sizes, default_generator(), dtype); }
Tensor randn(const Shape& sizes, DType dtype) { return randn(sizes, default_generator(), dtype); }
const Tensor& Tensor::uniform_(double from, double to) const { return uniform_(from, to, default_generator()); }
const Tensor& Tensor::normal_(double mean, double std) const { return normal_(mean, std, default_generator()); }
const Tensor& Tensor::bernoulli_(double p) const { return bernoulli_(p, default_generator()); }
Tensor Tensor::new_empty(const Shape& sizes) const { return empty(sizes, dtype()); }
Tensor Tensor::new_zeros(const Shape& sizes) const { return zeros(sizes, dtype()); }
Tensor Tensor::new_ones(const Shape& sizes) const { return ones(sizes, dtype()); }
Tensor Tensor::new_full(const Shape& sizes, double value) const { return full(sizes, value, dtype()); }

}  // namespace tinytorch
