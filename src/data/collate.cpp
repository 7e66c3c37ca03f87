#include "tinytorch/core/rearrange.hpp"
#include "tinytorch/data/loader.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace tinytorch::data {
namespace {

using tinytorch::detail::text;

std::int64_t longest_of(const std::vector<Tensor>& sequences) {
  std::int64_t longest = 0;
  for (const Tensor& sequence : sequences) longest = std::max(longest, sequence.size(0));
  return longest;
}

// Fills each (L, ...) up to the longest.
void fill_up(std::vector<Tensor>& sequences, double value) {
  const std::int64_t longest = longest_of(sequences);
  for (Tensor& sequence : sequences) {
    if (sequence.size(0) == longest) continue;
    std::vector<std::int64_t> ends(static_cast<std::size_t>(2 * sequence.dim()), 0);
    ends.back() = longest - sequence.size(0);
    sequence = pad(sequence, ends, value);
  }
}

// Whether all are sequences and one has another length than the first.
bool ragged(const std::vector<Tensor>& tensors) {
  const auto scalar = [](const Tensor& x) { return x.dim() == 0; };
  return std::ranges::none_of(tensors, scalar) &&
         std::ranges::any_of(tensors, [&](const Tensor& x) { return x.size(0) != tensors[0].size(0); });
}

// Each further input of the examples: (B, ...).
std::vector<Tensor> stack_more(std::span<const Example> examples) {
  std::vector<Tensor> stacked;
  for (const Example& example : examples) {
    if (example.more.size() == examples[0].more.size()) continue;
    throw ShapeError(
        text({"[data_loader] an example has ", static_cast<std::int64_t>(example.more.size()),
              " further inputs, the first one of its batch ", static_cast<std::int64_t>(examples[0].more.size())}));
  }
  for (std::size_t k = 0; !examples.empty() && k < examples[0].more.size(); ++k) {
    std::vector<Example> column;
    for (const Example& example : examples) column.push_back({example.more[k], example.target});
    stacked.push_back(collate(column).inputs);
  }
  return stacked;
}

Batch padded(std::span<const Example> examples, const PadOptions& options) {
  std::vector<Tensor> inputs, targets;
  Tensor lengths = empty({static_cast<std::int64_t>(examples.size())}, DType::int64);
  for (const Example& example : examples) {
    if (example.input.dim() == 0) throw ShapeError("[pad_batch] a sequence is (L, ...), not ()");
    lengths.data<std::int64_t>()[inputs.size()] = example.input.size(0);
    inputs.push_back(example.input);
    targets.push_back(example.target);
  }
  fill_up(inputs, options.value);
  if (ragged(targets)) fill_up(targets, options.target_value);
  std::vector<Example> filled;
  for (std::size_t i = 0; i < inputs.size(); ++i) filled.push_back({inputs[i], targets[i]});
  Batch batch = collate(filled);
  batch.more.push_back(std::move(lengths));
  for (Tensor& tensor : stack_more(examples)) batch.more.push_back(std::move(tensor));
  return batch;
}

}  // namespace

namespace detail {

Batch put_together(std::span<const Example> examples, const CollateFunction& function) {
  if (function) {
    Batch batch = function(examples);
    if (!batch.inputs.defined() || batch.inputs.dim() == 0)
      throw ValueError("[data_loader] the collate function returned a batch without inputs (B, ...)");
    return batch;
  }
  Batch batch = collate(examples);
  batch.more = stack_more(examples);
  return batch;
}

}  // namespace detail

CollateFunction pad_batch(PadOptions options) {
  return [options](std::span<const Example> examples) { return padded(examples, options); };
}

}  // namespace tinytorch::data
