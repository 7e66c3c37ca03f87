#include "src/data/formats/bytes.hpp"
#include "src/data/formats/json.hpp"
#include "tinytorch/core/error.hpp"
#include "tinytorch/core/text.hpp"
#include "tinytorch/data/text.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>

namespace tinytorch::data {

using tinytorch::detail::text;

namespace {

constexpr std::string_view first_line = "tinytorch characters 1";

// The character at the front of `text`: the shortest piece that is UTF-8, or else one byte.
std::string_view first_character(std::string_view text) {
  for (std::size_t length = 1; length <= std::min<std::size_t>(4, text.size()); ++length)
    if (is_utf8(text.substr(0, length))) return text.substr(0, length);
  return text.substr(0, 1);
}

}  // namespace

CharTokenizer::CharTokenizer(std::string_view text) {
  std::set<std::string_view> found;
  while (!text.empty()) {
    const std::string_view character = first_character(text);
    found.insert(character);
    text.remove_prefix(character.size());
  }
  for (const std::string_view character : found) add(std::string(character));
}

void CharTokenizer::add(std::string character) {
  ids_.emplace(character, vocabulary_size());
  characters_.push_back(std::move(character));
}

const std::string& CharTokenizer::token(std::int64_t id) const {
  if (id < 0 || id >= vocabulary_size())
    throw IndexError(text({"[char_tokenizer] token ", id, " of ", vocabulary_size()}));
  return characters_[static_cast<std::size_t>(id)];
}

std::vector<std::int64_t> CharTokenizer::encode(std::string_view source) const {
  std::vector<std::int64_t> ids;
  for (std::size_t at = 0; at < source.size();) {
    const std::string_view character = first_character(source.substr(at));
    const auto found = ids_.find(character);
    if (found == ids_.end())
      throw ValueError(text({"[char_tokenizer] byte ", at, ": ",
                             is_utf8(character) ? json_string(character) : "a byte that is not UTF-8",
                             " is not in the vocabulary"}));
    ids.push_back(found->second);
    at += character.size();
  }
  return ids;
}

std::string CharTokenizer::decode(std::span<const std::int64_t> ids) const {
  std::string text;
  for (const std::int64_t id : ids) text += token(id);
  return text;
}

void CharTokenizer::save(const std::filesystem::path& file) const {
  std::string lines = text({first_line, "\n"});
  for (const std::string& character : characters_) {
    for (const char byte : character) lines += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    lines += '\n';
  }
  write_file(file, lines);
}

CharTokenizer CharTokenizer::load(const std::filesystem::path& file) {
  return parse(read_text(file), file.filename().string());
}

CharTokenizer CharTokenizer::parse(std::string_view contents, std::string_view name) {
  const std::vector<std::string_view> lines = split_lines(contents);
  if (lines.empty() || lines[0] != first_line)
    throw FormatError(text({"[char_tokenizer] ", name, ":1: '", first_line, "' is missing"}));
  CharTokenizer tokenizer;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    std::string character;
    for (std::size_t at = 0; at < lines[i].size(); at += 2) {
      const std::string_view digits = lines[i].substr(at, 2);
      unsigned byte = 0;
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
      if (error != std::errc() || end != digits.data() + 2)
        throw FormatError(text({"[char_tokenizer] ", name, ":", i + 1, ": pairs of hexadecimal digits are due"}));
      character += static_cast<char>(byte);
    }
    if (character.empty() || first_character(character) != character || tokenizer.ids_.contains(character))
      throw FormatError(text({"[char_tokenizer] ", name, ":", i + 1, ": no character, or one that occurs twice"}));
    tokenizer.add(std::move(character));
  }
  return tokenizer;
}

}  // namespace tinytorch::data
