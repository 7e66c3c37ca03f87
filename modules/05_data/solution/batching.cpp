// Lab 05, part B: which examples, in which order, how they are changed, and how they are put together.

#include "tinytorch/data/batching.hpp"

#include "tinytorch/core/raw.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <string>
#include <utility>

namespace tinytorch::data {

// BEGIN HELPER 5.3
namespace {

// Fisher and Yates: i = n-1..1, swapped with below(i + 1).
void shuffle(std::vector<std::int64_t>& values, Generator& generator) {
  for (std::size_t i = values.size(); i-- > 1;) std::swap(values[i], values[generator.below(i + 1)]);
}

}  // namespace
// END HELPER

// Splits 0..n-1 into train and test; each class gives the same share to the test.
//   labels (7 7 7 7 3), share 0.5 -> two of the sevens are in the test, the three is in train
SplitIndices stratified_split(std::span<const std::int64_t> labels, double test_share, std::uint64_t seed) {
  // BEGIN SOLUTION 5.3: one class at a time, in the order of draws that the header states
  if (!(test_share >= 0.0 && test_share <= 1.0)) {
    throw ValueError("[stratified_split] a share is between 0 and 1: " + std::to_string(test_share));
  }
  std::vector<std::int64_t> classes(labels.begin(), labels.end());
  std::sort(classes.begin(), classes.end());
  classes.erase(std::unique(classes.begin(), classes.end()), classes.end());

  Generator generator(seed);
  SplitIndices split;
  for (const std::int64_t label : classes) {
    std::vector<std::int64_t> members;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      if (labels[i] == label) members.push_back(static_cast<std::int64_t>(i));
    }
    shuffle(members, generator);
    const double wanted = std::floor(test_share * static_cast<double>(members.size()) + 0.5);
    const std::size_t test = std::min(static_cast<std::size_t>(wanted), members.size() - 1);
    const auto cut = members.begin() + static_cast<std::ptrdiff_t>(test);
    split.test.insert(split.test.end(), members.begin(), cut);
    split.train.insert(split.train.end(), cut, members.end());
  }
  shuffle(split.train, generator);
  shuffle(split.test, generator);
  return split;
  // END SOLUTION
}

// The numbers 0..n-1 in the order of an epoch.
//   the same arguments -> the same order; another epoch -> another order
std::vector<std::int64_t> epoch_order(std::int64_t n, std::uint64_t seed, std::int64_t epoch) {
  // BEGIN SOLUTION 5.4: a generator of its own for each epoch
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  Generator generator(mix_seed(seed, static_cast<std::uint64_t>(epoch)));
  shuffle(order, generator);
  return order;
  // END SOLUTION
}

// `order` cut into pieces of `batch`, as views.
//   (4 2 0 1 3) by 2 -> (4 2) (0 1) (3); with drop_last (4 2) (0 1)
std::vector<std::span<const std::int64_t>> cut_batches(std::span<const std::int64_t> order, std::int64_t batch,
                                                       bool drop_last) {
  // BEGIN SOLUTION 5.5: views, no copies
  if (batch < 1) throw ValueError("[cut_batches] a batch has one example or more: " + std::to_string(batch));
  const auto size = static_cast<std::size_t>(batch);
  std::vector<std::span<const std::int64_t>> pieces;
  for (std::size_t first = 0; first < order.size(); first += size) {
    const std::size_t count = std::min(size, order.size() - first);
    if (count == size || !drop_last) pieces.push_back(order.subspan(first, count));
  }
  return pieces;
  // END SOLUTION
}

namespace {

// Stacks one tensor of each example (its input or its target) along a new first dimension.
Tensor stack(std::span<const Example> examples, Tensor Example::*part) {
  // BEGIN SOLUTION 5.6: copy each example once, to its place in the batch
  const Tensor& first = examples[0].*part;
  Shape sizes = first.sizes();
  sizes.insert(0, static_cast<std::int64_t>(examples.size()));
  const Tensor batch = empty(sizes, first.dtype());
  const auto bytes = static_cast<std::size_t>(first.numel() * item_size(first.dtype()));
  char* to = static_cast<char*>(batch.data());
  for (std::size_t i = 0; i < examples.size(); ++i) {
    const Tensor& item = examples[i].*part;
    if (item.sizes() != first.sizes()) {
      throw ShapeError("[collate] example " + std::to_string(i) + " is " + to_string(item.sizes()) +
                       ", the first one " + to_string(first.sizes()));
    }
    if (item.dtype() != first.dtype()) {
      throw DTypeError("[collate] example " + std::to_string(i) + " is " + to_string(item.dtype()) +
                       ", the first one " + to_string(first.dtype()));
    }
    const Tensor row = raw::contiguous(item);
    std::copy_n(static_cast<const char*>(row.data()), bytes, to + i * bytes);
  }
  return batch;
  // END SOLUTION
}

}  // namespace

