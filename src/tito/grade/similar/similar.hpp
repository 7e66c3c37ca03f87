// How much of the code of two submissions is the same: a list for a person to look at, never a mark. By winnowing:
// Schleimer, Wilkerson and Aiken, "Winnowing: local algorithms for document fingerprinting", 2003.
#pragma once

#include "src/tito/grade/intake.hpp"

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tinytorch::tito {

constexpr std::size_t gram_tokens = 10;  // equal runs that are shorter say nothing
constexpr std::size_t window_grams = 6;  // an equal run of gram_tokens + window_grams - 1 tokens is always found

/// The code with what a copyist changes first made equal: every name is "x", every number "0", every text "''";
/// keywords and symbols stay. Comments and blanks are gone.
std::vector<std::string> normal_tokens(std::string_view code);

/// The fingerprints of such tokens: hashes of some of the runs of gram_tokens, chosen so that equal runs give equal
/// ones.
using Fingerprints = std::set<std::uint64_t>;
Fingerprints fingerprints_of(const std::vector<std::string>& tokens);

/// What share of the smaller set both have, from 0 to 1; 0 when one is empty.
double shared_part(const Fingerprints& a, const Fingerprints& b);

/// The longest run of tokens that both have, and the line of each code where it begins, from 1.
struct EqualRun {
  std::size_t tokens = 0, first_line = 0, second_line = 0;
};
EqualRun longest_equal_run(std::string_view first, std::string_view second);

struct SimilarPair {
  std::string first, second;                               // ids
  double shared = 0;                                       // of what is not in the skeleton
  double first_is_reference = 0, second_is_reference = 0;  // how much of each is the public solution
  double first_is_skeleton = 0, second_is_skeleton = 0;    // and the skeleton
  std::string file;                                        // where the longest equal run is
  EqualRun run;
};

/// The pairs that share half of their code or more, the most similar first, `most` at most. Code of the skeleton does
/// not count.
std::vector<SimilarPair> similar_pairs(const std::vector<Submission>& submissions, const Submission& skeleton,
                                       const Submission& reference, std::size_t most = 200);

}  // namespace tinytorch::tito
