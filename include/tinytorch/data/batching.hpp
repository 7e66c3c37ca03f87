#pragma once

#include "tinytorch/core/pointwise.hpp"
#include "tinytorch/core/random.hpp"
#include "tinytorch/core/views.hpp"
#include "tinytorch/data/dataset.hpp"

#include <cstdint>
#include <span>
#include <vector>

/// From a data set to batches: which examples, in which order, how they are changed, and how they are put together.
/// Lab 05 defines these functions (unit data/batching). Every random choice depends on the arguments alone.
namespace tinytorch::data {

struct SplitIndices {
  std::vector<std::int64_t> train;
  std::vector<std::int64_t> test;
};

/// Splits 0..n-1 so that each class gives the same share to the test: floor(share * size + 1/2) of its members, but
/// never all of them. Each number is in exactly one part. Both parts are shuffled.
/// Draws from Generator(seed): for each class in ascending order its members (ascending) are shuffled as epoch_order
/// does, and the first ones go to the test; then train is shuffled, then test.
/// Throws ValueError unless 0 <= test_share <= 1.
SplitIndices stratified_split(std::span<const std::int64_t> labels, double test_share, std::uint64_t seed);

/// The order in which an epoch visits n examples: 0..n-1 shuffled by Fisher and Yates. For i = n-1..1, entry i is
/// swapped with entry below(i + 1), drawn from Generator(mix_seed(seed, epoch)).
std::vector<std::int64_t> epoch_order(std::int64_t n, std::uint64_t seed, std::int64_t epoch);

/// `order` cut into pieces of `batch`. The last piece may be short; with drop_last a short one is left out. The pieces
/// are views of `order`. Throws ValueError for batch < 1.
std::vector<std::span<const std::int64_t>> cut_batches(std::span<const std::int64_t> order, std::int64_t batch,
                                                       bool drop_last);

/// One batch of the examples' inputs and targets: (...) -> (B, ...), each copied once. Throws ValueError for no
/// example, ShapeError and DTypeError where one differs from the first.
Batch collate(std::span<const Example> examples);

/// Brings every feature to mean 0 and deviation 1, as measured on the training part.
struct Normalizer {
  Tensor mean;       ///< the shape of one input, float32
  Tensor deviation;  ///< the same shape; 1 where all training inputs are equal

  /// (x - mean) / deviation for one input or a batch of them.
  Tensor apply(const Tensor& x) const { return (to(x, DType::float32) - mean) / deviation; }
};

/// Mean and deviation (over n, not n - 1) of each element of the inputs, measured on the listed examples alone. Calls
/// get() once for each. Source: Welford, "Note on a method for calculating corrected sums of squares and products",
/// 1962. Throws ValueError for an empty list, ShapeError where an input differs from the first.
Normalizer fit_normalizer(const Dataset& data, std::span<const std::int64_t> train);

/// The random numbers of one example in one epoch: Generator(mix_seed(mix_seed(seed, epoch), index)). They do not
/// depend on which thread asks, or when.
Generator example_generator(std::uint64_t seed, std::int64_t epoch, std::int64_t index);

/// The example with its input (..., H, W) moved by dy rows and dx columns, each uniform in -reach..reach. The rows and
/// columns that become free are 0. Draws dy, then dx, by below(2 reach + 1). The target is the same handle.
/// Throws ShapeError for an input below two dimensions, ValueError for a negative reach.
Example random_shift(const Example& example, std::int64_t reach, Generator& generator);

}  // namespace tinytorch::data