// One batch of the examples' inputs and targets.
//   inputs (2), (2), (2) -> (3, 2)
Batch collate(std::span<const Example> examples) {
  if (examples.empty()) throw ValueError("[collate] there is no example");
  return {stack(examples, &Example::input), stack(examples, &Example::target)};
}

// Mean and deviation of each element of the inputs, over the examples in `train`.
//   inputs (1), (3) -> mean (2), deviation (1); inputs (5), (5) -> mean (5), deviation (1)
Normalizer fit_normalizer(const Dataset& data, std::span<const std::int64_t> train) {
  // BEGIN SOLUTION 5.7: Welford's update; it never subtracts two large sums
  if (train.empty()) throw ValueError("[fit_normalizer] there is no example to measure");
  Shape sizes;
  std::vector<double> mean, squares;  // squares: sum of squared distances from the mean
  for (std::size_t seen = 0; seen < train.size(); ++seen) {
    const Tensor input = raw::contiguous(to(data.get(train[seen]).input, DType::float64));
    if (seen == 0) {
      sizes = input.sizes();
      mean.resize(static_cast<std::size_t>(input.numel()));
      squares.resize(mean.size());
    }
    if (input.sizes() != sizes) {
      throw ShapeError("[fit_normalizer] example " + std::to_string(train[seen]) + " is " + to_string(input.sizes()) +
                       ", the first one " + to_string(sizes));
    }
    const double* const value = input.data<double>();
    for (std::size_t i = 0; i < mean.size(); ++i) {
      const double before = value[i] - mean[i];
      mean[i] += before / static_cast<double>(seen + 1);
      squares[i] += before * (value[i] - mean[i]);
    }
  }
  const Normalizer result{empty(sizes), empty(sizes)};
  for (std::size_t i = 0; i < mean.size(); ++i) {
    const double deviation = std::sqrt(squares[i] / static_cast<double>(train.size()));
    result.mean.data<float>()[i] = static_cast<float>(mean[i]);
    result.deviation.data<float>()[i] = deviation > 0.0 ? static_cast<float>(deviation) : 1.0F;
  }
  return result;
  // END SOLUTION
}

// The random numbers of example `index` in an epoch.
//   the same arguments -> the same numbers, on any thread
Generator example_generator(std::uint64_t seed, std::int64_t epoch, std::int64_t index) {
  // BEGIN SOLUTION 5.8: depends on the arguments and on nothing else
  return Generator(mix_seed(mix_seed(seed, static_cast<std::uint64_t>(epoch)), static_cast<std::uint64_t>(index)));
  // END SOLUTION
}

namespace {

// to[i][j] = from[i - dy][j - dx], or 0 where that is outside: planes of H x W items of `item` bytes.
void shift_plane(const char* from, char* to, std::int64_t H, std::int64_t W, std::int64_t dy, std::int64_t dx,
                 std::int64_t item) {
  // BEGIN SOLUTION 5.8: copy the part of a row that stays inside in one call
  const std::int64_t first = std::max<std::int64_t>(dx, 0), last = std::min(W, W + dx);  // columns that are written
  for (std::int64_t i = 0; i < H; ++i) {
    char* row = to + i * W * item;
    std::memset(row, 0, static_cast<std::size_t>(W * item));
    const std::int64_t source = i - dy;
    if (source < 0 || source >= H || first >= last) continue;
    std::memcpy(row + first * item, from + (source * W + first - dx) * item,
                static_cast<std::size_t>((last - first) * item));
  }
  // END SOLUTION
}

}  // namespace

// The example with its input (..., H, W) moved by a random number of rows and columns; zeros fill the rest.
//   ((1 2), (3 4)) moved by dy 1, dx 0 -> ((0 0), (1 2))
Example random_shift(const Example& example, std::int64_t reach, Generator& generator) {
  const Tensor& input = example.input;
  if (input.dim() < 2) throw ShapeError("[random_shift] not an image (..., H, W): " + to_string(input.sizes()));
  if (reach < 0) throw ValueError("[random_shift] a reach is not negative: " + std::to_string(reach));
  // BEGIN SOLUTION 5.8: two draws for the whole input; every plane moves by the same
  const auto places = static_cast<std::uint64_t>(2 * reach + 1);
  const std::int64_t dy = static_cast<std::int64_t>(generator.below(places)) - reach;
  const std::int64_t dx = static_cast<std::int64_t>(generator.below(places)) - reach;
  const std::int64_t H = input.size(-2), W = input.size(-1), item = item_size(input.dtype());
  const Tensor from = raw::contiguous(input);
  const Tensor moved = empty(input.sizes(), input.dtype());
  for (std::int64_t at = 0; at < moved.numel(); at += H * W) {
    shift_plane(static_cast<const char*>(from.data()) + at * item, static_cast<char*>(moved.data()) + at * item, H, W,
                dy, dx, item);
  }
  return {moved, example.target};
  // END SOLUTION
}

}  // namespace tinytorch::data
