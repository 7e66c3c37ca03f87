#include "tinytorch/nn/layers.hpp"

#include "tinytorch/core/ops.hpp"
#include "tinytorch/nn/conv.hpp"
#include "tinytorch/nn/functional.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/nn/pool.hpp"
#include "tinytorch/nn/sequential.hpp"

#include <cmath>

#include <fmt/format.h>

namespace tinytorch::nn {

namespace {

// libtorch's start for linear layers and convolutions: weight and bias uniform in +-1 / sqrt(inputs per output).
Tensor fresh_weight(const Shape& sizes, Generator& generator) {
  const memory::TagScope tag(memory::Tag::parameter);
  Tensor weight = empty(sizes);
  kaiming_uniform_(weight, std::sqrt(1.0 / 3.0), generator);
  return weight.set_requires_grad();
}

Tensor fresh_bias(const Tensor& weight, Generator& generator) {
  const memory::TagScope tag(memory::Tag::parameter);
  const double bound = 1.0 / std::sqrt(static_cast<double>(fan_in_out(weight.sizes()).in));
  Tensor bias = empty({weight.size(0)});
  for (std::int64_t i = 0; i < bias.numel(); ++i)
    bias.data<float>()[i] = static_cast<float>(bound * (2.0 * generator.uniform() - 1.0));
  return bias.set_requires_grad();
}

}  // namespace

Linear::Linear(std::int64_t in, std::int64_t out, Generator& generator, bool with_bias)
    : weight(fresh_weight({out, in}, generator)), bias(with_bias ? fresh_bias(weight, generator) : Tensor()) {}
Linear::Linear(Tensor weight_, Tensor bias_) : weight(std::move(weight_)), bias(std::move(bias_)) {}
Tensor Linear::forward(const Tensor& x) { return functional::linear(x, weight, bias); }
void Linear::members(MemberVisitor& visit) {
  visit.parameter("weight", weight);
  visit.parameter("bias", bias);
}
std::shared_ptr<Module> Linear::clone() const {
  return std::make_shared<Linear>(clone_parameter(weight), clone_parameter(bias));
}

Conv2d::Conv2d(std::int64_t in, std::int64_t out, std::int64_t kernel, Generator& generator, const ConvSpec& conv,
               bool with_bias)
    : weight(fresh_weight({out, in, kernel, kernel}, generator)),
      bias(with_bias ? fresh_bias(weight, generator) : Tensor()),
      spec(conv) {}
Conv2d::Conv2d(Tensor weight_, Tensor bias_, const ConvSpec& conv)
    : weight(std::move(weight_)), bias(std::move(bias_)), spec(conv) {}
Tensor Conv2d::forward(const Tensor& x) { return functional::conv2d(x, weight, bias, spec); }
void Conv2d::members(MemberVisitor& visit) {
  visit.parameter("weight", weight);
  visit.parameter("bias", bias);
}
std::shared_ptr<Module> Conv2d::clone() const {
  return std::make_shared<Conv2d>(clone_parameter(weight), clone_parameter(bias), spec);
}

Tensor MaxPool2d::forward(const Tensor& x) { return functional::max_pool2d(x, spec); }
std::shared_ptr<Module> MaxPool2d::clone() const { return std::make_shared<MaxPool2d>(spec); }

Tensor ReLU::forward(const Tensor& x) { return relu(x); }
std::shared_ptr<Module> ReLU::clone() const { return std::make_shared<ReLU>(); }

Tensor Tanh::forward(const Tensor& x) { return tanh(x); }
std::shared_ptr<Module> Tanh::clone() const { return std::make_shared<Tanh>(); }

Tensor Sigmoid::forward(const Tensor& x) { return sigmoid(x); }
std::shared_ptr<Module> Sigmoid::clone() const { return std::make_shared<Sigmoid>(); }

Tensor Flatten::forward(const Tensor& x) {
  if (x.dim() < 1) throw ShapeError("[flatten] a scalar has no batch");
  std::int64_t features = 1;
  for (std::int64_t d = 1; d < x.dim(); ++d) features *= x.size(d);
  return reshape(x, {x.size(0), features});
}
std::shared_ptr<Module> Flatten::clone() const { return std::make_shared<Flatten>(); }

Dropout::Dropout(double p, std::uint64_t seed) : p_(p), generator_(seed) {
  if (!(p >= 0.0 && p < 1.0)) throw ValueError(fmt::format("[dropout] a probability below 1, not {}", p));
}
Tensor Dropout::forward(const Tensor& x) {
  if (!is_training() || p_ == 0.0) return x;
  const Tensor mask = empty(x.sizes());
  const auto kept = static_cast<float>(1.0 / (1.0 - p_));
  for (std::int64_t i = 0; i < mask.numel(); ++i) mask.data<float>()[i] = generator_.uniform() < p_ ? 0.0F : kept;
  return x * to(mask, x.dtype());
}
std::shared_ptr<Module> Dropout::clone() const {
  auto copy = std::make_shared<Dropout>(p_, 0);
  copy->generator_ = generator_;
  return copy;
}

Sequential& Sequential::add(std::shared_ptr<Module> layer) {
  if (!layer) throw ValueError("[sequential] the layer is null");
  layers_.push_back(std::move(layer));
  return *this;
}
Module& Sequential::operator[](std::int64_t i) const {
  if (i < 0 || i >= size()) throw IndexError(fmt::format("[sequential] layer {} of {}", i, size()));
  return *layers_[static_cast<std::size_t>(i)];
}
void Sequential::members(MemberVisitor& visit) {
  for (std::size_t i = 0; i < layers_.size(); ++i) visit.child(std::to_string(i), *layers_[i]);
}
std::shared_ptr<Module> Sequential::clone() const {
  auto copy = std::make_shared<Sequential>();
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    std::size_t first = 0;
    while (layers_[first] != layers_[i]) ++first;
    copy->add(first < i ? copy->layers_[first] : layers_[i]->clone());  // a shared layer stays shared
  }
  copy->train(is_training());
  return copy;
}

}  // namespace tinytorch::nn
