// Task 4.11, step run: several threads, runs inside of runs, and gradients that are no finite numbers.

#include "modules/04_autograd/tests/nodes.hpp"

#include <limits>

namespace tinytorch {

// Each thread makes a graph above the same leaf and runs it; another thread than the one that recorded it may run it.
TASK_TEST_USES(4, 11, threads_that_take_turns_add_to_one_leaf, "4.9", "4.10") {
  lab::cases(32, [](lab::Case& c) {
    const Tensor x = keep(leaf_of(c.input("x", c.contiguous({2}, DType::float64))));
    const std::int64_t threads = c.input("threads", c.integer(2, 4));
    const bool elsewhere = c.input("recorded on another thread than it runs on", c.coin());
    double total = 0.0;
    for (std::int64_t t = 0; t < threads; ++t) {
      const double factor = static_cast<double>(c.integer(1, 5));
      total += factor;
      Tensor root;
      const auto record_one = [&] { root = keep(scaled(scaled(x, factor, unseen), 1.0, unseen)); };
      if (elsewhere) on_small_stack(record_one);
      on_small_stack([&] {
        if (!elsewhere) record_one();
        autograd::run_backward(root, ones({2}, DType::float64), false);
      });
    }
    CHECK_SAME("dx", x.grad().defined() ? x.grad() : zeros({2}, DType::float64), full({2}, total, DType::float64));
  });
}

// A node computes a part of the graph anew and runs backward through it, as checkpoints do; or another thread runs one
// while this thread is at a node.
TASK_TEST_USES(4, 11, a_node_may_run_backward_on_another_graph, "4.9", "4.10") {
  lab::cases(32, [](lab::Case& c) {
    const ModeOnAgain again;
    const Tensor x = keep(leaf({2})), inner_x = keep(leaf({2}));
    const double outer = static_cast<double>(c.integer(2, 5)), inner = static_cast<double>(c.integer(2, 5));
    c.input("factor of the outer graph", outer);
    c.input("factor of the inner graph", inner);
    const bool same_thread = c.input("on the same thread", c.coin());
    const Tensor part = scaled(inner_x, inner, unseen);
    Tensor inner_root = keep(times(part, 12.0));  // a node with more inputs than any other has
    autograd::record(inner_root, {&part, &part, &part, &part, &part, &part, &part, &part, &part, &part, &part, &part},
                     autograd::make_node("twelve", [](const Tensor& grad, std::span<Tensor> grads, Node&) {
                       for (Tensor& each : grads) each = grad;
                     }));
    const auto run_inner = [&](const Tensor&) {
      const auto body = [&] { autograd::run_backward(inner_root, ones({2}, DType::float64), false); };
      if (same_thread)
        body();
      else
        on_small_stack(body);
    };
    const Tensor middle = scaled(x, outer, run_inner);
    const Tensor root = keep(added(middle, scaled(x, 1.0, unseen), unseen));
    autograd::run_backward(root, ones({2}, DType::float64), false);
    CHECK_SAME("dx of the outer graph", x.grad().defined() ? x.grad() : zeros({2}, DType::float64),
               full({2}, outer + 1.0, DType::float64));
    CHECK_SAME("dx of the inner graph", inner_x.grad().defined() ? inner_x.grad() : zeros({2}, DType::float64),
               full({2}, 12.0 * inner, DType::float64));
    CHECK_SAME("grad mode after", GradMode::enabled(), true);
  });
}

// A gradient of zeros, infinities or NaN is a gradient: every node runs and passes it on.
TASK_TEST_USES(4, 11, zeros_infinities_and_nan_are_passed_on, "4.9", "4.10") {
  lab::cases(32, [](lab::Case& c) {
    const double infinity = std::numeric_limits<double>::infinity(), nan = std::nan("");
    const Tensor x = keep(leaf({2}));
    std::int64_t calls = 0;
    const auto count = [&calls](const Tensor&) { ++calls; };
    const Tensor root = keep(scaled(scaled(x, 2.0, count), 3.0, count));
    const auto any = [&](const Shape&) { return c.pick({0.0, 0.0, infinity, -infinity, nan}); };
    const Tensor upstream = c.input("upstream", make({2}, DType::float64, any));
    autograd::run_backward(root, upstream, false);
    CHECK_SAME("runs", calls, 2);
    CHECK_SAME("x has a gradient", x.grad().defined(), true);
    CHECK_SAME("dx", x.grad().defined() ? x.grad() : zeros({2}, DType::float64), times(upstream, 6.0));
  });
}

}  // namespace tinytorch
