#pragma once

// Graphs for the tests of the engine. The nodes are the tests' own: they call no VJP of this lab.

#include "modules/04_autograd/tests/oracle.hpp"
#include "src/course/holes.hpp"
#include "tinytorch/core/autograd.hpp"

#include <exception>
#include <memory>
#include <thread>
#include <utility>

#include <pthread.h>

namespace tinytorch {
namespace {

using autograd::Node;
using autograd::NodePtr;

/// Keeps nodes alive to the end of the program. Releasing a graph is a task of its own (release_graph), and tests of
/// other tasks must not need it.
inline Tensor keep(const Tensor& x) {
  static auto* const kept = new std::vector<Tensor>;
  kept->push_back(x);
  return x;
}
inline NodePtr keep(const NodePtr& node) {
  static auto* const kept = new std::vector<NodePtr>;
  kept->push_back(node);
  return node;
}

/// A leaf of float64 zeros.
inline Tensor leaf(const Shape& sizes) { return zeros(sizes, DType::float64).set_requires_grad(); }
/// A leaf with these values.
inline Tensor leaf_of(const Tensor& values) { return values.detach().set_requires_grad(); }

/// Turns grad mode on again when a test ends, whatever happened in it, so that the next test is not affected.
struct ModeOnAgain {
  ~ModeOnAgain() {
    try {
      if (!GradMode::enabled()) GradMode::set(true);
    } catch (const NotImplemented&) {
      // The hole was reported when it was reached. A destructor must not throw while another exception is thrown.
    }
  }
};

/// Counts its copies. A node holds one in its function, and drops it with everything that it saved.
using Token = std::shared_ptr<int>;
inline Token token() { return std::make_shared<int>(0); }
inline std::int64_t held(const Token& token) { return token.use_count() - 1; }

/// Runs `body` on a thread with a stack of 1 MiB. Rethrows what it throws.
template <class F>
inline void on_small_stack(F body) {
  struct Job {
    F* body;
    std::exception_ptr error;
  } job{&body, nullptr};
  const auto run = [](void* argument) -> void* {
    Job& mine = *static_cast<Job*>(argument);
    try {
      (*mine.body)();
    } catch (...) {
      mine.error = std::current_exception();
    }
    return nullptr;
  };
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, std::size_t{1} << 20);
  pthread_t thread;
  if (pthread_create(&thread, &attributes, run, &job) != 0) throw Error("[on_small_stack] no thread");
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
  if (job.error) std::rethrow_exception(job.error);
}

/// The product of two numbers, element by element, on tensors without gradients.
inline Tensor times(const Tensor& x, double factor) {
  return make(x.sizes(), x.dtype(), [&](const Shape& i) { return factor * lab::at(x, i); });
}

/// factor * x. Its node calls seen(grad) when it runs.
template <class F>
inline Tensor scaled(const Tensor& x, double factor, F seen) {
  Tensor y = times(x, factor);
  autograd::record(y, {&x},
                   autograd::make_node("scaled", [factor, seen](const Tensor& grad, std::span<Tensor> grads, Node&) {
                     seen(grad);
                     grads[0] = times(grad, factor);
                   }));
  return y;
}

/// x + y. Both get the incoming gradient itself, not a copy, as in the library's addition.
template <class F>
inline Tensor added(const Tensor& x, const Tensor& y, F seen) {
  Tensor z = make(x.sizes(), x.dtype(), [&](const Shape& i) { return lab::at(x, i) + lab::at(y, i); });
  autograd::record(z, {&x, &y},
                   autograd::make_node("added", [seen](const Tensor& grad, std::span<Tensor> grads, Node&) {
                     seen(grad);
                     grads[0] = grads[1] = grad;
                   }));
  return z;
}

/// x * y. Its node saves x and y.
template <class F>
inline Tensor multiplied(const Tensor& x, const Tensor& y, F seen) {
  const auto product = [](const Tensor& a, const Tensor& b) {
    return make(a.sizes(), a.dtype(), [&](const Shape& i) { return lab::at(a, i) * lab::at(b, i); });
  };
  Tensor z = product(x, y);
  autograd::record(z, {&x, &y},
                   autograd::make_node("multiplied", [seen, product, x = autograd::Saved(x), y = autograd::Saved(y)](
                                                         const Tensor& grad, std::span<Tensor> grads, Node&) {
                     seen(grad);
                     grads[0] = product(grad, y.get("multiplied"));
                     grads[1] = product(grad, x.get("multiplied"));
                   }));
  return z;
}

/// For nodes whose gradient no test looks at.
inline void unseen(const Tensor&) {}

}  // namespace
}  // namespace tinytorch
