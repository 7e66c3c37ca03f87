#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

/// A reader to fuzz. For any bytes it returns or throws a tinytorch::Error whose text is one line. Any other exception
/// ends the program.
namespace tinytorch::fuzz {

struct Target {
  const char* name;
  void (*read)(std::string_view bytes);
};

/// Every reader that takes bytes.
const std::vector<Target>& targets();

/// Runs one target on the bytes of one file. Aborts, with the reason on standard error, on an error of another kind and
/// when tensors took more memory than the bytes justify.
void run(const Target& target, std::string_view bytes);

}  // namespace tinytorch::fuzz
