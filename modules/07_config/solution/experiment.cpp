// Lab 07, part B: many runs, a folder for each, and what two of them differ in.

#include "tinytorch/core/experiment.hpp"

#include "tinytorch/core/config.hpp"
#include "tinytorch/core/random.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <map>
#include <string>
#include <utility>

namespace tinytorch::config {

// BEGIN HELPER 7.7
namespace {

Entry swept(const Axis& axis, const Value& value) {
  Entry entry;
  entry.key = axis.key;
  entry.value = value;
  entry.origin.layer = Layer::arguments;
  entry.origin.name = "sweep";
  return entry;
}

void check_range(const Axis& axis) {
  if (!axis.values.empty()) return;
  if (axis.least <= axis.most && (!axis.log || axis.least > 0.0)) return;
  throw ValueError(detail::text({"[random_trials] ", axis.key, ": no range: ", axis.least, " to ", axis.most}));
}

// One draw, whatever the axis is.
Value drawn(const Axis& axis, Generator& generator) {
  if (!axis.values.empty()) return axis.values[generator.below(axis.values.size())];
  const double u = generator.uniform();
  if (!axis.log) return axis.least + u * (axis.most - axis.least);
  return std::exp(std::log(axis.least) + u * (std::log(axis.most) - std::log(axis.least)));
}

}  // namespace
// END HELPER

// A tree for each combination of the axes' values; the last axis changes fastest.
//   lr of {0.1, 0.2} and seed of {1, 2} -> (0.1, 1), (0.1, 2), (0.2, 1), (0.2, 2), each merged over `base`
std::vector<Tree> grid(const Tree& base, const Sweep& sweep) {
  // BEGIN SOLUTION 7.7: each axis makes more of the trials so far
  std::vector<Tree> choices(1);
  for (const Axis& axis : sweep.axes) {
    if (axis.values.empty()) throw ValueError("[grid] " + axis.key + " has no values");
    std::vector<Tree> longer;
    for (const Tree& choice : choices) {
      for (const Value& value : axis.values) {
        longer.push_back(choice);
        longer.back().add(swept(axis, value));
      }
    }
    choices = std::move(longer);
  }
  for (Tree& choice : choices) choice = merge(std::array{base, choice});
  return choices;
  // END SOLUTION
}

// n trials at random. Trial i depends on `seed` and i alone.
//   u = 0.5 on an axis from 1e-4 to 1 with `log` -> 1e-2
std::vector<Tree> random_trials(const Tree& base, const Sweep& sweep, std::int64_t n, std::uint64_t seed) {
  // BEGIN SOLUTION 7.7: a generator for each trial
  if (n < 0) throw ValueError(detail::text({"[random_trials] n is below 0: ", static_cast<long long>(n)}));
  for (const Axis& axis : sweep.axes) check_range(axis);
  std::vector<Tree> trials;
  for (std::int64_t i = 0; i < n; ++i) {
    Generator generator(mix_seed(seed, static_cast<std::uint64_t>(i)));
    Tree choice;
    for (const Axis& axis : sweep.axes) choice.add(swept(axis, drawn(axis, generator)));
    trials.push_back(merge(std::array{base, choice}));
  }
  return trials;
  // END SOLUTION
}

// Creates a folder that no other run has.
//   "runs" and "3f2a" -> runs/3f2a, then runs/3f2a-2, runs/3f2a-3, ...
std::filesystem::path create_run_dir(FileOps& files, const std::filesystem::path& root, std::string_view hash) {
  // BEGIN SOLUTION 7.8: creating is the test
  files.create_folder(root);
  std::filesystem::path folder = root / hash;
  for (int number = 2; !files.create_folder(folder); ++number) {
    folder = root / (std::string(hash) + "-" + std::to_string(number));
  }
  return folder;
  // END SOLUTION
}

// The facts whose values differ, and those that only one run has; what changes results comes first.
//   seed 1 and 2, threads 4 and 4, out x and none -> seed (result), out (none)
std::vector<Difference> explain_difference(const Manifest& a, const Manifest& b) {
  // BEGIN SOLUTION 7.9: one entry for each key of the two
  std::map<std::string, Difference> facts;
  for (const Fact& fact : a.facts) facts[fact.key] = {fact.key, fact.value, std::nullopt, fact.effect};
  for (const Fact& fact : b.facts) {
    const auto [at, fresh] = facts.try_emplace(fact.key, Difference{fact.key, std::nullopt, fact.value, fact.effect});
    if (fresh) continue;
    at->second.b = fact.value;
    at->second.effect = std::min(at->second.effect, fact.effect);
  }
  std::vector<Difference> differences;
  for (const auto& [key, difference] : facts) {
    if (difference.a != difference.b) differences.push_back(difference);
  }
  std::stable_sort(differences.begin(), differences.end(),
                   [](const Difference& x, const Difference& y) { return x.effect < y.effect; });
  return differences;
  // END SOLUTION
}

}  // namespace tinytorch::config
