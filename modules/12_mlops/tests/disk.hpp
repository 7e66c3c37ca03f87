// What the tests of part A share: packages, a disk that others use at the same time, and what a reader finds on it.
#pragma once

#include "tests/kit/instruments/faulty_files.hpp"
#include "tests/kit/kit.hpp"
#include "tinytorch/nn/deploy_registry.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace tinytorch::deploy {

namespace fs = std::filesystem;
using lab::FaultyFiles;

const fs::path root = "models";

/// A disk with an empty registry, or with what is already there.
inline void make_root(FileOps& files) {
  files.create_folder(root);
  files.flush_folder("");
}

inline std::vector<std::byte> some_bytes(lab::Case& c, std::int64_t most) {
  std::vector<std::byte> bytes;
  const std::int64_t count = c.integer(0, most);
  for (std::int64_t i = 0; i < count; ++i) bytes.push_back(static_cast<std::byte>(c.integer(0, 255)));
  return bytes;
}

inline std::string shown(const PackageFile& file) {
  return file.name + ": " + std::to_string(file.bytes.size()) + " bytes";
}

inline void show_package(lab::Case& c, const std::string& name, const ModelPackage& package) {
  std::vector<std::string> texts;
  for (const PackageFile& file : package.files) texts.push_back(shown(file));
  c.input(name, texts);
}

/// One to three files, whose names are in no order.
inline ModelPackage some_package(lab::Case& c, const std::string& name = "package") {
  const std::vector<std::string> names{"weights.safetensors", "labels.txt", "notes", "settings.toml"};
  const Shape order = c.permutation(4);
  const std::int64_t count = c.integer(1, std::min<std::int64_t>(1 + c.size() / 2, 3));
  ModelPackage package;
  for (std::int64_t i = 0; i < count; ++i)
    package.files.push_back({names[static_cast<std::size_t>(order[i])], some_bytes(c, 2 + c.size())});
  show_package(c, name, package);
  return package;
}

inline void put_file(FileOps& files, const fs::path& path, std::span<const std::byte> bytes) {
  const FileOps::Handle handle = files.create(path);
  files.write(handle, bytes);
  files.flush(handle);
  files.close(handle);
  files.flush_folder(path.parent_path());
}

/// A published version, made without the functions under test.
inline void put_version(FileOps& files, std::int64_t version, const ModelPackage& package) {
  const fs::path folder = root / ("v" + std::to_string(version));
  files.create_folder(folder);
  files.flush_folder(root);
  for (const PackageFile& file : package.files) put_file(files, folder / file.name, file.bytes);
  put_file(files, folder / "manifest", bytes_of(manifest_text(package)));
}

inline void put_promoted(FileOps& files, const std::vector<std::int64_t>& versions) {
  if (!versions.empty()) put_file(files, root / "promoted", bytes_of(promoted_text(versions)));
}

/// What a reader finds of a version: "nothing", "whole", or what is wrong.
inline std::string state_of(FileOps& files, std::int64_t version, const ModelPackage& package) {
  const fs::path folder = root / ("v" + std::to_string(version)), manifest = folder / "manifest";
  if (!files.exists(root) || !files.exists(folder) || !files.exists(manifest)) return "nothing";
  if (text_of(files.read(manifest)) != manifest_text(package)) return "another manifest";
  for (const PackageFile& file : package.files) {
    if (!files.exists(folder / file.name)) return "no " + file.name;
    if (files.read(folder / file.name) != file.bytes) return "other bytes in " + file.name;
  }
  return "whole";
}

/// The list of promoted versions as a text: "1 2 5", "nothing", "damaged".
inline std::string list_of(FileOps& files) {
  if (!files.exists(root) || !files.exists(root / "promoted")) return "nothing";
  std::string text;
  for (const std::byte b : files.read(root / "promoted")) text += b == std::byte{'\n'} ? ' ' : static_cast<char>(b);
  if (!text.empty()) text.pop_back();
  return text.empty() ? "damaged" : text;
}

inline std::string list_text_of(const std::vector<std::int64_t>& versions) {
  std::string text;
  for (const std::int64_t version : versions) text += (text.empty() ? "" : " ") + std::to_string(version);
  return text.empty() ? "nothing" : text;
}

/// Forwards all calls. Before each one `meanwhile` may let somebody else use the disk.
class SharedDisk final : public FileOps {
 public:
  explicit SharedDisk(FileOps& files) : files_(files) {}
  Handle create(const fs::path& file) override { return files_.create(before(file)); }
  void write(Handle handle, std::span<const std::byte> bytes) override {
    before({});
    files_.write(handle, bytes);
  }
  void flush(Handle handle) override {
    before({});
    files_.flush(handle);
  }
  void close(Handle handle) override {
    before({});
    files_.close(handle);
  }
  void rename(const fs::path& from, const fs::path& to) override { files_.rename(before(from), to); }
  void flush_folder(const fs::path& folder) override { files_.flush_folder(before(folder)); }
  bool remove(const fs::path& file) override { return files_.remove(before(file)); }
  bool create_folder(const fs::path& folder) override { return files_.create_folder(before(folder)); }
  bool exists(const fs::path& file) override { return files_.exists(before(file)); }
  std::vector<std::byte> read(const fs::path& file) override { return files_.read(before(file)); }

  std::function<void(std::int64_t)> meanwhile;  // gets the number of the call that follows

 private:
  const fs::path& before(const fs::path& file) {
    const std::int64_t call = calls_++;
    if (meanwhile) meanwhile(call);
    return file;
  }

  FileOps& files_;
  std::int64_t calls_ = 0;
};

inline FaultyFiles::Share some_share(lab::Case& c) {
  const auto share = c.pick({FaultyFiles::Share::all, FaultyFiles::Share::half, FaultyFiles::Share::none});
  c.input("work done in the call that stops", share == FaultyFiles::Share::all    ? "all"
                                              : share == FaultyFiles::Share::half ? "half"
                                                                                  : "nothing");
  return share;
}

}  // namespace tinytorch::deploy
