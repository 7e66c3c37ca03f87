#pragma once

#include <cstdint>

/// For tests: a look at what stands behind the elements of a tensor. A program that asks for none pays nothing.
namespace tinytorch::memory {

/// Whom the makers and enders of tensors tell. The `room` bytes behind the elements are the guard's.
struct Guard {
  static constexpr std::int64_t room = 64;
  void (*made)(void* elements, std::int64_t bytes);
  void (*ends)(void* elements, std::int64_t bytes) noexcept;
};

/// The guard of the tensors made from now on, on every thread; null for none, as at first. It must live as long as
/// they.
void set_guard(const Guard* guard) noexcept;

}  // namespace tinytorch::memory
