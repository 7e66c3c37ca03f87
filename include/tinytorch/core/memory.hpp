#pragma once

#include <cstdint>

/// The memory of tensors. Blocks are aligned to 64 bytes. A freed block is kept for reuse, because the first access to
/// fresh memory costs many times as much as a second one.
namespace tinytorch::memory {

/// What a block is for. A block gets the tag that was current on its thread when it was allocated.
enum class Tag : std::uint8_t { general, parameter, gradient, activation, workspace, data, optimizer };
constexpr int tag_count = 7;

struct Stats {
  std::int64_t active = 0;  ///< bytes of all tensors that exist now
  std::int64_t peak = 0;    ///< the largest `active` since reset_peak()
  std::int64_t blocks = 0;  ///< blocks allocated since the program began, reused or fresh
  std::int64_t cached = 0;  ///< bytes kept for reuse (totals only)
};

/// Over all tags.
Stats stats();
/// Of one tag; `cached` is 0.
Stats stats(Tag tag);
/// Sets every peak to the bytes that are active now.
void reset_peak();
/// Frees the blocks that are kept for reuse.
void release_cached();

/// The tag that new blocks of this thread get.
Tag current_tag();

/// Sets the current thread's tag for as long as it lives.
class TagScope {
 public:
  explicit TagScope(Tag tag);
  /// The same where the current tag is `general`; another tag stays.
  static TagScope unless_tagged(Tag tag) { return TagScope(current_tag() == Tag::general ? tag : current_tag()); }
  ~TagScope();
  TagScope(const TagScope&) = delete;
  TagScope& operator=(const TagScope&) = delete;

 private:
  Tag before_;
};

/// When on, `empty()` fills its memory with a NaN of these bits (floats) or with 0xAB bytes, so that an element that
/// was never written is seen. No arithmetic gives this NaN by itself.
void set_poison(bool on);
constexpr std::uint32_t poison_float32 = 0x7FEBABAB;
constexpr std::uint64_t poison_float64 = 0x7FFDABABABABABAB;
bool poison();

}  // namespace tinytorch::memory
