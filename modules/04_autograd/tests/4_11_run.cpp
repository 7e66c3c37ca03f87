// Task 4.11, step run.

#include "modules/04_autograd/tests/nodes.hpp"
#include "tinytorch/core/ops.hpp"

#include <algorithm>
#include <string>

namespace tinytorch {
namespace {

// A random program on two leaves. Step k uses earlier results. Results 0 and 1 are the leaves.
struct Step {
  char kind;  // + or * or s (scales by `factor`)
  std::size_t a, b;
  double factor;
};

struct Program {
  std::vector<Step> steps;

  std::string text() const {
    std::string all;
    for (std::size_t k = 0; k < steps.size(); ++k) {
      const Step& s = steps[k];
      const std::string right = s.kind == 's' ? std::to_string(static_cast<int>(s.factor)) : "t" + std::to_string(s.b);
      all += (k == 0 ? "t" : ", t") + std::to_string(k + 2) + " = t" + std::to_string(s.a) +
             (s.kind == '+' ? " + " : " * ") + right;
    }
    return all;
  }

  // Which results the last one depends on.
  std::vector<bool> used() const {
    std::vector<bool> marks(steps.size() + 2, false);
    marks.back() = true;
    for (std::size_t k = marks.size() - 1; k >= 2; --k) {
      if (!marks[k]) continue;
      marks[steps[k - 2].a] = true;
      if (steps[k - 2].kind != 's') marks[steps[k - 2].b] = true;
    }
    return marks;
  }
};

Program any_program(lab::Case& c) {
  Program program;
  for (std::int64_t k = 0; k <= std::min<std::int64_t>(c.size(), 8); ++k) {
    const auto result = [&](std::int64_t from) { return static_cast<std::size_t>(c.integer(from, k + 1)); };
    Step step{};
    step.kind = c.pick({'+', '+', '*', 's'});
    step.a = result(std::max<std::int64_t>(0, k - 1));  // a recent result, so that most results are used
    step.b = step.kind == '*' ? static_cast<std::size_t>(c.integer(0, 1)) : result(0);  // degrees grow slowly
    step.factor = static_cast<double>(c.integer(2, 3));
    program.steps.push_back(step);
  }
  c.input("program", program.text());
  return program;
}

// Runs the program. calls[k] counts how often the node of result k ran.
Tensor run(const Program& program, const Tensor& x, const Tensor& y, std::vector<int>& calls) {
  calls.assign(program.steps.size() + 2, 0);
  std::vector<Tensor> results{x, y};
  for (const Step& s : program.steps) {
    int& count = calls[results.size()];
    const auto seen = [&count](const Tensor&) { ++count; };
    if (s.kind == '+') results.push_back(added(results[s.a], results[s.b], seen));
    if (s.kind == '*') results.push_back(multiplied(results[s.a], results[s.b], seen));
    if (s.kind == 's') results.push_back(scaled(results[s.a], s.factor, seen));
  }
  return keep(results.back());
}

// The same with dual numbers: the value and its two derivatives are computed together, forward.
std::pair<double, double> derivatives(const Program& program, double x, double y) {
  struct Dual {
    double value, dx, dy;
  };
  std::vector<Dual> d{{x, 1, 0}, {y, 0, 1}};
  for (const Step& s : program.steps) {
    const Dual a = d[s.a], b = d[s.b];
    if (s.kind == '+') d.push_back({a.value + b.value, a.dx + b.dx, a.dy + b.dy});
    if (s.kind == '*')
      d.push_back({a.value * b.value, a.dx * b.value + a.value * b.dx, a.dy * b.value + a.value * b.dy});
    if (s.kind == 's') d.push_back({a.value * s.factor, a.dx * s.factor, a.dy * s.factor});
  }
  return {d.back().dx, d.back().dy};
}

struct Leaves {
  Tensor x, y, upstream;
};

Leaves any_leaves(lab::Case& c) {
  const Shape sizes{c.integer(1, 3)};
  const auto small = [&] { return make(sizes, DType::float64, [&](const Shape&) { return c.integer(-2, 2); }); };
  const Tensor x = keep(leaf_of(c.input("x", small()))), y = keep(leaf_of(c.input("y", small())));
  return {x, y, c.input("upstream", small())};
}

Tensor gradient_of(const Tensor& x) { return x.grad().defined() ? x.grad() : zeros(x.sizes(), x.dtype()); }

Tensor expected(const Program& program, const Leaves& in, bool of_x, double times_over = 1.0) {
  return make(in.x.sizes(), DType::float64, [&](const Shape& i) {
    const auto both = derivatives(program, lab::at(in.x, i), lab::at(in.y, i));
    return times_over * lab::at(in.upstream, i) * (of_x ? both.first : both.second);
  });
}

}  // namespace

TASK_TEST_USES(4, 11, gradients_of_random_programs, "4.9", "4.10") {
  lab::cases(60, [](lab::Case& c) {
    const Leaves in = any_leaves(c);
    const Program program = any_program(c);
    std::vector<int> calls;
    autograd::run_backward(run(program, in.x, in.y, calls), in.upstream, false);
    CHECK_SAME("dx", gradient_of(in.x), expected(program, in, true));
    CHECK_SAME("dy", gradient_of(in.y), expected(program, in, false));
  });
}

TASK_TEST_USES(4, 11, a_node_runs_once_when_its_gradient_is_complete, "4.9", "4.10") {
  lab::cases(40, [](lab::Case& c) {
    const Leaves in = any_leaves(c);
    const Program program = any_program(c);
    std::vector<int> calls;
    autograd::run_backward(run(program, in.x, in.y, calls), in.upstream, false);
    CHECK_SAME("runs of each node", calls, [&] {
      const std::vector<bool> used = program.used();
      std::vector<int> once(used.begin(), used.end());
      once[0] = once[1] = 0;  // the leaves' nodes are not counted
      return once;
    }());
  });
}

TASK_TEST_USES(4, 11, a_kept_graph_runs_again_and_a_freed_one_throws, "4.9", "4.10") {
  lab::cases(40, [](lab::Case& c) {
    const ModeOnAgain again;
    const Leaves in = any_leaves(c);
    const Program program = any_program(c);
    const bool retain = c.input("retain_graph", c.coin());
    std::vector<int> calls;
    const Tensor root = run(program, in.x, in.y, calls);
    autograd::run_backward(root, in.upstream, retain);
    const auto second = [&] {
      autograd::run_backward(root, in.upstream, false);
      return std::pair(gradient_of(in.x), gradient_of(in.y));
    };
    CHECK_OUTCOME("dx and dy after a second run", second(), [&] {
      if (!retain) throw AutogradError("freed");
      return std::pair(expected(program, in, true, 2.0), expected(program, in, false, 2.0));
    }());
  });
}

TASK_TEST_USES(4, 11, a_root_of_one_element_needs_no_upstream, "4.9", "4.10") {
  lab::cases(40, [](lab::Case& c) {
    const Shape sizes = c.pick({Shape{}, Shape{1}, Shape{1, 1}, Shape{2}, Shape{0}});
    const double factor = c.input("factor", static_cast<double>(c.integer(2, 9)));
    const Tensor x = keep(leaf(sizes));
    c.input("root", sizes);
    const Tensor root = keep(scaled(x, factor, unseen));
    const auto gradient = [&] {
      autograd::run_backward(root, {}, false);
      return gradient_of(x);
    };
    CHECK_OUTCOME("dx", gradient(), [&] {
      if (count_of(sizes) != 1) throw AutogradError("which upstream?");
      return full(sizes, factor, DType::float64);
    }());
  });
}

TASK_TEST_USES(4, 11, an_upstream_of_another_shape_throws, "4.9", "4.10") {
  lab::cases(40, [](lab::Case& c) {
    const Shape sizes = c.shape(0, 2);
    Shape other = sizes;  // the last two broadcast to the root's shape, and are refused too
    const std::string kind = c.pick({"equal", "equal", "a leading 1", "one more", "one number", "ones"});
    if (kind == "a leading 1" || (kind == "one more" && sizes.empty())) other.insert(0, 1);
    if (kind == "one more" && !sizes.empty()) other[0] += 1;
    if (kind == "one number") other = {};
    if (kind == "ones") other = Shape::filled(sizes.size(), 1);
    const Tensor x = keep(leaf(sizes));
    const Tensor root = keep(scaled(x, 2.0, unseen));
    c.input("root", sizes);
    const Tensor upstream = c.input("upstream", c.contiguous(other, DType::float64));
    const auto gradient = [&] {
      autograd::run_backward(root, upstream, false);
      return gradient_of(x);
    };
    CHECK_OUTCOME("dx", gradient(), [&] {
      if (other != sizes) throw AutogradError("another shape");
      return times(upstream, 2.0);
    }());
  });
}

TASK_TEST_USES(4, 11, a_root_without_a_graph_throws, "4.9", "4.10") {
  lab::cases(32, [](lab::Case& c) {
    const bool marked = c.input("the root is a leaf with gradient", c.coin());
    const Tensor root = c.shown("root", c.contiguous({}, DType::float64));
    if (marked) keep(root.set_requires_grad());
    const auto gradient = [&] {
      autograd::run_backward(root, {}, false);
      return gradient_of(root);
    };
    CHECK_OUTCOME("gradient", gradient(), [&] {
      if (!marked) throw AutogradError("no gradient asked for");
      return ones({}, DType::float64);
    }());
  });
}

// One of five inputs gets a gradient, or none does. Whose node comes first in the order is the student's decision.
TASK_TEST_USES(4, 11, a_node_without_a_gradient_is_left_out, "4.9", "4.10") {
  lab::cases(40, [](lab::Case& c) {
    const Tensor x = keep(leaf_of(c.input("x", c.contiguous({2}, DType::float64))));
    const bool stops = c.input("the consumer passes nothing on", c.coin());
    const auto open = static_cast<std::size_t>(c.input("only this input gets a gradient", c.integer(0, 4)));
    int calls_y = 0, calls_w = 0;
    const Tensor y = keep(scaled(x, 3.0, [&calls_y](const Tensor&) { ++calls_y; }));
    const Tensor w = keep(scaled(x, 5.0, [&calls_w](const Tensor&) { ++calls_w; }));
    Tensor z = keep(times(y, 1.0));
    const auto gate = [stops, open](const Tensor& grad, std::span<Tensor> grads, Node&) {
      if (!stops) grads[open] = grad;
    };
    autograd::record(z, {&y, &w, &y, &w, &y}, autograd::make_node("gate", gate));
    const Tensor upstream = c.input("upstream", c.contiguous({2}, DType::float64));
    autograd::run_backward(z, upstream, false);
    const bool to_w = open % 2 == 1;
    CHECK_SAME("runs of the producers", (std::pair(calls_y, calls_w)),
               (stops ? std::pair(0, 0) : std::pair(to_w ? 0 : 1, to_w ? 1 : 0)));
    CHECK_SAME("x has a gradient", x.grad().defined(), !stops);
    CHECK_SAME("dx", gradient_of(x), times(upstream, stops ? 0.0 : to_w ? 5.0 : 3.0));
  });
}

// Grad mode is off while nodes run, and on for create_graph. Afterwards it is as before, even after an exception.
TASK_TEST_USES(4, 11, the_grad_mode_of_a_run, "4.9", "4.10") {
  lab::cases(40, [](lab::Case& c) {
    const ModeOnAgain again;
    const bool before = c.input("grad mode before", c.coin()), create = c.input("create_graph", c.coin());
    const bool throws = c.input("a node throws", c.coin());
    const Tensor x = keep(leaf({c.integer(1, 3)}));
    std::vector<int> modes;
    const auto note = [&](const Tensor&) {
      modes.push_back(GradMode::enabled() ? 1 : 0);
      if (throws && modes.size() == 2) throw ValueError("a node that fails");
    };
    const Tensor root = keep(scaled(scaled(x, 2.0, note), 3.0, note));
    const auto outcome = [&] {
      autograd::run_backward(root, zeros(x.sizes(), DType::float64), true, create);
      return true;
    };
    GradMode::set(before);
    CHECK_OUTCOME("the run ends", outcome(), throws ? throw ValueError("") : true);
    const bool after = GradMode::enabled();
    GradMode::set(true);
    CHECK_SAME("modes in the nodes", modes, std::vector<int>(2, create ? 1 : 0));
    CHECK_SAME("grad mode after", after, before);
  });
}

// The pending gradients of a failed run must be dropped. They must not be added to those of the next run.
TASK_TEST_USES(4, 11, a_run_that_failed_leaves_nothing_behind, "4.9", "4.10") {
  lab::cases(32, [](lab::Case& c) {
    const ModeOnAgain again;
    const Tensor x = keep(leaf_of(c.input("x", c.contiguous({2}, DType::float64))));
    bool fails = c.input("the first run fails", c.coin());
    const auto gate = [&fails](const Tensor&) {
      if (fails) throw ValueError("a node that fails");
    };
    const Tensor a = scaled(x, 2.0, unseen), b = scaled(x, 3.0, gate);
    const bool turned = c.coin();
    const Tensor root = keep(turned ? added(a, b, unseen) : added(b, a, unseen));
    const Tensor upstream = c.input("upstream", c.contiguous({2}, DType::float64));
    const bool failed = fails;
    const auto first = [&] {
      autograd::run_backward(root, upstream, true);
      return true;
    };
    CHECK_OUTCOME("the first run ends", first(), failed ? throw ValueError("") : true);
    fails = false;
    x.set_grad({});
    autograd::run_backward(root, upstream, true);
    CHECK_SAME("dx of the second run", gradient_of(x), times(upstream, 5.0));
  });
}

TASK_TEST_USES(4, 11, the_upstream_is_not_the_leaf_s_gradient, "4.9", "4.10") {
  lab::cases(32, [](lab::Case& c) {
    const Tensor x = keep(leaf({c.integer(1, 3)}));
    const Tensor upstream = c.input("upstream", c.contiguous(x.sizes(), DType::float64));
    for (int i = 0; i < 2; ++i) autograd::run_backward(x, upstream, false);
    CHECK_SAME("gradient", gradient_of(x), times(upstream, 2.0));
    CHECK_SAME("upstream", upstream, times(gradient_of(x), 0.5));
  });
}

TASK_TEST_USES(4, 11, a_chain_of_100000_nodes_runs_on_a_small_stack, "4.9", "4.10") {
  lab::cases(1, [](lab::Case& c) {
    const std::int64_t length = c.input("nodes", c.integer(100'000, 101'000));
    const Tensor x = keep(leaf({}));
    on_small_stack([&] {
      Tensor y = x;
      for (std::int64_t i = 0; i < length; ++i) y = y + x;
      autograd::run_backward(keep(y), {}, true);
    });
    CHECK_SAME("dx", gradient_of(x), full({}, static_cast<double>(length + 1), DType::float64));
  });
}

// d2(x^n)/dx2 = n (n - 1) x^(n - 2): the gradient of a gradient, through the VJPs of this lab.
TASK_TEST_USES(4, 11, gradients_have_gradients, "4.2", "4.3", "4.9", "4.10") {
  lab::cases(32, [](lab::Case& c) {
    const ModeOnAgain again;
    const std::int64_t n = c.input("n", c.integer(2, 4));
    const Tensor x = keep(leaf_of(c.input("x", c.contiguous({2}, DType::float64))));
    Tensor y = x;
    for (std::int64_t k = 1; k < n; ++k) y = y * x;
    const Tensor all = ones({2}, DType::float64);
    autograd::run_backward(keep(y), all, true, true);
    const Tensor slope = keep(x.grad());
    CHECK_SAME("the gradient requires a gradient", slope.requires_grad(), true);
    x.set_grad({});
    if (slope.requires_grad()) autograd::run_backward(slope, all, true);
    CHECK_SAME("second derivative", gradient_of(x), make({2}, DType::float64, [&](const Shape& i) {
                 return static_cast<double>(n * (n - 1)) * std::pow(lab::at(x, i), static_cast<double>(n - 2));
               }));
  });
}

}  // namespace tinytorch
