// Files of sweeps, their trials, and what is said at the end.
#include "src/tito/runs/sweep_report.hpp"
#include "tests/tool/runs/runs.hpp"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

std::vector<Trial> trials(const std::string& text) { return trials_of(parse_sweep(text, "lr.toml")); }

TEST(Sweeps, try_the_grid_with_the_last_axis_fastest) {
  const std::vector<Trial> all = trials(
      "settings.epochs = 5\n[[axis]]\nkey = \"lr\"\nvalues = [0.1, 0.2]\n[[axis]]\nkey = \"net\"\n"
      "values = [[64, 32], []]\n");
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[0].arguments, (std::vector<std::string>{"--epochs=5", "--lr=0.1", "--net=64,32"}));
  EXPECT_EQ(all[1].arguments, (std::vector<std::string>{"--epochs=5", "--lr=0.1", "--net="}));
  EXPECT_EQ(all[2].arguments, (std::vector<std::string>{"--epochs=5", "--lr=0.2", "--net=64,32"}));
  std::set<std::string> names;
  for (const Trial& trial : all) names.insert(trial.name);
  EXPECT_EQ(names.size(), 4U);
}

TEST(Sweeps, draw_trials_by_their_seed) {
  const std::string axis = "[[axis]]\nkey = \"lr\"\nleast = 1e-4\nmost = 1e-1\nlog = true\n";
  const std::vector<Trial> few = trials("trials = 3\nseed = 7\n" + axis),
                           many = trials("trials = 9\nseed = 7\n" + axis);
  ASSERT_EQ(many.size(), 9U);
  for (std::size_t i = 0; i < few.size(); ++i) EXPECT_EQ(few[i].name, many[i].name);
  EXPECT_NE(trials("trials = 3\nseed = 8\n" + axis)[0].name, few[0].name);
}

TEST(Sweeps, list_a_trial_that_is_drawn_twice_once) {
  EXPECT_EQ(trials("trials = 50\n[[axis]]\nkey = \"batch\"\nvalues = [16, 32]\n").size(), 2U);
}

TEST(Sweeps, name_a_trial_by_all_that_it_is_given) {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "lr.toml";
  const std::string axis = "[[axis]]\nkey = \"lr\"\nvalues = [0.1]\n";
  const auto name = [&](const std::string& text) { return trials_of(parse_sweep(text + axis, file))[0].name; };
  folder.write("run.toml", "epochs = 3\n");
  const std::string alone = name(""), based = name("config = \"run.toml\"\n");
  EXPECT_NE(alone, based);
  EXPECT_NE(alone, name("program = \"other\"\n"));
  EXPECT_NE(alone, name("settings.epochs = 3\n"));
  folder.write("run.toml", "epochs = 4\n");
  EXPECT_NE(based, name("config = \"run.toml\"\n"));
  EXPECT_EQ(trials_of(parse_sweep("config = \"run.toml\"\n" + axis, file))[0].arguments[0],
            "--config=" + (folder.path() / "run.toml").string());
}

TEST(Sweeps, that_make_no_sense_are_refused_with_their_line) {
  const auto refused = [](const std::string& text) { return refusal([&] { trials(text); }); };
  const std::string lr = "[[axis]]\nkey = \"lr\"\n";
  EXPECT_EQ(refused(""), "lr.toml:1: [sweep] there is no [[axis]]");
  EXPECT_EQ(refused("trial = 3\n"), "lr.toml:1: [sweep] `trial` is not a key here");
  EXPECT_EQ(refused("trials = 2.5\n" + lr), "lr.toml:1: [sweep] `trials` is a whole number from 1 to 100000");
  EXPECT_NE(refused(lr + "values = []\n").find("lr.toml:3: [sweep] `values` is a list of values"), std::string::npos);
  EXPECT_NE(refused(lr).find("an axis has `values`, or `least` and `most`"), std::string::npos);
  EXPECT_NE(refused(lr + "least = 1\nmost = 2\n").find("a range needs `trials`"), std::string::npos);
  EXPECT_NE(refused(lr + "values = [1]\nlog = true\n").find("has no `log`"), std::string::npos);
  EXPECT_NE(refused(lr + "values = [1]\n" + lr + "values = [2]\n").find("two axes `lr`"), std::string::npos);
  EXPECT_NE(refused("trials = 2\n" + lr + "least = 0\nmost = 1\nlog = true\n").find("no range"), std::string::npos);
  EXPECT_NE(refused(lr + "values = [2026-01-31]\n").find("of this kind"), std::string::npos);
  EXPECT_NE(refused("axis = \n").find("lr.toml:1: [sweep]"), std::string::npos);
}

// ---- The end ----

std::vector<FinishedTrial> finished(const TemporaryFolder& folder, const SweepFile& file,
                                    const std::vector<double>& accuracies,
                                    const std::string& more = "build.program=a") {
  std::vector<FinishedTrial> all;
  const std::vector<Trial> trials = trials_of(file);
  for (std::size_t i = 0; i < trials.size(); ++i) {
    const std::string other = i == 0 ? "build.program=a" : more;
    all.push_back({trials[i], write_run(folder, "t" + std::to_string(i), {"settings.lr=" + std::to_string(i), other},
                                        {1}, accuracies[i])});
  }
  return all;
}

TEST(SweepTables, show_the_most_accurate_first) {
  const TemporaryFolder folder;
  const SweepFile file = parse_sweep("[[axis]]\nkey = \"lr\"\nvalues = [0.001, 0.01, 0.1]\n", "lr.toml");
  const std::vector<FinishedTrial> all = finished(folder, file, {90, 98.5, 90});
  EXPECT_EQ(sweep_table(file.sweep, all),
            "lr     accuracy   seconds  folder\n"
            "0.01    98.50 %      1.50  t1\n"
            "0.001   90.00 %      1.50  t0\n"
            "0.1     90.00 %      1.50  t2\n"
            "each trial has one seed; an axis `seed` shows how far the accuracy moves by itself\n");
}

TEST(SweepTables, say_when_more_than_the_axes_differs) {
  const TemporaryFolder folder;
  const SweepFile file = parse_sweep("[[axis]]\nkey = \"lr\"\nvalues = [0.001, 0.01]\n", "lr.toml");
  EXPECT_NE(sweep_table(file.sweep, finished(folder, file, {90, 91}, "build.program=b"))
                .find("not only the axes differ, but also: build.program\n"),
            std::string::npos);
}

TEST(Frontiers, hold_what_no_other_trial_beats) {
  using Points = std::vector<std::pair<double, double>>;
  EXPECT_EQ(frontier({{3, 98}, {1, 90}, {2, 89}, {4, 98}, {1, 91}, {5, 99}}), (Points{{1, 91}, {3, 98}, {5, 99}}));
  EXPECT_TRUE(frontier({}).empty());
}

TEST(SweepPictures, have_a_chart_for_each_axis_and_one_of_time) {
  const TemporaryFolder folder;
  const SweepFile file = parse_sweep("[[axis]]\nkey = \"lr\"\nvalues = [0.001, 0.01]\n", "lr.toml");
  const std::string svg = sweep_picture(file.sweep, finished(folder, file, {90, 91}));
  EXPECT_NE(svg.find(">lr<"), std::string::npos);
  EXPECT_NE(svg.find(">0.01<"), std::string::npos);
  EXPECT_NE(svg.find(">seconds of a trial<"), std::string::npos);
  EXPECT_NE(svg.find("The best one has 91.00 % with lr = 0.01."), std::string::npos);
}

}  // namespace
}  // namespace tinytorch::tito
