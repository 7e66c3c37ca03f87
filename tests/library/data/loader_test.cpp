// Data sets and the loader: pairs stay together, epochs differ and can be repeated, no example is lost.

#include "tinytorch/data/loader.hpp"

#include "tinytorch/core/ops.hpp"
#include "tinytorch/data/make_data_loader.hpp"

#include <set>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

// Input i is (i, i) and its target is i, so a wrong pair shows.
struct Pairs {
  explicit Pairs(std::int64_t count)
      : set(to(arange(count), DType::float32).unsqueeze(1).expand({count, 2}), arange(count)) {}
  data::TensorDataset set;
};

std::vector<std::int64_t> targets(data::Loader& loader, std::int64_t epoch) {
  std::vector<std::int64_t> seen;
  for (const data::Batch& batch : loader.epoch(epoch))
    for (std::int64_t i = 0; i < batch.size(); ++i) {
      const std::int64_t target = batch.targets.data<std::int64_t>()[i];
      EXPECT_EQ(batch.inputs.data<float>()[2 * i], static_cast<float>(target));
      EXPECT_EQ(batch.inputs.data<float>()[2 * i + 1], static_cast<float>(target));
      seen.push_back(target);
    }
  return seen;
}

TEST(DataLoader, visits_every_example_once_and_keeps_pairs_together) {
  for (std::int64_t n = 0; n < 14; ++n)
    for (std::int64_t batch_size = 1; batch_size < 16; batch_size += 2)
      for (const bool shuffle : {false, true}) {
        const Pairs numbers(n);
        data::DataLoader loader(numbers.set, {.batch_size = batch_size, .shuffle = shuffle, .seed = 3});
        const std::vector<std::int64_t> seen = targets(loader, 1);
        ASSERT_EQ(static_cast<std::int64_t>(seen.size()), n);
        ASSERT_EQ(std::set<std::int64_t>(seen.begin(), seen.end()).size(), seen.size());
        ASSERT_EQ(loader.examples(), n);
        ASSERT_EQ(loader.batches(), (n + batch_size - 1) / batch_size);
        ASSERT_EQ(seen == data::epoch_order(n, 3, 1) || !shuffle, true);
      }
}

TEST(DataLoader, drops_the_short_batch_only_when_asked) {
  const Pairs numbers(10);
  data::DataLoader loader(numbers.set, {.batch_size = 4, .drop_last = true});
  EXPECT_EQ(targets(loader, 0).size(), 8U);
  EXPECT_EQ(loader.batches(), 2);
  EXPECT_EQ(loader.examples(), 8);
}

TEST(DataLoader, epochs_differ_and_each_can_be_repeated) {
  const Pairs numbers(30);
  data::DataLoader loader(numbers.set, {.batch_size = 7, .shuffle = true, .seed = 1});
  const auto first = targets(loader, 0), second = targets(loader, 1);
  EXPECT_NE(first, second);
  loader.begin_epoch(5);
  loader.next();  // this epoch is not finished
  EXPECT_EQ(targets(loader, 0), first);
  data::DataLoader other(numbers.set, {.batch_size = 3, .shuffle = true, .seed = 1});
  EXPECT_EQ(targets(other, 1), second);
}

TEST(DataLoader, a_transform_draws_by_epoch_and_example_not_by_place_in_the_batch) {
  const Pairs numbers(12);
  const data::Transform draw = [](const data::Example& example, Generator& g) {
    return data::Example{example.input, full({}, g.uniform(), DType::float64)};
  };
  const auto drawn = [&](std::int64_t batch_size, bool shuffle, std::int64_t epoch) {
    data::DataLoader loader(numbers.set, {.batch_size = batch_size, .shuffle = shuffle, .seed = 9, .transform = draw});
    std::vector<double> by_example(12);
    for (const data::Batch& batch : loader.epoch(epoch))
      for (std::int64_t i = 0; i < batch.size(); ++i)
        by_example[static_cast<std::size_t>(batch.inputs.data<float>()[2 * i])] = batch.targets.data<double>()[i];
    return by_example;
  };
  EXPECT_EQ(drawn(5, false, 2), drawn(4, true, 2));
  EXPECT_NE(drawn(5, false, 2), drawn(5, false, 3));
}

