#pragma once

#include "tinytorch/core/error.hpp"
#include "tinytorch/core/file_ops.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// A registry: a folder in which each version of a model is published once and never changed, and a list that says
/// which one serves. A model is a few files of bytes; who publishes it decides what is in them, such as weights as
/// safetensors and the names of the labels. Lab 12 defines the functions that are not given (unit nn/deploy_registry).
///
///     models/v1/weights.safetensors    a file of version 1
///     models/v1/manifest               each file's size and SHA-256; with it the version is published
///     models/promoted                  the versions promoted so far, a line each; the last one serves
namespace tinytorch::deploy {

struct PackageFile {
  std::string name;
  std::vector<std::byte> bytes;
  bool operator==(const PackageFile&) const = default;
};

/// What is published together.
struct ModelPackage {
  std::vector<PackageFile> files;
  bool operator==(const ModelPackage&) const = default;
};

struct StoredModel {
  std::int64_t version = 0;
  ModelPackage package;
};

/// Publishes the package and returns its version: the first of 1, 2, 3, ... whose folder `root`/vN can be created.
/// Creating it is the test, so two publishers never get one version, and a folder that is there is never written to.
/// A reader finds the version whole or not at all, after a crash too: the manifest appears by one rename, when every
/// file is on the disk. Once the call has returned, the version survives a crash. `root` is a folder that is there.
/// Throws as manifest_text(), before it changes the disk. Throws the first error of `files`; the version is then whole
/// or not there.
std::int64_t publish(FileOps& files, const std::filesystem::path& root, const ModelPackage& package);

/// Makes a published version the one that serves: appends it to the list, unless it is the last one already. After a
/// crash the list is the old one or the new one; once the call has returned, the new one. One caller at a time. Reads
/// the version first, and changes nothing when that fails: throws ValueError for a version that is not published, and
/// damaged() for one that does not fit its manifest.
void promote(FileOps& files, const std::filesystem::path& root, std::int64_t version);

/// Goes back to the version that was promoted before the one that serves, and returns it: removes the last line of the
/// list, as safely as promote() adds one. Changes nothing and throws ValueError when there is no earlier one, and
/// damaged() when that one does not fit its manifest.
std::int64_t roll_back(FileOps& files, const std::filesystem::path& root);

/// The version that serves, with its files in the order of its manifest. Throws ValueError when nothing is promoted,
/// and damaged() for the manifest or the first file that is missing or has other bytes than it should.
StoredModel open_current(FileOps& files, const std::filesystem::path& root);

// ---- Given ----

/// A line of a manifest.
struct ManifestEntry {
  std::string name;
  std::int64_t size = 0;
  std::string sha256;
};

/// The manifest of a package: a line for each file, and a last one with the SHA-256 of the lines before. Throws
/// ValueError for a package without files and for a name that is empty, "manifest", "manifest.tmp" or there twice, or
/// has a slash or a control character.
std::string manifest_text(const ModelPackage& package);
/// The reverse. Throws FormatError for a text that manifest_text() did not write; `name` stands for it in the message.
std::vector<ManifestEntry> parse_manifest(std::string_view text, std::string_view name);

/// The versions that were promoted and not rolled back; the last one serves. Empty when there is no list. Throws
/// FormatError for a list that is damaged.
std::vector<std::int64_t> promoted_versions(FileOps& files, const std::filesystem::path& root);
/// The list's text: a line for each version.
std::string promoted_text(std::span<const std::int64_t> versions);

/// `root`/vN
std::filesystem::path version_folder(const std::filesystem::path& root, std::int64_t version);
/// Makes a file of these bytes, or replaces one. They are on the disk when this returns; the file's name may not be.
/// Closes the file whatever happens.
void write_file(FileOps& files, const std::filesystem::path& file, std::span<const std::byte> bytes);
/// The error for a file of a version, or its manifest, that is missing or has other bytes than it should:
/// `[registry] version 3 is damaged: weights.safetensors`.
FormatError damaged(std::int64_t version, std::string_view file);

/// The bytes of a text, and back.
inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}
inline std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace tinytorch::deploy
