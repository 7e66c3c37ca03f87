// Task 0.9: a random closed walk over all nodes, and the chase that follows it.
#include "tests/kit/kit.hpp"
#include "tinytorch/core/timing.hpp"

#include <algorithm>
#include <vector>

namespace tinytorch {
namespace {

struct Walk {
  std::size_t nodes = 0;  ///< met before one of them is met again
  std::size_t end = 0;    ///< that one
};

/// The walk from node 0. An invalid successor ends it.
Walk walk_of(const std::vector<std::uint32_t>& ring) {
  std::vector<bool> met(ring.size());
  Walk walk;
  for (; walk.end < ring.size() && !met[walk.end]; walk.end = ring[walk.end]) {
    met[walk.end] = true;
    ++walk.nodes;
  }
  return walk;
}

/// The number of entries in which two rings differ.
std::int64_t places_that_differ(const std::vector<std::uint32_t>& a, const std::vector<std::uint32_t>& b) {
  std::int64_t count = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) count += a[i] != b[i] ? 1 : 0;
  return count;
}

/// Nodes with random successors: a walk need not be closed.
std::vector<ChaseNode> random_nodes(lab::Case& c, std::size_t count) {
  std::vector<ChaseNode> nodes(count);
  std::vector<std::uint32_t> successors;
  for (ChaseNode& node : nodes) {
    node.next = static_cast<std::uint32_t>(c.rng().below(count));
    successors.push_back(node.next);
  }
  c.input("successors", successors);
  return nodes;
}

TASK_TEST(0, 9, the_ring_meets_every_node) {
  lab::cases(60, [](lab::Case& c) {
    const std::int64_t sizes[] = {0, 1, 2, 3, 4, 5};
    const std::int64_t count = c.index() < 6 ? sizes[c.index()] : c.integer(6, 1000);
    c.input("nodes", count);
    const auto ring = chase_ring(static_cast<std::size_t>(count), c.rng());
    CHECK_SAME("entries", ring.size(), static_cast<std::size_t>(count));
    CHECK_SAME("nodes met", walk_of(ring).nodes, static_cast<std::size_t>(count));
    CHECK_SAME("the first node met again", walk_of(ring).end, std::size_t{0});
  });
}

TASK_TEST(0, 9, another_seed_gives_another_ring) {
  lab::cases(16, [](lab::Case& c) {
    const auto count = static_cast<std::size_t>(c.input("nodes", c.integer(50, 100 + 50 * c.size())));
    const std::uint64_t seed = c.rng().next() >> 1;
    c.input("seed", seed);
    Generator one(seed), same(seed), other(seed + 1);
    const auto ring = chase_ring(count, one);
    CHECK_SAME("places that differ at the same seed", places_that_differ(ring, chase_ring(count, same)),
               std::int64_t{0});
    CHECK_RELATION("places that differ at another seed", places_that_differ(ring, chase_ring(count, other)), >=,
                   static_cast<std::int64_t>(count / 2));
    CHECK_RELATION("places that differ in the next ring", places_that_differ(ring, chase_ring(count, one)), >=,
                   static_cast<std::int64_t>(count / 2));
  });
}

TASK_TEST(0, 9, all_six_rings_of_four_are_equally_likely) {
  lab::cases(4, [](lab::Case& c) {
    const std::int64_t draws = c.input("draws", c.integer(2000, 3000));
    std::int64_t count[4][4] = {};  // the first two steps from node 0 identify a ring of four
    for (std::int64_t i = 0; i < draws; ++i) {
      const auto ring = chase_ring(4, c.rng());
      const std::uint32_t first = ring.empty() ? 0 : ring[0] % 4;
      const std::uint32_t second = first < ring.size() ? ring[first] % 4 : 0;
      ++count[first][second];
    }
    const double expected = static_cast<double>(draws) / 6;
    double chi_square = 0;
    for (std::size_t first = 1; first < 4; ++first) {
      for (std::size_t second = 1; second < 4; ++second) {
        if (first == second) continue;
        const double excess = static_cast<double>(count[first][second]) - expected;
        chi_square += excess * excess / expected;
      }
    }
    // Five degrees of freedom: a fair ring stays below 35.9 in all but one of a million runs.
    CHECK_RELATION("chi-square of the counts", chi_square, <=, 35.9);
  });
}

TASK_TEST(0, 9, each_step_follows_the_node) {
  lab::cases(60, [](lab::Case& c) {
    const auto count = static_cast<std::size_t>(c.integer(1, 1 + 2 * c.size()));
    const std::vector<ChaseNode> nodes = random_nodes(c, count);
    const auto start = static_cast<std::uint32_t>(c.input("start", c.integer(0, static_cast<std::int64_t>(count) - 1)));
    const auto steps = static_cast<std::size_t>(c.input("steps", c.integer(0, c.size())));
    const auto walked = [&] {
      std::vector<std::uint32_t> path{start};
      while (path.size() <= steps) path.push_back(nodes[path.back()].next);
      return path[steps];
    };
    CHECK_SAME("last node", chase(nodes.data(), start, steps), walked());
  });
}

TASK_TEST(0, 9, the_chase_goes_round_and_round) {
  lab::cases(40, [](lab::Case& c) {
    const auto count = static_cast<std::size_t>(c.input("nodes", c.integer(2, 2 + 4 * c.size())));
    std::vector<ChaseNode> nodes(count);  // i leads to i + 1, the last to the first
    for (std::size_t i = 0; i < count; ++i) nodes[i].next = static_cast<std::uint32_t>((i + 1) % count);
    const auto start = static_cast<std::size_t>(c.input("start", c.integer(0, static_cast<std::int64_t>(count) - 1)));
    const auto steps = static_cast<std::size_t>(c.input("steps", c.integer(0, 1000)));
    CHECK_SAME("last node", chase(nodes.data(), static_cast<std::uint32_t>(start), steps),
               static_cast<std::uint32_t>((start + steps) % count));
  });
}

}  // namespace
}  // namespace tinytorch
