#include "src/tito/lab/predictions.hpp"

#include <string>

#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

Prediction prediction(double tolerance = 0, bool reasons = false) {
  Prediction one;
  one.id = "P1";
  one.ask = "Bytes of {rows} rows?";
  one.unit = "bytes";
  one.tolerance = tolerance;
  if (reasons) one.why = {"lines", "instructions", "faults"};
  return one;
}

TEST(Predictions, parameters_fill_the_question) {
  const auto parameters = parse_parameters("talk\n{\"id\":\"P1\",\"parameters\":{\"rows\":12,\"name\":\"x\"}}\n");
  EXPECT_EQ(question_text(prediction(), parameters.at("P1")), "Bytes of 12 rows?");
  EXPECT_THROW(question_text(prediction(), {}), CommandError);
  Prediction plural = prediction();
  plural.ask = "{n} worker{n:s}";
  EXPECT_EQ(question_text(plural, {{"n", "1"}}), "1 worker");
  EXPECT_EQ(question_text(plural, {{"n", "0"}}), "0 workers");
  EXPECT_THROW(parse_parameters("{\"id\":"), CommandError);
}

TEST(Predictions, evidence_of_the_solution_is_not_called_yours) {
  EXPECT_EQ(of_another("at n = 48 your raw::matmul 7200. Your loops take 3 ms", "the solution"),
            "at n = 48 the solution's raw::matmul 7200. The solution's loops take 3 ms");
  EXPECT_EQ(of_another("counted", "the library"), "counted");
}

TEST(Predictions, guesses_are_numbers_with_or_without_id_unit_and_reason) {
  EXPECT_EQ(parse_guess("4096", prediction()).value, 4096);
  EXPECT_EQ(parse_guess("16,777,216 bytes", prediction()).value, 16777216);
  EXPECT_EQ(parse_guess("P1 2.5e6", prediction()).value, 2.5e6);
  const Guess with_reason = parse_guess("12 b", prediction(0, true));
  EXPECT_EQ(with_reason.value, 12);
  EXPECT_EQ(with_reason.why, 2);
  EXPECT_FALSE(parse_guess("", prediction()).value.has_value());
}

TEST(Predictions, nonsense_is_refused) {
  EXPECT_THROW(parse_guess("many", prediction()), CommandError);
  EXPECT_THROW(parse_guess("nan", prediction()), CommandError);
  EXPECT_THROW(parse_guess("12 d", prediction(0, true)), CommandError);
}

TEST(Predictions, tolerance_is_a_share_of_the_truth) {
  EXPECT_TRUE(within(prediction(), 100, 100));
  EXPECT_FALSE(within(prediction(), 101, 100));
  EXPECT_TRUE(within(prediction(0.25), 125, 100));
  EXPECT_FALSE(within(prediction(0.25), 126, 100));
  EXPECT_TRUE(within(prediction(0.5), -60, -100));
}

TEST(Predictions, measured_lines_are_read) {
  const auto measured =
      parse_measured("{\"id\":\"P1\",\"truth\":123,\"unit\":\"bytes\",\"why\":1,\"evidence\":\"one line\"}\n");
  ASSERT_EQ(measured.size(), 1U);
  EXPECT_EQ(measured[0].truth, 123);
  EXPECT_EQ(measured[0].why, 1);
  EXPECT_EQ(measured[0].evidence, "one line");
  EXPECT_THROW(parse_measured("{\"id\":\"P1\"}\n"), CommandError);
}

TEST(Predictions, values_read_well) {
  EXPECT_EQ(value_text(16777216), "16,777,216");
  EXPECT_EQ(value_text(999), "999");
  EXPECT_EQ(value_text(-1000), "-1,000");
  EXPECT_EQ(value_text(2.5), "2.5");
  EXPECT_EQ(tolerance_text(0), "exact");
  EXPECT_EQ(tolerance_text(0.25), "within 25 %");
}

}  // namespace
}  // namespace tinytorch::tito
