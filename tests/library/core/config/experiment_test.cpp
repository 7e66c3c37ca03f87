// Sweeps, run folders and manifests.
#include "tinytorch/core/experiment.hpp"

#include "tinytorch/core/binding.hpp"
#include "tinytorch/core/random.hpp"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch::config {
namespace {

namespace fs = std::filesystem;

Tree base() { return parse_toml("[optim]\nname = \"adam\"\nlr = 0.1\n", "run.toml"); }

std::string shown(const Tree& tree) {
  std::string text;
  for (const Entry& entry : tree.entries) text += entry.key + "=" + to_string(entry.value) + " ";
  return text;
}

TEST(Grid, changes_the_last_axis_fastest) {
  const Sweep sweep{{{.key = "optim.lr", .values = {0.1, 0.2}},
                     {.key = "seed", .values = {Value(std::int64_t{1}), Value(std::int64_t{2})}}}};
  const std::vector<Tree> trials = grid(base(), sweep);
  ASSERT_EQ(trials.size(), 4U);
  EXPECT_EQ(shown(trials[0]), "optim.name=\"adam\" optim.lr=0.1 seed=1 ");
  EXPECT_EQ(shown(trials[1]), "optim.name=\"adam\" optim.lr=0.1 seed=2 ");
  EXPECT_EQ(shown(trials[2]), "optim.name=\"adam\" optim.lr=0.2 seed=1 ");
  EXPECT_EQ(shown(trials[3]), "optim.name=\"adam\" optim.lr=0.2 seed=2 ");
  const Entry* const lr = trials[3].find("optim.lr");
  EXPECT_EQ(to_string(lr->origin), "sweep");
  ASSERT_EQ(lr->losers.size(), 1U);
  EXPECT_EQ(to_string(lr->losers[0].origin), "run.toml:3:1");
  EXPECT_EQ(grid(base(), {}).size(), 1U);
  EXPECT_THROW(grid(base(), {{{.key = "seed"}}}), ValueError);
}

TEST(RandomTrials, do_not_depend_on_their_number) {
  const Sweep sweep{{{.key = "optim.lr", .least = 1e-4, .most = 1.0, .log = true},
                     {.key = "width", .values = {Value("a"), Value("b")}}}};
  const std::vector<Tree> few = random_trials(base(), sweep, 3, 7), many = random_trials(base(), sweep, 1000, 7);
  for (std::size_t i = 0; i < few.size(); ++i) EXPECT_EQ(few[i].entries, many[i].entries);
  Generator generator(mix_seed(7, 2));
  EXPECT_DOUBLE_EQ(std::get<double>(many[2].find("optim.lr")->value),
                   std::exp(std::log(1e-4) * (1 - generator.uniform())));
  int small = 0;  // uniform in the logarithm: half are below the middle exponent
  for (const Tree& trial : many) small += std::get<double>(trial.find("optim.lr")->value) < 1e-2;
  EXPECT_NEAR(small, 500, 60);
}

TEST(RandomTrials, refuse_ranges_that_are_none) {
  const auto trials = [](const Axis& axis, std::int64_t n) { return random_trials(base(), {{axis}}, n, 1); };
  EXPECT_THROW(trials({.key = "x", .least = 2, .most = 1}, 1), ValueError);
  EXPECT_THROW(trials({.key = "x", .least = 0, .most = 1, .log = true}, 1), ValueError);
  EXPECT_THROW(trials({.key = "x", .least = 0, .most = 1}, -1), ValueError);
  EXPECT_TRUE(trials({.key = "x", .least = 0, .most = 1}, 0).empty());
}

TEST(CreateRunDir, gives_no_folder_twice) {
  const fs::path root = fs::path(::testing::TempDir()) / "experiment_test_runs";
  fs::remove_all(root);
  constexpr int threads = 4, each = 25;
  std::vector<std::vector<fs::path>> got(threads);
  std::vector<std::thread> racing;
  for (int t = 0; t < threads; ++t) {
    racing.emplace_back([&, t] {
      for (int i = 0; i < each; ++i) got[static_cast<std::size_t>(t)].push_back(create_run_dir(disk(), root, "abc"));
    });
  }
  for (std::thread& thread : racing) thread.join();
  std::set<fs::path> all;
  for (const auto& mine : got) all.insert(mine.begin(), mine.end());
  EXPECT_EQ(all.size(), std::size_t{threads * each});
  EXPECT_TRUE(all.contains(root / "abc"));
  EXPECT_TRUE(all.contains(root / "abc-100"));
  for (const fs::path& folder : all) EXPECT_TRUE(fs::is_directory(folder));
  fs::remove_all(root);
}

TEST(ExplainDifference, puts_results_first) {
  const Manifest a{{{"threads", "1", Effect::speed},
                    {"out", "x", Effect::none},
                    {"seed", "1", Effect::result},
                    {"same", "1", Effect::result}}};
  const Manifest b{{{"out", "y", Effect::none},
                    {"data", "ab", Effect::result},
                    {"seed", "2", Effect::result},
                    {"same", "1", Effect::result},
                    {"threads", "4", Effect::result}}};
  const std::vector<Difference> expected{{"data", std::nullopt, "ab", Effect::result},
                                         {"seed", "1", "2", Effect::result},
                                         {"threads", "1", "4", Effect::result},
                                         {"out", "x", "y", Effect::none}};
  EXPECT_EQ(explain_difference(a, b), expected);
  EXPECT_TRUE(explain_difference(a, a).empty());
}

TEST(ManifestFiles, keep_every_fact) {
  Schema schema;
  schema.add("optim.lr", 0.1, "");
  schema.add("threads", std::int64_t{1}, "").changes(Effect::speed);
  schema.require("path", Kind::text, "");
  Manifest manifest{settings_facts(parse_toml("optim.lr = -0.0\n", "run.toml"), schema)};
  EXPECT_EQ(manifest.facts,
            (std::vector<Fact>{{"settings.optim.lr", "0", Effect::result}, {"settings.threads", "1", Effect::speed}}));
  for (const Fact& fact : machine_facts()) manifest.facts.push_back(fact);
  manifest.facts.push_back({"data.a \"b\"/c.gz", "line\nend", Effect::none});
  const Manifest back = parse_manifest(to_toml(manifest), "manifest.toml");
  EXPECT_EQ(back.facts.size(), manifest.facts.size());
  EXPECT_TRUE(explain_difference(manifest, back).empty());
  EXPECT_THROW(parse_manifest("[other]\na = \"b\"\n", "manifest.toml"), ParseError);
  EXPECT_THROW(parse_manifest("[result]\na = 1\n", "manifest.toml"), ParseError);
}

std::string fact(const std::vector<Fact>& facts, const std::string& key) {
  for (const Fact& one : facts)
    if (one.key == key) return one.value;
  return "none";
}

TEST(MachineFacts, are_read_below_the_root) {
  const fs::path root = fs::path(::testing::TempDir()) / "experiment_test_root";
  fs::remove_all(root);
  EXPECT_EQ(fact(machine_facts(root), "machine.processor"), "unknown");
  EXPECT_EQ(fact(machine_facts(root), "machine.isa"), "unknown");
  EXPECT_EQ(fact(machine_facts(root), "machine.caches"), "unknown");
  EXPECT_EQ(fact(machine_facts(root), "build.program"), "none");
  const fs::path cache = root / "sys/devices/system/cpu/cpu0/cache/index0";
  fs::create_directories(root / "proc/self");
  fs::create_directories(cache);
  std::ofstream(root / "proc/cpuinfo") << "model name\t: A Processor\nflags\t\t: fpu fma avx2 avx512fp16\n";
  std::ofstream(root / "proc/self/exe") << "program";
  std::ofstream(cache / "level") << "1\n";
  std::ofstream(cache / "type") << "Data\n";
  std::ofstream(cache / "size") << "32K\n";
  const std::vector<Fact> facts = machine_facts(root);
  EXPECT_EQ(fact(facts, "machine.processor"), "A Processor");
  EXPECT_EQ(fact(facts, "machine.isa"), "fma avx2");
  EXPECT_EQ(fact(facts, "machine.caches"), "L1 32 KiB");
  EXPECT_EQ(fact(facts, "build.program"), sha256("program"));
  for (const char* key : {"machine.libc", "build.isa", "build.compiler", "build.optimisation"})
    EXPECT_NE(fact(facts, key), "none") << key;
  for (const Fact& one : facts) {
    const bool speed = one.key == "machine.processor" || one.key == "machine.cores" || one.key == "machine.caches";
    EXPECT_EQ(one.effect, speed ? Effect::speed : Effect::result) << one.key;
  }
  fs::remove_all(root);
}

TEST(ManifestFiles, know_data_by_content) {
  const fs::path one = fs::path(::testing::TempDir()) / "experiment_test_1",
                 two = fs::path(::testing::TempDir()) / "experiment_test_2";
  std::ofstream(one) << "digits";
  std::ofstream(two) << "digits";
  EXPECT_EQ(data_fact("digits", one), data_fact("digits", two));
  std::ofstream(two) << "other digits";
  EXPECT_NE(data_fact("digits", one), data_fact("digits", two));
  fs::remove(one);
  fs::remove(two);
}

}  // namespace
}  // namespace tinytorch::config
