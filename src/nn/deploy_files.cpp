// What lab 12's registry is built from: manifests, the list of promoted versions, a file that is on the disk.
#include "tinytorch/core/binding.hpp"
#include "tinytorch/nn/deploy_registry.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

namespace tinytorch::deploy {

namespace {

constexpr std::string_view manifest_title = "tinytorch model 1";

bool is_file_name(std::string_view name) {
  const auto forbidden = [](char c) { return c == '/' || static_cast<unsigned char>(c) < 32 || c == 127; };
  return !name.empty() && name != "manifest" && name != "manifest.tmp" && name != "." && name != ".." &&
         std::none_of(name.begin(), name.end(), forbidden);
}

// The first line of `text`, which loses it and its line end; nothing when no line ends.
std::optional<std::string_view> next_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

std::optional<std::int64_t> whole_number(std::string_view text, std::int64_t least) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || number < least) return std::nullopt;
  return number;
}

// "SHA-256 SIZE NAME"
std::optional<ManifestEntry> manifest_entry(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto size = whole_number(line.substr(first + 1, second - first - 1), 0);
  ManifestEntry entry{std::string(line.substr(second + 1)), size.value_or(0), std::string(line.substr(0, first))};
  if (!size || entry.sha256.size() != 64 || !is_file_name(entry.name)) return std::nullopt;
  return entry;
}

// Closes a file at the end of the scope that has it open. An exception is on its way then, and is the one to report.
struct ClosesFile {
  FileOps& files;
  FileOps::Handle handle;
  bool open = true;

  ClosesFile(FileOps& disk, FileOps::Handle opened) : files(disk), handle(opened) {}
  ClosesFile(const ClosesFile&) = delete;
  ClosesFile& operator=(const ClosesFile&) = delete;
  ~ClosesFile() {
    if (!open) return;
    try {
      files.close(handle);
    } catch (...) {  // NOLINT(bugprone-empty-catch): the first failure is reported
    }
  }
};

}  // namespace

std::string manifest_text(const ModelPackage& package) {
  if (package.files.empty()) throw ValueError("[publish] a model has at least one file");
  std::set<std::string_view> names;
  std::string text = std::string(manifest_title) + "\n";
  for (const PackageFile& file : package.files) {
    if (!is_file_name(file.name) || !names.insert(file.name).second)
      throw ValueError("[publish] no file of a model can have this name: \"" + file.name + "\"");
    text += config::sha256(text_of(file.bytes)) + " " + std::to_string(file.bytes.size()) + " " + file.name + "\n";
  }
  return text + config::sha256(text) + "\n";
}

std::vector<ManifestEntry> parse_manifest(std::string_view text, std::string_view name) {
  const FormatError error(detail::text({"[manifest] ", name, " is damaged"}));
  std::string_view rest = text;
  if (next_line(rest) != manifest_title) throw error;
  std::vector<ManifestEntry> entries;
  while (const auto line = next_line(rest)) {
    if (rest.empty()) {
      const std::string_view before = text.substr(0, static_cast<std::size_t>(line->data() - text.data()));
      if (*line != config::sha256(before) || entries.empty()) throw error;
      return entries;
    }
    std::optional<ManifestEntry> entry = manifest_entry(*line);
    if (!entry) throw error;
    entries.push_back(std::move(*entry));
  }
  throw error;
}

std::vector<std::int64_t> promoted_versions(FileOps& files, const std::filesystem::path& root) {
  const std::filesystem::path list = root / "promoted";
  if (!files.exists(list)) return {};
  const std::string text = text_of(files.read(list));
  std::string_view rest = text;
  std::vector<std::int64_t> versions;
  while (const auto line = next_line(rest)) {
    const auto version = whole_number(*line, 1);
    if (!version) break;
    versions.push_back(*version);
  }
  if (promoted_text(versions) != text || versions.empty())
    throw FormatError("[promoted_versions] " + list.string() + " is damaged");
  return versions;
}

std::string promoted_text(std::span<const std::int64_t> versions) {
  std::string text;
  for (const std::int64_t version : versions) text += std::to_string(version) + "\n";
  return text;
}

std::filesystem::path version_folder(const std::filesystem::path& root, std::int64_t version) {
  return root / ("v" + std::to_string(version));
}

void write_file(FileOps& files, const std::filesystem::path& file, std::span<const std::byte> bytes) {
  ClosesFile closes(files, files.create(file));
  files.write(closes.handle, bytes);
  files.flush(closes.handle);
  closes.open = false;
  files.close(closes.handle);
}

FormatError damaged(std::int64_t version, std::string_view file) {
  return FormatError(detail::text({"[registry] version ", static_cast<long long>(version), " is damaged: ", file}));
}

}  // namespace tinytorch::deploy
