#include "src/tito/judge/results.hpp"

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

namespace tinytorch::tito {

using nlohmann::json;

namespace {

fs::path result_path(const Context& context, const std::string& number) {
  return context.state() / "results" / (number + ".json");
}

}  // namespace

void save_result(const Context& context, const LabResult& result) {
  json tasks = json::array();
  for (const TaskResult& task : result.tasks) {
    tasks.push_back(
        {{"task", task.task}, {"verdict", task.verdict}, {"points", task.points}, {"possible", task.possible}});
  }
  const json document = {{"lab", result.lab},        {"when", result.when},     {"stack", result.stack},
                         {"seed", result.seed},      {"points", result.points}, {"possible", result.possible},
                         {"tasks", std::move(tasks)}};
  write_file(result_path(context, result.lab.substr(0, 2)), document.dump(2) + "\n");
}

std::optional<LabResult> load_result(const Context& context, const std::string& number) {
  const fs::path path = result_path(context, number);
  if (!fs::exists(path)) return std::nullopt;
  try {
    const json document = json::parse(read_file(path));
    LabResult result;
    document.at("lab").get_to(result.lab);
    document.at("when").get_to(result.when);
    document.at("stack").get_to(result.stack);
    document.at("seed").get_to(result.seed);
    document.at("points").get_to(result.points);
    document.at("possible").get_to(result.possible);
    for (const json& task : document.at("tasks")) {
      result.tasks.push_back({task.at("task"), task.at("verdict"), task.at("points"), task.at("possible")});
    }
    return result;
  } catch (const json::exception&) {
    return std::nullopt;  // damaged or of another version: the next run of the tests replaces it
  }
}

}  // namespace tinytorch::tito
