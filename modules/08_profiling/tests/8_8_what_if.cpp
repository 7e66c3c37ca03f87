// Task 8.8: amdahl, and what_if on random trees.
#include "modules/08_profiling/tests/costs.hpp"

#include <algorithm>
#include <limits>

namespace tinytorch::profiling {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// A node of random children; its total is their totals and its self time.
SpanNode any_node(lab::Case& c, const std::string& name, std::int64_t depth) {
  SpanNode node;
  node.name = name;
  node.calls = c.integer(1, 9);
  node.self_ns = c.integer(0, 1000);
  std::vector<std::string> names{"a", "b", "ab", "conv2d", "d"};
  for (std::int64_t left = depth > 0 ? c.integer(0, 3) : 0; left > 0; --left) {
    const auto which = c.integer(0, static_cast<std::int64_t>(names.size()) - 1);
    node.children.push_back(any_node(c, names[static_cast<std::size_t>(which)], depth - 1));
    names.erase(names.begin() + which);  // a node's children have different names
  }
  node.total_ns = node.self_ns;
  for (const SpanNode& child : node.children) node.total_ns += child.total_ns;
  return node;
}

SpanTree any_tree(lab::Case& c, std::int64_t threads, std::int64_t depth) {
  SpanTree tree;
  for (std::int64_t id = 0; id < threads; ++id) {
    SpanNode root = any_node(c, "", depth);
    root.calls = 0;
    root.total_ns -= root.self_ns;
    root.self_ns = 0;
    tree.threads.push_back({static_cast<std::uint32_t>(id), root});
  }
  return tree;
}

/// A node of a tree, and the names that lead to it.
struct Place {
  const SpanNode* node = nullptr;
  std::vector<std::string> names;
  bool inside = false;  // of a node of the part
};

void add_places(const SpanNode& node, std::vector<std::string> names, std::vector<Place>& places) {
  for (const SpanNode& child : node.children) {
    std::vector<std::string> below = names;
    below.push_back(child.name);
    places.push_back({&child, below});
    add_places(child, below, places);
  }
}

std::vector<Place> places_of(const SpanTree& tree) {
  std::vector<Place> places;
  for (const SpanTree::Thread& thread : tree.threads) add_places(thread.root, {}, places);
  return places;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : "/") + name;
  return text;
}

void show(lab::Case& c, const SpanTree& tree) {
  std::vector<std::string> lines;
  for (const Place& place : places_of(tree)) {
    lines.push_back(joined(place.names) + ": total " + std::to_string(place.node->total_ns) + ", self " +
                    std::to_string(place.node->self_ns));
  }
  c.input("nodes", lines);
}

bool ends_with(const std::vector<std::string>& names, const std::vector<std::string>& last) {
  return names.size() >= last.size() && std::equal(last.rbegin(), last.rend(), names.rbegin());
}

/// The time of the part, by asking of each node whether one above it belongs to the part, too.
std::int64_t part_of(const SpanTree& tree, const std::vector<std::string>& path) {
  std::int64_t ns = 0;
  for (const Place& place : places_of(tree)) {
    bool above = false;
    for (std::size_t length = 1; length < place.names.size(); ++length) {
      const auto end = place.names.begin() + static_cast<std::ptrdiff_t>(length);
      above = above || ends_with({place.names.begin(), end}, path);
    }
    if (!above && ends_with(place.names, path)) ns += place.node->total_ns;
  }
  return ns;
}

std::int64_t whole_of(const SpanTree& tree) {
  std::int64_t ns = 0;
  for (const SpanTree::Thread& thread : tree.threads) ns += thread.root.total_ns;
  return ns;
}

double share_of(const SpanTree& tree, const std::vector<std::string>& path) {
  const std::int64_t whole = whole_of(tree);
  return whole == 0 ? 0.0 : static_cast<double>(part_of(tree, path)) / static_cast<double>(whole);
}

/// A tree with a node, and that node's names or the last ones of them.
struct Question {
  SpanTree tree;
  std::vector<std::string> path;

  std::string text() const { return joined(path); }
};

