#pragma once

#include "modules/05_data/tests/oracle.hpp"
#include "tests/kit/instruments/lock_fault.hpp"
#include "tests/kit/suite/run.hpp"
#include "tinytorch/data/prefetch.hpp"

#include <atomic>
#include <optional>
#include <set>
#include <string>
#include <system_error>

/// A loader under test and its data set, which has a door before each example.
namespace tinytorch {
namespace {

/// Example i holds the number i. get(i) passes door i first. Some examples throw: an IndexError or, with throw_numbers,
/// their number.
class GatedDataset : public data::Dataset {
 public:
  explicit GatedDataset(std::int64_t count, std::set<std::int64_t> broken = {})
      : count_(count), broken_(std::move(broken)) {}

  std::int64_t size() const override { return count_; }
  data::Example get(std::int64_t index) const override {
    {
      const std::lock_guard lock(mutex_);
      asked_.push_back(index);
    }
    gates.pass(index);
    if (index == breaks_down) lab::fail_next_lock();
    return plain(index);
  }
  data::Example plain(std::int64_t index) const {
    if (broken_.count(index) != 0 && throw_numbers) throw index;
    if (broken_.count(index) != 0) throw IndexError("[gated] example " + std::to_string(index) + " is broken");
    const Tensor target = empty({}, DType::int64);
    target.data<std::int64_t>()[0] = index;
    const Tensor input = empty({2});
    input.data<float>()[0] = static_cast<float>(index);
    input.data<float>()[1] = static_cast<float>(-index);
    return {input, target};
  }

  /// The first `count` examples that were asked for, in order.
  Indices asked(std::size_t count) const {
    const std::lock_guard lock(mutex_);
    return {asked_.begin(), asked_.begin() + static_cast<std::ptrdiff_t>(std::min(count, asked_.size()))};
  }

  mutable lab::Gates gates;
  bool throw_numbers = false;
  std::atomic<std::int64_t> breaks_down = -1;  ///< the next lock after this example was got fails

 private:
  std::int64_t count_;
  std::set<std::int64_t> broken_;
  mutable std::mutex mutex_;
  mutable Indices asked_;
};

[[maybe_unused]] lab::Value thrown(std::int64_t number) {
  return lab::to_value("threw the number " + std::to_string(number));
}

/// The batch that next() must return for these examples. Throws what the first broken example throws.
[[maybe_unused]] lab::Value batch_of(const GatedDataset& set, const Indices& numbers) {
  const auto rows = static_cast<std::int64_t>(numbers.size());
  const data::Batch batch{empty({rows, 2}), empty({rows}, DType::int64)};
  for (std::int64_t i = 0; i < rows; ++i) {
    const data::Example example = set.plain(numbers[static_cast<std::size_t>(i)]);
    for (std::int64_t k = 0; k < 2; ++k) batch.inputs.data<float>()[2 * i + k] = example.input.data<float>()[k];
    batch.targets.data<std::int64_t>()[i] = example.target.data<std::int64_t>()[0];
  }
  return to_value(batch);
}

/// What next() must return in an epoch over `order`: each batch or its exception, and then nothing.
[[maybe_unused]] std::vector<lab::Value> epoch_of(const GatedDataset& set, const Indices& order,
                                                  const data::DataLoaderOptions& options) {
  std::vector<lab::Value> all;
  const auto batch = static_cast<std::size_t>(options.batch_size);
  for (std::size_t first = 0; first < order.size(); first += batch) {
    const std::size_t last = std::min(first + batch, order.size());
    if (last - first < batch && options.drop_last) break;
    try {
      all.push_back(batch_of(set, {order.begin() + static_cast<std::ptrdiff_t>(first),
                                   order.begin() + static_cast<std::ptrdiff_t>(last)}));
    } catch (const std::int64_t& number) {
      all.push_back(thrown(number));
    } catch (...) {
      all.push_back(lab::caught_value());
    }
  }
  all.emplace_back();
  return all;
}

[[maybe_unused]] data::DataLoaderOptions loader_options(std::int64_t batch, int workers, std::int64_t depth) {
  data::DataLoaderOptions options;
  options.batch_size = batch;
  options.workers = workers;
  options.depth = depth;
  return options;
}

class Scene {
 public:
  Scene(lab::Case& c, std::int64_t examples, data::DataLoaderOptions options, std::set<std::int64_t> broken = {})
      : set_(examples, std::move(broken)), loader_(*set_, options), options_(options) {
    c.input("examples", examples);
    c.input("batch_size", options.batch_size);
    c.input("workers", options.workers);
    c.input("depth", options.depth);
  }

  GatedDataset& set() { return *set_; }
  lab::Gates& gates() { return set_->gates; }
  data::LoaderStats stats() { return loader_->stats(); }
  const lab::Stage& stage() const { return stage_; }

  lab::Call begin(std::int64_t epoch) {
    return lab::call(stage_, [loader = loader_.get(), epoch] {
      loader->begin_epoch(epoch);
      return true;
    });
  }
  lab::Call next() {
    return lab::call(stage_, [loader = loader_.get()] { return loader->next(); });
  }
  /// Calls next() `count` times, one after the other. An exception is one of the values.
  lab::Call next(std::int64_t count) {
    return lab::call(stage_, [loader = loader_.get(), count] {
      std::vector<lab::Value> all;
      for (std::int64_t k = 0; k < count; ++k) {
        try {
          all.push_back(lab::to_value(loader->next()));
        } catch (const std::int64_t& number) {
          all.push_back(thrown(number));
        } catch (const std::system_error&) {
          all.push_back(lab::to_value("threw system_error"));
        } catch (...) {
          all.push_back(lab::caught_value());
        }
      }
      return all;
    });
  }
  lab::Call stop() {
    return lab::call(stage_, [loader = loader_.get()] {
      loader->stop();
      return true;
    });
  }

  lab::Call seek(const data::LoaderPosition& position) {
    return lab::call(stage_, [loader = loader_.get(), position] {
      loader->seek(position);
      return true;
    });
  }
  data::LoaderPosition position() { return loader_->position(); }

  /// A whole epoch in the data set's own order.
  std::vector<lab::Value> in_order() const { return epoch_of(*set_, counted(set_->size()), options_); }
  /// Opens every door and destroys the loader.
  void end() {
    gates().open_all();
    const lab::Call ended = loader_.end(stage_);
    CHECK_SAME("the loader can be destroyed", ended.outcome(), true);
    if (ended.done()) set_.end(stage_);  // else its workers still use the data set
  }

 private:
  lab::Stage stage_;
  lab::Kept<GatedDataset> set_;
  lab::Kept<data::PrefetchLoader> loader_;
  data::DataLoaderOptions options_;
};

}  // namespace
}  // namespace tinytorch
