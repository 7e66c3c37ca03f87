// Reading and writing files: CSV, its errors, and NumPy's archives: whole, damaged and malicious.

#include "src/data/formats/zip.hpp"
#include "tests/library/core/random_tensors.hpp"
#include "tests/library/data/damage.hpp"
#include "tinytorch/core/memory.hpp"
#include "tinytorch/data/formats/csv.hpp"
#include "tinytorch/data/formats/npz.hpp"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <zlib.h>

namespace tinytorch {
namespace {

namespace fs = std::filesystem;

using testing::damage_everywhere;
using testing::Folder;
using testing::message;
using testing::read;
using testing::write;

TEST(Csv, reads_numbers_in_rows) {
  EXPECT_TRUE(equal(data::parse_csv("1,2\n3,4.5\n", "t"), tensor({{1.0, 2.0}, {3.0, 4.5}})));
  EXPECT_TRUE(equal(data::parse_csv("1, -2e1\r\n3,4", "t"), tensor({{1.0, -20.0}, {3.0, 4.0}})));
  EXPECT_TRUE(equal(data::parse_csv("a;b\n7;8\n", "t", {.separator = ';', .header = true, .dtype = DType::int64}),
                    tensor({{7, 8}})));
  EXPECT_EQ(data::parse_csv("", "t").sizes(), (Shape{0, 0}));
  EXPECT_EQ(data::parse_csv("9007199254740993\n", "t", {.dtype = DType::int64}).item<std::int64_t>(), 9007199254740993);
}

TEST(Csv, reads_numbers_as_other_programs_write_them) {
  const double infinity = std::numeric_limits<double>::infinity();
  const Tensor x = data::parse_csv("1e-46,-1e-46,1e-400,1e-99999,+5,+inf,-inf,+.5\n", "t");
  EXPECT_TRUE(equal(x, tensor({{0.0, -0.0, 0.0, 0.0, 5.0, infinity, -infinity, 0.5}}))) << to_string(x);
  const Tensor y = data::parse_csv("1e-46,1e-320,1e-400,4.9e-324\n", "t", {.dtype = DType::float64});
  EXPECT_TRUE(equal(y, tensor({{1e-46, 1e-320, 0.0, 4.9e-324}}, DType::float64))) << to_string(y);
  EXPECT_EQ(data::parse_csv("1e-45\n", "t").item<float>(), std::numeric_limits<float>::denorm_min());
  EXPECT_TRUE(equal(data::parse_csv("+5,-5\n", "t", {.dtype = DType::int64}), tensor({{5, -5}})));
  for (const char* bad : {"+", "+-5", "++5", "1e39", "-1e39", "1e99999", "1e-46x", "99999999999999999999e-"})
    EXPECT_THROW(data::parse_csv(bad, "t"), ParseError) << bad;
}

TEST(Csv, says_where_the_text_is_wrong) {
  EXPECT_EQ(message<ParseError>([] { data::parse_csv("1,2\n3,abc\n", "t.csv"); }),
            "[csv] t.csv:2:3: \"abc\" is not a number");
  EXPECT_EQ(message<ParseError>([] { data::parse_csv("1,,2\n", "t.csv"); }), "[csv] t.csv:1:3: \"\" is not a number");
  EXPECT_EQ(message<ParseError>([] { data::parse_csv("1.5\n", "t.csv", {.dtype = DType::int64}); }),
            "[csv] t.csv:1:1: \"1.5\" is not a number");
  EXPECT_EQ(message<ParseError>([] { data::parse_csv("1e999\n", "t.csv"); }),
            "[csv] t.csv:1:1: \"1e999\" is out of range");
  EXPECT_EQ(message<ParseError>([] { data::parse_csv("1e-46x\n", "t.csv"); }),
            "[csv] t.csv:1:1: \"1e-46x\" is not a number");
  EXPECT_EQ(message<FormatError>([] { data::parse_csv("1,2\n3\n", "t.csv"); }),
            "[csv] t.csv:2: 1 fields where the first line has 2");
  EXPECT_EQ(data::parse_csv("1\n\n2\n", "t.csv").sizes(), (Shape{2, 1})) << "a blank line is left out";
  EXPECT_THROW(data::parse_csv("1\n", "t.csv", {.dtype = DType::uint8}), DTypeError);
}

TEST(Csv, reads_compressed_files_and_notices_damage) {
  const Folder folder;
  const fs::path file = folder / "table.csv.gz";
  std::string text;
  for (int i = 0; i < 20000; ++i) text += std::to_string(i * 7 % 1000) + "," + std::to_string(i) + "\n";
  gzFile out = gzopen(file.c_str(), "wb");
  gzwrite(out, text.data(), static_cast<unsigned>(text.size()));
  gzclose(out);
  const Tensor table = data::read_csv(file);
  EXPECT_EQ(table.sizes(), (Shape{20000, 2}));
  EXPECT_EQ(table.data<float>()[39999], 19999.0F);
  const std::string bytes = read(file);
  write(file, bytes.substr(0, bytes.size() / 2));
  EXPECT_THROW(data::read_csv(file), FormatError);
  std::string flipped = bytes;
  flipped[bytes.size() / 2] = static_cast<char>(flipped[bytes.size() / 2] ^ 0x55);
  write(file, flipped);
  EXPECT_THROW(data::read_csv(file), Error);
  write(folder / "plain.csv", "1,2\n");
  EXPECT_TRUE(equal(data::read_csv(folder / "plain.csv"), tensor({{1.0, 2.0}})));
  EXPECT_THROW(data::read_csv(folder / "missing.csv"), FileError);
  EXPECT_THROW(data::read_csv(fs::temp_directory_path()), FileError);
  EXPECT_EQ(message<FileError>([] { data::read_csv("/dev/null"); }), "[csv] /dev/null: is no regular file");
  EXPECT_THROW(data::load_npz("/dev/zero"), FileError);
}

StateDict every_dtype(Generator& g) {
  StateDict tensors;
  for (const DType dtype :
       {DType::float32, DType::float64, DType::int64, DType::int32, DType::uint8, DType::int8, DType::boolean})
    tensors.push_back({std::string("layer.") + to_string(dtype),
                       testing::relaid(to(rand(testing::random_shape(g, 0, 4, 0, 3), g) * 100.0, dtype), g)});
  return tensors;
}

TEST(Npz, gives_back_what_was_written) {
  const Folder folder;
  const fs::path file = folder / "state.npz";
  for (std::uint64_t k = 0; k < 6; ++k) {
    Generator g(mix_seed(51, k));
    const StateDict tensors = every_dtype(g);
    data::save_npz(file, tensors);
    const StateDict loaded = data::load_npz(file);
    ASSERT_EQ(loaded.size(), tensors.size());
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      ASSERT_EQ(loaded[i].name, tensors[i].name);
      ASSERT_TRUE(equal(loaded[i].value, tensors[i].value)) << tensors[i].name;
      data::save_npy(folder / "one.npy", tensors[i].value);
      ASSERT_TRUE(equal(data::load_npy(folder / "one.npy"), tensors[i].value)) << tensors[i].name;
    }
  }
  data::save_npz(file, {});
  EXPECT_TRUE(data::load_npz(file).empty());
  EXPECT_EQ(std::distance(fs::directory_iterator(file.parent_path()), fs::directory_iterator()), 2);
}

// As numpy.save writes numpy.asfortranarray([[1.5, 2], [3, 4]]).
TEST(Npy, reads_fortran_order) {
  const Folder folder;
  std::string header = "{'descr': '<f8', 'fortran_order': True, 'shape': (2, 2), }";
  header.append(117 - header.size(), ' ');
  header += '\n';
  std::string bytes("\x93NUMPY\x01\x00\x76\x00", 10);
  bytes += header;
  for (const double value : {1.5, 3.0, 2.0, 4.0}) bytes.append(reinterpret_cast<const char*>(&value), 8);
  write(folder / "f.npy", bytes);
  EXPECT_TRUE(equal(data::load_npy(folder / "f.npy"), tensor({{1.5, 2.0}, {3.0, 4.0}}, DType::float64)));
}

TEST(Npz, every_flipped_byte_and_every_cut_gives_an_error_or_tensors) {
  const std::string bytes = data::serialize_npz({{"w", tensor({{1.0, 2.0}, {3.0, 4.0}})}, {"b", tensor({1, 2, 3})}});
  const auto parse = [](const std::string& damaged) { data::parse_npz(damaged, "t.npz"); };
  damage_everywhere(bytes, parse);
  for (std::size_t i = 0; i < bytes.size(); ++i) ASSERT_THROW(parse(bytes.substr(0, i)), FormatError) << "cut to " << i;
  std::string data_flipped = bytes;
  data_flipped[bytes.find('\n') + 3] ^= 1;
  EXPECT_NE(message<FormatError>([&] { parse(data_flipped); }).find("check sum"), std::string::npos);
}

TEST(Npz, refuses_what_it_cannot_write_or_read) {
  const Folder folder;
  EXPECT_THROW(data::save_npz(folder / "a.npz", {{"w", ones({1})}, {"w", ones({1})}}), ValueError);
  EXPECT_THROW(data::save_npz(folder / "a.npz", {{"", ones({1})}}), ValueError);
  EXPECT_THROW(data::save_npz(folder / "missing/a.npz", {{"w", ones({1})}}), FileError);
  EXPECT_FALSE(fs::exists(folder / "a.npz"));
  EXPECT_THROW(data::load_npz(folder / "a.npz"), FileError);
  write(folder / "a.npz", "not a zip archive, but long enough to look at");
  EXPECT_THROW(data::load_npz(folder / "a.npz"), FormatError);
  write(folder / "a.npy", std::string("\x93NUMPY\x01\x00\x76\x00{'descr': '>f4', }", 29));
  EXPECT_THROW(data::load_npy(folder / "a.npy"), FormatError);
}

TEST(Csv, damaged_in_any_way_gives_a_table_or_an_error) {
  damage_everywhere("1,2.5,-3e4\r\n4,5,6\n", [](const std::string& text) { data::parse_csv(text, "t.csv"); });
}

// A literal with its zeros, without the one at its end.
template <std::size_t n>
std::string_view bytes_of(const char (&literal)[n]) {
  return {literal, n - 1};
}

// A .npy file with elements of this type, as many as the bytes make.
Tensor npy_of(const std::string& type, std::string_view elements, std::size_t item) {
  const std::string header =
      "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + std::to_string(elements.size() / item) + ",), }";
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(header.size() & 0xFF);
  bytes += static_cast<char>(header.size() >> 8);
  return data::parse_npy(bytes + header + std::string(elements), "a.npy");
}

