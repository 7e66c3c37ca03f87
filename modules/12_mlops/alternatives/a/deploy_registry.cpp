// Another right answer: one loop verifies a version, and files are made by the calls of the disk.

#include "tinytorch/nn/deploy_registry.hpp"

#include "tinytorch/core/binding.hpp"

#include <string>

namespace tinytorch::deploy {

namespace {

void put(FileOps& files, const std::filesystem::path& path, std::span<const std::byte> bytes) {
  const FileOps::Handle handle = files.create(path);
  try {
    if (!bytes.empty()) files.write(handle, bytes);
    files.flush(handle);
  } catch (...) {
    try {
      files.close(handle);
    } catch (const Error&) {
      // The first failure is reported.
    }
    throw;
  }
  files.close(handle);
}

void rename_into_place(FileOps& files, const std::filesystem::path& from, const std::filesystem::path& to) {
  files.rename(from, to);
  files.flush_folder(to.parent_path());
}

std::vector<ManifestEntry> entries_of(FileOps& files, const std::filesystem::path& folder, std::int64_t version) {
  if (!files.exists(folder / "manifest")) throw ValueError("[registry] no version " + std::to_string(version));
  try {
    return parse_manifest(text_of(files.read(folder / "manifest")), "manifest");
  } catch (const FormatError&) {
    throw damaged(version, "manifest");
  }
}

ModelPackage load(FileOps& files, const std::filesystem::path& root, std::int64_t version) {
  const std::filesystem::path folder = version_folder(root, version);
  ModelPackage package;
  for (const ManifestEntry& entry : entries_of(files, folder, version)) {
    std::vector<std::byte> bytes;
    const bool there = files.exists(folder / entry.name);
    if (there) bytes = files.read(folder / entry.name);
    const bool fits = there && static_cast<std::int64_t>(bytes.size()) == entry.size &&
                      config::sha256(text_of(bytes)) == entry.sha256;
    if (!fits) throw damaged(version, entry.name);
    package.files.push_back({entry.name, std::move(bytes)});
  }
  return package;
}

void write_list(FileOps& files, const std::filesystem::path& root, const std::vector<std::int64_t>& versions) {
  const std::filesystem::path fresh = root / "promoted.new";
  put(files, fresh, bytes_of(promoted_text(versions)));
  rename_into_place(files, fresh, root / "promoted");
}

}  // namespace

std::int64_t publish(FileOps& files, const std::filesystem::path& root, const ModelPackage& package) {
  const std::string manifest = manifest_text(package);
  std::int64_t version = 0;
  do {
    ++version;
  } while (!files.create_folder(version_folder(root, version)));
  files.flush_folder(root);
  const std::filesystem::path folder = version_folder(root, version);
  for (auto file = package.files.rbegin(); file != package.files.rend(); ++file)
    put(files, folder / file->name, file->bytes);
  put(files, folder / "manifest.tmp", bytes_of(manifest));
  files.flush_folder(folder);
  rename_into_place(files, folder / "manifest.tmp", folder / "manifest");
  return version;
}

void promote(FileOps& files, const std::filesystem::path& root, std::int64_t version) {
  load(files, root, version);
  auto versions = promoted_versions(files, root);
  const bool serves = !versions.empty() && versions.back() == version;
  if (!serves) {
    versions.push_back(version);
    write_list(files, root, versions);
  }
}

std::int64_t roll_back(FileOps& files, const std::filesystem::path& root) {
  const auto versions = promoted_versions(files, root);
  if (versions.size() <= 1) throw ValueError("[roll_back] there is no earlier version");
  const std::int64_t earlier = versions[versions.size() - 2];
  load(files, root, earlier);
  write_list(files, root, {versions.begin(), versions.end() - 1});
  return earlier;
}

StoredModel open_current(FileOps& files, const std::filesystem::path& root) {
  const auto versions = promoted_versions(files, root);
  if (versions.empty()) throw ValueError("[open_current] nothing is promoted");
  StoredModel model;
  model.version = versions.back();
  model.package = load(files, root, model.version);
  return model;
}

}  // namespace tinytorch::deploy
