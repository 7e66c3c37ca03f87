#include "tests/labs/grading/small_class.hpp"

#include "src/tito/grade/pack.hpp"
#include "src/tito/grade/walls/sandbox.hpp"
#include "tests/labs/proofs.hpp"

#include <algorithm>
#include <iostream>
#include <map>

#include <sys/wait.h>

namespace tinytorch::tito {
namespace {

std::map<std::string, std::string> files_of(const Lab& lab, const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const LabUnit& unit : lab.units) files[unit.file()] = read_file(lab.dir / folder / unit.file());
  return files;
}

void write_all(const fs::path& folder, const std::map<std::string, std::string>& files) {
  for (const auto& [name, text] : files) write_file(folder / name, text);
}

}  // namespace

SmallClass::SmallClass(const Context& context) : home_(context.work.parent_path()), submissions_(home_ / "class") {
  const Lab lab = find_lab(context, "02");
  const std::map<std::string, std::string> solution = files_of(lab, "solution");
  write_all(submissions_ / "right", solution);
  write_all(submissions_ / "untouched", files_of(lab, "skeleton"));
  // Two students whose names differ in the ending alone.
  write_all(submissions_ / "twin", files_of(lab, "alternatives/b"));
  write_package(submissions_ / "twin.tar.gz", lab.folder, files_of(lab, "alternatives/a"));
  std::map<std::string, std::string> part = solution;
  part["linear.cpp"] = read_file(lab.dir / "skeleton" / "linear.cpp");
  write_all(submissions_ / "it's a, \"part\"", part);
  write_file(submissions_ / "damaged.zip", "PK no archive");
  write_file(submissions_ / "unfinished_linear.cpp", "this is no C++\n");
}

std::vector<std::string> SmallClass::entries() const {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(submissions_)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> grade_words(const SmallClass& submissions, const fs::path& results) {
  return {"grade", "02", submissions.submissions().string(), "--out", results.string()};
}

Told tell_tito(const Context& context, const std::vector<std::string>& words) {
  const ProcessResult result = run_process(tito_command(context, words, 600));
  return {WIFEXITED(result.status) && !result.timed_out() ? WEXITSTATUS(result.status) : -1, result.out};
}

bool walls_can_be_built() {
  try {
    choose_walls("");
    return true;
  } catch (const CommandError& error) {
    std::cout << "not run: " << error.what() << "\n";
    return false;
  }
}

}  // namespace tinytorch::tito
