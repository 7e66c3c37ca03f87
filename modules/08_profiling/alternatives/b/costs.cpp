// Costs as products of a length and a count, the limit from rates, a trace written event by event, the part by a list
// of all nodes.

#include "tinytorch/profiling/costs.hpp"

#include "tinytorch/core/error.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <numeric>

namespace tinytorch::profiling {
namespace {

std::int64_t count(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, [](auto a, auto b) { return a * b; });
}

/// What is done how often: twice the length of a sum of products, once more for a bias.
struct Work2 {
  std::int64_t times, each;
};

Work2 work_of(const OpRecord& op, const OpKind& kind) {
  const std::int64_t more = op.input_count >= 3 ? 1 : 0;
  const Shape& x = op.input_shapes[0];
  const Shape& w = op.input_shapes[1];
  switch (kind.work) {
    case Work::matmul:
      return {count(op.output_shape), 2 * x[x.size() - 1]};
    case Work::linear:
      return {count(op.output_shape), 2 * w[1] + more};
    case Work::conv2d:
      return {count(op.output_shape), 2 * x[1] * w[2] * w[3] + more};
    case Work::conv2d_grad_input:
      return {count(x), 2 * w[3] * w[2] * w[1]};
    case Work::conv2d_grad_weight: {
      const Shape& result = op.output_shape;
      return {count(x), 2 * result[1] * result[2] * result[3]};
    }
    case Work::windows:
      return {count(op.output_shape) * count(op.window), kind.flops};
    case Work::inputs:
    case Work::updates:
      return {count(x), kind.flops};
    case Work::results:
      return {count(op.output_shape), kind.flops};
    default:
      return {0, 0};
  }
}

class TraceWriter {
 public:
  explicit TraceWriter(std::string& out) : out_(out) { out_ += '['; }

  void begin(const Event& event) { open_[event.thread].push_back(event); }
  void end(const Event& event) {
    std::vector<Event>& open = open_[event.thread];
    if (open.empty()) throw ValueError(std::string("[write_trace] no span is open for the end of ") + event.name);
    if (std::string(open.back().name).compare(event.name) != 0)
      throw ValueError(std::string("[write_trace] not the innermost span: ") + event.name);
    write(open.back(), event.ns);
    open.pop_back();
  }
  void seen(const Event& event) { last_[event.thread] = event.ns; }
  void close() {
    for (auto& [thread, open] : open_) {
      for (; !open.empty(); open.pop_back()) write(open.back(), last_[thread]);
    }
    out_ += ']';
  }

 private:
  void write(const Event& begin, std::int64_t end_ns) {
    if (wrote_) out_ += ',';
    wrote_ = true;
    out_ += "{\"name\":\"";
    for (const char* letter = begin.name; *letter != 0; ++letter) put(*letter);
    std::array<char, 160> rest{};
    const long long ts = begin.ns, dur = end_ns - begin.ns;
    const int length = std::snprintf(rest.data(), rest.size(),
                                     "\",\"ph\":\"X\",\"ts\":%lld.%03lld,\"dur\":%lld.%03lld,\"pid\":1,\"tid\":%u}",
                                     ts / 1000, ts % 1000, dur / 1000, dur % 1000, begin.thread);
    out_.append(rest.data(), static_cast<std::size_t>(length));
  }
  void put(char letter) {
    if (letter == '"' || letter == '\\') out_ += '\\';
    if (static_cast<unsigned char>(letter) >= 32) {
      out_ += letter;
      return;
    }
    std::array<char, 8> code{};
    std::snprintf(code.data(), code.size(), "\\u%04X", static_cast<unsigned>(letter));
    out_ += code.data();
  }

  std::string& out_;
  std::map<std::uint32_t, std::vector<Event>> open_;
  std::map<std::uint32_t, std::int64_t> last_;
  bool wrote_ = false;
};

struct Found {
  std::string path;
  const SpanNode* node;
  bool counted;
};

/// All nodes, each after its parent; `counted` is for those below a node that is part of the answer.
void list_nodes(const SpanNode& node, const std::string& above, std::string_view wanted, bool counted,
                std::vector<Found>& all) {
  for (const SpanNode& child : node.children) {
    const std::string path = above.empty() ? child.name : above + "/" + child.name;
    const bool here = path == wanted || path.ends_with("/" + std::string(wanted));
    if (here) all.push_back({path, &child, counted});
    list_nodes(child, path, wanted, counted || here, all);
  }
}

}  // namespace

