// The scripts that `tito doctor --completion` writes, run by the shells that read them.
#include "src/tito/verbs/completion.hpp"

#include "src/tito/util/process.hpp"
#include "src/tito/util/tools.hpp"
#include "src/tito/verbs.hpp"
#include "tests/tool/temporary_folder.hpp"

#include <cstdlib>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

class Completion : public testing::Test {
 protected:
  Completion() : app_("about", "tito") {
    add_verbs(app_, context_);
    bash_ = folder_.write("tito.bash", bash_completion(app_, words_));
    zsh_ = folder_.write("_tito", zsh_completion(app_, words_));
  }

  static ProcessResult run(const std::vector<std::string>& argv) {
    ProcessOptions options;
    options.argv = argv;
    options.merged = true;
    options.seconds = 20;
    return run_process(options);
  }

  // What bash offers for the last of these words, with blanks between.
  std::string bash_offers(const std::string& line) const {
    const std::string script = "source " + bash_.string() + "; COMP_WORDS=(" + line +
                               "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _tito; echo \"${COMPREPLY[*]}\"";
    const ProcessResult result = run({"bash", "-c", script});
    EXPECT_TRUE(result.ok()) << result.out;
    return result.out.substr(0, result.out.find('\n'));
  }

  TemporaryFolder folder_;
  Context context_;
  CLI::App app_;
  CompletionWords words_{{"lab", {"00", "01", "10"}}, {"task", {"1.2"}}, {"--rest", {"library", "solution"}}};
  fs::path bash_, zsh_;
};

TEST_F(Completion, bash_accepts_the_script) {
  const ProcessResult result = run({"bash", "-n", bash_.string()});
  EXPECT_TRUE(result.ok()) << result.out;
}

TEST_F(Completion, bash_completes_verbs) {
  EXPECT_EQ(bash_offers("tito te"), "test");
  EXPECT_EQ(bash_offers("./tito st"), "start status");
  EXPECT_EQ(bash_offers("tito --v"), "--version");
  EXPECT_EQ(bash_offers("tito frob"), "");
  for (const Verb& verb : all_verbs) EXPECT_NE((" " + bash_offers("tito ''") + " ").find(verb.name), std::string::npos);
}

TEST_F(Completion, bash_completes_options_and_their_values) {
  EXPECT_EQ(bash_offers("tito test --se"), "--seed");
  EXPECT_EQ(bash_offers("tito test 01 --fr"), "--fresh");
  EXPECT_EQ(bash_offers("tito test 01 --rest ''"), "library solution");
  EXPECT_EQ(bash_offers("tito test 01 --json ''"), "") << "bash itself completes files";
  EXPECT_EQ(bash_offers("tito test --sou"), "") << "the help does not show --source";
}

TEST_F(Completion, bash_completes_labs_where_a_lab_is_asked_for) {
  EXPECT_EQ(bash_offers("tito test 0"), "00 01");
  EXPECT_EQ(bash_offers("tito hint 1"), "1.2");
  EXPECT_EQ(bash_offers("tito demo 0"), "");
}

TEST_F(Completion, bash_uses_it_for_both_ways_to_call_tito) {
  const ProcessResult result = run({"bash", "-c", "source " + bash_.string() + "; complete -p tito ./tito"});
  EXPECT_EQ(result.out, "complete -o default -F _tito tito\ncomplete -o default -F _tito ./tito\n");
}

TEST_F(Completion, zsh_accepts_the_script) {
  const std::string script = read_file(zsh_);
  EXPECT_EQ(script.substr(0, script.find('\n')), "#compdef tito");
  EXPECT_NE(script.find("'--seed[Seed of the random cases (default 1)]:value:_files'"), std::string::npos);
  EXPECT_NE(script.find("'1:lab:(00 01 10)'"), std::string::npos);
  if (!in_path("zsh")) GTEST_SKIP() << "zsh is not installed";
  const ProcessResult result = run({"zsh", "-n", zsh_.string()});
  EXPECT_TRUE(result.ok()) << result.out;
}

TEST_F(Completion, is_installed_where_the_shells_look) {
  const char* before = std::getenv("XDG_DATA_HOME");
  const std::string kept = before == nullptr ? "" : before;
  ::setenv("XDG_DATA_HOME", (folder_.path() / "data").c_str(), 1);
  const std::vector<fs::path> files = install_completion(app_, words_);
  if (before == nullptr) {
    ::unsetenv("XDG_DATA_HOME");
  } else {
    ::setenv("XDG_DATA_HOME", kept.c_str(), 1);
  }
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files[0], folder_.path() / "data/bash-completion/completions/tito");
  EXPECT_EQ(files[1], folder_.path() / "data/zsh/site-functions/_tito");
  EXPECT_EQ(read_file(files[0]), read_file(bash_));
  EXPECT_EQ(read_file(files[1]), read_file(zsh_));
}

TEST(Verbs, each_is_in_the_table_once_and_documented) {
  Context context;
  CLI::App app("about", "tito");
  add_verbs(app, context);
  const auto added = app.get_subcommands([](const CLI::App*) { return true; });
  ASSERT_EQ(added.size(), all_verbs.size());
  for (std::size_t i = 0; i < added.size(); ++i) {
    EXPECT_EQ(added[i]->get_name(), all_verbs[i].name);
    EXPECT_NE(added[i]->get_footer().find("Example"), std::string::npos) << all_verbs[i].name;
  }
}

// `tito test --only 1.3 01`: an option that took every word that follows it would swallow the lab. `runs --draw` takes
// a list by design, and its folder comes first.
void find_greedy(const CLI::App& verb, const std::string& path, std::string& greedy) {
  const std::vector<const CLI::Option*> options = verb.get_options();
  const bool has_positionals =
      std::ranges::any_of(options, [](const CLI::Option* option) { return option->get_positional(); });
  for (const CLI::Option* option : options) {
    if (has_positionals && !option->get_positional() && option->get_expected_max() > option->get_expected_min() &&
        option->get_allow_extra_args() && option->get_name() != "--draw")
      greedy += path + " " + option->get_name() + "\n";
  }
  for (const CLI::App* below : verb.get_subcommands([](const CLI::App*) { return true; }))
    find_greedy(*below, path + " " + below->get_name(), greedy);
}

TEST(Verbs, have_no_option_that_swallows_the_words_behind_it) {
  CLI::App app;
  Context context;
  add_verbs(app, context);
  std::string greedy;
  find_greedy(app, "tito", greedy);
  EXPECT_EQ(greedy, "");
}

}  // namespace
}  // namespace tinytorch::tito
