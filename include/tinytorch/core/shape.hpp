#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace tinytorch {

/// A borrowed list of dimensions or indices.
using Dims = std::span<const std::int64_t>;

/// The sizes (or strides) of a tensor: at most `max_rank` numbers, stored in the object, never on the heap. A Shape may
/// be passed as Dims.
class Shape {
 public:
  static constexpr int max_rank = 8;

  constexpr Shape() = default;
  constexpr Shape(std::initializer_list<std::int64_t> values) : Shape(values.begin(), values.end()) {}
  constexpr explicit Shape(Dims values) : Shape(values.data(), values.data() + values.size()) {}
  constexpr Shape(const std::int64_t* first, const std::int64_t* last) {
    for (; first != last; ++first) push_back(*first);
  }
  /// `rank` copies of `value`.
  static constexpr Shape filled(std::int64_t rank, std::int64_t value) {
    Shape shape;
    for (std::int64_t d = 0; d < rank; ++d) shape.push_back(value);
    return shape;
  }

  constexpr std::int64_t size() const { return size_; }
  constexpr bool empty() const { return size_ == 0; }
  constexpr std::int64_t operator[](std::int64_t d) const { return values_[d]; }
  constexpr std::int64_t& operator[](std::int64_t d) { return values_[d]; }
  constexpr std::int64_t back() const { return values_[size_ - 1]; }
  constexpr std::int64_t& back() { return values_[size_ - 1]; }

  constexpr const std::int64_t* begin() const { return values_; }
  constexpr const std::int64_t* end() const { return values_ + size_; }
  constexpr std::int64_t* begin() { return values_; }
  constexpr std::int64_t* end() { return values_ + size_; }
  constexpr const std::int64_t* data() const { return values_; }
  constexpr std::int64_t* data() { return values_; }

  /// Appends a dimension. Throws ShapeError beyond `max_rank`.
  constexpr void push_back(std::int64_t value) {
    if (size_ == max_rank) too_many_dimensions();
    values_[size_++] = value;
  }
  /// Puts `value` before dimension d (0..size()).
  constexpr void insert(std::int64_t d, std::int64_t value) {
    push_back(value);
    for (std::int64_t i = size_ - 1; i > d; --i) values_[i] = values_[i - 1];
    values_[d] = value;
  }
  /// Removes dimension d.
  constexpr void erase(std::int64_t d) {
    for (std::int64_t i = d; i + 1 < size_; ++i) values_[i] = values_[i + 1];
    --size_;
  }
  constexpr void pop_back() { --size_; }

  /// The numbers on the heap, for a program that keeps them.
  std::vector<std::int64_t> vec() const { return {begin(), end()}; }

  friend constexpr bool operator==(const Shape& a, const Shape& b) {
    if (a.size_ != b.size_) return false;
    for (int d = 0; d < a.size_; ++d)
      if (a.values_[d] != b.values_[d]) return false;
    return true;
  }

 private:
  [[noreturn]] static void too_many_dimensions();

  std::int64_t values_[max_rank] = {};
  std::int32_t size_ = 0;
};

/// libtorch's name of a list of sizes. Unlike libtorch's it owns its numbers.
using IntArrayRef = Shape;

/// The number of elements of that shape: the product, 1 for a scalar. Does not check for overflow.
constexpr std::int64_t numel(const Shape& sizes) {
  std::int64_t count = 1;
  for (const std::int64_t size : sizes) count *= size;
  return count;
}

/// The dimensions of a reduction: 1, {0, -1}, a Shape, any Dims; {} means all of them.
class DimList {
 public:
  constexpr DimList() = default;
  template <class Integer>
  requires std::integral<Integer> &&(!std::same_as<Integer, bool>)constexpr DimList(Integer dim)
      : dims_{static_cast<std::int64_t>(dim)} {}  // NOLINT: sum(x, 1) is meant to read so
  constexpr DimList(std::initializer_list<std::int64_t> dims) : dims_(dims) {}
  template <class List>
  requires std::is_convertible_v<const List&, Dims>
  constexpr DimList(const List& dims) : dims_(Dims(dims)) {}  // NOLINT: as above

  constexpr operator Dims() const { return dims_; }  // NOLINT: as above
  constexpr bool empty() const { return dims_.empty(); }

 private:
  Shape dims_;
};

/// "(2, 3)", "(3,)", "()": as Python prints a tuple.
std::string to_string(const Shape& shape);

/// `dim` with a negative one counted from the end: -1 -> rank - 1.
/// Throws IndexError `[op] dimension 2 is out of range for rank 2`.
std::int64_t wrap_dim(std::int64_t dim, std::int64_t rank, const char* op);

}  // namespace tinytorch
