// Task 5.4: epoch_order.

#include "modules/05_data/tests/oracle.hpp"

namespace tinytorch {
namespace {

Indices order_of(std::int64_t n, std::uint64_t seed, std::int64_t epoch) {
  Generator generator(mix_seed(seed, static_cast<std::uint64_t>(epoch)));
  Indices order = counted(n);
  shuffled_in_place(order, generator);
  return order;
}

Indices sorted(Indices list) {
  std::sort(list.begin(), list.end());
  return list;
}

}  // namespace

TASK_TEST(5, 4, the_order_follows_the_draws) {
  lab::cases(60, [](lab::Case& c) {
    const std::int64_t n = c.input("n", c.size());
    const std::uint64_t seed = c.input("seed", random_seed(c));
    const std::int64_t epoch = c.input("epoch", c.integer(0, 20));
    CHECK_SAME("order", data::epoch_order(n, seed, epoch), order_of(n, seed, epoch));
  });
}

TASK_TEST(5, 4, every_index_appears_once) {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t n = c.input("n", 3 * c.size());
    const std::uint64_t seed = c.input("seed", random_seed(c));
    const Indices order = data::epoch_order(n, seed, c.index());
    CHECK_SAME("order, sorted", sorted(order), counted(n));
    CHECK_SAME("the last index", order.empty() ? -1 : order.back(), n == 0 ? -1 : order_of(n, seed, c.index()).back());
  });
}

TASK_TEST(5, 4, epochs_differ_and_each_can_be_repeated) {
  lab::cases(8, [](lab::Case& c) {
    const std::int64_t n = c.input("n", c.integer(10, 30));
    const std::uint64_t seed = c.input("seed", random_seed(c));
    for (const std::int64_t epoch : {0, 1, 2, 1, 0}) {
      CHECK_SAME("order of epoch " + std::to_string(epoch), data::epoch_order(n, seed, epoch),
                 order_of(n, seed, epoch));
    }
  });
}

// 24 orders of four, 20,000 epochs. With fair orders chi squared (23 degrees of freedom) exceeds 70 less than once in a
// million runs of the test. If places are exchanged with any place, some orders are likelier, and it is about 600.
TASK_TEST(5, 4, all_orders_of_four_are_equally_likely) {
  lab::cases(1, [](lab::Case& c) {
    const std::uint64_t seed = c.input("seed", random_seed(c));
    std::vector<double> counts(256, 0.0);
    for (std::int64_t epoch = 0; epoch < 20'000; ++epoch) {
      std::size_t code = 0;
      for (const std::int64_t index : data::epoch_order(4, seed, epoch)) {
        code = (4 * code + static_cast<std::size_t>(index & 3)) & 255;
      }
      ++counts[code];
    }
    double distance = 0.0;
    std::int64_t met = 0;
    constexpr double expected = 20'000.0 / 24.0;
    for (const double count : counts) {
      met += count > 0 ? 1 : 0;
      if (count > 0) distance += (count - expected) * (count - expected) / expected;
    }
    CHECK_SAME("different orders met", met, 24);
    CHECK_RELATION("chi squared", distance, <=, 70.0);
  });
}

}  // namespace tinytorch
