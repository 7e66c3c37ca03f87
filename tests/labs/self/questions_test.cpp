#include "tests/labs/students/questions.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

using Lines = std::vector<std::string>;

Lines faults_of(const std::string& ask, const Parameters& parameters = {}, const Lines& why = {}) {
  Prediction prediction;
  prediction.id = "P1";
  prediction.ask = ask;
  prediction.why = why;
  return question_faults(prediction, parameters);
}

TEST(Questions, use_each_parameter) {
  EXPECT_EQ(faults_of("How many bytes are {rows} row{rows:s}?", {{"rows", "3"}}), Lines{});
  EXPECT_EQ(faults_of("How many bytes?", {{"rows", "3"}}), Lines{"P1 does not use {rows}"});
}

TEST(Questions, speak_again_of_what_they_introduce) {
  EXPECT_EQ(faults_of("x and y are tensors. What is kept by {e1}?", {{"e1", "x / y"}}), Lines{});
  EXPECT_EQ(faults_of("x and y are tensors. What is kept by {e1}?", {{"e1", "x * x"}}),
            Lines{"P1 speaks of y once: x and y are tensors. What is kept by x * x?"});
  EXPECT_EQ(faults_of("half is x[::2]. Does x copy?").size(), 1U);
  EXPECT_EQ(faults_of("half is x[::2]. Does half copy?"), Lines{});
}

TEST(Questions, have_a_place_for_each_answer) {
  EXPECT_EQ(faults_of("How many? More than before?").size(), 1U);
  EXPECT_EQ(faults_of("How long, and why?").size(), 1U);
  EXPECT_EQ(faults_of("How long, and why?", {}, {"memory", "sums"}), Lines{});
}

}  // namespace
}  // namespace tinytorch::tito
