#pragma once

#include "tinytorch/core/error.hpp"

#include <filesystem>
#include <fstream>
#include <string>

namespace examples {

/// Replaces a file in one step: a reader finds the old text or the new one. Throws FileError.
inline void write_text(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::path beside = file;
  beside += ".part";
  std::ofstream out(beside, std::ios::binary);
  out << text;
  out.close();
  if (!out) throw tinytorch::FileError("[write] " + file.string() + ": cannot be written");
  std::filesystem::rename(beside, file);
}

}  // namespace examples
