// The ledger of a lab's contracts, modules/NN/contract.toml: each sentence of the headers of its units, with the tests
// and the wrong versions that belong to it.
#pragma once

#include "src/tito/build/stacks.hpp"
#include "src/tito/lab/lab.hpp"
#include "tests/labs/mutants/judge.hpp"

#include <map>
#include <string>
#include <vector>

namespace tinytorch::tito {

struct Sentence {
  std::string header;               // "core/strides.hpp"
  std::string says;                 // word for word
  std::vector<std::string> tests;   // those that fail when it is broken
  std::vector<std::string> broken;  // wrong versions that break it: mutants/ or wrong/
  std::string argued;               // why it can't be tested; then `tests` and `broken` are empty
};

/// The sentences of the `///` comments of a header. A block of such lines is one text; a sentence ends at `.`, `!` or
/// `?` before a blank and one of A-Z 0-9 ( ` " -.
std::vector<std::string> sentences_of(const std::string& header);

/// Throws CommandError (3) `file:line: ...` for a wrong type, an unknown key, an entry that is neither tested nor
/// argued.
std::vector<Sentence> parse_contract(const std::string& text, const std::string& file);

/// modules/NN/contract.toml. Throws CommandError (3) when there is none.
std::vector<Sentence> load_contract(const Lab& lab);

/// What a header says of a unit whose name is not its own: all of it when the comment before its namespace names the
/// unit ("unit nn/mlp"), else the comments that name it.
std::string said_of(const std::string& header, const std::string& unit);

/// header -> text, for the headers of the lab's units and for what other headers say of these units.
std::map<std::string, std::string> headers_of(const Context& context, const Lab& lab);

/// A line for each sentence of a header that the ledger lacks, has in another place, or has and the header doesn't.
std::vector<std::string> missing_sentences(const std::vector<Sentence>& ledger,
                                           const std::map<std::string, std::string>& headers);

/// A line for each test and each wrong version that the ledger names and the lab doesn't have.
std::vector<std::string> unknown_names(const std::vector<Sentence>& ledger, const std::vector<TestInfo>& tests,
                                       const std::vector<Mutant>& versions);

/// A line for each sentence whose wrong version is one of these and fails none of the sentence's tests.
std::vector<std::string> unnoticed(const std::vector<Sentence>& ledger, const Mistakes& versions);

/// A ledger to fill in: what `old` says of a sentence is kept.
std::string contract_text(const std::vector<Sentence>& old, const std::map<std::string, std::string>& headers);

}  // namespace tinytorch::tito
