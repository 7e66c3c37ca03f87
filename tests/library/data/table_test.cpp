// Tables with names, texts and missing fields.
#include "tinytorch/data/formats/table.hpp"

#include "tests/library/data/damage.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/data/formats/csv.hpp"

#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

using data::Missing;
using data::Table;
using testing::damage_everywhere;

const char* const cars =
    "\xEF\xBB\xBFname,weight,power,origin\r\n"
    "\"Rapid, red\",1000,50,north\r\n"
    "\"the \"\"old\"\" one\",NA,60.5,south\r\n"
    "\r\n"
    "\"two\nlines\", 1200 ,,north\r\n";

template <class E, class F>
std::string refusal_of(F call) {
  try {
    call();
  } catch (const E& error) {
    return error.what();
  }
  return "nothing was refused";
}

TEST(Table, takes_names_in_place) {
  const Table table("a,b\n1,2\n3,4\n", "t.csv");
  EXPECT_EQ(to_string(table.numbers({"a", "b"})), "[[1., 2.],\n [3., 4.]]");  // two texts are no range of characters
  EXPECT_EQ(table.numbers({"b"}).sizes(), (Shape{2, 1}));
  EXPECT_EQ(table.numbers("b").sizes(), (Shape{2}));
  EXPECT_EQ(table.numbers({"a", "b", "a"}, {.dtype = DType::int64}).dtype(), DType::int64);
  EXPECT_EQ(table.numbers({}).sizes(), (Shape{2, 0}));
}

TEST(Table, says_when_the_separator_is_another) {
  EXPECT_EQ(refusal_of<ValueError>([] { Table("a;b\n1;2\n", "t.csv").numbers("a"); }),
            "[table] t.csv has no column 'a'; its only column is 'a;b': set TableOptions::separator");
  EXPECT_EQ(refusal_of<ValueError>([] { Table("", "t.csv").numbers("a"); }),
            "[table] t.csv has no column 'a': it is empty");
  EXPECT_EQ(Table("a;b\n1;2\n", "t.csv", {.separator = ';'}).numbers({"a", "b"}).sizes(), (Shape{1, 2}));
}

TEST(Table, has_columns_with_names) {
  const Table table(cars, "cars.csv");
  EXPECT_EQ(table.rows(), 3);
  EXPECT_EQ(table.names(), (std::vector<std::string>{"name", "weight", "power", "origin"}));
  EXPECT_EQ(table.texts("name"), (std::vector<std::string>{"Rapid, red", "the \"old\" one", "two\nlines"}));
  EXPECT_TRUE(table.is_number("weight"));
  EXPECT_TRUE(table.is_number("power"));
  EXPECT_FALSE(table.is_number("origin"));
  EXPECT_EQ(table.missing("weight"), 1);
  EXPECT_EQ(table.missing("origin"), 0);
  const Table plain("1;2\n3;4", "t", {.separator = ';', .header = false});
  EXPECT_EQ(to_string(plain.numbers(std::vector<std::string>{"1", "0"})), "[[2., 1.],\n [4., 3.]]");
}

TEST(Table, says_where_a_number_is_missing_or_none) {
  const Table table(cars, "cars.csv");
  EXPECT_EQ(refusal_of<ParseError>([&] { table.numbers("weight"); }),
            "[csv] cars.csv:3:19: 'weight' is missing; NumberOptions::missing says what it becomes");
  EXPECT_EQ(refusal_of<ParseError>([&] { table.numbers("origin"); }), "[csv] cars.csv:2:22: \"north\" is not a number");
  EXPECT_EQ(refusal_of<ValueError>([&] { table.numbers("wieght"); }),
            "[table] cars.csv has no column 'wieght'; did you mean 'weight'?");
  EXPECT_EQ(refusal_of<ValueError>([&] { table.texts("x"); }).substr(0, 34), "[table] cars.csv has no column 'x'");
}

