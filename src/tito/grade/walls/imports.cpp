#include "src/tito/grade/walls/imports.hpp"

#include "src/tito/util/process.hpp"

#include <string_view>

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

struct Forbidden {
  std::string_view does;
  std::vector<std::string_view> names;
};

const std::vector<Forbidden>& forbidden() {
  static const std::vector<Forbidden> list{
      {"starts another program or process",
       {"execl", "execle", "execlp", "execv", "execve", "execvp", "execvpe", "fexecve", "system", "popen", "fork",
        "vfork", "clone", "posix_spawn", "posix_spawnp", "daemon"}},
      {"reaches for other processes",
       {"ptrace", "kill", "killpg", "tgkill", "process_vm_readv", "process_vm_writev", "pidfd_open", "getppid",
        "setsid", "prctl"}},
      {"opens a connection", {"socket", "connect", "bind", "listen", "accept", "accept4", "sendto", "getaddrinfo"}},
      {"loads code or changes it", {"dlopen", "dlsym", "dlmopen", "dl_iterate_phdr", "mprotect", "pkey_mprotect"}},
      {"calls the system past the C library", {"syscall"}},
      {"ends the process", {"exit", "_exit", "_Exit", "quick_exit", "at_quick_exit", "on_exit"}},
      {"handles signals", {"signal", "sigaction", "sigprocmask", "pthread_sigmask", "alarm", "setitimer", "raise"}},
      {"changes limits or the environment", {"setrlimit", "prlimit", "setenv", "putenv", "unsetenv", "clearenv"}},
      {"writes to a descriptor",
       {"write", "pwrite", "writev", "pwritev", "sendfile", "splice", "dup", "dup2", "dup3", "fcntl", "close", "pipe",
        "pipe2", "fdopen"}},
      {"opens files",
       {"open", "open64", "openat", "openat64", "creat", "creat64", "fopen", "fopen64", "freopen", "freopen64",
        "opendir", "unlink", "remove", "rename", "mmap", "mmap64", "shm_open", "memfd_create"}}};
  return list;
}

std::string_view deed_of(const std::string& name) {
  for (const Forbidden& kind : forbidden()) {
    for (const std::string_view forbidden_name : kind.names) {
      if (name == forbidden_name) return kind.does;
    }
  }
  return "";
}

bool begins_with_any(const std::string& text, const std::initializer_list<std::string_view>& beginnings) {
  for (const std::string_view beginning : beginnings) {
    if (text.starts_with(beginning)) return true;
  }
  return false;
}

// The test kit, GoogleTest and the counters of calls: nothing that a student's file is written against.
bool of_the_judge(const std::string& name) {
  return begins_with_any(name, {"tinytorch::lab::", "testing::", "__start_tt_", "__stop_tt_", "__wrap_", "__real_"});
}

// Streams to files are libstdc++'s; the rest of the standard library can do no harm by itself.
bool is_file_stream(const std::string& name) {
  return begins_with_any(name, {"std::basic_filebuf", "std::basic_ofstream", "std::basic_ifstream",
                                "std::basic_fstream", "std::filesystem::"});
}

bool is_harmless(const std::string& mangled, const std::string& name) {
  if (begins_with_any(name, {"std::", "operator new", "operator delete", "vtable for __cxxabiv1",
                             "typeinfo for std::", "vtable for std::", "__gnu_cxx::", "fmt::"})) {
    return true;
  }
  static const std::set<std::string_view> c{
      "memcpy",         "memmove",  "memset",  "memcmp",   "memchr",  "strlen", "strcmp",  "strncmp", "strtol",
      "strtoll",        "strtoull", "strtod",  "strtof",   "malloc",  "calloc", "realloc", "free",    "aligned_alloc",
      "posix_memalign", "abort",    "bcmp",    "snprintf", "printf",  "puts",   "putchar", "fprintf", "fputs",
      "fflush",         "stdout",   "stderr",  "qsort",    "rand",    "srand",  "time",    "clock",   "clock_gettime",
      "isalnum",        "isdigit",  "isspace", "tolower",  "toupper", "environ"};
  // Mathematics, what the compiler itself asks for (__cxa_throw, __stack_chk_fail), and threads.
  static const std::set<std::string_view> mathematics{
      "sin",       "cos",        "tan",       "asin",   "acos",      "atan",    "atan2", "sinh",  "cosh",  "tanh",
      "exp",       "exp2",       "expm1",     "log",    "log2",      "log10",   "log1p", "pow",   "sqrt",  "cbrt",
      "hypot",     "erf",        "erfc",      "tgamma", "lgamma",    "floor",   "ceil",  "trunc", "round", "lround",
      "llround",   "rint",       "nearbyint", "fmod",   "remainder", "fma",     "ldexp", "frexp", "modf",  "scalbn",
      "nextafter", "nexttoward", "fmax",      "fmin",   "fabs",      "copysign"};
  const bool single = !mangled.empty() && mangled.back() == 'f' &&
                      mathematics.count(std::string_view(mangled).substr(0, mangled.size() - 1)) != 0;
  return c.count(mangled) != 0 || mathematics.count(mangled) != 0 || single ||
         begins_with_any(mangled, {"_", "pthread_", "DW.ref."});
}

}  // namespace

ImportVerdict judge_imports(const std::vector<Symbol>& asked, const std::set<std::string>& known,
                            const std::set<std::string>& declared) {
  ImportVerdict verdict;
  std::set<std::string> found;
  for (const Symbol& symbol : asked) {
    if (!symbol.undefined() || known.count(symbol.mangled) != 0) continue;
    const std::string name = demangled(symbol.mangled);
    if (const std::string_view deed = deed_of(name); !deed.empty()) {
      verdict.blocked.push_back(name + ": " + std::string(deed));
    } else if (of_the_judge(name)) {
      verdict.blocked.push_back(pretty(name) + ": belongs to the tests");
    } else if (name.find("tinytorch::") != std::string::npos) {
      if (declared.count(base_name(name)) == 0) {
        verdict.blocked.push_back(pretty(name) + ": no header that the lab allows declares it");
      }
    } else if (is_file_stream(name) || !is_harmless(symbol.mangled, name)) {
      // One line for all members of a class of the standard library.
      const std::string what = is_file_stream(name) ? name.substr(0, name.find('<')) : pretty(name);
      if (found.insert(what).second) verdict.findings.push_back("uses " + what);
    }
  }
  return verdict;
}

std::string system_call_in(const fs::path& object) {
  ProcessOptions options;
  options.seconds = 60;
  options.argv = {"objdump", "--disassemble", "--no-show-raw-insn", object.string()};
  std::string found;
  const ProcessResult result = run_process(options, [&](std::string_view line) {
    const std::size_t tab = line.rfind(":\t");  // "  1a:\tsyscall"
    if (tab == std::string_view::npos) return;
    const std::string_view instruction = line.substr(tab + 2);
    for (const std::string_view call : {"syscall", "sysenter", "int    $0x80", "svc\t"}) {
      if (instruction.starts_with(call)) found = instruction.substr(0, call.find('\t'));
    }
  });
  if (!result.ok()) return "its machine code can't be read: objdump " + ending(result);
  return found.empty() ? "" : fmt::format("`{}`: calls the system past the C library", found);
}

}  // namespace tinytorch::tito
