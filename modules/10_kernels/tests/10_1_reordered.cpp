// Task 10.1: kernels::gemm_reordered.

#include "modules/10_kernels/tests/oracle.hpp"
#include "tinytorch/core/gemm_loops.hpp"

namespace tinytorch {
namespace {

constexpr auto product = [](const kernels::GemmArgs& g) { kernels::gemm_reordered(g); };

}  // namespace

TASK_TEST(10, 1, an_output_is_a_sum_of_products) {
  lab::cases(50, [](lab::Case& c) { check_sums(c, product); });
}

TASK_TEST(10, 1, beta_scales_what_c_held) {
  lab::cases(50, [](lab::Case& c) { check_beta(c, product); });
}

TASK_TEST(10, 1, beta_0_reads_no_c) {
  lab::cases(50, [](lab::Case& c) { check_old_nan(c, product); });
}

TASK_TEST(10, 1, rows_may_have_gaps) {
  lab::cases(50, [](lab::Case& c) { check_gaps(c, product); });
}

TASK_TEST(10, 1, a_may_have_any_strides) {
  lab::cases(50, [](lab::Case& c) { check_strides_of_a(c, product); });
}

TASK_TEST(10, 1, a_size_may_be_0) {
  lab::cases(40, [](lab::Case& c) { check_without_elements(c, product); });
}

TASK_TEST(10, 1, nan_and_infinity_are_multiplied_by_0_too) {
  lab::cases(50, [](lab::Case& c) { check_infinities(c, product); });
}

TASK_TEST(10, 1, float64_keeps_its_digits) {
  lab::cases(40, [](lab::Case& c) { check_digits(c, product); });
}

TASK_TEST(10, 1, other_dtypes_and_a_b_with_gaps_in_its_rows_throw) {
  lab::cases(50, [](lab::Case& c) { check_refused(c, product); });
}

// Along a row, one access in 16 misses a line; down a column, each does. The two outer loops may have any order.
TASK_TEST(10, 1, the_innermost_loop_goes_along_rows) {
  lab::cases(3, [](lab::Case& c) {
    const std::int64_t m = 8 * c.integer(4, 6), k = 8 * c.integer(4, 6), n = 16 * c.integer(2, 3);
    check_misses(c, {m, k, n}, product, m * k * n / 8 + (m * k + k * n + m * n) / 8);
  });
}

}  // namespace tinytorch
