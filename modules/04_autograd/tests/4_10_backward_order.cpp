// Task 4.10: backward_order.

#include "modules/04_autograd/tests/nodes.hpp"

#include <algorithm>
#include <string>

namespace tinytorch {
namespace {

// Nodes by number; producers[i] are the numbers of node i's edges, -1 for none. A producer's number is smaller.
struct Graph {
  std::vector<NodePtr> nodes;
  std::vector<std::vector<std::int64_t>> producers;

  void add(const std::vector<std::int64_t>& from) {
    NodePtr node = keep(autograd::make_node("any", [](const Tensor&, std::span<Tensor>, Node&) {}));
    std::vector<NodePtr> edges;
    for (const std::int64_t k : from) edges.push_back(k < 0 ? NodePtr() : nodes[static_cast<std::size_t>(k)]);
    node->set_edges(std::span<const NodePtr>(edges));
    nodes.push_back(std::move(node));
    producers.push_back(from);
  }

  std::int64_t last() const { return static_cast<std::int64_t>(nodes.size()) - 1; }
  const std::vector<std::int64_t>& under(std::int64_t k) const { return producers[static_cast<std::size_t>(k)]; }

  std::vector<std::int64_t> order(std::int64_t root) const {
    std::vector<std::int64_t> numbers;
    for (const Node* node : autograd::backward_order(nodes[static_cast<std::size_t>(root)].get())) {
      const auto at = std::find_if(nodes.begin(), nodes.end(), [&](const NodePtr& n) { return n.get() == node; });
      numbers.push_back(at == nodes.end() ? -1 : at - nodes.begin());
    }
    return numbers;
  }

  // The numbers of the nodes that can be reached from root, in ascending order.
  std::vector<std::int64_t> reachable(std::int64_t root) const {
    std::vector<bool> reached(nodes.size(), false);
    reached[static_cast<std::size_t>(root)] = true;
    for (std::int64_t k = root; k >= 0; --k) {
      if (!reached[static_cast<std::size_t>(k)]) continue;
      for (const std::int64_t p : under(k))
        if (p >= 0) reached[static_cast<std::size_t>(p)] = true;
    }
    std::vector<std::int64_t> numbers;
    for (std::int64_t k = 0; k <= root; ++k)
      if (reached[static_cast<std::size_t>(k)]) numbers.push_back(k);
    return numbers;
  }

