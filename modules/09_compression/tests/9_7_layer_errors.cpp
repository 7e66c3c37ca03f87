// Task 9.7: nn::layer_errors. The steps run through 9.5 and 9.6, their integers come from 9.2.
//
// The expected decibels come from the oracles' integers and from the float32 network itself, which no task of this lab
// computes.

#include "modules/09_compression/tests/int8_oracle.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/nn/activations.hpp"
#include "tinytorch/nn/conv.hpp"
#include "tinytorch/nn/layer_errors.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/nn/pool.hpp"

namespace tinytorch::nn {

lab::Value to_value(const LayerError& error) {
  return lab::record({{"layer", error.layer}, {"alone", error.alone}, {"chain", error.chain}});
}

namespace {

/// A network, and the same on integers.
struct Pairing {
  Sequential net;
  std::vector<QuantizedStep> steps;
  Tensor x;
};

Tensor weights_of(const QTensor& w) {
  return make(w.values.sizes(), DType::float32,
              [&](const Shape& at) { return lab::at(w.scales, {0}) * lab::at(w.values, at); });
}

QTensor integer_kernel(lab::Case& c, const Shape& sizes) {
  const Tensor values =
      make(sizes, DType::int8, [&](const Shape&) { return static_cast<double>(c.integer(-127, 127)); });
  return {values, scales_of({0x1p-7}), 0, -1};
}

QParams params_of(lab::Case& c) { return {c.pick({0x1p-6, 0x1p-5, 0x1p-4}), c.integer(-40, 40), -128}; }

/// Adds a linear layer and its step; sometimes with relu.
void add_linear(lab::Case& c, Pairing& pair, std::int64_t in, std::int64_t out) {
  QuantizedStep step;
  step.first = pair.net.size();
  step.in = pair.steps.empty() ? params_of(c) : pair.steps.back().out;
  step.weight = integer_kernel(c, {out, in});
  step.out = params_of(c);
  pair.net.add<Linear>(weights_of(step.weight), Tensor());
  if (c.coin()) {
    pair.net.add<ReLU>();
    step.out.lowest = step.out.zero_point;
  }
  step.last = pair.net.size();
  pair.steps.push_back(step);
}

/// Adds a convolution, sometimes max pooling, and flattening: images (N, 1, 4, 4). Returns the pixels of one image.
std::int64_t add_images(lab::Case& c, Pairing& pair) {
  const std::int64_t channels = c.integer(1, 2);
  QuantizedStep conv;
  conv.kind = QuantizedStep::Kind::conv;
  conv.in = params_of(c);
  conv.out = params_of(c);
  conv.weight = integer_kernel(c, {channels, 1, 3, 3});
  conv.conv.padding = {1, 1};
  pair.net.add<Conv2d>(weights_of(conv.weight), Tensor(), conv.conv);
  conv.last = 1;
  pair.steps.push_back(conv);
  const auto follow = [&](QuantizedStep::Kind kind) {
    QuantizedStep step;
    step.kind = kind;
    step.first = pair.net.size() - 1;
    step.last = pair.net.size();
    step.in = step.out = conv.out;
    step.pool = {};
    pair.steps.push_back(step);
  };
  const bool pooled = c.coin();
  if (pooled) {
    pair.net.add<MaxPool2d>(2);
    follow(QuantizedStep::Kind::pool);
  }
  pair.net.add<Flatten>();
  follow(QuantizedStep::Kind::flatten);
  return channels * (pooled ? 4 : 16);
}

double decibels(const Tensor& y, const Tensor& other) {
  double power = 0.0, noise = 0.0;
  for_each_index(y.sizes(), [&](const Shape& at) {
    const double value = lab::at(y, at), error = value - lab::at(other, at);
    power += value * value;
    noise += error * error;
  });
  return noise == 0.0 ? infinity : 10.0 * std::log10(power / noise);
}

Tensor numbers_for(const Tensor& x8, const QParams& q) {
  return make(x8.sizes(), DType::float32,
              [&](const Shape& at) { return q.scale * (lab::at(x8, at) - static_cast<double>(q.zero_point)); });
}

/// What a step makes of integers, by the oracles.
Tensor step_integers(const QuantizedStep& step, const Tensor& x8) {
  const Layer layer{
      {x8, scales_of({step.in.scale}), step.in.zero_point, -1}, step.weight, step.bias, step.out, step.conv};
  if (step.kind == QuantizedStep::Kind::linear) return linear_integers(layer);
  if (step.kind == QuantizedStep::Kind::conv) return conv_integers(layer);
  const Shape s = x8.sizes();
  if (step.kind == QuantizedStep::Kind::flatten)
    return make({s[0], s[1] * s[2] * s[3]}, DType::int8, [&](const Shape& at) {
      return lab::at(x8, {at[0], at[1] / (s[2] * s[3]), at[1] / s[3] % s[2], at[1] % s[3]});
    });
  return make({s[0], s[1], s[2] / 2, s[3] / 2}, DType::int8, [&](const Shape& at) {
    double largest = -128.0;
    for_each_index({2, 2}, [&](const Shape& cell) {
      largest = std::max(largest, lab::at(x8, {at[0], at[1], 2 * at[2] + cell[0], 2 * at[3] + cell[1]}));
    });
    return largest;
  });
}

std::vector<LayerError> expected_errors(const Pairing& pair) {
  const NoGrad no_grad;
  std::vector<LayerError> errors;
  Tensor values = pair.x, chain = integers_for(values, pair.steps.front().in);
  for (const QuantizedStep& step : pair.steps) {
    Tensor next = values;
    for (std::int64_t i = step.first; i < step.last; ++i) next = pair.net[i](next);
    const Tensor alone = step_integers(step, integers_for(values, step.in));
    chain = step_integers(step, chain);
    if (step.has_weights())
      errors.push_back(
          {step.first, decibels(next, numbers_for(alone, step.out)), decibels(next, numbers_for(chain, step.out))});
    values = next;
  }
  return errors;
}

void check_errors(lab::Case& c, const Pairing& pair) {
  c.input("x", pair.x);
  for (const QuantizedStep& step : pair.steps) {
    if (!step.has_weights()) continue;
    c.input("integers of w", step.weight.values);
    c.input("in", step.in);
    c.input("out", step.out);
  }
  const QuantizedNet q(pair.steps);
  // Sums of squares in another order: a few units of 2^-52 of each sum.
  CHECK_CLOSE("errors", layer_errors(pair.net, q, pair.x), expected_errors(pair), 1e-9);
}

}  // namespace

TASK_TEST_USES(9, 7, the_error_of_one_layer_in_decibels, "9.2", "9.5") {
  lab::cases(50, [](lab::Case& c) {
    Pairing pair;
    const std::int64_t in = c.integer(1, 4);
    add_linear(c, pair, in, c.integer(1, 3));
    pair.x = c.reals({c.integer(1, 3), in});
    check_errors(c, pair);
  });
}

TASK_TEST_USES(9, 7, alone_a_layer_gets_the_float_values_and_in_the_chain_the_integers, "9.2", "9.5") {
  lab::cases(60, [](lab::Case& c) {
    Pairing pair;
    const std::int64_t in = c.integer(1, 3), hidden = c.integer(1, 4), out = c.integer(1, 3);
    add_linear(c, pair, in, hidden);
    add_linear(c, pair, hidden, hidden);
    if (c.coin()) add_linear(c, pair, hidden, out);
    pair.x = c.reals({c.integer(1, 3), in});
    check_errors(c, pair);
  });
}

TASK_TEST_USES(9, 7, where_nothing_differs_it_is_infinite, "9.2", "9.5") {
  lab::cases(40, [](lab::Case& c) {
    Pairing pair;
    const std::int64_t in = c.integer(1, 3), out = c.integer(1, 3);
    QuantizedStep step;
    step.last = 1;
    step.weight = {make({out, in}, DType::int8, [&](const Shape&) { return static_cast<double>(c.integer(-3, 3)); }),
                   scales_of({1.0}), 0, -1};
    pair.net.add<Linear>(weights_of(step.weight), Tensor());
    step.out.scale = c.pick({1.0, 1.0, 16.0});  // 16: most outputs differ
    pair.steps.push_back(step);
    pair.x = c.contiguous({c.integer(1, 3), in});
    check_errors(c, pair);
  });
}

TASK_TEST_USES(9, 7, steps_without_weights_pass_their_values_on, "9.2", "9.5", "9.6") {
  lab::cases(40, [](lab::Case& c) {
    Pairing pair;
    const std::int64_t pixels = add_images(c, pair);
    add_linear(c, pair, pixels, c.integer(1, 3));
    pair.x = c.reals({c.integer(1, 2), 1, 4, 4});
    check_errors(c, pair);
  });
}

}  // namespace tinytorch::nn
