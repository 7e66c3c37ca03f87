#pragma once

#include "tinytorch/core/ops.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

/// Sequences of different lengths in one tensor: padded to the longest, or packed without padding.
namespace tinytorch::nn::utils::rnn {

/// Sequences (L, ...) of equal width, each filled up with `padding_value` to the longest: (longest, n, ...), or (n,
/// longest, ...) with batch_first. Throws ValueError for no sequence.
inline Tensor pad_sequence(std::span<const Tensor> sequences, bool batch_first = false, double padding_value = 0.0) {
  if (sequences.empty()) throw ValueError("[pad_sequence] there is no sequence");
  std::int64_t longest = 0;
  for (const Tensor& sequence : sequences) longest = std::max(longest, sequence.size(0));
  std::vector<Tensor> padded;
  for (const Tensor& sequence : sequences) {
    std::vector<std::int64_t> ends(static_cast<std::size_t>(2 * sequence.dim()), 0);
    ends.back() = longest - sequence.size(0);
    padded.push_back(pad(sequence, ends, padding_value));
  }
  return stack(padded, batch_first ? 0 : 1);
}
inline Tensor pad_sequence(const std::vector<Tensor>& sequences, bool batch_first = false, double padding_value = 0.0) {
  return pad_sequence(std::span<const Tensor>(sequences), batch_first, padding_value);
}

/// The elements of several sequences step by step, without padding: `data` (total, ...) holds first the step 0 of every
/// sequence, longest sequences first, then the step 1 of those that have one.
struct PackedSequence {
  Tensor data;
  Tensor batch_sizes;       ///< (longest), int64: how many sequences have this step
  Tensor sorted_indices;    ///< (n): the sequences in the order of `data`
  Tensor unsorted_indices;  ///< (n): where each sequence stands in that order
};

/// Packs x (longest, n, ...), or (n, longest, ...) with batch_first, of which sequence i has lengths[i] steps. Sorts
/// the sequences by length unless enforce_sorted says that they are. Throws ShapeError, and ValueError for a length
/// outside 1..longest and for lengths that are not sorted.
inline PackedSequence pack_padded_sequence(const Tensor& x, const Tensor& lengths, bool batch_first = false,
                                           bool enforce_sorted = true) {
  const Tensor steps = batch_first ? transpose(x, 0, 1) : x;
  if (lengths.dim() != 1 || lengths.size(0) != steps.size(1))
    throw ShapeError(detail::text({"[pack_padded_sequence] lengths ", lengths.sizes(), " for x ", x.sizes()}));
  const Tensor counts = to(lengths, DType::int64);
  const Tensor order = argsort(neg(counts), 0);  // equal ones keep their order
  const std::int64_t n = counts.size(0);
  if (enforce_sorted && !equal(order, arange(n)))
    throw ValueError("[pack_padded_sequence] lengths are not in descending order: set enforce_sorted to false");
  const Tensor sorted = index_select(counts, 0, order).contiguous();
  const auto* count = sorted.data<std::int64_t>();
  if (n == 0 || count[n - 1] < 1 || count[0] > steps.size(0))
    throw ValueError(detail::text({"[pack_padded_sequence] lengths are in 1..", steps.size(0)}));
  const Tensor arranged = enforce_sorted ? steps : index_select(steps, 1, order);
  std::vector<Tensor> parts;
  const Tensor sizes = empty({count[0]}, DType::int64);
  std::int64_t alive = n;
  for (std::int64_t t = 0; t < count[0]; ++t) {
    while (count[alive - 1] <= t) --alive;
    sizes.data<std::int64_t>()[t] = alive;
    parts.push_back(slice(select(arranged, 0, t), 0, 0, alive));
  }
  return {cat(parts, 0), sizes, order, argsort(order, 0)};
}

/// The reverse: the padded tensor and the lengths, in the sequences' first order.
inline std::pair<Tensor, Tensor> pad_packed_sequence(const PackedSequence& packed, bool batch_first = false,
                                                     double padding_value = 0.0) {
  const auto* sizes = packed.batch_sizes.data<std::int64_t>();
  const std::int64_t longest = packed.batch_sizes.size(0), n = sizes[0];
  std::vector<Tensor> steps;
  const Tensor lengths = zeros({n}, DType::int64);
  std::int64_t begin = 0;
  for (std::int64_t t = 0; t < longest; ++t) {
    const Tensor step = slice(packed.data, 0, begin, begin + sizes[t]);
    std::vector<std::int64_t> ends(static_cast<std::size_t>(2 * step.dim()), 0);
    ends.back() = n - sizes[t];
    steps.push_back(pad(step, ends, padding_value));
    for (std::int64_t i = 0; i < sizes[t]; ++i) ++lengths.data<std::int64_t>()[i];
    begin += sizes[t];
  }
  const Tensor padded = index_select(stack(steps, 0), 1, packed.unsorted_indices);
  return {batch_first ? transpose(padded, 0, 1) : padded, index_select(lengths, 0, packed.unsorted_indices)};
}

/// Packs sequences (L, ...) of different lengths.
inline PackedSequence pack_sequence(const std::vector<Tensor>& sequences, bool enforce_sorted = true) {
  std::vector<std::int64_t> lengths;
  for (const Tensor& sequence : sequences) lengths.push_back(sequence.size(0));
  return pack_padded_sequence(pad_sequence(sequences), tensor(lengths), false, enforce_sorted);
}

}  // namespace tinytorch::nn::utils::rnn