  // Counts the edges whose consumer does not come before its producer.
  std::int64_t wrong_edges(const std::vector<std::int64_t>& order) const {
    const auto place = [&](std::int64_t k) { return std::find(order.begin(), order.end(), k) - order.begin(); };
    std::int64_t wrong = 0;
    for (const std::int64_t k : order) {
      if (k < 0) continue;
      for (const std::int64_t p : under(k))
        if (p >= 0 && place(p) <= place(k)) ++wrong;
    }
    return wrong;
  }
};

std::string text_of(const Graph& graph) {
  std::string text;
  for (std::int64_t k = 0; k <= graph.last(); ++k) {
    text += (k == 0 ? "" : "; ") + std::to_string(k) + ":";
    for (const std::int64_t p : graph.under(k)) text += p < 0 ? " -" : " " + std::to_string(p);
  }
  return text;
}

// Each node has up to three edges to earlier ones; node 0 is a leaf.
Graph any_graph(lab::Case& c, bool with_gaps) {
  Graph graph;
  graph.add({});
  for (std::int64_t k = 1; k <= 1 + c.size(); ++k) {
    std::vector<std::int64_t> from{with_gaps && c.coin() ? -1 : c.integer(0, k - 1)};
    for (std::int64_t more = c.integer(0, 2); more > 0; --more)
      from.push_back(with_gaps && c.coin() ? -1 : c.integer(std::max<std::int64_t>(0, k - 3), k - 1));
    graph.add(from);
  }
  c.input("producers of each node", text_of(graph));
  return graph;
}

std::vector<std::int64_t> sorted(std::vector<std::int64_t> numbers) {
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

// Every consumer stands before its producers. Many orders are right: an order that is right counts as the descending
// one, and a wrong one is shown beside it.
void check_direction(const Graph& graph, const std::vector<std::int64_t>& order) {
  std::vector<std::int64_t> right = graph.reachable(graph.last());
  std::reverse(right.begin(), right.end());
  CHECK_SAME("the order, for example", graph.wrong_edges(order) == 0 ? right : order, right);
}

}  // namespace

TASK_TEST(4, 10, every_node_stands_there_once) {
  lab::cases(40, [](lab::Case& c) {
    const Graph graph = any_graph(c, false);
    CHECK_SAME("nodes, sorted", sorted(graph.order(graph.last())), graph.reachable(graph.last()));
  });
}

TASK_TEST(4, 10, every_consumer_stands_before_its_producers) {
  lab::cases(60, [](lab::Case& c) {
    const Graph graph = any_graph(c, false);
    const std::vector<std::int64_t> order = graph.order(graph.last());
    CHECK_SAME("the first", order.empty() ? -1 : order.front(), graph.last());
    check_direction(graph, order);
  });
}

// A short way and a long way lead to the same producer: it must wait for the long one.
TASK_TEST(4, 10, a_short_way_waits_for_a_long_one) {
  lab::cases(32, [](lab::Case& c) {
    Graph graph;
    graph.add({});
    graph.add({0});
    const std::int64_t length = c.integer(1, 5);
    for (std::int64_t k = 0; k < length; ++k) graph.add({graph.last()});
    const bool short_first = c.coin();
    graph.add(short_first ? std::vector<std::int64_t>{1, graph.last()} : std::vector<std::int64_t>{graph.last(), 1});
    c.input("producers of each node", text_of(graph));
    const std::vector<std::int64_t> order = graph.order(graph.last());
    check_direction(graph, order);
    CHECK_SAME("nodes", order.size(), graph.nodes.size());
  });
}

TASK_TEST(4, 10, inputs_without_a_gradient_are_passed_over) {
  lab::cases(40, [](lab::Case& c) {
    const Graph graph = any_graph(c, true);
    const std::vector<std::int64_t> order = graph.order(graph.last());
    CHECK_SAME("nodes, sorted", sorted(order), graph.reachable(graph.last()));
    check_direction(graph, order);
  });
}

TASK_TEST(4, 10, the_next_order_sees_every_node_again) {
  lab::cases(32, [](lab::Case& c) {
    const Graph graph = any_graph(c, false);
    const std::int64_t inner = c.input("first root", c.integer(0, graph.last()));
    CHECK_SAME("nodes below the first root", sorted(graph.order(inner)), graph.reachable(inner));
    CHECK_SAME("nodes below the last", sorted(graph.order(graph.last())), graph.reachable(graph.last()));
  });
}

// z = z + z, n times: 2^n ways lead from the root to the leaf.
TASK_TEST(4, 10, the_number_of_ways_does_not_matter) {
  lab::cases(4, [](lab::Case& c) {
    Graph graph;
    graph.add({});
    const std::int64_t levels = c.input("levels", c.integer(10, 16));
    for (std::int64_t k = 0; k < levels; ++k) graph.add({graph.last(), graph.last()});
    CHECK_SAME("nodes", autograd::backward_order(graph.nodes.back().get()).size(), graph.nodes.size());
  });
}

TASK_TEST(4, 10, a_chain_of_100000_nodes_needs_a_small_stack) {
  lab::cases(1, [](lab::Case& c) {
    Graph graph;
    graph.add({});
    const std::int64_t length = c.input("nodes", c.integer(100'000, 101'000));
    while (graph.last() + 1 < length) graph.add({graph.last()});
    std::size_t count = 0;
    on_small_stack([&] { count = autograd::backward_order(graph.nodes.back().get()).size(); });
    CHECK_SAME("nodes in order", count, length);
  });
}

// What one thread left in the nodes must not confuse another. Each has a graph of its own above a common one.
TASK_TEST(4, 10, threads_that_take_turns_see_every_node) {
  lab::cases(32, [](lab::Case& c) {
    Graph graph = any_graph(c, false);
    const std::int64_t common = graph.last();
    std::vector<std::int64_t> roots;
    std::string text;
    for (std::int64_t t = c.integer(2, 4); t > 0; --t) {
      graph.add({common});
      roots.push_back(c.coin() ? common : graph.last());
      text += (text.empty() ? "" : ", ") + std::to_string(roots.back());
      if (roots.back() != common) text += " (a new consumer of " + std::to_string(common) + ")";
    }
    c.input("root of each thread", text);
    for (std::size_t t = 0; t < roots.size(); ++t) {
      std::vector<std::int64_t> order;
      on_small_stack([&] { order = graph.order(roots[t]); });
      CHECK_SAME("nodes in the order of thread " + std::to_string(t), sorted(order), graph.reachable(roots[t]));
    }
  });
}

}  // namespace tinytorch
