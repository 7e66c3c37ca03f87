// Task 4.9: GradMode::set and record.

#include "modules/04_autograd/tests/nodes.hpp"

#include <algorithm>
#include <string>

namespace tinytorch {
namespace {

NodePtr any_node() {
  return keep(autograd::make_node("any", [](const Tensor&, std::span<Tensor>, Node&) {}));
}

// Random tensors: some require a gradient, some do not, some are undefined. With `sure`, one at least requires one. All
// are kept alive.
std::vector<Tensor> any_inputs(lab::Case& c, std::int64_t count, bool sure) {
  std::vector<std::string> kinds;
  for (std::int64_t i = 0; i < count; ++i) kinds.emplace_back(c.pick({"gradient", "plain", "undefined"}));
  if (sure) kinds[static_cast<std::size_t>(c.integer(0, count - 1))] = "gradient";
  std::vector<Tensor> inputs;
  std::string text;
  for (const std::string& kind : kinds) {
    inputs.push_back(kind == "undefined" ? Tensor() : zeros({2}));
    if (kind == "gradient") keep(inputs.back().set_requires_grad());
    text += (text.empty() ? "" : ", ") + kind;
  }
  c.input("inputs", text);
  return inputs;
}

bool wants_gradient(const Tensor& x) { return x.defined() && x.requires_grad(); }

// Calls record() for a new tensor, with all the inputs.
Tensor recorded(const std::vector<Tensor>& in, const NodePtr& node) {
  Tensor out = keep(ones({2}));
  if (in.size() == 1) autograd::record(out, {&in[0]}, node);
  if (in.size() == 2) autograd::record(out, {&in[0], &in[1]}, node);
  if (in.size() == 3) autograd::record(out, {&in[0], &in[1], &in[2]}, node);
  if (in.size() == 4) autograd::record(out, {&in[0], &in[1], &in[2], &in[3]}, node);
  return out;
}

}  // namespace

TASK_TEST(4, 9, set_returns_the_mode_before) {
  lab::cases(32, [](lab::Case& c) {
    const ModeOnAgain again;
    std::vector<bool> wanted, expected;
    for (std::int64_t i = c.integer(1, 6); i > 0; --i) wanted.push_back(c.coin());
    c.input("modes", std::vector<int>(wanted.begin(), wanted.end()));
    std::vector<int> returned, modes;
    for (const bool on : wanted) {
      returned.push_back(GradMode::set(on) ? 1 : 0);
      modes.push_back(GradMode::enabled() ? 1 : 0);
    }
    CHECK_SAME("modes before", returned, [&] {
      std::vector<int> before(wanted.begin(), wanted.end());
      before.insert(before.begin(), 1);
      before.pop_back();
      return before;
    }());
    CHECK_SAME("modes after", modes, std::vector<int>(wanted.begin(), wanted.end()));
  });
}

TASK_TEST(4, 9, the_mode_belongs_to_the_thread) {
  lab::cases(32, [](lab::Case& c) {
    const ModeOnAgain again;
    const bool here = c.input("mode on this thread", c.coin()), there = c.input("mode on the other", c.coin());
    GradMode::set(here);
    bool at_first = false, returned = false, later = false;
    on_small_stack([&] {
      at_first = GradMode::enabled();
      returned = GradMode::set(there);
      later = GradMode::enabled();
    });
    CHECK_SAME("a new thread begins with", at_first, true);
    CHECK_SAME("the mode there before", returned, true);
    CHECK_SAME("the mode there", later, there);
    CHECK_SAME("the mode here", GradMode::enabled(), here);
  });
}

TASK_TEST(4, 9, scopes_of_no_grad_nest) {
  lab::cases(32, [](lab::Case& c) {
    const ModeOnAgain again;
    const bool inner_on = c.input("the inner scope turns recording on", c.coin());
    const bool throws = c.input("an exception ends both", c.coin());
    std::vector<int> modes;
    try {
      const NoGrad outer;
      if (inner_on) {
        const EnableGrad inner;
        modes.push_back(GradMode::enabled() ? 1 : 0);
      } else {
        const NoGrad inner;
        modes.push_back(GradMode::enabled() ? 1 : 0);
      }
      modes.push_back(GradMode::enabled() ? 1 : 0);
      if (throws) throw ValueError("out of both");
    } catch (const ValueError&) {
    }
    modes.push_back(GradMode::enabled() ? 1 : 0);
    CHECK_SAME("modes inside, between, after", modes, std::vector<int>{inner_on ? 1 : 0, 0, 1});
  });
}

TASK_TEST(4, 9, record_gives_the_node_an_edge_for_each_input) {
  lab::cases(40, [](lab::Case& c) {
    const std::vector<Tensor> inputs = any_inputs(c, c.integer(1, 4), true);
    const NodePtr node = any_node();
    recorded(inputs, node);
    std::vector<int> edges;
    for (std::size_t i = 0; i < node->edges().size(); ++i) {
      const Node* const made_by =
          i < inputs.size() && wants_gradient(inputs[i]) ? autograd::node_of(inputs[i]).get() : nullptr;
      edges.push_back(node->edges()[i].get() != made_by ? -1 : made_by == nullptr ? 0 : 1);
    }
    CHECK_SAME("edges (1: the input's node, 0: none, -1: wrong)", edges, [&] {
      std::vector<int> right;
      for (const Tensor& input : inputs) right.push_back(wants_gradient(input) ? 1 : 0);
      return right;
    }());
  });
}

TASK_TEST(4, 9, the_result_has_the_node_if_an_input_requires_a_gradient) {
  lab::cases(40, [](lab::Case& c) {
    const std::vector<Tensor> inputs = any_inputs(c, c.integer(1, 4), false);
    const NodePtr node = any_node();
    const Tensor out = recorded(inputs, node);
    const bool wanted = std::any_of(inputs.begin(), inputs.end(), wants_gradient);
    CHECK_SAME("out requires a gradient", out.requires_grad(), wanted);
    CHECK_SAME("out was made by the node", autograd::node_of(out).get() == node.get(), wanted);
    CHECK_SAME("edges", node->edges().size(), wanted ? inputs.size() : 0);
  });
}

TASK_TEST(4, 9, nothing_is_recorded_while_grad_mode_is_off) {
  lab::cases(32, [](lab::Case& c) {
    const ModeOnAgain again;
    const bool on = c.input("grad mode", c.coin());
    const std::vector<Tensor> inputs{keep(zeros({2}).set_requires_grad())};
    const NodePtr node = any_node();
    GradMode::set(on);
    const Tensor out = recorded(inputs, node);
    GradMode::set(true);
    CHECK_SAME("out requires a gradient", out.requires_grad(), on);
  });
}

}  // namespace tinytorch
