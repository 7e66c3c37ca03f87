#include "tests/labs/sample.hpp"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (int i = 0; i < 100; ++i) all.push_back("m" + std::to_string(100 + i));
  return all;
}

std::vector<std::string> chosen(const std::string& key) {
  return sampled(names(), {8, key}, [](const std::string& name) { return name; });
}

TEST(Sample, takes_one_in_eight_in_their_order) {
  const std::vector<std::string> some = chosen("a");
  EXPECT_EQ(some.size(), 13U);
  EXPECT_TRUE(std::is_sorted(some.begin(), some.end()));
  EXPECT_EQ(some, chosen("a"));
}

TEST(Sample, takes_every_one_at_some_commit) {
  std::set<std::string> seen;
  for (int commit = 0; commit < 100; ++commit)
    for (const std::string& name : chosen(std::to_string(commit))) seen.insert(name);
  EXPECT_EQ(seen.size(), names().size());
}

TEST(Sample, takes_one_of_few_and_all_when_it_is_whole) {
  const auto name = [](const std::string& one) { return one; };
  EXPECT_EQ(sampled(std::vector<std::string>{"a", "b"}, {8, "k"}, name).size(), 1U);
  EXPECT_EQ(sampled(names(), {}, name), names());
  EXPECT_TRUE(sampled(std::vector<std::string>{}, {8, "k"}, name).empty());
}

}  // namespace
}  // namespace tinytorch::tito
