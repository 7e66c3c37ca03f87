// The entry point that libFuzzer calls; TINYTORCH_FUZZ_TARGET names the reader.

#ifdef TINYTORCH_FUZZ_GRADER
#include "tests/repository/fuzz/grader.hpp"
#define TINYTORCH_FUZZ_TARGETS grader_targets
#else
#include "tests/repository/fuzz/targets.hpp"
#define TINYTORCH_FUZZ_TARGETS targets
#endif

#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const tinytorch::fuzz::Target& target : tinytorch::fuzz::TINYTORCH_FUZZ_TARGETS()) {
    if (std::string_view(target.name) != TINYTORCH_FUZZ_TARGET) continue;
    tinytorch::fuzz::run(target, {reinterpret_cast<const char*>(data), size});
    return 0;
  }
  std::abort();
}
