// Networks that read digits: found in a registry, in a file of weights or in the folder of a run, and told by the names
// and shapes of their tensors.
#pragma once

#include "tinytorch/nn/deploy_batching.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace tinytorch::serve {

/// (n, 64) pixels from 0 (paper) to 1 (ink), row by row -> (n, 10) probabilities. Knows linear layers with ReLU between
/// them, from 64 pixels to 10 digits, and the network of examples/lenet.cpp; a checkpoint's names begin with "model.".
/// Throws FormatError, one line, for weights of any other network; `name` stands for them in the message.
std::shared_ptr<nn::Module> digit_network(const StateDict& weights, const std::string& name);

/// Where a model comes from: what `tito serve MODEL` was given.
struct Source {
  std::filesystem::path path;
  bool registry = false;  // its production version serves, whichever that is at the time
};

/// Finds out what is there: a registry, a file of weights (.npz, .safetensors), or a run's folder with such a file.
/// Throws ValueError, one line, for anything else.
Source find_source(const std::filesystem::path& path);

/// The model that the source has now; version 0 for a file. Throws what reading throws, one line each.
deploy::LoadedModel load(const Source& source);
/// The version that a registry would load; 0 for a file.
std::int64_t version_now(const Source& source);

/// Publishes the weights in a file or a run's folder as the next version of a registry, and promotes it. Makes the
/// registry's folder when it is missing. Throws before it changes anything when digit_network() refuses the weights.
std::int64_t publish_weights(const std::filesystem::path& weights, const std::filesystem::path& registry);

/// Makes a server follow its registry: who promotes or rolls back changes the model of the next batch. A version that
/// can't be read changes nothing.
class Follower {
 public:
  /// `say` gets a line for each change and each version that can't be read.
  Follower(Source source, deploy::ModelHandle& current, std::function<void(const std::string&)> say);

  /// Looks once.
  void look();

 private:
  Source source_;
  deploy::ModelHandle& current_;
  std::function<void(const std::string&)> say_;
  std::int64_t tried_ = 0;
  std::string fault_;  // the last that was said
};

}  // namespace tinytorch::serve
