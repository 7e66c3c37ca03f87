#pragma once

#include "tinytorch/core/dtype.hpp"
#include "tinytorch/core/error.hpp"
#include "tinytorch/core/memory.hpp"
#include "tinytorch/core/scalar.hpp"
#include "tinytorch/core/shape.hpp"

#include <atomic>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace tinytorch {

class Device;
class Generator;
class Tensor;
class TensorOptions;
template <class T, int Rank>
class TensorAccessor;
namespace indexing {
class TensorIndex;
}  // namespace indexing
namespace autograd {
class Node;
class NodePtr;
}  // namespace autograd

namespace detail {

/// A block of memory and the number of tensors that share it.
struct Storage {
  std::atomic<std::int32_t> references{1};
  std::uint32_t version = 0;  ///< number of in-place changes; backward compares it with the number at saving
  memory::Tag tag = memory::Tag::general;
  bool owned = true;  ///< false for from_blob: the memory belongs to the caller
  std::int64_t bytes = 0;
  void* data = nullptr;
};

/// The object behind a Tensor handle: a window on a storage, and the node of the operation that made it (graph.hpp).
struct TensorImpl {
  std::atomic<std::int32_t> references{1};
  DType dtype = DType::float32;
  Storage* storage = nullptr;
  std::int64_t offset = 0;  ///< in elements
  std::int64_t numel = 0;
  autograd::Node* node = nullptr;  ///< owned; null when the tensor requires no gradient
  Shape sizes;
  Shape strides;  ///< in elements
};

void destroy(TensorImpl* impl) noexcept;
[[noreturn]] void wrong_dtype(DType have, DType asked);
[[noreturn]] void undefined_tensor();

}  // namespace detail

/// A handle on an n-dimensional array. Copying copies the handle: both see the same elements.
/// `Tensor x;` is undefined: it has no elements and no dtype. Every call on it but `defined()` throws ValueError.
class Tensor {
 public:
  Tensor() noexcept {}
  /// Takes over a reference that the caller owns.
  explicit Tensor(detail::TensorImpl* impl) noexcept : impl_(impl) {}
  Tensor(const Tensor& other) noexcept : impl_(other.impl_) {
    if (impl_) impl_->references.fetch_add(1, std::memory_order_relaxed);
  }
  Tensor(Tensor&& other) noexcept : impl_(std::exchange(other.impl_, nullptr)) {}
  Tensor& operator=(Tensor other) & noexcept {
    std::swap(impl_, other.impl_);
    return *this;
  }
  /// `x[0] = y` and `x[0] = 1` write to the elements of x, as copy_() and fill_() do.
  const Tensor& operator=(const Tensor& source) && { return copy_(source); }
  const Tensor& operator=(Scalar value) && { return fill_(value.to<double>()); }
  ~Tensor() {
    if (impl_ && impl_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) detail::destroy(impl_);
  }

  bool defined() const { return impl_ != nullptr; }
  const Shape& sizes() const { return impl()->sizes; }
  /// In elements, not bytes.
  const Shape& strides() const { return impl()->strides; }
  /// The size of one dimension; -1 is the last. Throws IndexError.
  std::int64_t size(std::int64_t dim) const { return sizes()[wrap_dim(dim, this->dim(), "size")]; }
  std::int64_t stride(std::int64_t dim) const { return strides()[wrap_dim(dim, this->dim(), "stride")]; }
  std::int64_t dim() const { return impl()->sizes.size(); }
  std::int64_t numel() const { return impl()->numel; }
  std::int64_t storage_offset() const { return impl()->offset; }
  DType dtype() const { return impl()->dtype; }
  /// Bytes of the whole storage, which views share.
  std::int64_t storage_bytes() const { return impl()->storage->bytes; }
  /// Whether the elements lie in row-major order without gaps: lab 01's is_contiguous(sizes, strides).
  bool is_contiguous() const;
  bool shares_storage(const Tensor& other) const {
    return impl_ && other.impl_ && impl_->storage == other.impl_->storage;
  }
  /// Whether another handle or another view sees these elements.
  bool is_shared() const {
    return impl()->references.load(std::memory_order_relaxed) > 1 ||
           impl_->storage->references.load(std::memory_order_relaxed) > 1 || !impl_->storage->owned;
  }
  /// Whether both are handles on the same object; equal elements are not enough.
  bool is_same(const Tensor& other) const { return impl_ == other.impl_; }

