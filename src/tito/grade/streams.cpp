#include "src/tito/grade/streams.hpp"

#include "src/tito/judge/suite.hpp"
#include "src/tito/util/process.hpp"
#include "src/tito/util/text.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>

namespace tinytorch::tito {

using nlohmann::json;

namespace {

std::string shortened(const std::string& line) { return line.size() <= 300 ? line : line.substr(0, 300) + "..."; }

}  // namespace

Streams split_stream(std::string_view lines) {
  Streams streams;
  while (true) {
    const std::size_t end = lines.find('\n');
    if (end == std::string_view::npos) return streams;
    const std::string line(lines.substr(0, end));
    lines.remove_prefix(end + 1);
    const json entry = parse_line(line);
    if (!entry.is_object() || !entry.contains("test")) throw trouble("the value stream has a broken line: " + line);
    streams[entry.at("test").get<std::string>()].push_back(line);
  }
}

std::string stream_difference(const Streams& reference, const Streams& other) {
  for (const auto& [test, lines] : other) {
    if (reference.count(test) == 0) return test + " has a stream on one side only";
  }
  for (const auto& [test, lines] : reference) {
    const auto found = other.find(test);
    if (found == other.end()) return test + " has a stream on one side only";
    const std::vector<std::string>& mine = found->second;
    for (std::size_t i = 0; i < std::min(lines.size(), mine.size()); ++i) {
      if (!lines_agree(lines[i], mine[i])) {
        return test + ", line " + std::to_string(i + 1) + "\n  " + shortened(lines[i]) + "\n  " + shortened(mine[i]);
      }
    }
    if (lines.size() != mine.size()) {
      return test + " has " + std::to_string(lines.size()) + " values on one side, " + std::to_string(mine.size()) +
             " on the other";
    }
  }
  return "";
}

std::vector<std::string> constant_tests(const std::vector<Streams>& runs) {
  std::vector<std::string> constant;
  for (const auto& [test, lines] : runs.at(0)) {
    const bool same = std::all_of(runs.begin() + 1, runs.end(), [&, &name = test, &first = lines](const Streams& run) {
      const auto found = run.find(name);
      return found != run.end() && found->second == first;
    });
    if (same) constant.push_back(test);
  }
  return constant;
}

std::vector<std::string> stream_command(const fs::path& program, std::uint64_t seed,
                                        const std::vector<std::string>& only) {
  std::vector<std::string> words{program.string(),     "--blind",  "--seed",
                                 std::to_string(seed), "--stream", std::to_string(stream_descriptor)};
  if (!only.empty()) words.insert(words.end(), {"--tests", joined(only, ",")});
  return words;
}

namespace {

ProcessResult run_for_stream(const fs::path& program, std::uint64_t seed, const std::vector<std::string>& only,
                             double seconds) {
  ProcessOptions options;
  options.argv = stream_command(program, seed, only);
  options.stream = true;
  options.keep = std::size_t{1} << 30;
  options.seconds = seconds;
  return run_process(options);
}

}  // namespace

Streams program_stream(const fs::path& program, std::uint64_t seed, const std::vector<std::string>& only,
                       double seconds) {
  return split_stream(run_for_stream(program, seed, only, seconds).stream);
}

Streams whole_stream(const fs::path& program, std::uint64_t seed) {
  const ProcessResult result = run_for_stream(program, seed, {}, 60);
  if (result.timed_out() || !WIFEXITED(result.status) || WEXITSTATUS(result.status) > 1)
    throw trouble(
        fmt::format("[streams] {} did not end: {}\n{}", program.filename().string(), ending(result), result.err));
  return split_stream(result.stream);
}

Streams collect_stream(const Context& context, const Stacks& stacks, const Lab& lab,
                       const std::vector<ResolvedUnit>& units, std::uint64_t seed) {
  ProgramRequest request;
  request.program = &stacks.program(lab.suite());
  request.units = units;
  for (const LabUnit& unit : lab.units) request.counted.push_back(unit.name);
  return whole_stream(build_program(context, stacks, request).path, seed);
}

}  // namespace tinytorch::tito
