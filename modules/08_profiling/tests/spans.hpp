#pragma once

#include "tests/kit/kit.hpp"
#include "tinytorch/core/error.hpp"
#include "tinytorch/profiling/spans.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

/// Spans and events of part A, as the tests make and show them.
namespace tinytorch::profiling {

using Lines = std::vector<std::string>;

/// "begin step 120 [3]".
inline std::string written(const Event& event) {
  return std::string(event.phase == Event::Phase::begin ? "begin " : "end ") + event.name + " " +
         std::to_string(event.ns) + " [" + std::to_string(event.thread) + "]";
}

inline Lines lines_of(std::span<const Event> events) {
  Lines lines;
  for (const Event& event : events) lines.push_back(written(event));
  return lines;
}

/// A random name, which lives as long as the program.
inline const char* any_name(lab::Case& c) { return c.pick<const char*>({"step", "conv2d", "relu", "load"}); }

/// What is known of a node while the events are made: its lines are worked out without a stack of open spans.
struct Known {
  std::string path;
  std::size_t parent = 0;  ///< index in the list of nodes
  std::string name;
  std::int64_t calls = 0, recursions = 0, total = 0, self = 0;
  bool open = false;
};

inline std::string line_of(std::uint32_t thread, const Known& node) {
  return std::to_string(thread) + node.path + ": " + std::to_string(node.calls) + " calls, " +
         std::to_string(node.recursions) + " recursions, total " + std::to_string(node.total) + ", self " +
         std::to_string(node.self) + (node.open ? ", open" : "");
}

inline void add_lines(std::uint32_t thread, const std::string& path, const SpanNode& node, Lines& lines) {
  lines.push_back(
      line_of(thread, {path, 0, node.name, node.calls, node.recursions, node.total_ns, node.self_ns, node.open}));
  for (const SpanNode& child : node.children) add_lines(thread, path + "/" + child.name, child, lines);
}

/// The nodes of all threads, outer ones first.
inline Lines lines_of(const SpanTree& tree) {
  Lines lines;
  for (const SpanTree::Thread& thread : tree.threads) add_lines(thread.id, "", thread.root, lines);
  return lines;
}

/// Makes the events of random spans on one thread, and knows their tree.
class Scene {
 public:
  Scene(lab::Case& c, std::uint32_t thread) : c_(c), thread_(thread), nodes_(1) {}

  /// A span inside the node `parent` (0: the root), with others inside of it down to `depth` more. Returns how long it
  /// lasts.
  std::int64_t add(std::size_t parent, std::int64_t depth) {
    const char* const name = any_name(c_);
    const bool recursion = parent != 0 && nodes_[parent].name == name;
    const std::size_t node = recursion ? parent : find(parent, name);
    const std::int64_t begin = tick();
    events.push_back({name, begin, thread_, Event::Phase::begin});
    std::int64_t inside = 0;
    for (std::int64_t left = depth > 0 ? c_.integer(0, 3) : 0; left > 0; --left) inside += add(node, depth - 1);
    const std::int64_t end = tick();
    events.push_back({name, end, thread_, Event::Phase::end});
    count(node, recursion, end - begin, inside);
    return end - begin;
  }
  /// Spans that begin inside each other and never end; `each` others are in each of them.
  void leave_open(std::int64_t depth, std::int64_t each) {
    std::vector<std::pair<std::size_t, std::int64_t>> left;  // node and begin
    std::vector<bool> recursions;
    std::vector<std::int64_t> inside;
    std::size_t parent = 0;
    for (std::int64_t d = 0; d < depth; ++d) {
      const char* const name = any_name(c_);
      recursions.push_back(parent != 0 && nodes_[parent].name == name);
      if (!recursions.back()) parent = find(parent, name);
      left.emplace_back(parent, tick());
      events.push_back({name, now_, thread_, Event::Phase::begin});
      inside.push_back(0);
      for (std::int64_t i = 0; i < each; ++i) inside.back() += add(parent, 1);
    }
    for (std::size_t d = left.size(); d-- > 0;) {
      const std::int64_t ns = now_ - left[d].second;
      nodes_[left[d].first].open = true;
      count(left[d].first, recursions[d], ns, inside[d]);
      if (d > 0) inside[d - 1] += ns;
    }
  }

  Lines lines() const {
    Lines list;
    Known root = nodes_[0];
    for (std::size_t i = 1; i < nodes_.size(); ++i)
      if (nodes_[i].parent == 0) root.total += nodes_[i].total;
    list.push_back(line_of(thread_, root));
    below(0, list);
    return list;
  }

  std::vector<Event> events;

 private:
  std::int64_t tick() { return now_ += c_.integer(1, 1000); }
  std::size_t find(std::size_t parent, const char* name) {
    for (std::size_t i = 1; i < nodes_.size(); ++i)
      if (nodes_[i].parent == parent && nodes_[i].name == name) return i;
    nodes_.push_back({nodes_[parent].path + "/" + name, parent, name});
    return nodes_.size() - 1;
  }
  void count(std::size_t node, bool recursion, std::int64_t ns, std::int64_t inside) {
    ++nodes_[node].calls;
    nodes_[node].recursions += recursion ? 1 : 0;
    nodes_[node].total += recursion ? 0 : ns;
    nodes_[node].self += ns - inside;
  }
  void below(std::size_t parent, Lines& list) const {
    for (std::size_t i = 1; i < nodes_.size(); ++i) {
      if (nodes_[i].parent != parent) continue;
      list.push_back(line_of(thread_, nodes_[i]));
      below(i, list);
    }
  }

  lab::Case& c_;
  std::uint32_t thread_;
  std::vector<Known> nodes_;
  std::int64_t now_ = 0;
};

/// The events of several threads in one list: each thread's own order stays.
inline std::vector<Event> mixed(lab::Case& c, const std::vector<std::vector<Event>>& threads) {
  std::vector<std::size_t> at(threads.size(), 0);
  std::vector<Event> all;
  std::vector<std::size_t> left;
  for (std::size_t t = 0; t < threads.size(); ++t)
    if (!threads[t].empty()) left.push_back(t);
  while (!left.empty()) {
    const std::size_t place = static_cast<std::size_t>(c.integer(0, static_cast<std::int64_t>(left.size()) - 1));
    const std::size_t t = left[place];
    all.push_back(threads[t][at[t]++]);
    if (at[t] == threads[t].size()) left.erase(left.begin() + static_cast<std::ptrdiff_t>(place));
  }
  return all;
}

}  // namespace tinytorch::profiling
