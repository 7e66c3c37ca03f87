#include "src/tito/dev/skeleton_files.hpp"

#include "src/tito/lab/markers.hpp"
#include "src/tito/util/text.hpp"

#include <algorithm>
#include <set>
#include <string>

namespace tinytorch::tito {

namespace {

std::set<fs::path> sources_in(const fs::path& folder) {
  std::set<fs::path> names;
  std::error_code none;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, none)) {
    if (entry.path().extension() == ".cpp") names.insert(entry.path().filename());
  }
  return names;
}

SkeletonFile inspect(const Context& context, const Lab& lab, const fs::path& name) {
  const fs::path solution = lab.dir / "solution" / name;
  SkeletonFile file;
  file.path = lab.dir / "skeleton" / name;
  std::set<std::string> tasks;
  for (const Task& task : lab.tasks) tasks.insert(task.id);
  try {
    const Source source = parse_source(read_file(solution), shown(context, solution));
    check_tasks(source, tasks);
    file.wanted = skeleton(source);
  } catch (const MarkerError& error) {
    file.problem = error.what();
    return file;
  }
  file.writable = true;
  if (!fs::exists(file.path)) {
    file.problem = shown(context, file.path) + ": missing";
    return file;
  }
  const std::string present = read_file(file.path);
  if (present == file.wanted) return file;
  file.problem = shown(context, file.path) + ": out of date";
  file.changes = line_changes(present, file.wanted);
  return file;
}

std::string some_lines(const std::vector<std::string>& lines, std::size_t begin, std::size_t end, char sign,
                       std::size_t most) {
  std::string out;
  for (std::size_t i = begin; i < std::min(end, begin + most); ++i) out += std::string(1, sign) + " " + lines[i] + "\n";
  if (end > begin + most) {
    out += std::string(1, sign) + " ... " + std::to_string(end - begin - most) + " more lines\n";
  }
  return out;
}

}  // namespace

std::vector<SkeletonFile> inspect_skeletons(const Context& context, const Lab& lab) {
  const std::set<fs::path> solutions = sources_in(lab.dir / "solution");
  std::vector<SkeletonFile> files;
  for (const fs::path& name : solutions) files.push_back(inspect(context, lab, name));
  for (const fs::path& name : sources_in(lab.dir / "skeleton")) {
    if (solutions.count(name) != 0) continue;
    SkeletonFile stray;
    stray.path = lab.dir / "skeleton" / name;
    stray.problem = shown(context, stray.path) + ": comes from no solution; remove it";
    files.push_back(std::move(stray));
  }
  return files;
}

std::string line_changes(std::string_view before, std::string_view after, std::size_t most) {
  const std::vector<std::string> old_lines = split_lines(before);
  const std::vector<std::string> new_lines = split_lines(after);
  const std::size_t shorter = std::min(old_lines.size(), new_lines.size());
  std::size_t head = 0;
  while (head < shorter && old_lines[head] == new_lines[head]) ++head;
  std::size_t tail = 0;
  while (tail < shorter - head && old_lines[old_lines.size() - 1 - tail] == new_lines[new_lines.size() - 1 - tail]) {
    ++tail;
  }
  if (head == old_lines.size() && head == new_lines.size()) return "";
  return "@ line " + std::to_string(head + 1) + "\n" + some_lines(old_lines, head, old_lines.size() - tail, '-', most) +
         some_lines(new_lines, head, new_lines.size() - tail, '+', most);
}

}  // namespace tinytorch::tito
