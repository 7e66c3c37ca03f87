#include "src/course/machine_profile.hpp"

#include "tinytorch/core/error.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

namespace tinytorch {
namespace {

constexpr std::int64_t mib = 1 << 20;
// Samples are shorter than a time slice. On a busy machine most of them run without an interruption, and so does the
// median.
const TimingOptions short_samples{.min_sample_ns = 100'000, .warmups = 1, .samples = 11};

/// Tells the compiler that `value` is read, so that it keeps the loop that computes it.
template <class T>
void keep(const T& value) {
  asm volatile("" : : "r"(&value) : "memory");
}

/// The sum of `words` in four chains, so that the loop waits for memory and not for the add before.
std::uint64_t sum_of(std::span<const std::uint64_t> words) {
  std::uint64_t a = 0, b = 0, c = 0, d = 0;
  for (std::size_t i = 0; i + 4 <= words.size(); i += 4) {
    a += words[i];
    b += words[i + 1];
    c += words[i + 2];
    d += words[i + 3];
  }
  return a + b + c + d;
}

std::string joined(const std::vector<std::string>& objects) {
  return fmt::format("[\n    {}\n  ]", fmt::join(objects, ",\n    "));
}

}  // namespace

void link_nodes(std::span<const std::uint32_t> ring, std::span<ChaseNode> nodes) {
  if (ring.size() != nodes.size()) {
    throw ShapeError(detail::text({"[link_nodes] ring and nodes differ: (", ring.size(), ") x (", nodes.size(), ")"}));
  }
  for (std::size_t i = 0; i < nodes.size(); ++i) nodes[i].next = ring[i];
}

AlignedBuffer<ChaseNode> walk_buffer(std::int64_t bytes) {
  const auto size = static_cast<std::size_t>(bytes);
  AlignedBuffer<ChaseNode> buffer(size / sizeof(ChaseNode), 2 * mib);
  madvise(buffer.data(), size, MADV_HUGEPAGE);  // a hint: without huge pages, small ones are used
  return buffer;
}

double chase_ns(std::span<const ChaseNode> nodes, std::size_t loads, Clock& clock) {
  std::uint32_t at = 0;
  const auto walk = [&] { at = chase(nodes.data(), at, loads); };
  const double ns = time_median(walk, short_samples, clock).median / static_cast<double>(loads);
  keep(at);
  return ns;
}

std::vector<StairPoint> measure_staircase(const StaircasePlan& plan, Generator& generator, Clock& clock) {
  std::vector<StairPoint> points;
  if (plan.bytes.empty()) return points;
  const std::int64_t most = *std::max_element(plan.bytes.begin(), plan.bytes.end());
  const AlignedBuffer<ChaseNode> buffer = walk_buffer(most);
  for (const std::int64_t bytes : plan.bytes) {
    const auto nodes = buffer.span().first(static_cast<std::size_t>(bytes) / sizeof(ChaseNode));
    link_nodes(chase_ring(nodes.size(), generator), nodes);
    keep(chase(nodes.data(), 0,
               std::min<std::size_t>(nodes.size(), 1 << 18)));  // one lap first, so that the caches are filled
    points.push_back({bytes, chase_ns(nodes, plan.loads, clock)});
  }
  return points;
}

double read_gb_per_s(std::int64_t bytes, Clock& clock) {
  AlignedBuffer<std::uint64_t> words(static_cast<std::size_t>(bytes) / sizeof(std::uint64_t), 4096);
  std::fill_n(words.data(), words.size(), 1);
  // Each sample reads the window after that of the sample before, so that a footprint larger than the caches never
  // fits.
  const std::size_t window = std::min<std::size_t>(words.size(), 1 << 19);
  std::size_t at = 0;
  const auto read = [&] {
    if (at + window > words.size()) at = 0;
    keep(sum_of(words.span().subspan(at, window)));
    at += window;
  };
  const auto window_bytes = static_cast<double>(window * sizeof(std::uint64_t));
  return window_bytes / time_median(read, short_samples, clock).median;
}

double strided_read_ns(std::span<const float> values, std::size_t stride, Clock& clock) {
  const auto read = [&] {
    float sums[4] = {};  // four chains: the loop waits for memory, not for the add before
    const std::size_t count = (values.size() + stride - 1) / stride;
    for (std::size_t i = 0; i + 4 <= count; i += 4) {
      for (std::size_t chain = 0; chain < 4; ++chain) sums[chain] += values[(i + chain) * stride];
    }
    keep(sums);
  };
  return time_median(read, short_samples, clock).median;
}

FirstTouch measure_first_touch(std::int64_t bytes, Clock& clock) {
  AlignedBuffer<unsigned char> fresh(static_cast<std::size_t>(bytes), 4096);
  const auto write_ns = [&](int value) {
    const std::int64_t start = clock.now_ns();
    std::memset(fresh.data(), value, fresh.size());
    keep(*fresh.data());
    return static_cast<double>(clock.now_ns() - start);
  };
  const double first = write_ns(1);
  return {bytes, first, write_ns(2)};
}

std::int64_t beyond_caches(std::span<const CacheInfo> caches) {
  const std::int64_t last = caches.empty() ? 0 : caches.back().bytes;
  const std::int64_t available = std::int64_t{sysconf(_SC_AVPHYS_PAGES)} * sysconf(_SC_PAGESIZE);
  const std::int64_t most = std::min(512 * mib, std::max(available / 4, 64 * mib));
  return std::clamp(8 * last, 64 * mib, most);
}

MachineProfile profile_machine(Generator& generator, Clock& clock) {
  MachineProfile profile;
  profile.cores = count_cores();
  profile.caches = read_caches();
  profile.clock_resolution_ns = clock_resolution_ns(clock);
  // First of all: after the staircase malloc may return pages that were written before.
  profile.first_touch = measure_first_touch(64 * mib, clock);
  const std::int64_t beyond = beyond_caches(profile.caches);
  profile.staircase = measure_staircase(staircase_plan(beyond), generator, clock);
  for (const CacheInfo& cache : profile.caches) {
    profile.bandwidth.push_back({cache.level, cache.bytes / 2, read_gb_per_s(cache.bytes / 2, clock)});
  }
  profile.bandwidth.push_back({0, beyond, read_gb_per_s(beyond, clock)});
  return profile;
}

std::string to_json(const MachineProfile& profile) {
  std::vector<std::string> caches, latency, bandwidth;
  for (const CacheInfo& c : profile.caches) {
    caches.push_back(fmt::format(R"({{"level": {}, "bytes": {}, "line": {}, "shared_by": {}}})", c.level, c.bytes,
                                 c.line, c.shared_by));
  }
  for (const StairPoint& p : profile.staircase) {
    latency.push_back(fmt::format(R"({{"bytes": {}, "ns": {:.3f}}})", p.bytes, p.ns));
  }
  for (const Bandwidth& b : profile.bandwidth) {
    bandwidth.push_back(
        fmt::format(R"({{"level": {}, "bytes": {}, "gb_per_s": {:.2f}}})", b.level, b.bytes, b.gb_per_s));
  }
  const FirstTouch& touch = profile.first_touch;
  return fmt::format(R"({{
  "format": "tinytorch machine 1",
  "cores": {{"logical": {}, "physical": {}, "quota": {:.3f}}},
  "caches": {},
  "clock_resolution_ns": {},
  "latency": {},
  "bandwidth": {},
  "first_touch": {{"bytes": {}, "first_ns": {:.0f}, "second_ns": {:.0f}}}
}}
)",
                     profile.cores.logical, profile.cores.physical, profile.cores.quota, joined(caches),
                     profile.clock_resolution_ns, joined(latency), joined(bandwidth), touch.bytes, touch.first_ns,
                     touch.second_ns);
}

}  // namespace tinytorch
