#include "tests/kit/values/show.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace tinytorch::lab {
namespace {

constexpr std::size_t longest_text = 200;
constexpr std::size_t few = 8;

// The sizes of the tensor to print. A list of numbers is printed as a tensor of rank 1.
Shape printed_sizes(const Value& value) {
  if (value.kind == Value::Kind::tensor) return value.sizes;
  return Shape{static_cast<std::int64_t>(value.reals.size() + value.integers.size())};
}

std::string element(const Value& value, std::int64_t position, int digits) {
  const auto i = static_cast<std::size_t>(position);
  if (!value.reals.empty()) return show_number(value.reals[i], value.dtype, digits);
  return std::to_string(value.integers[i]);
}

// Prints the block of `value` that starts at element `first` and has the dimensions from `d` on. Each dimension shows
// at most `most` entries: the first ones and the one that holds element `keep`.
struct Printer {
  const Value& value;
  Shape sizes;
  std::int64_t keep;
  std::int64_t most;
  int digits;

  std::string block(std::int64_t d, std::int64_t first, std::int64_t elements) const {
    if (d == sizes.size()) return element(value, first, digits);
    const std::int64_t count = sizes[d];
    const std::int64_t inner = count == 0 ? 0 : elements / count;
    const bool holds_keep = keep >= first && keep < first + elements;
    const std::int64_t kept = holds_keep && inner > 0 ? (keep - first) / inner : 0;
    std::string text = "[";
    std::int64_t shown = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      const bool show_it = count <= most || i == kept || (i < most && shown + (i < kept ? 1 : 0) < most);
      if (show_it) {
        if (text.size() > 1) text += ", ";
        text += block(d + 1, first + i * inner, inner);
        ++shown;
      } else if (!text.ends_with("...")) {
        text += text.size() > 1 ? ", ..." : "...";
      }
    }
    return text + "]";
  }
};

std::string show_elements(const Value& value, std::optional<std::int64_t> keep, int digits) {
  const Shape sizes = printed_sizes(value);
  const std::int64_t count = numel(sizes);
  if (count == 0 && sizes.size() > 1) return "no elements, sizes " + to_string(sizes);
  std::string text;
  for (const std::int64_t most : {64, 16, 8, 5, 3, 2, 1}) {
    text = Printer{value, sizes, keep.value_or(0), most, digits}.block(0, 0, count);
    if (text.size() <= longest_text) break;
  }
  if (text.find("...") != std::string::npos) text += " of sizes " + to_string(sizes);
  return text;
}

std::string quoted(const std::string& text, std::optional<std::int64_t> keep) {
  std::string shown = text;
  if (shown.size() > longest_text) {
    const auto middle = static_cast<std::size_t>(keep.value_or(0));
    const std::size_t start = middle > longest_text / 2 ? middle - longest_text / 2 : 0;
    shown = (start > 0 ? "..." : "") + text.substr(start, longest_text);
    if (start + longest_text < text.size()) shown += "...";
  }
  std::string escaped = "\"";
  for (const char c : shown) {
    if (c == '\n')
      escaped += "\\n";
    else if (c == '\t')
      escaped += "\\t";
    else if (c == '"')
      escaped += "\\\"";
    else
      escaped += c;
  }
  return escaped + "\"";
}

// The parts between the commas: all of them when they fit, else the one at `keep` and those before and behind it that
// fit.
std::string cut_list(const std::vector<std::string>& parts, std::size_t keep) {
  std::vector<bool> shown(parts.size());
  std::size_t length = 0;
  const auto show_it = [&](std::size_t i, bool always) {
    if (i >= parts.size() || shown[i] || (length + parts[i].size() > longest_text && !always)) return;
    shown[i] = true;
    length += parts[i].size() + 2;
  };
  show_it(keep, true);
  for (std::size_t i = 0; i < parts.size(); ++i) show_it(i, false);
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!shown[i] && text.ends_with("...")) continue;
    text += (text.empty() ? "" : ", ") + (shown[i] ? parts[i] : "...");
  }
  return text;
}

