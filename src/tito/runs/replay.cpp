// tito replay: repeats a kept run from its folder, says first what is different now, and compares the weights.
#include "src/tito/runs/kept_run.hpp"
#include "src/tito/runs/promise.hpp"
#include "src/tito/runs/run.hpp"
#include "src/tito/verbs/common.hpp"
#include "tinytorch/core/file_ops.hpp"

#include <string>

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

struct ReplayOptions {
  std::string run, out, stack;
};

// A new folder below build/replays, or the one that was asked for.
fs::path target(const Context& context, const ReplayOptions& options, const StoredRun& old) {
  if (!options.out.empty()) return fs::absolute(options.out);
  const fs::path root = context.root / "build" / "replays";
  fs::create_directories(root);
  return config::create_run_dir(disk(), root, old.name);
}

// Notes in the new run's manifest whose repetition it is, what was promised, and whether it came true.
void note(const StoredRun& old, const fs::path& folder, Promise promise, bool kept) {
  const StoredRun fresh = read_run(folder);
  config::Manifest manifest = fresh.manifest;
  manifest.facts.push_back({"replay.of", old.name, config::Effect::none});
  manifest.facts.push_back({"replay.promise", to_string(promise), config::Effect::none});
  manifest.facts.push_back({"replay.kept", kept ? "yes" : "no", config::Effect::none});
  write_file(folder / "manifest.toml", config::to_toml(manifest));
}

int replay(const Context& context, const ReplayOptions& options) {
  const StoredRun old = read_run(find_run(context.root / "build" / "runs", options.run));
  if (!old.result) throw usage_error(old.name + " has not finished: there is no result.toml to compare with");
  KeptRun again{old.fact("run.program"), options.stack.empty() ? old.fact("build.stack") : options.stack, {}, {}};
  if (again.program.empty() || again.stack.empty())
    throw usage_error((old.folder / "manifest.toml").string() + " lacks run.program or build.stack");
  again.arguments = {"--config=" + fs::absolute(old.folder / "settings.toml").string()};
  again.folder = target(context, options, old);
  if (fs::exists(again.folder) && fs::equivalent(again.folder, old.folder))
    throw usage_error(old.name + " can't be repeated in its own folder");

  fmt::print("{} of {}, stack {}\n", again.program, old.when(), again.stack);
  std::fflush(stdout);
  const config::Manifest now = config::parse_manifest(manifest_now(context, again), "manifest.now.toml");
  const auto differences = config::explain_difference(old.manifest, now);
  const Promise promise = promised(differences);
  fmt::print("{}{}\n", difference_table(differences, "then", "now"), said(promise));
  std::fflush(stdout);

  keep_run(context, again);
  const StoredRun fresh = read_run(again.folder);
  const Outcome outcome = compared(old, fresh, promise);
  note(old, again.folder, promise, outcome.kept);
  fmt::print("{}\nthe new run is in {}\n", outcome.text, shown(context, again.folder));
  return outcome.kept ? exit_ok : exit_not_all;
}

}  // namespace

void add_replay(CLI::App& app, Context& context) {
  const auto options = std::make_shared<ReplayOptions>();
  CLI::App* verb = app.add_subcommand("replay", "Repeats a run from its folder and compares the weights");
  verb->add_option("run", options->run, "The run: its folder, or its name in the list of `./tito runs`")->required();
  verb->add_option("--out", options->out, "Folder of the new run; one below build/replays when it is not given");
  verb->add_option("--stack", options->stack, "Whose code it runs on; that of the run when it is not given");
  verb->footer(
      "First it says what has changed since the run: data, settings, seed, compiler, machine. The same program on a\n"
      "processor with the same instructions must give the same weights, bit for bit; another one the same curves,\n"
      "within a bound that is said. Exit code 1: it did not.\n"
      "Example:\n  ./tito replay build/runs/3f2a91bc5d7e0846");
  verb->callback([&context, options] { context.exit_code = replay(context, *options); });
}

}  // namespace tinytorch::tito
