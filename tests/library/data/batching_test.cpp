// Splits, orders, batches and transforms: properties for random sizes, and the documented order of draws.

#include "tinytorch/data/batching.hpp"

#include "tests/library/core/random_tensors.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

using testing::integer;

TEST(StratifiedSplit, is_disjoint_complete_and_fair_to_every_class) {
  for (std::uint64_t k = 0; k < 100; ++k) {
    Generator g(mix_seed(41, k));
    std::vector<std::int64_t> labels(g.below(3 * k + 1));
    for (std::int64_t& label : labels) label = integer(g, 0, 4) * 7 - 3;
    const double share = static_cast<double>(g.below(11)) / 10.0;
    const data::SplitIndices split = data::stratified_split(labels, share, k);
    std::set<std::int64_t> all(split.train.begin(), split.train.end());
    all.insert(split.test.begin(), split.test.end());
    ASSERT_EQ(split.train.size() + split.test.size(), labels.size());
    ASSERT_EQ(all.size(), labels.size());
    std::map<std::int64_t, std::int64_t> members, tested;
    for (const std::int64_t label : labels) ++members[label];
    for (const std::int64_t i : split.test) ++tested[labels[static_cast<std::size_t>(i)]];
    for (const auto& [label, count] : members) {
      const auto wanted = static_cast<std::int64_t>(std::floor(share * static_cast<double>(count) + 0.5));
      ASSERT_EQ(tested[label], std::min(wanted, count - 1)) << "case " << k << " class " << label;
    }
  }
}

TEST(StratifiedSplit, depends_on_the_seed_alone_and_shuffles_both_parts) {
  std::vector<std::int64_t> labels(200);
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::int64_t>(i / 50);
  const auto a = data::stratified_split(labels, 0.2, 1), b = data::stratified_split(labels, 0.2, 1);
  EXPECT_EQ(a.train, b.train);
  EXPECT_EQ(a.test, b.test);
  EXPECT_NE(a.test, data::stratified_split(labels, 0.2, 2).test);
  EXPECT_FALSE(std::is_sorted(a.train.begin(), a.train.end()));
  EXPECT_FALSE(std::is_sorted(a.test.begin(), a.test.end()));
  EXPECT_THROW(data::stratified_split(labels, 1.5, 1), ValueError);
  EXPECT_THROW(data::stratified_split(labels, std::nan(""), 1), ValueError);
}

TEST(EpochOrder, follows_the_stated_draws) {
  for (std::int64_t n = 0; n < 30; ++n) {
    std::vector<std::int64_t> expected(static_cast<std::size_t>(n));
    std::iota(expected.begin(), expected.end(), 0);
    Generator g(mix_seed(5, 3));
    for (std::int64_t i = n - 1; i >= 1; --i)
      std::swap(expected[static_cast<std::size_t>(i)], expected[g.below(static_cast<std::uint64_t>(i) + 1)]);
    ASSERT_EQ(data::epoch_order(n, 5, 3), expected);
  }
  EXPECT_NE(data::epoch_order(20, 5, 3), data::epoch_order(20, 5, 4));
  EXPECT_NE(data::epoch_order(20, 5, 3), data::epoch_order(20, 6, 3));
}

TEST(EpochOrder, every_order_is_equally_likely) {
  std::map<std::vector<std::int64_t>, int> counts;
  constexpr int epochs = 20000;
  for (int epoch = 0; epoch < epochs; ++epoch) ++counts[data::epoch_order(4, 1, epoch)];
  ASSERT_EQ(counts.size(), 24U);
  double chi_squared = 0.0;
  const double expected = epochs / 24.0;
  for (const auto& [order, count] : counts) chi_squared += (count - expected) * (count - expected) / expected;
  EXPECT_LT(chi_squared, 53.0);  // 23 degrees of freedom: above this once in 2,600 fair shuffles
}

TEST(CutBatches, covers_the_order_once) {
  for (std::int64_t n = 0; n < 12; ++n)
    for (std::int64_t batch = 1; batch < 14; ++batch) {
      const std::vector<std::int64_t> order = data::epoch_order(n, 1, 0);
      const auto pieces = data::cut_batches(order, batch, false), full = data::cut_batches(order, batch, true);
      std::vector<std::int64_t> joined;
      for (const auto& piece : pieces) joined.insert(joined.end(), piece.begin(), piece.end());
      ASSERT_EQ(joined, order);
      ASSERT_EQ(static_cast<std::int64_t>(full.size()), n / batch);
      for (const auto& piece : full) ASSERT_EQ(static_cast<std::int64_t>(piece.size()), batch);
      if (!pieces.empty()) {
        ASSERT_EQ(pieces[0].data(), order.data());
      }
    }
  EXPECT_THROW(data::cut_batches({}, 0, false), ValueError);
}