TEST(Table, fills_what_is_missing) {
  const Table table(cars, "cars.csv");
  EXPECT_EQ(to_string(table.numbers("weight", {.missing = Missing::mean})), "[1000., 1100., 1200.]");
  EXPECT_EQ(to_string(table.numbers("power", {.missing = Missing::value, .value = -1})), "[50., 60.5, -1.]");
  EXPECT_EQ(to_string(table.numbers("weight", {.dtype = DType::int64, .missing = Missing::value, .value = 7})),
            "[1000, 7, 1200]");
  EXPECT_THROW(table.numbers("weight", {.dtype = DType::int64, .missing = Missing::mean}), ParseError);
  EXPECT_THROW(table.numbers("weight", {.dtype = DType::uint8, .missing = Missing::mean}), DTypeError);
  const Table nothing("a,b\n?,1\n", "t");
  EXPECT_THROW(nothing.numbers("a", {.missing = Missing::mean}), ValueError);
}

TEST(Table, turns_texts_into_codes) {
  const Table table("colour\nred\nblue\n\"\"\nNA\nred\n", "t");
  const data::Categories colours = table.categories("colour");
  EXPECT_EQ(colours.names, (std::vector<std::string>{"", "blue", "red"})) << "an empty text in quotes is a text";
  EXPECT_EQ(to_string(colours.codes), "[2, 1, 0, -1, 2]");
  const Table test("colour\nblue\ngreen\n", "test.csv");
  EXPECT_EQ(refusal_of<ValueError>([&] { test.codes("colour", colours.names); }),
            "[table] test.csv:3:1: 'green' is none of the 3 names of 'colour'");
}

TEST(Table, refuses_what_is_no_table) {
  EXPECT_EQ(refusal_of<FormatError>([] { Table("a,b\n1,2\n3\n", "t"); }),
            "[csv] t:3: 1 fields where the first line has 2");
  EXPECT_EQ(refusal_of<FormatError>([] { Table("a,a\n", "t"); }), "[csv] t:1: two columns have the name 'a'");
  EXPECT_EQ(refusal_of<FormatError>([] { Table("a\n\"b\n", "t"); }), "[csv] t:2:1: the quote is never closed");
  EXPECT_EQ(refusal_of<FormatError>([] { Table("a\n\"b\"c\n", "t"); }),
            "[csv] t:2:1: the field goes on behind its closing quote");
  EXPECT_EQ(Table("", "t").rows(), 0);
  EXPECT_THROW(data::read_table("/nowhere/t.csv"), FileError);
}

TEST(Table, damaged_in_any_way_is_a_table_or_an_error) {
  damage_everywhere("a,\"b\"\n1,\"x\"\"y\"\n,3\r\n", [](const std::string& text) {
    const Table table(text, "t");
    for (const std::string& name : table.names()) table.categories(name);
  });
}

TEST(Csv, reads_quotes_a_byte_order_mark_and_blank_lines) {
  EXPECT_EQ(to_string(data::parse_csv("\xEF\xBB\xBF\"1\",2\n\n3,\"4\"\r\n\r\n", "t")), "[[1., 2.],\n [3., 4.]]");
}

TEST(Csv, has_a_number_for_missing_fields_where_one_is_given) {
  const Tensor table = data::parse_csv("1,\n ,4\n", "t", {.missing = std::nan("")});
  EXPECT_TRUE(std::isnan(table.select(0, 0).select(0, 1).item<float>()));
  EXPECT_TRUE(std::isnan(table.select(0, 1).select(0, 0).item<float>()));
  EXPECT_EQ(to_string(data::parse_csv("1,\n", "t", {.dtype = DType::int64, .missing = -1})), "[[1, -1]]");
  EXPECT_THROW(data::parse_csv("1,\n", "t", {.dtype = DType::int64, .missing = 0.5}), ValueError);
  EXPECT_EQ(refusal_of<ParseError>([] { data::parse_csv("1,2\n3,\n", "t"); }), "[csv] t:2:3: \"\" is not a number");
}

}  // namespace
}  // namespace tinytorch
