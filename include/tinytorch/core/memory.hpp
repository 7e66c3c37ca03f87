#pragma once

#include <cstdint>

/// Where tensors keep their bytes. Blocks are 64-byte aligned and are kept for reuse when they are freed: the first
/// touch of fresh memory costs many times a second one.
namespace tinytorch::memory {

/// What a block is for. A block carries the tag that was current on its thread when it was made.
enum class Tag : std::uint8_t { general, parameter, gradient, activation, workspace, data, optimizer };
constexpr int tag_count = 7;

struct Stats {
  std::int64_t active = 0;  ///< bytes in tensors that live
  std::int64_t peak = 0;    ///< the largest `active` since reset_peak()
  std::int64_t blocks = 0;  ///< blocks handed out since the program began, reused or fresh
  std::int64_t cached = 0;  ///< bytes kept for reuse (totals only)
};

/// Over all tags.
Stats stats();
/// Of one tag; `cached` is 0.
Stats stats(Tag tag);
/// Sets every peak to what is active now.
void reset_peak();
/// Gives the blocks kept for reuse back to the system.
void release_cached();

/// Sets the current thread's tag for as long as it lives.
class TagScope {
 public:
  explicit TagScope(Tag tag);
  ~TagScope();
  TagScope(const TagScope&) = delete;
  TagScope& operator=(const TagScope&) = delete;

 private:
  Tag before_;
};

/// When on, `empty()` fills its memory with a NaN of these bits (floats) or 0xAB bytes, so that an element nobody wrote
/// is seen. No arithmetic makes this NaN by itself.
void set_poison(bool on);
constexpr std::uint32_t poison_float32 = 0x7FEBABAB;
constexpr std::uint64_t poison_float64 = 0x7FFDABABABABABAB;
bool poison();

/// The tag that new blocks of this thread get.
Tag current_tag();

}  // namespace tinytorch::memory
