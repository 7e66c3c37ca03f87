// Task 4.11, steps "free as you go" and "release": how long a graph holds its tensors and nodes.

#include "modules/04_autograd/tests/nodes.hpp"
#include "src/course/holes.hpp"

#include <memory>
#include <utility>

namespace tinytorch {
namespace {

// Scales x by 1, `length` times. Each node holds a copy of `mark`, and when it runs it records how many copies exist.
Tensor chain(Tensor x, std::int64_t length, const Token& mark, std::vector<std::int64_t>* notes) {
  for (std::int64_t i = 0; i < length; ++i) {
    x = scaled(x, 1.0, [mark, notes](const Tensor&) {
      if (notes != nullptr) notes->push_back(mark.use_count() - 1);
    });
  }
  return x;
}

// `length` nodes, each with an edge to the node before and a copy of `mark`. With `saving` each node also keeps its
// input, and so owns the node before in two ways.
Tensor plain_chain(const Tensor& start, std::int64_t length, const Token& mark, bool saving) {
  Tensor x = start;
  for (std::int64_t i = 0; i < length; ++i) {
    Tensor y = x.detach();
    const autograd::Saved saved(saving ? x : Tensor());
    autograd::record(y, {&x},
                     autograd::make_node("plain", [mark, saved](const Tensor& grad, std::span<Tensor> grads, Node&) {
                       grads[0] = grad;
                     }));
    x = y;
  }
  return x;
}

// Releases another graph in its destructor.
struct Owner {
  explicit Owner(Tensor graph) : held(std::move(graph)) {}
  Tensor held;
};

// Its destructor makes and releases a graph of `length` nodes on another thread. `left` counts the nodes still alive.
struct Intruder {
  std::int64_t length = 0;
  std::int64_t* left = nullptr;

  ~Intruder() {
    try {
      on_small_stack([this] {
        const Token mark = token();
        Tensor root = plain_chain(leaf({}), length, mark, false);
        root = Tensor();
        *left = held(mark);
      });
    } catch (const NotImplemented&) {
      // A hole was reached, and was reported there. A destructor must not throw.
    }
  }
};

}  // namespace

// ---- step: free as you go ----

TASK_TEST_USES(4, 11, a_node_s_saved_tensors_go_before_the_next_node_runs, "4.9", "4.10") {
  lab::cases(32, [](lab::Case& c) {
    const std::int64_t length = c.input("nodes", c.integer(1, 6));
    const bool retain = c.input("retain_graph", c.coin());
    const Token mark = token();
    std::vector<std::int64_t> notes;
    const Tensor root = keep(chain(keep(leaf({})), length, mark, &notes));
    autograd::run_backward(root, {}, retain);
    CHECK_SAME("nodes that still hold something, as each runs", notes, [&] {
      std::vector<std::int64_t> right;
      for (std::int64_t i = 0; i < length; ++i) right.push_back(retain ? length : length - i);
      return right;
    }());
    CHECK_SAME("nodes that hold something at the end", held(mark), retain ? length : 0);
  });
}

TASK_TEST_USES(4, 11, create_graph_keeps_the_graph, "4.9", "4.10") {
  lab::cases(32, [](lab::Case& c) {
    const std::int64_t length = c.input("nodes", c.integer(1, 6));
    const bool create = c.input("create_graph", c.coin());
    const Token mark = token();
    const Tensor root = keep(chain(keep(leaf({})), length, mark, nullptr));
    autograd::run_backward(root, {}, false, create);
    CHECK_SAME("nodes that hold something at the end", held(mark), create ? length : 0);
  });
}

TASK_TEST_USES(4, 11, gradients_on_their_way_take_few_bytes, "4.9", "4.10") {
  lab::cases(4, [](lab::Case& c) {
    const std::int64_t length = c.input("nodes", c.integer(20, 40)), count = c.input("elements", c.integer(500, 1000));
    const bool retain = c.input("retain_graph", c.coin());
    const Tensor root = keep(chain(keep(leaf({count})), length, token(), nullptr));
    Tensor upstream = ones({count}, DType::float64);
    memory::reset_peak();
    const std::int64_t before = memory::stats().active;
    autograd::run_backward(root, std::move(upstream), retain);
    const std::int64_t grown = memory::stats().peak - before;
    CHECK_RELATION("bytes at the peak", grown, <=, 4 * 8 * count);
  });
}

TASK_TEST_USES(4, 11, after_the_run_only_leaf_gradients_are_left, "4.9", "4.10") {
  lab::cases(32, [](lab::Case& c) {
    const std::int64_t count = c.input("elements", c.integer(1, 100));
    const bool retain = c.input("retain_graph", c.coin());
    const Tensor x = keep(leaf({count}));
    const std::int64_t before = memory::stats().active;
    Tensor root = keep(scaled(x, 1.0, unseen));
    for (std::int64_t i = c.integer(1, 4); i > 0; --i) root = keep(multiplied(root, root, unseen));
    const std::int64_t outputs = memory::stats().active - before;
    autograd::run_backward(root, ones({count}, DType::float64), retain);
    CHECK_SAME("new bytes", memory::stats().active - before - outputs, 8 * count);
  });
}

// ---- step: release ----

TASK_TEST_USES(4, 11, a_graph_that_nobody_holds_gives_everything_back, "4.9") {
  lab::cases(32, [](lab::Case& c) {
    const std::int64_t length = c.input("nodes", c.integer(1, 9));
    const bool saving = c.input("nodes save their inputs", c.coin()), kept = c.input("somebody holds it", c.coin());
    const Token mark = token();
    Tensor root = plain_chain(leaf({}), length, mark, saving);
    const Tensor holder = kept ? root : Tensor();
    root = Tensor();
    CHECK_SAME("nodes that are left", held(mark), kept ? length : 0);
  });
}

TASK_TEST_USES(4, 11, what_another_root_needs_stays, "4.9") {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t trunk = c.input("common nodes", c.integer(1, 4));
    const std::int64_t left = c.input("nodes of one branch", c.integer(1, 4));
    const std::int64_t right = c.input("nodes of the other branch", c.integer(1, 4));
    const Token mark = token();
    Tensor stem = plain_chain(leaf({}), trunk, mark, false);
    Tensor one = plain_chain(stem, left, mark, c.coin()), other = plain_chain(stem, right, mark, false);
    stem = Tensor();
    std::vector<std::int64_t> alive{held(mark)};
    one = Tensor();
    alive.push_back(held(mark));
    other = Tensor();
    alive.push_back(held(mark));
    CHECK_SAME("nodes, before, without the one, without both", alive,
               std::vector<std::int64_t>{trunk + left + right, trunk + right, 0});
  });
}

