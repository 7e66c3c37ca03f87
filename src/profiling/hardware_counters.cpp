#include "tinytorch/profiling/hardware_counters.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#if defined(__linux__)
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace tinytorch::profiling {

#if defined(__linux__)

namespace {

constexpr std::array<std::uint64_t, 4> events = {PERF_COUNT_HW_CPU_CYCLES, PERF_COUNT_HW_INSTRUCTIONS,
                                                 PERF_COUNT_HW_CACHE_MISSES, PERF_COUNT_HW_BRANCH_MISSES};

int open_counter(std::uint64_t event) {
  perf_event_attr attributes{};
  attributes.type = PERF_TYPE_HARDWARE;
  attributes.size = sizeof(attributes);
  attributes.config = event;
  attributes.inherit = 1;  // threads that are started later
  attributes.exclude_kernel = 1;
  attributes.exclude_hv = 1;
  attributes.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
  return static_cast<int>(syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC));
}

std::string reason(int error) {
  if (error == EACCES || error == EPERM)
    return "the kernel forbids them to this user (/proc/sys/kernel/perf_event_paranoid, or a container)";
  if (error == ENOENT || error == EOPNOTSUPP || error == ENODEV)
    return "the processor offers none here (a virtual machine?)";
  return std::string("perf_event_open: ") + std::strerror(error);
}

}  // namespace

struct HardwareCounters::Impl {
  std::array<int, events.size()> files{-1, -1, -1, -1};
  std::string why_not;

  ~Impl() {
    for (const int file : files)
      if (file >= 0) close(file);
  }
};

HardwareCounters::HardwareCounters() : impl_(std::make_unique<Impl>()) {
  for (std::size_t i = 0; i < events.size(); ++i) {
    impl_->files[i] = open_counter(events[i]);
    if (impl_->files[i] >= 0) continue;
    impl_->why_not = reason(errno);
    return;
  }
}

HardwareCounts HardwareCounters::read() const {
  HardwareCounts counts{.why_not = impl_->why_not};
  if (!counts.why_not.empty()) return counts;
  std::int64_t* const targets[] = {&counts.cycles, &counts.instructions, &counts.cache_misses, &counts.branch_misses};
  for (std::size_t i = 0; i < events.size(); ++i) {
    struct {
      std::uint64_t value, enabled, running;
    } reading{};
    if (::read(impl_->files[i], &reading, sizeof(reading)) != sizeof(reading) || reading.running == 0) {
      counts.why_not = "the processor had no counter free";
      return counts;
    }
    *targets[i] = static_cast<std::int64_t>(static_cast<double>(reading.value) * static_cast<double>(reading.enabled) /
                                            static_cast<double>(reading.running));
  }
  counts.available = true;
  return counts;
}

#else

struct HardwareCounters::Impl {};
HardwareCounters::HardwareCounters() : impl_(std::make_unique<Impl>()) {}
HardwareCounts HardwareCounters::read() const { return {.why_not = "they are read on Linux only"}; }

#endif

HardwareCounters::~HardwareCounters() = default;
HardwareCounters::HardwareCounters(HardwareCounters&&) noexcept = default;
HardwareCounters& HardwareCounters::operator=(HardwareCounters&&) noexcept = default;

}  // namespace tinytorch::profiling
