// Vectors of numbers, a JSON text made through a stream, paths compared from their ends.

#include "tinytorch/profiling/costs.hpp"

#include "tinytorch/core/error.hpp"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <limits>
#include <sstream>
#include <unordered_map>

namespace tinytorch::profiling {
namespace {

void need(bool holds, const char* what) {
  if (!holds) throw ValueError(what);
}

std::int64_t elements(const Shape& shape) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) count *= size;
  return count;
}

/// Multiply-adds for each element of `of`; a bias besides for each element of the result.
std::int64_t products(const Shape& of, std::int64_t terms) { return 2 * elements(of) * terms; }

std::int64_t without_first(const Shape& shape) {
  return elements(shape) == 0 ? 0 : elements(Shape(shape.begin() + 1, shape.end()));
}

std::string quoted(const char* name) {
  std::ostringstream text;
  text << '"';
  for (; *name != '\0'; ++name) {
    const auto code = static_cast<unsigned char>(*name);
    switch (*name) {
      case '"':
        text << "\\\"";
        break;
      case '\\':
        text << "\\\\";
        break;
      case '\n':
        text << "\\n";
        break;
      default:
        if (code < 0x20) {
          text << "\\u" << std::hex << std::setw(4) << std::setfill('0') << static_cast<int>(code) << std::dec;
        } else {
          text << *name;
        }
    }
  }
  text << '"';
  return text.str();
}

/// The spans by which a path is asked for, inside of no other.
void visit(const SpanNode& node, std::vector<std::string_view>& names, const std::vector<std::string_view>& wanted,
           bool& found, std::int64_t& ns) {
  for (const SpanNode& child : node.children) {
    names.push_back(child.name);
    const bool matches = names.size() >= wanted.size() && std::equal(wanted.rbegin(), wanted.rend(), names.rbegin());
    if (matches) {
      found = true;
      ns += child.total_ns;
    } else {
      visit(child, names, wanted, found, ns);
    }
    names.pop_back();
  }
}

std::vector<std::string_view> pieces(std::string_view path) {
  std::vector<std::string_view> names;
  while (true) {
    const std::size_t slash = path.find('/');
    names.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return names;
    path.remove_prefix(slash + 1);
  }
}

}  // namespace

Cost op_cost(const OpRecord& op) {
  const OpKind kind = op_kind(op.name);
  const Shape &first = op.input_shapes[0], &second = op.input_shapes[1], &result = op.output_shape;
  Cost cost;
  if (op.view || op.nested != 0 || op.backward) return cost;
  cost.known = kind.work != Work::unknown;
  if (!cost.known) return cost;
  const std::int64_t bias = op.input_count == 3 ? elements(result) : 0;
  if (kind.work == Work::results) cost.flops = elements(result) * kind.flops;
  if (kind.work == Work::inputs || kind.work == Work::updates) cost.flops = elements(first) * kind.flops;
  if (kind.work == Work::windows) cost.flops = elements(result) * elements(op.window) * kind.flops;
  if (kind.work == Work::matmul) cost.flops = products(result, first.back());
  if (kind.work == Work::linear) cost.flops = products(result, second.back()) + bias;
  if (kind.work == Work::conv2d) cost.flops = products(result, without_first(second)) + bias;
  if (kind.work == Work::conv2d_grad_input) cost.flops = products(first, without_first(second));
  if (kind.work == Work::conv2d_grad_weight) cost.flops = products(first, without_first(result));
  const std::int64_t size = item_size(op.dtype);
  std::int64_t read = 0;
  for (std::uint32_t i = 0; i < op.input_count; ++i) read += elements(op.input_shapes[i]);
  cost.bytes_read = read * size;
  cost.bytes_written = (kind.work == Work::updates ? read - elements(second) : elements(result)) * size;
  return cost;
}

