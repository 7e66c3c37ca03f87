#pragma once

#include "tinytorch/data/dataset.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Text: files (plain or .gz), tokenizers that turn text into numbers and back, and windows of tokens to learn from.
namespace tinytorch::data {

// ---- Files ----

/// The whole file as it is. Throws FileError, FormatError for damaged compression.
std::string read_text(const std::filesystem::path& file);

/// Reads one line after the other; the rest of the file needs no memory. Lines end with \n or \r\n; both are cut off.
/// The last line may lack its line end.
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

/// The lines of a text in memory, as views of it.
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

// ---- Tokenizers: decode(encode(text)) is text, byte for byte ----

/// A token for each character (UTF-8) of a text. Bytes that are not UTF-8 are characters of their own.
class CharTokenizer {
 public:
  /// The characters of `text` in the order of their bytes: token 0 is the smallest.
  explicit CharTokenizer(std::string_view text);

  std::int64_t vocabulary_size() const { return static_cast<std::int64_t>(characters_.size()); }
  /// The bytes of a token. Throws IndexError.
  const std::string& token(std::int64_t id) const;
  /// Throws ValueError with the position of a character that is not in the vocabulary.
  std::vector<std::int64_t> encode(std::string_view text) const;
  /// Throws IndexError for a number that is no token.
  std::string decode(std::span<const std::int64_t> ids) const;

  /// As text: a first line, then a character in hexadecimal per line. Throws FileError.
  void save(const std::filesystem::path& file) const;
  /// Throws FileError, FormatError.
  static CharTokenizer load(const std::filesystem::path& file);
  static CharTokenizer parse(std::string_view text, std::string_view name);

 private:
  CharTokenizer() = default;
  void add(std::string character);

  std::vector<std::string> characters_;
  std::map<std::string, std::int64_t, std::less<>> ids_;
};

/// Byte-pair encoding: tokens 0 to 255 are the bytes, each further token joins two earlier ones. Any bytes can be
/// encoded. Text is first cut into words of at most 256 bytes, each with the blank before it; a token lies inside one
/// word.
/// Source: Sennrich, Haddow and Birch, "Neural machine translation of rare words with subword units", 2016.
class BpeTokenizer {
 public:
  using Merge = std::pair<std::int64_t, std::int64_t>;

  /// Learns vocabulary_size - 256 merges. Each merge joins the most frequent pair of neighbours; among equally frequent
  /// pairs the one with the smaller numbers. Stops early when no pair occurs twice. Throws ValueError below 256.
  static BpeTokenizer train(std::string_view text, std::int64_t vocabulary_size);
  /// From merges: number i makes token 256 + i. Throws ValueError for one that names a later token or occurs twice.
  explicit BpeTokenizer(std::vector<Merge> merges = {});

  std::int64_t vocabulary_size() const { return 256 + static_cast<std::int64_t>(merges_.size()); }
  const std::vector<Merge>& merges() const { return merges_; }
  /// The bytes of a token. Throws IndexError.
  const std::string& token(std::int64_t id) const;
  std::vector<std::int64_t> encode(std::string_view text) const;
  /// Throws IndexError for a number that is no token.
  std::string decode(std::span<const std::int64_t> ids) const;

  /// As text: a first line, then the two tokens of a merge per line. Throws FileError.
  void save(const std::filesystem::path& file) const;
  /// Throws FileError, FormatError.
  static BpeTokenizer load(const std::filesystem::path& file);
  static BpeTokenizer parse(std::string_view text, std::string_view name);

 private:
  void encode_word(std::string_view word, std::vector<std::int64_t>& ids) const;

  std::vector<Merge> merges_;
  std::map<Merge, std::int64_t> ranks_;
  std::vector<std::string> tokens_;
};

// ---- Windows of tokens ----

/// Pieces of a long list of tokens, for a model that learns to predict the next token. The input of example i is the
/// `length` tokens from i * stride on; the target is the `length` tokens from i * stride + 1 on. Both are (length)
/// int64, views.
class TokenWindows : public Dataset {
 public:
  /// Copies the tokens. A stride of 0 means `length`: the windows don't overlap. Throws ValueError for a length below 1
  /// or a negative stride.
  TokenWindows(std::span<const std::int64_t> tokens, std::int64_t length, std::int64_t stride = 0)
      : tokens_(empty({static_cast<std::int64_t>(tokens.size())}, DType::int64)),
        length_(length),
        stride_(stride == 0 ? length : stride) {
    if (length < 1 || stride < 0)
      throw ValueError(
          tinytorch::detail::text({"[token_windows] windows of ", length, " tokens, a stride of ", stride}));
    std::copy(tokens.begin(), tokens.end(), tokens_.data<std::int64_t>());
  }
  std::int64_t size() const override {
    const std::int64_t room = tokens_.numel() - 1 - length_;
    return room < 0 ? 0 : room / stride_ + 1;
  }
  Example get(std::int64_t index) const override {
    detail::check_index(index, size(), "token_windows");
    const std::int64_t first = index * stride_;
    return {as_strided(tokens_, {length_}, {1}, first), as_strided(tokens_, {length_}, {1}, first + 1)};
  }

 private:
  Tensor tokens_;
  std::int64_t length_;
  std::int64_t stride_;
};

}  // namespace tinytorch::data
