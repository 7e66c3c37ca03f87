// The table of `tito ops`: what the tests of tests/library/ops found out about each operation.
#pragma once

#include "src/tito/util/context.hpp"

#include <array>
#include <string>
#include <vector>

namespace tinytorch::tito {

// One column of an operation: cases run and their largest error, or the reason why there are none.
struct OpCell {
  int cases = 0;
  double error = 0.0;
  bool passed = false;
  std::string reason;

  bool ran() const { return reason.empty(); }
};

struct OpRow {
  std::string op;
  std::vector<std::string> dtypes;
  std::array<OpCell, 4> cells;  // libtorch, edges, gradient, gradient of the gradient

  bool passed() const;
};

// Reads what ops_test wrote. Throws CommandError (3) when it is not that.
std::vector<OpRow> parse_ops(const std::string& json);

// The rows below each other, a failed one in the colour of bad news, the reasons for empty cells below.
std::string ops_text(const Context& context, const std::vector<OpRow>& rows);

}  // namespace tinytorch::tito
