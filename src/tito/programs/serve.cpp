// tito serve: builds the server in src/serve on any stack, and becomes it.
#include "src/serve/options.hpp"
#include "src/tito/build/build.hpp"
#include "src/tito/build/ninja.hpp"
#include "src/tito/programs/from_work.hpp"
#include "src/tito/verbs/common.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

namespace tinytorch::tito {
namespace {

struct ServeOptions {
  serve::Options server;
  std::string stack = "library", rest;
};

// This process becomes the program: signals reach it, and its exit code is ours.
[[noreturn]] void become(const fs::path& program, const std::vector<std::string>& arguments) {
  std::vector<std::string> words{program.string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::fflush(stdout);
  ::execv(argv.front(), argv.data());
  throw trouble(fmt::format("{} can't be started: {}", program.string(), std::strerror(errno)));
}

void run(const Context& context, const ServeOptions& options) {
  const Stacks stacks = load_or_configure(context);
  const Program& program = stacks.program("serve");
  const StackChoice choice = parse_stack(options.stack, options.rest);
  ProgramRequest request;
  request.program = &program;
  request.units = resolve(context, stacks, choice);
  request.level = Level::run;
  check_units_from_work(context, stacks, program, request.units, choice);
  const BuiltProgram built = build_program(context, stacks, request);
  if (!built.warnings.empty()) fmt::print(stderr, "{}\n", built.warnings);
  become(built.path, serve::to_words(options.server));
}

}  // namespace

void add_serve(CLI::App& app, Context& context) {
  auto options = std::make_shared<ServeOptions>();
  CLI::App* verb = app.add_subcommand("serve", "Answers over HTTP with a network that reads digits: draw one and see");
  serve::add_options(*verb, options->server);
  verb->add_option("--stack", options->stack,
                   "Whose code it runs on: library (default), solution, work, work:01,12 or work:01-06");
  verb->add_option("--rest", options->rest,
                   "Where the units outside the stack come from: solution (default) or library");
  verb->footer(
      "GET / is a page to draw on, POST /predict answers {\"pixels\": [64 numbers]}, GET /metrics counts, GET "
      "/healthz\n"
      "says which version answers. Ctrl-C answers what has arrived, and ends.\n"
      "Examples:\n  ./tito run lenet --out lenet\n  ./tito serve models --publish lenet\n  ./tito serve models\n"
      "  ./tito serve lenet --stack work:12 --port 0");
  verb->callback([&context, options] { run(context, *options); });
}

}  // namespace tinytorch::tito
