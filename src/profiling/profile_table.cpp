// The table of a profile, and its sentence.

#include "src/profiling/names.hpp"
#include "tinytorch/profiling/profiler.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace tinytorch::profiling {

namespace {

struct Sums {
  const Overhead* overhead;
  std::map<std::string, SpanTotal> by_name;

  // `around`: the names of the spans around the node.
  void add(const SpanNode& node, std::set<std::string_view>& around) {
    SpanTotal& total = by_name[node.name];
    total.calls += node.calls;
    total.self_ns += corrected_self(node, *overhead);
    const bool outermost = around.insert(node.name).second;
    if (outermost) total.total_ns += node.total_ns;
    for (const SpanNode& child : node.children) add(child, around);
    if (outermost) around.erase(node.name);
  }
};

double milliseconds(std::int64_t ns) { return static_cast<double>(ns) * 1e-6; }

// The limit that most of the time of the operations of each name meets.
std::map<std::string, Limit> limits(const Profile& profile, const RooflineMachine& machine) {
  std::map<std::string, std::array<std::int64_t, 4>> time;
  for (const OpRecord& op : profile.ops) {
    const Cost cost = op_cost(op);
    if (op.nested > 0 || op.backward || op.view || !cost.known) continue;
    time[op.name][static_cast<std::size_t>(classify(cost, op.ns(), machine).limit)] += op.ns();
  }
  std::map<std::string, Limit> result;
  for (const auto& [name, ns] : time)
    result[name] = static_cast<Limit>(std::max_element(ns.begin(), ns.end()) - ns.begin());
  return result;
}

std::string footer(const Profile& profile, std::int64_t spans) {
  const Overhead& cost = profile.overhead;
  const double recording = milliseconds(spans * (cost.inner_ns + cost.outer_ns));
  const double whole = milliseconds(profile.end_ns - profile.begin_ns);
  std::string out = fmt::format(
      "recording: {} spans of {} + {} ns (inside + outside), {:.1f} ms or {:.1f} % of {:.1f} ms; self times are "
      "without "
      "it\n",
      spans, cost.inner_ns, cost.outer_ns, recording, whole > 0 ? 100.0 * recording / whole : 0.0, whole);
  out += fmt::format("memory: at most {:.2f} MB at once", static_cast<double>(profile.peak.bytes) * 1e-6);
  if (profile.peak.span != nullptr) out += fmt::format(", in {}", profile.peak.span);
  std::string owners;
  for (std::size_t t = 0; t < profile.peak.by_tag.size(); ++t)
    if (profile.peak.by_tag[t] > 0)
      owners += fmt::format("{}{} {:.2f}", owners.empty() ? "" : ", ", tag_name(t),
                            static_cast<double>(profile.peak.by_tag[t]) * 1e-6);
  out += owners.empty() ? "\n" : fmt::format(" ({})\n", owners);
  const HardwareCounts& counts = profile.counts;
  out += counts.available ? fmt::format("processor: {:.2f} instructions a cycle, {} cache misses, {} branch misses\n",
                                        static_cast<double>(counts.instructions) / static_cast<double>(counts.cycles),
                                        counts.cache_misses, counts.branch_misses)
                          : fmt::format("processor: no counters; {}\n", counts.why_not);
  if (profile.dropped_spans + profile.dropped_ops + profile.dropped_states > 0)
    out += fmt::format("incomplete: no room for {} spans, {} operations and {} changes of memory\n",
                       profile.dropped_spans, profile.dropped_ops, profile.dropped_states);
  return out;
}

}  // namespace

std::vector<SpanTotal> totals(const Profile& profile) {
  Sums sums{&profile.overhead, {}};
  std::set<std::string_view> around;
  for (const SpanTree::Thread& thread : profile.tree.threads)
    for (const SpanNode& node : thread.root.children) sums.add(node, around);
  for (auto& [name, total] : sums.by_name) total.cost.known = false;
  for (const OpRecord& op : profile.ops) {
    const auto at = sums.by_name.find(op.name);
    const Cost cost = op_cost(op);
    if (op.backward || !cost.known || at == sums.by_name.end()) continue;
    at->second.cost.known = true;
    at->second.cost.flops += cost.flops;
    at->second.cost.bytes_read += cost.bytes_read;
    at->second.cost.bytes_written += cost.bytes_written;
  }
  std::vector<SpanTotal> list;
  std::int64_t all = 0;
  for (auto& [name, total] : sums.by_name) {
    total.name = name;
    all += total.self_ns;
    list.push_back(std::move(total));
  }
  for (SpanTotal& total : list)
    total.share = all > 0 ? static_cast<double>(total.self_ns) / static_cast<double>(all) : 0.0;
  std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.self_ns > b.self_ns; });
  return list;
}

std::string table(const Profile& profile, const RooflineMachine* machine, std::size_t rows) {
  const std::vector<SpanTotal> list = totals(profile);
  const auto limit_of = machine != nullptr ? limits(profile, *machine) : std::map<std::string, Limit>{};
  std::size_t width = 9;
  for (std::size_t i = 0; i < std::min(rows, list.size()); ++i) width = std::max(width, list[i].name.size());
  std::string out = fmt::format("{:<{}} {:>7} {:>10} {:>10} {:>6} {:>10} {:>9} {:>8}{}\n", "operation", width, "calls",
                                "total ms", "self ms", "share", "MFLOP", "MB", "GFLOP/s", machine ? "  limit" : "");
  std::int64_t spans = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const SpanTotal& total = list[i];
    spans += total.calls;
    if (i >= rows) continue;
    out += fmt::format("{:<{}} {:>7} {:>10.3f} {:>10.3f} {:>5.1f}%", total.name, width, total.calls,
                       milliseconds(total.total_ns), milliseconds(total.self_ns), 100.0 * total.share);
    const auto flops = static_cast<double>(total.cost.flops);
    const auto bytes = static_cast<double>(total.cost.bytes_read + total.cost.bytes_written);
    out += flops > 0 ? fmt::format(" {:>10.3f}", flops * 1e-6) : fmt::format(" {:>10}", "");
    out += bytes > 0 ? fmt::format(" {:>9.3f}", bytes * 1e-6) : fmt::format(" {:>9}", "");
    out += flops > 0 && total.self_ns > 0 ? fmt::format(" {:>8.2f}", flops / static_cast<double>(total.self_ns))
                                          : fmt::format(" {:>8}", "");
    const auto limit = limit_of.find(total.name);
    if (limit != limit_of.end()) out += fmt::format("  {}", to_string(limit->second));
    out.erase(out.find_last_not_of(' ') + 1);
    out += '\n';
  }
  if (list.size() > rows) out += fmt::format("and {} more\n", list.size() - rows);
  return out + footer(profile, spans);
}

std::string summary(const Profile& profile) {
  const std::vector<SpanTotal> list = totals(profile);
  if (list.empty()) return "No operation ran while the profiler did.";
  std::int64_t all = 0;
  for (const SpanTotal& total : list) all += total.self_ns;
  std::string text =
      fmt::format("Of {:.1f} ms in spans, {:.0f} % went to {}", milliseconds(all), 100.0 * list[0].share, list[0].name);
  double together = list[0].share;
  const std::size_t named = std::min<std::size_t>(3, list.size());
  for (std::size_t i = 1; i < named; ++i) {
    together += list[i].share;
    text += fmt::format("{} {:.0f} % to {}", i + 1 == named ? " and" : ",", 100.0 * list[i].share, list[i].name);
  }
  if (named > 1) text += fmt::format(": together {:.0f} %", 100.0 * together);
  return text + ".";
}

}  // namespace tinytorch::profiling
