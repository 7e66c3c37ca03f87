// Task 8.1: Recorder.
#include "modules/08_profiling/tests/spans.hpp"
#include "tests/kit/instruments/red_zone.hpp"

#include <algorithm>

namespace tinytorch::profiling {
namespace {

using Phase = Event::Phase;

/// Begins and ends spans as a random walk does: `steps` times one of both, an end only where a span is open.
class Walk {
 public:
  Walk(lab::Case& c, Recorder& recorder, std::uint32_t thread) : c_(c), recorder_(recorder), thread_(thread) {}

  void step() {
    const bool begins = open_.empty() || c_.coin();
    now_ += c_.integer(0, 500);
    if (begins) {
      const char* const name = any_name(c_);
      recorder_.begin(name, now_);
      open_.push_back(name);
      events.push_back({name, now_, thread_, Phase::begin});
      ++begun;
    } else {
      recorder_.end(now_);
      events.push_back({open_.back(), now_, thread_, Phase::end});
      open_.pop_back();
    }
  }
  void end_all() {
    while (!open_.empty()) {
      recorder_.end(now_ += 1);
      events.push_back({open_.back(), now_, thread_, Phase::end});
      open_.pop_back();
    }
  }
  std::string innermost() const { return open_.empty() ? "none" : open_.back(); }

  std::vector<Event> events;
  std::int64_t begun = 0;

 private:
  lab::Case& c_;
  Recorder& recorder_;
  std::uint32_t thread_;
  std::vector<const char*> open_;
  std::int64_t now_ = 0;
};

std::string text_of(const char* name) { return name == nullptr ? "none" : name; }

/// Whether every end follows a begin of its name, the last one that was open.
bool nests(std::span<const Event> events) {
  Lines open;
  for (const Event& event : events) {
    if (event.phase == Phase::begin) {
      open.emplace_back(event.name);
    } else {
      if (open.empty() || open.back() != event.name) return false;
      open.pop_back();
    }
  }
  return open.empty();
}

std::int64_t counted_blocks = 0;

/// How many blocks of operator new `work` allocates; 0 in builds that do not watch them.
template <class Work>
std::int64_t new_blocks(Work work) {
  static constexpr lab::BlockWatch counting{[](void*, std::int64_t) { ++counted_blocks; },
                                            [](void*, std::int64_t) { return false; }};
  counted_blocks = 0;
  lab::watch_heap(&counting);
  try {
    work();
  } catch (...) {
    lab::watch_heap(nullptr);
    throw;
  }
  lab::watch_heap(nullptr);
  return counted_blocks;
}

}  // namespace

TASK_TEST(8, 1, events_come_in_order_with_name_time_and_thread) {
  lab::cases(40, [](lab::Case& c) {
    const auto thread = static_cast<std::uint32_t>(c.input("thread", c.integer(0, 1000)));
    Recorder recorder(400, thread);
    Walk walk(c, recorder, thread);
    for (std::int64_t i = 0; i <= 4 * c.size(); ++i) walk.step();
    c.shown("begins and ends", lines_of(walk.events));
    CHECK_SAME("events", lines_of(recorder.events()), lines_of(walk.events));
    CHECK_SAME("dropped", recorder.dropped(), std::int64_t{0});
  });
}

TASK_TEST(8, 1, the_innermost_open_span_has_a_name) {
  lab::cases(40, [](lab::Case& c) {
    Recorder recorder(400, 1);
    Walk walk(c, recorder, 1);
    Lines yours, expected;
    for (std::int64_t i = 0; i <= 2 * c.size(); ++i) {
      expected.push_back(walk.innermost());
      yours.push_back(text_of(recorder.open()));
      walk.step();
    }
    c.shown("begins and ends", lines_of(walk.events));
    CHECK_SAME("open, before each of them", yours, expected);
  });
}

TASK_TEST(8, 1, a_full_buffer_keeps_whole_spans_and_counts_the_others) {
  lab::cases(60, [](lab::Case& c) {
    const std::int64_t capacity = c.input("capacity", c.integer(0, 2 + c.size()));
    Recorder recorder(static_cast<std::size_t>(capacity), 2);
    Walk walk(c, recorder, 2);
    for (std::int64_t i = 0; i <= 3 * c.size(); ++i) walk.step();
    walk.end_all();
    c.shown("begins and ends", lines_of(walk.events));
    const std::span<const Event> kept = recorder.events();
    CHECK_SAME("begins and ends pair off", nests(kept), true);
    CHECK_RELATION("events", static_cast<std::int64_t>(kept.size()), <=, capacity);
    CHECK_SAME("spans kept and dropped", static_cast<std::int64_t>(kept.size() / 2) + recorder.dropped(), walk.begun);
  });
}

TASK_TEST(8, 1, a_span_is_kept_while_there_is_room) {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t spans = c.input("spans", c.integer(1, 1 + c.size()));
    const std::int64_t depth = c.input("spans inside each other", c.integer(1, spans));
    Recorder recorder(static_cast<std::size_t>(2 * spans), 0);
    std::int64_t now = 0;
    for (std::int64_t done = 0; done < spans;) {
      const std::int64_t deep = std::min(depth, spans - done);
      for (std::int64_t d = 0; d < deep; ++d) recorder.begin("step", ++now);
      for (std::int64_t d = 0; d < deep; ++d) recorder.end(++now);
      done += deep;
    }
    CHECK_SAME("dropped", recorder.dropped(), std::int64_t{0});
    CHECK_SAME("events", static_cast<std::int64_t>(recorder.events().size()), 2 * spans);
  });
}

