// Safetensors: what was written is read back, and no header is trusted.

#include "tinytorch/data/formats/safetensors.hpp"

#include "tests/library/core/random_tensors.hpp"
#include "tests/library/data/damage.hpp"
#include "tinytorch/core/memory.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

using testing::Folder;
using testing::message;

// A file of this header and these bytes.
std::string file_of(const std::string& header, const std::string& elements) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(header.size() >> (8 * i) & 0xFF);
  return bytes + header + elements;
}

std::string refusal(const std::string& header, const std::string& elements = "12345678") {
  memory::reset_peak();
  const std::int64_t before = memory::stats().peak;
  const std::string said =
      message<FormatError>([&] { data::parse_safetensors(file_of(header, elements), "t.safetensors"); });
  EXPECT_LT(memory::stats().peak, before + 4096) << said;
  EXPECT_EQ(said.rfind("[safetensors] t.safetensors: ", 0), 0U) << said;
  return said;
}

void expect_refusal(const std::string& header, const std::string& why) {
  const std::string said = refusal(header);
  EXPECT_NE(said.find(why), std::string::npos) << said;
}

TEST(Safetensors, gives_back_what_was_written) {
  const Folder folder;
  for (std::uint64_t k = 0; k < 12; ++k) {
    Generator g(mix_seed(91, k));
    StateDict tensors;
    for (const DType dtype :
         {DType::float32, DType::float64, DType::int64, DType::int32, DType::uint8, DType::int8, DType::boolean})
      tensors.push_back({std::string("layer \"ä\".\n") + to_string(dtype),
                         testing::relaid(to(rand(testing::random_shape(g, 0, 4, 0, 3), g) * 100.0, dtype), g)});
    const data::Metadata written = {{"format", "pt"}, {"epoch", "3 \"\\\n\t€"}};
    data::save_safetensors(folder / "s.safetensors", tensors, written);
    data::Metadata metadata;
    const StateDict loaded = data::load_safetensors(folder / "s.safetensors", &metadata);
    EXPECT_EQ(metadata, written);
    ASSERT_EQ(loaded.size(), tensors.size());
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      ASSERT_EQ(loaded[i].name, tensors[i].name);
      ASSERT_EQ(loaded[i].value.dtype(), tensors[i].value.dtype());
      ASSERT_TRUE(equal(loaded[i].value, tensors[i].value)) << tensors[i].name;
    }
    EXPECT_EQ(testing::read(folder / "s.safetensors"), data::serialize_safetensors(tensors, written));
  }
  EXPECT_TRUE(data::parse_safetensors(data::serialize_safetensors({}), "empty").empty());
  EXPECT_THROW(data::load_safetensors(folder / "missing"), FileError);
  EXPECT_THROW(data::load_safetensors(std::filesystem::temp_directory_path()), Error);
}

// Byte for byte what safetensors.numpy.save({"a": numpy.array([1, 2], "i4")}) gives.
TEST(Safetensors, is_the_published_format) {
  const std::string header = R"({"a":{"dtype":"I32","shape":[2],"data_offsets":[0,8]}})";
  const std::string elements("\x01\0\0\0\x02\0\0\0", 8);
  std::string padded = header;
  padded.append((8 - header.size() % 8) % 8, ' ');
  EXPECT_EQ(data::serialize_safetensors({{"a", to(tensor({1, 2}), DType::int32)}}), file_of(padded, elements));
  EXPECT_TRUE(
      equal(data::parse_safetensors(file_of(header, elements), "t")[0].value, to(tensor({1, 2}), DType::int32)));
}

TEST(Safetensors, takes_any_order_of_keys_blanks_and_escapes) {
  const std::string header =
      "{ \"b\" : {\"shape\" : [ 1 , 2 ] ,\t\"data_offsets\":[ 4 ,8 ],\"dtype\":\"I16\"},"
      "\"a\":{\"data_offsets\":[0,4],\"dtype\":\"U8\",\"shape\":[2,2]}}\n  ";
  EXPECT_NE(refusal(header).find("of a type that we don't have: I16"), std::string::npos);
  std::string known = header;
  known.replace(known.find("I16"), 3, "F16");
  const StateDict tensors = data::parse_safetensors(file_of(known, std::string("1234\0\x3C\0\xC0", 8)), "t");
  EXPECT_EQ(tensors[0].name, "b");
  EXPECT_TRUE(equal(tensors[0].value, tensor({{1.0, -2.0}})));
  EXPECT_EQ(tensors[1].value.sizes(), (Shape{2, 2}));
  const StateDict escaped = data::parse_safetensors(
      file_of(R"({"\u00e4\/\ud83d\ude00\n":{"dtype":"U8","shape":[],"data_offsets":[0,1]}})", "1"), "t");
  EXPECT_EQ(escaped[0].name, "ä/😀\n");
  EXPECT_EQ(escaped[0].value.dim(), 0);
}

