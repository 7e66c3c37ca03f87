// Task 10.6: kernels::gemm_threaded. Its tasks run one at a time, in orders that the test chooses: no verdict depends
// on the speed of a machine or the number of its cores.

#include "modules/10_kernels/tests/oracle.hpp"
#include "modules/10_kernels/tests/plain_kernels.hpp"
#include "modules/10_kernels/tests/pools.hpp"
#include "tinytorch/core/gemm_parallel.hpp"

namespace tinytorch {
namespace {

using kernels::GemmArgs;

std::int64_t threads_of(lab::Case& c) {
  const std::int64_t threads = c.pick({std::int64_t{2}, std::int64_t{3}, std::int64_t{7}, std::int64_t{1}});
  c.input("threads", threads);
  return threads;
}

/// A product on a pool of this case; nothing is too small for it.
template <class Check>
void with_pool(lab::Case& c, Check check) {
  const Way how = way(c);
  const std::int64_t threads = threads_of(c);
  const bool backwards = c.coin();
  check(c, [=](const GemmArgs& g) {
    WatchedPool pool(threads, backwards);
    kernels::gemm_threaded(g, how.tiles, how.kernel, pool, 0);
  });
}

/// Operands whose product changes every row of c, which is kept.
Operands positive(lab::Case& c) {
  Operands o = operands(c);
  for (const Tensor* x : {&o.a, &o.b}) {
    std::vector<double> numbers = lab::values(*x);
    for (double& number : numbers) number = number < 0 ? -number : number + 1;
    lab::set_elements(*x, numbers);
  }
  o.beta = 1.0;
  return o;
}

std::int64_t differing(const Tensor& x, const Tensor& y) {
  const std::vector<double> left = lab::values(x), right = lab::values(y);
  std::int64_t count = 0;
  for (std::size_t i = 0; i < left.size(); ++i) count += left[i] == right[i] ? 0 : 1;
  return count;
}

// c on a pool of so many threads.
Tensor on_threads(const Operands& o, const Way& how, std::int64_t threads) {
  const Operands own{o.a, o.b, o.c.clone(), o.beta};
  WatchedPool pool(threads, false);
  kernels::gemm_threaded(args_of(own), how.tiles, how.kernel, pool, 0);
  return own.c;
}

}  // namespace

// ---- step: values ----

TASK_TEST_USES(10, 6, rows_of_all_tasks_are_the_product, "10.3", "10.5") {
  lab::cases(60, [](lab::Case& c) {
    const Way how = way(c);
    const Operands o = operands(c);
    WatchedPool pool(c.integer(2, 7), c.coin());
    c.input("threads", pool.threads());
    c.input("a", o.a);
    c.input("b", o.b);
    kernels::gemm_threaded(args_of(o), how.tiles, how.kernel, pool, 0);
    CHECK_SAME("the pool was asked", pool.runs() > 0, o.a.size(0) > how.kernel.tile.mr);
    CHECK_SAME("c", o.c, product_of(o, {}));
  });
}

TASK_TEST_USES(10, 6, tasks_scale_their_rows_of_c, "10.3", "10.5") {
  lab::cases(50, [](lab::Case& c) { with_pool(c, check_beta); });
}

TASK_TEST_USES(10, 6, tasks_keep_the_distance_of_rows, "10.3", "10.5") {
  lab::cases(60, [](lab::Case& c) { with_pool(c, check_gaps); });
}

TASK_TEST_USES(10, 6, tasks_take_any_strides_of_a, "10.3", "10.5") {
  lab::cases(50, [](lab::Case& c) { with_pool(c, check_strides_of_a); });
}

TASK_TEST_USES(10, 6, tasks_take_any_strides_of_b, "10.3", "10.5") {
  lab::cases(50, [](lab::Case& c) { with_pool(c, check_strides_of_b); });
}

TASK_TEST_USES(10, 6, tasks_without_elements, "10.3", "10.5") {
  lab::cases(40, [](lab::Case& c) { with_pool(c, check_without_elements); });
}

// On the threads of a real pool.
TASK_TEST_USES(10, 6, threaded_refuses_what_packed_refuses, "10.3", "10.5") {
  lab::cases(50, [](lab::Case& c) {
    const Doubtful d = doubtful(c);
    const std::int64_t threads = threads_of(c);
    CHECK_OUTCOME("c",
                  multiplied(d.o,
                             [&](const GemmArgs& g) {
                               ThreadPool pool(threads);
                               kernels::gemm_threaded(g, d.tiles, d.kernel, pool, 0);
                             }),
                  d.expected());
  });
}

// ---- step: the same bits on any number of threads ----

// The plain kernels add up in c. A tile at the edge is computed beside c, so its sums are rounded elsewhere: a split
// within a tile shows in the last bits.
TASK_TEST_USES(10, 6, any_number_of_threads_gives_the_same_bits, "10.3", "10.5") {
  lab::cases(40, [](lab::Case& c) {
    const Way how = way(c);
    const std::int64_t m = awkward(c), k = awkward(c), n = awkward(c);
    const Tensor a = c.input("a", c.reals({m, k})), b = c.input("b", c.reals({k, n}));
    const Operands o{a, b, c.reals({m, n}).clone(), 1.0};
    c.shown("c", o.c);
    const std::vector<double> before = lab::values(o.c);
    const Tensor one = on_threads(o, how, 1);
    CHECK_CLOSE("c of 1 thread", one, product_of(o, before), 1e-4);
    for (const std::int64_t threads : {2, 3, 7})
      CHECK_SAME("elements that differ on " + std::to_string(threads) + " threads",
                 differing(one, on_threads(o, how, threads)), std::int64_t{0});
  });
}

TASK_TEST_USES(10, 6, no_two_tasks_change_a_row, "10.3", "10.5") {
  lab::cases(50, [](lab::Case& c) {
    const Way how = way(c);
    const Operands o = positive(c);
    WatchedPool pool(threads_of(c), c.coin());
    c.input("a", o.a);
    c.input("b", o.b);
    c.shown("c", o.c);
    const std::vector<double> before = lab::values(o.c);
    pool.watch(o.c);
    kernels::gemm_threaded(args_of(o), how.tiles, how.kernel, pool, 0);
    CHECK_SAME("rows that several tasks changed", pool.shared_rows(), std::int64_t{0});
    CHECK_SAME("c", o.c, product_of(o, before));
  });
}

TASK_TEST_USES(10, 6, tasks_share_no_panels, "10.3", "10.5") {
  lab::cases(40, [](lab::Case& c) {
    const Way how = way(c);
    const std::int64_t threads = threads_of(c);
    check_sums(c, [=](const GemmArgs& g) {
      TakingTurns pool(threads);
      kernels::gemm_threaded(g, how.tiles, how.kernel, pool, 0);
    });
  });
}

// ---- step: how the work is divided ----

TASK_TEST_USES(10, 6, tasks_divide_whole_rows_of_tiles_evenly, "10.3", "10.5") {
  lab::cases(60, [](lab::Case& c) {
    const Way how = way(c);
    const std::int64_t threads = c.pick({std::int64_t{2}, std::int64_t{3}, std::int64_t{7}});
    c.input("threads", threads);
    WatchedPool pool(threads, false);
    const Operands o = operands(c);
    c.input("a", o.a);
    c.input("b", o.b);
    const std::int64_t rows = rounded_up(o.a.size(0), how.kernel.tile.mr);
    calls.reset();
    kernels::gemm_threaded(args_of(o), how.tiles, how.kernel, pool, 0);
    const std::int64_t made = calls.count;
    CHECK_SAME("calls of the kernel", made, calls_needed(how, o.a.size(0), o.a.size(1), o.b.size(1)));
    CHECK_RELATION("the kernel's calls by the largest task, times the rows of tiles", pool.calls_of_largest() * rows,
                   <=, pool.calls_of_all() * rounded_up(rows, threads));
    CHECK_SAME("c", o.c, product_of(o, {}));
  });
}

TASK_TEST_USES(10, 6, the_pool_is_asked_for_blocks_not_for_tiles, "10.3", "10.5") {
  lab::cases(40, [](lab::Case& c) {
    const Way how = way(c);
    WatchedPool pool(threads_of(c), c.coin());
    const Operands o = operands(c);
    c.input("a", o.a);
    c.input("b", o.b);
    kernels::gemm_threaded(args_of(o), how.tiles, how.kernel, pool, 0);
    CHECK_RELATION("calls of pool.run", pool.runs(), <=,
                   1 + 2 * rounded_up(o.a.size(1), how.tiles.kc) * rounded_up(o.b.size(1), how.tiles.nc));
    CHECK_SAME("c", o.c, product_of(o, {}));
  });
}

TASK_TEST_USES(10, 6, small_products_stay_on_the_caller, "10.3", "10.5") {
  lab::cases(50, [](lab::Case& c) {
    const Way how = way(c);
    const Operands o = operands(c);
    const std::int64_t products = o.a.size(0) * o.a.size(1) * o.b.size(1);
    const std::int64_t serial_below = std::max<std::int64_t>(products + c.integer(-1, 2), 0);
    WatchedPool pool(c.integer(2, 4), false);
    c.input("a", o.a);
    c.input("b", o.b);
    c.input("serial_below", serial_below);
    kernels::gemm_threaded(args_of(o), how.tiles, how.kernel, pool, serial_below);
    const std::int64_t rows = rounded_up(o.a.size(0), how.kernel.tile.mr);
    CHECK_SAME("the pool was asked", pool.runs() > 0, products >= serial_below && rows > 1);
    CHECK_SAME("c", o.c, product_of(o, {}));
  });
}

}  // namespace tinytorch
