#pragma once

#include <filesystem>
#include <string_view>

namespace tinytorch::lab {

/// A folder of its own for a test, removed with the object: another machine's /sys, say.
class Fixture {
 public:
  Fixture();
  ~Fixture();
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;

  const std::filesystem::path& root() const { return root_; }
  /// Creates root/path, and the folders above it, with this text. A leading "/" of `path` is dropped.
  void write(std::string_view path, std::string_view text);
  /// Creates the folder root/path.
  void make_folder(std::string_view path);
  /// Removes root/path and all below it.
  void remove(std::string_view path);

 private:
  std::filesystem::path root_;
};

}  // namespace tinytorch::lab
