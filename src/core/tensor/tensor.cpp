#include "tinytorch/core/tensor.hpp"

#include "src/core/memory/pool.hpp"
#include "src/core/tensor/tensor_impl.hpp"
#include "src/course/guard.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/op_hook.hpp"
#include "tinytorch/core/raw.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <new>
#include <type_traits>

namespace tinytorch {
namespace {

// The header of a storage and its elements are in one block.
constexpr std::int64_t header_bytes = 64;
struct Header : detail::Storage {
  const memory::Guard* guard = nullptr;
};
static_assert(sizeof(Header) <= header_bytes);

std::size_t block_bytes(std::int64_t bytes, const memory::Guard* guard) {
  return static_cast<std::size_t>(header_bytes + bytes + (guard != nullptr ? memory::Guard::room : 0));
}

detail::Storage* make_storage(std::int64_t bytes) {
  const memory::Tag tag = memory::current_tag();
  const memory::Guard* guard = memory::detail::guard_of_new_tensors.load(std::memory_order_acquire);
  void* block = pool::allocate(block_bytes(bytes, guard));
  auto* storage = new (block) Header;
  storage->tag = tag;
  storage->bytes = bytes;
  storage->data = static_cast<char*>(block) + header_bytes;
  storage->guard = guard;
  pool::count(bytes, tag);
  if (detail::is_watched()) detail::report_allocated(block, bytes, tag);
  if (guard != nullptr) guard->made(storage->data, bytes);
  return storage;
}

void release_storage(detail::Storage* storage) noexcept {
  if (storage->references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  if (!storage->owned) {
    storage->~Storage();
    pool::release(storage, header_bytes);
    return;
  }
  const std::int64_t bytes = storage->bytes;
  const memory::Guard* guard = static_cast<Header*>(storage)->guard;
  if (guard != nullptr) guard->ends(storage->data, bytes);
  pool::count(-bytes, storage->tag);
  if (detail::is_watched()) detail::report_freed(storage, bytes, storage->tag);
  storage->~Storage();
  pool::release(storage, block_bytes(bytes, guard));
}

detail::TensorImpl* make_impl(detail::Storage* storage, const Shape& sizes, std::int64_t numel, DType dtype) {
  auto* impl = new (pool::allocate(sizeof(detail::TensorImpl))) detail::TensorImpl;
  impl->dtype = dtype;
  impl->storage = storage;
  impl->sizes = sizes;
  impl->numel = numel;
  return impl;
}

// Row-major strides, as lab 01's contiguous_strides. Tensors must work before that lab is solved.
void set_row_major(detail::TensorImpl& impl) {
  impl.strides = impl.sizes;
  std::int64_t stride = 1;
  for (std::int64_t d = impl.sizes.size() - 1; d >= 0; --d) {
    impl.strides[d] = stride;
    stride *= impl.sizes[d] > 0 ? impl.sizes[d] : 1;
  }
}

std::int64_t checked_numel(const Shape& sizes, DType dtype) {
  std::int64_t count = 1;
  bool zero = false;
  bool overflow = false;
  for (const std::int64_t size : sizes) {
    if (size < 0) throw ShapeError(detail::text({"[empty] a size is negative: ", sizes}));
    if (size == 0)
      zero = true;
    else
      overflow |= __builtin_mul_overflow(count, size, &count);
  }
  if (zero) return 0;
  std::int64_t bytes = 0;
  overflow |= __builtin_mul_overflow(count, item_size(dtype), &bytes);
  if (overflow || bytes > (std::int64_t{1} << 46)) throw ShapeError(detail::text({"[empty] too large: ", sizes}));
  return count;
}

void poison(void* data, std::int64_t count, DType dtype) {
  if (dtype == DType::float32 || dtype == DType::traced) {
    std::fill_n(static_cast<std::uint32_t*>(data), count, memory::poison_float32);
  } else if (dtype == DType::float64) {
    std::fill_n(static_cast<std::uint64_t*>(data), count, memory::poison_float64);
  } else {
    std::memset(data, 0xAB, static_cast<std::size_t>(count * item_size(dtype)));
  }
}

}  // namespace

void detail::destroy(TensorImpl* impl) noexcept {
  if (impl->node != nullptr) autograd::NodePtr(std::exchange(impl->node, nullptr)).reset();
  release_storage(impl->storage);
  impl->~TensorImpl();
  pool::release(impl, sizeof(TensorImpl));
}

void detail::wrong_dtype(DType have, DType asked) {
  throw DTypeError(detail::text({"[data] the tensor holds ", have, ", not ", asked}));
}

void detail::undefined_tensor() {
  throw ValueError("[tensor] undefined: it was declared but never given a value, or is a gradient before backward()");
}

Tensor detail::allocate(const Shape& sizes, DType dtype) {
  const std::int64_t count = checked_numel(sizes, dtype);
  Storage* storage = nullptr;
  try {
    storage = make_storage(count * item_size(dtype));
  } catch (const std::bad_alloc&) {
    throw OutOfMemoryError(
        text({"[empty] no memory for ", sizes, " of ", dtype, ": ", count * item_size(dtype), " bytes"}));
  }
  TensorImpl* impl = make_impl(storage, sizes, count, dtype);
  set_row_major(*impl);
  return Tensor(impl);
}

Tensor detail::window(const Tensor& base, const Shape& sizes, const Shape& strides, std::int64_t offset) {
  Storage* storage = base.impl()->storage;
  storage->references.fetch_add(1, std::memory_order_relaxed);
  TensorImpl* impl = make_impl(storage, sizes, tinytorch::numel(sizes), base.dtype());
  impl->strides = strides;
  impl->offset = offset;
  return Tensor(impl);
}

Tensor empty(const Shape& sizes, DType dtype) {
  Tensor x = detail::allocate(sizes, dtype);
  if (memory::poison()) poison(x.data(), x.numel(), dtype);
  return x;
}

Tensor from_blob(void* data, const Shape& sizes, DType dtype) {
  const std::int64_t count = checked_numel(sizes, dtype);
  auto* storage = new (pool::allocate(header_bytes)) detail::Storage;
  storage->owned = false;
  storage->bytes = count * item_size(dtype);
  storage->data = data;
  detail::TensorImpl* impl = make_impl(storage, sizes, count, dtype);
  set_row_major(*impl);
  return Tensor(impl);
}

Tensor as_strided(const Tensor& base, const Shape& sizes, const Shape& strides, std::int64_t offset) {
  if (sizes.size() != strides.size())
    throw ShapeError(detail::text({"[as_strided] ", sizes.size(), " sizes but ", strides.size(), " strides"}));
  std::int64_t lowest = offset;
  std::int64_t highest = offset;
  bool reaches_nothing = false;
  bool overflow = false;
  for (std::int64_t d = 0; d < sizes.size(); ++d) {
    if (sizes[d] < 0) throw ShapeError(detail::text({"[as_strided] a size is negative: ", sizes}));
    if (sizes[d] == 0) {
      reaches_nothing = true;
      continue;
    }
    std::int64_t reach = 0;
    overflow |= __builtin_mul_overflow(sizes[d] - 1, strides[d], &reach);
    std::int64_t& end = reach < 0 ? lowest : highest;
    overflow |= __builtin_add_overflow(end, reach, &end);
  }
  const std::int64_t capacity = base.storage_bytes() / item_size(base.dtype());
  if (!reaches_nothing && (overflow || lowest < 0 || highest >= capacity))
    throw ShapeError(detail::text({"[as_strided] sizes ", sizes, " with strides ", strides, " from offset ", offset,
                                   " reach element ", lowest < 0 ? lowest : highest, " of a storage of ", capacity}));
  return detail::window(base, sizes, strides, offset);
}

bool Tensor::is_contiguous() const { return tinytorch::is_contiguous(impl()->sizes, impl()->strides); }

namespace {

template <class Get>
auto only_item(const Tensor& x, Get get) {
  if (x.numel() != 1) throw ShapeError(detail::text({"[item] needs exactly one element: ", x.sizes()}));
  switch (x.dtype()) {
    case DType::float32:
    case DType::traced:
      return get(*static_cast<const float*>(x.data()));
    case DType::float64:
      return get(*x.data<double>());
    case DType::int64:
      return get(*x.data<std::int64_t>());
    case DType::int32:
      return get(*x.data<std::int32_t>());
    case DType::uint8:
      return get(*x.data<std::uint8_t>());
    case DType::int8:
      return get(*x.data<std::int8_t>());
    case DType::boolean:
      return get(*x.data<bool>());
  }
  throw DTypeError("[item] unknown dtype");
}

}  // namespace

double Tensor::item_as_double() const {
  return only_item(*this, [](auto value) { return static_cast<double>(value); });
}

std::int64_t Tensor::item_between(std::int64_t least, std::int64_t most) const {
  return only_item(*this, [&](auto value) {
    bool inside = false;
    if constexpr (std::is_floating_point_v<decltype(value)>) {
      const double whole = std::trunc(static_cast<double>(value));
      inside = whole >= static_cast<double>(least) && whole <= static_cast<double>(most) && whole < 0x1p63;
    } else {
      inside = value >= least && value <= most;
    }
    if (!inside) throw ValueError(detail::text({"[item] ", value, " is outside ", least, "..", most}));
    return static_cast<std::int64_t>(value);
  });
}

}  // namespace tinytorch
