// IDX and CIFAR-10 files: whole, in records, compressed, damaged, and larger than the memory that they may use.

#include "tinytorch/data/formats/idx.hpp"

#include "tests/library/core/random_tensors.hpp"
#include "tests/library/data/damage.hpp"
#include "tinytorch/core/memory.hpp"
#include "tinytorch/data/formats/cifar.hpp"
#include "tinytorch/data/formats/csv.hpp"
#include "tinytorch/data/loader.hpp"

#include <filesystem>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

using testing::Folder;
using testing::integer;
using testing::message;

constexpr DType dtypes[] = {DType::uint8, DType::int8, DType::int32, DType::float32, DType::float64};

std::span<const std::byte> as_bytes(const std::string& bytes) {
  return {reinterpret_cast<const std::byte*>(bytes.data()), bytes.size()};
}

// The header and elements as the format writes them: every number highest byte first.
std::string oracle(const Tensor& tensor) {
  std::string bytes(2, '\0');
  bytes += static_cast<char>(tensor.dtype() == DType::uint8     ? 8
                             : tensor.dtype() == DType::int8    ? 9
                             : tensor.dtype() == DType::int32   ? 12
                             : tensor.dtype() == DType::float32 ? 13
                                                                : 14);
  bytes += static_cast<char>(tensor.dim());
  for (const std::int64_t size : tensor.sizes())
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(size >> shift);
  const Tensor rows = contiguous(tensor);
  const auto item = item_size(tensor.dtype());
  for (std::int64_t i = 0; i < rows.numel(); ++i)
    for (std::int64_t k = item; k-- > 0;) bytes += static_cast<const char*>(rows.data())[i * item + k];
  return bytes;
}

Tensor random_tensor(Generator& g, std::uint64_t k, std::int64_t least_rank) {
  return testing::relaid(to((rand(testing::random_shape(g, least_rank, 4, 0, 4), g)) * 120.0, dtypes[k % 5]), g);
}

TEST(Idx, reads_what_the_format_says) {
  const Folder folder;
  for (std::uint64_t k = 0; k < 60; ++k) {
    Generator g(mix_seed(101, k));
    const Tensor tensor = random_tensor(g, k, 0);
    const std::string bytes = oracle(tensor);
    const data::IdxHeader header = data::parse_idx_header(as_bytes(bytes));
    ASSERT_EQ(header.sizes, tensor.sizes());
    ASSERT_EQ(header.dtype, tensor.dtype());
    ASSERT_EQ(header.data_offset, 4 + 4 * tensor.dim());
    ASSERT_EQ(header.data_bytes, tensor.numel() * item_size(tensor.dtype()));
    ASSERT_TRUE(equal(data::read_idx(as_bytes(bytes)), tensor));
    for (const char* name : {"t.idx", "t.idx.gz"}) {
      data::save_idx(folder / name, tensor);
      ASSERT_TRUE(equal(data::load_idx(folder / name), tensor));
    }
    ASSERT_EQ(testing::read(folder / "t.idx"), bytes);
    ASSERT_EQ(testing::read(folder / "t.idx.gz").substr(0, 2), "\x1f\x8b");
  }
  EXPECT_THROW(data::save_idx(folder / "t.idx", arange(3)), DTypeError);
  EXPECT_THROW(data::load_idx(folder / "missing"), FileError);
}

TEST(PeersBug16Serialization, idx_says_at_which_byte_it_is_wrong) {
  const auto refusal = [](const std::string& bytes) {
    memory::reset_peak();
    const std::int64_t before = memory::stats().peak;
    const std::string said = message<FormatError>([&] { data::read_idx(as_bytes(bytes)); });
    EXPECT_LT(memory::stats().peak, before + 4096);
    return said;
  };
  EXPECT_EQ(refusal(""), "[idx] byte 0: the file ends inside its header of 4 bytes");
  EXPECT_EQ(refusal(std::string("\0\0\x08\x02\0\0\0", 7)), "[idx] byte 7: the file ends inside its header of 12 bytes");
  EXPECT_EQ(refusal(std::string("\x1f\x8b\x08\0", 4)), "[idx] byte 0: an IDX file starts with 0, 0");
  EXPECT_EQ(refusal(std::string("\0\x01\x08\0", 4)), "[idx] byte 1: an IDX file starts with 0, 0");
  EXPECT_EQ(refusal(std::string("\0\0\x0B\0", 4)), "[idx] byte 2: no element type that we read: 11");
  EXPECT_EQ(refusal(std::string("\0\0\x08\x09", 4)), "[idx] byte 3: at most 8 dimensions, not 9");
  EXPECT_EQ(refusal(std::string("\0\0\x08\x01\0\0\0\x03zz", 10)),
            "[idx] byte 10: the header (3,) says 3 bytes of elements, the file has 2");
  EXPECT_EQ(refusal(std::string("\0\0\x08\x01\0\0\0\x01zz", 10)),
            "[idx] byte 9: the header (1,) says 1 bytes of elements, the file has 2");
  const std::string most(4, '\xFF');
  EXPECT_EQ(refusal(std::string("\0\0\x0E\x03", 4) + most + most + most).substr(0, 47),
            "[idx] byte 8: more elements than any memory: (4");
  EXPECT_EQ(refusal(std::string("\0\0\x08\x04\0\0\0\0", 8) + most + most + most).substr(0, 14), "[idx] byte 12:");
  EXPECT_NE(refusal(std::string("\0\0\x08\x02", 4) + most + most), "");
  testing::damage_everywhere(
      oracle(tensor({{1.5, 2.5}, {3.5, 4.5}})), [](const std::string& bytes) { data::read_idx(as_bytes(bytes)); },
      5000);
}

