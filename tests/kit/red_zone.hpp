#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tinytorch::lab {

/// Where a block of memory is from.
enum class Source : std::uint8_t { tensor, heap_malloc, heap_new };

/// Behind each block in a suite stand 64 bytes of the kit's: the red zone. Who writes there has passed the block's end;
/// who reads there gets NaN or a number far below 0. The sanitizers see as much by themselves: with them there is none.
constexpr std::int64_t red_zone = 64;
extern const bool red_zones;

/// Makes the zone behind `bytes` bytes at `block` and remembers both.
void guard_block(void* block, std::int64_t bytes, Source source);
/// Looks at the zone a last time. The block's bytes; nothing when guard_block was not told of it.
std::optional<std::int64_t> release_block(void* block) noexcept;

/// A block of `bytes` bytes past whose end was written: at `first` to `last`, counted from the block's begin.
struct Overrun {
  Source source = Source::tensor;
  std::int64_t bytes = 0, first = 0, last = 0;

  std::string block() const;    ///< a tensor of 24 bytes
  std::string written() const;  ///< bytes 24 to 27
};

/// Forgets what was found; from now on the blocks of tensors and of operator new have a zone, too.
void watch_blocks();
/// The first overrun found since: of a block that has been given back, else of the oldest that lives.
std::optional<Overrun> find_overrun();

}  // namespace tinytorch::lab
