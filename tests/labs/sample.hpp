// Which of a lab's wrong versions, and of the verbs' rarer answers on it, a check judges. `tito check` judges one in
// eight, and other ones at each commit; `tito check --thorough` and ctest judge all of them.
#pragma once

#include "src/tito/build/cache.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace tinytorch::tito {

/// TINYTORCH_SAMPLE="8:KEY": one in eight, chosen by the key. Without it: all.
struct Sample {
  std::size_t one_in = 1;
  std::string key;

  bool whole() const { return one_in == 1; }
};

inline Sample sample_of_this_run() {
  const char* text = std::getenv("TINYTORCH_SAMPLE");
  if (text == nullptr) return {};
  const std::string sample = text;
  const std::size_t colon = std::min(sample.find(':'), sample.size());
  const std::size_t one_in = std::strtoul(sample.c_str(), nullptr, 10);
  return {std::max<std::size_t>(one_in, 1), sample.substr(std::min(colon + 1, sample.size()))};
}

/// One in `sample.one_in` of them, one at least, in their order. `name_of` tells them apart; neither their order nor
/// the others decide whether one with a small hash is chosen.
template <class T, class NameOf>
std::vector<T> sampled(std::vector<T> all, const Sample& sample, const NameOf& name_of) {
  if (sample.whole() || all.empty()) return all;
  std::vector<std::pair<std::string, std::size_t>> order;
  for (std::size_t i = 0; i < all.size(); ++i)
    order.emplace_back(Hash().add(sample.key).add(std::string(name_of(all[i]))).text(), i);
  std::sort(order.begin(), order.end());
  order.resize((all.size() + sample.one_in - 1) / sample.one_in);
  std::vector<std::size_t> places;
  for (const auto& [hash, place] : order) places.push_back(place);
  std::sort(places.begin(), places.end());
  std::vector<T> chosen;
  for (const std::size_t place : places) chosen.push_back(std::move(all[place]));
  return chosen;
}

}  // namespace tinytorch::tito
