#include "src/course/roofline_machine.hpp"

#include "src/course/machine_profile.hpp"
#include "tinytorch/core/error.hpp"
#include "tinytorch/core/ops.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace tinytorch {
namespace {

/// One object of a list in machine.json: names and numbers.
using Fields = std::map<std::string, double, std::less<>>;

/// Reads what to_json(MachineProfile) writes: strings have no escapes, and the objects of a list hold numbers alone.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  /// The objects of the list with this name.
  std::vector<Fields> list(std::string_view name) {
    const std::size_t found = text_.find("\"" + std::string(name) + "\":");
    if (found == std::string_view::npos) fail("no '" + std::string(name) + "'");
    at_ = found + name.size() + 3;
    expect('[');
    std::vector<Fields> objects;
    if (next_is(']')) return objects;
    do objects.push_back(object());
    while (next_is(','));
    expect(']');
    return objects;
  }

 private:
  Fields object() {
    Fields fields;
    expect('{');
    do {
      const std::string key = string();
      expect(':');
      fields[key] = number();
    } while (next_is(','));
    expect('}');
    return fields;
  }

  std::string string() {
    expect('"');
    const std::size_t end = text_.find('"', at_);
    if (end == std::string_view::npos) fail("a string without an end");
    const std::string value(text_.substr(at_, end - at_));
    at_ = end + 1;
    return value;
  }

  double number() {
    skip_blanks();
    double value = 0;
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (error != std::errc{}) fail("a number is missing");
    at_ = static_cast<std::size_t>(end - text_.data());
    return value;
  }

  bool next_is(char letter) {
    skip_blanks();
    if (at_ >= text_.size() || text_[at_] != letter) return false;
    ++at_;
    return true;
  }
  void expect(char letter) {
    if (!next_is(letter)) fail(std::string("'") + letter + "' is missing");
  }
  void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \n\r\t", at_), text_.size()); }
  [[noreturn]] void fail(const std::string& what) const {
    throw FormatError("[machine.json] byte " + std::to_string(at_) + ": " + what + "; tito measure 00 writes the file");
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

double field(const Fields& fields, std::string_view name) {
  const auto found = fields.find(name);
  if (found == fields.end()) {
    throw FormatError("[machine.json] no '" + std::string(name) + "' in an object; tito measure 00 writes the file");
  }
  return found->second;
}

}  // namespace

profiling::RooflineMachine roofline_machine(std::string_view machine_json, profiling::GflopPerS peak) {
  if (machine_json.find("\"tinytorch machine 1\"") == std::string_view::npos) {
    throw FormatError("[machine.json] the format is not 'tinytorch machine 1'; tito measure 00 writes the file");
  }
  Reader reader(machine_json);
  std::map<int, std::int64_t> sizes{{0, std::numeric_limits<std::int64_t>::max()}};  // of the levels; 0 is memory
  for (const Fields& cache : reader.list("caches"))
    sizes[static_cast<int>(field(cache, "level"))] = static_cast<std::int64_t>(field(cache, "bytes"));
  profiling::RooflineMachine machine{peak, {}};
  for (const Fields& measured : reader.list("bandwidth")) {
    const auto size = sizes.find(static_cast<int>(field(measured, "level")));
    if (size != sizes.end()) machine.levels.push_back({size->first, size->second, {field(measured, "gb_per_s")}});
  }
  std::sort(machine.levels.begin(), machine.levels.end(),
            [](const auto& a, const auto& b) { return a.bytes < b.bytes; });
  return machine;
}

profiling::GflopPerS matmul_peak(Clock& clock) {
  profiling::GflopPerS best;
  Generator generator(1);
  for (const std::int64_t n : {128, 192, 256}) {
    const Tensor a = rand({n, n}, generator), b = rand({n, n}, generator);
    const Timing timing =
        time_median([&] { matmul(a, b); }, {.min_sample_ns = 500'000, .warmups = 2, .samples = 9}, clock);
    best = std::max(best, profiling::GflopPerS{2.0 * static_cast<double>(n * n * n) / timing.min});
  }
  return best;
}

profiling::RooflineMachine measure_roofline_machine(Clock& clock) {
  profiling::RooflineMachine machine{matmul_peak(clock), {}};
  const std::vector<CacheInfo> caches = read_caches();
  for (const CacheInfo& cache : caches)
    machine.levels.push_back({cache.level, cache.bytes, {read_gb_per_s(cache.bytes / 2, clock)}});
  machine.levels.push_back(
      {0, std::numeric_limits<std::int64_t>::max(), {read_gb_per_s(beyond_caches(caches), clock)}});
  return machine;
}

}  // namespace tinytorch
