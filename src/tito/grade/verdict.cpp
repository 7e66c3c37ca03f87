#include "src/tito/grade/verdict.hpp"

#include "src/tito/grade/lines.hpp"
#include "src/tito/grade/plain.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tinytorch::tito {
namespace {

using nlohmann::json;

// A value as a person reads it. The submission's may be any JSON.
std::string shown(const json& value) {
  constexpr std::size_t most = 60;
  std::string text =
      value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() > most) text = text.substr(0, most) + "...";
  return plain_name(text);
}

bool is_tensor(const json& value) {
  return value.is_object() && value.contains("sizes") && value.contains("dtype") && value.contains("values") &&
         value["values"].is_array();
}

bool threw(const json& value) { return value.is_object() && value.contains("throws"); }

std::string instead(const json& mine, const json& right) {
  return fmt::format("{} instead of {}", shown(mine), shown(right));
}

std::string tensor_difference(const json& mine, const json& right, double tolerance) {
  for (const char* property : {"dtype", "sizes"}) {
    if (mine[property] != right[property])
      return fmt::format("{} {}", property, instead(mine[property], right[property]));
  }
  const json& all = mine["values"];
  for (std::size_t i = 0; i < std::min(all.size(), right["values"].size()); ++i) {
    const json &a = all[i], &b = right["values"][i];
    const bool close = a.is_number() && b.is_number() && std::abs(a.get<double>() - b.get<double>()) <= tolerance;
    if (a != b && !close) return fmt::format("element {} is {}", i, instead(a, b));
  }
  return "another number of elements";
}

std::string value_difference(const json& mine, const json& right, double tolerance) {
  if (threw(mine) && threw(right)) return "threw " + instead(mine["throws"], right["throws"]);
  if (threw(mine)) return "threw " + shown(mine["throws"]);
  if (threw(right)) return "threw nothing instead of " + shown(right["throws"]);
  if (is_tensor(mine) && is_tensor(right)) return tensor_difference(mine, right, tolerance);
  return instead(mine, right);
}

double tolerance_of(const json& line) {
  const auto found = line.find("tolerance");
  return found != line.end() && found->is_number() ? found->get<double>() : 0.0;
}

bool ran_out_of_memory(const std::string& written) {
  const json line = parse_line(written);
  if (!line.is_object() || !line.contains("value") || !threw(line["value"])) return false;
  const json& thrown = line["value"]["throws"];
  return thrown.is_string() && thrown.get<std::string>().find("bad_alloc") != std::string::npos;
}

// What is wrong with the first line that is not right.
std::string line_difference(const std::string& reference, const std::string& written) {
  const json right = parse_line(reference), mine = parse_line(written);
  const bool comparable = right.is_object() && mine.is_object() && mine.contains("value") && right.contains("value");
  if (!comparable) return "it wrote no value";
  const std::string label = right.value("case", ""), what = right.value("what", ""), kind = right.value("kind", "");
  const std::string where = label.empty() ? "" : "case " + label + ": ";
  if (mine.value("what", json()) != what) return where + "it ended before " + what + ": " + shown(mine["value"]);
  if (kind == "input") return where + "it changed its input " + what;
  if (kind == "relation") {
    return fmt::format("{}{} is {}, and must be {} {}", where, what, shown(mine["value"]), right.value("op", ""),
                       shown(right.value("rhs", json())));
  }
  return fmt::format("{}{}: {}", where, what, value_difference(mine["value"], right["value"], tolerance_of(right)));
}

}  // namespace

StreamVerdict judge_stream(const std::vector<std::string>& reference, std::string_view written) {
  std::size_t line = 0;
  for (; !written.empty(); ++line) {
    const std::size_t end = written.find('\n');
    if (end == std::string_view::npos) break;  // half a line: the process ended while it wrote
    if (line == reference.size()) return {"WRONG", "it wrote more values than there are"};
    const std::string mine(written.substr(0, end));
    written.remove_prefix(end + 1);
    if (lines_agree(reference[line], mine)) continue;
    if (ran_out_of_memory(mine)) return {"MEMORY", "there was no more memory"};
    return {"WRONG", line_difference(reference[line], mine)};
  }
  if (line < reference.size()) {
    return {"CRASH", fmt::format("it ended after {} of {} values", line, reference.size())};
  }
  return {};
}

}  // namespace tinytorch::tito
