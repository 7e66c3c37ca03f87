// tito run --keep, runs, sweep and replay, with the program lenet.
#include "src/tito/runs/run.hpp"
#include "src/tito/util/process.hpp"
#include "src/tito/util/text.hpp"
#include "tests/tool/temporary_folder.hpp"
#include "tinytorch/core/binding.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>

namespace tinytorch::tito {
namespace {

struct Ended {
  int code = -1;
  std::string out;

  bool says(const std::string& text) const { return out.find(text) != std::string::npos; }
};

class KeptRunsOfLenet : public testing::Test {
 protected:
  Ended tito(std::vector<std::string> words, std::vector<std::string> environment = {}) const {
    ProcessOptions options;
    options.argv = {TINYTORCH_TITO};
    options.argv.insert(options.argv.end(), words.begin(), words.end());
    options.directory = folder.path();
    options.environment = std::move(environment);
    options.environment.push_back("TINYTORCH_ROOT=" TINYTORCH_SOURCE);
    options.environment.push_back("TINYTORCH_PRESET=" TINYTORCH_THIS_PRESET);
    options.environment.push_back("TINYTORCH_WORK=" + (folder.path() / "work").string());
    options.merged = true;
    const ProcessResult result = run_process(options);
    return {WIFEXITED(result.status) ? WEXITSTATUS(result.status) : -1, result.out};
  }

  // A short run with a schedule and a shuffling loader of two workers, kept in `name`.
  Ended run(const std::string& name, std::vector<std::string> more = {},
            std::vector<std::string> environment = {}) const {
    std::vector<std::string> words{"run", "lenet", "--epochs=2", "--least=0", "--workers=2", "--out=" + name};
    words.insert(words.end(), more.begin(), more.end());
    return tito(std::move(words), std::move(environment));
  }

  std::string text(const fs::path& file) const { return read_file(folder.path() / file); }
  void replace(const fs::path& file, const std::string& from, const std::string& to) const {
    std::string all = text(file);
    const std::size_t at = all.find(from);
    ASSERT_NE(at, std::string::npos) << from << " in " << all;
    write_file(folder.path() / file, all.replace(at, from.size(), to));
  }

