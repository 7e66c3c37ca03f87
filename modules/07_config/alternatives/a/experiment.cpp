// Lab 07, part B, another way: a trial's number is written in mixed radix, and two sorted lists are walked together.

#include "tinytorch/core/experiment.hpp"

#include "tinytorch/core/config.hpp"
#include "tinytorch/core/random.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <tuple>
#include <vector>

namespace tinytorch::config {
namespace {

Tree trial_over(const Tree& base, const Sweep& sweep, const std::vector<Value>& values) {
  std::vector<Tree> layers(2);
  layers[0] = base;
  for (std::size_t k = 0; k < values.size(); ++k) {
    Entry entry;
    entry.key = sweep.axes[k].key;
    entry.value = values[k];
    entry.origin = {Layer::arguments, "sweep"};
    layers[1].add(entry);
  }
  return merge(layers);
}

std::vector<const Fact*> sorted(const Manifest& manifest) {
  std::vector<const Fact*> facts;
  for (const Fact& fact : manifest.facts) facts.push_back(&fact);
  std::sort(facts.begin(), facts.end(), [](const Fact* a, const Fact* b) { return a->key < b->key; });
  return facts;
}

}  // namespace

std::vector<Tree> grid(const Tree& base, const Sweep& sweep) {
  std::size_t count = 1;
  for (const Axis& axis : sweep.axes) {
    if (axis.values.empty()) throw ValueError("an axis has no values: " + axis.key);
    count *= axis.values.size();
  }
  std::vector<Tree> trials;
  for (std::size_t number = 0; number < count; ++number) {
    std::vector<Value> values(sweep.axes.size());
    std::size_t rest = number;
    for (std::size_t k = sweep.axes.size(); k-- > 0;) {
      const std::vector<Value>& choices = sweep.axes[k].values;
      values[k] = choices[rest % choices.size()];
      rest /= choices.size();
    }
    trials.push_back(trial_over(base, sweep, values));
  }
  return trials;
}

std::vector<Tree> random_trials(const Tree& base, const Sweep& sweep, std::int64_t n, std::uint64_t seed) {
  if (n < 0) throw ValueError("[random_trials] a negative number of trials");
  for (const Axis& axis : sweep.axes) {
    const bool range = axis.most >= axis.least && !(axis.log && !(axis.least > 0));
    if (axis.values.empty() && !range) throw ValueError("[random_trials] " + axis.key + " has no range");
  }
  std::vector<Tree> trials(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < trials.size(); ++i) {
    Generator generator(mix_seed(seed, i));
    std::vector<Value> values;
    for (const Axis& axis : sweep.axes) {
      if (!axis.values.empty()) {
        values.push_back(axis.values[static_cast<std::size_t>(generator.below(axis.values.size()))]);
        continue;
      }
      const double lo = axis.log ? std::log(axis.least) : axis.least, hi = axis.log ? std::log(axis.most) : axis.most;
      const double x = lo + (hi - lo) * generator.uniform();
      values.emplace_back(axis.log ? std::exp(x) : x);
    }
    trials[i] = trial_over(base, sweep, values);
  }
  return trials;
}

std::filesystem::path create_run_dir(FileOps& files, const std::filesystem::path& root, std::string_view hash) {
  files.create_folder(root);
  const std::string name(hash);
  for (int number = 1;; ++number) {
    const std::filesystem::path folder = root / (number == 1 ? name : name + "-" + std::to_string(number));
    if (files.create_folder(folder)) return folder;
  }
}

std::vector<Difference> explain_difference(const Manifest& a, const Manifest& b) {
  const std::vector<const Fact*> of_a = sorted(a), of_b = sorted(b);
  std::vector<Difference> differences;
  std::size_t i = 0, j = 0;
  while (i < of_a.size() || j < of_b.size()) {
    if (j == of_b.size() || (i < of_a.size() && of_a[i]->key < of_b[j]->key)) {
      differences.push_back({of_a[i]->key, of_a[i]->value, std::nullopt, of_a[i]->effect});
      ++i;
    } else if (i == of_a.size() || of_b[j]->key < of_a[i]->key) {
      differences.push_back({of_b[j]->key, std::nullopt, of_b[j]->value, of_b[j]->effect});
      ++j;
    } else {
      if (of_a[i]->value != of_b[j]->value) {
        differences.push_back({of_a[i]->key, of_a[i]->value, of_b[j]->value,
                               of_a[i]->effect < of_b[j]->effect ? of_a[i]->effect : of_b[j]->effect});
      }
      ++i;
      ++j;
    }
  }
  std::sort(differences.begin(), differences.end(), [](const Difference& x, const Difference& y) {
    return std::tie(x.effect, x.key) < std::tie(y.effect, y.key);
  });
  return differences;
}

}  // namespace tinytorch::config