  /// The first element; element (i, j) is at `data<T>()[i * stride(0) + j * stride(1)]`.
  /// Throws DTypeError when T is not the tensor's element type.
  template <class T>
  T* data() const {
    if (impl()->dtype != dtype_of<T>) detail::wrong_dtype(impl_->dtype, dtype_of<T>);
    return static_cast<T*>(impl_->storage->data) + impl_->offset;
  }
  /// The first element, untyped.
  void* data() const { return static_cast<char*>(impl()->storage->data) + impl_->offset * item_size(impl_->dtype); }
  /// The only element, converted to T; a fraction is cut off for integers. Throws ShapeError when there is not exactly
  /// one, and ValueError `[item] 1e+30 is outside -128..127`.
  template <class T>
  T item() const {
    if constexpr (std::integral<T> && !std::same_as<T, bool>) {
      constexpr int own = 8 * static_cast<int>(sizeof(T)) - (std::is_signed_v<T> ? 1 : 0), bits = own < 63 ? own : 63;
      constexpr auto most = static_cast<std::int64_t>(~std::uint64_t{0} >> (64 - bits));
      return static_cast<T>(item_between(std::is_signed_v<T> ? -most - 1 : 0, most));
    } else {
      return static_cast<T>(item_as_double());
    }
  }

  /// The only element as a number that knows its kind: x.item().toFloat(). Throws ShapeError.
  Scalar item() const;

  /// x[i]: one index of the first dimension, a view. Throws IndexError.
  Tensor operator[](std::int64_t index) const { return select(0, index); }
  /// x[ids] and x[mask], as index() does.
  Tensor operator[](const Tensor& index) const;

  // libtorch's names of the above.
  template <class T>
  T* data_ptr() const {
    return data<T>();
  }
  void* data_ptr() const { return data(); }
  template <class T>
  const T* const_data_ptr() const {
    return data<T>();
  }
  /// The elements by x.accessor<float, 2>()[i][j]; the header is core/options.hpp. Throws DTypeError, ShapeError.
  template <class T, int Rank>
  TensorAccessor<T, Rank> accessor() const;
  DType scalar_type() const { return dtype(); }
  TensorOptions options() const;
  Device device() const;
  bool is_cuda() const { return false; }
  Tensor cpu() const { return *this; }
  bool is_floating_point() const { return is_floating(dtype()); }
  std::int64_t ndimension() const { return dim(); }
  std::int64_t element_size() const { return item_size(dtype()); }
  /// Bytes of the elements that the sizes count; a view has fewer than its storage.
  std::int64_t nbytes() const { return numel() * element_size(); }

  // Sizes one after the other, without braces: x.view(-1, 2), x.permute(1, 0).
  template <std::integral... Sizes>
  requires(sizeof...(Sizes) > 0) Tensor view(Sizes... sizes)
  const { return view(Shape{std::int64_t{sizes}...}); }
  template <std::integral... Sizes>
  requires(sizeof...(Sizes) > 0) Tensor reshape(Sizes... sizes)
  const { return reshape(Shape{std::int64_t{sizes}...}); }
  template <std::integral... Sizes>
  requires(sizeof...(Sizes) > 0) Tensor permute(Sizes... order)
  const { return permute(Shape{std::int64_t{order}...}); }
  template <std::integral... Sizes>
  requires(sizeof...(Sizes) > 0) Tensor expand(Sizes... sizes)
  const { return expand(Shape{std::int64_t{sizes}...}); }
  template <std::integral... Sizes>
  requires(sizeof...(Sizes) > 0) Tensor repeat(Sizes... times)
  const { return repeat(Shape{std::int64_t{times}...}); }