/// `most` names at most; 0 for all that lead to the node.
Question any_question(lab::Case& c, std::int64_t threads, std::size_t most) {
  Question question{any_tree(c, threads, 3), {}};
  SpanNode& first = question.tree.threads.front().root;
  first.children.push_back(any_node(c, "step", 2));  // so that there is a node
  first.total_ns += first.children.back().total_ns;
  question.path = c.pick(places_of(question.tree)).names;
  if (most > 0 && question.path.size() > most)
    question.path.erase(question.path.begin(), question.path.end() - static_cast<std::ptrdiff_t>(most));
  show(c, question.tree);
  c.input("path", question.text());
  return question;
}

}  // namespace

TASK_TEST(8, 8, the_rest_of_the_time_stays) {
  lab::cases(60, [](lab::Case& c) {
    const double share = c.input("share", c.real(0.0, 1.0));
    const double factor = c.input("factor", c.coin() ? c.real(1.0, 20.0) : c.real(0.05, 1.0));
    const auto speedup = [&] { return factor / (factor * (1 - share) + share); };
    CHECK_CLOSE("speedup", amdahl(share, factor), speedup(), 1e-12 * speedup());
  });
}

TASK_TEST(8, 8, even_an_infinite_factor_leaves_the_rest) {
  lab::cases(40, [](lab::Case& c) {
    const double share = c.input("share", c.pick({0.0, 0.25, 0.5, 0.75, 1.0}));
    const double factor = c.input("factor", c.pick({1.0, 2.0, infinity}));
    CHECK_CLOSE("time that is left", 1 / amdahl(share, factor),
                factor == infinity ? 1 - share : 1 - share + share / factor, 1e-12);
  });
}

TASK_TEST(8, 8, shares_and_factors_that_make_no_sense_throw) {
  lab::cases(120, [](lab::Case& c) {
    double share = c.pick({0.0, 0.5, 1.0}), factor = c.pick({0.5, 2.0, infinity});
    const std::int64_t fault = c.integer(0, 2);
    if (fault == 0) share = c.pick({-0.1, 1.1, std::nan(""), infinity});
    if (fault == 1) factor = c.pick({0.0, -1.0, std::nan(""), -infinity});
    c.input("share", share);
    c.input("factor", factor);
    const auto expected = [&] {
      if (fault < 2) throw ValueError("amdahl");
      return 1 - share + share / factor;
    };
    CHECK_OUTCOME("time that is left, in 10^-9", std::llround(1e9 / amdahl(share, factor)),
                  std::llround(1e9 * expected()));
  });
}

TASK_TEST(8, 8, a_whole_path_names_a_node) {
  lab::cases(60, [](lab::Case& c) {
    const Question q = any_question(c, 1, 0);
    CHECK_CLOSE("share", what_if(q.tree, q.text(), 2).share, share_of(q.tree, q.path), 1e-12);
  });
}

TASK_TEST(8, 8, a_name_means_all_nodes_with_it) {
  lab::cases(80, [](lab::Case& c) {
    const Question q = any_question(c, 1, static_cast<std::size_t>(c.integer(1, 2)));
    CHECK_CLOSE("share", what_if(q.tree, q.text(), 2).share, share_of(q.tree, q.path), 1e-12);
  });
}

TASK_TEST(8, 8, a_node_inside_another_counts_once) {
  lab::cases(60, [](lab::Case& c) {
    Question q{any_tree(c, 1, 2), {"conv2d"}};
    SpanNode inner = any_node(c, "conv2d", 1), middle = any_node(c, "pad", 0), outer = any_node(c, "conv2d", 1);
    middle.total_ns += inner.total_ns;
    middle.children.push_back(std::move(inner));
    outer.total_ns += middle.total_ns;
    outer.children.push_back(std::move(middle));
    SpanNode step = any_node(c, "step", 0);
    step.total_ns += outer.total_ns;
    step.children.push_back(std::move(outer));
    q.tree.threads[0].root.total_ns += step.total_ns;
    q.tree.threads[0].root.children.push_back(std::move(step));
    show(c, q.tree);
    CHECK_CLOSE("share of conv2d", what_if(q.tree, "conv2d", 2).share, share_of(q.tree, q.path), 1e-12);
  });
}

