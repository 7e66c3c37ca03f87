#include "tests/labs/contract.hpp"

#include "src/tito/lab/toml_reader.hpp"
#include "src/tito/util/text.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

bool begins_a_sentence(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("(`\"-").find(c) != std::string_view::npos;
}

void add_sentences(const std::string& block, std::vector<std::string>& sentences) {
  std::size_t begin = 0;
  for (std::size_t i = 0; i + 2 < block.size(); ++i) {
    const bool ends = std::string_view(".!?").find(block[i]) != std::string_view::npos && block[i + 1] == ' ';
    if (!ends || !begins_a_sentence(block[i + 2])) continue;
    sentences.push_back(block.substr(begin, i + 1 - begin));
    begin = i + 2;
  }
  if (begin < block.size()) sentences.push_back(block.substr(begin));
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string list_text(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + quoted(text);
  return "[" + out + "]";
}

}  // namespace

std::vector<std::string> sentences_of(const std::string& header) {
  std::vector<std::string> sentences;
  std::string block;
  for (const std::string& line : split_lines(header)) {
    const std::string text = trim(line);
    if (text.starts_with("///")) {
      const std::string words = trim(text.substr(3));
      block += (block.empty() || words.empty() ? "" : " ") + words;
    } else {
      add_sentences(block, sentences);
      block.clear();
    }
  }
  add_sentences(block, sentences);
  return sentences;
}

std::vector<Sentence> parse_contract(const std::string& text, const std::string& file) {
  const toml::table parsed = parse_toml(text, file, "contract");
  const TomlReader reader(parsed, file, "contract");
  reader.only({"sentence"});
  std::vector<Sentence> ledger;
  for (const TomlReader& entry : reader.tables("sentence")) {
    entry.only({"header", "says", "tests", "broken", "argued"});
    Sentence sentence{entry.text("header"), entry.text("says"), entry.texts("tests"), entry.texts("broken"),
                      entry.text("argued", "")};
    const bool tested = !sentence.tests.empty() && !sentence.broken.empty();
    const bool half = !tested && (!sentence.tests.empty() || !sentence.broken.empty());
    if (half || tested == !sentence.argued.empty())
      entry.fail("a sentence has `tests` and `broken`, or else `argued`: \"" + sentence.says + "\"");
    ledger.push_back(std::move(sentence));
  }
  return ledger;
}

std::vector<Sentence> load_contract(const Lab& lab) {
  const fs::path file = lab.dir / "contract.toml";
  if (!fs::exists(file)) throw trouble(fmt::format("modules/{}/contract.toml is missing", lab.folder));
  return parse_contract(read_file(file), fmt::format("modules/{}/contract.toml", lab.folder));
}

std::string said_of(const std::string& header, const std::string& unit) {
  std::string block, blocks;
  for (const std::string& line : split_lines(header)) {
    if (trim(line).starts_with("///")) {
      block += line + "\n";
      continue;
    }
    if (block.find("unit " + unit) != std::string::npos) {
      if (line.starts_with("namespace ")) return header;
      blocks += block + "\n";
    }
    block.clear();
  }
  return blocks;
}

std::map<std::string, std::string> headers_of(const Context& context, const Lab& lab) {
  const fs::path include = context.root / "include" / "tinytorch";
  std::map<std::string, std::string> headers;
  for (const LabUnit& unit : lab.units) headers[unit.name + ".hpp"] = read_file(include / (unit.name + ".hpp"));
  for (const auto& entry : fs::recursive_directory_iterator(include)) {
    const std::string name = entry.path().lexically_relative(include).string();
    if (entry.path().extension() != ".hpp" || headers.contains(name)) continue;
    const std::string text = read_file(entry.path());
    std::string said;
    for (const LabUnit& unit : lab.units) said += said_of(text, unit.name);
    if (!said.empty()) headers[name] = said;
  }
  return headers;
}

std::vector<std::string> missing_sentences(const std::vector<Sentence>& ledger,
                                           const std::map<std::string, std::string>& headers) {
  std::vector<std::string> problems;
  std::map<std::string, std::vector<std::string>> listed;
  for (const Sentence& sentence : ledger) listed[sentence.header].push_back(sentence.says);
  for (const auto& [header, says] : listed) {
    if (!headers.contains(header)) problems.push_back(header + " is the header of no unit of this lab");
  }
  for (const auto& [header, text] : headers) {
    const std::vector<std::string> sentences = sentences_of(text), &says = listed[header];
    if (says == sentences) continue;
    const std::size_t before = problems.size();
    const auto lacks = [](const std::vector<std::string>& all, const std::string& one) {
      return std::find(all.begin(), all.end(), one) == all.end();
    };
    for (const std::string& one : sentences)
      if (lacks(says, one)) problems.push_back(fmt::format("contract.toml lacks a sentence of {}: {}", header, one));
    for (const std::string& one : says)
      if (lacks(sentences, one)) problems.push_back(fmt::format("{} doesn't say: {}", header, one));
    if (problems.size() == before)
      problems.push_back(fmt::format("contract.toml has the sentences of {} in another order or number", header));
  }
  return problems;
}

std::vector<std::string> unknown_names(const std::vector<Sentence>& ledger, const std::vector<TestInfo>& tests,
                                       const std::vector<Mutant>& versions) {
  std::vector<std::string> problems;
  const auto named = [](const auto& all, const std::string& name) {
    return std::any_of(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
  };
  for (const Sentence& sentence : ledger) {
    for (const std::string& test : sentence.tests)
      if (!named(tests, test))
        problems.push_back(fmt::format("\"{}\" names the test {}: there is none", sentence.says, test));
    for (const std::string& version : sentence.broken)
      if (!named(versions, version))
        problems.push_back(fmt::format("\"{}\" names the wrong version {}: there is none", sentence.says, version));
  }
  return problems;
}

std::vector<std::string> unnoticed(const std::vector<Sentence>& ledger, const Mistakes& versions) {
  std::vector<std::string> problems;
  for (const Sentence& sentence : ledger) {
    for (const std::string& name : sentence.broken) {
      const auto version = versions.find(name);
      if (version == versions.end()) continue;
      const bool noticed = std::ranges::any_of(
          sentence.tests, [&](const std::string& test) { return version->second.failures.contains(test); });
      if (!noticed)
        problems.push_back(fmt::format("{} breaks \"{}\", and none of its tests fails", name, sentence.says));
    }
  }
  return problems;
}

std::string contract_text(const std::vector<Sentence>& old, const std::map<std::string, std::string>& headers) {
  std::string text =
      "# Each sentence of the headers of this lab's units, in their order: the tests that fail when it is broken and "
      "the\n"
      "# wrong versions (mutants/ or wrong/) that break it; or `argued`, why it can't be tested.\n";
  for (const auto& [header, content] : headers) {
    for (const std::string& says : sentences_of(content)) {
      const auto known = std::find_if(old.begin(), old.end(), [&, &name = header](const Sentence& one) {
        return one.header == name && one.says == says;
      });
      const Sentence sentence = known != old.end() ? *known : Sentence{header, says, {}, {}, ""};
      text += fmt::format("\n[[sentence]]\nheader = {}\nsays = {}\n", quoted(header), quoted(says));
      if (sentence.argued.empty())
        text += fmt::format("tests = {}\nbroken = {}\n", list_text(sentence.tests), list_text(sentence.broken));
      else
        text += fmt::format("argued = {}\n", quoted(sentence.argued));
    }
  }
  return text;
}

}  // namespace tinytorch::tito
