#include "tinytorch/data/formats/idx.hpp"

#include "src/data/formats/bytes.hpp"
#include "src/data/formats/input.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/raw.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <zlib.h>

namespace tinytorch::data {

using tinytorch::detail::text;

namespace {

constexpr std::size_t largest_header = 4 + 4 * Shape::max_rank;

int type_code(DType dtype) {
  switch (dtype) {
    case DType::uint8:
      return 0x08;
    case DType::int8:
      return 0x09;
    case DType::int32:
      return 0x0C;
    case DType::float32:
      return 0x0D;
    case DType::float64:
      return 0x0E;
    default:
      throw DTypeError(text({"[save_idx] IDX has no ", dtype}));
  }
}

std::span<const std::byte> as_bytes(const char* data, std::size_t count) {
  return {reinterpret_cast<const std::byte*>(data), count};
}

// Reverses the byte order of each item, in place.
void reverse_items(char* data, std::size_t bytes, std::size_t item) {
  for (std::size_t at = 0; item > 1 && at < bytes; at += item) std::reverse(data + at, data + at + item);
}

// Calls read() and puts the file's name into the messages of its errors.
template <class F>
auto naming(const std::string& name, F read) {
  try {
    return read();
  } catch (const FormatError& error) {
    std::string text = error.what();
    if (text.starts_with("[idx] ")) text.insert(6, name + ": ");
    throw FormatError(text);
  }
}

// Reads exactly the bytes of the header, and no byte of the elements.
IdxHeader read_header(Input& input) {
  std::array<char, largest_header> bytes{};
  std::size_t count = input.read(bytes.data(), 4);
  if (count == 4) {
    const std::size_t rank = std::min<std::size_t>(static_cast<unsigned char>(bytes[3]), Shape::max_rank);
    count += input.read(bytes.data() + 4, 4 * rank);
  }
  return naming(input.name(), [&] { return parse_idx_header(as_bytes(bytes.data(), count)); });
}

std::size_t record_bytes(const IdxHeader& header) {
  std::int64_t bytes = item_size(header.dtype);
  for (std::int64_t d = 1; d < header.sizes.size(); ++d) bytes *= header.sizes[d];
  return static_cast<std::size_t>(bytes);
}

// The header, if the file can hold its records. The check is needed for compressed files, whose elements are not
// unpacked yet, and for records without elements, of which billions fit into no bytes at all.
IdxHeader checked(IdxHeader header, const Input& input) {
  if (header.sizes.empty()) throw FormatError(text({"[idx] ", input.name(), ": a single number has no records"}));
  if (static_cast<std::uint64_t>(std::max(header.data_bytes, header.sizes[0])) > input.most())
    throw FormatError(text({"[idx] ", input.name(), ": elements ", header.sizes, " are more than the file can hold"}));
  return header;
}

}  // namespace

Tensor load_idx(const std::filesystem::path& file) {
  Input input(file, "idx");
  const std::string bytes = input.rest();
  return naming(input.name(), [&] { return read_idx(as_bytes(bytes.data(), bytes.size())); });
}

void save_idx(const std::filesystem::path& file, const Tensor& tensor) {
  std::string bytes;
  put(bytes, 0, 2);
  put(bytes, static_cast<std::uint64_t>(type_code(tensor.dtype())), 1);
  put(bytes, static_cast<std::uint64_t>(tensor.dim()), 1);
  for (const std::int64_t size : tensor.sizes()) {
    if (size > 0xFFFFFFFF) throw ValueError(text({"[save_idx] a size fits four bytes: ", size}));
    for (int shift = 24; shift >= 0; shift -= 8) put(bytes, static_cast<std::uint64_t>(size) >> shift & 0xFF, 1);
  }
  const Tensor rows = raw::contiguous(tensor);
  const std::size_t start = bytes.size();
  if (rows.numel() > 0) append_elements(bytes, rows);
  reverse_items(bytes.data() + start, bytes.size() - start, static_cast<std::size_t>(item_size(tensor.dtype())));
  write_file(file, file.extension() == ".gz" ? gzip(bytes) : bytes);
}

struct IdxStream::Impl {
  explicit Impl(const std::filesystem::path& file) : input(file, "idx"), header(checked(read_header(input), input)) {}
  Input input;
  IdxHeader header;
  std::int64_t done = 0;
};

IdxStream::IdxStream(const std::filesystem::path& file) : impl_(std::make_unique<Impl>(file)) {}
IdxStream::~IdxStream() = default;
IdxStream::IdxStream(IdxStream&&) noexcept = default;
IdxStream& IdxStream::operator=(IdxStream&&) noexcept = default;

const IdxHeader& IdxStream::header() const { return impl_->header; }

std::optional<Tensor> IdxStream::next(std::int64_t count) {
  if (count < 1) throw ValueError(text({"[idx_stream] one record or more: ", count}));
  const IdxHeader& header = impl_->header;
  Shape sizes = header.sizes;
  sizes[0] = std::min(count, header.sizes[0] - impl_->done);
  if (sizes[0] == 0) {
    char more = 0;
    if (impl_->input.read(&more, 1) != 0)
      throw FormatError(text({"[idx] ", impl_->input.name(), ": goes on behind its last record"}));
    return std::nullopt;
  }
  const Tensor records = empty(sizes, header.dtype);
  const std::size_t bytes = record_bytes(header) * static_cast<std::size_t>(sizes[0]);
  char* to = static_cast<char*>(records.data());
  if (impl_->input.read(to, bytes) != bytes)
    throw FormatError(text({"[idx] ", impl_->input.name(), ": cut off at byte ", impl_->input.position()}));
  reverse_items(to, bytes, static_cast<std::size_t>(item_size(header.dtype)));
  impl_->done += sizes[0];
  return records;
}

struct IdxFile::Impl {
  IdxHeader header;
  RandomAccess elements;  // the whole file, unpacked
};

IdxFile::IdxFile(const std::filesystem::path& file) {
  Input input(file, "idx");
  const IdxHeader header = checked(read_header(input), input);
  const auto expected = static_cast<std::uint64_t>(header.data_offset) + static_cast<std::uint64_t>(header.data_bytes);
  RandomAccess elements = input.compressed() ? RandomAccess::temporary("idx") : RandomAccess(file, "idx");
  if (input.compressed()) {
    const std::string gap(static_cast<std::size_t>(header.data_offset), '\0');
    elements.append(gap);
    std::string piece(std::size_t{1} << 18, '\0');
    while (const std::size_t count = input.read(piece.data(), piece.size())) {
      elements.append({piece.data(), count});
      if (elements.size() > expected) break;  // writes no more to the disk than the header states
    }
  }
  if (elements.size() != expected)
    throw FormatError(
        text({"[idx] ", input.name(), ": ", elements.size(), " bytes", input.compressed() ? " unpacked" : "",
              " where its header ", header.sizes, " says ", expected}));
  impl_ = std::make_unique<Impl>(Impl{header, std::move(elements)});
}
IdxFile::~IdxFile() = default;
IdxFile::IdxFile(IdxFile&&) noexcept = default;
IdxFile& IdxFile::operator=(IdxFile&&) noexcept = default;

const IdxHeader& IdxFile::header() const { return impl_->header; }

Tensor IdxFile::read(std::int64_t first, std::int64_t count) const {
  if (first < 0 || count < 0 || first > size() || count > size() - first)
    throw IndexError(text({"[idx_file] records ", first, " to ", first + count, " of ", size()}));
  const IdxHeader& header = impl_->header;
  Shape sizes = header.sizes;
  sizes[0] = count;
  const Tensor records = empty(sizes, header.dtype);
  const std::size_t record = record_bytes(header), bytes = record * static_cast<std::size_t>(count);
  char* to = static_cast<char*>(records.data());
  impl_->elements.read(static_cast<std::uint64_t>(header.data_offset) + record * static_cast<std::uint64_t>(first), to,
                       bytes);
  reverse_items(to, bytes, static_cast<std::size_t>(item_size(header.dtype)));
  return records;
}

IdxDataset::IdxDataset(const std::filesystem::path& inputs, const std::filesystem::path& labels)
    : inputs_(inputs), labels_(labels) {
  const IdxHeader& header = labels_.header();
  if (header.sizes.size() != 1 || is_floating(header.dtype))
    throw ShapeError(text({"[idx_dataset] labels are a list of integers, not ", header.dtype, " ", header.sizes}));
  if (inputs_.size() != labels_.size())
    throw ShapeError(text({"[idx_dataset] ", inputs_.size(), " inputs and ", labels_.size(), " labels"}));
}

Example IdxDataset::get(std::int64_t index) const {
  detail::check_index(index, size(), "idx_dataset");
  return {detail::row(inputs_.read(index), 0), to(detail::row(labels_.read(index), 0), DType::int64)};
}

}  // namespace tinytorch::data
