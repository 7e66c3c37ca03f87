// Loading ahead: the same batches for any number of workers, never more of them than the bound, and stop from any
// state.

#include "tinytorch/data/prefetch.hpp"

#include "src/course/holes.hpp"
#include "tests/library/core/random_tensors.hpp"
#include "tinytorch/data/loader.hpp"
#include "tinytorch/data/transforms.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <numeric>
#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

using testing::integer;

// Example i is the number i.
class Numbers : public data::Dataset {
 public:
  explicit Numbers(std::int64_t count) : count_(count) {}
  std::int64_t size() const override { return count_; }
  data::Example get(std::int64_t index) const override {
    if (index == broken) throw ValueError("example " + std::to_string(index) + " is broken");
    if (index == hole) throw NotImplemented("5.8");
    return {scalar(static_cast<double>(index), DType::float64), scalar(static_cast<double>(index), DType::int64)};
  }

  std::int64_t broken = -1;
  std::int64_t hole = -1;

 private:
  std::int64_t count_;
};

// Holds example 0 back until it is opened. Counts the examples that were begun.
class Gated : public data::Dataset {
 public:
  explicit Gated(std::int64_t count) : count_(count) {}
  std::int64_t size() const override { return count_; }
  data::Example get(std::int64_t index) const override {
    std::unique_lock lock(mutex_);
    ++begun_;
    most_ahead = std::max(most_ahead, begun_ - asked);
    changed_.notify_all();
    if (index == 0) changed_.wait(lock, [&] { return open_; });
    return {scalar(static_cast<double>(index)), scalar(0.0)};
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void wait_until_begun(std::int64_t count) {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, std::chrono::seconds(60), [&] { return begun_ >= count; }))
        << begun_ << " of " << count << " batches begun";
  }
  void ask() {
    const std::lock_guard lock(mutex_);
    ++asked;
  }

  mutable std::int64_t most_ahead = 0;
  std::int64_t asked = 0;

 private:
  std::int64_t count_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable std::int64_t begun_ = 0;
  bool open_ = false;
};

std::vector<std::int64_t> numbers(const data::Batch& batch) {
  const auto* first = batch.targets.data<std::int64_t>();
  return {first, first + batch.size()};
}

// All bits of an epoch's batches.
struct Said {
  std::vector<std::int64_t> targets;
  std::vector<float> inputs;
  std::vector<std::int64_t> sizes;
  bool operator==(const Said&) const = default;
};

void note(Said& said, const data::Batch& batch) {
  for (const std::int64_t number : numbers(batch)) said.targets.push_back(number);
  const auto* first = batch.inputs.data<float>();
  said.inputs.insert(said.inputs.end(), first, first + batch.inputs.numel());
  said.sizes.push_back(batch.size());
}

Said rest_of(data::Loader& loader) {
  Said said;
  for (const data::Batch& batch : loader.rest()) note(said, batch);
  return said;
}

Said whole(data::Loader& loader, std::int64_t epoch) {
  loader.begin_epoch(epoch);
  return rest_of(loader);
}

data::TensorDataset pictures(std::int64_t count) {
  Generator g(5);
  return {randn({count, 2, 5, 4}, g), arange(count)};
}

data::DataLoaderOptions augmented(int workers, std::int64_t batch_size = 7, std::int64_t depth = 0) {
  using namespace data::transforms;
  return {.batch_size = batch_size,
          .shuffle = true,
          .seed = 11,
          .transform = Compose({RandomHorizontalFlip{}, RandomShift{2}, RandomRotation{15.0}, Cutout{2}}),
          .workers = workers,
          .depth = depth};
}

