// Another right solution: a map of classes; batches are counted before they are cut; collate and shift work element by
// element; moments are merged.
#include "tinytorch/data/batching.hpp"

#include "tinytorch/core/raw.hpp"

#include <cmath>
#include <cstring>
#include <map>
#include <optional>
#include <string>

namespace tinytorch::data {
namespace {

void mix(std::vector<std::int64_t>& list, Generator& generator) {
  auto left = static_cast<std::uint64_t>(list.size());
  for (; left > 1; --left) {
    const std::uint64_t chosen = generator.below(left);
    const std::int64_t kept = list[chosen];
    list[chosen] = list[left - 1];
    list[left - 1] = kept;
  }
}

// The place of element `number` (row-major) in the storage, counted from the first element.
std::int64_t place_of(const Tensor& x, std::int64_t number) {
  std::int64_t place = 0;
  for (std::int64_t d = x.dim(); d-- > 0;) {
    place += number % x.sizes()[d] * x.strides()[d];
    number /= x.sizes()[d];
  }
  return place;
}

Tensor joined(std::span<const Example> examples, bool inputs) {
  const auto part = [&](std::size_t i) -> const Tensor& { return inputs ? examples[i].input : examples[i].target; };
  Shape sizes{static_cast<std::int64_t>(examples.size())};
  for (const std::int64_t size : part(0).sizes()) sizes.push_back(size);
  const Tensor all = empty(sizes, part(0).dtype());
  const std::int64_t count = part(0).numel(), item = item_size(part(0).dtype());
  char* to = static_cast<char*>(all.data());
  for (std::size_t i = 0; i < examples.size(); ++i) {
    const Tensor& one = part(i);
    if (one.sizes() != part(0).sizes()) throw ShapeError("[collate] example " + std::to_string(i) + " differs");
    if (one.dtype() != part(0).dtype()) throw DTypeError("[collate] example " + std::to_string(i) + " differs");
    const char* const from = static_cast<const char*>(one.data());
    for (std::int64_t k = 0; k < count; ++k, to += item) {
      std::memcpy(to, from + place_of(one, k) * item, static_cast<std::size_t>(item));
    }
  }
  return all;
}

}  // namespace

SplitIndices stratified_split(std::span<const std::int64_t> labels, double test_share, std::uint64_t seed) {
  if (std::isnan(test_share) || test_share < 0 || test_share > 1) {
    throw ValueError("[stratified_split] no share: " + std::to_string(test_share));
  }
  std::map<std::int64_t, std::vector<std::int64_t>> classes;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(labels.size()); ++i) {
    classes[labels[static_cast<std::size_t>(i)]].push_back(i);
  }
  Generator generator(seed);
  SplitIndices parts;
  for (auto& [label, members] : classes) {
    mix(members, generator);
    auto share = static_cast<std::size_t>(test_share * static_cast<double>(members.size()) + 0.5);
    if (share == members.size()) --share;
    for (std::size_t i = 0; i < members.size(); ++i) (i < share ? parts.test : parts.train).push_back(members[i]);
  }
  mix(parts.train, generator);
  mix(parts.test, generator);
  return parts;
}

std::vector<std::int64_t> epoch_order(std::int64_t n, std::uint64_t seed, std::int64_t epoch) {
  Generator generator(mix_seed(seed, static_cast<std::uint64_t>(epoch)));
  std::vector<std::int64_t> order;
  for (std::int64_t i = 0; i < n; ++i) order.push_back(i);
  mix(order, generator);
  return order;
}

std::vector<std::span<const std::int64_t>> cut_batches(std::span<const std::int64_t> order, std::int64_t batch,
                                                       bool drop_last) {
  if (batch <= 0) throw ValueError("[cut_batches] no batch size: " + std::to_string(batch));
  const std::size_t size = static_cast<std::size_t>(batch), whole = order.size() / size;
  std::vector<std::span<const std::int64_t>> pieces;
  for (std::size_t k = 0; k < whole; ++k) pieces.emplace_back(order.data() + k * size, size);
  if (!drop_last && order.size() % size != 0) pieces.push_back(order.last(order.size() % size));
  return pieces;
}

Batch collate(std::span<const Example> examples) {
  if (examples.empty()) throw ValueError("[collate] nothing to collate");
  return {joined(examples, true), joined(examples, false)};
}

// Chan's rule, which merges one example at a time into the moments so far.
Normalizer fit_normalizer(const Dataset& data, std::span<const std::int64_t> train) {
  if (train.empty()) throw ValueError("[fit_normalizer] nothing to measure");
  std::optional<Shape> sizes;
  std::vector<double> mean, spread;
  double count = 0;
  for (const std::int64_t index : train) {
    const Tensor input = to(data.get(index).input, DType::float64);
    if (!sizes) {
      sizes = input.sizes();
      mean.assign(static_cast<std::size_t>(input.numel()), 0.0);
      spread = mean;
    }
    if (input.sizes() != *sizes) throw ShapeError("[fit_normalizer] example " + std::to_string(index) + " differs");
    for (std::size_t f = 0; f < mean.size(); ++f) {
      const double distance = input.data<double>()[place_of(input, static_cast<std::int64_t>(f))] - mean[f];
      mean[f] += distance / (count + 1);
      spread[f] += distance * distance * count / (count + 1);
    }
    ++count;
  }
  Normalizer result{zeros(*sizes), ones(*sizes)};
  for (std::size_t f = 0; f < mean.size(); ++f) {
    result.mean.data<float>()[f] = static_cast<float>(mean[f]);
    if (spread[f] > 0) result.deviation.data<float>()[f] = static_cast<float>(std::sqrt(spread[f] / count));
  }
  return result;
}

Generator example_generator(std::uint64_t seed, std::int64_t epoch, std::int64_t index) {
  const std::uint64_t of_epoch = mix_seed(seed, static_cast<std::uint64_t>(epoch));
  return Generator(mix_seed(of_epoch, static_cast<std::uint64_t>(index)));
}

Example random_shift(const Example& example, std::int64_t reach, Generator& generator) {
  const Tensor& image = example.input;
  if (image.dim() < 2) throw ShapeError("[random_shift] no image: " + to_string(image.sizes()));
  if (reach < 0) throw ValueError("[random_shift] no reach: " + std::to_string(reach));
  const std::uint64_t places = 2 * static_cast<std::uint64_t>(reach) + 1;
  const auto down = static_cast<std::int64_t>(generator.below(places)) - reach;
  const auto right = static_cast<std::int64_t>(generator.below(places)) - reach;
  const Tensor moved = zeros(image.sizes(), image.dtype());
  const std::int64_t H = image.size(-2), W = image.size(-1), item = item_size(image.dtype());
  const char* const from = static_cast<const char*>(image.data());
  char* const to = static_cast<char*>(moved.data());
  for (std::int64_t k = 0; k < image.numel(); ++k) {
    const std::int64_t i = k / W % H - down, j = k % W - right;
    if (i < 0 || i >= H || j < 0 || j >= W) continue;
    const std::int64_t source = k - down * W - right;
    std::memcpy(to + k * item, from + place_of(image, source) * item, static_cast<std::size_t>(item));
  }
  return {moved, example.target};
}

}  // namespace tinytorch::data
