#pragma once

#include <vector>

/// Which copy of a function runs that is compiled for several instruction sets. Private to the library.
///
/// Highway's own choice needs its shared library, which measures the machine's clock when a program starts: 4 ms.
namespace tinytorch::vectors {

/// `baseline` is what the compiler may use anywhere in the program: x86-64-v2 or NEON, unless it was told otherwise.
enum class InstructionSet { baseline, avx2, avx512 };

/// Those that this machine runs.
std::vector<InstructionSet> runnable();

/// The best of them; or that of the environment variable TINYTORCH_INSTRUCTION_SET: baseline, avx2 or avx512. Throws
/// ValueError for another word, and for one that this machine does not run.
InstructionSet chosen();

/// Chooses another from now on, for tests.
void choose(InstructionSet set);

const char* to_string(InstructionSet set);

/// The copy for the chosen instruction set, or the best below it; a copy that was not compiled is null.
template <class F>
F best_copy(F avx512, F avx2, F baseline) {
  const InstructionSet set = chosen();
  if (set == InstructionSet::avx512 && avx512 != nullptr) return avx512;
  if (set != InstructionSet::baseline && avx2 != nullptr) return avx2;
  return baseline;
}

}  // namespace tinytorch::vectors

/// The copy of a function of namespace HWY_NAMESPACE that is to run: TINYTORCH_BEST_COPY(exp_array)(from, to, count).
#define TINYTORCH_BEST_COPY(function)                                        \
  ::tinytorch::vectors::best_copy<decltype(&HWY_STATIC_DISPATCH(function))>( \
      HWY_CHOOSE_AVX3(function), HWY_CHOOSE_AVX2(function), &HWY_STATIC_DISPATCH(function))
