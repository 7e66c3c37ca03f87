#include "src/tito/lab/merge.hpp"

#include "src/tito/util/process.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tinytorch::tito {
namespace {

constexpr std::string_view mark = "<<<<<<< ";

std::size_t count_marks(const std::string& text) {
  std::size_t count = 0;
  for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) {
    if (at == 0 || text[at - 1] == '\n') ++count;
  }
  return count;
}

UpdatedFile update_file(const Context& context, const SkeletonCopy& copy) {
  UpdatedFile file;
  file.path = copy.mine;
  const std::string ours = read_file(copy.skeleton);
  if (!fs::exists(copy.mine)) {
    write_file(copy.mine, ours);
    write_file(copy.base, ours);
    file.what = Update::added;
    return file;
  }
  const std::string yours = read_file(copy.mine);
  const std::string base = fs::exists(copy.base) ? read_file(copy.base) : yours == ours ? ours : "";
  if (base == ours) {
    write_file(copy.base, ours);
    return file;
  }
  file.proposal = copy.mine;
  if (base.empty()) {
    file.what = Update::unknown;
    file.proposal += ".new";
    write_file(file.proposal, ours);
    return file;
  }
  const Merged merged = merge(yours, base, ours);
  file.conflicts = merged.conflicts;
  if (merged.conflicts > 0) {
    file.what = Update::conflict;
    file.proposal += ".merged";
    write_file(file.proposal, merged.text);
    return file;
  }
  file.proposal.clear();
  file.what = Update::merged;
  file.backup = back_up(context, copy.mine);
  write_file(copy.mine, merged.text);
  write_file(copy.base, ours);
  return file;
}

}  // namespace

Merged merge(std::string_view yours, std::string_view base, std::string_view ours) {
  const fs::path folder = fs::temp_directory_path() / fmt::format("tito-merge-{}", ::getpid());
  write_file(folder / "yours", yours);
  write_file(folder / "base", base);
  write_file(folder / "ours", ours);
  ProcessOptions options;
  options.argv = {"diff3", "-m",   "-L",  "yours", "-L", "the skeleton you began with", "-L", "the new skeleton",
                  "yours", "base", "ours"};
  options.directory = folder;
  const ProcessResult result = run_process(options);
  std::error_code ignored;
  fs::remove_all(folder, ignored);
  const int code = WIFEXITED(result.status) ? WEXITSTATUS(result.status) : 2;
  if (code > 1) throw trouble(fmt::format("[update] diff3 (package diffutils): {}", describe_end(result.status)));
  return {result.out, code == 0 ? 0 : std::max<std::size_t>(1, count_marks(result.out))};
}

std::vector<UpdatedFile> update_lab(const Context& context, const Lab& lab) {
  std::vector<UpdatedFile> files;
  for (const SkeletonCopy& copy : skeleton_copies(context, lab)) files.push_back(update_file(context, copy));
  return files;
}

}  // namespace tinytorch::tito
