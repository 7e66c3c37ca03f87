#include "tinytorch/data/formats/safetensors.hpp"

#include "src/data/formats/bytes.hpp"
#include "src/data/formats/json.hpp"
#include "tinytorch/core/error.hpp"
#include "tinytorch/core/function_ref.hpp"
#include "tinytorch/core/raw.hpp"
#include "tinytorch/core/text.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <unordered_set>

#include <fmt/format.h>

namespace tinytorch::data {

using tinytorch::detail::text;

namespace {

// A type of the format, the dtype of its tensor, and the size of an element in the file. Floats of 16 bits are widened.
struct Type {
  std::string_view name;
  DType dtype;
  std::uint64_t item;
};
constexpr Type types[] = {{"F32", DType::float32, 4},  {"F64", DType::float64, 8}, {"I64", DType::int64, 8},
                          {"I32", DType::int32, 4},    {"U8", DType::uint8, 1},    {"I8", DType::int8, 1},
                          {"BOOL", DType::boolean, 1}, {"F16", DType::float32, 2}, {"BF16", DType::float32, 2}};

constexpr std::string_view metadata_key = "__metadata__";
constexpr std::uint64_t largest_header = 100'000'000;  // the limit of the reference implementation

const Type* find_type(std::string_view name) {
  const auto* const found =
      std::find_if(std::begin(types), std::end(types), [&](const Type& type) { return type.name == name; });
  return found == std::end(types) ? nullptr : found;
}

// What the header says of one tensor. Offsets count from the first byte after the header.
struct Entry {
  std::string name;
  const Type* type = nullptr;
  Shape sizes;
  std::uint64_t begin = 0, end = 0;
};

class Header {
 public:
  Header(std::string_view header, std::string_view name) : json_(header, name) {
    if (header.empty() || header[0] != '{') json_.fail("'{' is missing");
    json_.expect('{');
    for (bool first = true; json_.another('}', first);) {
      const std::string key = json_.string();
      if (!seen_.insert(key).second) json_.fail(text({"'", shown(key), "' occurs twice"}));
      json_.expect(':');
      if (key == metadata_key)
        read_metadata();
      else
        read_entry(key);
    }
    json_.end();
  }

  // Throws unless the entries fill `bytes` bytes without a gap and without sharing any.
  void check_places(std::uint64_t bytes) const {
    std::vector<const Entry*> in_order;
    for (const Entry& entry : entries) in_order.push_back(&entry);
    std::sort(in_order.begin(), in_order.end(), [](const Entry* a, const Entry* b) {
      return a->begin != b->begin ? a->begin < b->begin : a->end < b->end;
    });
    std::uint64_t at = 0;
    for (const Entry* entry : in_order) {
      if (entry->begin != at)
        json_.fail(text({"'", shown(entry->name), "' begins at ", entry->begin, ", ",
                         entry->begin < at ? "inside the one before, which ends at" : "behind a gap from", " ", at}));
      at = entry->end;
    }
    if (at != bytes) json_.fail(text({"tensors of ", at, " bytes where the file has ", bytes}));
  }

  std::vector<Entry> entries;
  Metadata metadata;

 private:
  void read_metadata() {
    std::unordered_set<std::string> keys;
    json_.expect('{');
    for (bool first = true; json_.another('}', first);) {
      std::string key = json_.string();
      if (!keys.insert(key).second) json_.fail(text({"'", shown(key), "' occurs twice"}));
      json_.expect(':');
      metadata.emplace_back(std::move(key), json_.string());
    }
  }

  void read_entry(const std::string& name) {
    Entry entry;
    entry.name = name;
    bool has_shape = false, has_place = false;
    json_.expect('{');
    for (bool first = true; json_.another('}', first);) {
      const std::string key = json_.string();
      json_.expect(':');
      if (key == "dtype" && entry.type == nullptr) {
        const std::string type = json_.string();
        entry.type = find_type(type);
        if (entry.type == nullptr)
          json_.fail(text({"'", shown(name), "' is of a type that we don't have: ", shown(type)}));
      } else if (key == "shape" && !has_shape) {
        has_shape = true;
        read_shape(entry);
      } else if (key == "data_offsets" && !has_place) {
        has_place = true;
        json_.expect('[');
        entry.begin = static_cast<std::uint64_t>(json_.integer());
        json_.expect(',');
        entry.end = static_cast<std::uint64_t>(json_.integer());
        json_.expect(']');
      } else {
        json_.fail(text({"'", shown(name), "' has '", shown(key), "' twice, or it is unknown"}));
      }
    }
    if (entry.type == nullptr || !has_shape || !has_place)
      json_.fail(text({"'", shown(name), "' lacks one of dtype, shape and data_offsets"}));
    check_size(entry);
    entries.push_back(std::move(entry));
  }

  void read_shape(Entry& entry) {
    json_.expect('[');
    for (bool first = true; json_.another(']', first);) {
      if (entry.sizes.size() == Shape::max_rank)
        json_.fail(text({"'", shown(entry.name), "' has more than ", Shape::max_rank, " dimensions"}));
      entry.sizes.push_back(json_.integer());
    }
  }

  void check_size(const Entry& entry) const {
    std::uint64_t wide = 0;
    const bool countable = count_bytes(entry.sizes, entry.type->dtype, wide);
    const std::uint64_t expected = wide / static_cast<std::uint64_t>(item_size(entry.type->dtype)) * entry.type->item;
    if (!countable || entry.end < entry.begin || entry.end - entry.begin != expected)
      json_.fail(text({"'", shown(entry.name), "': bytes ", entry.begin, " to ", entry.end, " for shape ", entry.sizes,
                       " of ", entry.type->name}));
  }

