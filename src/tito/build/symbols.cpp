#include "src/tito/build/symbols.hpp"

#include "src/tito/build/ninja.hpp"
#include "src/tito/util/process.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <sstream>

#include <cxxabi.h>
#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// The end of the bracket that opens at `open`, or npos.
std::size_t closing(std::string_view text, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < text.size(); ++i) {
    if (text[i] == '<' || text[i] == '(') ++depth;
    if (text[i] == '>' || text[i] == ')') --depth;
    if (depth == 0) return i;
  }
  return std::string_view::npos;
}

// Where the parameter list opens: the first '(' outside < >, past "operator()" and "(anonymous namespace)".
std::size_t parameters_at(std::string_view name) {
  int depth = 0;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name.substr(i).rfind("operator()", 0) == 0)
      i += 9;
    else if (name.substr(i).rfind("(anonymous namespace)", 0) == 0)
      i += 20;
    else if (name.substr(i).rfind("operator<", 0) == 0 || name.substr(i).rfind("operator>", 0) == 0)
      i += 8;
    else if (name[i] == '<')
      ++depth;
    else if (name[i] == '>')
      --depth;
    else if (name[i] == '(' && depth == 0)
      return i;
  }
  return std::string_view::npos;
}

std::string parameter(std::string text) {
  const bool space = !text.empty() && text.front() == ' ';
  if (space) text.erase(0, 1);
  const std::string_view by_reference = " const&";
  if (text.size() > by_reference.size() && text.compare(text.size() - 7, 7, by_reference) == 0) {
    text = "const " + text.substr(0, text.size() - 7) + "&";
  } else if (text.size() > 7 && text.compare(text.size() - 7, 7, " const*") == 0) {
    text = "const " + text.substr(0, text.size() - 7) + "*";
  }
  if (text == "long") text = "int64_t";
  if (text == "unsigned long") text = "size_t";
  return (space ? " " : "") + text;
}

void drop_allocators(std::string& text) {
  for (auto at = text.find(", std::allocator<"); at != std::string::npos; at = text.find(", std::allocator<")) {
    const auto end = closing(text, text.find('<', at));
    if (end == std::string::npos) return;
    text.erase(at, end + 1 - at);
    if (at < text.size() && text[at] == ' ') text.erase(at, 1);
  }
}

}  // namespace

std::map<fs::path, std::vector<Symbol>> parse_nm(const std::string& text) {
  std::map<fs::path, std::vector<Symbol>> all;
  std::vector<Symbol>* symbols = nullptr;
  std::istringstream in(text);
  std::string line;
  while (std::getline(in, line)) {
    if (!line.empty() && line.back() == ':') {
      line.pop_back();
      symbols = &all[line];
      continue;
    }
    std::istringstream words(line);
    Symbol symbol;
    if (symbols != nullptr && words >> symbol.mangled >> symbol.type) symbols->push_back(std::move(symbol));
  }
  return all;
}

std::map<fs::path, std::vector<Symbol>> external_symbols(const std::vector<fs::path>& objects) {
  if (objects.empty()) return {};
  ProcessOptions options;
  options.argv = {"nm", "-P", "-g", "--no-demangle"};
  for (const fs::path& object : objects) options.argv.push_back(object.string());
  const ProcessResult result = run_process(options);
  // nm names the file only when there are several.
  auto symbols = parse_nm(objects.size() == 1 ? objects.front().string() + ":\n" + result.out : result.out);
  for (const fs::path& object : objects) {
    if (symbols.count(object) == 0) throw trouble(fmt::format("nm can't read {}: {}", object.string(), result.err));
  }
  return symbols;
}

std::map<fs::path, std::vector<Symbol>> defined_symbols(const std::vector<fs::path>& objects) {
  auto symbols = external_symbols(objects);
  for (auto& [object, list] : symbols) {
    list.erase(std::remove_if(list.begin(), list.end(), [](const Symbol& symbol) { return symbol.undefined(); }),
               list.end());
  }
  return symbols;
}

std::string demangled(const std::string& mangled) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(
      abi::__cxa_demangle(mangled.c_str(), nullptr, nullptr, &status), &std::free);
  return status == 0 && text ? std::string(text.get()) : mangled;
}

std::string pretty(const std::string& demangled_name) {
  std::string text = demangled_name;
  replace_all(text, "[abi:cxx11]", "");
  replace_all(text, "std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >", "std::string");
  replace_all(text, "std::basic_string_view<char, std::char_traits<char> >", "std::string_view");
  replace_all(text, ", 18446744073709551615ul>", ">");  // the size of a span that has no fixed one
  replace_all(text, "std::span<long const>", "Dims");
  replace_all(text, "std::filesystem::__cxx11::path", "fs::path");
  replace_all(text, "tinytorch::", "");
  drop_allocators(text);
  replace_all(text, "> >", ">>");
  const auto open = parameters_at(text);
  if (open == std::string::npos) return text;
  const auto close = closing(text, open);
  if (close == std::string::npos) return text;
  std::string result = text.substr(0, open + 1), one;
  int depth = 0;
  for (std::size_t i = open + 1; i <= close; ++i) {
    if (depth == 0 && (text[i] == ',' || i == close)) {
      result += parameter(one) + text[i];
      one.clear();
      continue;
    }
    if (text[i] == '<' || text[i] == '(') ++depth;
    if (text[i] == '>' || text[i] == ')') --depth;
    one += text[i];
  }
  return result + text.substr(close + 1);
}

std::string base_name(const std::string& demangled_name) {
  std::string name = demangled_name.substr(0, parameters_at(demangled_name));
  if (!name.empty() && name.back() == '>' && name.find("operator") == std::string::npos) {
    name.erase(name.find('<'));
  }
  const auto scope = name.rfind("::");
  if (scope != std::string::npos) name.erase(0, scope + 2);
  const auto blank = name.rfind(' ');  // a template's return type, when it has no scope
  if (blank != std::string::npos && name.rfind("operator", 0) != 0) name.erase(0, blank + 1);
  return name;
}

std::set<std::string> reachable_units(const Context& context, const Stacks& stacks, const Program& program) {
  std::map<fs::path, std::string> unit_of;
  std::vector<fs::path> objects = program.objects;
  objects.insert(objects.end(), stacks.given.begin(), stacks.given.end());
  for (const Unit& unit : stacks.units) {
    if (!unit.solution) continue;
    unit_of[unit.solution->object] = unit.name;
    objects.push_back(unit.solution->object);
  }
  run_ninja(context, stacks, objects);
  const auto symbols = external_symbols(objects);
  std::map<std::string, fs::path> defined_in;
  for (const auto& [object, list] : symbols) {
    for (const Symbol& symbol : list) {
      if (symbol.strong()) defined_in[symbol.mangled] = object;
    }
  }
  std::set<fs::path> reached(program.objects.begin(), program.objects.end());
  std::vector<fs::path> open(program.objects.begin(), program.objects.end());
  std::set<std::string> units;
  while (!open.empty()) {
    const fs::path object = open.back();
    open.pop_back();
    if (const auto unit = unit_of.find(object); unit != unit_of.end()) units.insert(unit->second);
    for (const Symbol& symbol : symbols.at(object)) {
      const auto definition = defined_in.find(symbol.mangled);
      if (!symbol.undefined() || definition == defined_in.end()) continue;
      if (reached.insert(definition->second).second) open.push_back(definition->second);
    }
  }
  return units;
}

}  // namespace tinytorch::tito