TASK_TEST(8, 1, recording_allocates_nothing) {
  lab::cases(30, [](lab::Case& c) {
    const std::int64_t capacity = c.input("capacity", c.integer(0, 4 * c.size()));
    const std::int64_t spans = c.input("spans", c.integer(1, 4 + 2 * c.size()));
    const std::int64_t depth = c.input("spans inside each other", c.integer(1, spans));
    Recorder recorder(static_cast<std::size_t>(capacity), 0);
    const std::int64_t blocks = new_blocks([&] {
      for (std::int64_t done = 0; done < spans; done += depth) {
        for (std::int64_t d = 0; d < depth; ++d) recorder.begin("step", done + d);
        for (std::int64_t d = 0; d < depth; ++d) recorder.end(done + depth);
      }
    });
    CHECK_SAME("blocks allocated", blocks, std::int64_t{0});
    CHECK_RELATION("events", static_cast<std::int64_t>(recorder.events().size()), <=, capacity);
  });
}

TASK_TEST(8, 1, an_end_without_a_begin_throws) {
  lab::cases(64, [](lab::Case& c) {
    const std::int64_t begins = c.input("begins", c.integer(0, 3));
    const std::int64_t ends = c.input("ends", c.integer(0, 4));
    const std::int64_t capacity = c.input("capacity", c.pick<std::int64_t>({0, 2, 100}));
    const auto run = [&] {
      Recorder recorder(static_cast<std::size_t>(capacity), 0);
      for (std::int64_t i = 0; i < begins; ++i) recorder.begin("step", i);
      for (std::int64_t i = 0; i < ends; ++i) recorder.end(10 + i);
      return ends;
    };
    const auto expected = [&] {
      if (ends > begins) throw ValueError("end");
      return ends;
    };
    CHECK_OUTCOME("ends", run(), expected());
  });
}

TASK_TEST(8, 1, clear_makes_room_again) {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t capacity = c.input("capacity", c.integer(2, 4 + c.size()));
    Recorder recorder(static_cast<std::size_t>(capacity), 5);
    for (std::int64_t i = 0; i < 1 + capacity; ++i) {
      recorder.begin("load", i);
      recorder.end(i);
    }
    recorder.clear();
    CHECK_SAME("events after clear()", static_cast<std::int64_t>(recorder.events().size()), std::int64_t{0});
    CHECK_SAME("dropped after clear()", recorder.dropped(), std::int64_t{0});
    const std::int64_t begin = c.input("begin", c.integer(0, 1000));
    recorder.begin("relu", begin);
    recorder.end(begin + 7);
    CHECK_SAME("events after another span", lines_of(recorder.events()),
               (Lines{written({"relu", begin, 5, Phase::begin}), written({"relu", begin + 7, 5, Phase::end})}));
  });
}

TASK_TEST(8, 1, clear_while_a_span_is_open_throws) {
  lab::cases(64, [](lab::Case& c) {
    const std::int64_t begins = c.input("begins", c.integer(0, 3));
    const std::int64_t ends = c.input("ends", c.integer(0, begins));
    const std::int64_t capacity = c.input("capacity", c.pick<std::int64_t>({0, 2, 100}));
    const auto run = [&] {
      Recorder recorder(static_cast<std::size_t>(capacity), 0);
      for (std::int64_t i = 0; i < begins; ++i) recorder.begin("step", i);
      for (std::int64_t i = 0; i < ends; ++i) recorder.end(10 + i);
      recorder.clear();
      return static_cast<std::int64_t>(recorder.events().size());
    };
    const auto expected = [&] {
      if (ends < begins) throw ValueError("clear");
      return std::int64_t{0};
    };
    CHECK_OUTCOME("events after clear()", run(), expected());
  });
}

}  // namespace tinytorch::profiling
