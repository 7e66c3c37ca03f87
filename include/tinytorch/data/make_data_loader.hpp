#pragma once

#include "tinytorch/data/loader.hpp"
#include "tinytorch/data/sampler.hpp"

#include <concepts>
#include <memory>
#include <utility>

namespace tinytorch::data {

/// A DataLoader and the data set that it reads.
template <class Data>
class OwningDataLoader {
 public:
  OwningDataLoader(Data dataset, DataLoaderOptions options)
      : dataset_(std::move(dataset)), loader_(dataset_, std::move(options)) {}
  OwningDataLoader(const OwningDataLoader&) = delete;
  OwningDataLoader& operator=(const OwningDataLoader&) = delete;

  /// Each loop over the loader is the next epoch.
  EpochIterator begin() { return loader_.begin(); }
  std::default_sentinel_t end() { return {}; }
  const Data& dataset() const { return dataset_; }
  /// For fit(), evaluate() and Trainer.
  DataLoader& loader() { return loader_; }

 private:
  Data dataset_;
  DataLoader loader_;  // reads dataset_: in this order
};

/// A loader that owns its data set: for (auto& batch : *loader) visits the batches of the next epoch. With
/// RandomSampler the examples are shuffled; the seed is drawn from default_generator() unless the options have one.
template <class Order = RandomSampler, class Data>
requires std::derived_from<Data, Dataset> std::unique_ptr<OwningDataLoader<Data>> make_data_loader(
    Data dataset, DataLoaderOptions options) {
  if constexpr (std::same_as<Order, RandomSampler>) {
    options.shuffle = !options.sampler;
    if (options.seed == 0) options.seed = default_generator().next();
  }
  return std::make_unique<OwningDataLoader<Data>>(std::move(dataset), std::move(options));
}
template <class Order = RandomSampler, class Data>
requires std::derived_from<Data, Dataset> std::unique_ptr<OwningDataLoader<Data>> make_data_loader(
    Data dataset, std::int64_t batch_size) {
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