TEST(Collate, copies_rows_of_any_layout) {
  for (std::uint64_t k = 0; k < 40; ++k) {
    Generator g(mix_seed(43, k));
    const Shape shape = testing::random_shape(g, 0, 3);
    std::vector<data::Example> examples;
    for (std::int64_t i = integer(g, 1, 5); i > 0; --i)
      examples.push_back({testing::relaid(randn(shape, g), g), scalar(static_cast<double>(i), DType::int64)});
    const data::Batch batch = data::collate(examples);
    ASSERT_EQ(batch.size(), static_cast<std::int64_t>(examples.size()));
    for (std::size_t i = 0; i < examples.size(); ++i) {
      ASSERT_TRUE(equal(select(batch.inputs, 0, static_cast<std::int64_t>(i)), examples[i].input));
      ASSERT_TRUE(equal(select(batch.targets, 0, static_cast<std::int64_t>(i)), examples[i].target));
    }
    batch.inputs.fill_(5.0);
    ASSERT_FALSE(examples[0].input.numel() > 0 && equal(examples[0].input, full(shape, 5.0)));
  }
  const data::Example a{zeros({2}), scalar(1.0)}, b{zeros({3}), scalar(1.0)}, c{zeros({2}, DType::int64), scalar(1.0)};
  const std::vector<data::Example> shapes = {a, b}, types = {a, c};
  EXPECT_THROW(data::collate({}), ValueError);
  EXPECT_THROW(data::collate(shapes), ShapeError);
  EXPECT_THROW(data::collate(types), DTypeError);
}

TEST(FitNormalizer, measures_the_listed_examples_alone) {
  Generator g(44);
  const Tensor inputs = randn({50, 2, 3}, g) * 3.0 + 1e4;
  inputs.select(2, 1).fill_(7.0);
  const data::TensorDataset dataset(inputs, zeros({50}));
  const auto train = data::stratified_split(std::vector<std::int64_t>(50, 0), 0.4, 1).train;
  const data::Normalizer n = data::fit_normalizer(dataset, train);
  const Tensor chosen = to(index_select(inputs, 0,
                                        [&] {
                                          Tensor rows = empty({static_cast<std::int64_t>(train.size())}, DType::int64);
                                          std::copy(train.begin(), train.end(), rows.data<std::int64_t>());
                                          return rows;
                                        }()),
                           DType::float64);
  const Tensor mean_of = mean(chosen, Shape{0});
  const Tensor deviation = sqrt(mean((chosen - mean_of) * (chosen - mean_of), Shape{0}));
  EXPECT_TRUE(allclose(to(n.mean, DType::float64), mean_of, 1e-6));
  for (const std::int64_t column : {0, 2})
    EXPECT_TRUE(allclose(to(n.deviation, DType::float64).select(1, column), deviation.select(1, column), 1e-4));
  EXPECT_TRUE(equal(n.deviation.select(1, 1), ones({2})));
  EXPECT_EQ(n.apply(inputs).sizes(), inputs.sizes());
  EXPECT_TRUE(equal(n.apply(inputs).select(2, 1), zeros({50, 2})));
  EXPECT_THROW(data::fit_normalizer(dataset, {}), ValueError);
}

TEST(RandomShift, moves_by_the_drawn_rows_and_columns) {
  for (std::uint64_t k = 0; k < 120; ++k) {
    Generator g(mix_seed(45, k));
    const std::int64_t H = integer(g, 1, 5), W = integer(g, 1, 4), C = integer(g, 1, 2), reach = integer(g, 0, 3);
    const Tensor image = testing::relaid(randn({C, H, W}, g), g);
    Generator used = data::example_generator(1, 2, static_cast<std::int64_t>(k)), draws = used;
    const auto places = static_cast<std::uint64_t>(2 * reach + 1);
    const auto dy = static_cast<std::int64_t>(draws.below(places)) - reach;
    const auto dx = static_cast<std::int64_t>(draws.below(places)) - reach;
    const data::Example before{image, scalar(1.0)};
    const data::Example after = data::random_shift(before, reach, used);
    ASSERT_EQ(used.next(), draws.next());
    ASSERT_TRUE(after.target.is_same(before.target));
    const Tensor from = contiguous(image);
    for (std::int64_t c = 0; c < C; ++c)
      for (std::int64_t i = 0; i < H; ++i)
        for (std::int64_t j = 0; j < W; ++j) {
          const bool inside = i - dy >= 0 && i - dy < H && j - dx >= 0 && j - dx < W;
          const float expected = inside ? from.data<float>()[(c * H + i - dy) * W + j - dx] : 0.0F;
          ASSERT_EQ(after.input.data<float>()[(c * H + i) * W + j], expected) << "case " << k;
        }
  }
  Generator g(1);
  EXPECT_THROW(data::random_shift({zeros({4}), scalar(0.0)}, 1, g), ShapeError);
  EXPECT_THROW(data::random_shift({zeros({2, 2}), scalar(0.0)}, -1, g), ValueError);
}

TEST(ExampleGenerator, is_a_function_of_its_three_numbers) {
  std::set<std::uint64_t> first;
  for (std::int64_t epoch = 0; epoch < 10; ++epoch)
    for (std::int64_t index = 0; index < 10; ++index) first.insert(data::example_generator(1, epoch, index).next());
  EXPECT_EQ(first.size(), 100U);
  EXPECT_EQ(data::example_generator(1, 2, 3).next(), data::example_generator(1, 2, 3).next());
  EXPECT_NE(data::example_generator(1, 2, 3).next(), data::example_generator(2, 2, 3).next());
}

}  // namespace
}  // namespace tinytorch
