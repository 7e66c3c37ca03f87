#pragma once

#include "tinytorch/core/creation.hpp"
#include "tinytorch/core/random.hpp"
#include "tinytorch/core/tensor.hpp"

#include <concepts>
#include <cstdint>
#include <optional>

/// What a libtorch program says about new tensors: TensorOptions, Device, and each function of creation with them. Also
/// the accessor, which reads elements by their indices.
namespace tinytorch {

using std::nullopt;
using std::optional;

enum class DeviceType : std::uint8_t { CPU, CUDA };
constexpr DeviceType kCPU = DeviceType::CPU, kCUDA = DeviceType::CUDA;

/// Where a tensor is: on the CPU, the only place there is.
class Device {
 public:
  /// Throws ValueError for another kind than the CPU.
  Device(DeviceType type = kCPU) {  // NOLINT(google-explicit-constructor): x.to(kCPU)
    if (type != kCPU) throw ValueError("[device] tensors are on the CPU: there is no other device");
  }
  DeviceType type() const { return kCPU; }
  bool is_cpu() const { return true; }
  bool is_cuda() const { return false; }
  friend bool operator==(const Device&, const Device&) { return true; }
};

namespace cuda {
/// False: this library computes on the CPU.
constexpr bool is_available() { return false; }
constexpr std::int64_t device_count() { return 0; }
}  // namespace cuda

/// The dtype of a new tensor and whether it is a leaf that collects a gradient. What is not said stays open: float32,
/// or for tensor({...}) what its numbers say, and no gradient.
class TensorOptions {
 public:
  TensorOptions() = default;
  TensorOptions(DType dtype) : dtype_(dtype) {}     // NOLINT(google-explicit-constructor): as in libtorch
  TensorOptions(Device) {}                          // NOLINT(google-explicit-constructor)
  TensorOptions(DeviceType type) { device(type); }  // NOLINT(google-explicit-constructor)

  TensorOptions dtype(DType dtype) const {
    TensorOptions changed = *this;
    changed.dtype_ = dtype;
    return changed;
  }
  TensorOptions requires_grad(bool on) const {
    TensorOptions changed = *this;
    changed.requires_grad_ = on;
    return changed;
  }
  /// Throws ValueError for another device than the CPU.
  TensorOptions device(Device) const { return *this; }

  bool has_dtype() const { return dtype_.has_value(); }
  DType dtype() const { return dtype_.value_or(DType::float32); }
  bool requires_grad() const { return requires_grad_; }
  Device device() const { return kCPU; }

