#include "tests/kit/instruments/cache_model.hpp"
#include "tests/kit/instruments/fake_clock.hpp"
#include "tests/kit/instruments/fixture.hpp"
#include "tests/kit/instruments/heap.hpp"
#include "tests/kit/suite/case.hpp"

#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

namespace tinytorch::lab {
namespace {

TEST(KitClock, TimePassesOnlyWhenToldAndInTicks) {
  FakeClock clock(10);
  EXPECT_EQ(clock.now_ns(), 0);
  clock.advance(19);
  EXPECT_EQ(clock.now_ns(), 10);
  clock.advance(1);
  EXPECT_EQ(clock.now_ns(), 20);
  EXPECT_EQ(clock.elapsed(), 20);
  EXPECT_EQ(clock.reads(), 3);
}

TEST(KitClock, ReadsMayCostTimeAndFollowAScript) {
  FakeClock clock(1, 7);
  EXPECT_EQ(clock.now_ns(), 0);
  EXPECT_EQ(clock.now_ns(), 7);
  clock.script({100, 100, 125});
  EXPECT_EQ(clock.now_ns(), 100);
  EXPECT_EQ(clock.now_ns(), 100);
  EXPECT_EQ(clock.now_ns(), 125);
  EXPECT_EQ(clock.now_ns(), 125);
  EXPECT_EQ(clock.now_ns(), 132);
}

TEST(KitFixture, WritesFilesAndRemovesThem) {
  std::filesystem::path root;
  {
    Fixture tree;
    root = tree.root();
    tree.write("/sys/cpu/online", "0-3\n");
    tree.make_folder("empty/folder");
    std::string line;
    std::getline(std::ifstream(root / "sys/cpu/online"), line);
    EXPECT_EQ(line, "0-3");
    EXPECT_TRUE(std::filesystem::is_directory(root / "empty/folder"));
    tree.remove("sys");
    EXPECT_FALSE(std::filesystem::exists(root / "sys"));
  }
  EXPECT_FALSE(std::filesystem::exists(root));
}

// Hides the block from the optimiser, which removes a malloc whose block is not used.
void* volatile sink;

TEST(KitHeap, CountsMallocAndFree) {
  const Heap before = heap();
  sink = std::malloc(100);
  void* first = sink;
  sink = std::malloc(28);
  const Heap between = heap();
  EXPECT_EQ(between.allocations - before.allocations, 2);
  EXPECT_EQ(between.live_bytes - before.live_bytes, 128);
  std::free(first);
  std::free(nullptr);
  EXPECT_EQ(heap().frees - before.frees, 1);
  EXPECT_EQ(heap().live_bytes - before.live_bytes, 28);
  std::free(sink);
  EXPECT_EQ(heap().live_bytes - before.live_bytes, 0);
}

TEST(KitHeap, ThousandsOfBlocksInAnyOrderBalance) {
  const Heap before = heap();
  Generator g(3);
  std::vector<void*> blocks;
  for (int i = 0; i < 20000; ++i) {
    if (!blocks.empty() && g.below(3) == 0) {
      const std::size_t at = g.below(blocks.size());
      std::swap(blocks[at], blocks.back());
      std::free(blocks.back());
      blocks.pop_back();
    } else {
      blocks.push_back(std::malloc(1 + g.below(50)));
    }
  }
  for (void* block : blocks) std::free(block);
  const Heap after = heap();
  EXPECT_EQ(after.live_bytes, before.live_bytes);
  EXPECT_EQ(after.allocations - before.allocations, after.frees - before.frees);
  EXPECT_GT(after.allocations - before.allocations, 10000);
}

// Element (i, j) of an n x n matrix of traced numbers.
struct Matrix {
  explicit Matrix(std::int64_t size) : n(size), tensor(zeros(Shape{size, size}, DType::traced)) {}
  Traced& operator()(std::int64_t i, std::int64_t j) const { return tensor.data<Traced>()[i * n + j]; }
  std::int64_t n;
  Tensor tensor;
};

TEST(KitCacheModel, ARowWalkMissesOncePerLineAColumnWalkAtEveryElement) {
  const Matrix a(64);  // four lines a row; 64 rows are more than 32 lines
  Traced sum = 0;
  CacheModel rows;
  rows.watch(a.tensor);
  for (std::int64_t i = 0; i < 64; ++i)
    for (std::int64_t j = 0; j < 64; ++j) sum += a(i, j);
  EXPECT_EQ(rows.loads(), 4096);
  EXPECT_EQ(rows.stores(), 0);
  EXPECT_EQ(rows.misses(), 256);
  CacheModel columns;
  columns.watch(a.tensor);
  for (std::int64_t j = 0; j < 64; ++j)
    for (std::int64_t i = 0; i < 64; ++i) sum += a(i, j);
  EXPECT_EQ(columns.misses(), 4096);
  EXPECT_EQ(rows.misses(), 256) << "the newer model takes the older one's place";
}

TEST(KitCacheModel, AColumnWalkOfFewRowsFitsTheCache) {
  const Matrix a(32);  // two lines a row: 32 lines hold one column's lines, of which 16 columns share each
  CacheModel model;
  model.watch(a.tensor);
  for (std::int64_t j = 0; j < 32; ++j)
    for (std::int64_t i = 0; i < 32; ++i) a(i, j) = 1.0F;
  EXPECT_EQ(model.stores(), 1024);
  EXPECT_EQ(model.misses(), 64);
}

TEST(KitCacheModel, TheLeastRecentlyUsedLineGoes) {
  alignas(64) Traced x[3 * 16];
  CacheModel model(2);
  model.watch(x, sizeof(x));
  const auto load = [&](int line) { return static_cast<float>(x[line * 16]); };
  float sum = load(0) + load(1);  // both miss
  sum += load(0);                 // hit; line 1 is now the older
  sum += load(2);                 // miss, drops line 1
  sum += load(0);                 // hit
  EXPECT_EQ(model.misses(), 3);
  sum += load(1);  // miss
  EXPECT_EQ(model.misses(), 4);
  EXPECT_EQ(sum, 0.0F);
  model.reset();
  EXPECT_EQ(model.loads() + model.stores() + model.misses(), 0);
}

TEST(KitCacheModel, LocalsAndUnwatchedBuffersAreFree) {
  const Matrix a(4);
  const Matrix b(4);
  CacheModel model;
  model.watch(a.tensor);
  Traced local = b(0, 0) + Traced(2);
  local *= local;
  EXPECT_EQ(model.loads() + model.stores(), 0);
  b(1, 1) = local;
  EXPECT_EQ(model.stores(), 0);
  model.watch_heap();
  b(1, 1) = local;
  EXPECT_EQ(model.stores(), 1);
  EXPECT_EQ(model.loads(), 0);
}

TEST(KitCacheModel, ReadingForJudgementIsUnseen) {
  Case c(10, 40, 1);
  CacheModel model;
  model.watch_heap();
  const Tensor x = c.traced(Shape{5, 5});
  EXPECT_EQ(values(x).size(), 25U);
  EXPECT_EQ(model.loads() + model.stores(), 0);
}

// Misses of c += a b at 48 x 48, where a row is three lines. The counts are worked out beside each test.
template <class Walk>
std::int64_t product_misses(Walk walk) {
  const Matrix a(48), b(48), c(48);
  CacheModel model;
  for (const Matrix* m : {&a, &b, &c}) model.watch(m->tensor);
  walk(a, b, c);
  return model.misses();
}

TEST(KitCacheModel, ProductByRowAndColumn) {
  // For each of 48 * 48 elements: 48 lines of a column of b, which push all else out, 3 of a row of a, 1 of c.
  EXPECT_EQ(product_misses([](const Matrix& a, const Matrix& b, const Matrix& c) {
              for (std::int64_t i = 0; i < 48; ++i)
                for (std::int64_t j = 0; j < 48; ++j) {
                  Traced sum = 0;
                  for (std::int64_t k = 0; k < 48; ++k) sum += a(i, k) * b(k, j);
                  c(i, j) = sum;
                }
            }),
            48 * 48 * (48 + 3 + 1));
}

TEST(KitCacheModel, ProductByRows) {
  // All 144 lines of b for each of 48 rows; a and c are walked once.
  EXPECT_EQ(product_misses([](const Matrix& a, const Matrix& b, const Matrix& c) {
              for (std::int64_t i = 0; i < 48; ++i)
                for (std::int64_t k = 0; k < 48; ++k)
                  for (std::int64_t j = 0; j < 48; ++j) c(i, j) += a(i, k) * b(k, j);
            }),
            48 * 144 + 144 + 144);
}

TEST(KitCacheModel, ProductByBlocks) {
  EXPECT_EQ(product_misses([](const Matrix& a, const Matrix& b, const Matrix& c) {
              for (std::int64_t i0 = 0; i0 < 48; i0 += 16)
                for (std::int64_t k0 = 0; k0 < 48; k0 += 16)
                  for (std::int64_t j0 = 0; j0 < 48; j0 += 16)
                    for (std::int64_t i = i0; i < i0 + 16; ++i)
                      for (std::int64_t k = k0; k < k0 + 16; ++k)
                        for (std::int64_t j = j0; j < j0 + 16; ++j) c(i, j) += a(i, k) * b(k, j);
            }),
            1296);
}

}  // namespace
}  // namespace tinytorch::lab
