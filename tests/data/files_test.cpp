// Files in and out: CSV, its errors, and NumPy's archives, whole, damaged and hostile.

#include "tests/core/random_tensors.hpp"
#include "tinytorch/data/csv.hpp"
#include "tinytorch/data/npz.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

namespace tinytorch {
namespace {

namespace fs = std::filesystem;

// A folder that goes with the test.
class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("tinytorch_files_test_" + std::to_string(::getpid()))) {
    fs::create_directories(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  fs::path operator/(const char* name) const { return path_ / name; }

 private:
  fs::path path_;
};

void write(const fs::path& file, const std::string& bytes) { std::ofstream(file, std::ios::binary) << bytes; }
std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The text of the Expected error that `run` throws.
template <class Expected, class F>
std::string message(F run) {
  try {
    run();
  } catch (const Expected& error) {
    return error.what();
  }
  ADD_FAILURE() << "nothing of that kind was thrown";
  return {};
}

TEST(Csv, reads_numbers_in_rows) {
  EXPECT_TRUE(equal(data::parse_csv("1,2\n3,4.5\n", "t"), tensor({{1.0, 2.0}, {3.0, 4.5}})));
  EXPECT_TRUE(equal(data::parse_csv("1, -2e1\r\n3,4", "t"), tensor({{1.0, -20.0}, {3.0, 4.0}})));
  EXPECT_TRUE(equal(data::parse_csv("a;b\n7;8\n", "t", {.separator = ';', .header = true, .dtype = DType::int64}),
                    tensor({{7, 8}})));
  EXPECT_EQ(data::parse_csv("", "t").sizes(), (Shape{0, 0}));
  EXPECT_EQ(data::parse_csv("9007199254740993\n", "t", {.dtype = DType::int64}).item<std::int64_t>(), 9007199254740993);
}

TEST(Csv, says_where_the_text_is_wrong) {
  EXPECT_EQ(message<ParseError>([] { data::parse_csv("1,2\n3,abc\n", "t.csv"); }),
            "[csv] t.csv:2:3: \"abc\" is not a number");
  EXPECT_EQ(message<ParseError>([] { data::parse_csv("1,,2\n", "t.csv"); }), "[csv] t.csv:1:3: \"\" is not a number");
  EXPECT_EQ(message<ParseError>([] { data::parse_csv("1.5\n", "t.csv", {.dtype = DType::int64}); }),
            "[csv] t.csv:1:1: \"1.5\" is not a number");
  EXPECT_EQ(message<ParseError>([] { data::parse_csv("1e999\n", "t.csv"); }),
            "[csv] t.csv:1:1: \"1e999\" is out of range");
  EXPECT_EQ(message<FormatError>([] { data::parse_csv("1,2\n3\n", "t.csv"); }),
            "[csv] t.csv:2: 1 fields where the first line has 2");
  EXPECT_THROW(data::parse_csv("1\n\n2\n", "t.csv"), ParseError);
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

TEST(Npz, every_flipped_byte_and_every_cut_gives_an_error_or_the_same_tensors) {
  const Folder folder;
  const fs::path file = folder / "state.npz";
  const StateDict tensors = {{"w", tensor({{1.0, 2.0}, {3.0, 4.0}})}, {"b", tensor({1, 2, 3})}};
  data::save_npz(file, tensors);
  const std::string bytes = read(file);
  const auto attempt = [&](const std::string& damaged) {
    write(file, damaged);
    try {
      for (const NamedTensor& named : data::load_npz(file)) (void)named.value.numel();
    } catch (const Error&) {
    }
  };
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const int flip : {0x01, 0x80, 0xFF}) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ flip);
      attempt(damaged);
    }
    write(file, bytes.substr(0, i));
    ASSERT_THROW(data::load_npz(file), FormatError) << "cut to " << i << " bytes";
  }
  std::string data_flipped = bytes;
  data_flipped[bytes.find('\n') + 3] ^= 1;
  write(file, data_flipped);
  EXPECT_NE(message<FormatError>([&] { data::load_npz(file); }).find("check sum"), std::string::npos);
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

}  // namespace
}  // namespace tinytorch
