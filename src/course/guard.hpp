#pragma once

#include <atomic>
#include <cstdint>

/// For tests: a look at the bytes behind the elements of a tensor. A program that sets no guard pays nothing.
namespace tinytorch::memory {

/// Two functions that are called when a tensor's elements are allocated and before they are freed. The `room` bytes
/// behind the elements belong to the guard.
struct Guard {
  static constexpr std::int64_t room = 64;
  void (*made)(void* elements, std::int64_t bytes);
  void (*ends)(void* elements, std::int64_t bytes) noexcept;
};

/// Sets the guard of all tensors that are allocated from now on, on every thread; null for none, as at the start. The
/// guard must live longer than these tensors.
void set_guard(const Guard* guard) noexcept;

namespace detail {
/// The guard that set_guard set.
extern constinit std::atomic<const Guard*> guard_of_new_tensors;
}  // namespace detail

}  // namespace tinytorch::memory
