// Task 8.4: MemoryTracker.
#include "modules/08_profiling/tests/spans.hpp"
#include "tests/kit/instruments/fake_clock.hpp"

#include <algorithm>

namespace tinytorch::profiling {

inline lab::Value to_value(const MemoryPeak& peak) {
  return lab::record({{"bytes", peak.bytes},
                      {"when_ns", peak.when_ns},
                      {"by_tag", std::vector<std::int64_t>(peak.by_tag.begin(), peak.by_tag.end())},
                      {"span", std::string(peak.span == nullptr ? "none" : peak.span)}});
}

namespace {

using memory::Tag;

Tag any_tag(lab::Case& c) { return static_cast<Tag>(c.integer(0, memory::tag_count - 1)); }

/// One change, as the test draws it.
struct Change {
  std::uint64_t block = 0;
  std::int64_t bytes = 0;  ///< below 0: the block is freed
  Tag tag = Tag::general;
  std::int64_t ns = 0;
};

std::string written(const Change& change) {
  return (change.bytes < 0 ? "free " : "allocate ") + std::to_string(change.block) +
         (change.bytes < 0
              ? ""
              : ": " + std::to_string(change.bytes) + " bytes, tag " + std::to_string(static_cast<int>(change.tag))) +
         " at " + std::to_string(change.ns);
}

/// A history in which numbers of blocks are used again, also with other tags.
std::vector<Change> any_history(lab::Case& c) {
  std::vector<Change> history;
  std::vector<std::uint64_t> alive;
  std::int64_t ns = 0;
  for (std::int64_t i = 0; i <= 2 * c.size(); ++i) {
    ns += c.integer(1, 100);
    const bool frees = !alive.empty() && c.coin();
    if (frees) {
      const auto at = static_cast<std::size_t>(c.integer(0, static_cast<std::int64_t>(alive.size()) - 1));
      history.push_back({alive[at], -1, any_tag(c), ns});
      alive.erase(alive.begin() + static_cast<std::ptrdiff_t>(at));
    } else {
      std::uint64_t block = 1;
      while (std::find(alive.begin(), alive.end(), block) != alive.end()) ++block;
      alive.push_back(block);
      history.push_back({block, c.integer(0, 9), any_tag(c), ns});
    }
  }
  return history;
}

void show(lab::Case& c, const std::vector<Change>& history) {
  Lines lines;
  for (const Change& change : history) lines.push_back(written(change));
  c.shown("history", lines);
}

/// The bytes of each tag after the first `count` changes, from the beginning each time.
std::vector<std::int64_t> bytes_after(const std::vector<Change>& history, std::size_t count) {
  std::vector<std::int64_t> bytes(memory::tag_count, 0);
  for (std::size_t i = 0; i < count; ++i) {
    if (history[i].bytes < 0) continue;
    bool freed = false;
    for (std::size_t j = i + 1; j < count; ++j) {
      if (history[j].block != history[i].block) continue;
      freed = true;  // the next change of this number can only be its end
      break;
    }
    if (!freed) bytes[static_cast<std::size_t>(history[i].tag)] += history[i].bytes;
  }
  return bytes;
}

std::int64_t sum(const std::vector<std::int64_t>& values) {
  std::int64_t total = 0;
  for (const std::int64_t v : values) total += v;
  return total;
}

MemoryPeak peak_of(const std::vector<Change>& history) {
  MemoryPeak peak;
  for (std::size_t i = 1; i <= history.size(); ++i) {
    const std::vector<std::int64_t> bytes = bytes_after(history, i);
    if (sum(bytes) <= peak.bytes) continue;
    peak.bytes = sum(bytes);
    peak.when_ns = history[i - 1].ns;
    std::copy(bytes.begin(), bytes.end(), peak.by_tag.begin());
  }
  return peak;
}

void apply(MemoryTracker& tracker, lab::FakeClock& clock, const Change& change) {
  clock.advance(change.ns - clock.elapsed());
  if (change.bytes < 0)
    tracker.freed(change.block);
  else
    tracker.allocated(change.block, change.bytes, change.tag);
}

}  // namespace

TASK_TEST(8, 4, the_peak_has_its_moment_and_its_owners) {
  lab::cases(60, [](lab::Case& c) {
    const std::vector<Change> history = any_history(c);
    show(c, history);
    lab::FakeClock clock;
    MemoryTracker tracker(clock);
    for (const Change& change : history) apply(tracker, clock, change);
    CHECK_SAME("peak", tracker.peak(), peak_of(history));
  });
}

TASK_TEST(8, 4, active_bytes_belong_to_the_tag_of_their_block) {
  lab::cases(60, [](lab::Case& c) {
    const std::vector<Change> history = any_history(c);
    show(c, history);
    lab::FakeClock clock;
    MemoryTracker tracker(clock);
    std::vector<std::int64_t> totals, expected_totals;
    for (std::size_t i = 0; i < history.size(); ++i) {
      apply(tracker, clock, history[i]);
      totals.push_back(tracker.active());
      expected_totals.push_back(sum(bytes_after(history, i + 1)));
    }
    std::vector<std::int64_t> by_tag;
    for (int t = 0; t < memory::tag_count; ++t) by_tag.push_back(tracker.active(static_cast<Tag>(t)));
    CHECK_SAME("active, after each change", totals, expected_totals);
    CHECK_SAME("active by tag, at the end", by_tag, bytes_after(history, history.size()));
  });
}

TASK_TEST(8, 4, before_the_first_byte_the_peak_is_empty) {
  lab::cases(30, [](lab::Case& c) {
    const std::int64_t blocks = c.input("blocks of 0 bytes", c.integer(0, 3));
    const std::int64_t now = c.input("now", c.integer(1, 1000));
    lab::FakeClock clock;
    clock.advance(now);
    MemoryTracker tracker(clock);
    for (std::int64_t i = 0; i < blocks; ++i) tracker.allocated(static_cast<std::uint64_t>(i), 0, Tag::data);
    CHECK_SAME("peak", tracker.peak(), MemoryPeak{});
  });
}

TASK_TEST(8, 4, the_clock_is_read_for_a_new_peak_only) {
  lab::cases(40, [](lab::Case& c) {
    const std::vector<Change> history = any_history(c);
    show(c, history);
    lab::FakeClock clock;
    MemoryTracker tracker(clock);
    std::int64_t expected = 0, highest = 0;
    for (std::size_t i = 0; i < history.size(); ++i) {
      apply(tracker, clock, history[i]);
      const std::int64_t bytes = sum(bytes_after(history, i + 1));
      expected += bytes > highest ? 1 : 0;
      highest = std::max(highest, bytes);
    }
    CHECK_SAME("readings of the clock", clock.reads(), expected);
  });
}

TASK_TEST_USES(8, 4, the_peak_knows_the_open_span, "8.1") {
  lab::cases(40, [](lab::Case& c) {
    lab::FakeClock clock;
    MemoryTracker tracker(clock);
    Recorder first(100, 1), second(100, 2);
    const bool nested = c.input("a second span is open", c.coin());
    const std::int64_t who = c.input("follows: 0 nobody, 1 and 2 the recorders", c.integer(0, 2));
    const std::int64_t later = c.input("smaller blocks later, in another span", c.integer(0, 2));
    first.begin("step", 1);
    if (nested) first.begin("conv2d", 2);
    second.begin("load", 3);
    const Recorder* const recorders[] = {nullptr, &first, &second};
    tracker.follow(recorders[(who + 1) % 3]);
    tracker.follow(recorders[who]);
    tracker.allocated(1, 100, Tag::activation);
    tracker.freed(1);
    first.begin("relu", 4);
    second.begin("relu", 5);
    for (std::int64_t i = 0; i < later; ++i) tracker.allocated(2 + static_cast<std::uint64_t>(i), 10, Tag::data);
    const MemoryPeak peak = tracker.peak();
    const std::string expected = who == 0 ? "none" : who == 2 ? "load" : nested ? "conv2d" : "step";
    CHECK_SAME("span", std::string(peak.span == nullptr ? "none" : peak.span), expected);
    CHECK_SAME("bytes", peak.bytes, std::int64_t{100});
  });
}

TASK_TEST(8, 4, impossible_changes_throw) {
  lab::cases(64, [](lab::Case& c) {
    const std::int64_t kind = c.input("kind", c.integer(0, 5));
    const auto block = static_cast<std::uint64_t>(c.input("block", c.integer(0, 100)));
    const std::int64_t bytes = c.input("bytes", c.integer(0, 100));
    const auto run = [&] {
      lab::FakeClock clock;
      MemoryTracker tracker(clock);
      if (kind == 0) tracker.freed(block);
      if (kind >= 1) tracker.allocated(block, kind == 5 ? -1 - bytes : bytes, Tag::gradient);
      if (kind == 2) tracker.allocated(block, bytes, Tag::data);
      if (kind >= 3) tracker.freed(block);
      if (kind == 3) tracker.freed(block);
      if (kind == 4) tracker.allocated(block, bytes, Tag::data);
      return tracker.active();
    };
    const auto expected = [&] {
      if (kind != 1 && kind != 4) throw ValueError("impossible");
      return bytes;
    };
    CHECK_OUTCOME("active", run(), expected());
  });
}

TASK_TEST(8, 4, a_refused_change_changes_nothing) {
  lab::cases(32, [](lab::Case& c) {
    const std::int64_t bytes = c.input("bytes", c.integer(1, 100));
    const std::int64_t kind = c.input("kind", c.integer(0, 2));
    lab::FakeClock clock;
    MemoryTracker tracker(clock);
    tracker.allocated(7, bytes, Tag::parameter);
    try {
      if (kind == 0) tracker.allocated(7, 50, Tag::data);
      if (kind == 1) tracker.allocated(8, -50, Tag::data);
      if (kind == 2) tracker.freed(8);
    } catch (const ValueError&) {
    }
    CHECK_SAME("active", tracker.active(), bytes);
    CHECK_SAME("active data", tracker.active(Tag::data), std::int64_t{0});
    CHECK_SAME("peak", tracker.peak().bytes, bytes);
  });
}

}  // namespace tinytorch::profiling
