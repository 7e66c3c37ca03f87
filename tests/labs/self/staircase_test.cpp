#include "modules/00_setup/measure/plot.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

TEST(Staircase, of_a_machine_without_known_caches_says_so_and_shows_both_ends) {
  const std::vector<StairPoint> points{{16384, 1.25}, {262144, 4.5}, {std::int64_t{64} << 20, 80.0}};
  EXPECT_EQ(without_names_text(points),
            "  /sys lists no cache here, so the treads have no names: a cache ends where the staircase rises,\n"
            "  from 1.2 ns in 16 KiB to 80.0 ns in 64 MiB\n");
  EXPECT_EQ(without_names_text({}), "");
  EXPECT_EQ(draw_text(points, {}).find(" ns\n"), std::string::npos) << "a number without a name says nothing";
  EXPECT_NE(draw_text(points, std::vector<CacheInfo>{{1, 32768, 64, 1}}).find("L1 32 KiB 1.2 ns"), std::string::npos);
}

}  // namespace
}  // namespace tinytorch