  JsonReader json_;
  std::unordered_set<std::string> seen_;
};

// Widens 16-bit floats that lie in the upper half of the tensor's bytes, from the first to the last.
void widen(const Tensor& tensor, bool brain) {
  const auto count = static_cast<std::size_t>(tensor.numel());
  auto* to = static_cast<char*>(tensor.data());
  for (std::size_t i = 0; i < count; ++i) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, to + 2 * count + 2 * i, 2);
    const float value = brain ? std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16) : from_half(bits);
    std::memcpy(to + 4 * i, &value, 4);
  }
}

using ReadBytes = FunctionRef<void(std::uint64_t at, void* to, std::size_t count)>;

// The tensors of a file of `size` bytes; `read` reads from it. Checks the whole header before it makes a tensor.
StateDict read_tensors(std::uint64_t size, std::string_view name, ReadBytes read, Metadata* metadata) {
  const auto fail = [&](std::string_view what) { throw FormatError(text({"[safetensors] ", name, ": ", what})); };
  if (size < 8) fail("too short for the length of a header");
  std::string bytes(8, '\0');
  read(0, bytes.data(), 8);
  const std::uint64_t length = get(bytes, 0, 8);
  if (length > size - 8) fail(text({"a header of ", length, " bytes in a file of ", size}));
  if (length > largest_header) fail(text({"a header of ", length, " bytes: at most ", largest_header}));
  bytes.resize(static_cast<std::size_t>(length));
  read(8, bytes.data(), bytes.size());
  Header header(bytes, name);
  header.check_places(size - 8 - length);

  StateDict tensors;
  for (Entry& entry : header.entries) {
    const Tensor tensor = empty(entry.sizes, entry.type->dtype);
    const auto count = static_cast<std::size_t>(entry.end - entry.begin);
    const bool narrow = entry.type->item < static_cast<std::uint64_t>(item_size(entry.type->dtype));
    if (count > 0) read(8 + length + entry.begin, static_cast<char*>(tensor.data()) + (narrow ? count : 0), count);
    if (narrow) widen(tensor, entry.type->name == "BF16");
    if (entry.type->dtype == DType::boolean) make_booleans(tensor);
    tensors.push_back({std::move(entry.name), tensor});
  }
  if (metadata != nullptr) *metadata = std::move(header.metadata);
  return tensors;
}

std::string header_of(const StateDict& tensors, const Metadata& metadata) {
  std::unordered_set<std::string_view> names, keys;
  std::string header = "{";
  const auto separate = [&] { header += header.size() > 1 ? "," : ""; };
  if (!metadata.empty()) {
    header += text({"\"", metadata_key, "\":{"});
    for (const auto& [key, value] : metadata) {
      if (!keys.insert(key).second) throw ValueError(text({"[save_safetensors] '", shown(key), "' occurs twice"}));
      if (!is_utf8(key) || !is_utf8(value)) throw ValueError("[save_safetensors] metadata are UTF-8");
      header += text({keys.size() > 1 ? "," : "", json_string(key), ":", json_string(value)});
    }
    header += '}';
  }
  std::uint64_t begin = 0;
  for (const NamedTensor& named : tensors) {
    if (named.name.empty() || named.name == metadata_key || !is_utf8(named.name))
      throw ValueError(text({"[save_safetensors] no name for a tensor: '", shown(named.name), "'"}));
    if (!names.insert(named.name).second)
      throw ValueError(text({"[save_safetensors] '", shown(named.name), "' occurs twice"}));
    const auto* const type = std::find_if(std::begin(types), std::end(types),
                                          [&](const Type& known) { return known.dtype == named.value.dtype(); });
    if (type == std::end(types)) throw DTypeError(text({"[save_safetensors] the format has no ", named.value.dtype()}));
    const std::uint64_t end = begin + static_cast<std::uint64_t>(named.value.numel()) * type->item;
    separate();
    header +=
        fmt::format("{}:{{\"dtype\":\"{}\",\"shape\":[{}],\"data_offsets\":[{},{}]}}", json_string(named.name),
                    type->name, fmt::join(named.value.sizes().begin(), named.value.sizes().end(), ","), begin, end);
    begin = end;
  }
  header += '}';
  header.append((8 - header.size() % 8) % 8, ' ');  // the elements begin at a multiple of 8
  return header;
}

}  // namespace

std::string serialize_safetensors(const StateDict& tensors, const Metadata& metadata) {
  const std::string header = header_of(tensors, metadata);
  std::string bytes;
  std::size_t elements = 0;
  for (const NamedTensor& named : tensors)
    elements += static_cast<std::size_t>(named.value.numel() * item_size(named.value.dtype()));
  bytes.reserve(8 + header.size() + elements);
  put(bytes, header.size(), 8);
  bytes += header;
  for (const NamedTensor& named : tensors)
    if (named.value.numel() > 0) append_elements(bytes, raw::contiguous(named.value));
  return bytes;
}

StateDict parse_safetensors(std::string_view bytes, std::string_view name, Metadata* metadata) {
  const auto read = [&](std::uint64_t at, void* to, std::size_t count) {
    if (count > 0) std::memcpy(to, bytes.data() + at, count);
  };
  return read_tensors(bytes.size(), name, read, metadata);
}

void save_safetensors(const std::filesystem::path& file, const StateDict& tensors, const Metadata& metadata) {
  write_file(file, serialize_safetensors(tensors, metadata));
}

StateDict load_safetensors(const std::filesystem::path& file, Metadata* metadata) {
  const RandomAccess bytes(file, "safetensors");
  const auto read = [&](std::uint64_t at, void* to, std::size_t count) { bytes.read(at, to, count); };
  return read_tensors(bytes.size(), file.filename().string(), read, metadata);
}

}  // namespace tinytorch::data
