// A profile in Chrome's trace format. Source: "Trace Event Format", Google, 2016.

#include "src/profiling/names.hpp"
#include "tinytorch/profiling/profiler.hpp"

#include <string>
#include <unordered_map>

#include <fmt/format.h>

namespace tinytorch::profiling {

namespace {

// Nanoseconds as microseconds with all three digits of the fraction.
std::string microseconds(std::int64_t ns) { return fmt::format("{}.{:03}", ns / 1000, ns % 1000); }

std::string counter(const MemoryState& state, std::int64_t ns) {
  std::string args;
  for (std::size_t t = 0; t < state.by_tag.size(); ++t)
    args += fmt::format("{}\"{}\":{}", t == 0 ? "" : ",", tag_name(t), state.by_tag[t]);
  return fmt::format(",\n{{\"name\":\"memory\",\"ph\":\"C\",\"ts\":{},\"pid\":1,\"args\":{{{}}}}}", microseconds(ns),
                     args);
}

// One end of an arrow. `phase` is s at the operation and f at its node of backward, where it ends in the span that
// begins then.
std::string arrow(const OpRecord& op, const char* phase, std::int64_t ns) {
  return fmt::format(
      ",\n{{\"name\":\"gradient\",\"cat\":\"autograd\",\"ph\":\"{}\",{}\"id\":{},\"ts\":{},\"pid\":1,\"tid\":{}}}",
      phase, phase[0] == 'f' ? "\"bp\":\"e\"," : "", op.sequence, microseconds(ns), op.thread);
}

}  // namespace

std::string trace(const Profile& profile) {
  std::vector<Event> events = profile.events;
  for (Event& event : events) event.ns -= profile.begin_ns;
  std::string out;
  write_trace(out, events);
  out.erase(out.find_last_of(']'));
  if (events.empty()) return out + "]\n";
  for (const MemoryState& state : profile.memory) out += counter(state, state.ns - profile.begin_ns);
  std::unordered_map<std::uint64_t, const OpRecord*> forward;
  for (const OpRecord& op : profile.ops)
    if (!op.backward) forward[op.sequence] = &op;
  for (const OpRecord& op : profile.ops) {
    const auto from = op.backward ? forward.find(op.sequence) : forward.end();
    if (from == forward.end()) continue;
    out += arrow(*from->second, "s", from->second->begin_ns - profile.begin_ns);
    out += arrow(op, "f", op.begin_ns - profile.begin_ns);
  }
  return out + "]\n";
}

}  // namespace tinytorch::profiling
