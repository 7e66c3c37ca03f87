#include "src/tito/util/packages.hpp"

#include "src/tito/util/text.hpp"
#include "src/tito/util/tools.hpp"

#include <algorithm>
#include <cctype>
#include <sstream>
#include <string>

namespace tinytorch::tito {

namespace {

[[noreturn]] void fail(int line, const std::string& what) {
  throw trouble("packages.txt:" + std::to_string(line) + ": " + what);
}

Package parse_line(const std::string& text, int line) {
  std::istringstream words(text);
  Package package;
  std::string kind, need;
  words >> package.name >> kind >> need;
  std::getline(words, package.purpose);
  package.purpose = trim(package.purpose);
  const std::size_t colon = kind.find(':');
  const std::string what = colon == std::string::npos ? "" : kind.substr(colon + 1);
  kind = kind.substr(0, colon);
  if (what.empty() || (kind != "command" && kind != "header" && kind != "python"))
    fail(line, "the probe is command:NAME, header:PATH or python:MODULE");
  if (need != "required" && need != "optional") fail(line, "expected required or optional, found '" + need + "'");
  package.required = need == "required";
  if (kind == "header") {
    package.header = what;
    return package;
  }
  if (kind == "python") {
    package.module = what;
    return package;
  }
  const std::size_t major = what.find(':');
  package.program = what.substr(0, major);
  if (major != std::string::npos) package.major = std::atoi(what.c_str() + major + 1);
  return package;
}

/// What the package manager says about the installed version, without epoch and packaging suffix.
std::string packaged_version(const std::string& package) {
  if (!in_path("dpkg-query")) return "";
  std::string version = first_line({"dpkg-query", "-W", "-f", "${Version}", package});
  version = version.substr(version.find(':') + 1);
  return version.substr(0, version.find_first_of("+-"));
}

bool compiler_finds(const std::string& header) {
  if (!in_path("g++")) return false;
  ProcessOptions options;
  options.argv = {"g++", "-x", "c++", "-E", "-o", "/dev/null", "-include", header, "/dev/null"};
  options.seconds = 60;
  return run_process(options).ok();
}

bool header_exists(const std::string& header) {
  for (const char* folder : {"/usr/include", "/usr/local/include"}) {
    std::error_code ignored;
    if (fs::exists(fs::path(folder) / header, ignored)) return true;
  }
  const std::size_t slash = header.find('/');  // eigen3/Eigen/Core: elsewhere the first folder is named by -I
  return compiler_finds(header) || (slash != std::string::npos && compiler_finds(header.substr(slash + 1)));
}

/// Asks the system's Python first, as tests/repository/interop does: Debian installs modules for that one, and PATH may
/// name another.
Probe probe_module(const std::string& module) {
  for (const char* python : {"/usr/bin/python3", "python3"}) {
    if (!fs::exists(find_program(python))) continue;
    ProcessOptions options;
    options.argv = {python, "-c", "import " + module + " as m; print(getattr(m, '__version__', ''))"};
    options.seconds = 60;
    const ProcessResult result = run_process(options);
    if (result.ok()) return {Presence::found, version_in(result.out)};
  }
  return {};
}

}  // namespace

std::vector<Package> parse_packages(std::string_view text) {
  std::vector<Package> packages;
  std::istringstream lines{std::string(text)};
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.empty() || line.front() == '#') continue;
    packages.push_back(parse_line(line, number));
  }
  return packages;
}

std::string version_in(std::string_view line) {
  std::istringstream words{std::string(line)};
  std::string version;
  for (std::string word; words >> word;) {
    const bool digit = std::isdigit(static_cast<unsigned char>(word.front())) != 0;
    if (digit && word.find('.') != std::string::npos) version = word.substr(0, word.find_first_of("+-~"));
  }
  return version;
}

Probe probe(const Package& package) {
  Probe result;
  if (!package.module.empty()) return probe_module(package.module);
  if (!package.header.empty()) {
    if (!header_exists(package.header)) return result;
    result.presence = Presence::found;
    result.version = packaged_version(package.name);
    return result;
  }
  if (!in_path(package.program)) return result;
  result.version = version_in(first_line({package.program, "--version"}));
  const bool too_old = package.major > 0 && std::atoi(result.version.c_str()) < package.major;
  result.presence = too_old ? Presence::too_old : Presence::found;
  return result;
}

}  // namespace tinytorch::tito
