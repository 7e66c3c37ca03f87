// The names of the program's own functions, from its table of symbols.
#include "tests/kit/instruments/schedule/memory.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include <cxxabi.h>
#include <elf.h>
#include <link.h>

namespace tinytorch::lab::schedule {
namespace {

struct Function {
  std::uintptr_t begin = 0, end = 0;
  std::string name;
};

template <class T>
const T* part(const std::string& file, std::size_t at, std::size_t count = 1) {
  return at + count * sizeof(T) <= file.size() ? reinterpret_cast<const T*>(file.data() + at) : nullptr;
}

std::vector<Function> functions_of(const std::string& file) {
  std::vector<Function> functions;
  const auto* const head = part<ElfW(Ehdr)>(file, 0);
  if (head == nullptr || std::memcmp(head->e_ident, ELFMAG, SELFMAG) != 0) return functions;
  const auto* const sections = part<ElfW(Shdr)>(file, head->e_shoff, head->e_shnum);
  for (std::size_t s = 0; sections != nullptr && s < head->e_shnum; ++s) {
    if (sections[s].sh_type != SHT_SYMTAB) continue;
    const std::size_t count = sections[s].sh_size / sizeof(ElfW(Sym));
    const auto* const symbols = part<ElfW(Sym)>(file, sections[s].sh_offset, count);
    const ElfW(Shdr)& names = sections[sections[s].sh_link];
    for (std::size_t i = 0; symbols != nullptr && i < count; ++i) {
      if (ELF64_ST_TYPE(symbols[i].st_info) != STT_FUNC || symbols[i].st_size == 0) continue;
      functions.push_back({symbols[i].st_value, symbols[i].st_value + symbols[i].st_size,
                           file.data() + names.sh_offset + symbols[i].st_name});
    }
  }
  return functions;
}

// The program's place in memory, to which the addresses of its file are relative.
std::uintptr_t program_begin() {
  std::uintptr_t begin = 0;
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* result) {
        *static_cast<std::uintptr_t*>(result) = info->dlpi_addr;
        return 1;  // the first is the program
      },
      &begin);
  return begin;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

std::string readable(const std::string& mangled) {
  int status = 0;
  char* const text = abi::__cxa_demangle(mangled.c_str(), nullptr, nullptr, &status);
  const std::string name = status == 0 ? text : mangled;
  std::free(text);
  return short_name(name);
}

// Where the template argument begins that ends before `end`; 0 if none does.
std::size_t begin_of_argument(const std::string& name, std::size_t end) {
  int open = 0;
  for (std::size_t i = end; i-- > 0;) {
    const char c = name[i];
    if (c == ')' || c == '>') ++open;
    if (open == 0 && (c == '<' || c == ',')) return name.find_first_not_of(' ', i + 1);
    if (c == '(' || c == '<') --open;
  }
  return 0;
}

}  // namespace

std::string short_name(std::string name) {
  replace_all(name, "tinytorch::data::", "");
  replace_all(name, "tinytorch::", "");
  const auto lambda = name.find("::{lambda");
  if (lambda != std::string::npos) {
    // The compiler may have moved the lambda's code into the std::function that holds it.
    const std::size_t begin = begin_of_argument(name, lambda);
    name = "a lambda of " + name.substr(begin, lambda - begin);
  }
  const auto arguments = name.find('(');
  return name.substr(0, arguments) + (arguments == std::string::npos ? "" : "()");
}

std::string function_at(const void* code) {
  static const std::vector<Function> functions = [] {
    std::ifstream program("/proc/self/exe", std::ios::binary);
    return functions_of(std::string(std::istreambuf_iterator<char>(program), {}));
  }();
  const std::uintptr_t address = reinterpret_cast<std::uintptr_t>(code) - program_begin() - 1;
  const auto at = std::find_if(functions.begin(), functions.end(), [&](const Function& function) {
    return function.begin <= address && address < function.end;
  });
  return at == functions.end() ? "" : readable(at->name);
}

}  // namespace tinytorch::lab::schedule
