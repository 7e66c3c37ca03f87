#include "src/core/ops/loops.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/ops.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <ostream>
#include <string>
#include <vector>

#include <fmt/format.h>

// The rules are those of PyTorch's torch/_tensor_str.py with its default options.
namespace tinytorch {
namespace {

constexpr std::int64_t line_width = 80;
constexpr std::int64_t edge_items = 3;  // of a long dimension, at either end
constexpr std::int64_t summarise_above = 1000;
constexpr int precision = 4;

// Whether a dimension of this size is shown without its middle.
bool shortened(const Tensor& x, std::int64_t size) { return x.numel() > summarise_above && size > 2 * edge_items; }

double number_at(const Tensor& x, std::int64_t at) {
  if (x.dtype() == DType::float64) return x.data<double>()[at];
  return static_cast<double>(static_cast<const float*>(x.data())[at]);  // float32 and traced
}

// Calls f with the offset of every element that is shown.
template <class F>
void for_each_shown(const Tensor& x, std::int64_t dim, std::int64_t offset, F&& f) {
  if (dim == x.dim()) return f(offset);
  const std::int64_t size = x.sizes()[dim];
  for (std::int64_t i = 0; i < size; ++i) {
    if (i == edge_items && shortened(x, size)) i = size - edge_items;
    for_each_shown(x, dim + 1, offset + i * x.strides()[dim], f);
  }
}

// One form and one width for all numbers that are shown.
class Formatter {
 public:
  explicit Formatter(const Tensor& x) : floats_(is_floating(x.dtype())) {
    if (floats_) choose_form(x);
    for_each_shown(x, 0, 0, [&](std::int64_t at) {
      // Only finite numbers but 0 decide how wide a float is.
      if (floats_ && (number_at(x, at) == 0 || !std::isfinite(number_at(x, at)))) return;
      width_ = std::max(width_, bare(x, at).size());
    });
  }

  std::size_t width() const { return width_; }
  std::string operator()(const Tensor& x, std::int64_t at) const { return fmt::format("{:>{}}", bare(x, at), width_); }

 private:
  void choose_form(const Tensor& x) {
    double least = std::numeric_limits<double>::infinity(), largest = 0;
    for_each_shown(x, 0, 0, [&](std::int64_t at) {
      const double value = number_at(x, at);
      if (value == 0 || !std::isfinite(value)) return;
      least = std::min(least, std::abs(value));
      largest = std::max(largest, std::abs(value));
      whole_ = whole_ && value == std::ceil(value);
    });
    if (largest == 0) return;
    scientific_ = largest / least > 1000.0 || largest > 1.0e8 || (!whole_ && least < 1.0e-4);
  }

  std::string bare(const Tensor& x, std::int64_t at) const {
    if (floats_) {
      const double value = number_at(x, at);
      const double shown = std::isnan(value) ? std::abs(value) : value;  // Python has no -nan
      if (scientific_) return fmt::format("{:.{}e}", shown, precision);
      if (!whole_) return fmt::format("{:.{}f}", shown, precision);
      return fmt::format("{:.0f}{}", shown, std::isfinite(value) ? "." : "");
    }
    return detail::dispatch(x.dtype(), "repr", [&](auto* type) {
      using T = std::remove_pointer_t<decltype(type)>;
      if constexpr (std::is_same_v<T, bool>)
        return std::string(x.data<bool>()[at] ? "True" : "False");
      else
        return std::to_string(x.data<T>()[at]);
    });
  }

  bool floats_;
  bool whole_ = true;
  bool scientific_ = false;
  std::size_t width_ = 1;
};

std::string joined(const std::vector<std::string>& parts, std::size_t first, std::size_t last,
                   const std::string& between) {
  std::string text;
  for (std::size_t i = first; i < last; ++i) text += (i > first ? between : "") + parts[i];
  return text;
}

// The numbers of the last dimension, as many on a line as fit.
std::string row(const Tensor& x, std::int64_t offset, std::size_t indent, const Formatter& format) {
  const std::int64_t size = x.sizes().back();
  std::vector<std::string> words;
  for (std::int64_t i = 0; i < size; ++i) {
    if (i == edge_items && shortened(x, size)) {
      words.emplace_back(" ...");
      i = size - edge_items;
    }
    words.push_back(format(x, offset + i * x.strides().back()));
  }
  const auto room = static_cast<std::int64_t>(line_width) - static_cast<std::int64_t>(indent);
  const auto per_line =
      static_cast<std::size_t>(std::max<std::int64_t>(1, room / static_cast<std::int64_t>(format.width() + 2)));
  std::vector<std::string> lines;
  for (std::size_t first = 0; first < words.size(); first += per_line)
    lines.push_back(joined(words, first, std::min(words.size(), first + per_line), ", "));
  return "[" + joined(lines, 0, lines.size(), ",\n" + std::string(indent + 1, ' ')) + "]";
}

std::string block(const Tensor& x, std::int64_t dim, std::int64_t offset, std::size_t indent, const Formatter& format) {
  const std::int64_t left = x.dim() - dim;
  if (left == 0) return format(x, offset);
  if (left == 1) return row(x, offset, indent, format);
  const std::int64_t size = x.sizes()[dim];
  std::vector<std::string> blocks;
  for (std::int64_t i = 0; i < size; ++i) {
    if (i == edge_items && shortened(x, size)) {
      blocks.emplace_back("...");
      i = size - edge_items;
    }
    blocks.push_back(block(x, dim + 1, offset + i * x.strides()[dim], indent + 1, format));
  }
  const std::string between =
      "," + std::string(static_cast<std::size_t>(left - 1), '\n') + std::string(indent + 1, ' ');
  return "[" + joined(blocks, 0, blocks.size(), between) + "]";
}

std::vector<std::string> suffixes(const Tensor& x) {
  std::vector<std::string> result;
  const DType dtype = x.dtype();
  if (x.numel() == 0 && x.dim() != 1) result.push_back("size=" + to_string(x.sizes()));
  const bool plain = dtype == DType::float32 || (x.numel() > 0 && (dtype == DType::int64 || dtype == DType::boolean));
  if (!plain) result.push_back(std::string("dtype=") + to_string(dtype));
  if (x.requires_grad() && x.is_leaf()) result.emplace_back("requires_grad=True");
  if (!x.is_leaf()) result.push_back(fmt::format("grad_fn=<{}>", autograd::node_of(x)->name()));
  return result;
}

}  // namespace

std::string repr(const Tensor& x) {
  if (!x.defined()) return "tensor(undefined)";
  const std::string prefix = "tensor(";
  std::string text = prefix + (x.numel() == 0 ? "[]" : block(x, 0, 0, prefix.size(), Formatter(x)));
  // PyTorch counts two characters too many here. Line breaks must be where PyTorch has them.
  std::size_t last_line = text.size() - (text.rfind('\n') + 1) + 2;
  for (const std::string& suffix : suffixes(x)) {
    if (last_line + suffix.size() + 2 > static_cast<std::size_t>(line_width)) {
      text += ",\n" + std::string(prefix.size(), ' ') + suffix;
      last_line = prefix.size() + suffix.size();
    } else {
      text += ", " + suffix;
      last_line += suffix.size() + 2;
    }
  }
  return text + ")";
}

std::ostream& operator<<(std::ostream& out, const Tensor& x) { return out << repr(x); }

}  // namespace tinytorch