TEST(IdxStream, gives_records_from_front_to_back_plain_and_packed) {
  const Folder folder;
  for (std::uint64_t k = 0; k < 30; ++k) {
    Generator g(mix_seed(102, k));
    const Tensor tensor = random_tensor(g, k, 1);
    const std::filesystem::path file = folder / (k % 2 == 0 ? "t.idx" : "t.idx.gz");
    data::save_idx(file, tensor);
    data::IdxStream stream(file);
    const std::int64_t step = integer(g, 1, 3);
    std::int64_t at = 0;
    while (const std::optional<Tensor> records = stream.next(step)) {
      ASSERT_TRUE(equal(*records, tensor.slice(0, at, at + step)));
      at += records->size(0);
    }
    ASSERT_EQ(at, tensor.size(0));
    ASSERT_FALSE(stream.next());
  }
}

TEST(IdxFile, gives_records_in_any_order_plain_and_packed) {
  const Folder folder;
  for (std::uint64_t k = 0; k < 30; ++k) {
    Generator g(mix_seed(103, k));
    const Tensor tensor = random_tensor(g, k, 1);
    const std::filesystem::path path = folder / (k % 2 == 0 ? "t.idx" : "t.idx.gz");
    data::save_idx(path, tensor);
    const data::IdxFile file(path);
    ASSERT_EQ(file.size(), tensor.size(0));
    for (int round = 0; round < 10; ++round) {
      const std::int64_t first = integer(g, 0, file.size()), count = integer(g, 0, file.size() - first);
      ASSERT_TRUE(equal(file.read(first, count), tensor.slice(0, first, first + count)));
    }
    EXPECT_THROW(file.read(file.size()), IndexError);
    EXPECT_THROW(file.read(-1), IndexError);
    EXPECT_THROW(file.read(0, file.size() + 1), IndexError);
  }
}

TEST(IdxFile, damaged_in_any_way_gives_records_or_an_error) {
  const Folder folder;
  const std::filesystem::path file = folder / "t.idx";
  for (const char* name : {"t.idx", "t.idx.gz"}) {
    data::save_idx(folder / name, tensor({{1.5, 2.5}, {3.5, 4.5}}));
    const std::string bytes = testing::read(folder / name);
    const auto attempt = [&](const std::string& damaged) {
      testing::write(file, damaged);
      try {
        data::IdxStream stream(file);
        while (stream.next()) continue;
      } catch (const Error&) {
      }
      data::IdxFile(file).read(0);
    };
    testing::damage_everywhere(bytes, attempt, 100);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      testing::write(file, bytes.substr(0, i));
      EXPECT_THROW(data::IdxFile{file}, FormatError) << name << " cut to " << i;
    }
  }
}

TEST(PeersBug16Serialization, idx_counts_no_records_that_the_file_cannot_hold) {
  const Folder folder;
  const std::filesystem::path file = folder / "t.idx";
  testing::write(file, std::string("\0\0\x08\x02\xFF\xFF\xFF\xFF\0\0\0\0", 12));
  EXPECT_EQ(message<FormatError>([&] { data::IdxStream{file}; }),
            "[idx] t.idx: elements (4294967295, 0) are more than the file can hold");
  EXPECT_THROW(data::IdxFile{file}, FormatError);
}

