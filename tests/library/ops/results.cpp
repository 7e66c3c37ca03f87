#include "tests/library/ops/results.hpp"

#include <cmath>
#include <fstream>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace tinytorch::ops {

namespace {

struct Cell {
  int cases = 0;
  double error = 0.0;
  bool passed = false;
};

std::map<std::pair<std::string, Column>, Cell>& cells() {
  static std::map<std::pair<std::string, Column>, Cell> all;
  return all;
}

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + '"';
}

std::string cell_text(const Op& op, Column column, const std::string& reason) {
  const auto found = cells().find({op.name, column});
  if (found == cells().end()) return fmt::format(R"({{"reason": {}}})", quoted(reason.empty() ? "not run" : reason));
  const Cell& cell = found->second;
  return fmt::format(R"({{"cases": {}, "error": {}, "passed": {}}})", cell.cases,
                     std::isfinite(cell.error) ? fmt::format("{:.3g}", cell.error) : "null", cell.passed);
}

}  // namespace

void note(const Op& op, Column column, int cases, double error, bool passed) {
  cells()[{op.name, column}] = {cases, error, passed};
}

void write_results(const std::filesystem::path& file) {
  std::ofstream out(file);
  out << "[\n";
  const std::vector<Op> all = all_ops();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Op& op = all[i];
    std::string dtypes;
    for (const DType dtype : op.dtypes) dtypes += (dtypes.empty() ? "" : ", ") + quoted(std::string(to_string(dtype)));
    out << fmt::format(
        R"({{"op": {}, "dtypes": [{}], "oracle": {}, "edges": {}, "gradient": {}, "second_gradient": {}}}{})",
        quoted(op.name), dtypes, cell_text(op, Column::oracle, {}), cell_text(op, Column::edges, op.no_edges),
        cell_text(op, Column::gradient, op.no_gradient), cell_text(op, Column::second_gradient, op.no_gradient),
        i + 1 < all.size() ? ",\n" : "\n");
  }
  out << "]\n";
}

}  // namespace tinytorch::ops
