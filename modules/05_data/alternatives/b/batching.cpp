// Another right solution: a stable sort finds the members of a class; the order is drawn while it is made; moments take
// two passes over a copy; shifts are views.
#include "tinytorch/data/batching.hpp"

#include "tinytorch/core/raw.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <string>
#include <utility>

namespace tinytorch::data {
namespace {

using Indices = std::vector<std::int64_t>;

void deal(std::span<std::int64_t> cards, Generator& generator) {
  while (cards.size() > 1) {
    std::swap(cards[generator.below(cards.size())], cards.back());
    cards = cards.first(cards.size() - 1);
  }
}

Tensor piled(const std::vector<Tensor>& parts) {
  Shape sizes = parts.front().sizes();
  for (const Tensor& part : parts) {
    if (part.sizes() != sizes) throw ShapeError("[collate] sizes differ: " + to_string(part.sizes()));
    if (part.dtype() != parts.front().dtype()) throw DTypeError("[collate] types differ");
  }
  sizes.insert(0, static_cast<std::int64_t>(parts.size()));
  const Tensor pile = empty(sizes, parts.front().dtype());
  const std::int64_t bytes = pile.numel() * item_size(pile.dtype()) / static_cast<std::int64_t>(parts.size());
  char* to = static_cast<char*>(pile.data());
  for (const Tensor& part : parts) {
    if (bytes > 0) std::memcpy(to, raw::contiguous(part).data(), static_cast<std::size_t>(bytes));
    to += bytes;
  }
  return pile;
}

}  // namespace

SplitIndices stratified_split(std::span<const std::int64_t> labels, double test_share, std::uint64_t seed) {
  const bool share = test_share >= 0 && test_share <= 1;
  if (!share) throw ValueError("[stratified_split] " + std::to_string(test_share));
  Indices sorted(labels.size());
  std::iota(sorted.begin(), sorted.end(), std::int64_t{0});
  const auto label = [&](std::int64_t i) { return labels[static_cast<std::size_t>(i)]; };
  std::stable_sort(sorted.begin(), sorted.end(), [&](auto a, auto b) { return label(a) < label(b); });
  Generator generator(seed);
  SplitIndices split;
  for (auto first = sorted.begin(); first != sorted.end();) {
    const auto last = std::find_if(first, sorted.end(), [&](auto i) { return label(i) != label(*first); });
    deal({first, last}, generator);
    const std::ptrdiff_t size = last - first;
    const auto rounded = static_cast<std::ptrdiff_t>(std::floor(test_share * static_cast<double>(size) + 0.5));
    const auto middle = first + std::min(rounded, size - 1);
    std::copy(first, middle, std::back_inserter(split.test));
    std::copy(middle, last, std::back_inserter(split.train));
    first = last;
  }
  deal(split.train, generator);
  deal(split.test, generator);
  return split;
}

std::vector<std::int64_t> epoch_order(std::int64_t n, std::uint64_t seed, std::int64_t epoch) {
  Generator generator(mix_seed(seed, static_cast<std::uint64_t>(epoch)));
  Indices order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  deal(order, generator);
  return order;
}

std::vector<std::span<const std::int64_t>> cut_batches(std::span<const std::int64_t> order, std::int64_t batch,
                                                       bool drop_last) {
  if (batch < 1) throw ValueError("[cut_batches] " + std::to_string(batch));
  std::vector<std::span<const std::int64_t>> pieces;
  const auto size = static_cast<std::size_t>(batch);
  while (order.size() >= size) {
    pieces.push_back(order.first(size));
    order = order.subspan(size);
  }
  if (!order.empty() && !drop_last) pieces.push_back(order);
  return pieces;
}

Batch collate(std::span<const Example> examples) {
  if (examples.empty()) throw ValueError("[collate] no examples");
  std::vector<Tensor> inputs, targets;
  for (const Example& example : examples) {
    inputs.push_back(example.input);
    targets.push_back(example.target);
  }
  return {piled(inputs), piled(targets)};
}

Normalizer fit_normalizer(const Dataset& data, std::span<const std::int64_t> train) {
  if (train.empty()) throw ValueError("[fit_normalizer] no examples");
  std::vector<Tensor> inputs;
  for (const std::int64_t index : train) {
    inputs.push_back(raw::contiguous(to(data.get(index).input, DType::float64)));
    if (inputs.back().sizes() != inputs.front().sizes()) {
      throw ShapeError("[fit_normalizer] sizes differ: " + to_string(inputs.back().sizes()));
    }
  }
  const auto n = static_cast<double>(train.size());
  const Normalizer result{empty(inputs[0].sizes()), empty(inputs[0].sizes())};
  for (std::int64_t f = 0; f < inputs[0].numel(); ++f) {
    double sum = 0, squares = 0;
    for (const Tensor& input : inputs) sum += input.data<double>()[f];
    for (const Tensor& input : inputs) squares += std::pow(input.data<double>()[f] - sum / n, 2);
    result.mean.data<float>()[f] = static_cast<float>(sum / n);
    const bool constant = std::all_of(inputs.begin(), inputs.end(), [&](const Tensor& input) {
      return input.data<double>()[f] == inputs[0].data<double>()[f];
    });
    result.deviation.data<float>()[f] = constant ? 1.0F : static_cast<float>(std::sqrt(squares / n));
  }
  return result;
}

Generator example_generator(std::uint64_t seed, std::int64_t epoch, std::int64_t index) {
  std::uint64_t mixed = seed;
  for (const std::int64_t number : {epoch, index}) mixed = mix_seed(mixed, static_cast<std::uint64_t>(number));
  return Generator(mixed);
}

Example random_shift(const Example& example, std::int64_t reach, Generator& generator) {
  const Shape& sizes = example.input.sizes();
  const std::int64_t rank = sizes.size();
  if (rank < 2) throw ShapeError("[random_shift] " + to_string(sizes));
  if (reach < 0) throw ValueError("[random_shift] " + std::to_string(reach));
  Tensor moved = zeros(sizes, example.input.dtype());
  Tensor from = example.input, to = moved;
  for (const std::int64_t dim : {rank - 2, rank - 1}) {
    const auto by = static_cast<std::int64_t>(generator.below(static_cast<std::uint64_t>(2 * reach + 1))) - reach;
    const std::int64_t size = sizes[dim], step = std::clamp(by, -size, size);
    from = raw::slice(from, dim, std::max<std::int64_t>(-step, 0), size - std::max<std::int64_t>(step, 0), 1);
    to = raw::slice(to, dim, std::max<std::int64_t>(step, 0), size + std::min<std::int64_t>(step, 0), 1);
  }
  const Tensor row_major = raw::contiguous(from);
  const std::int64_t item = item_size(moved.dtype());
  for (std::int64_t k = 0; k < to.numel(); ++k) {
    std::int64_t rest = k, place = 0;
    for (std::int64_t d = rank; d-- > 0;) {
      place += rest % to.sizes()[d] * to.strides()[d];
      rest /= to.sizes()[d];
    }
    std::memcpy(static_cast<char*>(to.data()) + place * item, static_cast<char*>(row_major.data()) + k * item,
                static_cast<std::size_t>(item));
  }
  return {moved, example.target};
}

}  // namespace tinytorch::data
