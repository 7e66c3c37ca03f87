#include "tinytorch/nn/quantized_net.hpp"

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/op_hook.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/nn/activations.hpp"
#include "tinytorch/nn/conv.hpp"
#include "tinytorch/nn/dropout.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/nn/pool.hpp"

#include <algorithm>
#include <optional>

namespace tinytorch::nn {

namespace {

// The largest integer of each window: integers are ordered as the numbers that they stand for.
Tensor int8_max_pool(const Tensor& x8, const PoolSpec& spec) {
  const Tensor from = raw::contiguous(x8);
  const Pair step{spec.stride.h > 0 ? spec.stride.h : spec.kernel.h, spec.stride.w > 0 ? spec.stride.w : spec.kernel.w};
  const std::int64_t H = x8.size(2), W = x8.size(3), planes = x8.size(0) * x8.size(1);
  const std::int64_t Ho = conv_output_size(H, spec.kernel.h, step.h, spec.padding.h, 1);
  const std::int64_t Wo = conv_output_size(W, spec.kernel.w, step.w, spec.padding.w, 1);
  Tensor y = empty({x8.size(0), x8.size(1), Ho, Wo}, DType::int8);
  std::int8_t* to = y.data<std::int8_t>();
  for (std::int64_t window = 0; window < planes * Ho * Wo; ++window) {
    const std::int8_t* const plane = from.data<std::int8_t>() + window / (Ho * Wo) * H * W;
    const std::int64_t top = window / Wo % Ho * step.h - spec.padding.h, left = window % Wo * step.w - spec.padding.w;
    std::int8_t largest = -128;
    for (std::int64_t i = std::max<std::int64_t>(top, 0); i < std::min(top + spec.kernel.h, H); ++i)
      for (std::int64_t j = std::max<std::int64_t>(left, 0); j < std::min(left + spec.kernel.w, W); ++j)
        largest = std::max(largest, plane[i * W + j]);
    *to++ = largest;
  }
  return y;
}

QTensor integer_weights(const Tensor& weight, bool per_channel) {
  const Tensor w = weight.detach();
  if (per_channel) return quantize_per_channel(w, 0);
  const double far = amax(abs(w)).item<double>();
  return quantized(w, choose_qparams(-far, far, QScheme::symmetric));
}

Tensor own_bias(const Tensor& bias) { return bias.defined() ? bias.detach().clone() : bias; }

/// The step that layer `place` begins; nothing for a layer that is left out or belongs to the step before.
std::optional<QuantizedStep> step_of(Module& layer, std::int64_t place, const QuantizeOptions& options) {
  QuantizedStep step;
  step.first = place;
  step.last = place + 1;
  if (auto* linear = dynamic_cast<Linear*>(&layer)) {
    step.weight = integer_weights(linear->weight, options.per_channel);
    step.bias = own_bias(linear->bias);
    return step;
  }
  if (auto* conv = dynamic_cast<Conv2d*>(&layer); conv != nullptr && conv->groups == 1) {
    step.kind = QuantizedStep::Kind::conv;
    step.weight = integer_weights(conv->weight, options.per_channel);
    step.bias = own_bias(conv->bias);
    step.conv = conv->spec;
    return step;
  }
  if (auto* pool = dynamic_cast<MaxPool2d*>(&layer)) {
    step.kind = QuantizedStep::Kind::pool;
    step.pool = pool->spec;
    return step;
  }
  if (dynamic_cast<Flatten*>(&layer) != nullptr) {
    step.kind = QuantizedStep::Kind::flatten;
    return step;
  }
  return std::nullopt;
}

bool is_left_out(const Module& layer) {
  return dynamic_cast<const Dropout*>(&layer) != nullptr || dynamic_cast<const Identity*>(&layer) != nullptr;
}

/// The network's steps, without the parameters of their inputs and outputs.
std::vector<QuantizedStep> steps_of(const Sequential& net, const QuantizeOptions& options) {
  std::vector<QuantizedStep> steps;
  for (std::int64_t place = 0; place < net.size(); ++place) {
    if (std::optional<QuantizedStep> step = step_of(net[place], place, options)) {
      steps.push_back(*step);
      continue;
    }
    const bool ends_with_relu = dynamic_cast<ReLU*>(&net[place]) != nullptr;
    const bool joins = !steps.empty() && steps.back().last == place && (!ends_with_relu || steps.back().has_weights());
    if (!joins || (!ends_with_relu && !is_left_out(net[place])))
      throw ValueError(detail::text({"[quantized_net] layer ", place, ", ", net[place].kind(), ", has no integers"}));
    ++steps.back().last;
  }
  return steps;
}

/// What layers first to last - 1 make of x; a dropout as in evaluation.
Tensor float_output(const Sequential& net, const QuantizedStep& step, Tensor x) {
  for (std::int64_t place = step.first; place < step.last; ++place)
    if (!is_left_out(net[place])) x = net[place](x);
  return x;
}

bool ends_with_relu(const Sequential& net, const QuantizedStep& step) {
  for (std::int64_t place = step.first; place < step.last; ++place)
    if (dynamic_cast<ReLU*>(&net[place]) != nullptr) return true;
  return false;
}

}  // namespace

QuantizedNet::QuantizedNet(const Sequential& net, std::span<const Tensor> batches, const QuantizeOptions& options)
    : steps_(steps_of(net, options)) {
  if (batches.empty()) throw ValueError("[quantized_net] no batch shows the ranges of the outputs");
  const NoGrad no_grad;
  std::vector<RangeObserver> observers(steps_.size() + 1);
  for (Tensor x : batches) {
    observers[0].observe(x);
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      x = float_output(net, steps_[i], x);
      if (steps_[i].has_weights()) observers[i + 1].observe(x);
      if (steps_[i].kind == QuantizedStep::Kind::flatten && x.dim() != 2)
        throw ValueError(detail::text({"[quantized_net] flattened to ", x.sizes(), ", not to (N, K)"}));
    }
  }
  QParams q = observers[0].finish(1.0);
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    steps_[i].in = q;
    if (steps_[i].has_weights()) {
      q = observers[i + 1].finish(options.keep);
      if (ends_with_relu(net, steps_[i])) q.lowest = q.zero_point;
    }
    steps_[i].out = q;
  }
}

Tensor QuantizedStep::run(const Tensor& x8) const {
  if (kind == Kind::flatten) return reshape(x8, {x8.size(0), -1});
  if (kind == Kind::pool) return int8_max_pool(x8, pool);
  const QTensor x{x8, full({1}, in.scale, DType::float64), in.zero_point, -1};
  OpScope scope(kind == Kind::linear ? "int8_linear" : "int8_conv2d", {&x8, &weight.values, &bias});
  return scope.result(kind == Kind::linear ? int8_linear(x, weight, bias, out)
                                           : int8_conv2d(x, weight, bias, out, conv));
}

}  // namespace tinytorch::nn
