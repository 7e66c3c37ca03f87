// tito hint 1.3: a question, then an approach, then nearly the code. Each call shows one more of these rungs.
#include "src/tito/lab/workspace.hpp"
#include "src/tito/util/text.hpp"
#include "src/tito/verbs/common.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace tinytorch::tito {

namespace {

struct HintOptions {
  std::string task;
  int rung = 0;  // 0: the next one
  bool reset = false;
};

int hint(const Context& context, const HintOptions& options) {
  const TaskPlace place = find_task(context, options.task);
  const Task& task = place.lab.tasks[place.index];
  if (options.reset) {
    remember_hints(context, task.id, 0);
    fmt::print("hints of {} {}: forgotten, the next one is the first\n", task.id, task.title);
    return exit_ok;
  }
  const int rungs = static_cast<int>(task.hints.size());
  if (rungs == 0) throw trouble("task " + task.id + " has no hints in lab.toml");
  if (options.rung < 0 || options.rung > rungs) {
    throw usage_error(fmt::format("task {} has rungs 1 to {}", task.id, rungs));
  }
  const int read = hints_read(context, task.id);
  const int rung = options.rung > 0 ? options.rung : next_rung(read, rungs);
  remember_hints(context, task.id, std::max(read, rung));
  fmt::print("{}  {}, hint {} of {}\n\n{}\n\n", paint(context, Style::heading, task.id), task.title, rung, rungs,
             wrap_paragraphs(task.hints[static_cast<std::size_t>(rung) - 1], 96, "  "));
  if (rung < rungs) {
    fmt::print("Try it first; ./tito hint {} gives the next one.\n", task.id);
  } else {
    fmt::print(
        "That was the last one. ./tito hint {} --rung 1 shows the first again. The lesson has an example, worked "
        "out by hand: {}\n",
        task.id, shown(context, place.lab.dir / "README.md"));
  }
  return exit_ok;
}

}  // namespace

void add_hint(CLI::App& app, Context& context) {
  CLI::App* verb =
      app.add_subcommand("hint", "Shows the next hint of a task: a question, an approach, nearly the code");
  const auto options = std::make_shared<HintOptions>();
  verb->add_option("task", options->task, "The task, such as 1.3")->required();
  verb->add_option("--rung", options->rung, "Shows this rung instead of the next one");
  verb->add_flag("--reset", options->reset, "Forgets which hints of the task were shown");
  verb->footer(
      "Example:\n  ./tito hint 1.3             the next of three rungs\n  ./tito hint 1.3 --rung 1    the first again");
  verb->callback([&context, options] { context.exit_code = hint(context, *options); });
}

}  // namespace tinytorch::tito
