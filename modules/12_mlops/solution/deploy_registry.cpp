// Lab 12, part A: models that are published once, and a list that says which of them serves.

#include "tinytorch/nn/deploy_registry.hpp"

#include "tinytorch/core/binding.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace tinytorch::deploy {

// Publishes the package as the next version; a reader finds it whole or not at all.
//   v1 and v2 are there -> creates v3, writes its files and v3/manifest.tmp, renames that to v3/manifest; returns 3
std::int64_t publish(FileOps& files, const std::filesystem::path& root, const ModelPackage& package) {
  // BEGIN SOLUTION 12.1: the manifest comes last, and a version without one is not there
  const std::string manifest = manifest_text(package);
  std::int64_t version = 1;
  while (!files.create_folder(version_folder(root, version))) ++version;
  const std::filesystem::path folder = version_folder(root, version);
  for (const PackageFile& file : package.files) write_file(files, folder / file.name, file.bytes);
  write_file(files, folder / "manifest.tmp", bytes_of(manifest));
  files.flush_folder(folder);
  files.flush_folder(root);
  files.rename(folder / "manifest.tmp", folder / "manifest");
  files.flush_folder(folder);
  return version;
  // END SOLUTION
}

// BEGIN HELPER 12.2
namespace {

// The files of a version, each compared with its manifest.
ModelPackage checked(FileOps& files, const std::filesystem::path& root, std::int64_t version) {
  const std::filesystem::path folder = version_folder(root, version), manifest = folder / "manifest";
  if (!files.exists(manifest)) throw ValueError("[registry] version " + std::to_string(version) + " is not published");
  ModelPackage package;
  std::vector<ManifestEntry> entries;
  try {
    entries = parse_manifest(text_of(files.read(manifest)), manifest.string());
  } catch (const FormatError&) {
    throw damaged(version, "manifest");
  }
  for (const ManifestEntry& entry : entries) {
    if (!files.exists(folder / entry.name)) throw damaged(version, entry.name);
    PackageFile file{entry.name, files.read(folder / entry.name)};
    if (config::sha256(text_of(file.bytes)) != entry.sha256) throw damaged(version, entry.name);
    package.files.push_back(std::move(file));
  }
  return package;
}

// Replaces the list of promoted versions; at every moment it is the old one or the new one.
void replace_list(FileOps& files, const std::filesystem::path& root, const std::vector<std::int64_t>& versions) {
  write_file(files, root / "promoted.tmp", bytes_of(promoted_text(versions)));
  files.rename(root / "promoted.tmp", root / "promoted");
  files.flush_folder(root);
}

}  // namespace
// END HELPER

// Makes a published version the one that serves.
//   promoted holds 1, 2 and version is 5 -> 1, 2, 5; version is 2 -> 1, 2
void promote(FileOps& files, const std::filesystem::path& root, std::int64_t version) {
  // BEGIN SOLUTION 12.2: what cannot be opened must not serve
  checked(files, root, version);
  std::vector<std::int64_t> versions = promoted_versions(files, root);
  if (!versions.empty() && versions.back() == version) return;
  versions.push_back(version);
  replace_list(files, root, versions);
  // END SOLUTION
}

// Goes back to the version that was promoted before the one that serves, and returns it.
//   promoted holds 4, 7, 5 -> 4, 7; returns 7
std::int64_t roll_back(FileOps& files, const std::filesystem::path& root) {
  // BEGIN SOLUTION 12.2: the list without its last line
  std::vector<std::int64_t> versions = promoted_versions(files, root);
  if (versions.size() < 2) throw ValueError("[roll_back] no version was promoted before");
  versions.pop_back();
  checked(files, root, versions.back());
  replace_list(files, root, versions);
  return versions.back();
  // END SOLUTION
}

// The version that serves, each file compared with the manifest.
//   promoted holds 4, 7 -> version 7 and its files
StoredModel open_current(FileOps& files, const std::filesystem::path& root) {
  // BEGIN SOLUTION 12.2: the last line of the list
  const std::vector<std::int64_t> versions = promoted_versions(files, root);
  if (versions.empty()) throw ValueError("[open_current] nothing is promoted in " + root.string());
  return {versions.back(), checked(files, root, versions.back())};
  // END SOLUTION
}

}  // namespace tinytorch::deploy
