// Task 8.2: build_tree.
#include "modules/08_profiling/tests/spans.hpp"

#include <algorithm>

namespace tinytorch::profiling {
namespace {

using Phase = Event::Phase;

std::int64_t self_below(const SpanNode& node) {
  std::int64_t sum = node.self_ns;
  for (const SpanNode& child : node.children) sum += self_below(child);
  return sum;
}

}  // namespace

TASK_TEST(8, 2, calls_total_and_self_of_random_spans) {
  lab::cases(60, [](lab::Case& c) {
    Scene scene(c, static_cast<std::uint32_t>(c.integer(0, 9)));
    for (std::int64_t i = 0; i <= c.size() / 4; ++i) scene.add(0, c.integer(0, 4));
    c.shown("events", lines_of(scene.events));
    CHECK_SAME("tree", lines_of(build_tree(scene.events)), scene.lines());
  });
}

TASK_TEST(8, 2, a_span_inside_one_of_its_name_adds_no_total) {
  lab::cases(30, [](lab::Case& c) {
    const std::int64_t depth = c.input("spans of one name inside each other", c.integer(2, 3 + c.size()));
    const std::int64_t other = c.input("time of another span inside the innermost", c.integer(1, 100));
    std::vector<Event> events;
    std::int64_t now = 0;
    for (std::int64_t d = 0; d < depth; ++d) events.push_back({"step", now += 10, 0, Phase::begin});
    events.push_back({"relu", now, 0, Phase::begin});
    events.push_back({"relu", now += other, 0, Phase::end});
    for (std::int64_t d = 0; d < depth; ++d) events.push_back({"step", now += 10, 0, Phase::end});
    const std::int64_t total = now - 10;
    const Known root{"", 0, "", 0, 0, total, 0};
    const Known step{"/step", 0, "step", depth, depth - 1, total, total - other};
    const Known relu{"/step/relu", 1, "relu", 1, 0, other, other};
    CHECK_SAME("tree", lines_of(build_tree(events)), (Lines{line_of(0, root), line_of(0, step), line_of(0, relu)}));
  });
}

TASK_TEST(8, 2, threads_are_apart) {
  lab::cases(40, [](lab::Case& c) {
    std::vector<std::vector<Event>> events;
    std::map<std::uint32_t, Lines> lines;
    const std::int64_t threads = c.integer(2, 4);
    for (std::int64_t t = 0; t < threads; ++t) {
      const auto id = static_cast<std::uint32_t>(7 * (threads - t) % 5 + 10 * t);
      Scene scene(c, id);
      for (std::int64_t i = 0; i <= c.size() / 6; ++i) scene.add(0, c.integer(0, 3));
      lines[id] = scene.lines();
      events.push_back(scene.events);
    }
    const std::vector<Event> all = mixed(c, events);
    c.shown("events", lines_of(all));
    Lines expected;
    for (const auto& [id, list] : lines) expected.insert(expected.end(), list.begin(), list.end());
    CHECK_SAME("trees, by thread", lines_of(build_tree(all)), expected);
  });
}

TASK_TEST(8, 2, an_open_span_ends_with_its_thread_and_is_marked) {
  lab::cases(40, [](lab::Case& c) {
    std::vector<std::vector<Event>> events;
    Lines expected;
    for (const std::uint32_t id : {3u, 8u}) {
      Scene scene(c, id);
      for (std::int64_t i = c.integer(0, 2); i > 0; --i) scene.add(0, 2);
      const std::int64_t depth = c.integer(1, 2 + c.size() / 4);
      const std::int64_t each = c.integer(0, 2);
      scene.leave_open(depth, each);
      const Lines lines = scene.lines();
      expected.insert(expected.end(), lines.begin(), lines.end());
      events.push_back(scene.events);
    }
    const std::vector<Event> all = mixed(c, events);
    c.shown("events", lines_of(all));
    CHECK_SAME("trees, by thread", lines_of(build_tree(all)), expected);
  });
}

TASK_TEST(8, 2, names_are_compared_as_text) {
  lab::cases(32, [](lab::Case& c) {
    // The same words at other addresses, as two files of a program may have them. The empty one is a name, too.
    static const char other_step[] = "step";
    static const char other_relu[] = "relu";
    const bool empty = c.input("an empty name", c.coin());
    const char* const outer = empty ? "" : "step";
    std::vector<Event> events;
    std::int64_t now = 0;
    const std::int64_t rounds = c.input("rounds", c.integer(1, 3 + c.size()));
    for (std::int64_t i = 0; i < rounds; ++i) {
      events.push_back({i % 2 == 0 ? outer : (empty ? "" : other_step), now += 1, 4, Phase::begin});
      events.push_back({i % 2 == 0 ? "relu" : other_relu, now += 2, 4, Phase::begin});
      events.push_back({i % 2 != 0 ? "relu" : other_relu, now += 4, 4, Phase::end});
      events.push_back({i % 2 != 0 ? outer : (empty ? "" : other_step), now += 8, 4, Phase::end});
    }
    const std::string name = outer;
    const Known root{"", 0, "", 0, 0, 14 * rounds, 0};
    const Known step{"/" + name, 0, name, rounds, 0, 14 * rounds, 10 * rounds};
    const Known relu{"/" + name + "/relu", 1, "relu", rounds, 0, 4 * rounds, 4 * rounds};
    CHECK_SAME("tree", lines_of(build_tree(events)), (Lines{line_of(4, root), line_of(4, step), line_of(4, relu)}));
  });
}

TASK_TEST(8, 2, self_times_add_up_in_ten_thousand_events) {
  lab::cases(4, [](lab::Case& c) {
    Generator& random = c.rng();
    std::vector<Event> events;
    std::vector<const char*> open;
    const char* const names[] = {"step", "conv2d", "relu", "load", "backward"};
    std::int64_t now = 0, outermost = 0, since = 0;
    while (events.size() < 10000 || !open.empty()) {
      now += static_cast<std::int64_t>(random.below(1000));
      const bool begins = open.empty() || (events.size() < 10000 && open.size() < 40 && random.below(2) == 0);
      if (begins) {
        if (open.empty()) since = now;
        open.push_back(names[random.below(5)]);
        events.push_back({open.back(), now, 1, Phase::begin});
      } else {
        events.push_back({open.back(), now, 1, Phase::end});
        open.pop_back();
        if (open.empty()) outermost += now - since;
      }
    }
    c.shown("events", static_cast<std::int64_t>(events.size()));
    const SpanTree tree = build_tree(events);
    CHECK_SAME("threads", static_cast<std::int64_t>(tree.threads.size()), std::int64_t{1});
    const SpanNode root = tree.threads.empty() ? SpanNode{} : tree.threads.front().root;
    CHECK_SAME("the root's total", root.total_ns, outermost);
    CHECK_SAME("the sum of all self times", self_below(root), outermost);
  });
}

TASK_TEST(8, 2, events_that_do_not_nest_throw) {
  lab::cases(64, [](lab::Case& c) {
    const std::int64_t kind = c.integer(0, 4);
    std::vector<Event> events{{"step", 1, 1, Phase::begin}, {"relu", 2, 1, Phase::begin}};
    if (kind == 0) events = {{"step", 1, 1, Phase::end}};
    if (kind == 1) events.push_back({"step", 3, 1, Phase::end});  // relu is open
    if (kind == 2) events.push_back({"relu", 3, 1, Phase::end}), events.push_back({"step", 4, 1, Phase::end});
    if (kind == 3) events.push_back({"relu", 3, 2, Phase::end});  // another thread
    if (kind == 4) events.clear();
    c.shown("events", lines_of(events));
    const auto expected = [&] {
      if (kind != 2 && kind != 4) throw ValueError("nest");
      return static_cast<std::int64_t>(kind == 2 ? 1 : 0);
    };
    CHECK_OUTCOME("threads", static_cast<std::int64_t>(build_tree(events).threads.size()), expected());
  });
}

}  // namespace tinytorch::profiling