// The first `most` parts and the one at `keep`.
std::string list_of_few(const std::vector<std::string>& parts, std::size_t most, std::size_t keep) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i < most || i == keep)
      text += (text.empty() ? "" : ", ") + parts[i];
    else if (!text.ends_with("..."))
      text += ", ...";
  }
  return text;
}

std::string show_items(const Value& value, std::optional<std::int64_t> keep, int digits) {
  const bool named = value.kind == Value::Kind::record;
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < value.items.size(); ++i)
    parts.push_back((named ? value.names[i] + ": " : "") + show(value.items[i], std::nullopt, digits));
  const auto kept = static_cast<std::size_t>(keep.value_or(0));
  const std::string text =
      digits == exactly ? list_of_few(parts, named ? parts.size() : few, kept) : cut_list(parts, kept);
  return named ? "{" + text + "}" : "[" + text + "]";
}

}  // namespace

std::string show_number(double number, DType dtype, int digits) {
  if (std::isnan(number)) return "nan";
  char buffer[40];
  const bool single = dtype == DType::float32 || dtype == DType::traced;
  const auto end = single ? std::to_chars(buffer, buffer + sizeof(buffer), static_cast<float>(number))
                          : std::to_chars(buffer, buffer + sizeof(buffer), number);
  std::string text(buffer, end.ptr);
  if (digits >= all_digits) return text;
  const auto rounded = std::to_chars(buffer, buffer + sizeof(buffer), number, std::chars_format::general, digits);
  return std::min(text, std::string(buffer, rounded.ptr),
                  [](const std::string& a, const std::string& b) { return a.size() < b.size(); });
}

int digits_that_differ(double a, double b) {
  if (!std::isfinite(a) || !std::isfinite(b)) return usual_digits;
  for (int digits = usual_digits; digits < all_digits; ++digits)
    if (show_number(a, DType::float64, digits - 1) != show_number(b, DType::float64, digits - 1)) return digits;
  return all_digits;
}

std::string tensor_note(const Tensor& tensor) {
  if (!tensor.defined()) return "";
  std::string note;
  Shape row_major = Shape::filled(tensor.dim(), 1);
  for (std::int64_t d = tensor.dim() - 2; d >= 0; --d)
    row_major[d] = row_major[d + 1] * std::max<std::int64_t>(tensor.sizes()[d + 1], 1);
  if (tensor.strides() != row_major || tensor.storage_offset() != 0) {
    note = "strides " + to_string(tensor.strides());
    if (tensor.storage_offset() != 0) note += ", offset " + std::to_string(tensor.storage_offset());
  }
  const DType dtype = tensor.dtype();
  if (dtype != DType::float32 && dtype != DType::float64 && dtype != DType::traced)
    note += (note.empty() ? "" : ", ") + std::string(to_string(dtype));
  return note;
}

std::string show_sizes(const Shape& sizes) {
  std::string text = "(";
  for (std::int64_t d = 0; d < sizes.size(); ++d) text += (d > 0 ? "," : "") + std::to_string(sizes[d]);
  return text + ")";
}

std::string show_index(const Shape& sizes, std::int64_t position) {
  std::string text;
  for (std::int64_t d = sizes.size() - 1; d >= 0; --d) {
    text = std::to_string(position % sizes[d]) + (text.empty() ? "" : ",") + text;
    position /= sizes[d];
  }
  return text.empty() ? text : "[" + text + "]";
}

std::string show(const Value& value, std::optional<std::int64_t> keep, int digits) {
  switch (value.kind) {
    case Value::Kind::nothing:
      return "nothing";
    case Value::Kind::boolean:
      return value.integers[0] != 0 ? "true" : "false";
    case Value::Kind::integer:
    case Value::Kind::real:
      return element(value, 0, digits);
    case Value::Kind::text:
      return quoted(value.text, keep);
    case Value::Kind::shape:
      return to_string(Shape(value.integers.data(), value.integers.data() + value.integers.size()));
    case Value::Kind::numbers:
    case Value::Kind::tensor:
      return show_elements(value, keep, digits);
    case Value::Kind::list:
    case Value::Kind::record:
      return show_items(value, keep, digits);
    case Value::Kind::thrown:
      return "throws " + value.text;
  }
  return "?";
}

}  // namespace tinytorch::lab