TEST(Npy, widens_types_that_no_dtype_holds) {
  const Tensor half = npy_of("<f2", bytes_of("\x00\x3C\x00\xC0\x01\x00\xFF\x7B\x00\x7C"), 2);
  EXPECT_EQ(half.dtype(), DType::float32);
  EXPECT_EQ(half.select(0, 0).item<float>(), 1.0F);
  EXPECT_EQ(half.select(0, 1).item<float>(), -2.0F);
  EXPECT_EQ(half.select(0, 2).item<float>(), 0x1p-24F);
  EXPECT_EQ(half.select(0, 3).item<float>(), 65504.0F);
  EXPECT_EQ(half.select(0, 4).item<float>(), std::numeric_limits<float>::infinity());
  EXPECT_TRUE(equal(npy_of("<i2", bytes_of("\xFF\xFF\x00\x80"), 2), tensor({-1, -32768}, DType::int32)));
  EXPECT_TRUE(equal(npy_of("<u2", bytes_of("\xFF\xFF\x00\x80"), 2), tensor({65535, 32768}, DType::int32)));
  EXPECT_TRUE(equal(npy_of("<u4", bytes_of("\xFF\xFF\xFF\xFF"), 4), tensor({4294967295})));
  EXPECT_TRUE(equal(npy_of("<u8", bytes_of("\x01\x00\x00\x00\x00\x00\x00\x00"), 8), tensor({1})));
  EXPECT_NE(message<FormatError>([] {
              npy_of("<u8", bytes_of("\x00\x00\x00\x00\x00\x00\x00\x80"), 8);
            }).find("int64 does not hold the uint64 9223372036854775808"),
            std::string::npos);
}