TASK_TEST(8, 8, a_part_of_a_name_is_no_name) {
  lab::cases(80, [](lab::Case& c) {
    const Question q = any_question(c, 1, 1);
    const std::string name = c.input(
        "asked for", q.path.back().substr(static_cast<std::size_t>(c.integer(0, q.path.back().size() > 1 ? 1 : 0))));
    const auto expected = [&] {
      const std::vector<Place> places = places_of(q.tree);
      const bool found =
          std::any_of(places.begin(), places.end(), [&](const Place& p) { return p.names.back() == name; });
      if (!found) throw ValueError("path");
      return share_of(q.tree, {name});
    };
    const auto thousandths = [](double share) { return std::llround(1e9 * share); };
    CHECK_OUTCOME("share in 10^-9", thousandths(what_if(q.tree, name, 2).share), thousandths(expected()));
  });
}

TASK_TEST(8, 8, the_time_of_all_threads_is_the_whole) {
  lab::cases(60, [](lab::Case& c) {
    const Question q = any_question(c, c.integer(1, 4), 1);
    const WhatIf answer = what_if(q.tree, q.text(), 4);
    CHECK_SAME("before", answer.before_ns, whole_of(q.tree));
    CHECK_CLOSE("share", answer.share, share_of(q.tree, q.path), 1e-12);
  });
}

TASK_TEST(8, 8, the_part_is_divided_by_the_factor) {
  lab::cases(80, [](lab::Case& c) {
    const Question q = any_question(c, c.integer(1, 2), 1);
    const double factor = c.input("factor", c.pick({0.5, 1.0, 2.0, 4.0, infinity}));
    const auto after = [&] {
      const auto part = static_cast<double>(part_of(q.tree, q.path));
      return std::llround(static_cast<double>(whole_of(q.tree)) - part + part / factor);
    };
    CHECK_SAME("after", what_if(q.tree, q.text(), factor).after_ns, after());
  });
}

TASK_TEST(8, 8, the_speedup_is_amdahls) {
  lab::cases(60, [](lab::Case& c) {
    const Question q = any_question(c, 1, 1);
    const double factor = c.input("factor", c.real(0.5, 8.0));
    const auto speedup = [&] {
      const double share = share_of(q.tree, q.path);
      return 1 / (1 - share + share / factor);
    };
    CHECK_CLOSE("speedup", what_if(q.tree, q.text(), factor).speedup, speedup(), 1e-9);
  });
}

TASK_TEST(8, 8, a_tree_without_time_has_no_share) {
  lab::cases(40, [](lab::Case& c) {
    SpanTree tree;
    SpanNode node;
    node.name = "step";
    node.total_ns = node.self_ns = c.integer(0, 1);
    tree.threads.push_back({0, {}});
    tree.threads[0].root.total_ns = node.total_ns;
    tree.threads[0].root.children.push_back(node);
    show(c, tree);
    CHECK_CLOSE("share", what_if(tree, "step", 2).share, static_cast<double>(node.total_ns), 1e-12);
  });
}

TASK_TEST(8, 8, a_path_without_a_node_throws_and_is_quoted) {
  lab::cases(60, [](lab::Case& c) {
    const Question q = any_question(c, 1, 1);
    const std::string path = c.input("asked for", c.coin() ? q.text() : c.pick<std::string>({"matmul", "x/y", "/a/"}));
    const auto said = [&]() -> std::string {
      try {
        what_if(q.tree, path, 2);
        return "no error";
      } catch (const ValueError& error) {
        return std::string(error.what()).find(path) == std::string::npos ? "ValueError" : "ValueError with the path";
      }
    };
    CHECK_SAME("error", said(), std::string(path == q.text() ? "no error" : "ValueError with the path"));
  });
}

TASK_TEST(8, 8, a_part_has_amdahls_factors) {
  lab::cases(60, [](lab::Case& c) {
    const Question q = any_question(c, 1, 1);
    const double factor = c.input("factor", c.pick({2.0, 0.0, -1.0, std::nan("")}));
    const auto expected = [&] {
      if (!(factor > 0)) throw ValueError("factor");
      return whole_of(q.tree);
    };
    CHECK_OUTCOME("before", what_if(q.tree, q.text(), factor).before_ns, expected());
  });
}

}  // namespace tinytorch::profiling