TEST(Datasets, refuse_what_does_not_fit) {
  EXPECT_THROW(data::TensorDataset(zeros({3, 2}), zeros({2})), ShapeError);
  EXPECT_THROW(data::TensorDataset(scalar(1.0), scalar(1.0)), ShapeError);
  const Pairs numbers(3);
  EXPECT_THROW(numbers.set.get(3), IndexError);
  EXPECT_THROW(numbers.set.get(-1), IndexError);
  EXPECT_THROW(data::Subset(numbers.set, {0, 3}), IndexError);
  EXPECT_THROW(data::DataLoader(numbers.set, {.batch_size = 0}), ValueError);
  const data::Subset subset(numbers.set, {2, 0});
  EXPECT_EQ(subset.get(0).target.item<std::int64_t>(), 2);
  EXPECT_EQ(subset.size(), 2);
  EXPECT_THROW(subset.get(2), IndexError);
}

// Both would read freed memory if the loader only pointed to them.
TEST(DataLoader, keeps_a_data_set_that_would_end_with_the_expression) {
  const Tensor x = arange(6, DType::float32), y = arange(6);
  for (const int workers : {0, 2}) {
    data::DataLoader first(data::TensorDataset(x, y), {.batch_size = 4, .workers = workers});
    data::DataLoader loader = std::move(first);
    std::int64_t seen = 0;
    for (const data::Batch& batch : loader.epoch(0)) seen += batch.size();
    EXPECT_EQ(seen, 6);
    data::DataLoader part(data::Subset(data::TensorDataset(x, y), {5, 1}), {.batch_size = 4, .workers = workers});
    for (const data::Batch& batch : part.epoch(0)) EXPECT_EQ(to_string(batch.inputs), "[5., 1.]");
  }
  const data::MapDataset doubled(data::TensorDataset(x, y), [](const data::Example& e) {
    return data::Example{e.input * 2.0, e.target};
  });
  const data::ConcatDataset twice({data::TensorDataset(x, y), doubled});
  EXPECT_EQ(twice.get(7).input.item<float>(), 2.0F);
  Generator g(1);
  const std::vector<data::Subset> parts = data::random_split(data::TensorDataset(x, y), {4, 2}, g);
  EXPECT_EQ(parts[0].get(0).input.dim() + parts[1].size(), 2);
  const auto shared = std::make_shared<const data::TensorDataset>(x, y);
  data::DataLoader loader(shared, {.batch_size = 6});
  EXPECT_EQ(shared.use_count(), 2);
}

TEST(DataLoader, only_points_to_a_data_set_with_a_name) {
  const data::TensorDataset all(arange(2, DType::float32), arange(2));
  data::DataLoader loader(all, {.batch_size = 2});
  const data::Subset some(all, {1});
  EXPECT_EQ(loader.examples() + some.size(), 3);
}

TEST(DataLoader, a_loop_over_it_is_the_next_epoch) {
  const Pairs numbers(10);
  data::DataLoader loader(numbers.set, {.batch_size = 4, .shuffle = true, .seed = 3});
  for (std::int64_t epoch = 0; epoch < 3; ++epoch) {
    std::vector<std::int64_t> seen;
    for (auto& batch : loader)
      for (std::int64_t i = 0; i < batch.size(); ++i) seen.push_back(batch.targets.data<std::int64_t>()[i]);
    data::DataLoader same(numbers.set, {.batch_size = 4, .shuffle = true, .seed = 3});
    EXPECT_EQ(seen, targets(same, epoch));
  }
  for (auto& batch : loader) {
    EXPECT_EQ(batch.size(), 4);
    break;  // the rest of this epoch is left out
  }
  EXPECT_EQ(loader.position(), (data::LoaderPosition{3, 1}));
  loader.seek({7, 0});
  loader.begin();
  EXPECT_EQ(loader.position().epoch, 7);
}

TEST(MakeDataLoader, owns_its_data_set) {
  const auto loader =
      data::make_data_loader<data::SequentialSampler>(data::TensorDataset(arange(5), arange(5)), std::int64_t{2});
  std::vector<std::int64_t> sizes;
  for (auto& batch : *loader) sizes.push_back(batch.size());
  EXPECT_EQ(sizes, (std::vector<std::int64_t>{2, 2, 1}));
  EXPECT_EQ(loader->examples(), 5);
}

TEST(MakeDataLoader, shuffles_by_the_default_generator) {
  const auto first_epoch = [] {
    manual_seed(1);
    const auto loader = data::make_data_loader(data::TensorDataset(arange(20), arange(20)), std::int64_t{20});
    return loader->begin()->targets.clone();
  };
  const Tensor order = first_epoch();
  EXPECT_FALSE(equal(order, arange(20)));
  EXPECT_TRUE(equal(order, first_epoch()));
}

}  // namespace
}  // namespace tinytorch
