// Loaders of ragged examples, of several inputs, and with a collate function of the user's own.

#include "tinytorch/core/ops.hpp"
#include "tinytorch/data/loader.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

using data::Batch;
using data::Example;

// A data set made by a function of the index.
class Made : public data::Dataset {
 public:
  Made(std::int64_t size, std::function<Example(std::int64_t)> make) : size_(size), make_(std::move(make)) {}
  std::int64_t size() const override { return size_; }
  Example get(std::int64_t index) const override { return make_(index); }

 private:
  std::int64_t size_;
  std::function<Example(std::int64_t)> make_;
};

// Sequence i has 1 + i % 4 steps of (i, i) and as target its number.
Made sequences(std::int64_t n) {
  return Made(n, [](std::int64_t i) {
    return Example{full({1 + i % 4, 2}, static_cast<double>(i)), full({}, static_cast<double>(i), DType::int64)};
  });
}

std::string message_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing thrown";
}

Batch first_batch(data::Loader& loader) {
  loader.begin_epoch(0);
  return loader.next().value();
}

TEST(PadBatch, fills_each_sequence_up_to_the_longest_of_its_batch) {
  for (const int workers : {0, 2}) {
    data::DataLoader loader(sequences(10),
                            {.batch_size = 4, .collate = data::pad_batch({.value = -1.0}), .workers = workers});
    std::int64_t seen = 0;
    for (const Batch& batch : loader) {
      ASSERT_EQ(batch.more.size(), 1U);
      const Tensor& lengths = batch.more[0];
      std::int64_t longest = 0;
      for (std::int64_t row = 0; row < batch.size(); ++row, ++seen) {
        const std::int64_t length = lengths.data<std::int64_t>()[row];
        EXPECT_EQ(length, 1 + seen % 4);
        longest = std::max(longest, length);
        for (std::int64_t step = 0; step < batch.inputs.size(1); ++step) {
          const double wanted = step < length ? static_cast<double>(seen) : -1.0;
          EXPECT_EQ(batch.inputs.select(0, row).select(0, step).select(0, 1).item<double>(), wanted);
        }
        EXPECT_EQ(batch.targets.data<std::int64_t>()[row], seen);
      }
      EXPECT_EQ(batch.inputs.sizes(), Shape({batch.size(), longest, 2}));
    }
    EXPECT_EQ(seen, 10);
  }
}

TEST(PadBatch, fills_up_targets_of_different_lengths_with_what_the_loss_leaves_out) {
  const Made tagged(3, [](std::int64_t i) { return Example{arange(i + 1), full({i + 1}, 7.0, DType::int64)}; });
  data::DataLoader loader(tagged, {.batch_size = 3, .collate = data::pad_batch()});
  const Batch batch = first_batch(loader);
  EXPECT_EQ(batch.inputs.dtype(), DType::int64);
  EXPECT_TRUE(equal(batch.targets, tensor({7, -100, -100, 7, 7, -100, 7, 7, 7}).view({3, 3})));
}

TEST(PadBatch, takes_sequences_without_a_step) {
  const Made some(2, [](std::int64_t i) { return Example{zeros({2 * i, 3}), zeros({}, DType::int64)}; });
  const Batch batch = data::pad_batch()(std::vector<Example>{some.get(0), some.get(1)});
  EXPECT_EQ(batch.inputs.sizes(), Shape({2, 2, 3}));
  EXPECT_TRUE(equal(batch.more[0], tensor({0, 2})));
}

TEST(PadBatch, takes_sequences_of_any_rank) {
  const Tensor target = zeros({}, DType::int64);
  const Batch batch =
      data::pad_batch()(std::vector<Example>{{ones({1, 1, 2, 1, 2, 1}), target}, {ones({3, 1, 2, 1, 2, 1}), target}});
  EXPECT_EQ(batch.inputs.sizes(), Shape({2, 3, 1, 2, 1, 2, 1}));
  EXPECT_EQ(batch.inputs.sum().item<double>(), 16.0);
}

TEST(PadBatch, refuses_what_is_no_sequence) {
  const Tensor target = zeros({}, DType::int64);
  EXPECT_THROW(data::pad_batch()({}), ValueError);
  EXPECT_THROW(data::pad_batch()(std::vector<Example>{{zeros({}), target}}), ShapeError);
  EXPECT_THROW(data::pad_batch()(std::vector<Example>{{zeros({2, 3}), target}, {zeros({1, 4}), target}}), ShapeError);
  EXPECT_THROW(data::pad_batch()(std::vector<Example>{{zeros({2}), target}, {zeros({1}, DType::float64), target}}),
               DTypeError);
}

// Two inputs: a picture, and a number beside it.
Made two_inputs(std::int64_t n) {
  return Made(n, [](std::int64_t i) {
    const auto number = static_cast<double>(i);
    return Example{full({2, 2}, number), full({}, number, DType::int64), {full({3}, -number), full({}, number)}};
  });
}

TEST(DataLoader, stacks_further_inputs_beside_the_first) {
  for (const int workers : {0, 2}) {
    data::DataLoader loader(two_inputs(5), {.batch_size = 2, .shuffle = true, .workers = workers});
    for (const Batch& batch : loader) {
      ASSERT_EQ(batch.more.size(), 2U);
      EXPECT_EQ(batch.more[0].sizes(), Shape({batch.size(), 3}));
      EXPECT_TRUE(equal(batch.more[1].to(DType::int64), batch.targets)) << "each stays with its example";
      EXPECT_TRUE(equal(batch.more[0].select(1, 2), neg(batch.inputs.select(1, 0).select(1, 0))));
    }
  }
}

TEST(DataLoader, keeps_further_inputs_when_a_transform_changes_the_first) {
  const data::Transform twice = [](const Example& example, Generator&) {
    return Example{example.input * 2.0, example.target};
  };
  data::DataLoader loader(two_inputs(3), {.batch_size = 3, .transform = twice});
  const Batch batch = first_batch(loader);
  ASSERT_EQ(batch.more.size(), 2U);
  EXPECT_EQ(batch.inputs.select(0, 2).sum().item<double>(), 16.0);
}

TEST(DataLoader, says_which_example_has_other_further_inputs) {
  const Made uneven(2, [](std::int64_t i) {
    return Example{ones({1}), zeros({}, DType::int64), std::vector<Tensor>(static_cast<std::size_t>(i), ones({1}))};
  });
  data::DataLoader loader(uneven, {.batch_size = 2});
  EXPECT_EQ(message_of([&] { first_batch(loader); }),
            "[data_loader] an example has 1 further inputs, the first one of its batch 0");
}

TEST(DataLoader, puts_examples_together_as_the_user_says) {
  const data::CollateFunction sum = [](std::span<const Example> examples) {
    Tensor total = examples[0].input;
    for (const Example& example : examples.subspan(1)) total = total + example.input;
    return Batch{total.unsqueeze(0), ones({1})};
  };
  const Made numbers(4, [](std::int64_t i) { return Example{full({1}, static_cast<double>(i)), ones({1})}; });
  data::DataLoader loader(numbers, {.batch_size = 4, .collate = sum});
  EXPECT_EQ(first_batch(loader).inputs.item<double>(), 6.0);
  data::DataLoader empty(numbers, {.collate = [](std::span<const Example>) { return Batch{}; }});
  EXPECT_EQ(message_of([&] { first_batch(empty); }),
            "[data_loader] the collate function returned a batch without inputs (B, ...)");
}

}  // namespace
}  // namespace tinytorch
