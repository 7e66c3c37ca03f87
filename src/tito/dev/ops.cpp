// tito ops: what is known of each operation of the library, found out by running its tests.
#include "src/tito/build/ninja.hpp"
#include "src/tito/dev/ops_table.hpp"
#include "src/tito/util/context.hpp"
#include "src/tito/util/process.hpp"
#include "src/tito/util/tools.hpp"
#include "src/tito/verbs.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/core.h>

namespace tinytorch::tito {

namespace {

struct OpsOptions {
  fs::path json;
};

int show_ops(const Context& context, const OpsOptions& options) {
  const fs::path program = context.build() / "bin" / "ops_test", table = context.build() / "ops.json";
  run_ninja(context, load_or_configure(context), {program});
  fs::remove(table);
  ProcessOptions run;
  run.argv = {program.string(), "--gtest_brief=1"};
  run.environment = {"TINYTORCH_OPS_JSON=" + table.string()};
  run.merged = true;
  run.seconds = 600;
  const ProcessResult result = run_process(run);
  if (!fs::exists(table)) throw trouble("[ops] " + program.string() + " " + ending(result) + " without a table");
  const std::string json = read_file(table);
  const std::vector<OpRow> rows = parse_ops(json);
  if (!options.json.empty()) write_file(options.json, json);
  fmt::print("{}", ops_text(context, rows));
  const bool good = std::all_of(rows.begin(), rows.end(), [](const OpRow& row) { return row.passed(); });
  if (!good || !result.ok()) fmt::print("`{}` says more\n", shown(context, program));
  return good && result.ok() ? exit_ok : exit_not_all;
}

}  // namespace

void add_ops(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand("ops", "Every operation: against libtorch, its gradients, its dtypes");
  const auto options = std::make_shared<OpsOptions>();
  verb->add_option("--json", options->json, "Also writes the table to this file");
  verb->footer(
      "Example:\n  ./tito ops     runs the tests of all operations and prints a row for each; exit 1 when one is "
      "wrong");
  verb->callback([&context, options] { context.exit_code = show_ops(context, *options); });
}

}  // namespace tinytorch::tito