TEST(Npy, reads_both_byte_orders) {
  EXPECT_TRUE(equal(npy_of(">i4", bytes_of("\x00\x00\x01\x02\xFF\xFF\xFF\xFE"), 4), tensor({258, -2}, DType::int32)));
  EXPECT_TRUE(equal(npy_of(">i8", bytes_of("\x00\x00\x00\x00\x00\x00\x01\x02"), 8), tensor({258})));
  EXPECT_TRUE(equal(npy_of(">i2", bytes_of("\xFF\xFE"), 2), tensor({-2}, DType::int32)));
  EXPECT_TRUE(equal(npy_of(">f4", bytes_of("\x3F\xC0\x00\x00"), 4), tensor({1.5})));
  EXPECT_TRUE(equal(npy_of(">f8", bytes_of("\xC0\x00\x00\x00\x00\x00\x00\x00"), 8), tensor({-2.0}, DType::float64)));
  EXPECT_TRUE(equal(npy_of(">f2", bytes_of("\x3C\x00"), 2), tensor({1.0})));
  EXPECT_TRUE(equal(npy_of(">u1", bytes_of("\x05"), 1), tensor({5}, DType::uint8)));
}

// A bug of other libraries: readers that trust the header.
TEST(PeersBug16Serialization, npy_header_lies_are_seen_before_memory_is_asked_for) {
  const auto npy = [](std::string header, const std::string& elements) {
    std::string bytes("\x93NUMPY\x01\x00", 8);
    bytes += static_cast<char>(header.size() & 0xFF);
    bytes += static_cast<char>(header.size() >> 8);
    return bytes + header + elements;
  };
  const auto refuses = [&](const std::string& header, const std::string& why) {
    memory::reset_peak();
    const std::int64_t before = memory::stats().peak;
    const std::string said = message<FormatError>([&] { data::parse_npy(npy(header, "12345678"), "a.npy"); });
    EXPECT_NE(said.find(why), std::string::npos) << said;
    EXPECT_LT(memory::stats().peak, before + 4096);
  };
  EXPECT_EQ(data::parse_npy(npy("{'shape': (2,), 'fortran_order': False, 'descr': '<i4'}", "12345678"), "a").numel(),
            2);
  refuses("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000,)}", "8 bytes of data");
  refuses("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296, 4)}", "8 bytes of data");
  refuses("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 4294967296, 4294967296)}", "8 bytes of data");
  refuses("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}", "something else than sizes");
  refuses("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1, 1, 1, 1, 1, 1, 2)}", "more than 8 dimensions");
  refuses("{'descr': '>c8', 'fortran_order': False, 'shape': (1,)}", "'>c8' are of no type we know");
  refuses("{'descr': '>f4', 'fortran_order': False, 'shape': (3,)}", "8 bytes of data for shape (3,) of float32");
  refuses("{'descr': '<u2', 'fortran_order': False, 'shape': (2,)}", "8 bytes of data for shape (2,) of uint16");
  refuses("{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}", "'<c8' are of no type we know");
  refuses("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}", "several fields");
  refuses("{'descr': '<f4', 'descr': '<f8', 'fortran_order': False, 'shape': (2,)}", "'descr' twice");
  refuses("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 1}", "an unknown 'x'");
  refuses("{'descr': '<f4', 'shape': (2,)}", "lacks one of");
  refuses("{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}", "neither True nor False");
  refuses("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} import os", "goes on behind");
  const std::string good = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "12345678");
  std::string huge = good;
  huge[8] = huge[9] = '\xFF';
  EXPECT_THROW(data::parse_npy(huge, "a.npy"), FormatError);
  damage_everywhere(good, [](const std::string& bytes) { data::parse_npy(bytes, "a.npy"); });
}

