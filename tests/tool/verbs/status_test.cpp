// What `tito status` says comes next.
#include "src/tito/judge/results.hpp"
#include "src/tito/verbs.hpp"
#include "tests/tool/temporary_folder.hpp"

#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

// Two labs. Part B of lab 03 comes after lab 04.
class Status : public testing::Test {
 protected:
  Status() {
    context_.root = folder_.path();
    context_.modules = folder_.path() / "modules";
    context_.work = folder_.path() / "work";
    folder_.write("modules/03_cnn/lab.toml", lab("CNN", "03") + unit("nn/conv", "A", "") +
                                                 unit("nn/conv_grad", "B", "after = [\"04\"]\n") +
                                                 task("3.1", "conv", "nn/conv") + task("3.2", "grad", "nn/conv_grad"));
    folder_.write("modules/04_autograd/lab.toml",
                  lab("Autograd", "04") + unit("core/backward", "A", "") + task("4.1", "order", "core/backward"));
    folder_.write("work/03_cnn/conv.cpp", "");
  }

  static std::string lab(const std::string& title, const std::string& number) {
    return "title = \"" + title + "\"\nnumber = \"" + number + "\"\nquestion = \"?\"\n";
  }
  static std::string unit(const std::string& name, const std::string& part, const std::string& more) {
    return "[[unit]]\nname = \"" + name + "\"\npart = \"" + part + "\"\ntitle = \"t\"\n" + more;
  }
  static std::string task(const std::string& id, const std::string& title, const std::string& unit) {
    return "[[task]]\nid = \"" + id + "\"\ntitle = \"" + title + "\"\nunit = \"" + unit + "\"\npoints = 50\n";
  }

  void judged(const std::string& lab, const std::vector<std::pair<std::string, std::string>>& verdicts) const {
    LabResult result{lab, "2026-01-31 14:25", "work", 1, 0, 0, {}};
    for (const auto& [id, verdict] : verdicts) {
      result.tasks.push_back({id, verdict, verdict == "PASS" ? 50.0 : 0.0, 50});
      result.points += result.tasks.back().points;
      result.possible += 50;
    }
    save_result(context_, result);
  }

  // What follows the table of labs.
  std::string next() {
    CLI::App app("about", "tito");
    add_status(app, context_);
    testing::internal::CaptureStdout();
    app.parse("status");
    std::string text = testing::internal::GetCapturedStdout();
    const auto table = text.find("  04_autograd");
    return text.substr(text.find('\n', table) + 1);
  }

  TemporaryFolder folder_;
  Context context_;
};

TEST_F(Status, an_open_task_comes_next) {
  judged("03_cnn", {{"3.1", "TODO"}, {"3.2", "TODO"}});
  EXPECT_NE(next().find("Next: 3.1 conv"), std::string::npos);
}

TEST_F(Status, a_part_that_comes_after_another_lab_waits_for_it) {
  judged("03_cnn", {{"3.1", "PASS"}, {"3.2", "TODO"}});
  EXPECT_EQ(next(),
            "\n03_cnn: part B comes after lab 04\n"
            "\nNext: 04_autograd, Autograd\n  ./tito start 04\n");
}

TEST_F(Status, it_comes_next_when_that_lab_is_complete) {
  judged("03_cnn", {{"3.1", "PASS"}, {"3.2", "TODO"}});
  judged("04_autograd", {{"4.1", "PASS"}});
  folder_.write("work/04_autograd/backward.cpp", "");
  EXPECT_NE(next().find("Next: 3.2 grad"), std::string::npos);
}

}  // namespace
}  // namespace tinytorch::tito
