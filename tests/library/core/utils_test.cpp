// The given code of lab 00: buffers of aligned memory, the staircase, the machine's profile as JSON.
#include "src/course/machine_profile.hpp"
#include "tinytorch/core/error.hpp"

#include <algorithm>
#include <limits>
#include <new>
#include <numeric>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

TEST(AlignedBuffer, starts_at_its_alignment_and_counts_elements) {
  for (const std::size_t alignment : {8U, 64U, 4096U}) {
    const AlignedBuffer<float> buffer(7, alignment);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data()) % alignment, 0U);
    EXPECT_EQ(buffer.span().size(), 7U);
  }
}

TEST(AlignedBuffer, moves_hand_over_the_memory) {
  AlignedBuffer<int> first(3);
  std::iota(first.data(), first.data() + 3, 5);
  int* const data = first.data();
  AlignedBuffer<int> second(std::move(first));
  EXPECT_EQ(second.data(), data);
  AlignedBuffer<int> third(1);
  third = std::move(second);
  EXPECT_EQ(third.data(), data);
  EXPECT_EQ(third.span()[2], 7);
}

TEST(AlignedBuffer, refuses_a_count_whose_bytes_overflow) {
  EXPECT_THROW(AlignedBuffer<double>(std::numeric_limits<std::size_t>::max() / 4), std::bad_alloc);
}

TEST(SteadyClock, never_goes_back) {
  SteadyClock clock;
  std::int64_t before = clock.now_ns();
  for (int i = 0; i < 10'000; ++i) {
    const std::int64_t now = clock.now_ns();
    ASSERT_LE(before, now);
    before = now;
  }
}

TEST(MachineProfile, links_nodes_along_the_ring) {
  const std::vector<std::uint32_t> ring{2, 0, 1};
  AlignedBuffer<ChaseNode> nodes(3);
  link_nodes(ring, nodes.span());
  EXPECT_EQ(chase(nodes.data(), 0, 2), 1U);
  AlignedBuffer<ChaseNode> too_few(2);
  EXPECT_THROW(link_nodes(ring, too_few.span()), ShapeError);
}

TEST(MachineProfile, staircase_has_a_point_for_every_footprint) {
  SteadyClock clock;
  Generator generator(1);
  const auto points = measure_staircase({{4096, 8192, 16384}, 10}, generator, clock);
  ASSERT_EQ(points.size(), 3U);
  EXPECT_EQ(points[2].bytes, 16384);
  for (const StairPoint& point : points) EXPECT_GT(point.ns, 0);
  EXPECT_TRUE(measure_staircase({{}, 10}, generator, clock).empty());
}

TEST(MachineProfile, plan_ascends_and_reaches_far) {
  const StaircasePlan plan = staircase_plan(64 << 20);
  ASSERT_GE(plan.bytes.size(), 10U);
  EXPECT_TRUE(std::is_sorted(plan.bytes.begin(), plan.bytes.end()));
  EXPECT_LE(plan.bytes.back(), 64 << 20);
  EXPECT_GT(plan.bytes.back(), 32 << 20);
  EXPECT_GT(plan.loads, 0U);
}

TEST(MachineProfile, goes_beyond_the_last_cache) {
  EXPECT_EQ(beyond_caches({}), 64 << 20);
  const std::vector<CacheInfo> small{{1, 32 << 10, 64, 1}, {2, 1 << 20, 64, 1}};
  EXPECT_EQ(beyond_caches(small), 64 << 20);
  const std::vector<CacheInfo> huge{{3, std::int64_t{1} << 30, 64, 64}};
  EXPECT_LE(beyond_caches(huge), 512 << 20);
}

TEST(MachineProfile, json_names_every_figure) {
  MachineProfile profile;
  profile.cores = {8, 4, 1.5};
  profile.caches = {{1, 32768, 64, 2}};
  profile.clock_resolution_ns = 20;
  profile.staircase = {{4096, 1.25}, {8192, 2.5}};
  profile.bandwidth = {{0, 1 << 26, 12.5}};
  profile.first_touch = {1 << 26, 2e7, 2e6};
  const std::string json = to_json(profile);
  for (const char* part :
       {R"("cores": {"logical": 8, "physical": 4, "quota": 1.500})",
        R"({"level": 1, "bytes": 32768, "line": 64, "shared_by": 2})", R"("clock_resolution_ns": 20)",
        R"({"bytes": 4096, "ns": 1.250},)", R"({"level": 0, "bytes": 67108864, "gb_per_s": 12.50})",
        R"("first_touch": {"bytes": 67108864, "first_ns": 20000000, "second_ns": 2000000})"}) {
    EXPECT_NE(json.find(part), std::string::npos) << part << "\n" << json;
  }
}

}  // namespace
}  // namespace tinytorch
