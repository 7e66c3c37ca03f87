// Another right answer to part B: a header before the aligned bytes, ranks instead of sorting, a walk that grows node
// by node.
#include "tinytorch/core/timing.hpp"

#include "tinytorch/core/error.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <optional>

namespace tinytorch {
namespace {

/// Stored directly before the aligned bytes.
struct Header {
  void* raw;
  std::size_t bytes;
};

class Stopwatch {
 public:
  explicit Stopwatch(Clock& clock) : clock_(clock), start_(clock.now_ns()) {}
  std::int64_t ns() { return clock_.now_ns() - start_; }

 private:
  Clock& clock_;
  std::int64_t start_;
};

std::int64_t ns_of(FunctionRef<void()> work, std::int64_t calls, Clock& clock) {
  Stopwatch watch(clock);
  while (calls-- > 0) work();
  return watch.ns();
}

/// The value at `q` quarters of the way through sorted values.
double quarter(const std::vector<double>& sorted, std::size_t q) {
  const std::size_t fourths = q * (sorted.size() - 1);
  const double low = sorted[fourths / 4], high = sorted[(fourths + 3) / 4];
  return (low * static_cast<double>(4 - fourths % 4) + high * static_cast<double>(fourths % 4)) / 4;
}

}  // namespace

void* allocate_aligned(std::size_t bytes, std::size_t alignment) {
  const std::size_t step = alignment < alignof(Header) ? alignof(Header) : alignment;
  std::size_t total = 0;
  if (__builtin_add_overflow(bytes, step + sizeof(Header), &total)) throw std::bad_alloc{};
  void* const raw = std::malloc(total);
  if (raw == nullptr) throw std::bad_alloc{};
  const auto unaligned = reinterpret_cast<std::uintptr_t>(raw) + sizeof(Header);
  const std::uintptr_t aligned = (unaligned + step - 1) & ~(step - 1);
  reinterpret_cast<Header*>(aligned)[-1] = {raw, bytes};
  return reinterpret_cast<void*>(aligned);
}

void free_aligned(void* p) {
  if (p == nullptr) return;
  std::free((static_cast<Header*>(p) - 1)->raw);
}

std::int64_t clock_resolution_ns(Clock& clock) {
  std::optional<std::int64_t> least;
  std::int64_t last = clock.now_ns();
  for (int reads = 999; reads > 0; --reads) {
    const std::int64_t step = clock.now_ns() - last;
    last += step;
    if (step != 0) least = std::min(step, least.value_or(step));
  }
  if (!least) throw ValueError("[clock_resolution_ns] the same time a thousand times");
  return *least;
}

double median(std::vector<double> values) {
  const std::size_t n = values.size();
  if (n == 0) throw ValueError("[median] of an empty list");
  std::partial_sort(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(n / 2 + 1), values.end());
  return 0.5 * values[(n - 1) / 2] + 0.5 * values[n / 2];
}

Timing time_median(FunctionRef<void()> work, const TimingOptions& options, Clock& clock) {
  if (options.samples <= 0 || options.warmups < 0) throw ValueError("[time_median] options make no sense");
  const std::int64_t resolution = clock_resolution_ns(clock);
  std::int64_t calls = 1, ns = ns_of(work, calls, clock);
  while (ns < options.min_sample_ns || ns < 100 * resolution) {
    calls += calls;
    ns = ns_of(work, calls, clock);
  }
  for (int i = 0; i < options.warmups; ++i) ns_of(work, calls, clock);
  std::vector<double> kept(static_cast<std::size_t>(options.samples));
  for (double& value : kept) value = static_cast<double>(ns_of(work, calls, clock)) / static_cast<double>(calls);
  std::sort(kept.begin(), kept.end());
  Timing timing;
  timing.min = quarter(kept, 0);
  timing.q1 = quarter(kept, 1);
  timing.median = quarter(kept, 2);
  timing.q3 = quarter(kept, 3);
  timing.iterations = calls;
  timing.samples = static_cast<int>(kept.size());
  return timing;
}

std::vector<std::uint32_t> chase_ring(std::size_t nodes, Generator& generator) {
  std::vector<std::uint32_t> ring;
  for (std::size_t i = 0; i < nodes; ++i) {  // inserts node i after a node that is already in the walk
    const auto node = static_cast<std::uint32_t>(i);
    ring.push_back(node);
    if (i > 0) std::swap(ring[i], ring[generator.below(i)]);
  }
  return ring;
}

std::uint32_t chase(const ChaseNode* nodes, std::uint32_t start, std::size_t steps) {
  std::uint32_t at = start;
  while (steps-- != 0) at = nodes[at].next;
  return at;
}

StaircasePlan staircase_plan(std::int64_t largest) {
  StaircasePlan plan;
  plan.loads = 8'000;
  for (std::int64_t bytes = 4096; bytes <= largest; bytes *= 2) plan.bytes.push_back(bytes);
  return plan;
}

}  // namespace tinytorch
