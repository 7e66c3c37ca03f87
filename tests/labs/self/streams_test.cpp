#include "src/tito/grade/streams.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

Streams stream(const std::string& value, const std::string& rest = "") {
  return split_stream("{\"test\":\"t\",\"what\":\"y\",\"kind\":\"value\",\"value\":" + value + rest + "}\n");
}

TEST(Streams, exact_values_agree_letter_by_letter) {
  EXPECT_EQ(stream_difference(stream("1.5"), stream("1.5")), "");
  EXPECT_NE(stream_difference(stream("1.5"), stream("1.25")), "");
  EXPECT_NE(stream_difference(stream("\"nan\""), stream("1")), "");
}

TEST(Streams, close_values_agree_within_the_tolerance_of_the_reference) {
  const std::string tight = ",\"tolerance\":0.1";
  const auto tensor = [](const std::string& sizes, const std::string& values) {
    return "{\"dtype\":\"float32\",\"sizes\":" + sizes + ",\"values\":" + values + "}";
  };
  EXPECT_EQ(stream_difference(stream("1.0", tight), stream("1.05", tight)), "");
  EXPECT_NE(stream_difference(stream("1.0", tight), stream("1.2", ",\"tolerance\":9")), "");
  EXPECT_EQ(stream_difference(stream(tensor("[2]", "[1.0,2.0]"), tight), stream(tensor("[2]", "[1.05,2.0]"), tight)),
            "");
  EXPECT_NE(stream_difference(stream(tensor("[2]", "[1.0,2.0]"), tight), stream(tensor("[2]", "[1.0,2.5]"), tight)),
            "");
  EXPECT_NE(stream_difference(stream(tensor("[1]", "[1.0]"), ",\"tolerance\":5"),
                              stream(tensor("[2]", "[1.0]"), ",\"tolerance\":5")),
            "");
}

TEST(Streams, relations_agree_when_both_hold) {
  const std::string cap = ",\"op\":\"<=\",\"rhs\":10";
  EXPECT_EQ(stream_difference(stream("7", cap), stream("9", cap)), "");
  EXPECT_NE(stream_difference(stream("7", cap), stream("11", cap)), "");
  EXPECT_NE(stream_difference(stream("7", cap), stream("\"nan\"", cap)), "");
}

TEST(Streams, a_missing_value_or_test_is_a_difference) {
  EXPECT_NE(stream_difference(stream("1"), Streams{}), "");
  EXPECT_NE(stream_difference(Streams{}, stream("1")), "");
  Streams longer = stream("1");
  longer["t"].push_back(longer["t"].front());
  EXPECT_NE(stream_difference(stream("1"), longer), "");
  EXPECT_NE(stream_difference(longer, stream("1")), "");
}

TEST(Streams, a_stream_that_never_changes_is_named) {
  EXPECT_EQ(constant_tests({stream("1"), stream("1"), stream("1")}), (std::vector<std::string>{"t"}));
  EXPECT_TRUE(constant_tests({stream("1"), stream("1"), stream("2")}).empty());
}

TEST(Streams, a_cut_last_line_is_left_out_and_a_broken_one_is_trouble) {
  EXPECT_EQ(split_stream("{\"test\":\"t\"}\n{\"te").at("t").size(), 1U);
  EXPECT_THROW(split_stream("nonsense\n"), CommandError);
}

}  // namespace
}  // namespace tinytorch::tito
