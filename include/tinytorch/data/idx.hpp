#pragma once

#include "tinytorch/data/dataset.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>

/// The files that MNIST and its kin come in: a header and the elements in row-major order, all of it big-endian.
/// Source: Yann LeCun, "The MNIST database of handwritten digits", file format.
namespace tinytorch::data {

// ---- Unit data/readers (lab 05 A) ----

struct IdxHeader {
  DType dtype = DType::uint8;
  Shape sizes;
  std::int64_t data_offset = 0;  ///< bytes before the first element
  std::int64_t data_bytes = 0;   ///< bytes of all elements
};

/// The header at the start of `bytes`: 0, 0, the type (0x08 uint8, 0x09 int8, 0x0C int32, 0x0D float32, 0x0E float64),
/// the number of dimensions (at most 8), then each size as four bytes. What follows the header is not looked at.
/// Throws FormatError with the position of the byte that is wrong ("byte 2"), or, where bytes are missing, the position
/// where they end; also when the sizes other than 0 would make 2^63 bytes or more.
IdxHeader parse_idx_header(std::span<const std::byte> bytes);

/// The tensor in an IDX file. Throws FormatError as parse_idx_header does, and where `bytes` are not exactly as many as
/// the header says; nothing is allocated before that is known.
Tensor read_idx(std::span<const std::byte> bytes);

// ---- Given ----

/// The tensor in a file, plain or .gz. Throws FileError, and FormatError as read_idx does or for damaged compression.
Tensor load_idx(const std::filesystem::path& file);
/// Writes a file that is compressed when its name ends in .gz; it appears whole or not at all.
/// Throws FileError, DTypeError for int64, bool and traced, which IDX doesn't know.
void save_idx(const std::filesystem::path& file, const Tensor& tensor);

/// The records (entries of the first dimension) of an IDX file from front to back, in memory for one read at a time:
/// plain or .gz.
class IdxStream {
 public:
  /// Reads the header. Throws FileError and FormatError.
  explicit IdxStream(const std::filesystem::path& file);
  ~IdxStream();
  IdxStream(IdxStream&&) noexcept;
  IdxStream& operator=(IdxStream&&) noexcept;

  const IdxHeader& header() const;
  /// The next `count` records, (count, ...), fewer at the end, then nothing. Throws FormatError where the file is cut
  /// off or goes on behind the last record, ValueError for count < 1.
  std::optional<Tensor> next(std::int64_t count = 1);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The records of an IDX file in any order, read when they are asked for, from several threads at once. A .gz file is
/// unpacked into a nameless temporary file first: 2 GiB of pictures need disk, not memory.
class IdxFile {
 public:
  /// Throws FileError, and FormatError where the file's length isn't what its header says.
  explicit IdxFile(const std::filesystem::path& file);
  ~IdxFile();
  IdxFile(IdxFile&&) noexcept;
  IdxFile& operator=(IdxFile&&) noexcept;

  const IdxHeader& header() const;
  /// How many records there are.
  std::int64_t size() const { return header().sizes[0]; }
  /// Records first..first + count: (count, ...). Throws IndexError outside, FileError when reading fails.
  Tensor read(std::int64_t first, std::int64_t count = 1) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Pictures and their labels from a pair of IDX files, such as MNIST's: example i is record i of each, the label as
/// int64 (). Memory for one example at a time.
class IdxDataset : public Dataset {
 public:
  /// Throws as IdxFile does, and ShapeError where the files are not equally long or a label is no single integer.
  IdxDataset(const std::filesystem::path& inputs, const std::filesystem::path& labels);
  std::int64_t size() const override { return inputs_.size(); }
  Example get(std::int64_t index) const override;

 private:
  IdxFile inputs_;
  IdxFile labels_;
};

}  // namespace tinytorch::data
