#include "tinytorch/profiling/op_kinds.hpp"

#include <algorithm>
#include <iterator>

namespace tinytorch::profiling {

static_assert(std::is_sorted(std::begin(op_rows), std::end(op_rows),
                             [](const OpRow& a, const OpRow& b) { return a.name < b.name; }),
              "op_kind() halves the list");

OpKind op_kind(std::string_view name) {
  if (name.ends_with('_')) name.remove_suffix(1);  // in place, the same arithmetic
  const OpRow* const row = std::lower_bound(std::begin(op_rows), std::end(op_rows), name,
                                            [](const OpRow& a, std::string_view wanted) { return a.name < wanted; });
  return row != std::end(op_rows) && row->name == name ? row->kind : OpKind{};
}

}  // namespace tinytorch::profiling
