#include "tests/kit/values/compare.hpp"
#include "tests/kit/values/evidence.hpp"
#include "tests/kit/values/show.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace tinytorch::lab {
namespace {

std::string difference(const Value& actual, const Value& expected, double tolerance = 0.0) {
  const auto found = find_difference(actual, expected, tolerance);
  return found ? found->text : "none";
}

Tensor counting(const Shape& sizes, DType dtype = DType::float32) {
  Tensor x = empty(sizes, dtype);
  for (std::int64_t i = 0; i < x.numel(); ++i) x.data<float>()[i] = static_cast<float>(i);
  return x;
}

TEST(KitValue, ReadsTensorsThroughTheirStrides) {
  const Tensor base = counting(Shape{12});
  const Tensor x = as_strided(base, Shape{2, 3}, Shape{1, 4}, 1);
  EXPECT_EQ(values(x), (std::vector<double>{1, 5, 9, 2, 6, 10}));
  EXPECT_EQ(at(x, {1, 2}), 10.0);
  EXPECT_THROW(at(x, {2, 0}), IndexError);
  EXPECT_THROW(at(x, {0}), IndexError);
  EXPECT_EQ(values(as_strided(base, Shape{3}, Shape{-2}, 5)), (std::vector<double>{5, 3, 1}));
}

TEST(KitValue, LargeIntegersStayExact) {
  Tensor a = empty(Shape{}, DType::int64);
  a.data<std::int64_t>()[0] = (std::int64_t{1} << 60) + 1;
  Tensor b = empty(Shape{}, DType::int64);
  b.data<std::int64_t>()[0] = std::int64_t{1} << 60;
  EXPECT_EQ(difference(to_value(a), to_value(b)), "expected 1152921504606846976, got 1152921504606846977");
}

TEST(KitValue, StridesOfSizeOneAreCanonical) {
  const Tensor base = counting(Shape{12});
  EXPECT_EQ(canonical_strides(as_strided(base, Shape{1, 3}, Shape{77, 1}, 0)), (Shape{3, 1}));
  EXPECT_EQ(canonical_strides(as_strided(base, Shape{3, 1}, Shape{2, 99}, 0)), (Shape{2, 1}));
  EXPECT_EQ(canonical_strides(as_strided(base, Shape{2, 0}, Shape{7, 7}, 0)), (Shape{0, 1}));
  EXPECT_EQ(show(layout(as_strided(base, Shape{2, 2}, Shape{1, 4}, 3))), "{sizes: (2, 2), strides: (1, 4), offset: 3}");
}

TEST(KitEvidence, IsEqualForEqualMistakes) {
  // The same wrong sum in two orders of addition.
  EXPECT_EQ(evidence(to_value(0.1 + 0.2 + 0.3), 1e-12), evidence(to_value(0.3 + 0.2 + 0.1), 1e-12));
  EXPECT_NE(evidence(to_value(0.1 + 0.2 + 0.3), 0.0), evidence(to_value(0.3 + 0.2 + 0.1), 0.0));
  EXPECT_NE(evidence(to_value(0.5), 1e-12), evidence(to_value(0.5 + 1e-11), 1e-12));
  EXPECT_EQ(evidence(to_value(std::vector<std::vector<double>>{{1e-14, 2.0}}), 1e-12),
            evidence(to_value(std::vector<std::vector<double>>{{-1e-14, 2.0}}), 1e-12));
  EXPECT_NE(evidence(to_value(std::numeric_limits<double>::quiet_NaN()), 1e-12), evidence(to_value(0.0), 1e-12));
}

TEST(KitEvidence, OfAnExceptionIsItsType) {
  const auto thrown = [](const char* message) {
    Value value;
    value.kind = Value::Kind::thrown;
    value.text = "ValueError";
    value.message = message;
    return evidence(value, 0.0);
  };
  EXPECT_EQ(thrown("no batch"), thrown("there is nothing to learn from"));
}

TEST(KitShow, PrintsShortly) {
  EXPECT_EQ(show(to_value(counting(Shape{2, 2}))), "[[0, 1], [2, 3]]");
  EXPECT_EQ(show(to_value(counting(Shape{}))), "0");
  EXPECT_EQ(show(to_value(counting(Shape{0}))), "[]");
  EXPECT_EQ(show(to_value(counting(Shape{2, 0}))), "no elements, sizes (2, 0)");
  EXPECT_EQ(show(to_value(Tensor())), "nothing");
  EXPECT_EQ(show(to_value(0.1F)), "0.1");
  EXPECT_EQ(show(to_value(0.1)), "0.1");
  EXPECT_EQ(show(to_value(-std::numeric_limits<double>::infinity())), "-inf");
  EXPECT_EQ(show(to_value(true)), "true");
  EXPECT_EQ(show(to_value("a\n\"b\"")), "\"a\\n\\\"b\\\"\"");
  EXPECT_EQ(show(to_value(Shape{3})), "(3,)");
  EXPECT_EQ(show(to_value(std::vector<int>{1, 2})), "[1, 2]");
  EXPECT_EQ(show(to_value(std::vector<Shape>{{1}, {}})), "[(1,), ()]");
  EXPECT_EQ(show(record({{"level", 1}, {"name", "L1"}})), "{level: 1, name: \"L1\"}");
}

TEST(KitShow, CutsLongTensorsAroundTheDifference) {
  const Value x = to_value(counting(Shape{20, 30}));
  const std::string text = show(x, 17 * 30 + 21);
  EXPECT_LE(text.size(), 240U);
  EXPECT_NE(text.find("531"), std::string::npos) << text;
  EXPECT_NE(text.find("..."), std::string::npos);
  EXPECT_TRUE(text.ends_with("of sizes (20, 30)")) << text;
  EXPECT_EQ(show_index(Shape{20, 30}, 531), "[17,21]");
}

TEST(KitShow, RoundsNumbersWhereTheirDigitsDoNotMatter) {
  EXPECT_EQ(show_number(0.5358399867196111, DType::float64, 6), "0.53584");
  EXPECT_EQ(show_number(0.1, DType::float32, 6), "0.1");
  EXPECT_EQ(show_number(1.0877919644084146e-15, DType::float64, 2), "1.1e-15");
  EXPECT_EQ(show_number(std::numeric_limits<double>::infinity(), DType::float64, 6), "inf");
  EXPECT_EQ(digits_that_differ(1.0, 1.5), 6);
  EXPECT_EQ(digits_that_differ(0.3069596092, 0.3069596093), 11);
  EXPECT_EQ(digits_that_differ(1.0, 1.0 + 1e-16), 17);
  EXPECT_EQ(difference(to_value(0.12345678912), to_value(0.12345678934), 1.0877919644084146e-12),
            "expected 0.12345678934, got 0.12345678912, more than 1.1e-12 apart");
}

TEST(KitShow, NotesWhatElementsDoNotShow) {
  const Tensor base = counting(Shape{12});
  EXPECT_EQ(tensor_note(base), "");
  EXPECT_EQ(tensor_note(as_strided(base, Shape{2, 3}, Shape{3, 1}, 0)), "");
  EXPECT_EQ(tensor_note(as_strided(base, Shape{2, 3}, Shape{3, 1}, 2)), "strides (3, 1), offset 2");
  EXPECT_EQ(tensor_note(as_strided(base, Shape{2, 3}, Shape{1, 2}, 0)), "strides (1, 2)");
  EXPECT_EQ(tensor_note(empty(Shape{2}, DType::uint8)), "uint8");
}

TEST(KitShow, CutsLongListsAroundTheDifference) {
  std::vector<std::vector<int>> lists(40, std::vector<int>(12, 5));
  lists[30][3] = 77;
  const std::string text = show(to_value(lists), 30);
  EXPECT_LE(text.size(), 260U);
  EXPECT_NE(text.find("77"), std::string::npos) << text;
  EXPECT_NE(text.find("..."), std::string::npos) << text;
}

TEST(KitShow, CutsLongTextsAroundTheDifference) {
  std::string text(1000, 'a');
  text[700] = 'X';
  const std::string shown = show(to_value(text), 700);
  EXPECT_LE(shown.size(), 220U);
  EXPECT_NE(shown.find('X'), std::string::npos);
}

TEST(KitCompare, FindsTheFirstDifference) {
  const Tensor x = counting(Shape{2, 2});
  Tensor y = counting(Shape{2, 2});
  EXPECT_EQ(difference(to_value(x), to_value(y)), "none");
  y.data<float>()[2] = 9.0F;
  EXPECT_EQ(difference(to_value(x), to_value(y)), "first difference at [1,0]: expected 9, got 2");
  EXPECT_EQ(difference(to_value(x), to_value(counting(Shape{4}))), "the sizes differ: expected (4,), got (2, 2)");
  EXPECT_EQ(difference(to_value(empty(Shape{2}, DType::int64)), to_value(counting(Shape{2}))),
            "the dtype differs: expected float32, got int64");
  EXPECT_EQ(difference(to_value(Tensor()), to_value(counting(Shape{}))), "expected 0, got nothing");
}

TEST(KitCompare, ComparesListsTextsAndRecords) {
  EXPECT_EQ(difference(to_value(std::vector<int>{1, 2}), to_value(std::vector<int>{1})), "expected 1 number, got 2");
  EXPECT_EQ(difference(to_value(std::vector<const char*>{}), to_value(std::vector<const char*>{"a"})),
            "expected 1 item, got 0");
  EXPECT_EQ(difference(to_value(std::vector<double>{1, 2}), to_value(std::vector<int>{1, 2})), "none");
  EXPECT_EQ(difference(to_value(Shape{1, 2}), to_value(Shape{1, 3})), "first difference at [1]: expected 3, got 2");
  EXPECT_EQ(difference(to_value("abc"), to_value("abd")), "expected \"abd\", got \"abc\"");
  EXPECT_EQ(difference(to_value(false), to_value(true)), "expected true, got false");
  EXPECT_EQ(difference(record({{"a", 1}, {"b", 2.0}}), record({{"a", 1}, {"b", 3}})), "b: expected 3, got 2");
  EXPECT_EQ(difference(to_value(std::pair(1, "x")), to_value(std::pair(2, "x"))), "item 0: expected 2, got 1");
  EXPECT_EQ(difference(to_value(std::optional<int>()), to_value(std::optional<int>(3))), "expected 3, got nothing");
  EXPECT_EQ(difference(to_value(3), to_value("3")), "expected \"3\", got 3");
}

TEST(KitCompare, OfLongTextsItSaysWhereTheyPart) {
  const std::string end(41, 'z');
  EXPECT_EQ(difference(to_value("abc" + end), to_value("abd")), "the texts differ after \"ab\"");
  EXPECT_EQ(difference(to_value("ab" + end), to_value("ab")), "your text goes on after \"ab\"");
  EXPECT_EQ(difference(to_value("ab"), to_value("ab" + end)), "your text ends after \"ab\"");
  EXPECT_EQ(difference(to_value("x"), to_value(end)), "another text");
}

TEST(KitCompare, AListOfTextsNamesTheTwoThatDiffer) {
  const auto list = [](std::vector<std::string> texts) { return to_value(texts); };
  EXPECT_EQ(difference(list({"in", "in"}), list({"in", "waits"})), "item 1: expected \"waits\", got \"in\"");
  EXPECT_EQ(difference(list({"b", "c"}), list({"a", "b", "c"})),
            "expected 3 items, got 2, from item 0 on: expected \"a\", got \"b\"");
  EXPECT_EQ(difference(list({"a"}), list({"a", "b"})), "expected 2 items, got 1");
  const std::string words(50, 'x');
  EXPECT_EQ(difference(list({words + "a"}), list({words + "b"})),
            "item 0: the texts differ after \"..." + std::string(24, 'x') + "\"");
}

TEST(KitCompare, TolerancesAreBounds) {
  EXPECT_EQ(difference(to_value(1.0), to_value(1.25), 0.25), "none");
  EXPECT_NE(difference(to_value(1.0), to_value(1.26), 0.25), "none");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double inf = std::numeric_limits<double>::infinity();
  EXPECT_EQ(difference(to_value(nan), to_value(nan), 0.25), "none");
  EXPECT_NE(difference(to_value(nan), to_value(0.0), inf), "none");
  EXPECT_NE(difference(to_value(0.0), to_value(nan), inf), "none");
  EXPECT_EQ(difference(to_value(inf), to_value(inf), 0.25), "none");
  EXPECT_NE(difference(to_value(inf), to_value(-inf), 0.25), "none");
}

TEST(KitCompare, RelationsHoldOrNot) {
  const Value two = to_value(2);
  const Value three = to_value(3.0);
  EXPECT_TRUE(relation_holds(two, "<", three));
  EXPECT_TRUE(relation_holds(two, "<=", two));
  EXPECT_TRUE(relation_holds(two, "!=", three));
  EXPECT_FALSE(relation_holds(two, ">=", three));
  EXPECT_FALSE(relation_holds(two, "==", three));
  EXPECT_FALSE(relation_holds(two, ">", three));
  EXPECT_FALSE(relation_holds(to_value(std::numeric_limits<double>::quiet_NaN()), "<=", three));
  EXPECT_THROW(relation_holds(to_value("2"), "<", three), Error);
}

}  // namespace
}  // namespace tinytorch::lab
