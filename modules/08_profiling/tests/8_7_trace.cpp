// Task 8.7: write_trace. What was written is read by a JSON parser; spaces and the order of objects are free.
#include "modules/08_profiling/tests/costs.hpp"

#include <algorithm>
#include <deque>

#include <nlohmann/json.hpp>

namespace tinytorch::profiling {
namespace {

using Phase = Event::Phase;

/// A span as the test draws it.
struct Span {
  std::string name;
  std::int64_t begin = 0, end = 0;
  std::uint32_t thread = 0;
};

/// "relu [3] 1500 + 250 ns" of what should stand in the trace.
std::string written(const Span& span) {
  return span.name + " [" + std::to_string(span.thread) + "] " + std::to_string(span.begin) + " + " +
         std::to_string(span.end - span.begin) + " ns";
}

std::vector<std::string> lines_of(const std::vector<Span>& spans) {
  std::vector<std::string> lines;
  for (const Span& span : spans) lines.push_back(written(span));
  std::sort(lines.begin(), lines.end());
  return lines;
}

/// A number of microseconds as whole ns; what is no whole number of ns, or no number, as it stands.
std::string ns_of(const nlohmann::json& value) {
  if (!value.is_number()) return value.dump();
  const double ns = value.get<double>() * 1000;
  return std::abs(ns - std::round(ns)) < 0.25 ? std::to_string(std::llround(ns)) : std::to_string(ns);
}

std::string line_of(const nlohmann::json& object) {
  const auto member = [&](const char* name) {
    return object.contains(name) ? object[name] : nlohmann::json("missing");
  };
  const std::string name = member("name").is_string() ? member("name").get<std::string>() : member("name").dump();
  return name + " [" + member("tid").dump() + "] " + ns_of(member("ts")) + " + " + ns_of(member("dur")) + " ns";
}

/// The objects of the trace, in order of their lines.
std::vector<std::string> read_back(const std::string& text) {
  const auto trace = nlohmann::json::parse(text, nullptr, false);
  if (trace.is_discarded()) return {"not JSON"};
  if (!trace.is_array()) return {"not an array"};
  std::vector<std::string> lines;
  for (const auto& object : trace) lines.push_back(object.is_object() ? line_of(object) : object.dump());
  std::sort(lines.begin(), lines.end());
  return lines;
}

/// Makes nested spans and their events. The names live as long as this.
class Scene {
 public:
  explicit Scene(lab::Case& c) : c_(c) {}

  /// A span on the thread, with others inside of it.
  void add(std::uint32_t thread, std::int64_t depth) {
    Span span{next_name(), tick(thread), 0, thread};
    const char* const name = name_of(span.name);
    events.push_back({name, span.begin, thread, Phase::begin});
    for (std::int64_t inner = depth > 0 ? c_.integer(0, 2) : 0; inner > 0; --inner) add(thread, depth - 1);
    span.end = tick(thread);
    events.push_back({name, span.end, thread, Phase::end});
    spans.push_back(span);
  }
  /// A begin without an end; `last` is the thread's last event.
  void leave_open(std::uint32_t thread, std::int64_t begin) {
    spans.push_back({"open", begin, 0, thread});
    events.push_back({"open", begin, thread, Phase::begin});
  }

  std::string next_name() { return c_.pick<std::string>({"conv2d", "matmul", "relu", "step", "forward"}); }
  const char* name_of(const std::string& name) { return names_.emplace_back(name).c_str(); }
  std::int64_t tick(std::uint32_t thread) {
    if (now_.size() <= thread) now_.resize(thread + 1, start_);
    return now_[thread] += c_.integer(0, 1) == 0 ? c_.integer(1, 999) : c_.integer(1, 3'000'000);
  }
  /// When the first span may begin.
  void start(std::int64_t ns) { start_ = ns; }
  void show() {
    std::vector<std::string> lines;
    for (const Event& event : events) {
      lines.push_back(std::string(event.phase == Phase::begin ? "begin " : "end ") + event.name + " [" +
                      std::to_string(event.thread) + "] at " + std::to_string(event.ns));
    }
    c_.input("events", lines);
  }
  std::string trace() const {
    std::string out;
    write_trace(out, events);
    return out;
  }

  std::vector<Event> events;
  std::vector<Span> spans;