Roofline classify(const Cost& cost, std::int64_t ns, const RooflineMachine& machine) {
  need(ns >= 0, "[classify] a negative time");
  need(!machine.levels.empty(), "[classify] no level");
  need(machine.peak.value > 0, "[classify] the peak is not positive");
  need(std::all_of(machine.levels.begin(), machine.levels.end(), [](const auto& l) { return l.bandwidth.value > 0; }),
       "[classify] a bandwidth is not positive");
  Roofline roof;
  if (!cost.known) return roof;
  const std::int64_t bytes = cost.bytes_written + cost.bytes_read;
  auto level =
      std::find_if(machine.levels.begin(), machine.levels.end(), [&](const auto& l) { return l.bytes >= bytes; });
  if (level == machine.levels.end()) --level;
  roof.level = level->level;
  roof.intensity.value = bytes == 0 ? 0 : static_cast<double>(cost.flops) / static_cast<double>(bytes);
  const GflopPerS slope = roof.intensity * level->bandwidth;
  roof.attainable = slope < machine.peak ? slope : machine.peak;
  const double moving = static_cast<double>(bytes) / level->bandwidth.value;
  roof.least_ns = static_cast<double>(cost.flops) / machine.peak.value;
  roof.limit = Limit::compute;
  if (roof.least_ns <= moving) {
    roof.least_ns = moving;
    roof.limit = Limit::memory;
  }
  if (roof.least_ns * 10 < static_cast<double>(ns) && ns < 10'000) roof.limit = Limit::overhead;
  return roof;
}

void write_trace(std::string& out, std::span<const Event> events) {
  // First the end of each begin, then the objects in the order of the begins.
  constexpr auto none = std::numeric_limits<std::int64_t>::min();
  std::vector<std::int64_t> end_of(events.size(), none);
  std::unordered_map<std::uint32_t, std::vector<std::size_t>> open;
  std::unordered_map<std::uint32_t, std::int64_t> last;
  for (std::size_t i = 0; i < events.size(); ++i) {
    auto& stack = open[events[i].thread];
    last[events[i].thread] = events[i].ns;
    if (events[i].phase == Event::Phase::begin) {
      stack.push_back(i);
      continue;
    }
    need(!stack.empty(), "[write_trace] an end without a begin");
    need(std::string(events[stack.back()].name) == events[i].name, "[write_trace] the end of another span");
    end_of[stack.back()] = events[i].ns;
    stack.pop_back();
  }
  std::ostringstream text;
  text << std::fixed << std::setprecision(3) << "[\n";
  bool first = true;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Event& event = events[i];
    if (event.phase != Event::Phase::begin) continue;
    const std::int64_t end = end_of[i] == none ? last[event.thread] : end_of[i];
    text << (first ? "  " : ",\n  ") << "{\"pid\": 1, \"tid\": " << event.thread
         << ", \"ph\": \"X\", \"name\": " << quoted(event.name) << ", \"ts\": " << static_cast<double>(event.ns) / 1e3
         << ", \"dur\": " << static_cast<double>(end - event.ns) / 1e3 << "}";
    first = false;
  }
  text << "\n]\n";
  out.append(text.str());
}

double amdahl(double share, double factor) {
  need(share >= 0 && share <= 1 && factor > 0, "[amdahl] share or factor");
  const double rest = 1 - share;
  return 1 / (rest + share / factor);
}

WhatIf what_if(const SpanTree& tree, std::string_view path, double factor) {
  const std::vector<std::string_view> wanted = pieces(path);
  bool found = false;
  std::int64_t part = 0, whole = 0;
  for (const auto& thread : tree.threads) {
    std::vector<std::string_view> names;
    visit(thread.root, names, wanted, found, part);
    whole += thread.root.total_ns;
  }
  if (!found) throw ValueError("[what_if] nothing at " + std::string(path));
  const double share = whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
  const double speedup = amdahl(share, factor);
  const double after = static_cast<double>(whole - part) + static_cast<double>(part) / factor;
  return {share, whole, std::llround(after), speedup};
}

}  // namespace tinytorch::profiling