Cost op_cost(const OpRecord& op) {
  Cost cost{0, 0, 0, true};
  const bool nothing = op.view || op.backward || op.nested > 0;
  const OpKind kind = op_kind(op.name);
  if (nothing) return cost;
  if (kind.work == Work::unknown) {
    cost.known = false;
    return cost;
  }
  const Work2 work = work_of(op, kind);
  cost.flops = work.times * work.each;
  for (const Shape& input : op.inputs()) cost.bytes_read += count(input);
  cost.bytes_read *= item_size(op.dtype);
  cost.bytes_written = item_size(op.dtype) * count(op.output_shape);
  if (kind.work == Work::updates) {
    cost.bytes_written = 0;
    for (std::size_t i = 0; i < op.input_count; ++i)
      cost.bytes_written += i == 1 ? 0 : item_size(op.dtype) * count(op.input_shapes[i]);
  }
  return cost;
}

Roofline classify(const Cost& cost, std::int64_t ns, const RooflineMachine& machine) {
  if (ns < 0 || machine.levels.empty() || !(machine.peak.value > 0)) throw ValueError("[classify] time or machine");
  for (const auto& level : machine.levels)
    if (!(level.bandwidth.value > 0)) throw ValueError("[classify] bandwidth");
  if (!cost.known) return Roofline{};
  const auto flops = static_cast<double>(cost.flops), bytes = static_cast<double>(cost.bytes_read + cost.bytes_written);
  std::size_t at = 0;
  while (at + 1 < machine.levels.size() && cost.bytes_read + cost.bytes_written > machine.levels[at].bytes) ++at;
  const GbPerS bandwidth = machine.levels[at].bandwidth;
  Roofline roof{
      Limit::memory, machine.levels[at].level, {bytes > 0 ? flops / bytes : 0.0}, {}, bytes / bandwidth.value};
  roof.attainable = roof.intensity * bandwidth;
  if (roof.attainable > machine.peak) {
    roof.attainable = machine.peak;
    roof.limit = Limit::compute;
    roof.least_ns = flops / machine.peak.value;
  }
  if (bytes == 0 && flops > 0) {
    roof.limit = Limit::compute;
    roof.least_ns = flops / machine.peak.value;
  }
  const bool slow = roof.least_ns < static_cast<double>(ns) / 10.0, brief = ns < 10'000;
  if (slow && brief) roof.limit = Limit::overhead;
  return roof;
}

void write_trace(std::string& out, std::span<const Event> events) {
  TraceWriter writer(out);
  for (const Event& event : events) {
    writer.seen(event);
    event.phase == Event::Phase::begin ? writer.begin(event) : writer.end(event);
  }
  writer.close();
}

double amdahl(double share, double factor) {
  if (!(share >= 0.0) || !(share <= 1.0)) throw ValueError("[amdahl] a share outside 0 to 1");
  if (!(factor > 0.0)) throw ValueError("[amdahl] a factor that is not positive");
  return std::isinf(factor) ? 1.0 / (1.0 - share) : 1.0 / ((1.0 - share) + share / factor);
}

WhatIf what_if(const SpanTree& tree, std::string_view path, double factor) {
  WhatIf answer;
  std::vector<Found> nodes;
  for (const SpanTree::Thread& thread : tree.threads) {
    list_nodes(thread.root, "", path, false, nodes);
    answer.before_ns += thread.root.total_ns;
  }
  if (nodes.empty()) throw ValueError("[what_if] there is no " + std::string(path));
  std::int64_t part = 0;
  for (const Found& found : nodes) part += found.counted ? 0 : found.node->total_ns;
  answer.share = answer.before_ns == 0 ? 0 : static_cast<double>(part) / static_cast<double>(answer.before_ns);
  answer.speedup = amdahl(answer.share, factor);
  answer.after_ns = answer.before_ns - part + static_cast<std::int64_t>(static_cast<double>(part) / factor + 0.5);
  return answer;
}

}  // namespace tinytorch::profiling
