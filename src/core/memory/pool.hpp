#pragma once

#include "tinytorch/core/memory.hpp"

#include <cstddef>

/// Memory for storages, tensors and nodes: freed blocks are kept by size and handed out again.
namespace tinytorch::pool {

/// A block of at least `bytes` bytes, aligned to 64. Throws std::bad_alloc.
void* allocate(std::size_t bytes);
/// Takes back a block that allocate(bytes) gave.
void release(void* block, std::size_t bytes) noexcept;

/// Bytes kept for reuse, by this thread and by all together.
std::int64_t cached() noexcept;

/// Adds to (or, negative, takes from) the counters that memory::stats() shows.
void count(std::int64_t bytes, memory::Tag tag) noexcept;

}  // namespace tinytorch::pool
