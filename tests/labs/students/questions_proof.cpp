// The questions of a lab speak of what they introduce, whatever numbers a student draws.
#include "src/tito/judge/measure_program.hpp"
#include "tests/labs/proofs.hpp"
#include "tests/labs/students/questions.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tinytorch::tito {

namespace {

constexpr std::uint64_t seeds = 100;

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      words.back() += c;
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  return words;
}

// The names that a text introduces: "x is", "x and y are", "front is x".
std::set<std::string> names_in(const std::vector<std::string>& words) {
  std::set<std::string> names;
  const auto letter = [](const std::string& word) { return word.size() == 1 && word > "a" && word <= "z"; };
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    const bool explained = i + 2 < words.size() && words[i + 2] == "x";
    if (words[i + 1] == "is" && (letter(words[i]) || explained)) names.insert(words[i]);
    if (words[i + 1] != "are" || !letter(words[i])) continue;
    names.insert(words[i]);
    if (i >= 2 && words[i - 1] == "and" && letter(words[i - 2])) names.insert(words[i - 2]);
  }
  return names;
}

}  // namespace

std::vector<std::string> question_faults(const Prediction& prediction, const Parameters& parameters) {
  std::vector<std::string> faults;
  for (const auto& [name, value] : parameters) {
    const bool used = prediction.ask.find("{" + name + "}") != std::string::npos ||
                      prediction.ask.find("{" + name + ":s}") != std::string::npos;
    if (!used) faults.push_back(fmt::format("{} does not use {{{}}}", prediction.id, name));
  }
  const std::string text = question_text(prediction, parameters);
  const std::vector<std::string> words = words_of(text);
  for (const std::string& name : names_in(words)) {
    if (std::count(words.begin(), words.end(), name) < 2)
      faults.push_back(fmt::format("{} speaks of {} once: {}", prediction.id, name, text));
  }
  const bool asks_why = std::find(words.begin(), words.end(), "why") != words.end() ||
                        std::find(words.begin(), words.end(), "Why") != words.end();
  if ((asks_why || std::count(text.begin(), text.end(), '?') > 1) && prediction.why.empty())
    faults.push_back(fmt::format("{} has no place for a second answer: {}", prediction.id, text));
  return faults;
}

void prove_questions(const LabProof& proof) {
  std::map<std::string, std::uint64_t> faults;  // and the first seed that shows each
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const ProcessResult result =
        run_measure(proof.context, proof.lab, "solution", {"--seed", std::to_string(seed), "--parameters"});
    auto parameters = parse_parameters(result.out);
    for (const Prediction& prediction : proof.lab.predictions) {
      for (const std::string& fault : question_faults(prediction, parameters[prediction.id]))
        faults.emplace(fault, seed);
    }
  }
  std::string text;
  for (const auto& [fault, seed] : faults) text += fmt::format("seed {}: {}\n", seed, fault);
  expect_none("each question speaks of all that it introduces, and has a place for its answer", text);
}

}  // namespace tinytorch::tito
