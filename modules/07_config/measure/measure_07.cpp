// Answers the predictions of lab 07 on the stack it is linked with.
//     measure_07 --seed S --parameters
//     measure_07 --seed S --measure [--out DIR]
#include "modules/07_config/measure/digit_runs.hpp"
#include "tests/kit/measuring.hpp"
#include "tinytorch/core/binding.hpp"
#include "tinytorch/core/experiment.hpp"
#include "tinytorch/core/random.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tinytorch {
namespace {

/// A change of run.toml: how the question says it, and the file afterwards.
struct Change {
  const char* said;
  const char* file;
};

constexpr const char* first_file = "[optim]\nlr = 0.1\nname = \"sgd\"\n";
constexpr std::array<Change, 8> all_changes{{
    {"name stands before lr", "[optim]\nname = \"sgd\"\nlr = 0.1\n"},
    {"0.1 becomes 1e-1", "[optim]\nlr = 1e-1\nname = \"sgd\"\n"},
    {"a comment", "# the best so far\n[optim]\nlr = 0.1\nname = \"sgd\"\n"},
    {"threads = 4", "threads = 4\n[optim]\nlr = 0.1\nname = \"sgd\"\n"},
    {"out = a folder", "out = \"runs\"\n[optim]\nlr = 0.1\nname = \"sgd\"\n"},
    {"seed = 2 for the default 1", "seed = 2\n[optim]\nlr = 0.1\nname = \"sgd\"\n"},
    {"seed = 1, which is the default", "seed = 1\n[optim]\nlr = 0.1\nname = \"sgd\"\n"},
    {"lr = 0.1000001", "[optim]\nlr = 0.1000001\nname = \"sgd\"\n"},
}};

/// The numbers in the questions. They depend on the seed alone.
struct Parameters {
  std::int64_t rates, widths, decays, seeds, minutes, machines;  // P1
  std::array<std::int64_t, 9> numbers;                           // P2
  std::vector<std::size_t> changes;                              // P3
  std::int64_t workers;                                          // P5
};

Parameters parameters_of(std::uint64_t seed) {
  Generator generator(mix_seed(seed, 7));
  const auto from = [&](std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(generator.below(static_cast<std::uint64_t>(most - least + 1)));
  };
  Parameters p{};
  p.rates = from(3, 6);
  p.widths = from(2, 4);
  p.decays = from(2, 3);
  p.seeds = from(3, 5);
  p.minutes = 5 * from(2, 6);
  p.machines = from(2, 4);
  for (std::int64_t& number : p.numbers) number = from(1, 99);
  std::vector<std::size_t> places{0, 1, 2, 3, 4, 5, 6, 7};
  while (places.size() > 5) {
    places.erase(places.begin() + static_cast<std::ptrdiff_t>(generator.below(places.size())));
  }
  p.changes = places;
  p.workers = from(2, 4);
  return p;
}

std::string changes_text(const Parameters& p) {
  std::string text;
  for (const std::size_t change : p.changes) text += (text.empty() ? "" : "; ") + std::string(all_changes[change].said);
  return text;
}

void print_parameters(const Parameters& p) {
  const auto line = [](const char* id, const std::string& numbers) {
    fmt::print("{{\"id\":\"{}\",\"parameters\":{{{}}}}}\n", id, numbers);
  };
  line("P1", fmt::format(R"("rates":{},"widths":{},"decays":{},"seeds":{},"minutes":{},"machines":{})", p.rates,
                         p.widths, p.decays, p.seeds, p.minutes, p.machines));
  const auto& n = p.numbers;
  line("P2", fmt::format(R"("a":{},"b":{},"c":{},"d":{},"e":{},"f":{},"g":{},"h":{},"i":{})", n[0], n[1], n[2], n[3],
                         n[4], n[5], n[6], n[7], n[8]));
  line("P3", fmt::format(R"("changes":"{}")", changes_text(p)));
  line("P4", "");
  line("P5", fmt::format(R"("workers":{})", p.workers));
}

// ---- P1: a sweep ----

void measure_sweep(const Parameters& p) {
  const auto numbered = [](const char* key, std::int64_t count) {
    config::Axis axis{.key = key};
    for (std::int64_t i = 0; i < count; ++i) axis.values.emplace_back(i);
    return axis;
  };
  const config::Sweep sweep{
      {numbered("lr", p.rates), numbered("width", p.widths), numbered("decay", p.decays), numbered("seed", p.seeds)}};
  const auto runs = static_cast<std::int64_t>(config::grid({}, sweep).size());
  const std::int64_t rounds = (runs + p.machines - 1) / p.machines;
  lab::answer("P1", static_cast<double>(rounds * p.minutes), "minutes", 0,
              fmt::format("{} runs, {} one after the other on each machine", runs, rounds));
}

// ---- P2: who wins ----

void measure_conflicts(const Parameters& p) {
  const auto& n = p.numbers;
  config::Schema schema;
  schema.add("steps", n[0], "");
  schema.add("epochs", n[2], "");
  schema.add("seed", std::int64_t{0}, "");
  schema.add("threads", n[8], "");
  const std::string file = fmt::format("steps = {}\nepochs = {}\nseed = {}\n", n[1], n[4], n[5]);
  const std::vector<std::string> env{fmt::format("TINYTORCH_EPOCHS={}", n[3]), fmt::format("TINYTORCH_SEED={}", n[7])};
  const std::vector<std::string> args{fmt::format("--seed={}", n[6])};
  const std::array layers{config::defaults(schema), config::parse_toml(file, "run.toml"),
                          config::from_environment(env, "TINYTORCH_"), config::from_arguments(args)};
  std::int64_t sum = 0;
  std::string winners;
  for (const config::Entry& entry : config::merge(layers).entries) {
    sum += std::get<std::int64_t>(*config::typed_value(entry, config::Kind::integer));
    winners += (winners.empty() ? "" : ", ") + entry.key + " from " + to_string(entry.origin);
  }
  lab::answer("P2", static_cast<double>(sum), "sum", 0, winners);
}

// ---- P3: the name of a run ----

void measure_names(const Parameters& p) {
  config::Schema schema;
  schema.add("seed", std::int64_t{1}, "");
  schema.add("optim.lr", 0.5, "");
  schema.add("optim.name", "adam", "");
  schema.add("threads", std::int64_t{1}, "").changes(config::Effect::speed);
  schema.add("out", "", "").changes(config::Effect::none);
  const auto name = [&](const char* file) {
    return config::settings_hash(config::parse_toml(file, "run.toml"), schema);
  };
  int changed = 0;
  std::string which;
  for (const std::size_t change : p.changes) {
    if (name(all_changes[change].file) == name(first_file)) continue;
    ++changed;
    which += (which.empty() ? "" : "; ") + std::string(all_changes[change].said);
  }
  lab::answer("P3", changed, "changes", 0, changed == 0 ? "none has another name" : "another name after: " + which);
}

void run(const lab::MeasureRequest& request) {
  const Parameters p = parameters_of(request.seed);
  if (request.parameters) return print_parameters(p);
  measure_sweep(p);
  measure_conflicts(p);
  measure_names(p);
  measure_seeds();
  measure_bits(p.workers);
}

}  // namespace
}  // namespace tinytorch

int main(int argc, char** argv) { return tinytorch::lab::measure_program("measure_07", tinytorch::run, argc, argv); }
