#pragma once

#include "tinytorch/data/dataset.hpp"
#include "tinytorch/data/readers.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

/// IDX files, the format of MNIST, plain or .gz. parse_idx_header and read_idx of data/readers.hpp read their bytes.
namespace tinytorch::data {

/// The tensor in a file. Throws FileError, and FormatError as read_idx does or for damaged compression.
Tensor load_idx(const std::filesystem::path& file);
/// Writes a file; it is compressed when its name ends in .gz. The file appears whole or not at all.
/// Throws FileError, and DTypeError for int64, bool and traced, which IDX doesn't have.
void save_idx(const std::filesystem::path& file, const Tensor& tensor);

/// The records (entries of the first dimension) of an IDX file, read from front to back. Memory is needed for the
/// records of one next() only.
class IdxStream {
 public:
  /// Reads the header. Throws FileError and FormatError.
  explicit IdxStream(const std::filesystem::path& file);
  ~IdxStream();
  IdxStream(IdxStream&&) noexcept;
  IdxStream& operator=(IdxStream&&) noexcept;

  const IdxHeader& header() const;
  /// The next `count` records: (count, ...), fewer at the end, then nothing. Throws FormatError when the file ends too
  /// early or has bytes after the last record, ValueError for count < 1.
  std::optional<Tensor> next(std::int64_t count = 1);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The records of an IDX file in any order. They are read when they are asked for; several threads may ask at once. A
/// .gz file is first unpacked into a temporary file without a name: 2 GiB of pictures need disk, not memory.
class IdxFile {
 public:
  /// Throws FileError, and FormatError when the file's length is not the one that its header states.
  explicit IdxFile(const std::filesystem::path& file);
  ~IdxFile();
  IdxFile(IdxFile&&) noexcept;
  IdxFile& operator=(IdxFile&&) noexcept;

  const IdxHeader& header() const;
  /// The number of records.
  std::int64_t size() const { return header().sizes[0]; }
  /// Records first..first + count: (count, ...). Throws IndexError outside, FileError when reading fails.
  Tensor read(std::int64_t first, std::int64_t count = 1) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Pictures and labels from a pair of IDX files, such as MNIST's: example i is record i of each file, the label as
/// int64 (). Memory is needed for one example only.
class IdxDataset : public Dataset {
 public:
  /// Throws as IdxFile does, and ShapeError when the files have different lengths or a label is not one integer.
  IdxDataset(const std::filesystem::path& inputs, const std::filesystem::path& labels);
  std::int64_t size() const override { return inputs_.size(); }
  Example get(std::int64_t index) const override;

 private:
  IdxFile inputs_;
  IdxFile labels_;
};

}  // namespace tinytorch::data
