#include "tinytorch/core/experiment.hpp"

#include "tinytorch/core/config.hpp"
#include "tinytorch/core/random.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string>

namespace tinytorch::config {
namespace {

Entry swept(const Axis& axis, const Value& value) { return {axis.key, value, false, {Layer::arguments, "sweep"}, {}}; }

double drawn(const Axis& axis, Generator& generator) {
  const double u = generator.uniform();
  if (!axis.log) return axis.least + u * (axis.most - axis.least);
  return std::exp(std::log(axis.least) + u * (std::log(axis.most) - std::log(axis.least)));
}

}  // namespace

std::vector<Tree> grid(const Tree& base, const Sweep& sweep) {
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
}

std::vector<Tree> random_trials(const Tree& base, const Sweep& sweep, std::int64_t n, std::uint64_t seed) {
  if (n < 0) throw ValueError(detail::text({"[random_trials] n is below 0: ", static_cast<long long>(n)}));
  for (const Axis& axis : sweep.axes) {
    if (!axis.values.empty()) continue;
    if (!(axis.least <= axis.most) || (axis.log && !(axis.least > 0.0))) {
      throw ValueError(detail::text({"[random_trials] ", axis.key, ": no range: ", axis.least, " to ", axis.most}));
    }
  }
  std::vector<Tree> trials;
  for (std::int64_t i = 0; i < n; ++i) {
    Generator generator(mix_seed(seed, static_cast<std::uint64_t>(i)));
    Tree choice;
    for (const Axis& axis : sweep.axes) {
      const Value value =
          axis.values.empty() ? Value(drawn(axis, generator)) : axis.values[generator.below(axis.values.size())];
      choice.add(swept(axis, value));
    }
    trials.push_back(merge(std::array{base, choice}));
  }
  return trials;
}

std::filesystem::path create_run_dir(FileOps& files, const std::filesystem::path& root, std::string_view hash) {
  files.create_folder(root);
  std::filesystem::path folder = root / hash;
  for (int number = 2; !files.create_folder(folder); ++number) {
    folder = root / (std::string(hash) + "-" + std::to_string(number));
  }
  return folder;
}

std::vector<Difference> explain_difference(const Manifest& a, const Manifest& b) {
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
}

}  // namespace tinytorch::config
