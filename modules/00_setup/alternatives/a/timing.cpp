// Another right answer to part B: an offset before the bytes, selection instead of sorting, a shuffled list linked in
// order.
#include "tinytorch/core/timing.hpp"

#include "tinytorch/core/error.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <functional>

namespace tinytorch {

void* allocate_aligned(std::size_t bytes, std::size_t alignment) {
  // The four bytes before the result hold the distance to the raw block. memcpy, because they may be misaligned.
  const std::size_t slack = alignment + sizeof(std::uint32_t);
  if (bytes + slack < bytes) throw std::bad_alloc();
  auto* const raw = static_cast<unsigned char*>(std::malloc(bytes + slack));
  if (!raw) throw std::bad_alloc();
  std::uint32_t back = sizeof(std::uint32_t);
  while (reinterpret_cast<std::uintptr_t>(raw + back) & (alignment - 1)) ++back;
  std::memcpy(raw + back - sizeof back, &back, sizeof back);
  return raw + back;
}

void free_aligned(void* p) {
  if (!p) return;
  auto* const bytes = static_cast<unsigned char*>(p);
  std::uint32_t back = 0;
  std::memcpy(&back, bytes - sizeof back, sizeof back);
  std::free(bytes - back);
}

std::int64_t clock_resolution_ns(Clock& clock) {
  std::vector<std::int64_t> reads(1000);
  for (std::int64_t& read : reads) read = clock.now_ns();
  std::int64_t least = 0;
  for (std::size_t i = 1; i < reads.size(); ++i) {
    const std::int64_t step = reads[i] - reads[i - 1];
    if (step > 0 && (least == 0 || step < least)) least = step;
  }
  if (least == 0) throw ValueError("[clock_resolution_ns] no step in 1000 reads");
  return least;
}

double median(std::vector<double> values) {
  if (values.empty()) throw ValueError("[median] nothing to take the middle of");
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  const double below = *std::max_element(values.begin(), middle);  // nth_element put the smaller values first
  return below + (*middle - below) / 2;
}

Timing time_median(FunctionRef<void()> work, const TimingOptions& options, Clock& clock) {
  if (options.samples < 1) throw ValueError("[time_median] no samples");
  if (options.warmups < 0) throw ValueError("[time_median] warm-ups below 0");
  const std::int64_t wanted = std::max(100 * clock_resolution_ns(clock), options.min_sample_ns);
  const auto sample = [&](std::int64_t calls) {
    std::int64_t ns = -clock.now_ns();
    for (std::int64_t left = calls; left > 0; --left) work();
    ns += clock.now_ns();
    return ns;
  };
  Timing timing;
  for (timing.iterations = 1; sample(timing.iterations) < wanted;) timing.iterations <<= 1;
  std::vector<double> kept;
  for (int i = -options.warmups; i < options.samples; ++i) {
    const std::int64_t ns = sample(timing.iterations);
    if (i >= 0) kept.push_back(static_cast<double>(ns) / static_cast<double>(timing.iterations));
  }
  const auto quantile = [&](double part) {
    const double place = part * static_cast<double>(kept.size() - 1);
    const auto low = static_cast<std::size_t>(std::floor(place)), high = static_cast<std::size_t>(std::ceil(place));
    const double weight = place - std::floor(place);
    return (1 - weight) * kept[low] + weight * kept[high];
  };
  std::sort(kept.begin(), kept.end(), std::less<>());
  timing.median = quantile(0.5);
  timing.q1 = quantile(0.25);
  timing.q3 = quantile(0.75);
  timing.min = kept[0];
  timing.samples = options.samples;
  return timing;
}

std::vector<std::uint32_t> chase_ring(std::size_t nodes, Generator& generator) {
  std::vector<std::uint32_t> order(nodes), ring(nodes);
  for (std::size_t i = 0; i < nodes; ++i) {  // inside-out shuffle: entry i goes to a place up to i
    const std::size_t j = generator.below(i + 1);
    order[i] = order[j];
    order[j] = static_cast<std::uint32_t>(i);
  }
  for (std::size_t i = 0; i < nodes; ++i) ring[order[i]] = order[(i + 1) % nodes];
  return ring;
}

std::uint32_t chase(const ChaseNode* nodes, std::uint32_t start, std::size_t steps) {
  const ChaseNode* node = nodes + start;
  if (steps == 0) return start;
  while (--steps != 0) node = nodes + node->next;
  return node->next;
}

StaircasePlan staircase_plan(std::int64_t largest) {
  StaircasePlan plan{{}, 3'000};
  for (double bytes = 4096; bytes <= static_cast<double>(largest); bytes *= std::sqrt(2.0)) {
    plan.bytes.push_back(static_cast<std::int64_t>(bytes) / 64 * 64);
  }
  return plan;
}

}  // namespace tinytorch
