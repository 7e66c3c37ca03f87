#include "tests/kit/values/value.hpp"

#include "src/course/traced.hpp"
#include "tinytorch/core/function_ref.hpp"
#include "tinytorch/core/memory.hpp"

#include <bit>
#include <cstring>
#include <limits>

namespace tinytorch::lab {
namespace {

template <class T>
T load(const void* data, std::int64_t position) {
  T value;
  std::memcpy(&value, static_cast<const char*>(data) + position * static_cast<std::int64_t>(sizeof(T)), sizeof(T));
  return value;
}

// Whether the element is what empty() leaves in a lab build. An ordinary value may look like that too, so this only
// explains a difference that was found without it.
template <class T>
bool is_poison(T value) {
  if constexpr (std::floating_point<T>) {
    using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    constexpr Bits poison = sizeof(T) == 4 ? memory::poison_float32 : memory::poison_float64;
    return std::bit_cast<Bits>(value) == poison;
  } else {
    unsigned char bytes[sizeof(T)];
    std::memcpy(bytes, &value, sizeof(T));
    for (const unsigned char byte : bytes)
      if (byte != 0xAB) return false;
    return true;
  }
}

// Calls visit(position) for each element in row-major order; position counts elements from data().
void for_each_position(const Shape& sizes, const Shape& strides, FunctionRef<void(std::int64_t)> visit) {
  const std::int64_t rank = sizes.size();
  Shape index = Shape::filled(rank, 0);
  std::int64_t position = 0;
  for (std::int64_t left = numel(sizes); left > 0; --left) {
    visit(position);
    for (std::int64_t d = rank - 1; d >= 0; --d) {
      position += strides[d];
      if (++index[d] < sizes[d]) break;
      position -= index[d] * strides[d];
      index[d] = 0;
    }
  }
}

template <class T>
void read_elements(const Tensor& tensor, Value& value) {
  const void* data = tensor.data();
  std::int64_t count = 0;
  for_each_position(tensor.sizes(), tensor.strides(), [&](std::int64_t position) {
    const T element = load<T>(data, position);
    if constexpr (std::floating_point<T>) {
      value.reals.push_back(static_cast<double>(element));
    } else {
      value.integers.push_back(static_cast<std::int64_t>(element));
    }
    if (is_poison(element)) value.unwritten.push_back(count);
    ++count;
  });
}

}  // namespace

Value to_value(const Tensor& tensor) {
  Value value;
  if (!tensor.defined()) return value;
  value.kind = Value::Kind::tensor;
  value.dtype = tensor.dtype();
  value.sizes = tensor.sizes();
  switch (tensor.dtype()) {
    case DType::float32:
    case DType::traced:
      read_elements<float>(tensor, value);
      break;
    case DType::float64:
      read_elements<double>(tensor, value);
      break;
    case DType::int64:
      read_elements<std::int64_t>(tensor, value);
      break;
    case DType::int32:
      read_elements<std::int32_t>(tensor, value);
      break;
    case DType::int8:
      read_elements<std::int8_t>(tensor, value);
      break;
    case DType::uint8:
    case DType::boolean:
      read_elements<std::uint8_t>(tensor, value);
      break;
  }
  return value;
}

Value to_value(const Shape& shape) {
  Value value;
  value.kind = Value::Kind::shape;
  value.integers.assign(shape.begin(), shape.end());
  return value;
}

Value to_value(std::nullopt_t) { return Value(); }

Value to_value(DType dtype) { return detail::text_value(to_string(dtype)); }

Value detail::boolean_value(bool boolean) {
  Value value;
  value.kind = Value::Kind::boolean;
  value.integers = {boolean ? 1 : 0};
  return value;
}

Value detail::integer_value(std::int64_t integer) {
  Value value;
  value.kind = Value::Kind::integer;
  value.integers = {integer};
  return value;
}

Value detail::real_value(double real, DType dtype) {
  Value value;
  value.kind = Value::Kind::real;
  value.dtype = dtype;
  value.reals = {real};
  return value;
}

Value detail::text_value(std::string_view text) {
  Value value;
  value.kind = Value::Kind::text;
  value.text = text;
  return value;
}

Value detail::pair_value(Value first, Value second) {
  Value value;
  value.kind = Value::Kind::list;
  value.items = {std::move(first), std::move(second)};
  return value;
}

Value record(std::initializer_list<Field> fields) {
  Value value;
  value.kind = Value::Kind::record;
  for (const Field& field : fields) {
    value.names.emplace_back(field.name);
    value.items.push_back(field.value);
  }
  return value;
}

std::vector<double> values(const Tensor& tensor) {
  Value value = to_value(tensor);
  if (value.reals.empty()) value.reals.assign(value.integers.begin(), value.integers.end());
  return std::move(value.reals);
}

double at(const Tensor& tensor, Dims index) {
  if (static_cast<std::int64_t>(index.size()) != tensor.dim())
    throw IndexError("[at] " + std::to_string(index.size()) + " indices for rank " + std::to_string(tensor.dim()));
  std::int64_t position = 0;
  for (std::int64_t d = 0; d < tensor.dim(); ++d) {
    const std::int64_t i = index[static_cast<std::size_t>(d)];
    if (i < 0 || i >= tensor.sizes()[d])
      throw IndexError("[at] index " + std::to_string(i) + " is outside " + to_string(tensor.sizes()));
    position += i * tensor.strides()[d];
  }
  const void* data = tensor.data();
  switch (tensor.dtype()) {
    case DType::float32:
    case DType::traced:
      return load<float>(data, position);
    case DType::float64:
      return load<double>(data, position);
    case DType::int64:
      return static_cast<double>(load<std::int64_t>(data, position));
    case DType::int32:
      return load<std::int32_t>(data, position);
    case DType::int8:
      return load<std::int8_t>(data, position);
    case DType::uint8:
    case DType::boolean:
      return load<std::uint8_t>(data, position);
  }
  throw DTypeError("[at] unknown dtype");
}

double at(const Tensor& tensor, std::initializer_list<std::int64_t> index) {
  return at(tensor, Dims(index.begin(), index.size()));
}

Shape canonical_strides(const Tensor& tensor) {
  const Shape& sizes = tensor.sizes();
  Shape strides = tensor.strides();
  const bool no_elements = numel(sizes) == 0;
  for (std::int64_t d = sizes.size() - 1; d >= 0; --d) {
    if (sizes[d] == 1 || no_elements) strides[d] = d + 1 < sizes.size() ? sizes[d + 1] * strides[d + 1] : 1;
  }
  return strides;
}

Value layout(const Tensor& tensor) {
  return record(
      {{"sizes", tensor.sizes()}, {"strides", canonical_strides(tensor)}, {"offset", tensor.storage_offset()}});
}

bool is_row_major(const Shape& sizes, const Shape& strides) {
  if (numel(sizes) == 0) return true;
  std::int64_t expected = 1;
  for (std::int64_t d = sizes.size() - 1; d >= 0; --d) {
    if (sizes[d] == 1) continue;
    if (strides[d] != expected) return false;
    expected *= sizes[d];
  }
  return true;
}

}  // namespace tinytorch::lab