TEST(Npz, leaves_out_the_folders_that_zip_programs_write) {
  const auto archive = [](const std::string& folder) {
    const std::vector<data::ZipEntry> entries{{"a.npy", data::serialize_npy(ones({2}))},
                                              {"layers/", folder},
                                              {"layers/b.npy", data::serialize_npy(ones({3}))}};
    return data::zip(entries);
  };
  const StateDict state = data::parse_npz(archive(""), "t");
  ASSERT_EQ(state.size(), 2U);
  EXPECT_EQ(state[1].name, "layers/b");
  EXPECT_THROW(data::parse_npz(archive("not empty"), "t"), FormatError);
}

TEST(PeersBug16Serialization, npz_is_refused_when_entries_overlap_repeat_or_lead_out_of_it) {
  const std::string one = data::serialize_npy(tensor({1.0, 2.0}));
  const auto archive = [&](const std::string& a, const std::string& b) {
    const std::vector<data::ZipEntry> entries = {{a, one}, {b, one}};
    return data::zip(entries);
  };
  EXPECT_EQ(data::parse_npz(archive("a.npy", "b/c.npy"), "t").size(), 2U);
  const auto refusal = [&](const std::string& bytes) {
    return message<FormatError>([&] { data::parse_npz(bytes, "t.npz"); });
  };
  EXPECT_EQ(refusal(archive("a.npy", "a.npy")), "[zip] t.npz: 'a.npy' occurs twice");
  for (const char* path :
       {"../a.npy", "/a.npy", "b/../../a.npy", "b//a.npy", "./a.npy", "C:a.npy", "b\\a.npy", "a\n.npy"})
    EXPECT_NE(refusal(archive(path, "b.npy")).find("a name that is a path"), std::string::npos) << path;
  EXPECT_THROW(data::serialize_npz({{"../w", ones({1})}}), ValueError);
  EXPECT_THROW(data::serialize_npz({{"a/../w", ones({1})}}), ValueError);

  // The second record of the directory points to the first entry, under its own name or under the first one's.
  std::string overlapping = archive("a.npy", "b.npy");
  const std::size_t second = overlapping.find("PK\x01\x02", overlapping.find("PK\x01\x02") + 1);
  std::fill_n(overlapping.begin() + static_cast<std::ptrdiff_t>(second) + 42, 4, '\0');
  EXPECT_NE(refusal(overlapping).find("another name"), std::string::npos);
  overlapping[overlapping.find("a.npy")] = 'b';
  overlapping[overlapping.rfind("a.npy")] = 'b';
  EXPECT_THROW(data::parse_npz(overlapping, "t.npz"), FormatError);
}

