#include "src/tito/judge/results.hpp"

#include "src/tito/util/text.hpp"

#include <optional>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace tinytorch::tito {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TaskResult, task, verdict, points, possible)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(LabResult, lab, when, stack, seed, points, possible, tasks)

namespace {

fs::path result_path(const Context& context, const std::string& number) {
  return context.state() / "results" / (number + ".json");
}

}  // namespace

void save_result(const Context& context, const LabResult& result) {
  write_file(result_path(context, result.lab.substr(0, 2)), nlohmann::json(result).dump(2) + "\n");
}

std::optional<LabResult> load_result(const Context& context, const std::string& number) {
  const fs::path path = result_path(context, number);
  if (!fs::exists(path)) return std::nullopt;
  try {
    return nlohmann::json::parse(read_file(path)).get<LabResult>();
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;  // damaged or of another version; the next run of the tests replaces it
  }
}

std::string comes_later(const Context& context, const Lab& lab, const Task& task) {
  const LabUnit* unit = lab.find_unit(task.unit);
  if (unit == nullptr) return "";
  std::vector<std::string> open;
  for (const std::string& number : unit->after) {
    const std::optional<LabResult> result = load_result(context, number);
    if (!result || !result->complete()) open.push_back("lab " + number);
  }
  return open.empty() ? "" : fmt::format("part {} comes after {}", unit->part, joined(open, ", "));
}

}  // namespace tinytorch::tito