TEST(IdxDataset, feeds_a_loader_with_workers) {
  const Folder folder;
  Generator g(104);
  const Tensor images = to(rand({50, 3, 4}, g) * 255.0, DType::uint8), labels = to(rand({50}, g) * 9.0, DType::uint8);
  data::save_idx(folder / "images.idx.gz", images);
  data::save_idx(folder / "labels.idx", labels);
  const data::IdxDataset set(folder / "images.idx.gz", folder / "labels.idx");
  const data::TensorDataset expected(images, to(labels, DType::int64));
  data::DataLoader streamed(set, {.batch_size = 8, .shuffle = true, .workers = 3});
  data::DataLoader held(expected, {.batch_size = 8, .shuffle = true});
  held.begin_epoch(1);
  for (const data::Batch& batch : streamed.epoch(1)) {
    const data::Batch other = *held.next();
    EXPECT_TRUE(equal(batch.inputs, other.inputs));
    EXPECT_TRUE(equal(batch.targets, other.targets));
  }
  EXPECT_THROW(set.get(50), IndexError);
  data::save_idx(folder / "few.idx", labels.slice(0, 0, 49));
  EXPECT_THROW(data::IdxDataset(folder / "images.idx.gz", folder / "few.idx"), ShapeError);
  EXPECT_THROW(data::IdxDataset(folder / "images.idx.gz", folder / "images.idx.gz"), ShapeError);
}

// A sparse file of 2 GiB: it takes no space on the disk, and only a window of it is in memory.
TEST(IdxFile, two_gigabytes_pass_through_little_memory) {
  const Folder folder;
  const std::filesystem::path file = folder / "large.idx";
  constexpr std::int64_t records = 2738;  // of 784 KiB: 2.05 GiB
  testing::write(file, std::string("\0\0\x08\x03\0\0\x0A\xB2\0\0\x04\0\0\0\x03\x10", 16));
  std::filesystem::resize_file(file, 16 + static_cast<std::uintmax_t>(records) * 1024 * 784);
  memory::release_cached();
  memory::reset_peak();
  const std::int64_t before = memory::stats().peak;
  const data::IdxFile idx(file);
  ASSERT_EQ(idx.size(), records);
  for (std::int64_t i = 0; i < records; i += 137) ASSERT_EQ(idx.read(i).numel(), 1024 * 784);
  data::IdxStream stream(file);
  std::int64_t seen = 0;
  while (seen < 40) seen += stream.next(8)->size(0);
  EXPECT_LT(memory::stats().peak - before, std::int64_t{64} << 20);
}

TEST(Cifar10, reads_records_and_refuses_others) {
  const Folder folder;
  Generator g(105);
  std::string bytes;
  for (int i = 0; i < 5; ++i) {
    bytes += static_cast<char>(2 * i);
    for (int k = 0; k < 3072; ++k) bytes += static_cast<char>(g.next());
  }
  testing::write(folder / "a.bin", bytes);
  const data::TensorDataset set = data::load_cifar10({folder / "a.bin", folder / "a.bin"});
  ASSERT_EQ(set.size(), 10);
  ASSERT_EQ(set.inputs().sizes(), (Shape{10, 3, 32, 32}));
  for (std::int64_t i = 0; i < 10; ++i) {
    ASSERT_EQ(set.get(i).target.item<std::int64_t>(), 2 * (i % 5));
    ASSERT_EQ(set.get(i).input.select(0, 1).select(0, 2).select(0, 3).item<double>(),
              static_cast<unsigned char>(bytes[static_cast<std::size_t>((i % 5) * 3073 + 1 + 1024 + 2 * 32 + 3)]));
  }
  EXPECT_EQ(message<FormatError>([&] { data::parse_cifar10(bytes.substr(1), "a.bin"); }),
            "[cifar10] a.bin: 15364 bytes are no number of records of 3073");
  bytes[3073] = 10;
  EXPECT_EQ(message<FormatError>([&] { data::parse_cifar10(bytes, "a.bin"); }),
            "[cifar10] a.bin: byte 3073: a label of 10");
  EXPECT_THROW(data::load_cifar10({folder / "missing"}), FileError);
  EXPECT_THROW(data::load_cifar10({}), ValueError);
}

// The examples' digits stand in two formats.
TEST(Idx, the_digits_are_those_of_the_table) {
  const Tensor table = data::read_csv(TINYTORCH_DATA_DIR "/digits.csv.gz");
  const Tensor images = data::load_idx(TINYTORCH_DATA_DIR "/digits-idx/images.idx3-ubyte.gz");
  const Tensor labels = data::load_idx(TINYTORCH_DATA_DIR "/digits-idx/labels.idx1-ubyte.gz");
  ASSERT_EQ(images.sizes(), (Shape{1797, 8, 8}));
  const Tensor pixels = images.to(DType::float32).reshape({1797, 64});
  EXPECT_TRUE(equal(pixels, table.slice(1, 0, 64)));
  EXPECT_TRUE(equal(labels.to(DType::float32), table.slice(1, 64, 65).reshape({1797})));
}

}  // namespace
}  // namespace tinytorch