  // Views and copies; each is the free function of ops.hpp.
  Tensor reshape(const Shape& sizes) const;
  Tensor permute(const Shape& order) const;
  Tensor transpose(std::int64_t dim0, std::int64_t dim1) const;
  Tensor t() const;
  Tensor slice(std::int64_t dim, std::int64_t start, std::int64_t stop, std::int64_t step = 1) const;
  Tensor select(std::int64_t dim, std::int64_t index) const;
  Tensor expand(const Shape& sizes) const;
  Tensor squeeze(std::int64_t dim) const;
  Tensor unsqueeze(std::int64_t dim) const;
  Tensor contiguous() const;
  Tensor to(DType dtype) const;
  /// The dtype of the options; without one, x itself.
  Tensor to(const TensorOptions& options) const;
  Tensor type_as(const Tensor& other) const { return to(other.dtype()); }
  /// A row-major copy with its own storage. The gradient passes through it.
  Tensor clone() const;

  // The same, from views.hpp, rearrange.hpp, indexing.hpp and linalg.hpp.
  Tensor view(const Shape& sizes) const;
  Tensor view_as(const Tensor& other) const;
  Tensor reshape_as(const Tensor& other) const;
  Tensor expand_as(const Tensor& other) const;
  Tensor squeeze() const;
  Tensor flatten(std::int64_t start_dim = 0, std::int64_t end_dim = -1) const;
  Tensor unflatten(std::int64_t dim, const Shape& sizes) const;
  Tensor movedim(std::int64_t source, std::int64_t destination) const;
  Tensor narrow(std::int64_t dim, std::int64_t start, std::int64_t length) const;
  Tensor repeat(const Shape& repeats) const;
  std::vector<Tensor> split(std::int64_t size, std::int64_t dim = 0) const;
  std::vector<Tensor> split(std::initializer_list<std::int64_t> sizes, std::int64_t dim = 0) const;
  std::vector<Tensor> chunk(std::int64_t chunks, std::int64_t dim = 0) const;
  std::vector<Tensor> unbind(std::int64_t dim = 0) const;
  Tensor matmul(const Tensor& other) const;
  Tensor gather(std::int64_t dim, const Tensor& index) const;
  Tensor index_select(std::int64_t dim, const Tensor& index) const;
  Tensor masked_fill(const Tensor& mask, Scalar value) const;
  /// What Python writes in brackets (indexing.hpp): x.index({Slice(1), None, Ellipsis, ids, mask}).
  Tensor index(std::initializer_list<indexing::TensorIndex> indices) const;
  /// x[indices] = values, or += values with accumulate.
  const Tensor& index_put_(std::initializer_list<indexing::TensorIndex> indices, const Tensor& values,
                           bool accumulate = false) const;
  const Tensor& index_put_(std::initializer_list<indexing::TensorIndex> indices, Scalar value) const;
  const Tensor& masked_fill_(const Tensor& mask, Scalar value) const;
  const Tensor& index_add_(std::int64_t dim, const Tensor& index, const Tensor& source, double alpha = 1.0) const;
  const Tensor& index_fill_(std::int64_t dim, const Tensor& index, Scalar value) const;
  const Tensor& scatter_(std::int64_t dim, const Tensor& index, const Tensor& source) const;
  const Tensor& scatter_(std::int64_t dim, const Tensor& index, Scalar value) const;
  const Tensor& scatter_add_(std::int64_t dim, const Tensor& index, const Tensor& source) const;
  Tensor index_add(std::int64_t dim, const Tensor& index, const Tensor& source, double alpha = 1.0) const;
  Tensor scatter(std::int64_t dim, const Tensor& index, const Tensor& source) const;
  Tensor scatter(std::int64_t dim, const Tensor& index, Scalar value) const;
  Tensor scatter_add(std::int64_t dim, const Tensor& index, const Tensor& source) const;
  Tensor masked_select(const Tensor& mask) const;
  Tensor take(const Tensor& index) const;
  Tensor nonzero() const;
  Tensor flip(Dims dims) const;
  Tensor flip(std::initializer_list<std::int64_t> dims) const;
  Tensor roll(std::int64_t shift, std::int64_t dim) const;
  Tensor tril(std::int64_t diagonal = 0) const;
  Tensor triu(std::int64_t diagonal = 0) const;
  Tensor diag(std::int64_t diagonal = 0) const;
  Tensor diagonal(std::int64_t offset = 0, std::int64_t dim1 = 0, std::int64_t dim2 = 1) const;
  Tensor unfold(std::int64_t dim, std::int64_t size, std::int64_t step) const;
  Tensor repeat_interleave(std::int64_t repeats, std::int64_t dim) const;
  Tensor swapaxes(std::int64_t dim0, std::int64_t dim1) const;
  /// The last two dimensions exchanged.
  Tensor mT() const;
  std::pair<Tensor, Tensor> sort(std::int64_t dim = -1, bool descending = false) const;
  Tensor argsort(std::int64_t dim = -1, bool descending = false) const;
  std::pair<Tensor, Tensor> topk(std::int64_t k, std::int64_t dim = -1, bool largest = true) const;

