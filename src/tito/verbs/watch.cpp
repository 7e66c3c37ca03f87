// tito watch: judges a lab each time one of its files is saved. The screen shows one failure; keys show the others.
#include "src/tito/build/compile.hpp"
#include "src/tito/build/ninja.hpp"
#include "src/tito/judge/causes.hpp"
#include "src/tito/judge/report.hpp"
#include "src/tito/judge/suite.hpp"
#include "src/tito/util/watch_files.hpp"
#include "src/tito/util/watch_screen.hpp"
#include "src/tito/verbs/common.hpp"

#include <cerrno>
#include <csignal>

#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace tinytorch::tito {
namespace {

volatile std::sig_atomic_t interrupted = 0;

// While this object lives, a key is read without Enter and is not shown. Its destructor restores the terminal, so a
// signal must end the loop and not the program.
class RawTerminal {
 public:
  RawTerminal() {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios raw = before_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    raw_ = ::tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
    std::fputs("\033[?1049h\033[?25l", stdout);  // another screen, no cursor
  }
  ~RawTerminal() {
    std::fputs("\033[?25h\033[?1049l", stdout);
    std::fflush(stdout);
    if (raw_) ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  }
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

 private:
  termios before_{};
  bool raw_ = false;
};

// "14:25:07"
std::string clock_text() {
  const std::string now = timestamp();
  return fmt::format("{}:{}:{}", now.substr(9, 2), now.substr(11, 2), now.substr(13, 2));
}

WatchState judged(const Context& context, const Lab& lab) {
  WatchState state;
  const std::string head = fmt::format("{}  ", lab.folder);
  try {
    const Stacks stacks = load_or_configure(context);
    const auto units = suite_units(context, stacks, lab, "work", "library");
    const SuiteOutcome outcome = run_suite(context, stacks, lab, units, {});
    const LabScore total = score(lab, outcome.records, true);
    const Causes causes = find_causes(load_mistakes(lab), outcome.records);
    state.title = head + fmt::format("{:g}/{:g}  {}", total.points, total.possible, clock_text());
    state.table = table_text(context, total, true);
    const auto add = [&](const TestRecord& record) {
      const Task* task = lab.find_task(record.test.task);
      state.failures.push_back({record.test.task, failure_text(context, lab, record, causes, {}),
                                task == nullptr ? std::vector<std::string>{} : task->hints});
    };
    const TestRecord* first = most_telling(outcome.records);
    if (first != nullptr) add(*first);
    for (const bool holes : {false, true}) {  // mistakes first, then what is still to do
      for (const TestRecord& record : outcome.records) {
        if (record.verdict == Verdict::pass || (record.verdict == Verdict::todo) != holes || &record == first) continue;
        add(record);
      }
    }
    if (!outcome.warnings.empty() && !state.failures.empty())
      state.failures.front().text = outcome.warnings + "\n" + state.failures.front().text;
    if (state.failures.empty()) state.note = paint(context, Style::good, "every test passes") + "\n\n" + state.table;
  } catch (const BuildFailure& failure) {
    state.title = head + clock_text();
    state.note = paint(context, Style::bad, "COMPILE_ERROR") + "\n" + failure.what() + "\n";
  }
  return state;
}

int rows_of_terminal() {
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 ? size.ws_row : 24;
}

void draw(const Context& context, const WatchState& state) {
  if (context.terminal) {
    fmt::print("\033[H\033[2J{}", screen(context, state, rows_of_terminal()));
  } else {
    fmt::print("{}\n", screen(context, state, 1000));
  }
  std::fflush(stdout);
}

// The key that was pressed; 0 when none was for 200 ms, or when a file has changed.
char key_or_event(const FolderWatch& files, bool keys) {
  pollfd waiting[2] = {{keys ? STDIN_FILENO : -1, POLLIN, 0}, {files.descriptor(), POLLIN, 0}};
  if (::poll(waiting, 2, 200) <= 0 || (waiting[0].revents & POLLIN) == 0) return 0;
  char key = 0;
  return ::read(STDIN_FILENO, &key, 1) == 1 ? key : 'q';  // the end of the input ends the loop
}

int watch(const Context& context, const std::string& name, bool polling) {
  const Lab lab = find_started_lab(context, name);
  FolderWatch files(context.work / lab.folder, polling ? FolderWatch::Means::polling : FolderWatch::Means::automatic);
  WatchState state = judged(context, lab);  // before the screen changes: a first build prints its progress
  std::unique_ptr<RawTerminal> raw;
  if (context.terminal) raw = std::make_unique<RawTerminal>();
  struct sigaction stop {};
  stop.sa_handler = [](int) { interrupted = 1; };
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(signal, &stop, nullptr);
  draw(context, state);
  while (!state.quit && interrupted == 0) {
    const char key = key_or_event(files, context.terminal);
    if (key != 0) {
      state = on_key(std::move(state), key);
      draw(context, state);
    } else if (files.changed()) {
      if (context.terminal) fmt::print("\033[H\033[2J{}  judging ...", lab.folder);
      std::fflush(stdout);
      state = after_run(state, judged(context, lab));
      draw(context, state);
    }
  }
  return exit_ok;
}

}  // namespace

void add_watch(CLI::App& app, Context& context) {
  CLI::App* verb =
      app.add_subcommand("watch", "Judges a lab each time you save: one failure on the screen, keys for the rest");
  const auto lab = std::make_shared<std::string>();
  const auto polling = std::make_shared<bool>(false);
  add_lab_argument(*verb, *lab);
  verb->add_flag("--poll", *polling,
                 "Looks at the files' times; for folders of other machines, whose changes the system does not report");
  verb->footer("Keys: n next failure, p previous, h hint, l list of tasks, q quit.\nExample:\n  ./tito watch 01");
  verb->callback([&context, lab, polling] { context.exit_code = watch(context, *lab, *polling); });
}

}  // namespace tinytorch::tito
