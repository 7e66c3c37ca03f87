#pragma once

#include "tinytorch/data/batching.hpp"

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

/// Which examples an epoch visits, and in which order. Unlike PyTorch's, a sampler is a function of the epoch's number:
/// any epoch can be repeated, and a run that was stopped can go on in the middle of an epoch.
namespace tinytorch::data {

class Sampler {
 public:
  virtual ~Sampler() = default;
  /// How many examples an epoch visits.
  virtual std::int64_t size() const = 0;
  /// The numbers of the examples that the epoch visits, in order.
  virtual std::vector<std::int64_t> order(std::int64_t epoch) const = 0;
};

/// 0, 1, ..., n - 1 in every epoch.
class SequentialSampler : public Sampler {
 public:
  explicit SequentialSampler(std::int64_t n) : n_(n) {}
  std::int64_t size() const override { return n_; }
  std::vector<std::int64_t> order(std::int64_t) const override {
    std::vector<std::int64_t> all(static_cast<std::size_t>(n_));
    for (std::int64_t i = 0; i < n_; ++i) all[static_cast<std::size_t>(i)] = i;
    return all;
  }

 private:
  std::int64_t n_;
};

/// epoch_order(n, seed, epoch): each example once, in another order each epoch.
class RandomSampler : public Sampler {
 public:
  explicit RandomSampler(std::int64_t n, std::uint64_t seed = 0) : n_(n), seed_(seed) {}
  std::int64_t size() const override { return n_; }
  std::vector<std::int64_t> order(std::int64_t epoch) const override { return epoch_order(n_, seed_, epoch); }

 private:
  std::int64_t n_;
  std::uint64_t seed_;
};

/// Each of the listed examples once, in another order each epoch.
class SubsetRandomSampler : public Sampler {
 public:
  explicit SubsetRandomSampler(std::vector<std::int64_t> indices, std::uint64_t seed = 0)
      : indices_(std::move(indices)), seed_(seed) {}
  std::int64_t size() const override { return static_cast<std::int64_t>(indices_.size()); }
  std::vector<std::int64_t> order(std::int64_t epoch) const override {
    std::vector<std::int64_t> chosen = epoch_order(size(), seed_, epoch);
    for (std::int64_t& place : chosen) place = indices_[static_cast<std::size_t>(place)];
    return chosen;
  }

 private:
  std::vector<std::int64_t> indices_;
  std::uint64_t seed_;
};

/// `samples` numbers; i has the probability weights[i] / (sum of the weights). Each number takes one draw of uniform()
/// from Generator(mix_seed(seed, epoch)). With replacement the draws are independent: the first i whose running sum of
/// weights exceeds uniform() * sum. Without replacement no number comes twice: one uniform() u_i is drawn for each
/// weight, and the `samples` largest log(1 - u_i) / w_i win, largest first.
/// Source: Efraimidis and Spirakis, "Weighted random sampling with a reservoir", 2006.
class WeightedRandomSampler : public Sampler {
 public:
  /// Throws ValueError for a weight that is negative or not finite, a sum of 0, a negative number of samples, and
  /// without replacement for more samples than there are positive weights.
  WeightedRandomSampler(std::vector<double> weights, std::int64_t samples, bool replacement = true,
                        std::uint64_t seed = 0)
      : weights_(std::move(weights)), samples_(samples), replacement_(replacement), seed_(seed) {
    check();
  }
  std::int64_t size() const override { return samples_; }
  std::vector<std::int64_t> order(std::int64_t epoch) const override {
    Generator generator(mix_seed(seed_, static_cast<std::uint64_t>(epoch)));
    return replacement_ ? with_replacement(generator) : without_replacement(generator);
  }

 private:
  void check() const;
  std::vector<std::int64_t> with_replacement(Generator& generator) const;
  std::vector<std::int64_t> without_replacement(Generator& generator) const;

  std::vector<double> weights_;
  std::int64_t samples_;
  bool replacement_;
  std::uint64_t seed_;
};

/// The numbers of a sampler cut into batches, for programs that have no DataLoader.
class BatchSampler {
 public:
  /// Throws ValueError for a batch size below 1.
  BatchSampler(std::shared_ptr<const Sampler> sampler, std::int64_t batch_size, bool drop_last = false)
      : sampler_(std::move(sampler)), batch_size_(batch_size), drop_last_(drop_last) {
    if (batch_size < 1)
      throw ValueError(tinytorch::detail::text({"[batch_sampler] a batch has one example or more: ", batch_size}));
  }
  /// Batches in an epoch.
  std::int64_t size() const {
    const std::int64_t n = sampler_->size();
    return n / batch_size_ + (!drop_last_ && n % batch_size_ != 0);
  }
  std::vector<std::vector<std::int64_t>> batches(std::int64_t epoch) const {
    const std::vector<std::int64_t> order = sampler_->order(epoch);
    std::vector<std::vector<std::int64_t>> result;
    for (const auto& piece : cut_batches(order, batch_size_, drop_last_))
      result.emplace_back(piece.begin(), piece.end());
    return result;
  }

 private:
  std::shared_ptr<const Sampler> sampler_;
  std::int64_t batch_size_;
  bool drop_last_;
};

}  // namespace tinytorch::data
