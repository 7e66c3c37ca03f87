#include "tests/kit/suite/placement.hpp"

#include "tests/kit/values/value.hpp"

#include <cstring>

namespace tinytorch::lab {
namespace {

constexpr std::size_t head = 3;   // of a packed list: strided, offset, tail
constexpr std::size_t lists = 5;  // then these, each with an entry for each dimension

template <class T>
void store_as(void* data, std::int64_t position, double number) {
  const T value = static_cast<T>(number);
  std::memcpy(static_cast<char*>(data) + position * static_cast<std::int64_t>(sizeof(T)), &value, sizeof(T));
}

void store(void* data, DType dtype, std::int64_t position, double number) {
  switch (dtype) {
    case DType::float32:
    case DType::traced:
      return store_as<float>(data, position, number);
    case DType::float64:
      return store_as<double>(data, position, number);
    case DType::int64:
      return store_as<std::int64_t>(data, position, number);
    case DType::int32:
      return store_as<std::int32_t>(data, position, number);
    case DType::uint8:
      return store_as<std::uint8_t>(data, position, number);
    case DType::int8:
      return store_as<std::int8_t>(data, position, number);
    case DType::boolean:
      return store_as<bool>(data, position, number);
  }
}

// A block full of numbers that right code never reads: what lies between the elements. Wrong code shows them at once.
Tensor padded_memory(std::int64_t count, DType dtype) {
  Tensor base = empty(Shape{count}, dtype);
  for (std::int64_t i = 0; i < count; ++i) {
    const double number = dtype == DType::boolean ? 1.0 : i % 2 == 1 && !is_unsigned(dtype) ? -padding : padding;
    store(base.data(), dtype, i, number);
  }
  return base;
}

// The entries for the last `rank` of `had` dimensions; in front of them `missing` for each that the list lacks.
std::vector<std::int64_t> fitted(const std::int64_t* list, std::int64_t had, std::int64_t rank, std::int64_t missing) {
  std::vector<std::int64_t> entries;
  for (std::int64_t d = had - rank; d < had; ++d) entries.push_back(d >= 0 ? list[d] : missing);
  return entries;
}

// The same for an order: dimension numbers are counted from the last one.
std::vector<std::int64_t> fitted_order(const std::int64_t* list, std::int64_t had, std::int64_t rank) {
  std::vector<std::int64_t> order;
  for (std::int64_t d = 0; d < rank - had; ++d) order.push_back(d);
  for (std::int64_t i = 0; i < had; ++i)
    if (const std::int64_t d = list[i] - had + rank; d >= 0) order.push_back(d);
  return order;
}

}  // namespace

bool is_unsigned(DType dtype) { return dtype == DType::uint8 || dtype == DType::boolean; }

void set_elements(const Tensor& tensor, const std::vector<double>& numbers) {
  const Shape& sizes = tensor.sizes();
  for (std::int64_t i = 0; i < tensor.numel(); ++i) {
    std::int64_t rest = i;
    std::int64_t position = 0;
    for (std::int64_t d = sizes.size() - 1; d >= 0; --d) {
      position += rest % sizes[d] * tensor.strides()[d];
      rest /= sizes[d];
    }
    store(tensor.data(), tensor.dtype(), position, numbers[static_cast<std::size_t>(i)]);
  }
}

Placement Placement::plain(std::int64_t rank) {
  Placement placement;
  const auto count = static_cast<std::size_t>(rank);
  for (std::int64_t d = 0; d < rank; ++d) placement.order.push_back(d);
  placement.steps.assign(count, 1);
  for (auto* list : {&placement.gaps, &placement.repeated, &placement.odd_units}) list->assign(count, 0);
  return placement;
}

std::vector<std::int64_t> Placement::packed() const {
  if (!strided) return {0};
  std::vector<std::int64_t> list{1, offset, tail};
  for (const auto* part : {&order, &steps, &gaps, &repeated, &odd_units})
    list.insert(list.end(), part->begin(), part->end());
  return list;
}

Placement Placement::unpacked(const std::vector<std::int64_t>& list, std::int64_t rank) {
  Placement placement = plain(rank);
  if (list.size() < head || list[0] == 0) return placement;
  placement.strided = true;
  placement.offset = list[1];
  placement.tail = list[2];
  const auto had = static_cast<std::int64_t>((list.size() - head) / lists);
  const std::int64_t* part = list.data() + head;
  placement.order = fitted_order(part, had, rank);
  placement.steps = fitted(part + had, had, rank, 1);
  placement.gaps = fitted(part + 2 * had, had, rank, 0);
  placement.repeated = fitted(part + 3 * had, had, rank, 0);
  placement.odd_units = fitted(part + 4 * had, had, rank, 0);
  return placement;
}

Tensor Placement::make(const Shape& sizes, DType dtype, bool never_row_major) const {
  if (!strided) return empty(sizes, dtype);
  Shape strides = Shape::filled(sizes.size(), 0);
  std::int64_t used = 1;
  for (std::int64_t i = sizes.size() - 1; i >= 0; --i) {
    const std::int64_t d = order[static_cast<std::size_t>(i)];
    const auto at = static_cast<std::size_t>(d);
    if (repeated[at] != 0) continue;
    strides[d] = used * steps[at];
    if (sizes[d] > 1)
      used *= (sizes[d] - 1) * steps[at] + 1 + gaps[at];
    else if (odd_units[at] > 0)
      strides[d] = lab::odd_units[odd_units[at] - 1];
  }
  if (never_row_major && is_row_major(sizes, strides)) {
    for (std::int64_t& stride : strides) stride *= 2;
    used *= 2;
  }
  return as_strided(padded_memory(offset + used + tail, dtype), sizes, strides, offset);
}

}  // namespace tinytorch::lab
