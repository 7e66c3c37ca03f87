#include "src/data/formats/bytes.hpp"
#include "tinytorch/core/error.hpp"
#include "tinytorch/core/raw.hpp"
#include "tinytorch/core/text.hpp"
#include "tinytorch/data/formats/npz.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <optional>
#include <span>
#include <string>

namespace tinytorch::data {

using tinytorch::detail::text;

namespace {

constexpr std::string_view magic = "\x93NUMPY";

struct Name {
  DType dtype;
  std::string_view numpy;
};
// Types that no dtype holds, and the one that each becomes when it is read.
constexpr Name foreign_names[] = {{DType::float32, "<f2"},
                                  {DType::int32, "<i2"},
                                  {DType::int32, "<u2"},
                                  {DType::int64, "<u4"},
                                  {DType::int64, "<u8"}};
constexpr Name names[] = {{DType::float32, "<f4"}, {DType::float64, "<f8"}, {DType::int64, "<i8"},
                          {DType::int32, "<i4"},   {DType::uint8, "|u1"},   {DType::int8, "|i1"},
                          {DType::boolean, "|b1"}};

// How the elements lie in the file.
struct Elements {
  DType dtype;  // of the tensor that they become
  char kind;    // f, i, u or b
  std::size_t bytes;
  bool big_endian;
};

[[noreturn]] void fail(std::string_view name, std::string_view what) {
  throw FormatError(text({"[npy] ", name, ": ", what}));
}

// The header: a Python dictionary with three known keys, each once, in any order.
class Header {
 public:
  Header(std::string_view header, std::string_view name) : text_(header), name_(name) {
    expect('{');
    while (!next_is('}')) {
      read_entry();
      if (!next_is(',')) {
        expect('}');
        --at_;
      }
    }
    skip_blanks();
    if (at_ != text_.size()) fail(name_, "the header goes on behind its dictionary");
    if (!elements_ || !fortran_order_ || !shape_) fail(name_, "the header lacks one of descr, fortran_order and shape");
  }

  const Elements& elements() const { return *elements_; }
  bool fortran_order() const { return *fortran_order_; }
  const Shape& shape() const { return *shape_; }

 private:
  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  // Skips blanks. Skips `letter`, too, and returns true, if it comes next.
  bool next_is(char letter) {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != letter) return false;
    ++at_;
    return true;
  }
  void expect(char letter) {
    if (!next_is(letter)) fail(name_, text({"the header has no '", letter, "' at its byte ", at_}));
  }
  bool next_is_word(std::string_view word) {
    skip_blanks();
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }
  std::string_view quoted() {
    skip_blanks();
    const char quote = at_ < text_.size() ? text_[at_] : ' ';
    if (quote != '\'' && quote != '"') fail(name_, text({"the header has no name at its byte ", at_}));
    const std::size_t end = text_.find(quote, ++at_);
    if (end == std::string_view::npos) fail(name_, "the header is cut off in a name");
    const std::string_view inside = text_.substr(at_, end - at_);
    at_ = end + 1;
    return inside;
  }

  void read_entry() {
    const std::string_view key = quoted();
    expect(':');
    const bool again =
        (key == "descr" && elements_) || (key == "fortran_order" && fortran_order_) || (key == "shape" && shape_);
    if (again) fail(name_, text({"the header has '", shown(key), "' twice"}));
    if (key == "descr")
      elements_ = read_elements();
    else if (key == "fortran_order")
      fortran_order_ = read_bool();
    else if (key == "shape")
      shape_ = read_shape();
    else
      fail(name_, text({"the header has an unknown '", shown(key), "'"}));
  }

  Elements read_elements() {
    if (next_is('[')) fail(name_, "elements of several fields are of no type we know");
    const std::string_view descr = quoted();
    for (const auto& known : {std::span<const Name>(names), std::span<const Name>(foreign_names)})
      for (const Name& name : known) {
        if (descr.size() != 3 || descr.substr(1) != name.numpy.substr(1)) continue;
        const auto bytes = static_cast<std::size_t>(descr[2] - '0');
        if (descr[0] == '<' || descr[0] == '=' || (descr[0] == '|' && bytes == 1))
          return {name.dtype, descr[1], bytes, false};
        if (descr[0] == '>') return {name.dtype, descr[1], bytes, bytes > 1};
      }
    fail(name_, text({"elements '", shown(descr), "' are of no type we know"}));
  }

  bool read_bool() {
    if (next_is_word("True")) return true;
    if (next_is_word("False")) return false;
    fail(name_, "'fortran_order' is neither True nor False");
  }

  Shape read_shape() {
    expect('(');
    Shape sizes;
    while (!next_is(')')) {
      std::int64_t size = 0;
      const char* first = text_.data() + at_;
      const auto [end, error] = std::from_chars(first, text_.data() + text_.size(), size);
      if (error != std::errc() || size < 0) fail(name_, "'shape' holds something else than sizes");
      if (sizes.size() == Shape::max_rank) fail(name_, text({"more than ", Shape::max_rank, " dimensions"}));
      sizes.push_back(size);
      at_ += static_cast<std::size_t>(end - first);
      if (next_is(',')) continue;
      expect(')');
      --at_;
    }
    return sizes;
  }