// Bugs of other libraries' loaders: the order repeats, results depend on the number of workers, exceptions are lost,
// threads are not joined.
TEST(PeersBug14DataLoader, batches_are_bitwise_the_same_for_0_1_2_and_4_workers) {
  const data::TensorDataset set = pictures(60);
  for (const bool drop_last : {false, true}) {
    data::DataLoaderOptions options = augmented(0);
    options.drop_last = drop_last;
    data::DataLoader plain(set, options);
    std::vector<Said> expected;
    for (std::int64_t epoch = 0; epoch < 3; ++epoch) expected.push_back(whole(plain, epoch));
    EXPECT_EQ(expected[0].targets.size(), drop_last ? 56U : 60U);
    for (const int workers : {1, 2, 4})
      for (const std::int64_t depth : {1, 2, 5, 40}) {
        options.workers = workers;
        options.depth = depth;
        data::DataLoader ahead(set, options);
        for (const std::int64_t epoch : {2, 0, 1})
          ASSERT_EQ(whole(ahead, epoch), expected[static_cast<std::size_t>(epoch)]) << workers << " workers";
      }
  }
}

TEST(PeersBug14DataLoader, each_epoch_has_another_order_which_seed_and_epoch_decide) {
  const data::TensorDataset set = pictures(40);
  data::DataLoader a(set, augmented(2)), b(set, augmented(4));
  std::set<std::vector<std::int64_t>> orders;
  for (std::int64_t epoch = 0; epoch < 6; ++epoch) {
    const Said said = whole(a, epoch);
    EXPECT_EQ(said.targets, data::epoch_order(40, 11, epoch));
    EXPECT_EQ(whole(b, epoch), said);
    orders.insert(said.targets);
  }
  EXPECT_EQ(orders.size(), 6U);
}

TEST(PeersBug14DataLoader, an_exception_in_a_worker_reaches_the_caller_in_the_place_of_its_batch) {
  Numbers set(20);
  set.broken = 9;
  for (const int workers : {0, 1, 2, 4}) {
    data::DataLoader loader(set, {.batch_size = 4, .workers = workers});
    for (std::int64_t epoch = 0; epoch < 2; ++epoch) {
      loader.begin_epoch(epoch);
      EXPECT_EQ(numbers(*loader.next()), (std::vector<std::int64_t>{0, 1, 2, 3}));
      EXPECT_EQ(numbers(*loader.next()), (std::vector<std::int64_t>{4, 5, 6, 7}));
      try {
        loader.next();
        ADD_FAILURE() << "nothing was thrown";
      } catch (const ValueError& error) {
        EXPECT_STREQ(error.what(), "example 9 is broken");
      }
      EXPECT_EQ(loader.position(), (data::LoaderPosition{epoch, 3}));
      EXPECT_EQ(numbers(*loader.next()), (std::vector<std::int64_t>{12, 13, 14, 15}));
      EXPECT_EQ(numbers(*loader.next()), (std::vector<std::int64_t>{16, 17, 18, 19}));
      EXPECT_FALSE(loader.next());
    }
  }
}

TEST(PeersBug14DataLoader, threads_are_joined_when_the_loader_goes_early) {
  const data::TensorDataset set = pictures(200);
  for (int round = 0; round < 30; ++round) {
    data::DataLoader never(set, augmented(3, 1));
    data::DataLoader begun(set, augmented(3, 1, 2));
    begun.begin_epoch(round);
    data::DataLoader left(set, augmented(3, 1, 2));
    left.begin_epoch(round);
    for (int k = 0; k < round; ++k) ASSERT_TRUE(left.next());
  }
}

TEST(PrefetchLoader, a_hole_of_a_lab_reaches_the_caller) {
  Numbers set(4);
  set.hole = 2;
  data::PrefetchLoader loader(set, {.batch_size = 2, .workers = 2});
  loader.begin_epoch(0);
  EXPECT_TRUE(loader.next());
  EXPECT_THROW(loader.next(), NotImplemented);
  EXPECT_FALSE(loader.next());
}

