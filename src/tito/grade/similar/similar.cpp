#include "src/tito/grade/similar/similar.hpp"

#include "src/tito/grade/similar/tokens.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

namespace tinytorch::tito {
namespace {

constexpr double least_shared = 0.5;
constexpr std::size_t least_fingerprints = 6;  // fewer are a few lines, which anybody may write
constexpr std::size_t longest_compared = 20000;

bool is_keyword(const std::string& word) {
  static const std::set<std::string_view> keywords{
      "auto",        "bool",     "break",   "case",     "catch",  "char",     "class",     "const",    "constexpr",
      "continue",    "default",  "delete",  "do",       "double", "else",     "enum",      "explicit", "false",
      "float",       "for",      "if",      "inline",   "int",    "long",     "namespace", "new",      "noexcept",
      "nullptr",     "operator", "private", "public",   "return", "short",    "signed",    "sizeof",   "static",
      "static_cast", "struct",   "switch",  "template", "this",   "throw",    "true",      "try",      "typename",
      "union",       "unsigned", "using",   "virtual",  "void",   "volatile", "while"};
  return keywords.count(word) != 0;
}

std::string normal(const Token& token) {
  switch (token.kind) {
    case TokenKind::word:
      return is_keyword(token.text) ? token.text : "x";
    case TokenKind::number:
      return "0";
    case TokenKind::text:
      return "''";
    case TokenKind::symbol:
      break;
  }
  return token.text;
}

std::size_t line_at(std::string_view code, std::size_t offset) {
  return 1 +
         static_cast<std::size_t>(std::count(code.begin(), code.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
}

Fingerprints of_submission(const Submission& submission) {
  Fingerprints all;
  for (const auto& [name, text] : submission.files) all.merge(fingerprints_of(normal_tokens(text)));
  return all;
}

Fingerprints without(const Fingerprints& all, const Fingerprints& some) {
  Fingerprints rest;
  std::set_difference(all.begin(), all.end(), some.begin(), some.end(), std::inserter(rest, rest.end()));
  return rest;
}

std::size_t count_shared(const Fingerprints& a, const Fingerprints& b) {
  return static_cast<std::size_t>(
      std::count_if(a.begin(), a.end(), [&](std::uint64_t hash) { return b.count(hash) != 0; }));
}

// What share of `all` is in `some`.
double part_in(const Fingerprints& all, const Fingerprints& some) {
  return all.empty() ? 0 : static_cast<double>(count_shared(all, some)) / static_cast<double>(all.size());
}

// How many fingerprints each pair has in common.
std::map<std::pair<std::size_t, std::size_t>, std::size_t> shared_counts(const std::vector<Fingerprints>& own) {
  std::map<std::uint64_t, std::vector<std::size_t>> owners;
  for (std::size_t i = 0; i < own.size(); ++i) {
    for (const std::uint64_t hash : own[i]) owners[hash].push_back(i);
  }
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> shared;
  for (const auto& [hash, who] : owners) {
    for (std::size_t a = 0; a < who.size(); ++a) {
      for (std::size_t b = a + 1; b < who.size(); ++b) ++shared[{who[a], who[b]}];
    }
  }
  return shared;
}

void find_longest_run(const Submission& first, const Submission& second, SimilarPair& pair) {
  for (const auto& [name, text] : first.files) {
    const auto other = second.files.find(name);
    if (other == second.files.end()) continue;
    const EqualRun run = longest_equal_run(text, other->second);
    if (run.tokens <= pair.run.tokens) continue;
    pair.run = run;
    pair.file = name;
  }
}

}  // namespace

std::vector<std::string> normal_tokens(std::string_view code) {
  std::vector<std::string> tokens;
  for (const Token& token : tokens_of(code)) tokens.push_back(normal(token));
  return tokens;
}

Fingerprints fingerprints_of(const std::vector<std::string>& tokens) {
  std::vector<std::uint64_t> grams;
  for (std::size_t i = 0; i + gram_tokens <= tokens.size(); ++i) {
    std::uint64_t hash = 14695981039346656037ULL;
    for (std::size_t k = i; k < i + gram_tokens; ++k) {
      for (const char c : tokens[k] + " ") hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    }
    grams.push_back(hash);
  }
  Fingerprints chosen;
  for (std::size_t i = 0; i + window_grams <= grams.size(); ++i) {
    const auto begin = grams.begin() + static_cast<std::ptrdiff_t>(i);
    chosen.insert(*std::min_element(begin, begin + static_cast<std::ptrdiff_t>(window_grams)));
  }
  return chosen;
}

double shared_part(const Fingerprints& a, const Fingerprints& b) {
  const std::size_t smaller = std::min(a.size(), b.size());
  return smaller == 0 ? 0 : static_cast<double>(count_shared(a, b)) / static_cast<double>(smaller);
}

EqualRun longest_equal_run(std::string_view first, std::string_view second) {
  const std::vector<Token> a = tokens_of(first), b = tokens_of(second);
  EqualRun best;
  if (a.size() > longest_compared || b.size() > longest_compared) return best;
  std::vector<std::string> normal_a, normal_b;
  for (const Token& token : a) normal_a.push_back(normal(token));
  for (const Token& token : b) normal_b.push_back(normal(token));
  std::vector<std::size_t> before(b.size() + 1), current(b.size() + 1);  // lengths of the runs that end here
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t j = 0; j < b.size(); ++j) {
      current[j + 1] = normal_a[i] == normal_b[j] ? before[j] + 1 : 0;
      if (current[j + 1] <= best.tokens) continue;
      best.tokens = current[j + 1];
      best.first_line = i;
      best.second_line = j;
    }
    before.swap(current);
  }
  if (best.tokens == 0) return best;
  best.first_line = line_at(first, a[best.first_line + 1 - best.tokens].offset);
  best.second_line = line_at(second, b[best.second_line + 1 - best.tokens].offset);
  return best;
}

std::vector<SimilarPair> similar_pairs(const std::vector<Submission>& submissions, const Submission& skeleton,
                                       const Submission& reference, std::size_t most) {
  const Fingerprints given = of_submission(skeleton), solution = of_submission(reference);
  std::vector<Fingerprints> all, own;
  for (const Submission& submission : submissions) {
    all.push_back(of_submission(submission));
    own.push_back(without(all.back(), given));
  }
  std::vector<SimilarPair> pairs;
  for (const auto& [pair, shared] : shared_counts(own)) {
    const auto& [a, b] = pair;
    const std::size_t smaller = std::min(own[a].size(), own[b].size());
    const double part = static_cast<double>(shared) / static_cast<double>(smaller);
    if (part < least_shared || shared < least_fingerprints) continue;
    SimilarPair found{submissions[a].id, submissions[b].id, part, 0, 0, 0, 0, "", {}};
    found.first_is_reference = part_in(own[a], solution);
    found.second_is_reference = part_in(own[b], solution);
    found.first_is_skeleton = part_in(all[a], given);
    found.second_is_skeleton = part_in(all[b], given);
    pairs.push_back(std::move(found));
  }
  // What is far from the public solution first, where the similarity is the same: that is no coincidence.
  std::stable_sort(pairs.begin(), pairs.end(), [](const SimilarPair& x, const SimilarPair& y) {
    return std::pair(-x.shared, x.first_is_reference + x.second_is_reference) <
           std::pair(-y.shared, y.first_is_reference + y.second_is_reference);
  });
  if (pairs.size() > most) pairs.resize(most);
  std::map<std::string, const Submission*> by_id;
  for (const Submission& submission : submissions) by_id[submission.id] = &submission;
  for (SimilarPair& pair : pairs) find_longest_run(*by_id.at(pair.first), *by_id.at(pair.second), pair);
  return pairs;
}

}  // namespace tinytorch::tito
