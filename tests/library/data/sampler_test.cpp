// Which examples an epoch visits: samplers, splits, data sets made of others.

#include "tinytorch/data/sampler.hpp"

#include "tests/library/core/random_tensors.hpp"
#include "tinytorch/data/dataset.hpp"
#include "tinytorch/data/loader.hpp"
#include "tinytorch/data/text.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <numeric>
#include <set>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

using Indices = std::vector<std::int64_t>;

data::TensorDataset numbers(std::int64_t from, std::int64_t count) {
  const Tensor all = to(arange(from + count), DType::float32).slice(0, from, from + count);
  return {all, to(all, DType::int64)};
}

TEST(Samplers, sequential_and_random_visit_everything_once) {
  EXPECT_EQ(data::SequentialSampler(4).order(3), (Indices{0, 1, 2, 3}));
  const data::RandomSampler random(20, 5);
  EXPECT_EQ(random.order(2), data::epoch_order(20, 5, 2));
  EXPECT_NE(random.order(2), random.order(3));
  const data::SubsetRandomSampler subset({7, 3, 9, 1}, 5);
  Indices sorted = subset.order(0);
  EXPECT_EQ(subset.size(), 4);
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(sorted, (Indices{1, 3, 7, 9}));
  EXPECT_EQ(subset.order(4), subset.order(4));
}

TEST(WeightedRandomSampler, draws_in_proportion_with_replacement) {
  const std::vector<double> weights = {0.0, 1.0, 3.0, 0.0, 4.0, 0.0};
  const data::WeightedRandomSampler sampler(weights, 40000);
  std::vector<double> counts(6);
  for (const std::int64_t index : sampler.order(1)) counts[static_cast<std::size_t>(index)] += 1.0;
  double chi_squared = 0.0;
  for (std::size_t i = 0; i < 6; ++i) {
    const double expected = 40000.0 * weights[i] / 8.0;
    if (expected == 0.0)
      EXPECT_EQ(counts[i], 0.0);
    else
      chi_squared += (counts[i] - expected) * (counts[i] - expected) / expected;
  }
  EXPECT_LT(chi_squared, 15.2);  // 2 degrees of freedom: above this once in 2,000 fair draws
  EXPECT_EQ(sampler.order(1), sampler.order(1));
  EXPECT_NE(sampler.order(1), sampler.order(2));
}

// With two of {1, 2, 5} drawn one after the other, the chances of each ordered pair are known.
TEST(WeightedRandomSampler, draws_in_proportion_without_replacement) {
  const std::vector<double> weights = {1.0, 0.0, 2.0, 5.0};
  const data::WeightedRandomSampler sampler(weights, 2, false, 3);
  std::map<Indices, double> counts;
  for (std::int64_t epoch = 0; epoch < 20000; ++epoch) counts[sampler.order(epoch)] += 1.0;
  ASSERT_EQ(counts.size(), 6U);
  double chi_squared = 0.0;
  for (const auto& [order, count] : counts) {
    const double first = weights[static_cast<std::size_t>(order[0])],
                 second = weights[static_cast<std::size_t>(order[1])];
    const double expected = 20000.0 * first / 8.0 * second / (8.0 - first);
    chi_squared += (count - expected) * (count - expected) / expected;
  }
  EXPECT_LT(chi_squared, 22.2);  // 5 degrees of freedom: above this once in 2,000 fair draws
  Indices all = data::WeightedRandomSampler(std::vector<double>(30, 0.5), 30, false).order(0);
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all, data::SequentialSampler(30).order(0));
}

TEST(WeightedRandomSampler, refuses_weights_that_make_no_sense) {
  using Sampler = data::WeightedRandomSampler;
  EXPECT_THROW(Sampler({}, 1), ValueError);
  EXPECT_THROW(Sampler({0.0, 0.0}, 1), ValueError);
  EXPECT_THROW(Sampler({1.0, -1.0}, 1), ValueError);
  EXPECT_THROW(Sampler({1.0, std::nan("")}, 1), ValueError);
  EXPECT_THROW(Sampler({1.0, 1e308, 1e308}, 1), ValueError);
  EXPECT_THROW(Sampler({1.0}, -1), ValueError);
  EXPECT_THROW(Sampler({1.0, 0.0}, 2, false), ValueError);
}

TEST(BatchSampler, cuts_as_the_loader_does) {
  const auto random = std::make_shared<data::RandomSampler>(10, 4);
  const data::BatchSampler batches(random, 4), full(random, 4, true);
  EXPECT_EQ(batches.size(), 3);
  EXPECT_EQ(full.size(), 2);
  EXPECT_EQ(full.batches(1).size(), 2U);
  Indices joined;
  for (const Indices& batch : batches.batches(1)) joined.insert(joined.end(), batch.begin(), batch.end());
  EXPECT_EQ(joined, random->order(1));
  EXPECT_THROW(data::BatchSampler(random, 0), ValueError);
}

TEST(DataLoader, follows_its_sampler) {
  const data::TensorDataset set = numbers(0, 12);
  const auto sampler = std::make_shared<data::WeightedRandomSampler>(std::vector<double>(12, 1.0), 30, true, 2);
  for (const int workers : {0, 2}) {
    data::DataLoader loader(set, {.batch_size = 8, .sampler = sampler, .workers = workers});
    EXPECT_EQ(loader.batches(), 4);
    EXPECT_EQ(loader.examples(), 30);
    Indices seen;
    for (const data::Batch& batch : loader.epoch(3))
      for (std::int64_t i = 0; i < batch.size(); ++i) seen.push_back(batch.targets.data<std::int64_t>()[i]);
    EXPECT_EQ(seen, sampler->order(3));
  }
}