  // From linalg.hpp and decompose.hpp.
  Tensor mm(const Tensor& other) const;
  Tensor bmm(const Tensor& other) const;
  Tensor mv(const Tensor& x) const;
  Tensor dot(const Tensor& other) const;
  Tensor outer(const Tensor& other) const;
  Tensor addmm(const Tensor& a, const Tensor& b, double beta = 1.0, double alpha = 1.0) const;
  Tensor trace() const;
  Tensor inverse() const;
  Tensor det() const;
  Tensor logdet() const;

  // Element by element; each is the free function of pointwise.hpp or comparison.hpp.
  Tensor add(const Tensor& other) const;
  Tensor sub(const Tensor& other) const;
  Tensor mul(const Tensor& other) const;
  Tensor div(const Tensor& other) const;
  Tensor add(Scalar other) const;
  Tensor sub(Scalar other) const;
  Tensor mul(Scalar other) const;
  Tensor div(Scalar other) const;
  Tensor pow(Scalar exponent) const;
  Tensor pow(const Tensor& exponent) const;
  Tensor maximum(const Tensor& other) const;
  Tensor minimum(const Tensor& other) const;
  Tensor remainder(const Tensor& other) const;
  Tensor remainder(Scalar other) const;
  Tensor fmod(Scalar other) const;
  Tensor atan2(const Tensor& other) const;
  Tensor lerp(const Tensor& end, Scalar weight) const;
  Tensor addcmul(const Tensor& a, const Tensor& b, Scalar value = 1) const;
  Tensor addcdiv(const Tensor& a, const Tensor& b, Scalar value = 1) const;
  Tensor clamp_min(Scalar min) const;
  Tensor clamp_max(Scalar max) const;
  Tensor clamp(std::optional<Scalar> min, std::optional<Scalar> max = std::nullopt) const;
  Tensor neg() const;
  Tensor abs() const;
  Tensor sign() const;
  Tensor floor() const;
  Tensor ceil() const;
  Tensor round() const;
  Tensor exp() const;
  Tensor log() const;
  Tensor log1p() const;
  Tensor expm1() const;
  Tensor sqrt() const;
  Tensor rsqrt() const;
  Tensor square() const;
  Tensor reciprocal() const;
  Tensor sin() const;
  Tensor cos() const;
  Tensor erf() const;
  Tensor relu() const;
  Tensor tanh() const;
  Tensor sigmoid() const;
  Tensor isnan() const;
  Tensor isinf() const;
  Tensor isfinite() const;
  Tensor logical_not() const;
  Tensor logical_and(const Tensor& other) const;
  Tensor logical_or(const Tensor& other) const;
  Tensor logical_xor(const Tensor& other) const;
  Tensor tan() const;
  Tensor asin() const;
  Tensor acos() const;
  Tensor atan() const;
  Tensor sinh() const;
  Tensor cosh() const;
  Tensor log2() const;
  Tensor log10() const;
  Tensor trunc() const;
  Tensor frac() const;
  Tensor where(const Tensor& condition, const Tensor& other) const;
  bool equal(const Tensor& other) const;
  bool allclose(const Tensor& other, double rtol = 1e-5, double atol = 1e-8, bool equal_nan = false) const;
  Tensor eq(const Tensor& other) const;
  Tensor ne(const Tensor& other) const;
  Tensor lt(const Tensor& other) const;
  Tensor le(const Tensor& other) const;
  Tensor gt(const Tensor& other) const;
  Tensor ge(const Tensor& other) const;
  Tensor eq(Scalar other) const;
  Tensor ne(Scalar other) const;
  Tensor lt(Scalar other) const;
  Tensor le(Scalar other) const;
  Tensor gt(Scalar other) const;
  Tensor ge(Scalar other) const;

