// The ways to grade a class: one command, a process for each submission, and either of them stopped at any moment.
#include "src/tito/util/text.hpp"
#include "tests/labs/grading/small_class.hpp"
#include "tests/labs/proofs.hpp"
#include "tinytorch/core/random.hpp"

#include <chrono>
#include <csignal>
#include <map>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

std::string gradebook_in(const fs::path& results) { return read_file(results / "grades.csv"); }

// The text of each mark by its folder.
std::map<std::string, std::string> whole_marks(const fs::path& results) {
  std::map<std::string, std::string> marks;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(results, none)) {
    const fs::path mark = entry.path() / "grade.json";
    if (fs::exists(mark)) marks[entry.path().filename().string()] = read_file(mark);
  }
  return marks;
}

// The same secret, so that the seeds are the same.
void share_secret(const fs::path& from, const fs::path& to) {
  fs::create_directories(to);
  fs::copy_file(from / "secret", to / "secret");
}

// Kills a run of the class when it has printed `lines` lines and `milliseconds` more have passed; false when it has
// ended before that.
bool kill_after(const Context& context, const std::vector<std::string>& words, std::size_t lines,
                std::uint64_t milliseconds) {
  const ProcessOptions options = tito_command(context, words, 0);
  Child child(options);
  std::string printed;
  for (;;) {
    Child::Arrived arrived;
    const bool runs = child.read(arrived, 10);
    printed += arrived.out;
    if (split_lines(printed).size() >= lines) break;
    if (!runs) return false;
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
  ::kill(child.id(), SIGKILL);
  child.wait();
  return true;
}

std::vector<std::string> scratch_folders() {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(fs::temp_directory_path())) {
    if (entry.path().filename().string().starts_with("tito-grade.")) found.push_back(entry.path());
  }
  return found;
}

}  // namespace

void prove_one_by_one(const Context& context) {
  if (!walls_can_be_built()) GTEST_SKIP() << "no walls can be built here";
  const SmallClass small(context);
  const fs::path whole = small.results("whole"), parts = small.results("parts");
  const Told all = tell_tito(context, grade_words(small, whole));
  ASSERT_EQ(all.code, 0) << all.text;
  share_secret(whole, parts);
  const auto one = [&](const std::string& entry) {
    return tell_tito(context, {"grade", "one", (small.submissions() / entry).string(), "--lab", "02", "--out",
                               (parts / entry).string(), "--format", "gradescope"});
  };
  for (const std::string& entry : small.entries()) {
    const Told told = one(entry);
    EXPECT_EQ(told.code, entry == "damaged.zip" ? 2 : 0) << told.text;
    EXPECT_TRUE(fs::exists(parts / entry / "gradescope.json")) << entry;
  }
  const Told merged = tell_tito(context, {"grade", "merge", parts.string()});
  EXPECT_EQ(merged.code, 0) << merged.text;
  EXPECT_EQ(gradebook_in(parts), gradebook_in(whole));
  const std::string before = read_file(parts / "right" / "grade.json");
  EXPECT_TRUE(one("right").says("a mark that still holds"));
  EXPECT_EQ(read_file(parts / "right" / "grade.json"), before);
  EXPECT_EQ(tell_tito(context, {"grade", "one", "nowhere", "--lab", "02", "--out", (parts / "x").string()}).code, 2);
  EXPECT_EQ(tell_tito(context, {"grade", "merge", small.submissions().string()}).code, 2) << "there is no mark";
}

void prove_killed_runs(const Context& context) {
  if (!walls_can_be_built()) GTEST_SKIP() << "no walls can be built here";
  const SmallClass small(context);
  const fs::path whole = small.results("whole"), killed = small.results("killed");
  const Told all = tell_tito(context, grade_words(small, whole));
  ASSERT_EQ(all.code, 0) << all.text;
  share_secret(whole, killed);
  std::vector<std::string> words = grade_words(small, killed);
  words.insert(words.end(), {"--jobs", "2"});
  Generator g(20260131);
  std::map<std::string, std::string> done;
  std::size_t kills = 0;
  for (int round = 0; round < 6; ++round) {
    kills += kill_after(context, words, 1 + g.below(3), g.below(400)) ? 1 : 0;
    const std::map<std::string, std::string> now = whole_marks(killed);
    for (const auto& [folder, mark] : done) {
      EXPECT_TRUE(now.count(folder) != 0 && now.at(folder) == mark) << folder << " was graded again";
    }
    done = now;
  }
  EXPECT_GT(kills, 0U);
  const Told last = tell_tito(context, words);
  EXPECT_EQ(last.code, 0) << last.text;
  EXPECT_EQ(gradebook_in(killed), gradebook_in(whole));
  EXPECT_EQ(read_file(killed / "class.html"), read_file(whole / "class.html"));
  const std::map<std::string, std::string> now = whole_marks(killed);
  for (const auto& [folder, mark] : done) EXPECT_EQ(now.at(folder), mark) << folder << " was graded again";
  expect_none("what killed graders have left is removed", lines_of(scratch_folders()));
}

}  // namespace tinytorch::tito