TEST(PrefetchLoader, works_ahead_by_depth_and_workers_and_no_further) {
  for (const int workers : {1, 2, 4})
    for (const std::int64_t depth : {1, 3}) {
      Gated set(40);
      data::PrefetchLoader loader(set, {.batch_size = 1, .workers = workers, .depth = depth});
      loader.begin_epoch(0);
      // Batch 0 is held back. One worker can begin nothing else. With more workers the others fill the queue except the
      // place of batch 0, and then wait with one batch each.
      const std::int64_t expected = workers == 1 ? 1 : depth - 1 + workers;
      set.wait_until_begun(expected);
      set.open();
      for (std::int64_t k = 0; k < 40; ++k) {
        set.ask();
        const std::optional<data::Batch> batch = loader.next();
        ASSERT_TRUE(batch);
        ASSERT_EQ(batch->inputs.item<double>(), static_cast<double>(k));
      }
      EXPECT_LE(set.most_ahead, depth + workers);
      EXPECT_LE(loader.stats().peak_alive, depth + workers);
      EXPECT_GE(loader.stats().peak_alive, expected);
      EXPECT_EQ(loader.stats().started, 40);
      EXPECT_EQ(loader.stats().delivered, 40);
      EXPECT_FALSE(loader.next());
    }
}

TEST(PrefetchLoader, fills_the_queue_while_nobody_asks) {
  Gated set(40);
  set.open();
  data::PrefetchLoader loader(set, {.batch_size = 1, .workers = 2, .depth = 3});
  loader.begin_epoch(0);
  set.wait_until_begun(5);
  std::this_thread::yield();
  EXPECT_EQ(loader.stats().started, 5);
  EXPECT_EQ(loader.stats().delivered, 0);
}

TEST(PrefetchLoader, stops_from_any_state) {
  const Numbers set(30);
  data::PrefetchLoader loader(set, {.batch_size = 2, .workers = 3, .depth = 2});
  loader.stop();
  EXPECT_FALSE(loader.next());
  for (int taken = 0; taken <= 16; ++taken) {
    loader.begin_epoch(taken);
    for (int k = 0; k < std::min(taken, 15); ++k) ASSERT_TRUE(loader.next());
    loader.stop();
    EXPECT_FALSE(loader.next());
    EXPECT_EQ(loader.position(), (data::LoaderPosition{taken, std::min(taken, 15)}));
    if (taken % 2 == 0) loader.stop();
  }
  loader.begin_epoch(0);
  EXPECT_EQ(numbers(*loader.next()), (std::vector<std::int64_t>{0, 1}));
}

TEST(PrefetchLoader, begins_an_epoch_in_the_middle_of_another) {
  const data::TensorDataset set = pictures(50);
  data::DataLoader plain(set, augmented(0));
  data::PrefetchLoader loader(set, augmented(3));
  for (std::int64_t epoch = 0; epoch < 8; ++epoch) {
    loader.begin_epoch(100 + epoch);
    for (std::int64_t k = 0; k < epoch; ++k) ASSERT_TRUE(loader.next());
    ASSERT_EQ(whole(loader, epoch), whole(plain, epoch));
  }
}

TEST(PrefetchLoader, has_epochs_without_batches_and_of_one_batch) {
  const Numbers none(0), few(3);
  data::PrefetchLoader empty_loader(none, {.batch_size = 4, .workers = 2});
  empty_loader.begin_epoch(0);
  EXPECT_FALSE(empty_loader.next());
  EXPECT_FALSE(empty_loader.next());
  data::PrefetchLoader loader(few, {.batch_size = 10, .workers = 4});
  loader.begin_epoch(0);
  EXPECT_EQ(numbers(*loader.next()), (std::vector<std::int64_t>{0, 1, 2}));
  EXPECT_FALSE(loader.next());
  data::PrefetchLoader dropped(few, {.batch_size = 10, .drop_last = true, .workers = 4});
  dropped.begin_epoch(0);
  EXPECT_FALSE(dropped.next());
}

