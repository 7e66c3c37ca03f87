#include "src/tito/grade/intake.hpp"

#include "src/tito/grade/plain.hpp"
#include "src/tito/util/process.hpp"
#include "src/tito/util/text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <memory>
#include <optional>
#include <set>

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tinytorch::tito {
namespace {

constexpr std::size_t most_folders = 4;
constexpr std::size_t most_problems = 20;

bool is_lab_folder(const std::string& name) {
  return name.size() > 3 && std::isdigit(static_cast<unsigned char>(name[0])) != 0 &&
         std::isdigit(static_cast<unsigned char>(name[1])) != 0 && name[2] == '_';
}

// The unit's file that a path inside a submission names, "" for any other path.
std::string unit_file(const std::string& path, const Lab& lab) {
  if (path.empty() || path.front() == '/' || path.find('\0') != std::string::npos) return "";
  std::vector<std::string> parts = split(path, '/');
  std::erase(parts, ".");
  if (parts.empty() || parts.size() > most_folders + 1) return "";
  const std::string name = parts.back();
  parts.pop_back();
  for (const std::string& folder : parts) {
    if (folder.front() == '.' || folder == "__MACOSX") return "";
    if (is_lab_folder(folder) && folder != lab.folder) return "";
  }
  const bool known =
      std::any_of(lab.units.begin(), lab.units.end(), [&](const LabUnit& unit) { return unit.file() == name; });
  return known ? name : "";
}

bool leads_out(const std::string& path) {
  const std::vector<std::string> parts = split(path, '/');
  return path.starts_with('/') || std::find(parts.begin(), parts.end(), "..") != parts.end();
}

// What is collected of one submission.
class Intake {
 public:
  Intake(Submission& submission, const IntakeLimits& limits) : submission_(submission), limits_(limits) {}

  void problem(const std::string& text) {
    if (submission_.problems.size() < most_problems) submission_.problems.push_back(text);
  }

  /// Takes a unit's file. A second one with other text makes both worthless: nobody can tell which is meant.
  void take(const std::string& file, const std::string& path, std::string text) {
    if (text.size() > limits_.file_bytes) return problem(too_large(path));
    if (text.find('\0') != std::string::npos) return problem(plain_path(path) + " is no text");
    const auto [at, fresh] = submission_.files.try_emplace(file, std::move(text));
    if (fresh || twins_.count(file) != 0 || at->second == text) return;
    twins_.insert(file);
    problem(file + " is there twice with different text; hand in one");
  }

  std::string too_large(const std::string& path) const {
    return fmt::format("{} is larger than {} KiB", plain_path(path), limits_.file_bytes >> 10);
  }

  /// Leaves the twins out.
  void finish(const Lab& lab) {
    for (const std::string& twin : twins_) submission_.files.erase(twin);
    if (!submission_.files.empty() || !submission_.refused.empty()) return;
    std::vector<std::string> wanted;
    for (const LabUnit& unit : lab.units) wanted.push_back(unit.file());
    const std::string why = submission_.problems.empty() ? "" : "; " + submission_.problems.front();
    submission_.refused = fmt::format("holds none of {}{}", joined(wanted, ", "), why);
  }

 private:
  Submission& submission_;
  const IntakeLimits& limits_;
  std::set<std::string> twins_;
};

// The bytes of a plain file, at most `most`; nothing for a link and whatever else is no plain file.
std::optional<std::string> read_plain(const fs::path& path, std::size_t most) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  struct stat state = {};
  if (!file.open() || ::fstat(file.get(), &state) != 0 || !S_ISREG(state.st_mode)) return std::nullopt;
  std::string text;
  std::array<char, 1 << 14> block;
  while (text.size() <= most) {
    const ssize_t got = ::read(file.get(), block.data(), block.size());
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    text.append(block.data(), static_cast<std::size_t>(got));
  }
  return text;
}

void take_file(Intake& intake, const fs::path& path, const std::string& name, const std::string& file,
               const IntakeLimits& limits) {
  std::optional<std::string> text = read_plain(path, limits.file_bytes);
  if (!text) return intake.problem(plain_path(name) + " is a link or no plain file");
  intake.take(file, name, std::move(*text));
}

struct CloseReader {
  void operator()(archive* opened) const { archive_read_free(opened); }
};
using Archive = std::unique_ptr<archive, CloseReader>;

Archive open_archive(const fs::path& path) {
  Archive opened(archive_read_new());
  archive_read_support_format_zip(opened.get());
  archive_read_support_format_tar(opened.get());
  archive_read_support_format_empty(opened.get());
  archive_read_support_filter_gzip(opened.get());
  if (archive_read_open_filename(opened.get(), path.c_str(), 1 << 16) != ARCHIVE_OK) return nullptr;
  return opened;
}

// Reads the data of the current entry, all of it, so that what an archive grows to is known; keeps `most` bytes.
// Nothing when the archive is broken there or `left`, the bytes that it may still grow by, is used up.
std::optional<std::string> read_entry(archive* opened, std::size_t most, std::size_t& left) {
  std::string text;
  std::array<char, 1 << 14> block;
  for (;;) {
    const la_ssize_t got = archive_read_data(opened, block.data(), block.size());
    if (got == 0) return text;
    if (got < 0 || static_cast<std::size_t>(got) > left) return std::nullopt;
    left -= static_cast<std::size_t>(got);
    if (text.size() <= most) text.append(block.data(), static_cast<std::size_t>(got));
  }
}

void take_archive(Intake& intake, Submission& submission, const fs::path& path, const Lab& lab,
                  const IntakeLimits& limits) {
  const Archive opened = open_archive(path);
  if (!opened) {
    submission.refused = "is no zip or tar archive, or is damaged";
    return;
  }
  std::size_t left = limits.unpacked_bytes;
  archive_entry* entry = nullptr;
  int state = ARCHIVE_OK;
  for (std::size_t count = 0; (state = archive_read_next_header(opened.get(), &entry)) == ARCHIVE_OK; ++count) {
    if (count == limits.entries) {
      submission.refused = fmt::format("has more than {} entries", limits.entries);
      return;
    }
    const char* const raw = archive_entry_pathname(entry);
    const std::string name = raw == nullptr ? "" : raw;
    if (leads_out(name)) intake.problem(plain_path(name) + " leads out of the submission");
    const std::string file = unit_file(name, lab);
    const bool plain = archive_entry_filetype(entry) == AE_IFREG && archive_entry_hardlink(entry) == nullptr &&
                       archive_entry_symlink(entry) == nullptr;
    if (!file.empty() && !plain) intake.problem(plain_path(name) + " is a link or no plain file");
    std::optional<std::string> text = read_entry(opened.get(), limits.file_bytes, left);
    if (!text) {
      submission.refused = left < (1 << 14) ? fmt::format("grows to more than {} MiB", limits.unpacked_bytes >> 20)
                                            : "is damaged at " + plain_path(name);
      return;
    }
    if (!file.empty() && plain) intake.take(file, name, std::move(*text));
  }
  if (state != ARCHIVE_EOF) submission.refused = "is damaged, or needs a password";
}

std::string ending_of(const std::string& name) {
  for (const char* ending : {".tar.gz", ".tgz", ".tar", ".zip", ".cpp"}) {
    if (name.size() > std::strlen(ending) && name.ends_with(ending)) return ending;
  }
  return "";
}

bool is_archive(const std::string& name) {
  const std::string ending = ending_of(name);
  return !ending.empty() && ending != ".cpp";
}

void take_folder(Intake& intake, Submission& submission, const Lab& lab, const IntakeLimits& limits) {
  std::error_code failed;
  std::size_t count = 0;
  std::vector<fs::path> archives;
  fs::recursive_directory_iterator at(submission.from, fs::directory_options::skip_permission_denied, failed);
  for (; !failed && at != fs::recursive_directory_iterator(); at.increment(failed)) {
    if (++count > limits.entries) {
      submission.refused = fmt::format("has more than {} files", limits.entries);
      return;
    }
    if (at.depth() >= static_cast<int>(most_folders)) at.disable_recursion_pending();
    const std::string name = at->path().lexically_relative(submission.from).string();
    const std::string file = unit_file(name, lab);
    if (!file.empty() && !at->is_directory(failed)) take_file(intake, at->path(), name, file, limits);
    const bool top = at.depth() == 0 && fs::is_regular_file(at->symlink_status(failed));
    if (top && is_archive(name)) archives.push_back(at->path());
  }
  if (failed) submission.refused = "can't be read: " + failed.message();
  // Moodle hands out a folder for each student, with what they have uploaded in it.
  if (submission.files.empty() && archives.size() == 1) take_archive(intake, submission, archives.front(), lab, limits);
}

// "s1_linear.cpp" is linear.cpp of s1: a single file whose name begins with the student's.
struct NamedFile {
  std::string student, file;
};

NamedFile named_file(const std::string& name, const Lab& lab) {
  for (const LabUnit& unit : lab.units) {
    const std::string file = unit.file();
    if (name == file) return {name.substr(0, name.size() - std::strlen(".cpp")), file};
    if (name.ends_with("_" + file) || name.ends_with("-" + file))
      return {name.substr(0, name.size() - file.size() - 1), file};
  }
  return {};
}

}  // namespace

