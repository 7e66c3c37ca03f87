#include "src/data/formats/bytes.hpp"
#include "tinytorch/core/error.hpp"
#include "tinytorch/core/text.hpp"
#include "tinytorch/data/text.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <set>
#include <unordered_map>

namespace tinytorch::data {

using tinytorch::detail::text;

namespace {

using Merge = BpeTokenizer::Merge;
using Ids = std::vector<std::int64_t>;

constexpr std::string_view first_line = "tinytorch byte pairs 1";
constexpr std::size_t longest_word = 256;

bool is_blank(char letter) { return letter == ' ' || letter == '\n' || letter == '\t' || letter == '\r'; }

// The first word of `text`. A blank begins the word after it; in a row of blanks each but the last is a word alone.
std::string_view first_word(std::string_view text) {
  std::size_t end = 1;
  while (end < text.size() && end < longest_word && !is_blank(text[end])) ++end;
  return text.substr(0, end);
}

Ids bytes_of(std::string_view word) {
  Ids ids;
  for (const char byte : word) ids.push_back(static_cast<unsigned char>(byte));
  return ids;
}

// Replaces every `pair` in `ids`, from left to right, by `joined`.
void join(Ids& ids, const Merge& pair, std::int64_t joined) {
  std::size_t to = 0;
  for (std::size_t from = 0; from < ids.size(); ++to) {
    const bool here = from + 1 < ids.size() && ids[from] == pair.first && ids[from + 1] == pair.second;
    ids[to] = here ? joined : ids[from];
    from += here ? 2 : 1;
  }
  ids.resize(to);
}

// The different words of a text, cut into tokens, and how often each pair of tokens stands side by side in them.
class Corpus {
 public:
  explicit Corpus(std::string_view text) {
    std::unordered_map<std::string_view, std::int64_t> times;
    while (!text.empty()) {
      const std::string_view word = first_word(text);
      ++times[word];
      text.remove_prefix(word.size());
    }
    for (const auto& [word, count] : times) words_.push_back({bytes_of(word), count});
    for (std::size_t i = 0; i < words_.size(); ++i) count_pairs(i, 1);
  }

  // The most frequent pair and its count; among equally frequent pairs the smallest. No pair occurs twice when the
  // count is below 2.
  std::pair<Merge, std::int64_t> best() const {
    std::pair<Merge, std::int64_t> best{{0, 0}, 0};
    for (const auto& [pair, found] : pairs_)
      if (found.count > best.second) best = {pair, found.count};
    return best;
  }

  void merge(const Merge& pair, std::int64_t joined) {
    const std::set<std::size_t> where = pairs_[pair].words;
    for (const std::size_t i : where) {
      count_pairs(i, -1);
      join(words_[i].ids, pair, joined);
      count_pairs(i, 1);
    }
    pairs_.erase(pair);
  }

 private:
  struct Word {
    Ids ids;
    std::int64_t times;
  };
  struct Found {
    std::int64_t count = 0;
    std::set<std::size_t> words = {};  // the words that have it now or had it before
  };

  void count_pairs(std::size_t i, std::int64_t sign) {
    const Ids& ids = words_[i].ids;
    for (std::size_t k = 0; k + 1 < ids.size(); ++k) {
      Found& found = pairs_[{ids[k], ids[k + 1]}];
      found.count += sign * words_[i].times;
      if (sign > 0) found.words.insert(i);
    }
  }

