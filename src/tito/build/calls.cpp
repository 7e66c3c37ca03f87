#include "src/tito/build/calls.hpp"

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

#if defined(__x86_64__)
constexpr const char* jump = "  lock incq .Lcount{0}(%rip)\n  jmp __real_{1}@PLT\n";
#elif defined(__aarch64__)
// A call may change x16 and x17. The addition is not atomic: with several threads a few calls may not be counted.
constexpr const char* jump =
    "  adrp x16, .Lcount{0}\n  add x16, x16, :lo12:.Lcount{0}\n  ldr x17, [x16]\n  add x17, x17, #1\n"
    "  str x17, [x16]\n  b __real_{1}\n";
#else
#error "call counters: write the trampoline of this machine"
#endif

}  // namespace

std::string trampolines(const std::vector<CountedFunction>& functions) {
  std::string text = "  .text\n", table = "  .section tt_calls,\"aw\",%progbits\n  .balign 8\n",
              strings = "  .section .rodata\n";
  for (std::size_t i = 0; i < functions.size(); ++i) {
    const CountedFunction& f = functions[i];
    text += fmt::format("  .globl __wrap_{0}\n  .type __wrap_{0}, %function\n__wrap_{0}:\n", f.mangled);
    text += fmt::format(fmt::runtime(jump), i, f.mangled);
    text += fmt::format("  .size __wrap_{0}, .-__wrap_{0}\n", f.mangled);
    table += fmt::format("  .quad .Lname{0}, .Lunit{0}\n.Lcount{0}: .quad 0\n", i);
    strings += fmt::format(".Lname{0}: .string \"{1}\"\n.Lunit{0}: .string \"{2}\"\n", i, f.shown, f.unit);
  }
  return text + table + strings + "  .section .note.GNU-stack,\"\",%progbits\n";
}

std::vector<std::string> wrap_options(const std::vector<CountedFunction>& functions) {
  std::vector<std::string> options;
  for (const CountedFunction& f : functions) options.push_back("-Wl,--wrap=" + f.mangled);
  return options;
}

}  // namespace tinytorch::tito
