#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

/// The project's own files as data: what tests of the source tree and of the texts read.
namespace tinytorch::structure {

namespace fs = std::filesystem;

/// The folder that holds include/ and src/.
fs::path root();

/// The files below `folder` (relative to the root) with one of these extensions, sorted, relative to the root.
/// What is generated or a student's (build/, work/, dist/) and hidden folders are left out.
std::vector<fs::path> files(const fs::path& folder, std::initializer_list<std::string_view> extensions);

/// The text of a file of the tree. Throws std::runtime_error when it can't be read.
std::string read(const fs::path& file);

std::vector<std::string> lines(std::string_view text);

/// C++ text with its comments and the contents of its literals blanked; line ends stay where they were.
std::string code_of(std::string_view text);

/// What the #include "..." lines of a C++ text name, in order.
std::vector<std::string> quoted_includes(std::string_view text);

/// What the file's #include "..." lines mean, relative to the root: found below include/, the root or its own folder.
/// Files that aren't there are left out.
std::vector<fs::path> includes(const fs::path& file);

}  // namespace tinytorch::structure
