// How often a program has called the functions of a student's files.
#pragma once

#include "src/tito/util/context.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tinytorch::tito {

struct FunctionCalls {
  std::string function;  // "raw::permute(const Tensor&, Dims)"
  std::uint64_t calls = 0;

  bool operator==(const FunctionCalls&) const = default;
};

/// By unit: "core/strides".
using Calls = std::map<std::string, std::vector<FunctionCalls>>;

/// The lines `unit TAB function TAB count` that a counting program writes; other lines are left out.
Calls parse_calls(std::string_view lines);

std::uint64_t total(const std::vector<FunctionCalls>& functions);

/// "2,100,344"
std::string grouped(std::uint64_t value);

/// Keeps the calls of a program's last run on the student's files, in work/.tito/calls/NAME.json.
void save_calls(const Context& context, const std::string& program, const Calls& calls);

/// Those of the last run; none when there was none, or when the file can't be read.
Calls load_calls(const Context& context, const std::string& program);

}  // namespace tinytorch::tito