Submission take_in(const fs::path& entry, const Lab& lab, const IntakeLimits& limits) {
  Submission submission;
  submission.from = entry;
  const std::string name = entry.filename().string();
  std::error_code failed;
  const fs::file_status status = fs::symlink_status(entry, failed);
  const std::string ending = fs::is_directory(status) ? "" : ending_of(name);
  submission.id = plain_name(name.substr(0, name.size() - ending.size()));
  Intake intake(submission, limits);
  if (fs::is_directory(status)) {
    take_folder(intake, submission, lab, limits);
  } else if (!fs::is_regular_file(status)) {
    submission.refused = "is a link or no plain file";
  } else if (ending == ".cpp") {
    const NamedFile named = named_file(name, lab);
    if (!named.student.empty()) submission.id = plain_name(named.student);
    if (!named.file.empty()) take_file(intake, entry, name, named.file, limits);
  } else if (!ending.empty()) {
    take_archive(intake, submission, entry, lab, limits);
  } else {
    submission.refused = "is no folder, .zip, .tar.gz or .cpp";
  }
  intake.finish(lab);
  return submission;
}

void tell_apart(const std::vector<std::pair<std::string*, std::string>>& ids) {
  std::set<std::string> taken;
  for (const auto& [id, entry] : ids) {
    // s1.zip and the folder s1: two students, or one who can't be told from another.
    for (int number = 2; !taken.insert(*id).second; ++number) {
      *id = plain_name(entry) + (number == 2 ? "" : fmt::format("-{}", number));
    }
  }
}

std::vector<Submission> take_in_all(const fs::path& folder, const Lab& lab, const IntakeLimits& limits) {
  if (!fs::is_directory(folder)) throw usage_error(folder.string() + " is no folder with submissions");
  std::vector<fs::path> entries;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().filename().string().front() != '.') entries.push_back(entry.path());
  }
  if (entries.empty()) throw usage_error(folder.string() + " holds no submission");
  std::sort(entries.begin(), entries.end());
  std::vector<Submission> submissions;
  submissions.reserve(entries.size());
  std::vector<std::pair<std::string*, std::string>> ids;
  for (const fs::path& entry : entries) {
    submissions.push_back(take_in(entry, lab, limits));
    ids.emplace_back(&submissions.back().id, entry.filename().string());
  }
  tell_apart(ids);
  return submissions;
}

}  // namespace tinytorch::tito
