// Lab 05, part B: which examples, in which order, how they are changed, and how they are put together.

#include "tinytorch/data/batching.hpp"

#include "src/course/holes.hpp"
#include "tinytorch/core/raw.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <string>
#include <utility>

namespace tinytorch::data {

// Splits 0..n-1 into train and test; each class gives the same share to the test.
//   labels (7 7 7 7 3), share 0.5 -> two of the sevens are in the test, the three is in train
SplitIndices stratified_split(std::span<const std::int64_t> labels, double test_share, std::uint64_t seed) {
  // BEGIN 5.3: one class at a time, in the order of draws that the header states
  TINYTORCH_TODO("5.3");
  // END 5.3
}

// The numbers 0..n-1 in the order of an epoch.
//   the same arguments -> the same order; another epoch -> another order
std::vector<std::int64_t> epoch_order(std::int64_t n, std::uint64_t seed, std::int64_t epoch) {
  // BEGIN 5.4: a generator of its own for each epoch
  TINYTORCH_TODO("5.4");
  // END 5.4
}

// `order` cut into pieces of `batch`, as views.
//   (4 2 0 1 3) by 2 -> (4 2) (0 1) (3); with drop_last (4 2) (0 1)
std::vector<std::span<const std::int64_t>> cut_batches(std::span<const std::int64_t> order, std::int64_t batch,
                                                       bool drop_last) {
  // BEGIN 5.5: views, no copies
  TINYTORCH_TODO("5.5");
  // END 5.5
}

namespace {

// Stacks one tensor of each example (its input or its target) along a new first dimension.
Tensor stack(std::span<const Example> examples, Tensor Example::*part) {
  // BEGIN 5.6: copy each example once, to its place in the batch
  TINYTORCH_TODO("5.6");
  // END 5.6
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
  // BEGIN 5.7: Welford's update; it never subtracts two large sums
  TINYTORCH_TODO("5.7");
  // END 5.7
}

// The random numbers of example `index` in an epoch.
//   the same arguments -> the same numbers, on any thread
Generator example_generator(std::uint64_t seed, std::int64_t epoch, std::int64_t index) {
  // BEGIN 5.8: depends on the arguments and on nothing else
  TINYTORCH_TODO("5.8");
  // END 5.8
}

namespace {

// to[i][j] = from[i - dy][j - dx], or 0 where that is outside: planes of H x W items of `item` bytes.
void shift_plane(const char* from, char* to, std::int64_t H, std::int64_t W, std::int64_t dy, std::int64_t dx,
                 std::int64_t item) {
  // BEGIN 5.8: copy the part of a row that stays inside in one call
  TINYTORCH_TODO("5.8");
  // END 5.8
}

}  // namespace

// The example with its input (..., H, W) moved by a random number of rows and columns; zeros fill the rest.
//   ((1 2), (3 4)) moved by dy 1, dx 0 -> ((0 0), (1 2))
Example random_shift(const Example& example, std::int64_t reach, Generator& generator) {
  const Tensor& input = example.input;
  if (input.dim() < 2) throw ShapeError("[random_shift] not an image (..., H, W): " + to_string(input.sizes()));
  if (reach < 0) throw ValueError("[random_shift] a reach is not negative: " + std::to_string(reach));
  // BEGIN 5.8: two draws for the whole input; every plane moves by the same
  TINYTORCH_TODO("5.8");
  // END 5.8
}

}  // namespace tinytorch::data
