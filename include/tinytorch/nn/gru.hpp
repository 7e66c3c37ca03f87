#pragma once

#include "tinytorch/core/ops.hpp"
#include "tinytorch/nn/dropout.hpp"
#include "tinytorch/nn/init.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/nn/lstm.hpp"
#include "tinytorch/nn/module.hpp"

#include <cmath>
#include <concepts>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

/// GRU and RNN, the recurrent layers with one state (LSTM, with two, is in nn/lstm.hpp), with the gates in libtorch's
/// order. Source: Cho et al., "Learning phrase representations using RNN encoder-decoder", 2014.
namespace tinytorch::nn {

/// For both layers: GRUOptions(4, 8).num_layers(2).batch_first(true).
class RecurrentOptions {
 public:
  RecurrentOptions(std::int64_t input_size, std::int64_t hidden_size) : in_(input_size), hidden_(hidden_size) {}
  RecurrentOptions& num_layers(std::int64_t count) {
    layers_ = count;
    return *this;
  }
  RecurrentOptions& bias(bool on) {
    bias_ = on;
    return *this;
  }
  /// (N, L, in) instead of (L, N, in).
  RecurrentOptions& batch_first(bool on) {
    batch_first_ = on;
    return *this;
  }
  /// Between the layers, in training.
  RecurrentOptions& dropout(double p) {
    dropout_ = p;
    return *this;
  }
  RecurrentOptions& bidirectional(bool on) {
    bidirectional_ = on;
    return *this;
  }
  std::int64_t input_size() const { return in_; }
  std::int64_t hidden_size() const { return hidden_; }
  std::int64_t num_layers() const { return layers_; }
  bool bias() const { return bias_; }
  bool batch_first() const { return batch_first_; }
  double dropout() const { return dropout_; }
  bool bidirectional() const { return bidirectional_; }

 private:
  std::int64_t in_, hidden_, layers_ = 1;
  bool bias_ = true, batch_first_ = false, bidirectional_ = false;
  double dropout_ = 0.0;
};
using GRUOptions = RecurrentOptions;

/// What GRU and RNN have in common. x: (L, N, in), or (N, L, in) with batch_first, or (L, in) -> the same with
/// directions * hidden in place of in.
class Recurrent : public Module {
 public:
  /// Starts from zeros and returns the output alone.
  Tensor forward(const Tensor& x) override { return run(x, {}).first; }
  /// The output, and the state after the last step: (layers * directions, N, hidden), or without N. Starts from
  /// `state`, or from zeros when it is undefined. Throws ShapeError.
  std::pair<Tensor, Tensor> forward(const Tensor& x, const Tensor& state) {
    std::pair<Tensor, Tensor> result = run(x, state);
    observe(x, result.first);
    return result;
  }

  /// weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, weight_ih_l0_reverse, ...
  void members(MemberVisitor& visit) override;

  /// The parameters of one layer in one direction.
  struct Cell {
    Tensor weight_ih;  ///< (gates * hidden, in)
    Tensor weight_hh;  ///< (gates * hidden, hidden)
    Tensor bias_ih;    ///< (gates * hidden), or undefined
    Tensor bias_hh;
  };
  std::vector<Cell> cells;  ///< layer by layer, forward before reverse

 protected:
  /// All parameters are uniform in +-1 / sqrt(hidden), as in libtorch, and drawn layer by layer, the forward direction
  /// before the reverse one, each as weight_ih, weight_hh, bias_ih, bias_hh. A seed for dropout is drawn last. Throws
  /// ValueError for sizes below 1.
  Recurrent(const char* name, std::int64_t gates, const RecurrentOptions& layer, Generator& generator);
  template <std::same_as<std::nullptr_t> Null>  // not for a 0
  explicit Recurrent(Null) : name_(""), options_(0, 0) {}

  /// One step: the two products (N, gates * hidden), with their biases, and the state (N, hidden) -> the next state.
  virtual Tensor step(const Tensor& of_x, const Tensor& of_h, const Tensor& h) const = 0;
  const RecurrentOptions& options() const { return options_; }

