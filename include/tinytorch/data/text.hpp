#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Text files, plain or .gz.
namespace tinytorch::data {

/// The whole file as it is. Throws FileError, FormatError for damaged compression.
std::string read_text(const std::filesystem::path& file);

/// One line after the other, without the rest of the file in memory. Lines end with \n or \r\n, which are not part of
/// them; a last line without an end counts.
class LineReader {
 public:
  /// Throws FileError.
  explicit LineReader(const std::filesystem::path& file);
  ~LineReader();
  LineReader(LineReader&&) noexcept;
  LineReader& operator=(LineReader&&) noexcept;

  /// The next line, or nothing at the end. Throws FormatError for damaged compression, FileError.
  std::optional<std::string> next();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// All lines of a file.
inline std::vector<std::string> read_lines(const std::filesystem::path& file) {
  std::vector<std::string> lines;
  LineReader reader(file);
  while (std::optional<std::string> line = reader.next()) lines.push_back(*std::move(line));
  return lines;
}

/// The lines of a text in memory; they look into it.
inline std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
  }
  return lines;
}

}  // namespace tinytorch::data
