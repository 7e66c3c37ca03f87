#include "src/tito/lab/call_counts.hpp"

#include "src/tito/util/text.hpp"

#include <nlohmann/json.hpp>

namespace tinytorch::tito {
namespace {

fs::path file_of(const Context& context, const std::string& program) {
  return context.work / ".tito" / "calls" / (program + ".json");
}

}  // namespace

Calls parse_calls(std::string_view lines) {
  Calls calls;
  for (const std::string& line : split_lines(lines)) {
    const auto first = line.find('\t'), last = line.rfind('\t');
    if (first == std::string::npos || first == last) continue;
    const std::string count = line.substr(last + 1);
    if (count.empty() || count.find_first_not_of("0123456789") != std::string::npos || count.size() > 19) continue;
    calls[line.substr(0, first)].push_back({line.substr(first + 1, last - first - 1), std::stoull(count)});
  }
  return calls;
}

std::uint64_t total(const std::vector<FunctionCalls>& functions) {
  std::uint64_t sum = 0;
  for (const FunctionCalls& f : functions) sum += f.calls;
  return sum;
}

std::string grouped(std::uint64_t value) {
  std::string digits = std::to_string(value);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

void save_calls(const Context& context, const std::string& program, const Calls& calls) {
  nlohmann::ordered_json file = nlohmann::ordered_json::object();
  for (const auto& [unit, functions] : calls) {
    file[unit] = nlohmann::ordered_json::object();
    for (const FunctionCalls& f : functions) file[unit][f.function] = f.calls;
  }
  write_file(file_of(context, program), file.dump(1) + "\n");
}

Calls load_calls(const Context& context, const std::string& program) {
  const fs::path path = file_of(context, program);
  if (!fs::exists(path)) return {};
  Calls calls;
  try {
    const nlohmann::ordered_json file = nlohmann::ordered_json::parse(read_file(path));
    for (const auto& [unit, functions] : file.items()) {
      for (const auto& [function, count] : functions.items())
        calls[unit].push_back({function, count.get<std::uint64_t>()});
    }
  } catch (const nlohmann::json::exception&) {
    return {};
  }
  return calls;
}

}  // namespace tinytorch::tito
