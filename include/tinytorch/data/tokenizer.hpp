#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Text as numbers and back. What encode() gives, decode() turns into the very same bytes.
namespace tinytorch::data {

/// A token for each character (UTF-8) of a text. Bytes that are not UTF-8 are characters of their own.
class CharTokenizer {
 public:
  /// The characters of `text` by value of their bytes: number 0 is the least.
  explicit CharTokenizer(std::string_view text);

  std::int64_t vocabulary_size() const { return static_cast<std::int64_t>(characters_.size()); }
  /// The bytes of a token. Throws IndexError.
  const std::string& token(std::int64_t id) const;
  /// Throws ValueError with the position of a character that the vocabulary doesn't have.
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

/// Byte-pair encoding: tokens 0 to 255 are the bytes, each further one joins two earlier tokens. Any bytes can be
/// encoded. Text is first cut into words, each with the blank before it, of 256 bytes at most; no token reaches
/// across a cut.
/// Source: Sennrich, Haddow and Birch, "Neural machine translation of rare words with subword units", 2016.
class BpeTokenizer {
 public:
  using Merge = std::pair<std::int64_t, std::int64_t>;

  /// Learns vocabulary_size - 256 merges, or fewer when no pair occurs twice any more: each time the pair that stands
  /// side by side most often, of equals the one with the smaller numbers. Throws ValueError below 256.
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

}  // namespace tinytorch::data
