#include "tests/kit/instruments/red_zone.hpp"

#include "src/course/guard.hpp"
#include "tinytorch/core/creation.hpp"
#include "tinytorch/core/tensor.hpp"

#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch::lab {
namespace {

// Hides the number of bytes from the compiler.
unsigned char* volatile bytes;

class KitRedZone : public testing::Test {
 protected:
  void SetUp() override {
    if (!red_zones) GTEST_SKIP() << "the sanitizer looks itself";
    watch_blocks();
  }
  ~KitRedZone() override { memory::set_guard(nullptr); }
};

std::string text_of(const std::optional<Overrun>& overrun) {
  return overrun ? overrun->block() + ": " + overrun->written() : "none";
}

TEST_F(KitRedZone, EveryWriteInsideIsAllowed) {
  for (const std::int64_t count : {0, 1, 15, 16, 17, 1000, 1024, 5000}) {
    const Tensor x = empty(Shape{count}, DType::uint8);
    std::memset(x.data(), 0xFF, static_cast<std::size_t>(count));
    std::vector<char> v(static_cast<std::size_t>(count), 'x');
    bytes = static_cast<unsigned char*>(std::malloc(static_cast<std::size_t>(count)));
    std::memset(bytes, 0xFF, static_cast<std::size_t>(count));
    std::free(bytes);
    EXPECT_EQ(text_of(find_overrun()), "none") << count;
  }
}

TEST_F(KitRedZone, FindsTheFirstAndTheLastByteOfTheZone) {
  const Tensor x = empty(Shape{3, 2});
  bytes = static_cast<unsigned char*>(x.data());
  bytes[24] = 0;
  EXPECT_EQ(text_of(find_overrun()), "a tensor of 24 bytes: byte 24");
  bytes[24 + red_zone - 1] = 0;
  EXPECT_EQ(text_of(find_overrun()), "a tensor of 24 bytes: byte 87");
}

TEST_F(KitRedZone, ToldOnceAndOfTheOldestBlock) {
  const Tensor x = empty(Shape{3}), y = empty(Shape{5});
  for (const Tensor* tensor : {&y, &x}) {
    bytes = static_cast<unsigned char*>(tensor->data()) + tensor->storage_bytes();
    std::memset(bytes, 0, 4);
  }
  EXPECT_EQ(text_of(find_overrun()), "a tensor of 12 bytes: bytes 12 to 15");
  EXPECT_EQ(text_of(find_overrun()), "none");
}

TEST_F(KitRedZone, BlocksThatAreGoneAreRemembered) {
  std::thread([] {
    std::vector<char> v(7);
    bytes = reinterpret_cast<unsigned char*>(v.data());
    bytes[9] = 0;
  }).join();
  EXPECT_EQ(text_of(find_overrun()), "a block of new (a vector's, say) of 7 bytes: byte 9");
  bytes = static_cast<unsigned char*>(std::malloc(10));
  bytes[10] = 0;
  std::free(bytes);
  EXPECT_EQ(text_of(find_overrun()), "a block of malloc of 10 bytes: byte 10");
  EXPECT_EQ(text_of(find_overrun()), "none");
}

TEST_F(KitRedZone, WatchingAnewForgets) {
  const Tensor x = empty(Shape{3});
  bytes = static_cast<unsigned char*>(x.data());
  bytes[12] = 0;
  {
    const Tensor gone = empty(Shape{1});
    bytes = static_cast<unsigned char*>(gone.data());
    bytes[4] = 0;
  }
  watch_blocks();
  EXPECT_EQ(text_of(find_overrun()), "none");
}

TEST_F(KitRedZone, TensorsKeepTheGuardThatTheyWereMadeUnder) {
  memory::set_guard(nullptr);
  Tensor before = empty(Shape{16});
  watch_blocks();
  Tensor after = empty(Shape{16});
  bytes = static_cast<unsigned char*>(after.data());
  bytes[64] = 0;
  memory::set_guard(nullptr);
  before = Tensor();
  after = Tensor();
  EXPECT_EQ(text_of(find_overrun()), "a tensor of 64 bytes: byte 64");
}

}  // namespace
}  // namespace tinytorch::lab
