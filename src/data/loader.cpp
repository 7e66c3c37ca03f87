#include "tinytorch/data/loader.hpp"

#include "tinytorch/core/ops.hpp"

#include <numeric>

namespace tinytorch::data {

Loader::~Loader() = default;

Tensor Normalizer::apply(const Tensor& x) const { return (to(x, DType::float32) - mean) / deviation; }

DataLoader::DataLoader(const Dataset& dataset, LoaderOptions options)
    : dataset_(&dataset), options_(std::move(options)) {
  if (options_.batch_size < 1) throw ValueError("[data_loader] a batch has one example or more");
}

void DataLoader::begin_epoch(std::int64_t epoch) {
  epoch_ = epoch;
  next_ = 0;
  if (options_.shuffle) {
    order_ = epoch_order(dataset_->size(), options_.seed, epoch);
  } else {
    order_.resize(static_cast<std::size_t>(dataset_->size()));
    std::iota(order_.begin(), order_.end(), std::int64_t{0});
  }
  batches_ = cut_batches(order_, options_.batch_size, options_.drop_last);
}

std::optional<Batch> DataLoader::next() {
  if (next_ == batches_.size()) return std::nullopt;
  const memory::TagScope tag(memory::Tag::data);
  std::vector<Example> examples;
  examples.reserve(batches_[next_].size());
  for (const std::int64_t index : batches_[next_]) examples.push_back(example(index));
  ++next_;
  return collate(examples);
}

Example DataLoader::example(std::int64_t index) const {
  Example plain = dataset_->get(index);
  if (!options_.transform) return plain;
  Generator generator = example_generator(options_.seed, epoch_, index);
  return options_.transform(plain, generator);
}

std::int64_t DataLoader::batches() const {
  const std::int64_t full = dataset_->size() / options_.batch_size;
  return full + (!options_.drop_last && dataset_->size() % options_.batch_size != 0);
}

std::int64_t DataLoader::examples() const {
  return options_.drop_last ? batches() * options_.batch_size : dataset_->size();
}

}  // namespace tinytorch::data
