// The ledger of a lab's contracts: every sentence of its headers is tested or argued.
#include "src/tito/judge/suite.hpp"
#include "src/tito/util/text.hpp"
#include "tests/labs/contract.hpp"
#include "tests/labs/proofs.hpp"

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tinytorch::tito {

namespace {

std::vector<Mutant> versions_of(const Lab& lab) {
  std::vector<Mutant> versions = load_mutants(lab);
  for (Mutant& wrong : load_wrong(lab)) versions.push_back(std::move(wrong));
  return versions;
}

}  // namespace

void prove_contract(const LabProof& proof) {
  const std::vector<Sentence> ledger = load_contract(proof.lab);
  expect_none("the ledger has each sentence of the lab's headers, in their order",
              lines_of(missing_sentences(ledger, headers_of(proof.context, proof.lab))));
  expect_none(
      "its tests and wrong versions exist",
      lines_of(unknown_names(ledger, suite_tests(proof.context, proof.stacks, proof.lab), versions_of(proof.lab))));
  expect_none("each sentence has a test that notices the mutants which break it",
              lines_of(unnoticed(ledger, load_mistakes(proof.lab))));
  const auto argued = std::count_if(ledger.begin(), ledger.end(), [](const auto& one) { return !one.argued.empty(); });
  std::cout << ledger.size() << " sentences, " << argued << " of them argued\n";
}

int print_sentences(const Context& context, const std::string& lab_name) {
  const Lab lab = find_lab(context, lab_name);
  const bool begun = fs::exists(lab.dir / "contract.toml");
  const std::vector<Sentence> old = begun ? load_contract(lab) : std::vector<Sentence>{};
  fmt::print("{}", contract_text(old, headers_of(context, lab)));
  return exit_ok;
}

}  // namespace tinytorch::tito