// An archive of one deflated entry that claims to hold `claimed` bytes.
std::string deflated(const std::string& bytes, std::uint32_t claimed) {
  std::string packed(bytes.size() + 1024, '\0');
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  const std::vector<data::ZipEntry> entries = {{"w.npy", packed}};
  std::string archive = data::zip(entries);
  const auto sum = static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
  const auto patch = [&](std::size_t at, std::uint32_t value, int width) {
    for (int i = 0; i < width; ++i) archive[at + static_cast<std::size_t>(i)] = static_cast<char>(value >> (8 * i));
  };
  for (const std::size_t common : {std::size_t{4}, archive.find("PK\x01\x02") + 6}) {
    patch(common + 4, 8, 2);
    patch(common + 10, sum, 4);
    patch(common + 18, claimed, 4);
  }
  return archive;
}

TEST(PeersBug16Serialization, npz_unpacks_no_more_than_an_entry_claims_and_claims_no_memory_for_lies) {
  const std::string zeros_file = data::serialize_npy(zeros({4096}));
  const auto size = static_cast<std::uint32_t>(zeros_file.size());
  const StateDict loaded = data::parse_npz(deflated(zeros_file, size), "t");
  ASSERT_EQ(loaded.size(), 1U);
  EXPECT_TRUE(equal(loaded[0].value, zeros({4096})));
  for (const std::uint32_t claimed : {0U, 1U, size - 1, size + 1, 4000000000U})
    EXPECT_THROW(data::parse_npz(deflated(zeros_file, claimed), "t"), FormatError) << claimed;
  damage_everywhere(deflated(data::serialize_npy(arange(20)), 288),
                    [](const std::string& bytes) { data::parse_npz(bytes, "t"); });
}

}  // namespace
}  // namespace tinytorch
