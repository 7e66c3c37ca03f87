#include "src/tito/lab/markers.hpp"
#include "src/tito/util/tools.hpp"
#include "tests/labs/figures.hpp"
#include "tests/labs/mutants/judge.hpp"
#include "tests/labs/proofs.hpp"

#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tinytorch::tito {

namespace {

/// What a command of tito prints, for a student whose work/ holds the solution of one lab.
std::string printed_by(const Context& context, const std::string& command) {
  std::istringstream stream(command);
  const std::vector<std::string> words{std::istream_iterator<std::string>(stream), {}};
  ProcessOptions options = tito_command(context, words, 120);
  options.directory = context.work.parent_path();
  fs::create_directories(options.directory);
  const ProcessResult result = run_process(options);
  if (!result.ok()) throw trouble(fmt::format("./tito {}: {}\n{}", command, ending(result), result.out));
  return result.out;
}

}  // namespace

void prove_figures(const LabProof& proof) {
  for (const UnitSource& unit : solution_sources(proof.stacks, proof.lab))
    write_file(proof.context.work / proof.lab.folder / proof.stacks.unit(unit.unit).file(), solved(unit.source));
  const fs::path file = proof.lab.dir / "figures.toml";
  const Figures figures = parse_figures(read_file(file), proof.lab.folder + "/figures.toml");
  const auto run = [&](const std::string& command) { return printed_by(proof.context, command); };
  expect_all({{"every figure of the lesson is what its command prints",
               [&] { return lines_of(figure_problems(read_file(proof.lab.dir / "README.md"), figures, run)); }}});
}

}  // namespace tinytorch::tito