  // Many elements into one; each is the free function of reductions.hpp.
  Tensor sum(DimList dims = {}, bool keepdim = false) const;
  Tensor mean(DimList dims = {}, bool keepdim = false) const;
  Tensor prod(DimList dims = {}, bool keepdim = false) const;
  Tensor var(DimList dims = {}, double correction = 1.0, bool keepdim = false) const;
  Tensor std(DimList dims = {}, double correction = 1.0, bool keepdim = false) const;
  Tensor norm(double p = 2.0, DimList dims = {}, bool keepdim = false) const;
  Tensor logsumexp(DimList dims = {}, bool keepdim = false) const;
  Tensor amax(DimList dims = {}, bool keepdim = false) const;
  Tensor amin(DimList dims = {}, bool keepdim = false) const;
  Tensor max() const;
  Tensor min() const;
  std::pair<Tensor, Tensor> max(std::int64_t dim, bool keepdim = false) const;
  std::pair<Tensor, Tensor> min(std::int64_t dim, bool keepdim = false) const;
  Tensor argmax() const;
  Tensor argmin() const;
  Tensor argmax(std::int64_t dim, bool keepdim = false) const;
  Tensor argmin(std::int64_t dim, bool keepdim = false) const;
  Tensor any(DimList dims = {}, bool keepdim = false) const;
  Tensor all(DimList dims = {}, bool keepdim = false) const;
  Tensor cumsum(std::int64_t dim) const;
  Tensor cumprod(std::int64_t dim) const;
  Tensor count_nonzero(DimList dims = {}) const;
  Tensor nansum(DimList dims = {}, bool keepdim = false) const;
  Tensor median() const;
  std::pair<Tensor, Tensor> median(std::int64_t dim, bool keepdim = false) const;
  Tensor quantile(double q, std::optional<std::int64_t> dim = std::nullopt, bool keepdim = false) const;
  Tensor bincount(const Tensor& weights = Tensor(), std::int64_t minlength = 0) const;
  Tensor multinomial(std::int64_t samples, bool replacement = false) const;
  Tensor softmax(std::int64_t dim) const;
  Tensor log_softmax(std::int64_t dim) const;

  // Changes in place. Each returns the tensor itself and keeps its dtype. An operand may share elements with the
  // tensor. While operations are recorded, the change is recorded too. They throw AutogradError where it can't be: for
  // a leaf that requires a gradient, and for a tensor whose elements another tensor sees. They throw ValueError for a
  // tensor whose elements expand repeats, DTypeError when arithmetic would put floats into integers, and ShapeError
  // when the operand does not broadcast to this shape. A tensor that autograd saved counts each call as one change.
  /// Copies the elements of `source`, broadcast and converted.
  const Tensor& copy_(const Tensor& source) const;
  /// Throws ValueError `[fill_] uint8 does not hold 300`; a fraction is cut off where the elements are integers.
  const Tensor& fill_(Scalar value) const;
  const Tensor& zero_() const { return fill_(0); }
  /// Adds `alpha` times `other`, broadcast to this shape.
  const Tensor& add_(const Tensor& other, double alpha = 1.0) const;
  const Tensor& sub_(const Tensor& other, double alpha = 1.0) const;
  const Tensor& mul_(const Tensor& other) const;
  const Tensor& div_(const Tensor& other) const;
  const Tensor& add_(Scalar other) const;
  const Tensor& sub_(Scalar other) const;
  const Tensor& mul_(Scalar factor) const;
  const Tensor& div_(Scalar divisor) const;
  const Tensor& pow_(Scalar exponent) const;
  /// Adds value a b, and value a / b.
  const Tensor& addcmul_(const Tensor& a, const Tensor& b, double value = 1.0) const;
  const Tensor& addcdiv_(const Tensor& a, const Tensor& b, double value = 1.0) const;
  const Tensor& clamp_(std::optional<Scalar> min, std::optional<Scalar> max = std::nullopt) const;
  const Tensor& neg_() const;
  const Tensor& abs_() const;
  const Tensor& floor_() const;
  const Tensor& ceil_() const;
  const Tensor& round_() const;
  const Tensor& exp_() const;
  const Tensor& log_() const;
  const Tensor& sqrt_() const;
  const Tensor& relu_() const;
  const Tensor& tanh_() const;
  const Tensor& sigmoid_() const;
  /// Uniform in [from, to), floats only: one draw per element in row-major order, whatever the strides.
  const Tensor& uniform_(double from, double to, Generator& generator) const;
  /// Normal with this mean and standard deviation, floats only; draws as uniform_, of Generator::normal.
  const Tensor& normal_(double mean, double std, Generator& generator) const;
  /// 1 with probability p, else 0; draws as uniform_.
  const Tensor& bernoulli_(double p, Generator& generator) const;
  // The same from default_generator().
  const Tensor& uniform_(double from = 0.0, double to = 1.0) const;
  const Tensor& normal_(double mean = 0.0, double std = 1.0) const;
  const Tensor& bernoulli_(double p = 0.5) const;
  const Tensor& clamp_min_(Scalar min) const;
  const Tensor& clamp_max_(Scalar max) const;

