#pragma once

#include "tinytorch/data/epochs.hpp"
#include "tinytorch/data/plan.hpp"
#include "tinytorch/data/prefetch.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace tinytorch::data {

/// Loads on the caller's thread, or ahead of it with options.workers threads; the batches are the same. The data set
/// must outlive the loader.
class DataLoader : public Loader {
 public:
  /// Throws ValueError as EpochPlan::check does.
  explicit DataLoader(const Dataset& dataset, LoaderOptions options = {})
      : dataset_(&dataset), options_(std::move(options)) {
    EpochPlan::check(options_);
    if (options_.workers > 0) ahead_ = std::make_unique<PrefetchLoader>(dataset, options_);
  }

  void begin_epoch(std::int64_t epoch) override { seek({epoch, 0}); }
  std::optional<Batch> next() override {
    if (ahead_) return ahead_->next();
    if (next_ == plan_.size()) return std::nullopt;
    ++position_.next;
    return plan_.load(next_++);
  }
  std::int64_t batches() const override { return EpochPlan::batches(*dataset_, options_); }
  std::int64_t examples() const override { return EpochPlan::examples(*dataset_, options_); }
  LoaderPosition position() const override { return ahead_ ? ahead_->position() : position_; }
  void seek(const LoaderPosition& position) override {
    if (ahead_) return ahead_->seek(position);
    plan_ = EpochPlan(*dataset_, options_, position.epoch, position.next);
    position_ = position;
    next_ = 0;
  }

 private:
  const Dataset* dataset_;
  LoaderOptions options_;
  EpochPlan plan_;
  std::int64_t next_ = 0;  // in the plan
  LoaderPosition position_;
  std::unique_ptr<PrefetchLoader> ahead_;
};

}  // namespace tinytorch::data