TEST(DataLoader, moves_while_its_workers_work) {
  const Numbers set(20);
  data::DataLoader first(set, {.batch_size = 2, .workers = 2, .depth = 1}), plain(set, {.batch_size = 2});
  for (data::DataLoader* loader : {&first, &plain}) {
    loader->begin_epoch(0);
    EXPECT_TRUE(loader->next());
    data::DataLoader second(std::move(*loader));
    EXPECT_EQ(numbers(*second.next()), (std::vector<std::int64_t>{2, 3}));
    data::DataLoader third(set, {.batch_size = 3, .workers = 1});
    third.begin_epoch(1);
    third = std::move(second);
    EXPECT_EQ(numbers(*third.next()), (std::vector<std::int64_t>{4, 5}));
  }
}

TEST(PrefetchLoader, random_use_agrees_with_the_plain_loader) {
  for (std::uint64_t k = 0; k < 60; ++k) {
    Generator g(mix_seed(61, k));
    const data::TensorDataset set = pictures(integer(g, 0, 40));
    const std::int64_t batch_size = integer(g, 1, 9);
    data::DataLoader plain(set, augmented(0, batch_size));
    data::PrefetchLoader ahead(set, augmented(static_cast<int>(integer(g, 1, 5)), batch_size, integer(g, 1, 6)));
    for (int step = 0; step < 12; ++step) {
      const std::int64_t epoch = integer(g, 0, 3);
      switch (g.below(3)) {
        case 0:
          ASSERT_EQ(whole(ahead, epoch), whole(plain, epoch)) << "case " << k;
          break;
        case 1:
          ahead.stop();
          break;
        default:
          const data::LoaderPosition position{epoch, integer(g, 0, plain.batches())};
          ahead.seek(position);
          plain.seek(position);
          ASSERT_EQ(rest_of(ahead), rest_of(plain)) << "case " << k;
      }
    }
  }
}

TEST(LoaderPosition, goes_on_where_it_was_for_any_number_of_workers) {
  const data::TensorDataset set = pictures(33);
  for (const int before : {0, 2})
    for (const int after : {0, 3}) {
      data::DataLoader first(set, augmented(before, 4)), second(set, augmented(after, 4));
      EXPECT_EQ(first.position(), (data::LoaderPosition{0, 0}));
      for (std::int64_t taken = 0; taken <= first.batches(); ++taken) {
        first.begin_epoch(5);
        for (std::int64_t k = 0; k < taken; ++k) ASSERT_TRUE(first.next());
        const data::LoaderPosition position = first.position();
        EXPECT_EQ(position, (data::LoaderPosition{5, taken}));
        second.seek(position);
        EXPECT_EQ(second.position(), position);
        ASSERT_EQ(rest_of(second), rest_of(first));
        EXPECT_EQ(second.position(), (data::LoaderPosition{5, first.batches()}));
        ASSERT_EQ(whole(second, 6), whole(first, 6)) << "the epoch after";
      }
      EXPECT_THROW(second.seek({5, first.batches() + 1}), ValueError);
      EXPECT_THROW(second.seek({5, -1}), ValueError);
      EXPECT_EQ(whole(second, 1), whole(first, 1)) << "after a seek that failed";
    }
}

TEST(PrefetchLoader, refuses_options_that_make_no_sense) {
  const Numbers set(3);
  EXPECT_THROW(data::PrefetchLoader(set, {.workers = 0}), ValueError);
  EXPECT_THROW(data::PrefetchLoader(set, {.workers = 1, .depth = -1}), ValueError);
  EXPECT_THROW(data::DataLoader(set, {.workers = -1}), ValueError);
  EXPECT_THROW(data::DataLoader(set, {.batch_size = 0, .workers = 1}), ValueError);
  EXPECT_THROW(data::DataLoader(set, {.shuffle = true, .sampler = std::make_shared<data::SequentialSampler>(3)}),
               ValueError);
}

}  // namespace
}  // namespace tinytorch