  TemporaryFolder folder;
};

TEST_F(KeptRunsOfLenet, hold_what_repeats_them) {
  const Ended ended = run("a", {"--lr=0.002"});
  ASSERT_EQ(ended.code, 0) << ended.out;
  const StoredRun kept = read_run(folder.path() / "a");
  EXPECT_EQ(kept.fact("settings.lr"), "0.002");
  EXPECT_EQ(kept.fact("run.program"), "lenet");
  EXPECT_EQ(kept.fact("build.stack"), "library");
  for (const char* key : {"machine.isa", "machine.libc", "build.compiler", "build.program"})
    EXPECT_NE(kept.fact(key), "") << key;
  EXPECT_TRUE(std::any_of(kept.manifest.facts.begin(), kept.manifest.facts.end(),
                          [](const config::Fact& fact) { return fact.key.starts_with("data."); }));
  ASSERT_TRUE(kept.result);
  EXPECT_EQ(kept.result->weights, config::file_checksum(kept.folder / "lenet.npz"));
  const Log log = read_log(kept);
  EXPECT_EQ(log.at("train/loss").size(), 2U);
  EXPECT_EQ(log.at("test/accuracy").back().second, kept.result->accuracy);
  // Where it was kept is no part of what repeats it.
  EXPECT_EQ(text("a/settings.toml").find("out ="), std::string::npos);
  EXPECT_EQ(kept.fact("settings.out"), "");
  EXPECT_EQ(kept.fact("settings.data"), "");
}

TEST_F(KeptRunsOfLenet, hold_nothing_else_of_the_environment) {
  const std::vector<std::string> environment{"SOME_PASSWORD=correct-horse", "LENET_LR=0.004"};
  ASSERT_EQ(run("a", {}, environment).code, 0);
  EXPECT_EQ(read_run(folder.path() / "a").fact("settings.lr"), "0.004");
  for (const fs::directory_entry& entry : fs::directory_iterator(folder.path() / "a"))
    EXPECT_EQ(read_file(entry.path()).find("correct-horse"), std::string::npos) << entry.path();
}

TEST_F(KeptRunsOfLenet, get_a_folder_each_and_are_listed) {
  for (const char* lr : {"--lr=0.002", "--lr=0.001", "--lr=0.002"})
    ASSERT_EQ(tito({"run", "lenet", "--epochs=1", "--least=0", "--runs=kept", lr}).code, 0);
  const std::vector<StoredRun> runs = runs_below(folder.path() / "kept");
  ASSERT_EQ(runs.size(), 3U);
  const Ended list = tito({"runs", "kept"});
  EXPECT_EQ(list.code, 0);
  EXPECT_TRUE(list.says("lr = 0.001")) << list.out;
  EXPECT_TRUE(list.says("lr = 0.002"));
  std::vector<std::string> names;
  for (const StoredRun& run : runs)
    if (run.fact("settings.lr") == "0.002") names.push_back(run.name);
  ASSERT_EQ(names.size(), 2U);
  const Ended same = tito({"runs", "kept", "--compare", names[0], names[1]});
  EXPECT_TRUE(same.says("nothing differs")) << same.out;
  EXPECT_TRUE(same.says("weights the same, bit for bit"));
  EXPECT_EQ(tito({"runs", "nowhere"}).code, 0);
}

TEST_F(KeptRunsOfLenet, are_drawn) {
  ASSERT_EQ(run("a").code, 0);
  ASSERT_EQ(run("b", {"--lr=0.001"}).code, 0);
  const Ended drawn = tito({"runs", "--draw", "a", "b", "--out", "c.svg"});
  ASSERT_EQ(drawn.code, 0) << drawn.out;
  EXPECT_NE(text("c.svg").find("a: lr = 0.003"), std::string::npos);
  EXPECT_NE(text("c.svg").find("train/loss"), std::string::npos);
}

TEST_F(KeptRunsOfLenet, are_repeated_bit_for_bit) {
  ASSERT_EQ(run("a").code, 0);
  const Ended again = tito({"replay", "a", "--out", "b"});
  EXPECT_EQ(again.code, 0) << again.out;
  EXPECT_TRUE(again.says("nothing differs")) << again.out;
  EXPECT_TRUE(again.says("repeated: the weights are the same, bit for bit"));
  EXPECT_EQ(text("a/lenet.npz"), text("b/lenet.npz"));
  const StoredRun repeated = read_run(folder.path() / "b");
  EXPECT_EQ(repeated.fact("replay.promise"), "bitwise");
  EXPECT_EQ(repeated.fact("replay.kept"), "yes");
}

TEST_F(KeptRunsOfLenet, are_repeated_with_another_number_of_workers) {
  ASSERT_EQ(run("a").code, 0);
  const Ended again = tito({"replay", "a", "--out", "b"}, {"LENET_WORKERS=0"});
  EXPECT_EQ(again.code, 0) << again.out;
  EXPECT_TRUE(again.says("can change the speed"));
  EXPECT_TRUE(again.says("bit for bit"));
}

TEST_F(KeptRunsOfLenet, say_that_the_seed_differs_before_they_are_repeated) {
  ASSERT_EQ(run("a").code, 0);
  const Ended again = tito({"replay", "a", "--out", "b"}, {"LENET_SEED=2"});
  EXPECT_EQ(again.code, 1) << again.out;
  const std::size_t said = again.out.find("  seed  "), ended = again.out.find("NOT repeated: the weights differ");
  EXPECT_LT(said, ended) << again.out;
  EXPECT_NE(ended, std::string::npos) << again.out;
  EXPECT_TRUE(again.says("promise: none"));
  EXPECT_EQ(read_run(folder.path() / "b").fact("replay.kept"), "no");
}

TEST_F(KeptRunsOfLenet, say_that_the_data_differ) {
  const fs::path digits = fs::path(TINYTORCH_SOURCE) / "examples" / "data" / "digits.csv.gz";
  fs::copy_file(digits, folder.path() / "digits.csv.gz");
  ASSERT_EQ(run("a", {"--data=digits.csv.gz"}).code, 0);
  // A gzip file may have several members: the same digits, and some lines once more.
  const std::string all = text("digits.csv.gz");
  write_file(folder.path() / "digits.csv.gz", all + all);
  const Ended again = tito({"replay", "a", "--out", "b"});
  EXPECT_EQ(again.code, 1) << again.out;
  EXPECT_TRUE(again.says("  data.digits.csv.gz  ")) << again.out;
}

TEST_F(KeptRunsOfLenet, of_another_toolchain_are_promised_within_bounds) {
  ASSERT_EQ(run("a").code, 0);
  replace("a/manifest.toml", "\"build.compiler\" = \"", "\"build.compiler\" = \"another ");
  const Ended again = tito({"replay", "a", "--out", "b"});
  EXPECT_EQ(again.code, 0) << again.out;
  EXPECT_TRUE(again.says("build.compiler")) << again.out;
  EXPECT_TRUE(again.says("promise: in each epoch the same loss within")) << again.out;
  EXPECT_EQ(read_run(folder.path() / "b").fact("replay.promise"), "tolerance");
}

TEST_F(KeptRunsOfLenet, with_other_weights_are_not_repeated) {
  ASSERT_EQ(run("a").code, 0);
  replace("a/result.toml", "weights.sha256 = \"", "weights.sha256 = \"0");
  EXPECT_EQ(tito({"replay", "a", "--out", "b"}).code, 1);
}

TEST_F(KeptRunsOfLenet, must_be_finished_and_elsewhere_to_be_repeated) {
  ASSERT_EQ(run("a").code, 0);
  EXPECT_EQ(tito({"replay", "a", "--out", "a"}).code, 2);
  fs::remove(folder.path() / "a" / "result.toml");
  EXPECT_EQ(tito({"replay", "a"}).code, 2);
  EXPECT_EQ(tito({"replay", "nowhere"}).code, 2);
}

TEST_F(KeptRunsOfLenet, of_a_sweep_are_not_run_twice) {
  folder.write("lr.toml",
               "settings.epochs = 1\nsettings.least = 0\n[[axis]]\nkey = \"lr\"\nvalues = [0.001, 0.003, 0.01]\n");
  const auto sweep = [&] { return tito({"sweep", "lr.toml", "--out", "trials"}); };
  const Ended first = sweep();
  ASSERT_EQ(first.code, 0) << first.out;
  EXPECT_TRUE(first.says("3 trials of lenet in")) << first.out;
  EXPECT_TRUE(first.says("; 0 finished before"));
  EXPECT_TRUE(fs::exists(folder.path() / "trials" / "sweep.svg"));
  const std::vector<StoredRun> runs = runs_below(folder.path() / "trials");
  ASSERT_EQ(runs.size(), 3U);

  // As if it had been stopped in one of them.
  const fs::path open = runs[1].folder / "result.toml", done = runs[0].folder / "result.toml";
  const std::string before = read_file(open), kept = read_file(done);
  fs::remove(open);
  write_file(done, kept + "# untouched\n");
  const Ended second = sweep();
  ASSERT_EQ(second.code, 0) << second.out;
  EXPECT_TRUE(second.says("; 2 finished before")) << second.out;
  EXPECT_EQ(read_file(done), kept + "# untouched\n");
  EXPECT_EQ(read_run(runs[1].folder).result->weights, runs[1].result->weights);
  EXPECT_TRUE(second.says("lr     accuracy")) << second.out;
}

TEST_F(KeptRunsOfLenet, of_one_sweep_at_a_time) {
  folder.write("lr.toml", "[[axis]]\nkey = \"lrr\"\nvalues = [0.1]\n");
  fs::create_directories(folder.path() / "trials");
  const auto sweep = [&] { return tito({"sweep", "lr.toml", "--out", "trials"}); };
  {
    const Descriptor other = lock_file(folder.path() / "trials" / ".lock", false);
    const Ended ended = sweep();
    EXPECT_EQ(ended.code, 2);
    EXPECT_TRUE(ended.says("another sweep runs in ")) << ended.out;
  }
  EXPECT_EQ(sweep().code, 1);  // its setting does not exist
}

TEST_F(KeptRunsOfLenet, of_a_sweep_that_can_not_run_stop_it) {
  folder.write("lr.toml", "[[axis]]\nkey = \"lrr\"\nvalues = [0.1]\n");
  const Ended ended = tito({"sweep", "lr.toml", "--out", "trials"});
  EXPECT_EQ(ended.code, 1);
  EXPECT_TRUE(ended.says("lrr is not a setting; did you mean lr?")) << ended.out;
}

}  // namespace
}  // namespace tinytorch::tito
