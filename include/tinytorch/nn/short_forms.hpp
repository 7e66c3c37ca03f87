#pragma once

#include "tinytorch/nn/functional.hpp"
#include "tinytorch/nn/resize.hpp"
#include "tinytorch/nn/similarity.hpp"

/// The functions of networks as a libtorch program calls them: relu and softmax also in nn::functional, dropout and
/// max_pool2d also in tinytorch, sizes as numbers, and options by name.
namespace tinytorch {

constexpr Reduction kNone = Reduction::none, kMean = Reduction::mean, kSum = Reduction::sum;
constexpr auto kFanIn = nn::init::FanModeType::fan_in;
constexpr auto kFanOut = nn::init::FanModeType::fan_out;
constexpr auto kReLU = nn::init::NonlinearityType::relu;
constexpr auto kLeakyReLU = nn::init::NonlinearityType::leaky_relu;
constexpr auto kTanh = nn::init::NonlinearityType::tanh;

}  // namespace tinytorch

namespace tinytorch::nn {

// In libtorch these are the classes, and the names without Impl are pointers to them.
using BatchNorm2dImpl = BatchNorm2d;
using Conv2dImpl = Conv2d;
using DropoutImpl = Dropout;
using LinearImpl = Linear;
using ReLUImpl = ReLU;
// MSELossOptions(kSum).
using MSELossOptions = Reduction;
using L1LossOptions = Reduction;

}  // namespace tinytorch::nn

namespace tinytorch::nn::functional {

using tinytorch::log_softmax;
using tinytorch::one_hot;
using tinytorch::pad;
using tinytorch::relu;
using tinytorch::sigmoid;
using tinytorch::softmax;
using tinytorch::tanh;

/// From default_generator().
inline Tensor dropout(const Tensor& x, double p = 0.5, bool training = true) {
  return dropout(x, p, training, default_generator());
}
/// dropout by name: DropoutFuncOptions().p(0.5).training(is_training()).
class DropoutFuncOptions {
 public:
  DropoutFuncOptions& p(double value) {
    p_ = value;
    return *this;
  }
  DropoutFuncOptions& training(bool on) {
    training_ = on;
    return *this;
  }
  double p() const { return p_; }
  bool training() const { return training_; }

 private:
  double p_ = 0.5;
  bool training_ = true;
};
inline Tensor dropout(const Tensor& x, const DropoutFuncOptions& options) {
  return dropout(x, options.p(), options.training());
}

using MaxPool2dFuncOptions = MaxPool2dOptions;
using AvgPool2dFuncOptions = AvgPool2dOptions;

/// A stride of 0 is the kernel's size.
inline Tensor max_pool2d(const Tensor& x, const MaxPool2dFuncOptions& options) { return max_pool2d(x, options.spec()); }
inline Tensor max_pool2d(const Tensor& x, PairArgument kernel, PairArgument stride = 0, PairArgument padding = 0) {
  return max_pool2d(x, PoolSpec{kernel.value, stride.value, padding.value});
}
inline Tensor avg_pool2d(const Tensor& x, const AvgPool2dFuncOptions& options) {
  return avg_pool2d(x, options.spec(), options.count_include_pad());
}
inline Tensor avg_pool2d(const Tensor& x, PairArgument kernel, PairArgument stride = 0, PairArgument padding = 0) {
  return avg_pool2d(x, PoolSpec{kernel.value, stride.value, padding.value});
}
inline Tensor adaptive_avg_pool2d(const Tensor& x, std::int64_t side) {
  return adaptive_avg_pool2d(x, Pair{side, side});
}
inline Tensor conv2d(const Tensor& x, const Tensor& w, const Tensor& b, PairArgument stride, PairArgument padding = 0,
                     PairArgument dilation = 1, std::int64_t groups = 1) {
  return conv2d(x, w, b, ConvSpec{stride.value, padding.value, dilation.value}, groups);
}

}  // namespace tinytorch::nn::functional

namespace tinytorch {

using nn::functional::adaptive_avg_pool2d;
using nn::functional::avg_pool2d;
using nn::functional::binary_cross_entropy;
using nn::functional::binary_cross_entropy_with_logits;
using nn::functional::celu;
using nn::functional::conv1d;
using nn::functional::conv2d;
using nn::functional::cosine_similarity;
using nn::functional::dropout;
using nn::functional::elu;
using nn::functional::gelu;
using nn::functional::group_norm;
using nn::functional::hardtanh;
using nn::functional::huber_loss;
using nn::functional::kl_div;
using nn::functional::l1_loss;
using nn::functional::layer_norm;
using nn::functional::leaky_relu;
using nn::functional::linear;
using nn::functional::max_pool2d;
using nn::functional::mse_loss;
using nn::functional::nll_loss;
using nn::functional::pairwise_distance;
using nn::functional::prelu;
using nn::functional::selu;
using nn::functional::silu;
using nn::functional::smooth_l1_loss;
using nn::functional::softplus;
// These two have another order of arguments in torch than in torch::nn::functional.
inline Tensor embedding(const Tensor& weight, const Tensor& indices) {
  return nn::functional::embedding(indices, weight);
}
inline Tensor batch_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& running_mean,
                         const Tensor& running_var, bool training, double momentum, double eps,
                         bool /*cudnn_enabled*/) {
  return nn::functional::batch_norm(x, running_mean, running_var, weight, bias, training, momentum, eps);
}
inline Tensor cross_entropy_loss(const Tensor& logits, const Tensor& target) {
  return nn::functional::cross_entropy(logits, target);
}
/// With weights of the classes, which may be undefined.
inline Tensor nll_loss(const Tensor& log_probs, const Tensor& target, const Tensor& weight, Reduction reduction) {
  return nn::functional::nll_loss(log_probs, target, nn::NLLLossOptions{.weight = weight, .reduction = reduction});
}

}  // namespace tinytorch
