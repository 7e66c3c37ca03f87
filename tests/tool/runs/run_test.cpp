// Reading kept runs, and what is said of them.
#include "src/tito/runs/chart.hpp"
#include "src/tito/runs/mlflow.hpp"
#include "src/tito/runs/promise.hpp"
#include "tests/tool/runs/runs.hpp"

#include <cmath>
#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

TEST(KeptRuns, are_read_from_their_folder) {
  const TemporaryFolder folder;
  const StoredRun run = write_run(folder, "3f2a", {"settings.lr=0.1", "run.program=lenet"}, {2, 1}, 98.5, "ab");
  EXPECT_EQ(run.name, "3f2a");
  EXPECT_EQ(run.fact("run.program"), "lenet");
  EXPECT_EQ(run.fact("run.nothing"), "");
  ASSERT_TRUE(run.result);
  EXPECT_EQ(run.result->accuracy, 98.5);
  EXPECT_EQ(run.result->seconds, 1.5);
  EXPECT_EQ(run.result->weights, "ab");
  EXPECT_EQ(run.when(), "2026-01-31 14:25:07");
  const Log log = read_log(run);
  EXPECT_EQ(log.at("train/loss"), (std::vector<std::pair<double, double>>{{1, 2}, {2, 1}}));
}

TEST(KeptRuns, without_a_result_are_unfinished) {
  const TemporaryFolder folder;
  const StoredRun run = write_run(folder, "a", {"settings.lr=0.1"});
  EXPECT_FALSE(run.result);
  EXPECT_EQ(run.when().size(), std::string("2026-01-31 14:25:07").size());
}

TEST(KeptRuns, that_are_damaged_are_refused_by_name) {
  const TemporaryFolder folder;
  folder.write("none/settings.toml", "");
  EXPECT_NE(refusal([&] { read_run(folder.path() / "none"); }).find("none holds no manifest.toml"), std::string::npos);
  folder.write("bad/manifest.toml", "[result]\na = 1\n");
  EXPECT_NE(refusal([&] { read_run(folder.path() / "bad"); }).find("bad/manifest.toml:2:1: no fact"),
            std::string::npos);
  const StoredRun run = write_run(folder, "log", {"a=b"}, {1});
  folder.write("log/log.jsonl", "{\"name\":\"x\",\"step\":1,\"value\":\"nan\"}\n{\"name\":\"x\",\"st");
  EXPECT_NE(refusal([&] { read_log(run); }).find("log.jsonl:2: no line of a log"), std::string::npos);
  folder.write("log/log.jsonl",
               "{\"name\":\"x\",\"step\":1,\"value\":\"nan\"}\n{\"name\":\"x\",\"step\":2,\"value\":\"-inf\"}\n");
  const Log log = read_log(run);
  EXPECT_TRUE(std::isnan(log.at("x")[0].second));
  EXPECT_EQ(log.at("x")[1].second, -std::numeric_limits<double>::infinity());
}

TEST(KeptRuns, are_listed_the_oldest_first) {
  const TemporaryFolder folder;
  write_run(folder, "b", {"a=b"}, {1}, 90, "00", "2026-01-31 09:00:00");
  write_run(folder, "a", {"a=b"}, {1}, 90, "00", "2026-01-31 10:00:00");
  folder.write("no_run/file", "");
  const std::vector<StoredRun> runs = runs_below(folder.path());
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[0].name, "b");
  EXPECT_EQ(runs[1].name, "a");
  EXPECT_TRUE(runs_below(folder.path() / "nowhere").empty());
}

TEST(KeptRuns, are_found_by_the_beginning_of_their_name) {
  const TemporaryFolder folder;
  for (const char* name : {"3f2a", "3f91", "77"}) write_run(folder, name, {"a=b"});
  EXPECT_EQ(find_run(folder.path(), "3f2"), folder.path() / "3f2a");
  EXPECT_EQ(find_run("/nowhere", (folder.path() / "77").string()), folder.path() / "77");
  EXPECT_NE(refusal([&] { find_run(folder.path(), "3f"); }).find("3f may be 3f2a, 3f91"), std::string::npos);
  EXPECT_NE(refusal([&] { find_run(folder.path(), "x"); }).find("there is no run x"), std::string::npos);
}

TEST(WhatDiffers, names_settings_first_and_only_what_is_not_equal) {
  const TemporaryFolder folder;
  const std::string sum(64, 'a');
  const std::vector<StoredRun> runs{write_run(folder, "a", {"data.csv=" + sum, "settings.lr=0.1", "settings.seed=1"}),
                                    write_run(folder, "b", {"data.csv=b", "settings.lr=0.2", "settings.seed=1"}),
                                    write_run(folder, "c", {"data.csv=b", "settings.seed=1"})};
  EXPECT_EQ(what_differs(runs), (std::vector<std::string>{"lr = 0.1, data.csv = aaaaaaaa", "lr = 0.2, data.csv = b",
                                                          "lr = -, data.csv = b"}));
  EXPECT_EQ(what_differs({runs[0]}), std::vector<std::string>{""});
}

TEST(DifferenceTables, have_a_heading_for_each_effect) {
  const std::string table = difference_table({{"settings.lr", "0.1", "0.2", config::Effect::result},
                                              {"data.csv", std::nullopt, std::string(64, 'f'), config::Effect::result},
                                              {"settings.workers", "0", "2", config::Effect::speed}},
                                             "then", "now");
  EXPECT_EQ(table,
            "can change results    then  now\n"
            "  lr                  0.1   0.2\n"
            "  data.csv            -     ffffffff\n"
            "can change the speed  then  now\n"
            "  workers             0     2\n");
  EXPECT_EQ(difference_table({}, "a", "b"), "nothing differs\n");
}