// Every other node also saves its input.
TASK_TEST_USES(4, 11, a_chain_of_100000_nodes_is_released_on_a_small_stack, "4.9") {
  lab::cases(1, [](lab::Case& c) {
    const std::int64_t length = c.input("nodes", c.integer(100'000, 101'000));
    const Token mark = token();
    std::int64_t before = 0;
    on_small_stack([&] {
      Tensor root = leaf({});
      for (std::int64_t i = 0; i < length; ++i) root = plain_chain(root, 1, mark, i % 2 == 1);
      before = held(mark);
    });
    CHECK_SAME("nodes before", before, length);
    CHECK_SAME("nodes that are left", held(mark), 0);
  });
}

// A saved tensor may own a graph of its own.
TASK_TEST_USES(4, 11, a_graph_inside_a_graph_is_released, "4.9") {
  lab::cases(32, [](lab::Case& c) {
    const std::int64_t length = c.input("nodes of each graph", c.integer(1, 5)),
                       graphs = c.input("graphs", c.integer(2, 6));
    const Token mark = token();
    Tensor outer = plain_chain(leaf({}), length, mark, false);
    for (std::int64_t i = 1; i < graphs; ++i) {
      const Tensor x = leaf({});
      Tensor y = x.detach();
      autograd::record(
          y, {&x},
          autograd::make_node("owner", [mine = std::make_shared<Owner>(std::move(outer))](
                                           const Tensor& grad, std::span<Tensor> grads, Node&) { grads[0] = grad; }));
      outer = plain_chain(y, length, mark, false);
    }
    const std::int64_t before = held(mark);
    outer = Tensor();
    CHECK_SAME("nodes before", before, graphs * length);
    CHECK_SAME("nodes that are left", held(mark), 0);
  });
}

// While one thread is releasing a graph, another thread must be able to release its own.
TASK_TEST_USES(4, 11, each_thread_releases_its_own, "4.9") {
  lab::cases(32, [](lab::Case& c) {
    const std::int64_t length = c.input("nodes on the other thread", c.integer(1, 5));
    const std::int64_t here = c.input("nodes on this thread", c.integer(1, 3));
    std::int64_t left = -1;
    {
      auto intruder = std::make_shared<Intruder>();
      intruder->length = length;
      intruder->left = &left;
      const Tensor x = leaf({});
      Tensor y = x.detach();
      autograd::record(
          y, {&x},
          autograd::make_node("intruder", [mine = std::move(intruder)](const Tensor& grad, std::span<Tensor> grads,
                                                                       Node&) { grads[0] = grad; }));
      y = plain_chain(y, here, token(), false);
    }
    CHECK_SAME("nodes left there while this thread was at it", left, 0);
  });
}

}  // namespace tinytorch
