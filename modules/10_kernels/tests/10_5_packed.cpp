// Task 10.5: kernels::gemm_packed. It is judged with the kernels of plain_kernels.hpp, so that its tests need no task
// 10.4.

#include "modules/10_kernels/tests/fence.hpp"
#include "modules/10_kernels/tests/oracle.hpp"
#include "modules/10_kernels/tests/plain_kernels.hpp"
#include "tinytorch/core/gemm_packed.hpp"

namespace tinytorch {
namespace {

using kernels::GemmArgs, kernels::Workspace;

template <class Check>
void with_kernel(lab::Case& c, Check check) {
  const Way how = way(c);
  check(c, [how](const GemmArgs& g) {
    Workspace workspace;
    kernels::gemm_packed(g, how.tiles, how.kernel, workspace);
  });
}

void check_arguments(lab::Case& c) {
  const Doubtful d = doubtful(c);
  CHECK_OUTCOME("c",
                multiplied(d.o,
                           [&](const GemmArgs& g) {
                             Workspace workspace;
                             kernels::gemm_packed(g, d.tiles, d.kernel, workspace);
                           }),
                d.expected());
}

}  // namespace

// ---- step: values ----

TASK_TEST_USES(10, 5, packed_blocks_are_the_product, "10.3") {
  lab::cases(60, [](lab::Case& c) { with_kernel(c, check_sums); });
}

TASK_TEST_USES(10, 5, packed_scales_c_once, "10.3") {
  lab::cases(60, [](lab::Case& c) { with_kernel(c, check_beta); });
}

TASK_TEST_USES(10, 5, packed_with_beta_0_reads_no_c, "10.3") {
  lab::cases(50, [](lab::Case& c) { with_kernel(c, check_old_nan); });
}

TASK_TEST_USES(10, 5, packed_keeps_the_distance_of_rows, "10.3") {
  lab::cases(60, [](lab::Case& c) { with_kernel(c, check_gaps); });
}

TASK_TEST_USES(10, 5, packed_takes_any_strides_of_a, "10.3") {
  lab::cases(60, [](lab::Case& c) { with_kernel(c, check_strides_of_a); });
}

TASK_TEST_USES(10, 5, packed_takes_any_strides_of_b, "10.3") {
  lab::cases(60, [](lab::Case& c) { with_kernel(c, check_strides_of_b); });
}

TASK_TEST_USES(10, 5, packed_without_elements, "10.3") {
  lab::cases(40, [](lab::Case& c) { with_kernel(c, check_without_elements); });
}

TASK_TEST_USES(10, 5, packed_multiplies_nan_and_infinity_by_0, "10.3") {
  lab::cases(50, [](lab::Case& c) { with_kernel(c, check_infinities); });
}

TASK_TEST_USES(10, 5, packed_refuses_what_no_kernel_computes, "10.3") {
  lab::cases(50, [](lab::Case& c) { check_arguments(c); });
}

// Through the table, as all products of the library go. What no entry fits is computed all the same.
TASK_TEST_USES(10, 5, the_table_has_a_kernel_for_every_product, "10.1", "10.2", "10.3", "10.4") {
  lab::cases(60, [](lab::Case& c) {
    with_kernel(c, check_sums);
    const std::int64_t m = awkward(c), k = awkward(c), n = awkward(c);
    const DType dtype = c.pick({DType::float32, DType::float32, DType::float64, DType::int64});
    const Tensor a = c.input("a of the table's product", c.tensor({m, k}, dtype));
    const Tensor b = c.input("b of the table's product", c.tensor({k, n}, dtype));
    const Tensor y = c.contiguous({m, n}, dtype);
    const double beta = c.pick({0.0, 1.0, 2.0});
    c.input("beta of the table's product", beta);
    const std::vector<double> before = lab::values(y);
    kernels::gemm(a, b, y, beta);
    CHECK_SAME("c of the table's product", y, product_of({a, b, y, beta}, before));
  });
}

// ---- step: memory, and the kernel's calls ----

// Memory that may not be touched follows the last element of a, b and c. The inputs that the case shows and inspects
// are others: the fence is gone when the case ends.
TASK_TEST_USES(10, 5, packed_stays_inside_its_operands, "10.3") {
  lab::cases(40, [](lab::Case& c) {
    with_kernel(c, [](lab::Case& same, Product product) {
      const Operands drawn = operands(same);
      same.input("a", drawn.a);
      same.input("b", drawn.b);
      same.shown("c", drawn.c);
      const Fenced a(drawn.a), b(drawn.b), old(drawn.c);
      const Operands o{a.tensor(), b.tensor(), old.tensor(), 1.0};
      CHECK_SAME("c", multiplied(o, product), product_of(o, lab::values(drawn.c)));
    });
  });
}

TASK_TEST_USES(10, 5, the_kernel_computes_each_tile_once, "10.3") {
  lab::cases(50, [](lab::Case& c) {
    const Way how = way(c);
    const Operands o = operands(c);
    const Tensor a = c.input("a", o.a), b = c.input("b", o.b);
    const std::int64_t m = a.size(0), k = a.size(1), n = b.size(1);
    calls.reset();
    Workspace workspace;
    kernels::gemm_packed(args_of(o), how.tiles, how.kernel, workspace);
    const std::int64_t made = calls.count, longest = calls.longest;
    CHECK_SAME("calls of the kernel", made, calls_needed(how, m, k, n));
    CHECK_SAME("columns of the longest panel", longest, std::min(k, how.tiles.kc));
  });
}

TASK_TEST_USES(10, 5, a_second_product_finds_its_memory, "10.3") {
  lab::cases(20, [](lab::Case& c) {
    const Way how = way(c);
    const Operands o = operands(c);
    c.input("a", o.a);
    c.input("b", o.b);
    Workspace workspace;
    kernels::gemm_packed(args_of(o), how.tiles, how.kernel, workspace);
    const std::int64_t blocks = blocks_of([&] { kernels::gemm_packed(args_of(o), how.tiles, how.kernel, workspace); });
    CHECK_SAME("blocks of memory that a second product takes", blocks, std::int64_t{0});
    CHECK_SAME("c", o.c, product_of(o, {}));
  });
}

// A block of b and a block of a at a time: not both operands whole.
TASK_TEST_USES(10, 5, the_workspace_holds_one_block_of_each, "10.3") {
  lab::cases(6, [](lab::Case& c) {
    const std::int64_t m = c.integer(40, 60), k = c.integer(40, 60), n = c.integer(40, 60);
    const Tensor a = c.input("a", c.contiguous({m, k})), b = c.input("b", c.contiguous({k, n}));
    const Operands o{a, b, c.contiguous({m, n}), 0.0};
    memory::reset_peak();
    const std::int64_t before = memory::stats().active;
    {
      Workspace workspace;
      kernels::gemm_packed(args_of(o), {8, 8, 8}, kernel_of(2), workspace);
    }
    const std::int64_t grown = memory::stats().peak - before;
    CHECK_SAME("c", o.c, product_of(o, {}));
    CHECK_RELATION("bytes of panels", grown, <=, 4096);
  });
}

}  // namespace tinytorch