TEST(Safetensors, widens_every_half_wide_float) {
  std::string halves, brains;
  for (unsigned bits = 0; bits < 0x10000; ++bits)
    for (std::string* text : {&halves, &brains})
      (*text += static_cast<char>(bits & 0xFF)) += static_cast<char>(bits >> 8);
  const auto parse = [](const std::string& type, const std::string& elements) {
    return data::parse_safetensors(
               file_of(R"({"a":{"dtype":")" + type + R"(","shape":[65536],"data_offsets":[0,131072]}})", elements),
               "t")[0]
        .value;
  };
  const Tensor half = parse("F16", halves), brain = parse("BF16", brains);
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    const int exponent = static_cast<int>(bits >> 10 & 31), fraction = static_cast<int>(bits & 1023);
    const double sign = bits >> 15 != 0 ? -1.0 : 1.0;
    const float got = half.data<float>()[bits];
    if (exponent == 31 && fraction != 0) {
      ASSERT_TRUE(std::isnan(got));
    } else {
      const double expected = exponent == 31  ? std::numeric_limits<double>::infinity()
                              : exponent == 0 ? std::ldexp(fraction, -24)
                                              : std::ldexp(1024 + fraction, exponent - 25);
      ASSERT_EQ(static_cast<double>(got), sign * expected) << bits;
      ASSERT_EQ(std::signbit(got), sign < 0);
    }
    ASSERT_EQ(std::bit_cast<std::uint32_t>(brain.data<float>()[bits]), bits << 16);
  }
}

TEST(PeersBug16Serialization, safetensors_headers_are_not_believed) {
  expect_refusal(R"({"a":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,4000000000000]}})", "tensors of");
  expect_refusal(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}})", "bytes 0 to 8");
  expect_refusal(R"({"a":{"dtype":"F32","shape":[0,4294967296,4294967296],"data_offsets":[0,0]}})", "bytes 0 to 0");
  expect_refusal(R"({"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,2],"data_offsets":[0,8]}})", "more than 8 dimensions");
  expect_refusal(R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", "'a': bytes 0 to 8 for shape (3,)");
  expect_refusal(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})", "bytes 8 to 0");
  expect_refusal(
      R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
      "'b' begins at 0, inside the one before");
  expect_refusal(
      R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[2],"data_offsets":[6,8]}})",
      "'b' begins at 6, behind a gap from 4");
  expect_refusal(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
                 "tensors of 4 bytes where the file has 8");
  expect_refusal(
      R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
      "'a' occurs twice");
  expect_refusal(R"({"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}})", "'a' has 'dtype' twice");
  expect_refusal(R"({"a":{"dtype":"F32","shape":[2]}})", "'a' lacks one of");
  expect_refusal(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}})",
                 "'a' has 'x' twice, or it is unknown");
  expect_refusal(R"({"a":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}})", "a type that we don't have: F8_E4M3");
  expect_refusal(R"({"__metadata__":{"a":"1","a":"2"}})", "'a' occurs twice");
  expect_refusal(R"({"__metadata__":{"a":1}})", "'\"' is missing");
  expect_refusal(R"({"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})", "an integer from 0");
  expect_refusal(R"({"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}})", "',' is missing");
  expect_refusal(R"({"a":{"dtype":"F32","shape":[02],"data_offsets":[0,8]}})", "an integer from 0");
  expect_refusal(R"({"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}})", "an integer from 0");
  expect_refusal(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} x)", "something behind the end");
  expect_refusal(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},})", "'\"' is missing");
  expect_refusal("{\"\xFF\":{}}", "not UTF-8");
  expect_refusal(R"({"\ud800":{}})", "half of a surrogate pair");
  expect_refusal(R"({"\u12g4":{}})", "without four digits");
  expect_refusal(" {}", "'{' is missing");
  expect_refusal("", "'{' is missing");
  expect_refusal(std::string(4000, '['), "'{' is missing");
}

TEST(PeersBug16Serialization, safetensors_of_wrong_length_are_refused) {
  const auto parse = [](const std::string& bytes) { data::parse_safetensors(bytes, "t"); };
  EXPECT_EQ(message<FormatError>([&] { parse("1234567"); }), "[safetensors] t: too short for the length of a header");
  std::string huge(16, '\xFF');
  EXPECT_EQ(message<FormatError>([&] { parse(huge); }),
            "[safetensors] t: a header of 18446744073709551615 bytes in a file of 16");
  huge[0] = 9;
  std::fill_n(huge.begin() + 1, 7, '\0');
  EXPECT_EQ(message<FormatError>([&] { parse(huge); }), "[safetensors] t: a header of 9 bytes in a file of 16");
  const std::string good =
      data::serialize_safetensors({{"weight", tensor({{1.0, 2.0}})}, {"b", scalar(1.0, DType::boolean)}}, {{"k", "v"}});
  for (std::size_t i = 0; i < good.size(); ++i) EXPECT_THROW(parse(good.substr(0, i)), FormatError) << i;
  EXPECT_THROW(parse(good + '\0'), FormatError);
  testing::damage_everywhere(good, parse, 20000);
}

TEST(PeersBug16Serialization, safetensors_that_could_not_be_read_are_not_written) {
  EXPECT_THROW(data::serialize_safetensors({{"w", ones({1})}, {"w", ones({1})}}), ValueError);
  EXPECT_THROW(data::serialize_safetensors({{"", ones({1})}}), ValueError);
  EXPECT_THROW(data::serialize_safetensors({{"__metadata__", ones({1})}}), ValueError);
  EXPECT_THROW(data::serialize_safetensors({{"\xFF", ones({1})}}), ValueError);
  EXPECT_THROW(data::serialize_safetensors({}, {{"a", "\xC0\x80"}}), ValueError);
  EXPECT_THROW(data::serialize_safetensors({}, {{"a", "1"}, {"a", "2"}}), ValueError);
}

}  // namespace
}  // namespace tinytorch
