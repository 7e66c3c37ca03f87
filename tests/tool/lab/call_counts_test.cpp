#include "src/tito/lab/call_counts.hpp"

#include "tests/tool/temporary_folder.hpp"

#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

TEST(CallCounts, lines_of_a_counting_program) {
  const Calls calls = parse_calls(
      "core/strides\traw::permute(const Tensor&, Dims)\t12\nnoise\ncore/strides\traw::slice(...)\t0\n"
      "nn/linear\tf()\tmany\nnn/linear\tf()\t99999999999999999999\n");
  ASSERT_EQ(calls.size(), 1U);
  const std::vector<FunctionCalls> expected{{"raw::permute(const Tensor&, Dims)", 12}, {"raw::slice(...)", 0}};
  EXPECT_EQ(calls.at("core/strides"), expected);
  EXPECT_EQ(total(expected), 12U);
}

TEST(CallCounts, are_kept_from_the_last_run) {
  TemporaryFolder folder;
  Context context;
  context.work = folder.path() / "work";
  EXPECT_TRUE(load_calls(context, "xor").empty());
  const Calls calls{{"core/strides", {{"f()", 3}, {"a()", 4}}}};
  save_calls(context, "xor", calls);
  EXPECT_EQ(load_calls(context, "xor"), calls);
  folder.write("work/.tito/calls/xor.json", "{");
  EXPECT_TRUE(load_calls(context, "xor").empty());
}

TEST(CallCounts, large_numbers_are_grouped) {
  EXPECT_EQ(grouped(7), "7");
  EXPECT_EQ(grouped(2100344), "2,100,344");
}

}  // namespace
}  // namespace tinytorch::tito
