#include "tinytorch/data/loader.hpp"

#include "tinytorch/data/prefetch.hpp"

#include <unordered_map>
#include <utility>

namespace tinytorch::data {

using tinytorch::detail::text;

EpochPlan::EpochPlan(const Dataset& dataset, DataLoaderOptions options, std::int64_t epoch, std::int64_t first)
    : dataset_(&dataset), options_(std::move(options)), epoch_(epoch) {
  check(options_);
  if (options_.sampler) {
    order_ = options_.sampler->order(epoch);
    number_repetitions();
  } else {
    order_ = options_.shuffle ? epoch_order(dataset.size(), options_.seed, epoch)
                              : SequentialSampler(dataset.size()).order(epoch);
  }
  pieces_ = cut_batches(order_, options_.batch_size, options_.drop_last);
  if (first < 0 || first > size()) throw ValueError(text({"[data_loader] batch ", first, " of an epoch of ", size()}));
  pieces_.erase(pieces_.begin(), pieces_.begin() + first);
}

// An example that a sampler draws twice gets other random numbers the second time.
void EpochPlan::number_repetitions() {
  std::unordered_map<std::int64_t, std::int64_t> times;
  for (const std::int64_t index : order_) streams_.push_back(index + dataset_->size() * times[index]++);
}

DataLoader::DataLoader(DatasetRef dataset, DataLoaderOptions options)
    : dataset_(std::move(dataset)), options_(std::move(options)) {
  EpochPlan::check(options_);
  if (options_.workers > 0) ahead_ = std::make_unique<PrefetchLoader>(*dataset_, options_);
}

DataLoader::~DataLoader() = default;
DataLoader::DataLoader(DataLoader&&) noexcept = default;
DataLoader& DataLoader::operator=(DataLoader&&) noexcept = default;

// These name PrefetchLoader's functions and do not go through its table of virtual functions, so `tito run` counts the
// calls.
std::optional<Batch> DataLoader::next() {
  const OpScope scope("next_batch", {});
  if (ahead_) return ahead_->PrefetchLoader::next();
  if (next_ == plan_.size()) return std::nullopt;
  ++position_.next;
  return plan_.load(next_++);
}

LoaderPosition DataLoader::position() const { return ahead_ ? ahead_->PrefetchLoader::position() : position_; }

void DataLoader::seek(const LoaderPosition& position) {
  if (ahead_) return ahead_->PrefetchLoader::seek(position);
  plan_ = EpochPlan(*dataset_, options_, position.epoch, position.next);
  position_ = position;
  next_ = 0;
}

}  // namespace tinytorch::data
