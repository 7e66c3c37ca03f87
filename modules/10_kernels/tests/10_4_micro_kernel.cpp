// Task 10.4: kernels::micro_tile and kernels::micro_kernel. The suite asks micro_tile for the size of a tile: it is the
// student's choice.

#include "modules/10_kernels/tests/fence.hpp"
#include "modules/10_kernels/tests/oracle.hpp"
#include "tinytorch/core/gemm_packed.hpp"

#include <string>

namespace tinytorch {
namespace {

/// The size of the student's tile. Out of range it is cut, so that a wrong one fails a check and not the test itself.
struct Tile {
  std::int64_t mr, nr;
};
constexpr std::int64_t widest = 32;

Tile tile_of_unit() {
  const kernels::MicroTile tile = kernels::micro_tile();
  return {std::clamp<std::int64_t>(tile.mr, 1, widest), std::clamp<std::int64_t>(tile.nr, 1, widest)};
}

/// What a case draws, whatever the size of the tile is: as much as the widest tile needs.
struct Drawn {
  Tensor a, b, c;  // (kc, widest), (kc, widest), (widest, widest)
};

/// Panels of a (kc, mr) and b (kc, nr), and a tile of c (mr, nr): the first columns and rows of what was drawn.
struct Panels {
  Tensor a, b, c;
};

Tensor first(const Tensor& x, std::int64_t rows, std::int64_t columns) {
  return make({rows, columns}, x.dtype(), [&](const Shape& at) { return lab::at(x, {at[0], at[1]}); });
}

std::int64_t depth(lab::Case& c) {
  if (c.index() < 10) return c.integer(1, 3);
  return c.pick({std::int64_t{4}, std::int64_t{7}, std::int64_t{16}, std::int64_t{33}});
}

Drawn drawn(lab::Case& c, std::int64_t kc) {
  const Tensor a = c.contiguous({kc, widest}), b = c.contiguous({kc, widest});
  return {a, b, c.contiguous({widest, widest})};
}

Panels panels_of(const Drawn& d) {
  const Tile tile = tile_of_unit();
  const std::int64_t kc = d.a.size(0);
  return {first(d.a, kc, tile.mr), first(d.b, kc, tile.nr), first(d.c, tile.mr, tile.nr)};
}

// Element (r, s) of the tile: what c held and the products.
double sum_at(const Drawn& d, std::int64_t r, std::int64_t s) {
  double total = lab::at(d.c, {r, s});
  for (std::int64_t p = 0; p < d.a.size(0); ++p) total += lab::at(d.a, {p, r}) * lab::at(d.b, {p, s});
  return total;
}

bool same(double a, double b) { return a == b || (a != a && b != b); }

// Streams the first four rows and eight columns, which every right tile has, and how many of the others are wrong: how
// many there are differs between right answers.
void check_tile(lab::Case& c, const Drawn& d, const Panels& p) {
  c.label("kc " + std::to_string(p.a.size(0)));
  c.shown("panel of a", p.a);
  c.shown("panel of b", p.b);
  c.shown("c", p.c);
  kernels::micro_kernel(p.a.size(0), p.a.data<float>(), p.b.data<float>(), p.c.data<float>(), p.c.stride(0));
  const std::int64_t mr = p.c.size(0), nr = p.c.size(1);
  CHECK_SAME("the first 4 rows and 8 columns of the tile",
             make({4, 8}, DType::float32,
                  [&](const Shape& at) {
                    const bool inside = at[0] < mr && at[1] < nr;
                    return inside ? lab::at(p.c, {at[0], at[1]}) : nan;
                  }),
             make({4, 8}, DType::float32, [&](const Shape& at) { return sum_at(d, at[0], at[1]); }));
  std::int64_t wrong = 0;
  for (std::int64_t r = 0; r < mr; ++r)
    for (std::int64_t s = 0; s < nr; ++s) wrong += same(lab::at(p.c, {r, s}), sum_at(d, r, s)) ? 0 : 1;
  CHECK_SAME("wrong elements in the tile", wrong, std::int64_t{0});
}

void check_drawn(lab::Case& c, const Drawn& d) { check_tile(c, d, panels_of(d)); }

}  // namespace

// ---- step: values ----

TASK_TEST(10, 4, a_column_of_a_meets_a_row_of_b) {
  lab::cases(40, [](lab::Case& c) {
    Drawn d = drawn(c, 1);
    d.c = zeros(d.c.sizes());
    check_drawn(c, d);
  });
}

TASK_TEST(10, 4, products_of_all_columns_are_added_up) {
  lab::cases(40, [](lab::Case& c) {
    Drawn d = drawn(c, depth(c) + 1);
    d.c = zeros(d.c.sizes());
    check_drawn(c, d);
  });
}

TASK_TEST(10, 4, sums_are_added_to_what_c_holds) {
  lab::cases(40, [](lab::Case& c) { check_drawn(c, drawn(c, depth(c))); });
}

TASK_TEST(10, 4, panels_without_columns_leave_c) {
  lab::cases(20, [](lab::Case& c) { check_drawn(c, drawn(c, c.integer(0, 1))); });
}

TASK_TEST(10, 4, nan_and_infinity_reach_their_row_or_column) {
  lab::cases(40, [](lab::Case& c) {
    const Drawn d = drawn(c, depth(c));
    const double infinity = std::numeric_limits<double>::infinity();
    const Tensor& some = c.coin() ? d.a : d.b;
    std::vector<double> numbers = lab::values(some);
    numbers[static_cast<std::size_t>(c.integer(0, 3))] = c.pick({infinity, -infinity, nan});
    lab::set_elements(some, numbers);
    check_drawn(c, d);
  });
}

// ---- step: memory ----

TASK_TEST(10, 4, cells_between_the_rows_of_the_tile_stay) {
  lab::cases(40, [](lab::Case& c) {
    const Drawn d = drawn(c, depth(c));
    Panels p = panels_of(d);
    p.c = with_gaps(p.c, c.integer(1, 5));
    check_tile(c, d, p);
    std::int64_t changed = 0;
    for (const double cell : gaps_of(p.c)) changed += cell == cell ? 1 : 0;
    CHECK_SAME("cells between the rows that changed", changed, std::int64_t{0});
  });
}

// Memory that may not be touched follows the last element of each operand.
TASK_TEST(10, 4, operands_may_end_where_memory_ends) {
  lab::cases(20, [](lab::Case& c) {
    const Drawn d = drawn(c, depth(c));
    const Panels p = panels_of(d);
    const Fenced a(p.a), b(p.b), tile(p.c);
    check_tile(c, d, {a.tensor(), b.tensor(), tile.tensor()});
  });
}

// ---- step: the choice ----

TASK_TEST(10, 4, the_tile_fits_the_registers_and_loads_little) {
  lab::cases(2, [](lab::Case& c) {
    check_drawn(c, drawn(c, 1));
    const kernels::MicroTile tile = kernels::micro_tile();
    const std::int64_t row = (tile.nr + 7) / 8, elements = std::max<std::int64_t>(1, tile.mr * tile.nr);
    CHECK_RELATION("registers for the sums, a row of b and an element of a", tile.mr * row + row + 1, <=, 16);
    CHECK_RELATION("floats loaded for 100 multiply-adds", 100 * (tile.mr + tile.nr) / elements, <=, 32);
  });
}

}  // namespace tinytorch
