#include "src/tito/util/watch_files.hpp"
#include "src/tito/util/watch_screen.hpp"
#include "tests/tool/temporary_folder.hpp"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

WatchState three_failures() {
  WatchState state;
  state.title = "01_tensor  37/100  14:25:07";
  state.table = "the table\n";
  state.failures = {{"1.1", "first\n", {"a", "b", "c"}}, {"1.2", "second\n", {"d", "e", "f"}}, {"1.3", "third\n", {}}};
  return state;
}

WatchState after_keys(const std::string& keys) {
  WatchState state = three_failures();
  for (const char key : keys) state = on_key(std::move(state), key);
  return state;
}

bool shows(const WatchState& state, const std::string& text, int rows = 24) {
  return screen(Context{}, state, rows).find(text) != std::string::npos;
}

TEST(WatchScreen, ShowsOneFailureAndTheKeys) {
  EXPECT_TRUE(shows(three_failures(), "1 of 3\n\nfirst"));
  EXPECT_FALSE(shows(three_failures(), "second"));
  EXPECT_TRUE(shows(three_failures(), "n next"));
  EXPECT_TRUE(shows(three_failures(), "37/100"));
}

TEST(WatchScreen, NextAndPreviousGoRound) {
  EXPECT_TRUE(shows(after_keys("n"), "second"));
  EXPECT_TRUE(shows(after_keys("nnn"), "first"));
  EXPECT_TRUE(shows(after_keys("p"), "third"));
}

TEST(WatchScreen, HintsClimbAndStayOnTheLastRung) {
  EXPECT_TRUE(shows(after_keys("h"), "hint 1 of 3 for task 1.1"));
  EXPECT_TRUE(shows(after_keys("hh"), "hint 2 of 3"));
  EXPECT_TRUE(shows(after_keys("hhhhh"), "hint 3 of 3"));
  EXPECT_TRUE(shows(after_keys("hhnh"), "hint 1 of 3 for task 1.2")) << "each task climbs alone";
  EXPECT_TRUE(shows(after_keys("nnh"), "no hint"));
}

TEST(WatchScreen, ListAndBack) {
  EXPECT_TRUE(shows(after_keys("l"), "the table"));
  EXPECT_TRUE(shows(after_keys("ll"), "first"));
  EXPECT_TRUE(shows(after_keys("ln"), "second"));
}

TEST(WatchScreen, LongLinesBreakBetweenWords) {
  WatchState state = three_failures();
  state.failures[0].text =
      "WRONG  1.1 strides · a_test_with_a_long_name · seed 1\n  x = [1, 2, 3]  order = (0, 1)  y = 12345\n";
  Context narrow;
  narrow.columns = 40;
  const std::string text = screen(narrow, state, 24);
  EXPECT_NE(text.find("WRONG  1.1 strides ·\n"), std::string::npos) << text;
  EXPECT_NE(text.find("  x = [1, 2, 3]  order = (0, 1)  y =\n      12345\n"), std::string::npos) << text;
}

TEST(WatchScreen, QuitsAndIgnoresOtherKeys) {
  EXPECT_TRUE(after_keys("q").quit);
  EXPECT_FALSE(after_keys("xyz").quit);
  EXPECT_TRUE(shows(after_keys("xyz"), "first"));
}

TEST(WatchScreen, WithoutFailuresShowsTheNote) {
  WatchState state;
  state.note = "every test passes\n";
  for (const char key : std::string("nph")) state = on_key(std::move(state), key);
  EXPECT_TRUE(shows(state, "every test passes"));
  EXPECT_FALSE(shows(state, "n next"));
}

TEST(WatchScreen, FitsTheTerminal) {
  WatchState state = three_failures();
  for (int i = 0; i < 50; ++i) state.failures[0].text += "a line\n";
  const std::string text = screen(Context{}, state, 20);
  EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 20);
  EXPECT_TRUE(shows(state, "tito test", 20));
}

TEST(WatchScreen, ANewRunStaysWithTheTask) {
  WatchState now = three_failures();
  now.failures.erase(now.failures.begin());  // 1.1 is right now
  EXPECT_TRUE(shows(after_run(after_keys("n"), now), "second"));
  EXPECT_TRUE(shows(after_run(after_keys(""), now), "second")) << "1.1 is gone: the first that is left";
  EXPECT_TRUE(shows(after_run(after_keys("l"), now), "the table")) << "whoever reads the list goes on reading it";
}

class Watched : public testing::TestWithParam<FolderWatch::Means> {
 protected:
  void SetUp() override { write_file(file, "one"); }
  TemporaryFolder folder;
  fs::path file = folder.path() / "strides.cpp";
};

TEST_P(Watched, NothingNewIsNoChange) {
  FolderWatch watch(folder.path(), GetParam());
  EXPECT_FALSE(watch.changed());
}

TEST_P(Watched, ASaveIsOneChange) {
  FolderWatch watch(folder.path(), GetParam());
  write_file(file, "three");  // a temporary file, renamed over the old one, as editors do
  EXPECT_TRUE(watch.changed());
  EXPECT_FALSE(watch.changed());
}

TEST_P(Watched, ANewFileAndALostOneAreChanges) {
  FolderWatch watch(folder.path(), GetParam());
  write_file(folder.path() / "matmul.cpp", "new");
  EXPECT_TRUE(watch.changed());
  fs::remove(file);
  EXPECT_TRUE(watch.changed());
}

TEST_P(Watched, AnEditorsOwnFilesAreNone) {
  FolderWatch watch(folder.path(), GetParam());
  write_file(folder.path() / ".strides.cpp.swp", "swap");
  write_file(folder.path() / "4913", "vim asks whether it may write");
  EXPECT_FALSE(watch.changed());
}

TEST(FolderWatch, OfNoFolderIsAnError) { EXPECT_THROW(FolderWatch("/nowhere/at/all"), CommandError); }

INSTANTIATE_TEST_SUITE_P(By, Watched, testing::Values(FolderWatch::Means::automatic, FolderWatch::Means::polling));

}  // namespace
}  // namespace tinytorch::tito
