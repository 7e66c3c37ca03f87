// Lab 05, part B: which examples, in which order, how changed, and put together.

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

// 0..n-1 in two parts: of each class floor(share * size + 1/2) members go to the test, but never all of them.
// Draws: class by class in ascending order its ascending members are shuffled (as in epoch_order), the first ones go
// to the test; then train is shuffled, then test.
//   labels (7 7 7 7 3), share 0.5 -> two of the sevens in the test, the three in train     ValueError for the share
SplitIndices stratified_split(std::span<const std::int64_t> labels, double test_share, std::uint64_t seed) {
  TINYTORCH_TODO("5.3");  // a class at a time
}

// 0..n-1 in the order of an epoch: Fisher and Yates, i = n-1..1, swapped with below(i + 1) drawn from
// Generator(mix_seed(seed, epoch)).
//   the same arguments -> the same order, always; another epoch -> another order
std::vector<std::int64_t> epoch_order(std::int64_t n, std::uint64_t seed, std::int64_t epoch) {
  TINYTORCH_TODO("5.4");  // a generator of its own for each epoch
}

// `order` in pieces of `batch` that look into it; the last may be short, and is left out with drop_last.
//   (4 2 0 1 3) by 2 -> (4 2) (0 1) (3), without (3) under drop_last     ValueError for batch < 1
std::vector<std::span<const std::int64_t>> cut_batches(std::span<const std::int64_t> order, std::int64_t batch,
                                                       bool drop_last) {
  TINYTORCH_TODO("5.5");  // views, no copies
}

namespace {

// The tensors stacked along a new first dimension; `part` picks one of each example.
Tensor stack(std::span<const Example> examples, Tensor Example::*part) {
  TINYTORCH_TODO("5.6");  // one copy per example, to its place in the batch
}

}  // namespace

// One batch: inputs (...) -> (B, ...) and targets likewise, in memory of its own.
//   inputs (2), (2), (2) -> (3, 2)
// ValueError for no example; ShapeError, DTypeError where one differs from the first.
Batch collate(std::span<const Example> examples) {
  if (examples.empty()) throw ValueError("[collate] there is no example");
  return {stack(examples, &Example::input), stack(examples, &Example::target)};
}

// Mean and deviation (over n) of each element of the inputs, over the examples in `train` alone, each got once.
//   inputs (1), (3) -> mean (2), deviation (1)     all equal -> deviation 1
// ValueError for an empty list, ShapeError where an input differs from the first.
Normalizer fit_normalizer(const Dataset& data, std::span<const std::int64_t> train) {
  TINYTORCH_TODO("5.7");  // Welford's update, which never subtracts two large sums
}

// The random numbers of example `index` in an epoch, the same whichever thread asks, whenever:
// Generator(mix_seed(mix_seed(seed, epoch), index)).
Generator example_generator(std::uint64_t seed, std::int64_t epoch, std::int64_t index) {
  TINYTORCH_TODO("5.8");  // of its arguments and nothing else
}

namespace {

// to[i][j] = from[i - dy][j - dx] for planes of H x W bytes-wide items, 0 where that lies outside.
void shift_plane(const char* from, char* to, std::int64_t H, std::int64_t W, std::int64_t dy, std::int64_t dx,
                 std::int64_t item) {
  TINYTORCH_TODO("5.8");  // a run of each row moves as one piece
}

}  // namespace

// The example with its input (..., H, W) moved by dy rows and dx columns, each uniform in -reach..reach; zeros move in.
// Draws dy, then dx, by below(2 reach + 1) - reach. The target is the same handle.
//   ((1 2), (3 4)) moved by dy 1, dx 0 -> ((0 0), (1 2))     ShapeError below two dimensions, ValueError for the reach
Example random_shift(const Example& example, std::int64_t reach, Generator& generator) {
  const Tensor& input = example.input;
  if (input.dim() < 2) throw ShapeError("[random_shift] not an image (..., H, W): " + to_string(input.sizes()));
  if (reach < 0) throw ValueError("[random_shift] a reach is not negative: " + std::to_string(reach));
  TINYTORCH_TODO("5.8");  // two draws; every plane moves alike
}

}  // namespace tinytorch::data
