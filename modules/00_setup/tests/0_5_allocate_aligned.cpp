// Task 0.5: memory at a chosen alignment, from malloc and back to it.
#include "tests/kit/kit.hpp"
#include "tinytorch/core/timing.hpp"

#include <limits>
#include <new>
#include <string>
#include <vector>

namespace tinytorch {
namespace {

std::size_t random_alignment(lab::Case& c) { return std::size_t{1} << c.integer(0, 12); }

/// Arbitrary sizes, some of them 0.
std::size_t random_bytes(lab::Case& c) { return static_cast<std::size_t>(c.integer(0, 1 + 97 * c.size())); }

/// A number that changes when any of the bytes changes.
std::uint64_t checksum(const unsigned char* bytes, std::size_t count) {
  std::uint64_t sum = 14695981039346656037U;
  for (std::size_t i = 0; i < count; ++i) sum = (sum ^ bytes[i]) * 1099511628211U;
  return sum >> 1;  // fits a signed 64-bit number, too
}

struct Block {
  unsigned char* data;
  std::size_t count;
  std::uint64_t written;
};

/// A block filled with random bytes from the first to the last.
Block filled_block(lab::Case& c) {
  const std::size_t count = random_bytes(c), alignment = random_alignment(c);
  c.input("bytes", count);
  c.input("alignment", alignment);
  Block block{static_cast<unsigned char*>(allocate_aligned(count, alignment)), count, 0};
  for (std::size_t i = 0; i < count; ++i) block.data[i] = static_cast<unsigned char>(c.rng().next());
  block.written = checksum(block.data, count);
  return block;
}

TASK_TEST(0, 5, addresses_are_multiples_of_the_alignment) {
  lab::cases(60, [](lab::Case& c) {
    const std::size_t count = c.input("bytes", random_bytes(c));
    const std::size_t alignment = c.input("alignment", random_alignment(c));
    void* const p = allocate_aligned(count, alignment);
    CHECK_SAME("address % alignment", reinterpret_cast<std::uintptr_t>(p) % alignment, std::size_t{0});
    CHECK_SAME("address is null", p == nullptr, false);
    free_aligned(p);
  });
}

TASK_TEST(0, 5, blocks_do_not_touch_each_other) {
  lab::cases(30, [](lab::Case& c) {
    std::vector<Block> blocks;
    for (std::int64_t i = 0; i <= c.size(); ++i) blocks.push_back(filled_block(c));
    while (!blocks.empty()) {  // frees them in random order; the others must keep their bytes
      const auto at = static_cast<std::ptrdiff_t>(c.rng().below(blocks.size()));
      const Block block = blocks[static_cast<std::size_t>(at)];
      CHECK_SAME("checksum", checksum(block.data, block.count), block.written);
      free_aligned(block.data);
      blocks.erase(blocks.begin() + at);
    }
  });
}

TASK_TEST(0, 5, all_memory_goes_back) {
  lab::cases(30, [](lab::Case& c) {
    const std::int64_t count = c.input("blocks", c.integer(1, 2 + c.size()));
    std::vector<void*> blocks(static_cast<std::size_t>(count));
    const lab::Heap before = lab::heap();
    for (void*& block : blocks) block = allocate_aligned(random_bytes(c), random_alignment(c));
    const lab::Heap between = lab::heap();
    for (void* block : blocks) free_aligned(block);
    const lab::Heap after = lab::heap();
    CHECK_RELATION("calls of malloc", between.allocations - before.allocations, >=, count);
    CHECK_SAME("calls of malloc less calls of free",
               (after.allocations - before.allocations) - (after.frees - before.frees), std::int64_t{0});
    CHECK_SAME("bytes still allocated", after.live_bytes - before.live_bytes, std::int64_t{0});
  });
}

TASK_TEST(0, 5, no_bytes_and_null_are_legal) {
  lab::cases(40, [](lab::Case& c) {
    const bool null = c.input("null", c.coin());
    const std::size_t alignment = c.input("alignment", random_alignment(c));
    const lab::Heap before = lab::heap();
    void* const p = null ? nullptr : allocate_aligned(0, alignment);
    CHECK_SAME("p is null", p == nullptr, null);
    free_aligned(p);
    CHECK_SAME("bytes still allocated", lab::heap().live_bytes - before.live_bytes, std::int64_t{0});
  });
}

TASK_TEST(0, 5, a_sum_that_wraps_throws_bad_alloc) {
  lab::cases(64, [](lab::Case& c) {
    const std::size_t alignment = c.input("alignment", random_alignment(c));
    const std::size_t most = std::numeric_limits<std::size_t>::max();
    std::size_t count = random_bytes(c);
    std::string shown = std::to_string(count);
    const std::int64_t kind = c.integer(0, 2);
    if (kind == 1) {  // bytes + alignment does not fit any more
      count = most - c.rng().below(alignment);
      shown = "2^64 - " + std::to_string(most - count + 1);
    } else if (kind == 2) {  // the sum fits, but malloc has no such block
      const std::int64_t power = c.integer(56, 63);
      count = std::size_t{1} << power;
      shown = "2^" + std::to_string(power);
    }
    c.input("bytes", shown);
    std::string outcome = "memory";
    try {
      free_aligned(allocate_aligned(count, alignment));
    } catch (const std::bad_alloc&) {
      outcome = "bad_alloc";
    }
    CHECK_SAME("outcome", outcome, std::string(kind > 0 ? "bad_alloc" : "memory"));
  });
}

}  // namespace
}  // namespace tinytorch