 private:
  std::optional<DType> dtype_;
  bool requires_grad_ = false;
};

inline TensorOptions dtype(DType type) { return TensorOptions(type); }
inline TensorOptions requires_grad(bool on = true) { return TensorOptions().requires_grad(on); }
inline TensorOptions device(Device where) { return TensorOptions(where); }

namespace detail {
inline Tensor marked(const Tensor& x, const TensorOptions& options) {
  return options.requires_grad() ? x.set_requires_grad() : x;
}
}  // namespace detail

inline Tensor empty(const Shape& sizes, const TensorOptions& options) {
  return detail::marked(empty(sizes, options.dtype()), options);
}
inline Tensor zeros(const Shape& sizes, const TensorOptions& options) {
  return detail::marked(zeros(sizes, options.dtype()), options);
}
inline Tensor ones(const Shape& sizes, const TensorOptions& options) {
  return detail::marked(ones(sizes, options.dtype()), options);
}
inline Tensor full(const Shape& sizes, Scalar value, const TensorOptions& options) {
  return detail::marked(full(sizes, value, options.dtype()), options);
}
inline Tensor rand(const Shape& sizes, const TensorOptions& options) {
  return detail::marked(rand(sizes, options.dtype()), options);
}
inline Tensor randn(const Shape& sizes, const TensorOptions& options) {
  return detail::marked(randn(sizes, options.dtype()), options);
}
inline Tensor eye(std::int64_t n, const TensorOptions& options) {
  return detail::marked(eye(n, n, options.dtype()), options);
}
inline Tensor linspace(double start, double end, std::int64_t steps, const TensorOptions& options) {
  return detail::marked(linspace(start, end, steps, options.dtype()), options);
}
inline Tensor arange(Scalar start, Scalar end, Scalar step, const TensorOptions& options) {
  return detail::marked(options.has_dtype() ? arange(start, end, step, options.dtype()) : arange(start, end, step),
                        options);
}
inline Tensor arange(Scalar start, Scalar end, const TensorOptions& options) { return arange(start, end, 1, options); }
inline Tensor arange(Scalar end, const TensorOptions& options) { return arange(0, end, 1, options); }
inline Tensor randint(std::int64_t low, std::int64_t high, const Shape& sizes, const TensorOptions& options) {
  const DType type = options.has_dtype() ? options.dtype() : DType::int64;
  return randint(low, high, sizes, default_generator(), type);
}
inline Tensor from_blob(void* data, const Shape& sizes, const TensorOptions& options) {
  return detail::marked(from_blob(data, sizes, options.dtype()), options);
}

/// The numbers in braces with the options' dtype, or else as tensor() without options.
inline Tensor tensor(detail::NestedNumbers numbers, const TensorOptions& options) {
  return detail::marked(tensor(numbers, options.has_dtype() ? options.dtype() : numbers.dtype()), options);
}
template <class Number>
Tensor tensor(const std::vector<Number>& values, const TensorOptions& options) {
  return detail::marked(tensor(values, options.has_dtype() ? options.dtype() : detail::listed_dtype<Number>), options);
}

// One size without braces: zeros(3) has shape (3,).
template <std::integral Size>
Tensor empty(Size size, const TensorOptions& options = {}) {
  return empty(Shape{std::int64_t{size}}, options);
}
template <std::integral Size>
Tensor zeros(Size size, const TensorOptions& options = {}) {
  return zeros(Shape{std::int64_t{size}}, options);
}
template <std::integral Size>
Tensor ones(Size size, const TensorOptions& options = {}) {
  return ones(Shape{std::int64_t{size}}, options);
}
template <std::integral Size>
Tensor rand(Size size, const TensorOptions& options = {}) {
  return rand(Shape{std::int64_t{size}}, options);
}
template <std::integral Size>
Tensor randn(Size size, const TensorOptions& options = {}) {
  return randn(Shape{std::int64_t{size}}, options);
}

inline TensorOptions Tensor::options() const { return TensorOptions(dtype()); }
inline Device Tensor::device() const { return kCPU; }

/// Elements by their indices: x.accessor<float, 2>()[i][j]. Indices are not checked.
template <class T, int Rank>
class TensorAccessor {
 public:
  TensorAccessor(T* data, const std::int64_t* sizes, const std::int64_t* strides)
      : data_(data), sizes_(sizes), strides_(strides) {}
  decltype(auto) operator[](std::int64_t i) const {
    if constexpr (Rank == 1)
      return (data_[i * strides_[0]]);
    else
      return TensorAccessor<T, Rank - 1>(data_ + i * strides_[0], sizes_ + 1, strides_ + 1);
  }
  std::int64_t size(std::int64_t dim) const { return sizes_[dim]; }
  std::int64_t stride(std::int64_t dim) const { return strides_[dim]; }
  T* data() const { return data_; }

 private:
  T* data_;
  const std::int64_t* sizes_;  // the tensor's, which must live longer
  const std::int64_t* strides_;
};

template <class T, int Rank>
TensorAccessor<T, Rank> Tensor::accessor() const {
  if (dim() != Rank) throw ShapeError(detail::text({"[accessor] of ", Rank, " dimensions for ", sizes()}));
  return {data<T>(), sizes().data(), strides().data()};
}

}  // namespace tinytorch