 private:
  std::int64_t directions() const { return options_.bidirectional() ? 2 : 1; }
  std::pair<Tensor, Tensor> run(const Tensor& x, const Tensor& state);
  Tensor run_cell(const Cell& cell, const std::vector<Tensor>& x, Tensor h, bool reverse,
                  std::vector<Tensor>& outputs) const;

  const char* name_;
  RecurrentOptions options_;
  Generator generator_;
};

inline Recurrent::Recurrent(const char* name, std::int64_t gates, const RecurrentOptions& layer, Generator& generator)
    : name_(name), options_(layer) {
  const std::int64_t hidden = layer.hidden_size();
  if (layer.input_size() < 1 || hidden < 1 || layer.num_layers() < 1)
    throw ValueError(detail::text({"[", name, "] sizes are 1 or more: input ", layer.input_size(), ", hidden ", hidden,
                                   ", layers ", layer.num_layers()}));
  const double bound = 1.0 / std::sqrt(static_cast<double>(hidden));
  for (std::int64_t k = 0; k < layer.num_layers() * directions(); ++k) {
    const std::int64_t below = k < directions() ? layer.input_size() : hidden * directions();
    Cell cell;
    cell.weight_ih = detail::uniform_parameter({gates * hidden, below}, bound, generator);
    cell.weight_hh = detail::uniform_parameter({gates * hidden, hidden}, bound, generator);
    if (layer.bias()) cell.bias_ih = detail::uniform_parameter({gates * hidden}, bound, generator);
    if (layer.bias()) cell.bias_hh = detail::uniform_parameter({gates * hidden}, bound, generator);
    cells.push_back(std::move(cell));
  }
  generator_ = Generator(generator.next());
}

inline void Recurrent::members(MemberVisitor& visit) {
  detail::visit_cells(visit, cells, directions());
  visit.generator("generator", generator_);
}

inline Tensor Recurrent::run_cell(const Cell& cell, const std::vector<Tensor>& x, Tensor h, bool reverse,
                                  std::vector<Tensor>& outputs) const {
  outputs.resize(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t t = reverse ? x.size() - 1 - i : i;
    h = step(functional::linear(x[t], cell.weight_ih, cell.bias_ih),
             functional::linear(h, cell.weight_hh, cell.bias_hh), h);
    outputs[t] = h;
  }
  return h;
}

inline std::pair<Tensor, Tensor> Recurrent::run(const Tensor& x, const Tensor& given) {
  if ((x.dim() != 2 && x.dim() != 3) || x.size(-1) != options_.input_size())
    throw ShapeError(
        detail::text({"[", name_, "] x ", x.sizes(), " is not a sequence of ", options_.input_size(), " features"}));
  const bool single = x.dim() == 2, turned = !single && options_.batch_first();
  const Tensor sequence = single ? unsqueeze(x, 1) : turned ? transpose(x, 0, 1) : x;
  if (sequence.size(0) == 0) throw ShapeError(detail::text({"[", name_, "] x ", x.sizes(), " has no steps"}));
  const Shape sizes{static_cast<std::int64_t>(cells.size()), sequence.size(1), options_.hidden_size()};
  const Tensor first = !given.defined()             ? zeros(sizes, x.dtype())
                       : single && given.dim() == 2 ? unsqueeze(given, 1)
                                                    : given;
  if (first.sizes() != sizes)
    throw ShapeError(detail::text({"[", name_, "] the state ", given.sizes(), " of x ", x.sizes(), " is ", sizes}));
  std::vector<Tensor> steps = unbind(sequence, 0), last;
  for (std::int64_t k = 0; k < static_cast<std::int64_t>(cells.size()); k += directions()) {
    std::vector<Tensor> outputs, reversed;
    for (std::int64_t d = 0; d < directions(); ++d)
      last.push_back(run_cell(cells[static_cast<std::size_t>(k + d)], steps, select(first, 0, k + d), d == 1,
                              d == 1 ? reversed : outputs));
    const bool is_last = k + directions() == static_cast<std::int64_t>(cells.size());
    for (std::size_t t = 0; t < steps.size(); ++t) {
      steps[t] = options_.bidirectional() ? cat({outputs[t], reversed[t]}, 1) : outputs[t];
      if (!is_last) steps[t] = functional::dropout(steps[t], options_.dropout(), is_training(), generator_);
    }
  }
  const Tensor output = stack(steps, 0), state = stack(last, 0);
  if (single) return {squeeze(output, 1), squeeze(state, 1)};
  return {turned ? transpose(output, 0, 1) : output, state};
}

/// r = sigmoid(x_r + h_r), z = sigmoid(x_z + h_z), n = tanh(x_n + r h_n), h' = (1 - z) n + z h, where x_* and h_* are
/// the parts of x w_ih^T + b_ih and h w_hh^T + b_hh in the order r, z, n.
class GRU : public Recurrent, public PointerSyntax<GRU> {
 public:
  GRU(const GRUOptions& layer, Generator& generator) : Recurrent("gru", 3, layer, generator) {}
  /// The same from default_generator().
  explicit GRU(const GRUOptions& layer) : GRU(layer, default_generator()) {}
  GRU(std::int64_t in, std::int64_t hidden) : GRU(GRUOptions(in, hidden)) {}
  /// Without parameters, until another layer is assigned.
  template <std::same_as<std::nullptr_t> Null>  // not for a 0
  explicit GRU(Null) : Recurrent(nullptr) {}

