#pragma once

#include "tinytorch/core/memory.hpp"

#include <cstddef>

/// Memory for storages, tensors and nodes. Freed blocks are kept by size and reused. Private to the library.
namespace tinytorch::pool {

/// A block of at least `bytes` bytes, aligned to 64. Throws std::bad_alloc.
void* allocate(std::size_t bytes);
/// Frees a block that allocate(bytes) returned.
void release(void* block, std::size_t bytes) noexcept;

/// Bytes kept for reuse: those of this thread and those shared by all threads.
std::int64_t cached() noexcept;

/// Adds `bytes`, which may be negative, to the counters that memory::stats() shows.
void count(std::int64_t bytes, memory::Tag tag) noexcept;

}  // namespace tinytorch::pool
