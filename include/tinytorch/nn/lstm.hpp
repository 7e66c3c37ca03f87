#pragma once

#include "tinytorch/core/ops.hpp"
#include "tinytorch/nn/dropout.hpp"
#include "tinytorch/nn/init.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/nn/module.hpp"

#include <algorithm>
#include <cmath>
#include <concepts>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// Long short-term memory, with the gates in libtorch's order. Source: Hochreiter and Schmidhuber, "Long short-term
/// memory", 1997.
namespace tinytorch::nn {

/// What a recurrent layer keeps from step to step: hidden values and cells, (layers * directions, N, hidden) or without
/// N.
struct LSTMState {
  Tensor h;
  Tensor c;
};

struct LSTMOutput {
  Tensor output;  ///< (L, N, directions * hidden): the last layer's hidden values at each step
  LSTMState state;
};

struct LSTMOptions {
  std::int64_t num_layers = 1;
  bool bias = true;
  bool batch_first = false;  ///< (N, L, in) instead of (L, N, in)
  double dropout = 0.0;      ///< between the layers, in training
  bool bidirectional = false;
};

}  // namespace tinytorch::nn

namespace tinytorch::detail {

/// Names the parameters of a recurrent layer's cells as libtorch does: weight_ih_l0, ..., bias_hh_l1_reverse.
template <class Cell>
void visit_cells(nn::MemberVisitor& visit, std::vector<Cell>& cells, std::int64_t directions) {
  for (std::size_t k = 0; k < cells.size(); ++k) {
    const auto both = static_cast<std::size_t>(directions);
    const std::string end = "_l" + std::to_string(k / both) + (k % both == 1 ? "_reverse" : "");
    visit.parameter("weight_ih" + end, cells[k].weight_ih);
    visit.parameter("weight_hh" + end, cells[k].weight_hh);
    visit.parameter("bias_ih" + end, cells[k].bias_ih);
    visit.parameter("bias_hh" + end, cells[k].bias_hh);
  }
}

}  // namespace tinytorch::detail

namespace tinytorch::nn::functional {

/// One step: gates = x w_ih^T + b_ih + h w_hh^T + b_hh in the order i, f, g, o;
///     c' = sigmoid(f) c + sigmoid(i) tanh(g),   h' = sigmoid(o) tanh(c').
/// gates: (N, 4 H), c: (N, H) -> h', c' of (N, H).
inline LSTMState lstm_cell(const Tensor& gates, const Tensor& c) {
  const std::int64_t size = c.size(1);
  const auto part = [&](std::int64_t k) { return slice(gates, 1, k * size, (k + 1) * size); };
  Tensor next = sigmoid(part(1)) * c + sigmoid(part(0)) * tanh(part(2));
  Tensor h = sigmoid(part(3)) * tanh(next);
  return {std::move(h), std::move(next)};
}

}  // namespace tinytorch::nn::functional

namespace tinytorch::nn {

/// x: (L, N, in), or (N, L, in) with batch_first, or (L, in) -> the same with directions * hidden in place of in.
class LSTM : public Module, public PointerSyntax<LSTM> {
 public:
  /// All parameters are uniform in +-1 / sqrt(hidden), as in libtorch. They are drawn layer by layer, the forward
  /// direction before the reverse one, each as weight_ih, weight_hh, bias_ih, bias_hh. A seed for dropout is drawn
  /// last. Throws ValueError for sizes below 1.
  LSTM(std::int64_t in, std::int64_t hidden, Generator& generator, const LSTMOptions& layer = {})
      : in_(in), hidden_(hidden), options_(layer) {
    if (in < 1 || hidden < 1 || layer.num_layers < 1)
      throw ValueError(
          detail::text({"[lstm] sizes are 1 or more: input ", in, ", hidden ", hidden, ", layers ", layer.num_layers}));
    const double bound = 1.0 / std::sqrt(static_cast<double>(hidden));
    for (std::int64_t k = 0; k < layer.num_layers * directions(); ++k) {
      const std::int64_t below = k < directions() ? in : hidden * directions();
      Cell cell;
      cell.weight_ih = detail::uniform_parameter({4 * hidden, below}, bound, generator);
      cell.weight_hh = detail::uniform_parameter({4 * hidden, hidden}, bound, generator);
      if (layer.bias) cell.bias_ih = detail::uniform_parameter({4 * hidden}, bound, generator);
      if (layer.bias) cell.bias_hh = detail::uniform_parameter({4 * hidden}, bound, generator);
      cells.push_back(std::move(cell));
    }
    generator_ = Generator(generator.next());
  }

  /// The same from default_generator().
  LSTM(std::int64_t in, std::int64_t hidden, const LSTMOptions& layer = {})
      : LSTM(in, hidden, default_generator(), layer) {}
  /// Without parameters, until another layer is assigned.
  template <std::same_as<std::nullptr_t> Null>  // not for a 0
  explicit LSTM(Null) : in_(0), hidden_(0) {}