  std::shared_ptr<Module> clone() const override {
    Generator unused;
    return clone_into(new GRU(options(), unused));
  }

 private:
  Tensor step(const Tensor& of_x, const Tensor& of_h, const Tensor& h) const override {
    const std::int64_t size = h.size(1);
    const auto part = [size](const Tensor& gates, std::int64_t k) { return slice(gates, 1, k * size, (k + 1) * size); };
    const Tensor r = sigmoid(part(of_x, 0) + part(of_h, 0)), z = sigmoid(part(of_x, 1) + part(of_h, 1));
    const Tensor n = tanh(part(of_x, 2) + r * part(of_h, 2));
    return n + z * (h - n);
  }
};

enum class RNNNonlinearity : std::uint8_t { tanh, relu };

class RNNOptions : public RecurrentOptions {
 public:
  using RecurrentOptions::RecurrentOptions;
  /// The options so far, to which a nonlinearity can be added.
  RNNOptions(const RecurrentOptions& options) : RecurrentOptions(options) {}  // NOLINT(google-explicit-constructor)
  RNNOptions& nonlinearity(RNNNonlinearity kind) {
    nonlinearity_ = kind;
    return *this;
  }
  RNNNonlinearity nonlinearity() const { return nonlinearity_; }

 private:
  RNNNonlinearity nonlinearity_ = RNNNonlinearity::tanh;
};

/// h' = tanh(x w_ih^T + b_ih + h w_hh^T + b_hh), or relu of that. Source: Elman, "Finding structure in time", 1990.
class RNN : public Recurrent, public PointerSyntax<RNN> {
 public:
  RNN(const RNNOptions& layer, Generator& generator)
      : Recurrent("rnn", 1, layer, generator), relu_(layer.nonlinearity() == RNNNonlinearity::relu) {}
  /// The same from default_generator().
  explicit RNN(const RNNOptions& layer) : RNN(layer, default_generator()) {}
  RNN(std::int64_t in, std::int64_t hidden) : RNN(RNNOptions(in, hidden)) {}
  /// Without parameters, until another layer is assigned.
  template <std::same_as<std::nullptr_t> Null>  // not for a 0
  explicit RNN(Null) : Recurrent(nullptr) {}

  std::shared_ptr<Module> clone() const override {
    Generator unused;
    RNNOptions same(options());
    if (relu_) same.nonlinearity(RNNNonlinearity::relu);
    return clone_into(new RNN(same, unused));
  }

 private:
  Tensor step(const Tensor& of_x, const Tensor& of_h, const Tensor&) const override {
    return relu_ ? relu(of_x + of_h) : tanh(of_x + of_h);
  }
  bool relu_ = false;
};

}  // namespace tinytorch::nn
