#pragma once

#include <filesystem>
#include <string_view>

namespace tinytorch::lab {

/// A temporary folder for one test, for example with another machine's /sys. Removed by the destructor.
class Fixture {
 public:
  Fixture();
  ~Fixture();
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;

  const std::filesystem::path& root() const { return root_; }
  /// Creates the file root/path with this text, and the folders above it. A leading "/" of `path` is dropped.
  void write(std::string_view path, std::string_view text);
  /// Creates the folder root/path.
  void make_folder(std::string_view path);
  /// Removes root/path and everything below it.
  void remove(std::string_view path);

 private:
  std::filesystem::path root_;
};

}  // namespace tinytorch::lab
