// Lab 12, part A: models that are published once, and a list that says which of them serves.

#include "tinytorch/nn/deploy_registry.hpp"

#include "src/course/holes.hpp"
#include "tinytorch/core/binding.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace tinytorch::deploy {

// Publishes the package as the next version; a reader finds it whole or not at all.
//   v1 and v2 are there -> creates v3, writes its files and v3/manifest.tmp, renames that to v3/manifest; returns 3
std::int64_t publish(FileOps& files, const std::filesystem::path& root, const ModelPackage& package) {
  // BEGIN 12.1: the manifest comes last, and a version without one is not there
  TINYTORCH_TODO("12.1");
  // END 12.1
}

// Makes a published version the one that serves.
//   promoted holds 1, 2 and version is 5 -> 1, 2, 5; version is 2 -> 1, 2
void promote(FileOps& files, const std::filesystem::path& root, std::int64_t version) {
  // BEGIN 12.2: what cannot be opened must not serve
  TINYTORCH_TODO("12.2");
  // END 12.2
}

// Goes back to the version that was promoted before the one that serves, and returns it.
//   promoted holds 4, 7, 5 -> 4, 7; returns 7
std::int64_t roll_back(FileOps& files, const std::filesystem::path& root) {
  // BEGIN 12.2: the list without its last line
  TINYTORCH_TODO("12.2");
  // END 12.2
}

// The version that serves, each file compared with the manifest.
//   promoted holds 4, 7 -> version 7 and its files
StoredModel open_current(FileOps& files, const std::filesystem::path& root) {
  // BEGIN 12.2: the last line of the list
  TINYTORCH_TODO("12.2");
  // END 12.2
}

}  // namespace tinytorch::deploy