TEST(DataLoader, draws_anew_for_an_example_that_a_sampler_repeats) {
  const data::TensorDataset set = numbers(0, 3);
  const auto sampler = std::make_shared<data::WeightedRandomSampler>(std::vector<double>(3, 1.0), 40, true, 2);
  const data::Transform draw = [](const data::Example& example, Generator& g) {
    return data::Example{full({}, g.uniform(), DType::float64), example.target};
  };
  data::DataLoader sampled(set, {.batch_size = 40, .seed = 6, .transform = draw, .sampler = sampler});
  data::DataLoader plain(set, {.batch_size = 3, .seed = 6, .transform = draw});
  sampled.begin_epoch(1);
  plain.begin_epoch(1);
  const data::Batch all = *sampled.next(), first = *plain.next();
  std::set<double> drawn(all.inputs.data<double>(), all.inputs.data<double>() + 40);
  EXPECT_EQ(drawn.size(), 40U);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(drawn.contains(first.inputs.data<double>()[i]));
}

TEST(ConcatDataset, has_the_parts_one_after_the_other) {
  const data::TensorDataset a = numbers(0, 3), none = numbers(0, 0), b = numbers(3, 4);
  const data::ConcatDataset joined({&a, &none, &b, &none});
  ASSERT_EQ(joined.size(), 7);
  for (std::int64_t i = 0; i < 7; ++i) EXPECT_EQ(joined.get(i).target.item<std::int64_t>(), i);
  EXPECT_THROW(joined.get(7), IndexError);
  EXPECT_THROW(joined.get(-1), IndexError);
  EXPECT_THROW(data::ConcatDataset({}), ValueError);
}

TEST(MapDataset, changes_what_it_passes_on) {
  const data::TensorDataset a = numbers(0, 3);
  const data::MapDataset doubled(a, [](const data::Example& example) {
    return data::Example{example.input * 2.0, example.target};
  });
  EXPECT_EQ(doubled.size(), 3);
  EXPECT_EQ(doubled.get(2).input.item<float>(), 4.0F);
  EXPECT_THROW(doubled.get(3), IndexError);
}

TEST(TokenWindows, pair_tokens_with_those_that_follow) {
  for (std::int64_t n = 0; n < 12; ++n)
    for (std::int64_t length = 1; length < 6; ++length)
      for (std::int64_t stride = 0; stride < 5; ++stride) {
        const Indices tokens = data::SequentialSampler(n).order(0);
        const data::TokenWindows windows(tokens, length, stride);
        std::int64_t count = 0;
        for (std::int64_t first = 0; first + length < n; first += stride == 0 ? length : stride, ++count) {
          ASSERT_LT(count, windows.size());
          const data::Example example = windows.get(count);
          ASSERT_TRUE(equal(example.input, arange(n).slice(0, first, first + length)));
          ASSERT_TRUE(equal(example.target, arange(n).slice(0, first + 1, first + 1 + length)));
        }
        ASSERT_EQ(windows.size(), count);
        EXPECT_THROW(windows.get(count), IndexError);
      }
  EXPECT_THROW(data::TokenWindows(Indices{1, 2}, 0), ValueError);
  EXPECT_THROW(data::TokenWindows(Indices{1, 2}, 1, -1), ValueError);
}

TEST(RandomSplit, is_disjoint_complete_and_follows_the_stated_draws) {
  for (std::uint64_t k = 0; k < 40; ++k) {
    Generator g(mix_seed(71, k));
    const data::TensorDataset set = numbers(0, testing::integer(g, 0, 20));
    const std::vector<std::int64_t> lengths = data::split_lengths(set.size(), {0.5, 0.3, 0.2});
    EXPECT_EQ(std::accumulate(lengths.begin(), lengths.end(), std::int64_t{0}), set.size());
    Generator used(k), draws(k);
    const std::vector<data::Subset> parts = data::random_split(set, lengths, used);
    Indices expected = data::SequentialSampler(set.size()).order(0), joined;
    for (std::size_t i = expected.size(); i-- > 1;) std::swap(expected[i], expected[draws.below(i + 1)]);
    for (std::size_t p = 0; p < 3; ++p) {
      ASSERT_EQ(parts[p].size(), lengths[p]);
      joined.insert(joined.end(), parts[p].indices().begin(), parts[p].indices().end());
    }
    ASSERT_EQ(joined, expected);
  }
}

TEST(RandomSplit, refuses_lengths_that_do_not_add_up) {
  const data::TensorDataset set = numbers(0, 10);
  Generator g(1);
  EXPECT_THROW(data::random_split(set, {4, 5}, g), ValueError);
  EXPECT_THROW(data::random_split(set, {4, 7}, g), ValueError);
  EXPECT_THROW(data::random_split(set, {11, -1}, g), ValueError);
  EXPECT_EQ(data::split_lengths(10, {0.45, 0.55}), (Indices{5, 5}));
  EXPECT_THROW(data::split_lengths(10, {0.5, 0.4}), ValueError);
  EXPECT_THROW(data::split_lengths(10, {1.5, -0.5}), ValueError);
}

}  // namespace
}  // namespace tinytorch
