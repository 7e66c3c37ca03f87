#pragma once

// For the oracles of this lab: row-major parameters, and updates and steps in plain double arithmetic. Also an
// optimiser, a model and a loader of the tests' own, so that no test needs another task. Everything has internal
// linkage, so code under test cannot call it.

#include "modules/04_autograd/tests/oracle.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/random.hpp"
#include "tinytorch/nn/module.hpp"
#include "tinytorch/optim/loop.hpp"

#include <bit>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace tinytorch {
namespace {

using Numbers = std::vector<double>;

/// Real numbers in [lo, hi), row-major.
inline Tensor row_major(lab::Case& c, const Shape& sizes, DType dtype, double lo = -1.0, double hi = 1.0) {
  return make(sizes, dtype, [&](const Shape&) { return c.real(lo, hi); });
}

inline Tensor tensor_of(const Numbers& numbers, const Shape& sizes) {
  std::size_t cell = 0;
  return make(sizes, DType::float64, [&](const Shape&) { return numbers[cell++]; });
}

/// A leaf for an optimiser, with a gradient or without.
inline Tensor parameter_of(const Tensor& values, const Tensor& gradient = Tensor()) {
  const Tensor leaf = copied(values).set_requires_grad();
  if (gradient.defined()) leaf.set_grad(gradient);
  return leaf;
}

/// The calls of update that an optimiser got, in order.
struct Update {
  std::size_t slot, group;
  Numbers before, gradient;
  bool recorded;
};
inline lab::Value to_value(const Update& update) {
  return lab::record({{"slot", static_cast<std::int64_t>(update.slot)},
                      {"group", static_cast<std::int64_t>(update.group)},
                      {"parameter", update.before},
                      {"gradient", update.gradient},
                      {"recorded", update.recorded}});
}

/// p -= lr g, in a loop. As its state, `trace` holds the sum of the moves of each float64 parameter.
class Plain : public optim::Optimizer {
 public:
  explicit Plain(std::vector<std::vector<Tensor>> groups, double rate = 0.1)
      : Optimizer(std::move(groups)), rates_(group_count(), rate) {
    for (const Tensor& parameter : parameters()) trace.push_back(zeros(parameter.sizes(), parameter.dtype()));
  }

  double lr(std::size_t group) const override { return rates_.at(group); }
  using Optimizer::set_lr;
  void set_lr(std::size_t group, double rate) override { rates_.at(group) = rate; }
  double momentum(std::size_t) const override { throw ValueError("[plain] no momentum"); }
  void set_momentum(std::size_t, double) override { throw ValueError("[plain] no momentum"); }

  StateDict state_dict() const override {
    StateDict state;
    for (std::size_t i = 0; i < trace.size(); ++i) state.push_back({std::to_string(i) + ".trace", trace[i]});
    for (std::size_t i = 0; i < rates_.size(); ++i) {
      state.push_back({"groups." + std::to_string(i) + ".lr", scalar(rates_[i], DType::float64)});
    }
    return state;
  }
  void load_state_dict(const StateDict& state) override {
    if (state.size() != trace.size() + rates_.size()) throw ValueError("[plain] other names");
    for (std::size_t i = 0; i < trace.size(); ++i) trace[i] = copied(state[i].value);
    for (std::size_t i = 0; i < rates_.size(); ++i) rates_[i] = state[trace.size() + i].value.item<double>();
  }

  std::vector<Tensor> trace;
  std::vector<Update> updates;
  std::int64_t calls = 0;
  bool quiet = false;           ///< only counts, and allocates nothing
  std::int64_t throws_at = -1;  ///< the update that fails

 protected:
  void update(Tensor& parameter, const Tensor& gradient, std::size_t slot, std::size_t group) override {
    ++calls;
    if (quiet) return;
    if (static_cast<std::int64_t>(updates.size()) == throws_at) throw ValueError("[plain] on order");
    updates.push_back({slot, group, lab::values(parameter), lab::values(gradient), GradMode::enabled()});
    if (parameter.dtype() != DType::float64) return;
    const Numbers step = lab::values(gradient);
    for (std::size_t i = 0; i < step.size(); ++i) {
      parameter.data<double>()[i] -= rates_[group] * step[i];
      trace[slot].data<double>()[i] += rates_[group] * step[i];
    }
  }