 private:
  lab::Case& c_;
  std::deque<std::string> names_;
  std::vector<std::int64_t> now_;
  std::int64_t start_ = 0;
};

/// Takes turns: an event of a random thread, in each thread's order.
std::vector<Event> mixed(lab::Case& c, const std::vector<Event>& events, std::uint32_t threads) {
  std::vector<std::deque<Event>> queues(threads);
  for (const Event& event : events) queues[event.thread].push_back(event);
  std::vector<Event> all;
  while (all.size() < events.size()) {
    std::erase_if(queues, [](const auto& queue) { return queue.empty(); });
    auto& queue = queues[static_cast<std::size_t>(c.integer(0, static_cast<std::int64_t>(queues.size()) - 1))];
    all.push_back(queue.front());
    queue.pop_front();
  }
  return all;
}

}  // namespace

TASK_TEST(8, 7, each_span_is_an_object) {
  lab::cases(40, [](lab::Case& c) {
    Scene scene(c);
    for (std::int64_t left = c.integer(0, 1 + c.size() / 4); left > 0; --left) scene.add(0, c.size() / 4);
    scene.show();
    CHECK_SAME("spans", read_back(scene.trace()), lines_of(scene.spans));
  });
}

TASK_TEST(8, 7, threads_do_not_end_each_others_spans) {
  lab::cases(40, [](lab::Case& c) {
    Scene scene(c);
    const auto threads = static_cast<std::uint32_t>(c.integer(1, 4));
    for (std::uint32_t thread = 0; thread < threads; ++thread) scene.add(thread, 2);
    scene.events = mixed(c, scene.events, threads);
    scene.show();
    CHECK_SAME("spans", read_back(scene.trace()), lines_of(scene.spans));
  });
}

TASK_TEST(8, 7, times_are_microseconds_exact_to_the_nanosecond) {
  lab::cases(80, [](lab::Case& c) {
    Scene scene(c);
    scene.start(c.pick<std::int64_t>({0, 999, 1'000'000'007, 86'400'000'000'001, 999'000'000'000'000}));
    scene.add(0, 1);
    scene.show();
    CHECK_SAME("spans", read_back(scene.trace()), lines_of(scene.spans));
  });
}

TASK_TEST(8, 7, any_name_is_a_string_of_json) {
  lab::cases(120, [](lab::Case& c) {
    Scene scene(c);
    std::string name;
    for (std::int64_t left = c.integer(0, 4); left > 0; --left) {
      if (c.coin()) {
        name += static_cast<char>(c.integer(1, 31));
      } else {
        name += c.pick<std::string>({"\"", "\\", "/", "a", " ", "ü", "µs", "\x7f", "\\n", "},{", "%s"});
      }
    }
    const std::int64_t begin = scene.tick(0), end = scene.tick(0);
    scene.spans = {{name, begin, end, 0}};
    const char* const kept = scene.name_of(name);
    scene.events = {{kept, begin, 0, Phase::begin}, {kept, end, 0, Phase::end}};
    scene.show();
    CHECK_SAME("spans", read_back(scene.trace()), lines_of(scene.spans));
  });
}

TASK_TEST(8, 7, an_open_span_lasts_until_the_last_event_of_its_thread) {
  lab::cases(60, [](lab::Case& c) {
    Scene scene(c);
    const auto threads = static_cast<std::uint32_t>(c.integer(1, 3));
    for (std::uint32_t thread = 0; thread < threads; ++thread) {
      for (std::int64_t left = c.integer(0, 2); left > 0; --left) scene.leave_open(thread, scene.tick(thread));
      for (std::int64_t left = c.integer(0, 2); left > 0; --left) scene.add(thread, 1);
    }
    for (Span& span : scene.spans) {
      if (span.end != 0) continue;
      for (const Event& event : scene.events) {
        if (event.thread == span.thread) span.end = event.ns;
      }
    }
    scene.events = mixed(c, scene.events, threads);
    scene.show();
    CHECK_SAME("spans", read_back(scene.trace()), lines_of(scene.spans));
  });
}

TASK_TEST(8, 7, each_object_is_a_complete_event_of_process_1) {
  lab::cases(40, [](lab::Case& c) {
    Scene scene(c);
    for (std::int64_t left = c.integer(0, 3); left > 0; --left) scene.add(0, 1);
    scene.show();
    const auto kinds = [&] {
      std::vector<std::string> lines;
      const auto trace = nlohmann::json::parse(scene.trace(), nullptr, false);
      for (const auto& object : trace) {
        lines.push_back(object.is_object() ? object.value("ph", nlohmann::json()).dump() + " of " +
                                                 object.value("pid", nlohmann::json()).dump()
                                           : "no object");
      }
      return lines;
    };
    CHECK_SAME("kind and process", kinds(), std::vector<std::string>(scene.spans.size(), "\"X\" of 1"));
  });
}

TASK_TEST(8, 7, the_trace_follows_what_was_written_before) {
  lab::cases(32, [](lab::Case& c) {
    Scene scene(c);
    for (std::int64_t left = c.integer(0, 2); left > 0; --left) scene.add(0, 1);
    scene.show();
    std::string before;
    for (std::int64_t left = c.integer(0, 8); left > 0; --left) before += c.pick<std::string>({"a", "{", "[", "\n"});
    c.input("written before", before);
    const auto after = [&] {
      std::string out = before;
      write_trace(out, scene.events);
      return out.starts_with(before) ? read_back(out.substr(before.size())) : std::vector<std::string>{"replaced"};
    };
    CHECK_SAME("spans", after(), lines_of(scene.spans));
  });
}

TASK_TEST(8, 7, spans_that_do_not_nest_throw) {
  lab::cases(80, [](lab::Case& c) {
    Scene scene(c);
    scene.add(0, 1);
    const std::int64_t fault = c.integer(0, 2);
    const std::int64_t at = scene.tick(0), later = scene.tick(0);
    if (fault == 0) scene.events.push_back({"relu", at, 0, Phase::end});
    if (fault == 1) {
      scene.events.push_back({"inner", at, 0, Phase::begin});
      scene.events.push_back({"outer", later, 0, Phase::end});
    }
    scene.show();
    const auto expected = [&] {
      if (fault < 2) throw ValueError("nesting");
      return lines_of(scene.spans);
    };
    CHECK_OUTCOME("spans", read_back(scene.trace()), expected());
  });
}

}  // namespace tinytorch::profiling
