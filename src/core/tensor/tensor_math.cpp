#include "tinytorch/core/ops.hpp"

// The members of Tensor that are free functions of pointwise.hpp, comparison.hpp and reductions.hpp.
namespace tinytorch {

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
