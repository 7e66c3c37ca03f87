// Task 10.2: kernels::gemm_blocked. Values first; then the misses of a small cache are counted, not timed.

#include "modules/10_kernels/tests/oracle.hpp"
#include "tinytorch/core/gemm_loops.hpp"

namespace tinytorch {
namespace {

using kernels::GemmArgs, kernels::Tiles;

std::int64_t tile(lab::Case& c) {
  return c.pick(
      {std::int64_t{1}, std::int64_t{2}, std::int64_t{3}, std::int64_t{5}, std::int64_t{16}, std::int64_t{100}});
}

// A product with tiles of this case.
template <class Check>
void with_tiles(lab::Case& c, Check check) {
  Tiles t{};
  t.mc = tile(c);
  t.kc = tile(c);
  t.nc = tile(c);
  c.input("tiles", Shape{t.mc, t.kc, t.nc});
  check(c, [t](const GemmArgs& g) { kernels::gemm_blocked(g, t); });
}

}  // namespace

// ---- step: values ----

TASK_TEST_USES(10, 2, blocks_together_are_the_product, "10.1") {
  lab::cases(60, [](lab::Case& c) { with_tiles(c, check_sums); });
}

TASK_TEST_USES(10, 2, beta_counts_once_however_many_blocks_there_are, "10.1") {
  lab::cases(60, [](lab::Case& c) { with_tiles(c, check_beta); });
}

TASK_TEST_USES(10, 2, with_beta_0_no_block_reads_the_old_c, "10.1") {
  lab::cases(50, [](lab::Case& c) { with_tiles(c, check_old_nan); });
}

TASK_TEST_USES(10, 2, blocks_keep_the_distance_of_rows, "10.1") {
  lab::cases(60, [](lab::Case& c) { with_tiles(c, check_gaps); });
}

TASK_TEST_USES(10, 2, blocks_of_an_a_with_any_strides, "10.1") {
  lab::cases(60, [](lab::Case& c) { with_tiles(c, check_strides_of_a); });
}

TASK_TEST_USES(10, 2, a_product_without_blocks, "10.1") {
  lab::cases(40, [](lab::Case& c) { with_tiles(c, check_without_elements); });
}

TASK_TEST_USES(10, 2, blocks_multiply_nan_and_infinity_by_0, "10.1") {
  lab::cases(50, [](lab::Case& c) { with_tiles(c, check_infinities); });
}

TASK_TEST_USES(10, 2, blocks_of_float64, "10.1") {
  lab::cases(40, [](lab::Case& c) { with_tiles(c, check_digits); });
}

TASK_TEST_USES(10, 2, blocked_refuses_what_reordered_refuses, "10.1") {
  lab::cases(50, [](lab::Case& c) { with_tiles(c, check_refused); });
}

TASK_TEST_USES(10, 2, a_tile_has_a_size, "10.1") {
  lab::cases(50, [](lab::Case& c) {
    const Operands o = operands(c);
    Tiles t{};
    for (std::int64_t* size : {&t.mc, &t.kc, &t.nc}) *size = c.integer(0, 4) == 0 ? c.integer(-2, 0) : c.integer(1, 3);
    c.input("a", o.a);
    c.input("b", o.b);
    c.input("tiles", Shape{t.mc, t.kc, t.nc});
    const auto expected = [&]() -> Tensor {
      if (std::min({t.mc, t.kc, t.nc}) < 1) throw ValueError("no size");
      return product_of(o, {});
    };
    CHECK_OUTCOME("c", multiplied(o, [t](const GemmArgs& g) { kernels::gemm_blocked(g, t); }), expected());
  });
}

// ---- step: counted ----

// Three blocks of 16 x 16 floats take 16 lines each. While they meet, 48 lines are loaded at most once, if the loops
// inside a block go i, p, j. 2,000 misses at 48 x 48 x 48 are 74 for each of the 27 meetings.
TASK_TEST_USES(10, 2, a_block_is_used_while_the_cache_holds_it, "10.1") {
  lab::cases(4, [](lab::Case& c) {
    const std::int64_t m = 16 * c.integer(2, 3), k = 16 * c.integer(2, 3), n = 16 * c.integer(2, 3);
    const auto blocked = [](const GemmArgs& g) { kernels::gemm_blocked(g, {16, 16, 16}); };
    check_misses(c, {m, k, n}, blocked, 2000 * (m * k * n) / (48 * 48 * 48));
  });
}

}  // namespace tinytorch
