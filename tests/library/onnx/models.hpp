#pragma once

#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/random.hpp"
#include "tinytorch/nn/activations.hpp"
#include "tinytorch/nn/conv.hpp"
#include "tinytorch/nn/dropout.hpp"
#include "tinytorch/nn/embedding.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/nn/mlp.hpp"
#include "tinytorch/nn/norm.hpp"
#include "tinytorch/nn/pool.hpp"
#include "tinytorch/nn/transformer.hpp"

#include <functional>
#include <memory>
#include <utility>

/// Random models, and a model that is any function.
namespace tinytorch::onnx_models {

/// A module whose forward is a function.
class FunctionModel : public nn::Module {
 public:
  explicit FunctionModel(std::function<Tensor(const Tensor&)> function) : function_(std::move(function)) {}
  Tensor forward(const Tensor& x) override { return function_(x); }

 private:
  std::function<Tensor(const Tensor&)> function_;
};

inline std::int64_t between(Generator& g, std::int64_t least, std::int64_t most) {
  return least + static_cast<std::int64_t>(g.below(static_cast<std::uint64_t>(most - least + 1)));
}

inline std::shared_ptr<nn::Module> random_activation(Generator& g) {
  switch (g.below(8)) {
    case 0:
      return std::make_shared<nn::Tanh>();
    case 1:
      return std::make_shared<nn::Sigmoid>();
    case 2:
      return std::make_shared<nn::GELU>(g.below(2) == 0 ? nn::GeluApproximation::none : nn::GeluApproximation::tanh);
    case 3:
      return std::make_shared<nn::SiLU>();
    case 4:
      return std::make_shared<nn::LeakyReLU>(0.1);
    case 5:
      return std::make_shared<nn::ELU>();
    case 6:
      return std::make_shared<nn::Hardswish>();
    default:
      return std::make_shared<nn::ReLU>();
  }
}

/// A model and an input of some rows for it.
struct Sample {
  std::shared_ptr<nn::Module> model;
  std::function<Tensor(std::int64_t rows)> input;
};

inline Sample random_mlp(Generator& g) {
  auto net = std::make_shared<nn::Sequential>();
  const std::int64_t in = between(g, 1, 9);
  std::int64_t width = in;
  for (std::int64_t layer = between(g, 0, 3); layer > 0; --layer) {
    const std::int64_t next = between(g, 1, 12);
    net->push_back(std::make_shared<nn::Linear>(width, next, g, g.below(4) != 0));
    if (g.below(3) == 0) net->push_back(std::make_shared<nn::BatchNorm1d>(next));
    net->push_back(random_activation(g));
    if (g.below(3) == 0) net->push_back(std::make_shared<nn::Dropout>(0.5, 3));
    width = next;
  }
  net->push_back(std::make_shared<nn::Linear>(width, between(g, 1, 5), g));
  if (g.below(2) == 0) net->push_back(std::make_shared<nn::LogSoftmax>(1));
  return {net, [in, &g](std::int64_t rows) { return randn({rows, in}, g); }};
}

/// Stride, padding, dilation, groups, pools, batch normalisation with statistics of its own, a sum over two ways.
struct RandomCnn : nn::Module {
  nn::Conv2d first, second;
  nn::BatchNorm2d norm;
  nn::Linear top;
  bool average = false, global = false;
  std::shared_ptr<nn::Module> activation;

  explicit RandomCnn(Generator& g) : first(nullptr), second(nullptr), norm(nullptr), top(nullptr) {
    const std::int64_t groups = between(g, 1, 2), channels = 4 * groups;
    const ConvSpec open{
        {between(g, 1, 2), between(g, 1, 2)}, {between(g, 0, 2), between(g, 0, 2)}, {1, between(g, 1, 2)}};
    first = nn::Conv2d(randn({channels, 3, between(g, 1, 3), between(g, 1, 3)}, g).set_requires_grad(),
                       g.below(3) == 0 ? Tensor() : randn({channels}, g).set_requires_grad(), open);
    second = nn::Conv2d(randn({channels, channels / groups, 3, 3}, g).set_requires_grad(),
                        randn({channels}, g).set_requires_grad(), {{1, 1}, {1, 1}, {1, 1}}, groups);
    norm = nn::BatchNorm2d(channels);
    norm.running_mean.copy_(randn({channels}, g));
    norm.running_var.copy_(rand({channels}, g) + 0.5);
    average = g.below(2) == 0;
    global = g.below(2) == 0;
    top = nn::Linear(global ? channels : 4 * channels, 3, g);
    activation = random_activation(g);
  }
  Tensor forward(const Tensor& x) override {
    Tensor h = (*activation)(norm(first(x)));
    h = h + second(h);
    const PoolSpec pool{{2, 2}, {1, 2}, {1, 0}};
    h = average ? nn::functional::avg_pool2d(h, pool, false) : nn::functional::max_pool2d(h, pool);
    h = nn::functional::adaptive_avg_pool2d(h, {1, 1});
    if (!global) h = cat({h, h * 2.0, relu(h), -h}, 1);
    return softmax(top(flatten(h, 1)), 1);
  }
  void members(nn::MemberVisitor& visit) override {
    visit.child("first", first);
    visit.child("second", second);
    visit.child("norm", norm);
    visit.child("top", top);
  }
};

inline Sample random_cnn(Generator& g) {
  auto net = std::make_shared<RandomCnn>(g);
  const std::int64_t height = between(g, 7, 11), width = between(g, 7, 11);
  return {net, [=, &g](std::int64_t rows) { return randn({rows, 3, height, width}, g); }};
}

/// Words to numbers, one or two encoder layers, the mean of the sequence.
struct RandomEncoder : nn::Module {
  nn::Embedding words;
  nn::SinusoidalEncoding places;
  nn::TransformerEncoder layers;
  nn::Linear top;

  RandomEncoder(Generator& g, std::int64_t heads, const nn::TransformerEncoderLayerOptions& options)
      : words(17, 4 * heads, g),
        places(8, 4 * heads, true),
        layers(nn::TransformerEncoderLayer(4 * heads, heads, g, options), between(g, 1, 2)),
        top(4 * heads, 5, g) {}
  Tensor forward(const Tensor& x) override { return top(mean(layers(places(words(x))), 1)); }
  void members(nn::MemberVisitor& visit) override {
    visit.child("words", words);
    visit.child("places", places);
    visit.child("layers", layers);
    visit.child("top", top);
  }
};

inline Tensor random_tokens(Generator& g, std::int64_t rows, std::int64_t length) {
  const Tensor tokens = empty({rows, length}, DType::int64);
  for (std::int64_t i = 0; i < tokens.numel(); ++i) tokens.data<std::int64_t>()[i] = between(g, 0, 16);
  return tokens;
}

inline Sample random_encoder(Generator& g) {
  const nn::TransformerEncoderLayerOptions options{
      .dim_feedforward = between(g, 2, 9),
      .activation = g.below(2) == 0 ? nn::FeedForwardActivation::gelu : nn::FeedForwardActivation::relu,
      .batch_first = true,
      .norm_first = g.below(2) == 0};
  auto net = std::make_shared<RandomEncoder>(g, between(g, 1, 3), options);
  const std::int64_t length = between(g, 1, 6);
  return {net, [=, &g](std::int64_t rows) { return random_tokens(g, rows, length); }};
}

}  // namespace tinytorch::onnx_models
