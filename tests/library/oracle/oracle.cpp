// Compares TinyTorch with libtorch.
//
//   oracle [--rounds N] [OP ...]    compares on fresh random cases: shapes, layouts, dtypes, forward and backward
//   oracle --write [OP ...]         writes tests/golden/<op>.npz for machines without libtorch

#include "tests/library/ops/compare.hpp"
#include "tests/library/ops/golden.hpp"
#include "tests/library/oracle/torch_table.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

namespace {

using namespace tinytorch;          // NOLINT(google-build-using-namespace): a program
using namespace tinytorch::oracle;  // NOLINT(google-build-using-namespace)

constexpr int cases_per_round = 10;

void write(const ops::Op& op, const TorchFunction& function) {
  std::vector<ops::Golden> cases;
  for (const ops::Arguments& arguments : ops::golden_arguments(op))
    cases.push_back({ops::fingerprint(arguments), torch_outcome(op, function, arguments)});
  ops::save_golden(op, cases);
}

bool agrees(const ops::Op& op, const TorchFunction& function, const ops::Arguments& arguments,
            const std::string& which) {
  const ops::Difference difference =
      compare(ops::outcome_of(op, arguments), torch_outcome(op, function, arguments), op.roundings);
  if (!difference.agrees()) std::printf("WRONG %s, %s: %s\n", op.name.c_str(), which.c_str(), difference.text.c_str());
  return difference.agrees();
}

bool compare_rounds(const ops::Op& op, const TorchFunction& function, int rounds) {
  bool good = true;
  for (int round = 0; round < rounds; ++round)
    for (int k = 0; k < cases_per_round; ++k)
      good = agrees(op, function, ops::case_arguments(op, k, static_cast<std::uint64_t>(round + 1000)),
                    "round " + std::to_string(round) + ", case " + std::to_string(k)) &&
             good;
  const std::vector<ops::Arguments> fixed = ops::golden_arguments(op);
  for (std::size_t k = 0; k < fixed.size(); ++k)
    good = agrees(op, function, fixed[k], "golden case " + std::to_string(k)) && good;
  return good;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> names(argv + 1, argv + argc);
  const bool writing = !names.empty() && names.front() == "--write";
  if (writing) names.erase(names.begin());
  int rounds = 20;
  if (names.size() >= 2 && names.front() == "--rounds") {
    rounds = std::stoi(names[1]);
    names.erase(names.begin(), names.begin() + 2);
  }
  torch::set_num_threads(1);
  const TorchTable table = torch_table();
  int wrong = 0, done = 0;
  for (const ops::Op& op : ops::all_ops()) {
    if (!names.empty() && std::find(names.begin(), names.end(), op.name) == names.end()) continue;
    const auto function = table.find(op.name);
    try {
      if (function == table.end()) throw std::runtime_error("libtorch's side is not described");
      if (writing)
        write(op, function->second);
      else if (!compare_rounds(op, function->second, rounds))
        ++wrong;
    } catch (const std::exception& error) {
      std::printf("WRONG %s: %s\n", op.name.c_str(), error.what());
      ++wrong;
    }
    ++done;
  }
  std::printf("%d operations %s, %d wrong\n", done, writing ? "written" : "compared", wrong);
  return wrong == 0 && done > 0 ? 0 : 1;
}
