#pragma once

#include "tinytorch/data/loader.hpp"
#include "tinytorch/data/sampler.hpp"

#include <concepts>
#include <memory>
#include <utility>

namespace tinytorch::data {

/// A loader that keeps its data set: for (auto& batch : *loader) visits the batches of the next epoch. With
/// RandomSampler the examples are shuffled; the seed is drawn from default_generator() unless the options have one.
template <class Order = RandomSampler, std::derived_from<Dataset> Data>
std::unique_ptr<DataLoader> make_data_loader(Data dataset, DataLoaderOptions options) {
  if constexpr (std::same_as<Order, RandomSampler>) {
    options.shuffle = !options.sampler;
    if (options.seed == 0) options.seed = default_generator().next();
  }
  return std::make_unique<DataLoader>(std::move(dataset), std::move(options));
}
template <class Order = RandomSampler, std::derived_from<Dataset> Data>
std::unique_ptr<DataLoader> make_data_loader(Data dataset, std::int64_t batch_size) {
  return make_data_loader<Order>(std::move(dataset), DataLoaderOptions{.batch_size = batch_size});
}

// libtorch's names of these rooms.
namespace datasets {
using data::Subset;
using data::TensorDataset;
}  // namespace datasets
namespace samplers {
using data::RandomSampler;
using data::SequentialSampler;
}  // namespace samplers

}  // namespace tinytorch::data