  std::string_view text_;
  std::string_view name_;
  std::size_t at_ = 0;
  std::optional<Elements> elements_;
  std::optional<bool> fortran_order_;
  std::optional<Shape> shape_;
};

}  // namespace

std::string serialize_npy(const Tensor& tensor) {
  std::string_view type;
  for (const Name& name : names)
    if (name.dtype == tensor.dtype()) type = name.numpy;
  if (type.empty()) throw DTypeError(text({"[npy] NumPy has no ", tensor.dtype()}));
  std::string header = text({"{'descr': '", type, "', 'fortran_order': False, 'shape': ", tensor.sizes(), ", }"});
  // Magic, version and length are 10 bytes; the data begin at a multiple of 64.
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  std::string bytes(magic);
  put(bytes, 1, 1);
  put(bytes, 0, 1);
  put(bytes, header.size(), 2);
  bytes += header;
  const Tensor rows = raw::contiguous(tensor);
  if (rows.numel() > 0) append_elements(bytes, rows);
  return bytes;
}

namespace {

// Unsigned numbers as wide as those that they become.
bool is_wide(const Elements& elements) { return elements.kind == 'u' && elements.bytes == 8; }

std::string described(const Elements& elements) {
  const char* kind = elements.kind == 'f'   ? "float"
                     : elements.kind == 'u' ? "uint"
                     : elements.kind == 'b' ? "bool"
                                            : "int";
  return elements.kind == 'b' ? kind : text({kind, 8 * elements.bytes});
}

// Each element of `data` as the dtype of the tensor, one after the other.
void convert(std::string_view data, const Elements& elements, const Tensor& tensor, std::string_view name) {
  const auto whole = [&](std::size_t i) {
    std::uint64_t bits = 0;
    for (std::size_t k = 0; k < elements.bytes; ++k) {
      const std::size_t from = elements.big_endian ? k : elements.bytes - 1 - k;
      bits = bits << 8 | static_cast<unsigned char>(data[i * elements.bytes + from]);
    }
    return bits;
  };
  const std::size_t unused = 64 - 8 * elements.bytes;
  for (std::size_t i = 0; i < static_cast<std::size_t>(tensor.numel()); ++i) {
    const std::uint64_t bits = whole(i);
    if (elements.kind == 'f' && elements.bytes == 2)
      tensor.data<float>()[i] = from_half(static_cast<std::uint16_t>(bits));
    else if (elements.kind == 'f' && elements.bytes == 4)
      tensor.data<float>()[i] = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    else if (elements.kind == 'f')
      tensor.data<double>()[i] = std::bit_cast<double>(bits);
    else if (is_wide(elements) && bits >> 63 != 0)
      fail(name, text({"int64 does not hold the uint64 ", std::to_string(bits)}));
    else if (const auto number = elements.kind == 'i' ? static_cast<std::int64_t>(bits << unused) >> unused
                                                      : static_cast<std::int64_t>(bits);
             elements.dtype == DType::int32)
      tensor.data<std::int32_t>()[i] = static_cast<std::int32_t>(number);
    else
      tensor.data<std::int64_t>()[i] = number;
  }
}

}  // namespace

// Checks that the sizes fit the number of bytes before it allocates anything.
Tensor parse_npy(std::string_view bytes, std::string_view name) {
  if (bytes.size() < 12 || bytes.substr(0, 6) != magic) fail(name, "is no .npy file");
  const std::uint64_t version = get(bytes, 6, 1);
  if (version < 1 || version > 3) fail(name, text({"version ", version, " of the format is unknown"}));
  const int length_bytes = version == 1 ? 2 : 4;
  const std::size_t start = 8 + static_cast<std::size_t>(length_bytes), length = get(bytes, 8, length_bytes);
  if (length > bytes.size() - start) fail(name, "cut off in the header");
  const Header header(bytes.substr(start, length), name);
  const std::string_view data = bytes.substr(start + length);

  const Elements& elements = header.elements();
  Shape sizes = header.shape();
  std::uint64_t wide = 0;
  const bool countable = count_bytes(sizes, elements.dtype, wide);
  if (!countable || wide / static_cast<std::uint64_t>(item_size(elements.dtype)) * elements.bytes != data.size())
    fail(name, text({data.size(), " bytes of data for shape ", sizes, " of ", described(elements)}));
  Shape order;
  for (std::int64_t d = sizes.size() - 1; d >= 0; --d) order.push_back(d);
  if (header.fortran_order()) std::reverse(sizes.begin(), sizes.end());
  const Tensor tensor = empty(sizes, elements.dtype);
  if (!elements.big_endian && elements.bytes == static_cast<std::size_t>(item_size(elements.dtype)) &&
      !is_wide(elements)) {
    if (!data.empty()) std::memcpy(tensor.data(), data.data(), data.size());
  } else {
    convert(data, elements, tensor, name);
  }
  if (elements.dtype == DType::boolean) make_booleans(tensor);
  return header.fortran_order() ? raw::contiguous(raw::permute(tensor, order)) : tensor;
}

void save_npy(const std::filesystem::path& file, const Tensor& tensor) { write_file(file, serialize_npy(tensor)); }

Tensor load_npy(const std::filesystem::path& file) { return parse_npy(read_file(file), file.filename().string()); }

}  // namespace tinytorch::data