  // New tensors of this dtype.
  Tensor new_empty(const Shape& sizes) const;
  Tensor new_zeros(const Shape& sizes) const;
  Tensor new_ones(const Shape& sizes) const;
  Tensor new_full(const Shape& sizes, double value) const;

  // Gradients (autograd.hpp).
  bool requires_grad() const { return impl()->node != nullptr; }
  /// Makes this a leaf: backward() collects its gradient. Throws AutogradError when it has no floats or is no leaf.
  const Tensor& set_requires_grad(bool on = true) const;
  const Tensor& requires_grad_(bool on = true) const { return set_requires_grad(on); }
  /// Whether no recorded operation made it.
  bool is_leaf() const;
  /// The gradient that a leaf, or a tensor with retain_grad, has collected; undefined before the first backward.
  Tensor grad() const;
  void set_grad(Tensor grad) const;
  /// The same elements without a history: no gradient passes through the result.
  Tensor detach() const;
  /// Adds d this / d leaf to the gradient of every leaf below. `upstream` may be left out for a single element. The
  /// graph is freed during the run unless retain_graph. With create_graph, which retains it, the gradients are
  /// differentiable. Throws AutogradError for a non-scalar without upstream, and for a graph that was already freed.
  void backward(const Tensor& upstream = Tensor(), bool retain_graph = false, bool create_graph = false) const;

  /// From now on backward calls `hook` with the complete gradient of this tensor before it is used. A hook may return
  /// another tensor, which takes the gradient's place. Hooks run in the order of their registration. The number that is
  /// returned is for remove_hook, which a hook may call too. Throws AutogradError when the tensor requires no gradient.
  template <class F>
  unsigned register_hook(F&& hook) const;
  /// Throws IndexError when there is no such hook.
  void remove_hook(unsigned hook) const;
  /// From the next backward on, grad() of a tensor that is no leaf collects as a leaf's does.
  void retain_grad() const;
  bool retains_grad() const;

  /// The object behind the handle, for the library's own code.
  detail::TensorImpl* impl() const {
    if (!impl_) detail::undefined_tensor();
    return impl_;
  }

 private:
  double item_as_double() const;
  std::int64_t item_between(std::int64_t least, std::int64_t most) const;  // exact beyond 2^53

  detail::TensorImpl* impl_ = nullptr;
};

