// The entry point that libFuzzer calls; TINYTORCH_FUZZ_TARGET names the reader.

#include "tests/repository/fuzz/targets.hpp"

#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const tinytorch::fuzz::Target& target : tinytorch::fuzz::targets()) {
    if (std::string_view(target.name) != TINYTORCH_FUZZ_TARGET) continue;
    tinytorch::fuzz::run(target, {reinterpret_cast<const char*>(data), size});
    return 0;
  }
  std::abort();
}