  std::vector<Word> words_;
  std::map<Merge, Found> pairs_;
};

}  // namespace

BpeTokenizer BpeTokenizer::train(std::string_view source, std::int64_t vocabulary_size) {
  if (vocabulary_size < 256)
    throw ValueError(text({"[bpe_tokenizer] the 256 bytes alone are more than ", vocabulary_size, " tokens"}));
  Corpus corpus(source);
  std::vector<Merge> merges;
  for (std::int64_t id = 256; id < vocabulary_size; ++id) {
    const auto [pair, count] = corpus.best();
    if (count < 2) break;
    merges.push_back(pair);
    corpus.merge(pair, id);
  }
  return BpeTokenizer(std::move(merges));
}

BpeTokenizer::BpeTokenizer(std::vector<Merge> merges) : merges_(std::move(merges)) {
  for (int byte = 0; byte < 256; ++byte) tokens_.emplace_back(1, static_cast<char>(byte));
  for (const Merge& merge : merges_) {
    const auto id = static_cast<std::int64_t>(tokens_.size());
    if (merge.first < 0 || merge.second < 0 || merge.first >= id || merge.second >= id ||
        !ranks_.emplace(merge, id).second)
      throw ValueError(text({"[bpe_tokenizer] token ", id, " can't join ", merge.first, " and ", merge.second,
                             ": a later token, or a pair that occurs twice"}));
    std::string joined = token(merge.first) + token(merge.second);
    if (joined.size() > longest_word)
      throw ValueError(text({"[bpe_tokenizer] token ", id, " is longer than a word of ", longest_word, " bytes"}));
    tokens_.push_back(std::move(joined));
  }
}

const std::string& BpeTokenizer::token(std::int64_t id) const {
  if (id < 0 || id >= static_cast<std::int64_t>(tokens_.size()))
    throw IndexError(text({"[bpe_tokenizer] token ", id, " of ", tokens_.size()}));
  return tokens_[static_cast<std::size_t>(id)];
}

std::vector<std::int64_t> BpeTokenizer::encode(std::string_view text) const {
  Ids ids;
  while (!text.empty()) {
    const std::string_view word = first_word(text);
    encode_word(word, ids);
    text.remove_prefix(word.size());
  }
  return ids;
}

// Merges pairs in the order in which they were learned, the earliest first.
void BpeTokenizer::encode_word(std::string_view word, std::vector<std::int64_t>& ids) const {
  Ids parts = bytes_of(word);
  while (parts.size() > 1) {
    std::int64_t earliest = std::numeric_limits<std::int64_t>::max();
    for (std::size_t k = 0; k + 1 < parts.size(); ++k)
      if (const auto found = ranks_.find({parts[k], parts[k + 1]}); found != ranks_.end())
        earliest = std::min(earliest, found->second);
    if (earliest == std::numeric_limits<std::int64_t>::max()) break;
    join(parts, merges_[static_cast<std::size_t>(earliest - 256)], earliest);
  }
  ids.insert(ids.end(), parts.begin(), parts.end());
}

std::string BpeTokenizer::decode(std::span<const std::int64_t> ids) const {
  std::string text;
  for (const std::int64_t id : ids) text += token(id);
  return text;
}

void BpeTokenizer::save(const std::filesystem::path& file) const {
  std::string lines = text({first_line, "\n"});
  for (const Merge& merge : merges_) lines += text({merge.first, " ", merge.second, "\n"});
  write_file(file, lines);
}

BpeTokenizer BpeTokenizer::load(const std::filesystem::path& file) {
  return parse(read_text(file), file.filename().string());
}

BpeTokenizer BpeTokenizer::parse(std::string_view contents, std::string_view name) {
  const std::vector<std::string_view> lines = split_lines(contents);
  if (lines.empty() || lines[0] != first_line)
    throw FormatError(text({"[bpe_tokenizer] ", name, ":1: '", first_line, "' is missing"}));
  std::vector<Merge> merges;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const char* const end = lines[i].data() + lines[i].size();
    Merge merge;
    const auto left = std::from_chars(lines[i].data(), end, merge.first);
    const bool blank = left.ec == std::errc() && left.ptr != end && *left.ptr == ' ';
    const auto right = std::from_chars(blank ? left.ptr + 1 : end, end, merge.second);
    if (!blank || right.ec != std::errc() || right.ptr != end)
      throw FormatError(text({"[bpe_tokenizer] ", name, ":", i + 1, ": two tokens are due"}));
    merges.push_back(merge);
  }
  try {
    return BpeTokenizer(std::move(merges));
  } catch (const ValueError& error) {
    throw FormatError(text({error.what(), " (", name, ")"}));
  }
}

}  // namespace tinytorch::data
