#pragma once

#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/random.hpp"
#include "tinytorch/data/dataset.hpp"
#include "tinytorch/nn/activations.hpp"
#include "tinytorch/nn/functional.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/nn/mlp.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <unistd.h>

/// Small tasks to learn, for the tests of training.
namespace tinytorch::testing {

inline Tensor cross_entropy(const Tensor& outputs, const Tensor& targets) {
  return nn::functional::cross_entropy(outputs, targets);
}

/// Rows of 4 normal numbers in 3 classes. The class is the place of the largest of the first three, plus noise.
inline data::TensorDataset three_classes(std::int64_t rows, std::uint64_t seed) {
  Generator g(seed);
  const Tensor x = randn({rows, 4}, g), noisy = x + randn({rows, 4}, g) * 0.5;
  return {x, argmax(noisy.slice(1, 0, 3), 1)};
}

/// Two layers with a dropout between them.
inline nn::Sequential small_net(std::uint64_t seed, double dropout = 0.3) {
  Generator g(seed);
  nn::Sequential net;
  net.add<nn::Linear>(4, 8, g);
  net.add<nn::Tanh>();
  if (dropout > 0.0) net.add<nn::Dropout>(dropout, g.next());
  net.add<nn::Linear>(8, 3, g);
  return net;
}

/// A folder that goes with the object.
struct Folder {
  Folder() : path(std::filesystem::temp_directory_path() / ("tinytorch_training_" + std::to_string(getpid()))) {
    std::filesystem::create_directories(path);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string text(const std::string& name) const {
    std::ostringstream out;
    out << std::ifstream(path / name).rdbuf();
    return out.str();
  }
  std::filesystem::path path;
};

/// Copies that later training does not change.
inline StateDict copies(StateDict state) {
  for (NamedTensor& named : state) named.value = named.value.detach().clone();
  return state;
}

/// Whether two row-major tensors are equal bit for bit: NaN equals itself, and 0 is not -0.
inline bool same_bits(const Tensor& a, const Tensor& b) {
  if (a.sizes() != b.sizes() || a.dtype() != b.dtype() || !a.is_contiguous() || !b.is_contiguous()) return false;
  const auto bytes = static_cast<std::size_t>(a.numel() * item_size(a.dtype()));
  return bytes == 0 || std::memcmp(a.data(), b.data(), bytes) == 0;
}

/// Whether the names and all bits are equal.
inline bool same_bits(const StateDict& a, const StateDict& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const NamedTensor& x, const NamedTensor& y) {
    return x.name == y.name && same_bits(x.value, y.value);
  });
}

}  // namespace tinytorch::testing