namespace detail {

/// The dtype of a tensor made from such numbers: floats and doubles make float32, integers int64; bool and the
/// integers of one byte keep their own.
template <class Number>
inline constexpr DType listed_dtype = std::floating_point<Number>          ? DType::float32
                                      : std::same_as<Number, bool>         ? DType::boolean
                                      : std::same_as<Number, std::uint8_t> ? DType::uint8
                                      : std::same_as<Number, std::int8_t>  ? DType::int8
                                                                           : DType::int64;

/// Numbers in braces, to any depth: 5, {1, 2}, {{1.0, 2.0}, {3.0, 4.0}}. It refers to the braces, so it must not live
/// longer than the call that they are written in.
class NestedNumbers {
 public:
  template <class Number>
  requires std::integral<Number> || std::floating_point<Number>
  constexpr NestedNumbers(Number value) noexcept : dtype_(listed_dtype<Number>), number_(value) {}  // NOLINT
  constexpr NestedNumbers(std::initializer_list<NestedNumbers> list) noexcept
      : is_list_(true), list_(list) {}  // NOLINT

  bool is_list() const { return is_list_; }
  std::initializer_list<NestedNumbers> list() const { return list_; }
  Scalar number() const { return number_; }
  /// The one that all numbers convert to, as promote_types says; float32 without a number.
  DType dtype() const;

 private:
  bool is_list_ = false;
  DType dtype_ = DType::float32;
  Scalar number_ = 0;
  std::initializer_list<NestedNumbers> list_;
};

}  // namespace detail

/// Elements are not initialised. Throws ShapeError for a negative size or one that overflows.
Tensor empty(const Shape& sizes, DType dtype = DType::float32);
Tensor zeros(const Shape& sizes, DType dtype = DType::float32);
Tensor ones(const Shape& sizes, DType dtype = DType::float32);
/// Throws ValueError `[fill_] uint8 does not hold 300`; an integer is exact beyond 2^53.
Tensor full(const Shape& sizes, Scalar value, DType dtype = DType::float32);
/// 0, 1, ..., count - 1.
Tensor arange(std::int64_t count, DType dtype = DType::int64);
/// The numbers listed, to any depth: 5 -> (), {1, 2} -> (2), {{1.0, 2.0}, {3.0, 4.0}} -> (2, 2). Floats and doubles
/// make float32, integers int64; bool, uint8 and int8 stay. Throws ShapeError for rows of different lengths, and
/// ValueError
/// `[tensor] uint8 does not hold 300`.
Tensor tensor(detail::NestedNumbers numbers);
Tensor tensor(detail::NestedNumbers numbers, DType dtype);
/// A scalar of shape ().
Tensor scalar(Scalar value, DType dtype = DType::float32);
/// A tensor on row-major elements that belong to the caller. They must live longer than the tensor.
Tensor from_blob(void* data, const Shape& sizes, DType dtype = DType::float32);
/// Uniform in [0, 1), or standard normal: one draw (normal(): see Generator) per element in row-major order.
Tensor rand(const Shape& sizes, Generator& generator, DType dtype = DType::float32);
Tensor randn(const Shape& sizes, Generator& generator, DType dtype = DType::float32);
/// The same from default_generator().
Tensor rand(const Shape& sizes, DType dtype = DType::float32);
Tensor randn(const Shape& sizes, DType dtype = DType::float32);

/// A view of base's storage with these sizes and strides, starting `offset` elements into the storage.
/// Throws ShapeError when any element it could reach lies outside: wrong stride arithmetic is a message, not a crash.
/// Knows nothing of gradients; the views of ops.hpp do.
Tensor as_strided(const Tensor& base, const Shape& sizes, const Shape& strides, std::int64_t offset);

// A tensor as text.

/// The values as nested lists, long ones shortened in the middle: for messages.
std::string to_string(const Tensor& x);
/// As PyTorch prints it in Python: `tensor([[1.0000, 2.5000],\n        [3.0000, 4.0000]])`. One width for all numbers,
/// four digits, scientific where the range asks for it; above 1000 elements the middle is left out; the dtype where it
/// is none of float32, int64 and bool.
std::string repr(const Tensor& x);
/// Writes repr(x).
std::ostream& operator<<(std::ostream& out, const Tensor& x);

/// A tensor and its dotted name in a tree of modules: "features.0.weight".
struct NamedTensor {
  std::string name;
  Tensor value;
};

/// The tensors that make up a model, in registration order.
using StateDict = std::vector<NamedTensor>;

}  // namespace tinytorch
