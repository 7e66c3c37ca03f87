// The program as `tito serve` starts it: what it prints, how it ends, and what a kill leaves behind.
#include "src/serve/model.hpp"
#include "src/serve/options.hpp"
#include "tests/serve/clients.hpp"
#include "tests/tool/temporary_folder.hpp"
#include "tinytorch/data/formats/npz.hpp"
#include "tinytorch/nn/deploy_registry.hpp"
#include "tinytorch/tinytorch.hpp"

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <regex>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <sys/wait.h>
#include <unistd.h>

namespace tinytorch::serve {
namespace {

namespace fs = std::filesystem;

/// The program, running; its stdout and stderr come together.
class Process {
 public:
  explicit Process(std::vector<std::string> words) {
    words.insert(words.begin(), TINYTORCH_SERVE);
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    int ends[2];
    if (::pipe(ends) != 0) return;
    id_ = ::fork();
    if (id_ == 0) {
      ::dup2(ends[1], STDOUT_FILENO);
      ::dup2(ends[1], STDERR_FILENO);
      ::close(ends[0]);
      ::close(ends[1]);
      ::execv(argv.front(), argv.data());
      ::_exit(127);
    }
    ::close(ends[1]);
    out_ = ::fdopen(ends[0], "r");
  }
  ~Process() {
    if (id_ > 0) end(SIGKILL);
    if (out_ != nullptr) std::fclose(out_);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// The next line of its output; "" at the end.
  std::string line() {
    std::string text;
    for (int c = std::fgetc(out_); c != EOF && c != '\n'; c = std::fgetc(out_)) text += static_cast<char>(c);
    return text;
  }
  /// The port that its first line names.
  int port() {
    const std::string text = line();
    std::smatch match;
    EXPECT_TRUE(std::regex_search(text, match, std::regex(R"(http://127\.0\.0\.1:(\d+))"))) << text;
    return match.empty() ? 0 : std::stoi(match[1]);
  }
  /// Sends the signal, unless it is 0, and waits. The exit code, or the negative number of the signal that ended it.
  int end(int signal = 0) {
    if (signal != 0) ::kill(id_, signal);
    int status = 0;
    ::waitpid(std::exchange(id_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  pid_t id_ = -1;
  std::FILE* out_ = nullptr;
};

class Program : public testing::Test {
 protected:
  /// A network that is sure of one digit, whatever it sees.
  void save_sure_of(std::int64_t digit) const {
    Tensor bias = zeros({10});
    bias.data<float>()[digit] = 20;
    data::save_npz(weights_, {{"0.weight", zeros({10, 64})}, {"0.bias", bias}});
  }

  tito::TemporaryFolder folder_;
  fs::path weights_ = folder_.path() / "net.npz", models_ = folder_.path() / "models";
};

TEST_F(Program, drains_and_ends_with_0_on_both_signals) {
  save_sure_of(4);
  for (const int signal : {SIGINT, SIGTERM}) {
    Process process({"--port=0", weights_.string()});
    const int port = process.port();
    const Answer answer = Client(port).send(post(image())).read();
    EXPECT_EQ(answer.code, 200);
    EXPECT_TRUE(answer.body.starts_with("{\"digit\": 4,")) << answer.body;
    EXPECT_EQ(process.end(signal), 0);
    EXPECT_EQ(process.line(), "drained: every request that had arrived was answered");
    EXPECT_EQ(process.line(), "");
  }
}

TEST_F(Program, says_in_one_line_what_it_cannot_serve) {
  const std::string none = (folder_.path() / "none").string();
  Process missing({none});
  EXPECT_EQ(missing.line(), "serve: there is no " + none +
                                "; `tito run lenet --out lenet` trains a network that `tito serve lenet` serves");
  EXPECT_EQ(missing.line(), "");
  EXPECT_EQ(missing.end(), 1);
  save_sure_of(1);
  Process first({"--port=0", weights_.string()});
  const std::string port = std::to_string(first.port());
  Process second({"--port=" + port, weights_.string()});
  EXPECT_EQ(second.line(),
            "serve: port " + port + " of 127.0.0.1 is taken; --port chooses another one, 0 any that is free");
  EXPECT_EQ(second.end(), 1);
}

TEST_F(Program, publishes_what_a_running_server_answers_with_next) {
  save_sure_of(1);
  Process publish({"--publish=" + weights_.string(), models_.string()});
  EXPECT_EQ(publish.line(), weights_.string() + " is version 1 of " + models_.string() + ", and serves");
  EXPECT_EQ(publish.end(), 0);
  Process process({"--port=0", models_.string()});
  const int port = process.port();
  save_sure_of(7);
  Process again({"--publish=" + weights_.string(), models_.string()});
  EXPECT_EQ(again.end(), 0);
  EXPECT_EQ(process.line(), "version 2 serves now");
  EXPECT_TRUE(Client(port).send(post(image())).read().body.starts_with("{\"digit\": 7,"));
  deploy::roll_back(disk(), models_);
  EXPECT_EQ(process.line(), "version 1 serves now");
  EXPECT_TRUE(Client(port).send(post(image())).read().body.starts_with("{\"digit\": 1,"));
}

// A publisher is killed at a hundred random moments. Version v is sure of digit v modulo 10, so an answer shows which
// version gave it.
TEST_F(Program, opens_a_whole_version_after_every_kill_of_a_publisher) {
  Generator generator(1);
  std::int64_t serves = 0;
  for (int kill = 0; kill < 100; ++kill) {
    // A kill may leave a folder without a manifest, whose number nobody gets again.
    std::int64_t next = 1;
    while (fs::exists(deploy::version_folder(models_, next))) ++next;
    save_sure_of(next % 10);
    {
      Process publisher({"--publish=" + weights_.string(), models_.string()});
      ::usleep(static_cast<useconds_t>(generator.below(12'000)));
      publisher.end(SIGKILL);
    }
    if (!fs::exists(models_ / "promoted")) continue;
    const deploy::LoadedModel model = load(find_source(models_));
    EXPECT_TRUE(model.version == serves || model.version == next) << model.version;
    serves = model.version;
    const NoGrad no_grad;
    EXPECT_EQ(argmax((*model.module)(zeros({1, 64})), 1).item<std::int64_t>(), serves % 10);
  }
}

TEST_F(Program, is_killed_a_hundred_times_and_serves_the_promoted_version_again) {
  for (const std::int64_t digit : {1, 2}) {
    save_sure_of(digit);
    publish_weights(weights_, models_);
  }
  Generator generator(2);
  for (int kill = 0; kill < 100; ++kill) {
    Process process({"--port=0", models_.string()});
    const int port = process.port();
    Client client(port);
    client.send(post(image()));
    const bool waits = generator.below(2) == 0;
    if (waits) {
      EXPECT_TRUE(client.read().body.starts_with("{\"digit\": 2,"));
    }
    EXPECT_EQ(process.end(SIGKILL), -SIGKILL);
  }
}

TEST(Options, are_read_back_from_their_words) {
  Options options;
  options.model = "--models";  // a name that looks like an option
  options.publish = "a b";
  options.host = "::1";
  options.port = 0;
  options.max_batch = 7;
  options.queue = 9;
  options.max_delay_ms = 0.25;
  options.deadline_ms = 30;
  std::vector<std::string> words = to_words(options);
  Options read;
  CLI::App app;
  add_options(app, read);
  std::reverse(words.begin(), words.end());  // as CLI11 takes a vector
  app.parse(words);
  EXPECT_EQ(to_words(read), to_words(options));
  EXPECT_EQ(read.model, "--models");
  EXPECT_EQ(read.max_delay_ms, 0.25);
}

}  // namespace
}  // namespace tinytorch::serve
