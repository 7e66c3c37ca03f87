// Task 5.5: cut_batches.

#include "modules/05_data/tests/oracle.hpp"

#include <span>

namespace tinytorch {
namespace {

std::vector<Indices> pieces_of(const Indices& order, std::int64_t batch, bool drop_last) {
  if (batch < 1) throw ValueError("batch");
  std::vector<Indices> pieces;
  for (const std::int64_t index : order) {
    if (pieces.empty() || static_cast<std::int64_t>(pieces.back().size()) == batch) pieces.emplace_back();
    pieces.back().push_back(index);
  }
  const bool is_short = !pieces.empty() && static_cast<std::int64_t>(pieces.back().size()) < batch;
  if (is_short && drop_last) pieces.pop_back();
  return pieces;
}

// Where each piece begins in the order, and how long it is. -1 for a piece that is not a view of the order.
std::vector<Indices> places(const std::vector<std::span<const std::int64_t>>& pieces, const Indices& order) {
  std::vector<Indices> all;
  for (const auto& piece : pieces) {
    const bool inside = std::less_equal<>()(order.data(), piece.data()) &&
                        std::less_equal<>()(piece.data() + piece.size(), order.data() + order.size());
    all.push_back({inside ? piece.data() - order.data() : -1, static_cast<std::int64_t>(piece.size())});
  }
  return all;
}

std::vector<Indices> right_places(const std::vector<Indices>& pieces) {
  std::vector<Indices> all;
  std::int64_t first = 0;
  for (const Indices& piece : pieces) {
    const auto size = static_cast<std::int64_t>(piece.size());
    all.push_back({first, size});
    first += size;
  }
  return all;
}

Indices random_numbers(lab::Case& c, std::int64_t n) {
  Indices order;
  for (std::int64_t i = 0; i < n; ++i) order.push_back(c.integer(0, 99));
  return c.input("order", order);
}

}  // namespace

TASK_TEST(5, 5, pieces_follow_each_other) {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t batch = c.input("batch", c.integer(1, 1 + c.size() / 3));
    const Indices order = random_numbers(c, batch * c.integer(1, 4));
    CHECK_SAME("pieces", data::cut_batches(order, batch, false), pieces_of(order, batch, false));
  });
}

TASK_TEST(5, 5, the_last_piece_may_be_short) {
  lab::cases(40, [](lab::Case& c) {
    const Indices order = random_numbers(c, 1 + c.size());
    const std::int64_t batch = c.input("batch", c.integer(1, 2 + c.size()));
    CHECK_SAME("pieces", data::cut_batches(order, batch, false), pieces_of(order, batch, false));
  });
}

TASK_TEST(5, 5, drop_last_leaves_the_short_piece_out) {
  lab::cases(40, [](lab::Case& c) {
    const Indices order = random_numbers(c, 1 + c.size());
    const std::int64_t batch = c.input("batch", c.integer(1, 2 + c.size()));
    CHECK_SAME("pieces", data::cut_batches(order, batch, true), pieces_of(order, batch, true));
  });
}

TASK_TEST(5, 5, pieces_look_into_the_order) {
  lab::cases(40, [](lab::Case& c) {
    const Indices order = random_numbers(c, c.size());
    const std::int64_t batch = c.input("batch", c.integer(1, 5));
    const bool drop_last = c.input("drop_last", c.coin());
    CHECK_SAME("place and length of each piece", places(data::cut_batches(order, batch, drop_last), order),
               right_places(pieces_of(order, batch, drop_last)));
  });
}

TASK_TEST(5, 5, a_batch_below_one_throws) {
  lab::cases(40, [](lab::Case& c) {
    const Indices order = random_numbers(c, c.size());
    const std::int64_t batch = c.input("batch", c.integer(-3, 4));
    CHECK_OUTCOME("pieces", data::cut_batches(order, batch, c.index() % 2 == 0),
                  pieces_of(order, batch, c.index() % 2 == 0));
  });
}

}  // namespace tinytorch
