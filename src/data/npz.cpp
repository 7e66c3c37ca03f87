#include "tinytorch/data/npz.hpp"

#include "src/data/bytes.hpp"
#include "src/data/zip.hpp"
#include "tinytorch/core/error.hpp"
#include "tinytorch/core/raw.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>

#include <fmt/format.h>

namespace tinytorch::data {

namespace {

constexpr std::string_view magic = "\x93NUMPY";

struct Name {
  DType dtype;
  std::string_view numpy;
};
constexpr Name names[] = {{DType::float32, "<f4"}, {DType::float64, "<f8"}, {DType::int64, "<i8"},
                          {DType::int32, "<i4"},   {DType::uint8, "|u1"},   {DType::int8, "|i1"},
                          {DType::boolean, "|b1"}};

std::string to_npy(const Tensor& tensor) {
  std::string_view type;
  for (const Name& name : names)
    if (name.dtype == tensor.dtype()) type = name.numpy;
  if (type.empty()) throw DTypeError(fmt::format("[npy] NumPy has no {}", to_string(tensor.dtype())));
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}", type, to_string(tensor.sizes()));
  // Magic, version and length are 10 bytes; the data begin at a multiple of 64.
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  std::string bytes(magic);
  put(bytes, 1, 1);
  put(bytes, 0, 1);
  put(bytes, header.size(), 2);
  bytes += header;
  const Tensor rows = raw::contiguous(tensor);
  if (rows.numel() > 0)
    bytes.append(static_cast<const char*>(rows.data()),
                 static_cast<std::size_t>(rows.numel() * item_size(rows.dtype())));
  return bytes;
}

// The header of a .npy file: a Python dictionary with three known keys.
class Header {
 public:
  Header(std::string_view text, std::string_view name) : text_(text), name_(name) {}

  DType dtype() const {
    const std::string_view value = after("'descr'");
    for (const Name& name : names) {
      const std::string_view letters = name.numpy.substr(1);
      const char order = value.size() > 4 ? value[1] : '?';
      const bool right_order = order == '<' || order == '|' || (order == '=' && name.numpy[0] == '<');
      if (right_order && value.substr(2, 2) == letters && value[4] == value[0]) return name.dtype;
    }
    fail(fmt::format("elements {} are of no type we know", value.substr(0, value.find(','))));
  }

  bool fortran_order() const {
    const std::string_view value = after("'fortran_order'");
    if (value.substr(0, 4) == "True") return true;
    if (value.substr(0, 5) == "False") return false;
    fail("'fortran_order' is neither True nor False");
  }

  Shape shape() const {
    std::string_view value = after("'shape'");
    if (value.empty() || value[0] != '(') fail("'shape' is no tuple");
    value.remove_prefix(1);
    Shape sizes;
    while (true) {
      while (!value.empty() && (value[0] == ' ' || value[0] == ',')) value.remove_prefix(1);
      if (!value.empty() && value[0] == ')') return sizes;
      std::int64_t size = 0;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), size);
      if (error != std::errc() || size < 0) fail("'shape' holds something else than sizes");
      if (sizes.size() == Shape::max_rank) fail(fmt::format("more than {} dimensions", Shape::max_rank));
      sizes.push_back(size);
      value.remove_prefix(static_cast<std::size_t>(end - value.data()));
    }
  }

  [[noreturn]] void fail(std::string_view what) const { throw FormatError(fmt::format("[npy] {}: {}", name_, what)); }

 private:
  // What follows `key` and its colon.
  std::string_view after(std::string_view key) const {
    const std::size_t at = text_.find(key);
    if (at == std::string_view::npos) fail(fmt::format("the header has no {}", key));
    const std::size_t value = text_.find_first_not_of(": ", at + key.size());
    return value == std::string_view::npos ? std::string_view() : text_.substr(value);
  }

  std::string_view text_;
  std::string_view name_;
};

// Bytes of that many elements; false when they are more than can be.
bool count_bytes(const Shape& sizes, DType dtype, std::uint64_t& bytes) {
  bytes = static_cast<std::uint64_t>(item_size(dtype));
  for (const std::int64_t size : sizes) {
    const auto factor = static_cast<std::uint64_t>(size);
    if (factor != 0 && bytes > std::numeric_limits<std::uint64_t>::max() / factor) return false;
    bytes *= factor;
  }
  return true;
}

// A bool that is neither 0 nor 1 is undefined behaviour: every byte but 0 becomes 1.
void make_booleans(const Tensor& tensor) {
  auto* bytes = static_cast<unsigned char*>(tensor.data());
  for (std::int64_t i = 0; i < tensor.numel(); ++i) bytes[i] = bytes[i] != 0;
}

// Header and data of a .npy file. Nothing is allocated before the sizes are known to fit the bytes that are there.
Tensor from_npy(std::string_view bytes, std::string_view name) {
  const auto fail = [&](std::string_view what) { Header({}, name).fail(what); };
  if (bytes.size() < 12 || bytes.substr(0, 6) != magic) fail("is no .npy file");
  const std::uint64_t version = get(bytes, 6, 1);
  if (version < 1 || version > 3) fail(fmt::format("version {} of the format is unknown", version));
  const int length_bytes = version == 1 ? 2 : 4;
  const std::size_t start = 8 + static_cast<std::size_t>(length_bytes), length = get(bytes, 8, length_bytes);
  if (length > bytes.size() - start) fail("cut off in the header");
  const Header header(bytes.substr(start, length), name);
  const std::string_view data = bytes.substr(start + length);

  const DType dtype = header.dtype();
  Shape sizes = header.shape();
  const bool fortran = header.fortran_order();
  std::uint64_t expected = 0;
  if (!count_bytes(sizes, dtype, expected) || expected != data.size())
    fail(fmt::format("{} bytes of data for shape {} of {}", data.size(), to_string(sizes), to_string(dtype)));
  Shape order;
  for (std::int64_t d = sizes.size() - 1; d >= 0; --d) order.push_back(d);
  if (fortran) std::reverse(sizes.begin(), sizes.end());
  const Tensor tensor = empty(sizes, dtype);
  if (!data.empty()) std::memcpy(tensor.data(), data.data(), data.size());
  if (dtype == DType::boolean) make_booleans(tensor);
  return fortran ? raw::contiguous(raw::permute(tensor, order)) : tensor;
}

}  // namespace

void save_npz(const std::filesystem::path& file, const StateDict& tensors) {
  std::vector<ZipEntry> entries;
  for (const NamedTensor& named : tensors) {
    if (named.name.empty()) throw ValueError("[save_npz] a name is empty");
    std::string name = named.name + ".npy";
    for (const ZipEntry& other : entries)
      if (other.name == name) throw ValueError(fmt::format("[save_npz] '{}' occurs twice", named.name));
    entries.push_back({std::move(name), to_npy(named.value)});
  }
  write_file(file, zip(entries));
}

StateDict load_npz(const std::filesystem::path& file) {
  const std::string name = file.filename().string();
  StateDict tensors;
  for (const ZipEntry& entry : unzip(read_file(file), name)) {
    if (!entry.name.ends_with(".npy"))
      throw FormatError(fmt::format("[load_npz] {}: '{}' is no array", name, entry.name));
    tensors.push_back({entry.name.substr(0, entry.name.size() - 4), from_npy(entry.bytes, name + ": " + entry.name)});
  }
  return tensors;
}

void save_npy(const std::filesystem::path& file, const Tensor& tensor) { write_file(file, to_npy(tensor)); }

Tensor load_npy(const std::filesystem::path& file) { return from_npy(read_file(file), file.filename().string()); }

}  // namespace tinytorch::data
