#pragma once

#include "tinytorch/core/error.hpp"
#include "tinytorch/nn/window.hpp"

#include <cstdint>
#include <optional>

/// Layers' arguments one by one, as libtorch writes them: Conv2dOptions(1, 8, 3).stride(2).bias(false). Each layer
/// takes its options, or the arguments of its own constructor.
namespace tinytorch::nn {

/// A number for both axes, or one for the height and one for the width: 3, {3, 5}.
struct PairArgument {
  // NOLINTBEGIN(google-explicit-constructor): written in place
  PairArgument(std::int64_t side) : value{side, side} {}
  PairArgument(std::int64_t height, std::int64_t width) : value{height, width} {}
  PairArgument(Pair pair) : value(pair) {}
  // NOLINTEND(google-explicit-constructor)
  Pair value;
};

class LinearOptions {
 public:
  LinearOptions(std::int64_t in_features, std::int64_t out_features) : in_(in_features), out_(out_features) {}
  LinearOptions& bias(bool on) {
    bias_ = on;
    return *this;
  }
  std::int64_t in_features() const { return in_; }
  std::int64_t out_features() const { return out_; }
  bool bias() const { return bias_; }

 private:
  std::int64_t in_, out_;
  bool bias_ = true;
};

/// Also for transposed convolutions, which have an output padding.
class Conv2dOptions {
 public:
  Conv2dOptions(std::int64_t in_channels, std::int64_t out_channels, PairArgument kernel_size)
      : in_(in_channels), out_(out_channels), kernel_(kernel_size.value) {}
  Conv2dOptions& stride(PairArgument both) {
    spec_.stride = both.value;
    return *this;
  }
  Conv2dOptions& padding(PairArgument both) {
    spec_.padding = both.value;
    return *this;
  }
  Conv2dOptions& dilation(PairArgument both) {
    spec_.dilation = both.value;
    return *this;
  }
  Conv2dOptions& output_padding(PairArgument both) {
    output_padding_ = both.value;
    return *this;
  }
  Conv2dOptions& groups(std::int64_t count) {
    groups_ = count;
    return *this;
  }
  Conv2dOptions& bias(bool on) {
    bias_ = on;
    return *this;
  }
  std::int64_t in_channels() const { return in_; }
  std::int64_t out_channels() const { return out_; }
  Pair kernel_size() const { return kernel_; }
  const ConvSpec& spec() const { return spec_; }
  Pair output_padding() const { return output_padding_; }
  std::int64_t groups() const { return groups_; }
  bool bias() const { return bias_; }

 private:
  std::int64_t in_, out_;
  Pair kernel_;
  ConvSpec spec_;
  Pair output_padding_{0, 0};
  std::int64_t groups_ = 1;
  bool bias_ = true;
};
using ConvTranspose2dOptions = Conv2dOptions;

/// The options of max and average pooling.
class MaxPool2dOptions {
 public:
  MaxPool2dOptions(PairArgument kernel_size) : spec_{kernel_size.value} {}  // NOLINT(google-explicit-constructor)
  MaxPool2dOptions& stride(PairArgument both) {
    spec_.stride = both.value;
    return *this;
  }
  MaxPool2dOptions& padding(PairArgument both) {
    spec_.padding = both.value;
    return *this;
  }
  /// Of average pooling only.
  MaxPool2dOptions& count_include_pad(bool on) {
    count_include_pad_ = on;
    return *this;
  }
  MaxPool2dOptions& ceil_mode(bool on) {
    ceil_mode_ = on;
    return *this;
  }
  const PoolSpec& spec() const { return spec_; }
  bool count_include_pad() const { return count_include_pad_; }
  bool ceil_mode() const { return ceil_mode_; }

 private:
  PoolSpec spec_;
  bool count_include_pad_ = true, ceil_mode_ = false;
};
using AvgPool2dOptions = MaxPool2dOptions;

class BatchNorm2dOptions {
 public:
  BatchNorm2dOptions(std::int64_t num_features) : channels_(num_features) {}  // NOLINT(google-explicit-constructor)
  BatchNorm2dOptions& eps(double value) {
    eps_ = value;
    return *this;
  }
  BatchNorm2dOptions& momentum(std::optional<double> value) {
    momentum_ = value;
    return *this;
  }
  BatchNorm2dOptions& affine(bool on) {
    affine_ = on;
    return *this;
  }
  BatchNorm2dOptions& track_running_stats(bool on) {
    track_ = on;
    return *this;
  }
  std::int64_t num_features() const { return channels_; }
  double eps() const { return eps_; }
  std::optional<double> momentum() const { return momentum_; }
  bool affine() const { return affine_; }
  bool track_running_stats() const { return track_; }

 private:
  std::int64_t channels_;
  double eps_ = 1e-5;
  std::optional<double> momentum_ = 0.1;
  bool affine_ = true, track_ = true;
};
using BatchNorm1dOptions = BatchNorm2dOptions;

class EmbeddingOptions {
 public:
  EmbeddingOptions(std::int64_t num_embeddings, std::int64_t embedding_dim)
      : count_(num_embeddings), size_(embedding_dim) {}
  EmbeddingOptions& padding_idx(std::optional<std::int64_t> row) {
    padding_ = row;
    return *this;
  }
  std::int64_t num_embeddings() const { return count_; }
  std::int64_t embedding_dim() const { return size_; }
  std::optional<std::int64_t> padding_idx() const { return padding_; }

 private:
  std::int64_t count_, size_;
  std::optional<std::int64_t> padding_;
};

class DropoutOptions {
 public:
  DropoutOptions(double p = 0.5) : p_(p) {}  // NOLINT(google-explicit-constructor)
  DropoutOptions& p(double value) {
    p_ = value;
    return *this;
  }
  double p() const { return p_; }

 private:
  double p_;
};

}  // namespace tinytorch::nn
