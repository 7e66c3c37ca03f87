// Task 2.3: raw::linear_into. Values first; then the loads of each order are counted, not timed.

#include "modules/02_mlp/tests/oracle.hpp"
#include "tinytorch/nn/loop_orders.hpp"

namespace tinytorch {
namespace {

// y holds old values, which must be overwritten.
Tensor walked(const Tensor& x, const Tensor& w, LoopOrder order, double old = 77.0) {
  Tensor y = full({x.sizes()[0], w.sizes()[0]}, old, x.dtype());
  raw::linear_into(y, x, w, order);
  return y;
}

void check_values(LoopOrder order) {
  lab::cases(60, [&](lab::Case& c) {
    const auto [rows, in, out] = layer_sizes(c);
    const DType dtype = any_float(c);
    const Tensor x = c.input("x", c.tensor({rows, in}, dtype)), weights = c.tensor({out, in}, dtype);
    if (dtype == DType::float64) weights.data<double>()[0] = (1 << 30) + 1;  // more digits than a float32 has
    const Tensor w = c.input("w", weights);
    CHECK_SAME("y", walked(x, w, order), layer_of(x, w, Tensor()));
  });
}

// Numbers next to which 1 is too small to be added: another order of the same additions gives another total. Every
// product is exact.
void check_order_of_additions(LoopOrder order) {
  lab::cases(40, [&](lab::Case& c) {
    const auto [rows, in, out] = layer_sizes(c);
    const DType dtype = c.pick({DType::float32, DType::float64, DType::traced});
    const double large = dtype == DType::float64 ? 9007199254740992.0 : 16777216.0;  // 2^53, 2^24
    const Tensor x = c.input("x", make({rows, in + 6}, dtype, [&](const Shape&) { return c.pick({1, 1, 2}); }));
    const Tensor w = c.input("w", make({out, in + 6}, dtype, [&](const Shape&) {
                               return c.pick({large, -large, 1.0, 1.0, 3.0, -1.0});
                             }));
    CHECK_SAME("y", walked(x, w, order, 0.0), layer_of(x, w, Tensor()));
  });
}

void check_without_elements(LoopOrder order) {
  lab::cases(32, [&](lab::Case& c) {
    auto [rows, in, out] = layer_sizes(c);
    std::int64_t& gone = c.integer(0, 2) == 0 ? rows : c.coin() ? in : out;
    gone = 0;
    const Tensor x = c.input("x", c.contiguous({rows, in})), w = c.input("w", c.contiguous({out, in}));
    CHECK_SAME("y", walked(x, w, order), layer_of(x, w, Tensor()));
  });
}

/// The loads from w and their misses, in a cache of 32 lines of 64 bytes that watches w, and in one that watches all.
struct Reads {
  std::int64_t products, weights;  // rows x in x out, and in x out
  std::int64_t loads, misses;      // of w
  std::int64_t all_misses;         // of x, w, y and what the walk allocates
};

// Sizes near 48 with more rows in w than the cache has lines: down a column of w every load misses.
Reads reads_of(lab::Case& c, LoopOrder order) {
  const std::int64_t rows = c.integer(6, 9), in = c.integer(44, 52), out = c.integer(44, 52);
  const Tensor x = c.input("x", c.traced({rows, in})), w = c.input("w", c.traced({out, in}));
  Reads reads{rows * in * out, in * out, 0, 0, 0};
  {
    lab::CacheModel model;
    model.watch(w);
    walked(x, w, order);
    reads.loads = model.loads();
    reads.misses = model.misses();
  }
  lab::CacheModel model;
  model.watch(x);
  model.watch(w);
  model.watch_heap();
  walked(x, w, order);
  reads.all_misses = model.misses();
  return reads;
}

}  // namespace

// ---- step: dot ----

TASK_TEST(2, 3, dot_gives_the_products) { check_values(LoopOrder::dot); }

TASK_TEST(2, 3, dot_adds_from_the_first_input_to_the_last) { check_order_of_additions(LoopOrder::dot); }

TASK_TEST(2, 3, dot_without_rows_or_inputs) { check_without_elements(LoopOrder::dot); }

TASK_TEST(2, 3, dot_reads_w_along_its_rows) {
  lab::cases(2, [](lab::Case& c) {
    const Reads reads = reads_of(c, LoopOrder::dot);
    CHECK_RELATION("loads of w", reads.loads, >=, reads.products);
    CHECK_RELATION("line misses of w", reads.misses, <=, reads.products / 8);
  });
}

// ---- step: strided ----

TASK_TEST(2, 3, strided_gives_the_products) { check_values(LoopOrder::strided); }

TASK_TEST(2, 3, strided_adds_from_the_first_input_to_the_last) { check_order_of_additions(LoopOrder::strided); }

TASK_TEST(2, 3, strided_without_rows_or_inputs) { check_without_elements(LoopOrder::strided); }

TASK_TEST(2, 3, strided_reads_w_down_its_columns) {
  lab::cases(2, [](lab::Case& c) {
    const Reads reads = reads_of(c, LoopOrder::strided);
    CHECK_RELATION("loads of w", reads.loads, >=, reads.products);
    CHECK_RELATION("line misses of w", reads.misses, >=, reads.products / 2);
  });
}

// ---- step: packed ----

TASK_TEST(2, 3, packed_gives_the_products) { check_values(LoopOrder::packed); }

TASK_TEST(2, 3, packed_adds_from_the_first_input_to_the_last) { check_order_of_additions(LoopOrder::packed); }

TASK_TEST(2, 3, packed_reads_a_changed_w_again) {
  lab::cases(32, [](lab::Case& c) {
    const auto [rows, in, out] = layer_sizes(c);
    const Tensor x = c.input("x", c.contiguous({rows, in})), w = c.shown("w", c.contiguous({out, in}));
    const Tensor other = c.input("w later", c.contiguous({out, in}));
    walked(x, w, LoopOrder::packed);
    w.copy_(other);
    CHECK_SAME("y later", walked(x, w, LoopOrder::packed), layer_of(x, other, Tensor()));
  });
}

TASK_TEST(2, 3, packed_without_rows_or_inputs) { check_without_elements(LoopOrder::packed); }

TASK_TEST(2, 3, packed_reads_w_once_and_then_its_copy) {
  lab::cases(2, [](lab::Case& c) {
    const Reads reads = reads_of(c, LoopOrder::packed);
    CHECK_RELATION("line misses of w", reads.misses, <=, 2 * reads.weights);
    CHECK_RELATION("loads of w", reads.loads, <=, 2 * reads.weights);
    CHECK_RELATION("line misses of all memory for each weight", reads.all_misses / reads.weights, <, 4);
    // The copy costs at most one miss per weight and the lines it fills; the walk one miss per eight products.
    CHECK_RELATION("line misses of all memory", reads.all_misses, <=, 2 * reads.weights + reads.products / 8);
  });
}

}  // namespace tinytorch
