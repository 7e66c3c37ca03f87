#pragma once

#include "tinytorch/core/machine.hpp"
#include "tinytorch/core/timing.hpp"

#include <cstddef>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

/// Lab 00's functions, and what is built on them.
namespace tinytorch {

/// Memory from allocate_aligned that frees itself. Holds trivially copyable values and does not initialise them.
template <class T>
class AlignedBuffer {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  explicit AlignedBuffer(std::size_t count, std::size_t alignment = 64) : count_(count) {
    if (count > static_cast<std::size_t>(-1) / sizeof(T)) throw std::bad_alloc();
    data_ = static_cast<T*>(allocate_aligned(count * sizeof(T), alignment));
  }
  AlignedBuffer(AlignedBuffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), count_(std::exchange(other.count_, 0)) {}
  AlignedBuffer& operator=(AlignedBuffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(count_, other.count_);
    return *this;
  }
  ~AlignedBuffer() { free_aligned(data_); }

  T* data() const { return data_; }
  std::size_t size() const { return count_; }
  std::span<T> span() const { return {data_, count_}; }

 private:
  T* data_ = nullptr;
  std::size_t count_ = 0;
};

}  // namespace tinytorch