 private:
  std::vector<double> rates_;
};

/// y = x w + b: x (N, I), w (I, 1), b (1), float64. Records its calls.
class Line : public nn::Module {
 public:
  explicit Line(const Numbers& weights, double bias = 0.0)
      : w(parameter_of(tensor_of(weights, {static_cast<std::int64_t>(weights.size()), 1}))),
        b(parameter_of(tensor_of({bias}, {1}))) {}

  Tensor forward(const Tensor& x) override {
    training.push_back(is_training());
    recording.push_back(GradMode::enabled());
    graded.push_back(w.grad().defined());
    bytes.push_back(memory::stats().active);
    return matmul(x, w) + b;
  }
  void members(nn::MemberVisitor& visit) override {
    visit.parameter("w", w);
    visit.parameter("b", b);
  }

  /// The weights, then the bias.
  Numbers numbers() const {
    Numbers all = lab::values(w);
    all.push_back(lab::at(b, {0}));
    return all;
  }

  Tensor w, b;
  std::vector<bool> training, recording;
  std::vector<bool> graded;         ///< whether w had a gradient when forward began
  std::vector<std::int64_t> bytes;  ///< held by tensors when forward began
};

/// Mean squared difference.
inline Tensor squared_error(const Tensor& outputs, const Tensor& targets) {
  const Tensor difference = outputs - targets;
  return mean(difference * difference);
}

/// One step of the line with squared error, from `at` (weights, then bias): the loss before the step, and the gradient.
struct LineStep {
  double loss = 0.0;
  Numbers gradient;
};
inline LineStep line_step(const Numbers& at, const Tensor& x, const Tensor& t) {
  LineStep step{0.0, Numbers(at.size(), 0.0)};
  const std::int64_t rows = x.sizes()[0], in = x.sizes()[1];
  for (std::int64_t n = 0; n < rows; ++n) {
    double difference = at.back() - lab::at(t, {n, 0});
    for (std::int64_t i = 0; i < in; ++i) difference += at[static_cast<std::size_t>(i)] * lab::at(x, {n, i});
    const double share = 2.0 * difference / static_cast<double>(rows);
    for (std::int64_t i = 0; i < in; ++i) step.gradient[static_cast<std::size_t>(i)] += share * lab::at(x, {n, i});
    step.gradient.back() += share;
    step.loss += difference * difference / static_cast<double>(rows);
  }
  return step;
}

inline double norm_of(const Numbers& numbers) {
  double squares = 0.0;
  for (const double number : numbers) squares += number * number;
  return std::sqrt(squares);
}

/// `at` after one step of SGD with rate lr. The gradient is clipped to max_norm.
inline Numbers stepped(Numbers at, const Numbers& gradient, double lr,
                       double max_norm = std::numeric_limits<double>::infinity()) {
  const double norm = norm_of(gradient), factor = norm > max_norm ? max_norm / norm : 1.0;
  for (std::size_t i = 0; i < at.size(); ++i) at[i] -= lr * factor * gradient[i];
  return at;
}

/// Rows [from, to) of a tensor (N, M), in memory of their own.
inline Tensor rows_of(const Tensor& x, std::int64_t from, std::int64_t to) {
  return make({to - from, x.sizes()[1]}, x.dtype(), [&](const Shape& index) {
    return lab::at(x, {from + index[0], index[1]});
  });
}

/// A line inside a module inside a module, and beside the innermost module the same one again:
///     net { shared, middle { shared, line } }
class Nested : public nn::Module {
 public:
  explicit Nested(const Numbers& weights) : middle(weights) { middle.shared = &shared; }

  Tensor forward(const Tensor& x) override { return middle.forward(x); }
  void members(nn::MemberVisitor& visit) override {
    visit.child("shared", shared);
    visit.child("middle", middle);
  }

