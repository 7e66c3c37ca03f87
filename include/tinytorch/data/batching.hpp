#pragma once

#include "tinytorch/core/pointwise.hpp"
#include "tinytorch/core/random.hpp"
#include "tinytorch/core/views.hpp"
#include "tinytorch/data/dataset.hpp"

#include <cstdint>
#include <span>
#include <vector>

/// From a data set to batches: which examples, in which order, how changed, and put together. Lab 05 defines these
/// functions (unit data/batching). Every random choice is a function of its arguments.
namespace tinytorch::data {

struct SplitIndices {
  std::vector<std::int64_t> train;
  std::vector<std::int64_t> test;
};

/// Splits 0..n-1 so that each class gives the same share to the test: floor(share * size + 1/2) of its members, but
/// never all of them. Disjoint and complete; both parts are shuffled.
/// Draws from Generator(seed): for each class in ascending order its members (ascending) are shuffled as epoch_order
/// does and the first ones go to the test; then train is shuffled, then test.
/// Throws ValueError unless 0 <= test_share <= 1.
SplitIndices stratified_split(std::span<const std::int64_t> labels, double test_share, std::uint64_t seed);

/// The order in which an epoch visits n examples: 0..n-1 shuffled by Fisher and Yates, i = n-1..1, swapped with
/// below(i + 1) drawn from Generator(mix_seed(seed, epoch)).
std::vector<std::int64_t> epoch_order(std::int64_t n, std::uint64_t seed, std::int64_t epoch);

/// `order` in pieces of `batch`; the last one may be short, and is left out with drop_last. The pieces look into
/// `order`. Throws ValueError for batch < 1.
std::vector<std::span<const std::int64_t>> cut_batches(std::span<const std::int64_t> order, std::int64_t batch,
                                                       bool drop_last);

/// One batch of the examples' inputs and targets: (...) -> (B, ...), copied once. Throws ValueError for no example,
/// ShapeError and DTypeError where one differs from the first.
Batch collate(std::span<const Example> examples);

/// Brings every feature to mean 0 and deviation 1, as the training part measured them.
struct Normalizer {
  Tensor mean;       ///< the shape of one input, float32
  Tensor deviation;  ///< the same; 1 where all training inputs are equal

  /// (x - mean) / deviation for one input or a batch of them.
  Tensor apply(const Tensor& x) const { return (to(x, DType::float32) - mean) / deviation; }
};

/// Mean and deviation (over n, not n - 1) of each element of the inputs, over the examples listed and no others, each
/// of which is got once. Source: Welford, "Note on a method for calculating corrected sums of squares and products",
/// 1962. Throws ValueError for an empty list, ShapeError where an input differs from the first.
Normalizer fit_normalizer(const Dataset& data, std::span<const std::int64_t> train);

/// The random numbers of one example in one epoch, whoever asks and in whatever order:
/// Generator(mix_seed(mix_seed(seed, epoch), index)).
Generator example_generator(std::uint64_t seed, std::int64_t epoch, std::int64_t index);

/// The example with its input (..., H, W) moved by dy rows and dx columns, each uniform in -reach..reach; what moves in
/// is 0. Draws dy, then dx, by below(2 reach + 1). The target is the same handle.
/// Throws ShapeError for an input below two dimensions, ValueError for a negative reach.
Example random_shift(const Example& example, std::int64_t reach, Generator& generator);

}  // namespace tinytorch::data
