// Lab 07, part B, another way: the grid by recursion, trials written entry by entry without merge(), differences by
// searching.

#include "tinytorch/core/experiment.hpp"

#include "tinytorch/core/random.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>

namespace tinytorch::config {
namespace {

// Writes a value over the entry of its key, which becomes its loser.
void put(Tree& tree, const std::string& key, const Value& value) {
  Entry entry{key, value, false, {Layer::arguments, "sweep"}, {}};
  for (Entry& there : tree.entries) {
    if (there.key != key) continue;
    entry.losers = there.losers;
    entry.losers.push_back({there.value, there.origin});
    there = entry;
    return;
  }
  tree.entries.push_back(entry);
}

void descend(const Tree& tree, const Sweep& sweep, std::size_t axis, std::vector<Tree>& trials) {
  if (axis == sweep.axes.size()) {
    trials.push_back(tree);
    return;
  }
  for (const Value& value : sweep.axes[axis].values) {
    Tree next = tree;
    put(next, sweep.axes[axis].key, value);
    descend(next, sweep, axis + 1, trials);
  }
}

const Fact* find(const Manifest& manifest, const std::string& key) {
  for (const Fact& fact : manifest.facts)
    if (fact.key == key) return &fact;
  return nullptr;
}

}  // namespace

std::vector<Tree> grid(const Tree& base, const Sweep& sweep) {
  for (const Axis& axis : sweep.axes)
    if (axis.values.empty()) throw ValueError("[grid] no values: " + axis.key);
  std::vector<Tree> trials;
  descend(base, sweep, 0, trials);
  return trials;
}

std::vector<Tree> random_trials(const Tree& base, const Sweep& sweep, std::int64_t n, std::uint64_t seed) {
  if (n < 0) throw ValueError("[random_trials] n must be at least 0");
  for (const Axis& axis : sweep.axes) {
    if (!axis.values.empty()) continue;
    if (!(axis.least <= axis.most)) throw ValueError("[random_trials] least is above most: " + axis.key);
    if (axis.log && !(axis.least > 0)) throw ValueError("[random_trials] a logarithm needs more than 0: " + axis.key);
  }
  std::vector<Tree> trials;
  for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(n); ++i) {
    Generator generator(mix_seed(seed, i));
    Tree trial = base;
    for (const Axis& axis : sweep.axes) {
      if (!axis.values.empty()) {
        put(trial, axis.key, axis.values[generator.below(axis.values.size())]);
        continue;
      }
      const double u = generator.uniform();
      put(trial, axis.key,
          axis.log ? std::exp((1 - u) * std::log(axis.least) + u * std::log(axis.most))
                   : (1 - u) * axis.least + u * axis.most);
    }
    trials.push_back(std::move(trial));
  }
  return trials;
}

std::filesystem::path create_run_dir(FileOps& files, const std::filesystem::path& root, std::string_view hash) {
  files.create_folder(root);
  std::string name(hash);
  int number = 1;
  while (!files.create_folder(root / name)) name = std::string(hash) + "-" + std::to_string(++number);
  return root / name;
}

std::vector<Difference> explain_difference(const Manifest& a, const Manifest& b) {
  std::vector<Difference> differences;
  for (const Fact& fact : a.facts) {
    const Fact* const other = find(b, fact.key);
    if (other == nullptr) differences.push_back({fact.key, fact.value, std::nullopt, fact.effect});
    if (other != nullptr && other->value != fact.value)
      differences.push_back({fact.key, fact.value, other->value, std::min(fact.effect, other->effect)});
  }
  for (const Fact& fact : b.facts)
    if (find(a, fact.key) == nullptr) differences.push_back({fact.key, std::nullopt, fact.value, fact.effect});
  std::sort(differences.begin(), differences.end(),
            [](const Difference& x, const Difference& y) { return x.key < y.key; });
  std::stable_partition(differences.begin(), differences.end(),
                        [](const Difference& d) { return d.effect != Effect::none; });
  std::stable_partition(differences.begin(), differences.end(),
                        [](const Difference& d) { return d.effect == Effect::result; });
  return differences;
}

}  // namespace tinytorch::config
