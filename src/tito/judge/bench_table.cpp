#include "src/tito/judge/bench_table.hpp"

#include "src/tito/util/context.hpp"
#include "tinytorch/profiling/statistics.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tinytorch::tito {
namespace {

using Json = nlohmann::json;

// Google Benchmark mixes the user's counters with its own keys.
bool is_counter(const std::string& key) {
  static const std::set<std::string> own = {"family_index", "per_family_instance_index",
                                            "repetitions",  "repetition_index",
                                            "threads",      "iterations",
                                            "real_time",    "cpu_time"};
  return own.count(key) == 0;
}

double nanoseconds_in(const std::string& unit) {
  return unit == "us" ? 1e3 : unit == "ms" ? 1e6 : unit == "s" ? 1e9 : 1;
}

// A rate is per second; other counters (misses, bytes kept) are plain numbers.
std::string counter_text(const std::string& name, double value) {
  const bool rate = name.find("per_second") != std::string::npos || name.find("/s") != std::string::npos;
  return rate ? rate_text(value) + (name == "bytes_per_second" ? "B/s" : "/s") : rate_text(value);
}

std::string counter_name(const std::string& name) {
  return name == "bytes_per_second" ? "bytes" : name == "items_per_second" ? "items" : name;
}

}  // namespace

std::vector<BenchRun> parse_bench(const std::string& json) {
  std::vector<BenchRun> runs;
  const Json document = Json::parse(json, nullptr, false);
  if (!document.is_object() || !document.contains("benchmarks")) throw trouble("[bench] the program wrote no figures");
  for (const Json& entry : document.at("benchmarks")) {
    if (entry.value("error_occurred", false)) continue;
    BenchRun run;
    run.name = entry.value("name", "");
    run.nanoseconds = entry.value("real_time", 0.0) * nanoseconds_in(entry.value("time_unit", "ns"));
    for (const auto& [key, value] : entry.items()) {
      if (value.is_number() && is_counter(key)) run.counters[key] = value.get<double>();
    }
    runs.push_back(std::move(run));
  }
  return runs;
}

double middle(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

BenchRun middle_run(const std::vector<BenchRun>& runs) {
  BenchRun result;
  result.name = runs.front().name;
  std::vector<double> times;
  std::map<std::string, std::vector<double>> counters;
  for (const BenchRun& run : runs) {
    times.push_back(run.nanoseconds);
    for (const auto& [name, value] : run.counters) counters[name].push_back(value);
  }
  result.nanoseconds = middle(times);
  for (const auto& [name, values] : counters) result.counters[name] = middle(values);
  return result;
}

std::string difference_text(const std::vector<double>& first, const std::vector<double>& other) {
  if (first.size() != other.size() || first.size() < 10) return "";
  const profiling::AbResult result = profiling::compare({first, other}, 0.05);
  const char* const words[] = {"no difference shown", "faster", "slower"};
  return fmt::format("{:.3g} times as long (95 %: {:.3g} to {:.3g}, p = {:.2g}), {}", result.ratio, result.interval.low,
                     result.interval.high, result.p, words[static_cast<std::size_t>(result.difference)]);
}

std::string time_text(double nanoseconds) {
  if (nanoseconds < 1e3) return fmt::format("{:.3g} ns", nanoseconds);
  if (nanoseconds < 1e6) return fmt::format("{:.3g} us", nanoseconds / 1e3);
  if (nanoseconds < 1e9) return fmt::format("{:.3g} ms", nanoseconds / 1e6);
  return fmt::format("{:.3g} s", nanoseconds / 1e9);
}

std::string rate_text(double value) {
  if (value >= 1e9) return fmt::format("{:.3g} G", value / 1e9);
  if (value >= 1e6) return fmt::format("{:.3g} M", value / 1e6);
  if (value >= 1e4) return fmt::format("{:.3g} k", value / 1e3);
  if (value >= 1 || value <= 0) return fmt::format("{:.4g}", value);
  if (value >= 1e-3) return fmt::format("{:.3g} m", value * 1e3);
  if (value >= 1e-6) return fmt::format("{:.3g} u", value * 1e6);
  return fmt::format("{:.3g} n", value * 1e9);
}

std::string bench_table(const std::vector<std::string>& stacks, const std::vector<std::string>& benchmarks,
                        const std::map<std::string, std::map<std::string, BenchRun>>& results) {
  std::size_t widest = 9;
  for (const std::string& name : benchmarks) widest = std::max(widest, name.size());
  std::string text = fmt::format("{:<{}}", "benchmark", widest);
  for (const std::string& stack : stacks) text += fmt::format("  {:>18}", stack);
  text += "\n";
  const auto run_of = [&](const std::string& stack, const std::string& name) -> const BenchRun* {
    const auto column = results.find(stack);
    if (column == results.end()) return nullptr;
    const auto cell = column->second.find(name);
    return cell == column->second.end() ? nullptr : &cell->second;
  };
  for (const std::string& name : benchmarks) {
    std::set<std::string> counters;
    const BenchRun* first = run_of(stacks.front(), name);
    text += fmt::format("{:<{}}", name, widest);
    for (const std::string& stack : stacks) {
      const BenchRun* run = run_of(stack, name);
      std::string cell = run == nullptr ? "-" : time_text(run->nanoseconds);
      if (run != nullptr && first != nullptr && run != first) {
        cell += fmt::format(" ({:.2f}x)", run->nanoseconds / first->nanoseconds);
      }
      text += fmt::format("  {:>18}", cell);
      if (run != nullptr) {
        for (const auto& [counter, value] : run->counters) counters.insert(counter);
      }
    }
    text += "\n";
    for (const std::string& counter : counters) {
      text += fmt::format("  {:<{}}", counter_name(counter), widest - 2);
      for (const std::string& stack : stacks) {
        const BenchRun* run = run_of(stack, name);
        const bool has = run != nullptr && run->counters.count(counter) != 0;
        text += fmt::format("  {:>18}", has ? counter_text(counter, run->counters.at(counter)) : "");
      }
      text += "\n";
    }
  }
  return text;
}

}  // namespace tinytorch::tito