  /// Starts from zeros and returns the output alone.
  Tensor forward(const Tensor& x) override { return run(x, {}).output; }
  /// Starts from `state`; undefined tensors in it mean zeros. Throws ShapeError.
  LSTMOutput forward(const Tensor& x, const LSTMState& state) {
    LSTMOutput result = run(x, state);
    observe(x, result.output);
    return result;
  }

  /// weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, weight_ih_l0_reverse, ...
  void members(MemberVisitor& visit) override {
    detail::visit_cells(visit, cells, directions());
    visit.generator("generator", generator_);
  }
  std::shared_ptr<Module> clone() const override {
    Generator unused;
    return clone_into(new LSTM(in_, hidden_, unused, options_));
  }

  /// The parameters of one layer in one direction.
  struct Cell {
    Tensor weight_ih;  ///< (4 hidden, in)
    Tensor weight_hh;  ///< (4 hidden, hidden)
    Tensor bias_ih;    ///< (4 hidden), or undefined
    Tensor bias_hh;
  };
  std::vector<Cell> cells;  ///< layer by layer, forward before reverse

 private:
  using Steps = std::vector<Tensor>;

  std::int64_t directions() const { return options_.bidirectional ? 2 : 1; }
  LSTMOutput run(const Tensor& x, const LSTMState& state);
  LSTMState run_cell(const Cell& cell, const Steps& x, LSTMState state, bool reverse, Steps& outputs) const;
  LSTMState start(const Tensor& x, const LSTMState& given, std::int64_t batch) const;

  std::int64_t in_, hidden_;
  LSTMOptions options_;
  Generator generator_;
};

inline LSTMState LSTM::run_cell(const Cell& cell, const Steps& x, LSTMState state, bool reverse, Steps& outputs) const {
  outputs.resize(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t t = reverse ? x.size() - 1 - i : i;
    const Tensor gates = functional::linear(x[t], cell.weight_ih, cell.bias_ih) +
                         functional::linear(state.h, cell.weight_hh, cell.bias_hh);
    state = functional::lstm_cell(gates, state.c);
    outputs[t] = state.h;
  }
  return state;
}

/// The first state (layers * directions, N, hidden).
inline LSTMState LSTM::start(const Tensor& x, const LSTMState& given, std::int64_t batch) const {
  const Shape sizes{static_cast<std::int64_t>(cells.size()), batch, hidden_};
  const auto checked = [&](const Tensor& part) {
    if (!part.defined()) return zeros(sizes, x.dtype());
    const Tensor batched = x.dim() == 2 && part.dim() == 2 ? unsqueeze(part, 1) : part;
    if (batched.sizes() != sizes)
      throw ShapeError(detail::text({"[lstm] the state ", part.sizes(), " of x ", x.sizes(), " is ", sizes}));
    return batched;
  };
  return {checked(given.h), checked(given.c)};
}

inline LSTMOutput LSTM::run(const Tensor& x, const LSTMState& given) {
  if ((x.dim() != 2 && x.dim() != 3) || x.size(-1) != in_)
    throw ShapeError(detail::text({"[lstm] x ", x.sizes(), " is not a sequence of ", in_, " features"}));
  const bool single = x.dim() == 2, turned = !single && options_.batch_first;
  const Tensor sequence = single ? unsqueeze(x, 1) : turned ? transpose(x, 0, 1) : x;
  if (sequence.size(0) == 0) throw ShapeError(detail::text({"[lstm] x ", x.sizes(), " has no steps"}));
  const LSTMState first = start(x, given, sequence.size(1));
  Steps steps;
  for (std::int64_t t = 0; t < sequence.size(0); ++t) steps.push_back(select(sequence, 0, t));
  std::vector<Tensor> h, c;
  for (std::int64_t k = 0; k < static_cast<std::int64_t>(cells.size()); k += directions()) {
    Steps outputs, reversed;
    for (std::int64_t d = 0; d < directions(); ++d) {
      const LSTMState last =
          run_cell(cells[static_cast<std::size_t>(k + d)], steps,
                   {select(first.h, 0, k + d), select(first.c, 0, k + d)}, d == 1, d == 1 ? reversed : outputs);
      h.push_back(unsqueeze(last.h, 0));
      c.push_back(unsqueeze(last.c, 0));
    }
    for (std::size_t t = 0; t < steps.size(); ++t) {
      steps[t] = options_.bidirectional ? cat(std::vector<Tensor>{outputs[t], reversed[t]}, 1) : outputs[t];
      if (k + directions() < static_cast<std::int64_t>(cells.size()))
        steps[t] = functional::dropout(steps[t], options_.dropout, is_training(), generator_);
    }
  }
  for (Tensor& step : steps) step = unsqueeze(step, 0);
  LSTMOutput result{cat(steps), {cat(h), cat(c)}};
  if (single) return {squeeze(result.output, 1), {squeeze(result.state.h, 1), squeeze(result.state.c, 1)}};
  if (turned) result.output = transpose(result.output, 0, 1);
  return result;
}

}  // namespace tinytorch::nn
