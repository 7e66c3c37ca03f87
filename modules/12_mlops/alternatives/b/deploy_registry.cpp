// Another right answer: a class for one version, and the names of all files in one place.

#include "tinytorch/nn/deploy_registry.hpp"

#include "tinytorch/core/binding.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace tinytorch::deploy {

namespace {

namespace fs = std::filesystem;

class Version {
 public:
  Version(FileOps& files, const fs::path& root, std::int64_t number)
      : files_(files), root_(root), number_(number), folder_(version_folder(root, number)) {}

  bool claim() { return files_.create_folder(folder_); }

  void fill(const ModelPackage& package, const std::string& manifest) {
    files_.flush_folder(root_);
    write_file(files_, folder_ / "manifest.tmp", bytes_of(manifest));
    for (const PackageFile& file : package.files) write_file(files_, folder_ / file.name, file.bytes);
    files_.flush_folder(folder_);
    files_.rename(folder_ / "manifest.tmp", folder_ / "manifest");
    files_.flush_folder(folder_);
  }

  ModelPackage read() const {
    if (!files_.exists(folder_ / "manifest")) throw ValueError(std::to_string(number_) + " is not published");
    ModelPackage package;
    for (const ManifestEntry& entry : manifest()) {
      std::optional<std::vector<std::byte>> bytes = content(entry);
      if (!bytes) throw damaged(number_, entry.name);
      package.files.push_back({entry.name, std::move(*bytes)});
    }
    return package;
  }

 private:
  std::vector<ManifestEntry> manifest() const {
    const std::string text = text_of(files_.read(folder_ / "manifest"));
    try {
      return parse_manifest(text, "manifest");
    } catch (const FormatError&) {
      throw damaged(number_, "manifest");
    }
  }

  // Nothing unless the file is what the manifest says.
  std::optional<std::vector<std::byte>> content(const ManifestEntry& entry) const {
    if (!files_.exists(folder_ / entry.name)) return std::nullopt;
    std::vector<std::byte> bytes = files_.read(folder_ / entry.name);
    if (config::sha256(text_of(bytes)) != entry.sha256) return std::nullopt;
    if (std::to_string(bytes.size()) != std::to_string(entry.size)) return std::nullopt;
    return bytes;
  }

  FileOps& files_;
  const fs::path& root_;
  std::int64_t number_;
  fs::path folder_;
};

void set_promoted(FileOps& files, const fs::path& root, std::span<const std::int64_t> versions) {
  const fs::path list = root / "promoted", next = root / "promoted.next";
  write_file(files, next, bytes_of(promoted_text(versions)));
  files.rename(next, list);
  files.flush_folder(root);
}

}  // namespace

std::int64_t publish(FileOps& files, const fs::path& root, const ModelPackage& package) {
  const std::string manifest = manifest_text(package);
  for (std::int64_t number = 1;; ++number) {
    Version version(files, root, number);
    if (!version.claim()) continue;
    version.fill(package, manifest);
    return number;
  }
}

void promote(FileOps& files, const fs::path& root, std::int64_t version) {
  std::vector<std::int64_t> versions = promoted_versions(files, root);
  Version(files, root, version).read();
  versions.push_back(version);
  versions.erase(std::unique(versions.end() - std::min<std::ptrdiff_t>(2, std::ssize(versions)), versions.end()),
                 versions.end());
  if (versions != promoted_versions(files, root)) set_promoted(files, root, versions);
}

std::int64_t roll_back(FileOps& files, const fs::path& root) {
  const std::vector<std::int64_t> versions = promoted_versions(files, root);
  const std::span<const std::int64_t> all(versions);
  if (all.size() < 2) throw ValueError("[roll_back] only one version was ever promoted");
  const auto rest = all.first(all.size() - 1);
  Version(files, root, rest.back()).read();
  set_promoted(files, root, rest);
  return rest.back();
}

StoredModel open_current(FileOps& files, const fs::path& root) {
  const std::vector<std::int64_t> versions = promoted_versions(files, root);
  if (versions.empty()) throw ValueError("[open_current] no version serves");
  return StoredModel{versions.back(), Version(files, root, versions.back()).read()};
}

}  // namespace tinytorch::deploy
