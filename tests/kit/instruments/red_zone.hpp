#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tinytorch::lab {

/// Which allocation a block of memory comes from.
enum class Source : std::uint8_t { tensor, heap_malloc, heap_new };

/// In a suite 64 bytes follow each block: the red zone. Code that writes there has passed the end of the block. Code
/// that reads there gets NaN, or an integer far below 0. Sanitizers find both themselves, so builds with them have no
/// zones.
constexpr std::int64_t red_zone = 64;
extern const bool red_zones;

/// Fills the zone behind the `bytes` bytes at `block`, and remembers block and size.
void guard_block(void* block, std::int64_t bytes, Source source);
/// Inspects the zone a last time and forgets the block. Returns the block's size, or nothing for an unknown block.
std::optional<std::int64_t> release_block(void* block) noexcept;

/// A write past the end of a block of `bytes` bytes: to bytes `first` to `last`, counted from the start of the block.
struct Overrun {
  Source source = Source::tensor;
  std::int64_t bytes = 0, first = 0, last = 0;

  std::string block() const;    ///< a tensor of 24 bytes
  std::string written() const;  ///< bytes 24 to 27
};

/// Forgets the overruns found so far. From now on blocks of tensors and of operator new have a zone too.
void watch_blocks();
/// Is told of each block of operator new, and of each that is to be freed: false lets it go, true keeps it until
/// free_block(). For the explorer of schedules.
struct BlockWatch {
  void (*made)(void* block, std::int64_t bytes);
  bool (*keeps)(void* block, std::int64_t bytes);
};
void watch_heap(const BlockWatch* watch);
void free_block(void* block);
/// The first overrun since: of a block that has been freed, else of the oldest block that has not.
std::optional<Overrun> find_overrun();

}  // namespace tinytorch::lab
