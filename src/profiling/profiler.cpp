#include "tinytorch/profiling/profiler.hpp"

#include "tinytorch/core/error.hpp"

#include <algorithm>
#include <exception>
#include <mutex>
#include <numeric>
#include <string>
#include <unordered_map>
#include <utility>

namespace tinytorch::profiling {

std::int64_t MemoryState::total() const { return std::accumulate(by_tag.begin(), by_tag.end(), std::int64_t{0}); }

namespace {

// The time that was read last, for a tracker that must not read another one.
class LastReading final : public Clock {
 public:
  std::int64_t now_ns() override { return ns; }
  std::int64_t ns = 0;
};

// "conv2d_backward" for a node of conv2d. The text lives as long as the program, as Event::name must.
const char* backward_name(const char* name) {
  static std::mutex mutex;
  static auto* names = new std::unordered_map<std::string, std::string>;
  const std::lock_guard lock(mutex);
  std::string& text = (*names)[name];
  if (text.empty()) text = std::string(name) + "_backward";
  return text.c_str();
}

// What one thread has recorded. Only that thread writes here.
struct ThreadRecord {
  ThreadRecord(const ProfilerOptions& options, std::uint32_t number)
      : id(number), recorder(2 * options.spans, number), most_ops(options.ops) {
    ops.reserve(most_ops);
  }

  std::uint32_t id;
  Recorder recorder;
  std::size_t most_ops;
  std::vector<OpRecord> ops;
  std::int64_t dropped_ops = 0;
  std::unordered_map<const char*, const char*> backward_names;
};

std::atomic<std::uint64_t> recordings{0};

// The record of this thread in the recording with that number.
struct Mine {
  std::uint64_t recording = 0;
  ThreadRecord* record = nullptr;
};
thread_local Mine mine;

}  // namespace

struct Profiler::Impl final : OpHook {
  ProfilerOptions options;
  SteadyClock steady;
  Clock* clock = &steady;
  bool running = false;
  std::uint64_t recording = 0;
  std::int64_t begin_ns = 0;
  Overhead overhead;
  std::array<std::int64_t, memory::tag_count> before{};  // bytes left of what was allocated before the start

  std::mutex threads_mutex;
  std::vector<std::unique_ptr<ThreadRecord>> threads;

  std::mutex memory_mutex;  // guards all below
  LastReading reading;
  MemoryTracker tracker{reading};
  std::vector<MemoryState> states;
  std::int64_t dropped_states = 0;
  std::exception_ptr error;  // the first one; the functions of a hook must not throw

  HardwareCounters counters;

  explicit Impl(ProfilerOptions wanted) : options(wanted) {}

  ThreadRecord& of_this_thread() {
    if (mine.recording != recording) {
      const std::lock_guard lock(threads_mutex);
      threads.push_back(std::make_unique<ThreadRecord>(options, static_cast<std::uint32_t>(threads.size() + 1)));
      mine = {recording, threads.back().get()};
    }
    return *mine.record;
  }

  void keep_error() noexcept {
    const std::lock_guard lock(memory_mutex);
    if (!error) error = std::current_exception();
  }

  std::int64_t op_begins(const char* name, bool backward) noexcept override {
    try {
      ThreadRecord& thread = of_this_thread();
      if (backward) {
        const char*& text = thread.backward_names[name];
        if (text == nullptr) text = backward_name(name);
        name = text;
      }
      const std::int64_t now = clock->now_ns();
      thread.recorder.begin(name, now);
      return now;
    } catch (...) {
      keep_error();
      return 0;
    }
  }

  void op_ends(OpRecord& record) noexcept override {
    try {
      record.end_ns = clock->now_ns();
      ThreadRecord& thread = of_this_thread();
      thread.recorder.end(record.end_ns);
      record.thread = thread.id;
      if (thread.ops.size() < thread.most_ops)
        thread.ops.push_back(record);
      else
        ++thread.dropped_ops;
    } catch (...) {
      keep_error();
    }
  }

  void allocated(std::uint64_t block, std::int64_t bytes, memory::Tag tag) noexcept override {
    try {
      ThreadRecord& thread = of_this_thread();
      const std::lock_guard lock(memory_mutex);
      reading.ns = clock->now_ns();
      tracker.follow(&thread.recorder);
      tracker.allocated(block, bytes, tag);
      note_state();
    } catch (...) {
      keep_error();
    }
  }

