#include "src/tito/runs/kept_run.hpp"

#include "src/tito/util/process.hpp"
#include "src/tito/util/text.hpp"
#include "src/tito/util/tools.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

ProcessResult run_example(const Context& context, const KeptRun& run, const std::string& more) {
  // "work:01, rest library", as `tito run` notes it
  const std::string between = ", rest ";
  const std::size_t cut = run.stack.find(between);
  std::vector<std::string> words{"run", run.program, "--stack=" + run.stack.substr(0, cut)};
  if (cut != std::string::npos) words.push_back("--rest=" + run.stack.substr(cut + between.size()));
  words.insert(words.end(), run.arguments.begin(), run.arguments.end());
  words.push_back(more);
  return run_process(own_verb(context, words));
}

std::string last_lines(const std::string& text, std::size_t most) {
  std::vector<std::string> lines = split_lines(text);
  if (lines.size() > most) lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(most));
  return joined(lines, "\n  ");
}

[[noreturn]] void fail(const KeptRun& run, const ProcessResult& result) {
  throw CommandError(exit_not_all, fmt::format("{} {}: {}\n  {}", run.program, joined(run.arguments, " "),
                                               ending(result), last_lines(result.out, 12)));
}

}  // namespace

std::string keep_run(const Context& context, const KeptRun& run) {
  const fs::path result = run.folder / "result.toml";
  fs::create_directories(run.folder);
  fs::remove(result);
  const ProcessResult ended = run_example(context, run, "--out=" + run.folder.string());
  write_file(run.folder / "output.txt", ended.out);
  // The exit code tells whether the network is good enough; the result, whether the run has ended.
  if (!fs::exists(result)) fail(run, ended);
  const std::vector<std::string> lines = split_lines(ended.out);
  return lines.empty() ? "" : lines.back();
}

std::string manifest_now(const Context& context, const KeptRun& run) {
  fs::create_directories(run.folder);
  const fs::path file = run.folder / "manifest.now.toml";
  fs::remove(file);
  const ProcessResult ended = run_example(context, run, "--manifest=" + file.string());
  if (!fs::exists(file)) fail(run, ended);
  const std::string text = read_file(file);
  fs::remove(file);
  return text;
}

}  // namespace tinytorch::tito