// ---- What a repeated run must have in common with the first one ----

Promise promise_of(const std::vector<config::Difference>& differences) { return promised(differences); }

TEST(Promises, depend_on_what_is_different) {
  using config::Effect;
  EXPECT_EQ(promise_of({}), Promise::bitwise);
  EXPECT_EQ(promise_of({{"settings.workers", "0", "2", Effect::speed}, {"x", "1", "2", Effect::none}}),
            Promise::bitwise);
  EXPECT_EQ(promise_of({{"machine.isa", "avx2", "avx2 fma", Effect::result}}), Promise::tolerance);
  EXPECT_EQ(promise_of({{"build.program", "1", "2", Effect::result}}), Promise::tolerance);
  for (const char* key : {"settings.seed", "data.csv", "run.program"}) {
    EXPECT_EQ(promise_of({{"build.program", "1", "2", Effect::result}, {key, "1", std::nullopt, Effect::result}}),
              Promise::none);
  }
}

TEST(RepeatedRuns, with_the_same_weights_keep_every_promise) {
  const TemporaryFolder folder;
  const StoredRun a = write_run(folder, "a", {}, {2, 1}, 98, "ab"), b = write_run(folder, "b", {}, {2, 1}, 98, "ab");
  for (const Promise promise : {Promise::bitwise, Promise::tolerance, Promise::none}) {
    const Outcome outcome = compared(a, b, promise);
    EXPECT_TRUE(outcome.kept);
    EXPECT_NE(outcome.text.find("bit for bit"), std::string::npos);
  }
}

TEST(RepeatedRuns, with_other_weights_need_bounds) {
  const TemporaryFolder folder;
  const StoredRun first = write_run(folder, "a", {}, {2, 0.01}, 98, "ab");
  const auto outcome = [&](std::vector<double> losses, double accuracy, Promise promise = Promise::tolerance) {
    return compared(first, write_run(folder, "b", {}, losses, accuracy, "cd"), promise);
  };
  EXPECT_TRUE(outcome({2.7, 0.025}, 97).kept);  // 0.02 where a share of the loss is less
  EXPECT_FALSE(outcome({2.7, 0.025}, 97, Promise::bitwise).kept);
  EXPECT_FALSE(outcome({2.7, 0.025}, 97, Promise::none).kept);
  EXPECT_NE(outcome({2.9, 0.01}, 98).text.find("the losses of epoch 1 are 2 and 2.9"), std::string::npos);
  EXPECT_FALSE(outcome({2.9, 0.01}, 98).kept);
  EXPECT_FALSE(outcome({2, 0.04}, 98).kept);
  EXPECT_FALSE(outcome({2, 0.01}, 96).kept);
  EXPECT_FALSE(outcome({2}, 98).kept);
}

// ---- Pictures ----

TEST(Charts, leave_out_what_is_not_finite) {
  const double nan = std::nan("");
  const std::string svg =
      draw_charts("a < b", "c & d", {{.title = "loss", .x = "epoch", .series = {{"one", {{1, 2}, {2, nan}, {3, 1}}}}}});
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  EXPECT_NE(svg.find("<title id=\"title\">a &lt; b</title>"), std::string::npos);
  EXPECT_NE(svg.find("c &amp; d"), std::string::npos);
  EXPECT_NE(svg.find("prefers-color-scheme: dark"), std::string::npos);
}

TEST(Charts, draw_anything_that_they_are_given) {
  for (const std::vector<std::pair<double, double>>& points :
       {std::vector<std::pair<double, double>>{}, {{1, 1}}, {{1, 0}, {1, 0}}, {{1e-300, 1e300}, {1, -1e300}}}) {
    for (const bool log : {false, true}) {
      const std::string svg =
          draw_charts("t", "d", {{.title = "y", .x = "x", .series = {{"s", points}}, .log_x = log}});
      EXPECT_EQ(svg.find("nan"), std::string::npos);
      EXPECT_EQ(svg.find("inf"), std::string::npos) << svg;
      EXPECT_LT(svg.size(), 20000U);
    }
  }
}

TEST(KeptRuns, are_copied_once_into_a_store_of_mlflow) {
  const TemporaryFolder folder;
  const StoredRun run = write_run(folder, "lenet 3f.2a", {"settings.lr=0.1", "run.program=lenet"}, {2, 1}, 98.5);
  const fs::path store = folder.path() / "mlruns", copy = store / "0" / "lenet_3f_2a";
  EXPECT_TRUE(copy_to_mlflow(run, store));
  EXPECT_EQ(read_file(copy / "params/settings.lr"), "0.1");
  EXPECT_EQ(read_file(copy / "metrics/train/loss"), "1000 2 1\n1000 1 2\n");
  EXPECT_EQ(read_file(copy / "metrics/accuracy"), "1000 98.5 2\n");
  EXPECT_EQ(read_file(copy / "artifacts/result.toml"), read_file(run.folder / "result.toml"));
  EXPECT_NE(read_file(copy / "meta.yaml").find("status: 3"), std::string::npos);
  EXPECT_FALSE(copy_to_mlflow(run, store)) << "it is there";
  EXPECT_TRUE(copy_to_mlflow(write_run(folder, "b", {"a=b"}), store));
  EXPECT_NE(read_file(store / "0/b/meta.yaml").find("status: 1"), std::string::npos) << "unfinished";
}

}  // namespace
}  // namespace tinytorch::tito