  void freed(std::uint64_t block, std::int64_t bytes, memory::Tag tag) noexcept override {
    try {
      const std::lock_guard lock(memory_mutex);
      reading.ns = clock->now_ns();
      try {
        tracker.freed(block);
      } catch (const ValueError&) {  // allocated before the start
        take_from_before(bytes, tag);
      }
      note_state();
    } catch (...) {
      keep_error();
    }
  }

  // The blocks that were there at the start count as one for each tag. No address is as small as these numbers.
  static std::uint64_t number_before(memory::Tag tag) { return static_cast<std::uint64_t>(tag) + 1; }

  void take_from_before(std::int64_t bytes, memory::Tag tag) {
    std::int64_t& left = before[static_cast<std::size_t>(tag)];
    left = std::max<std::int64_t>(0, left - bytes);
    tracker.freed(number_before(tag));
    tracker.allocated(number_before(tag), left, tag);
  }

  void note_state() {
    if (states.size() == options.states) {
      ++dropped_states;
      return;
    }
    MemoryState state{.ns = reading.ns};
    for (std::size_t t = 0; t < state.by_tag.size(); ++t) state.by_tag[t] = tracker.active(static_cast<memory::Tag>(t));
    states.push_back(state);
  }

  void begin() {
    recording = ++recordings;
    threads.clear();
    tracker = MemoryTracker(reading);
    states.clear();
    states.reserve(options.states);
    dropped_states = 0;
    error = nullptr;
    begin_ns = clock->now_ns();
    reading.ns = begin_ns;
    for (std::size_t t = 0; t < before.size(); ++t) {
      const auto tag = static_cast<memory::Tag>(t);
      before[t] = memory::stats(tag).active;
      tracker.allocated(number_before(tag), before[t], tag);
    }
    note_state();
    set_op_hook(this);
  }

  // The cost of an empty span on the way that every operation goes, as the mean of many; the least of several means,
  // because an interruption only adds.
  Overhead measure() {
    constexpr int spans = 1000, rounds = 5;
    const ProfilerOptions wanted = std::exchange(options, {spans + 1, spans + 1, 1});
    Overhead least;
    for (int round = 0; round < rounds; ++round) {
      begin();
      {
        const ProfileScope all("all");
        for (int i = 0; i < spans; ++i) const ProfileScope empty("empty");
      }
      set_op_hook(nullptr);
      const SpanTree tree = build_tree(of_this_thread().recorder.events());
      const SpanNode& all = tree.threads.at(0).root.children.at(0);
      const Overhead mean{all.children.at(0).self_ns / spans, all.self_ns / spans};
      if (round == 0 || mean.inner_ns + mean.outer_ns < least.inner_ns + least.outer_ns) least = mean;
    }
    options = wanted;
    return least;
  }

  Profile finish() {
    set_op_hook(nullptr);
    Profile profile;
    profile.peak = tracker.peak();
    profile.overhead = overhead;
    profile.begin_ns = begin_ns;
    profile.end_ns = clock->now_ns();
    profile.dropped_states = dropped_states;
    profile.counts = counters.read();
    for (const auto& thread : threads) {
      const std::span<const Event> events = thread->recorder.events();
      profile.events.insert(profile.events.end(), events.begin(), events.end());
      profile.ops.insert(profile.ops.end(), thread->ops.begin(), thread->ops.end());
      profile.dropped_spans += thread->recorder.dropped();
      profile.dropped_ops += thread->dropped_ops;
    }
    profile.memory = std::move(states);
    profile.tree = build_tree(profile.events);
    if (error) std::rethrow_exception(error);
    return profile;
  }
};

Profiler::Profiler(ProfilerOptions options, Clock* clock) : impl_(std::make_unique<Impl>(options)) {
  if (clock != nullptr) impl_->clock = clock;
}

Profiler::~Profiler() {
  if (impl_->running) set_op_hook(nullptr);
}

void Profiler::start() {
  if (impl_->running) throw ValueError("[profiler] start() while it runs: stop() comes first");
  if (detail::op_hook.load() != nullptr)
    throw ValueError("[profiler] start() while another hook is installed: stop that one first");
  impl_->overhead = impl_->measure();
  impl_->counters = HardwareCounters();
  impl_->begin();
  impl_->running = true;
}

Profile Profiler::stop() {
  if (!impl_->running) throw ValueError("[profiler] stop() without start()");
  impl_->running = false;
  return impl_->finish();
}

bool Profiler::running() const { return impl_->running; }

}  // namespace tinytorch::profiling