  /// Which modules are in training mode: net, shared, middle, line.
  std::vector<bool> modes() const {
    return {is_training(), shared.is_training(), middle.is_training(), middle.line.is_training()};
  }
  /// Sets each of them alone.
  void set_modes(const std::vector<bool>& modes) {
    train(modes[0]);
    middle.train(modes[2]);
    shared.train(modes[1]);
    middle.line.train(modes[3]);
  }

  struct Empty : nn::Module {};
  struct Middle : nn::Module {
    explicit Middle(const Numbers& weights) : line(weights) {}
    Tensor forward(const Tensor& x) override {
      seen.push_back(is_training());
      shared_seen.push_back(shared->is_training());
      return line.forward(x);
    }
    void members(nn::MemberVisitor& visit) override {
      visit.child("shared", *shared);
      visit.child("line", line);
    }
    Line line;
    Empty* shared = nullptr;
    std::vector<bool> seen, shared_seen;  ///< training modes in each forward
  };

  Empty shared;
  Middle middle;
};

/// Random training modes of net, shared, middle and line.
inline std::vector<bool> some_modes(lab::Case& c) {
  std::vector<bool> modes;
  for (int k = 0; k < 4; ++k) modes.push_back(c.coin());
  return c.input("training modes of net, shared, middle, line", modes);
}

/// Gives the same batches in the same order in each epoch. Records which epochs begin and how many batches are loaded.
class ListLoader : public data::Loader {
 public:
  explicit ListLoader(std::vector<data::Batch> all) : all_(std::move(all)) {}

  void begin_epoch(std::int64_t epoch) override { seek({epoch, 0}); }
  std::optional<data::Batch> next() override {
    if (at_.next == throws_at) throw ValueError("[list_loader] on order");
    if (at_.next >= batches()) return std::nullopt;
    ++loaded;
    const data::Batch& batch = all_[static_cast<std::size_t>(at_.next++)];
    if (!makes_copies) return batch;
    return data::Batch{copied(batch.inputs), copied(batch.targets)};
  }
  std::int64_t batches() const override { return static_cast<std::int64_t>(all_.size()); }
  std::int64_t examples() const override {
    std::int64_t count = 0;
    for (const data::Batch& batch : all_) count += batch.size();
    return count;
  }
  data::LoaderPosition position() const override { return at_; }
  void seek(const data::LoaderPosition& position) override {
    at_ = position;
    begun.push_back(position.epoch);
  }

  const std::vector<data::Batch>& all() const { return all_; }

  std::vector<std::int64_t> begun;
  std::int64_t throws_at = -1, loaded = 0;
  bool makes_copies = false;  ///< each batch is in memory of its own, as from a file

 private:
  std::vector<data::Batch> all_;
  data::LoaderPosition at_;
};

/// n positive sizes that add up to `total`, in any order: 5, 3, 1.
inline std::vector<std::int64_t> unequal_parts(lab::Case& c, std::int64_t total, std::int64_t parts) {
  std::vector<std::int64_t> sizes;
  for (; parts > 1; --parts) {
    const std::int64_t size = c.integer(1, total - parts + 1);
    sizes.push_back(size);
    total -= size;
  }
  sizes.push_back(total);
  return sizes;
}

/// x and t cut into batches of these sizes.
inline std::vector<data::Batch> cut(const Tensor& x, const Tensor& t, const std::vector<std::int64_t>& sizes) {
  std::vector<data::Batch> batches;
  std::int64_t from = 0;
  for (const std::int64_t size : sizes) {
    batches.push_back({rows_of(x, from, from + size), rows_of(t, from, from + size)});
    from += size;
  }
  return batches;
}

/// The words of its state, and whether it has kept a normal number.
inline std::vector<std::int64_t> words_of(const Generator& generator) {
  const Generator::State& state = generator.state();
  std::vector<std::int64_t> words;
  for (const std::uint64_t word : state.words) words.push_back(std::bit_cast<std::int64_t>(word));
  words.push_back(state.has_kept_normal);
  return words;
}

inline Numbers some_numbers(lab::Case& c, std::int64_t count, double lo = -1.0, double hi = 1.0) {
  Numbers numbers;
  for (; count > 0; --count) numbers.push_back(c.real(lo, hi));
  return numbers;
}

}  // namespace
}  // namespace tinytorch
