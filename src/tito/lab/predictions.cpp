#include "src/tito/lab/predictions.hpp"

#include "src/tito/util/text.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <sstream>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tinytorch::tito {

using nlohmann::json;

namespace {

fs::path guesses_path(const Context& context, const Lab& lab) { return context.work / lab.folder / "predictions.json"; }

/// Each line that holds JSON; what else the program prints is left out.
std::vector<json> json_lines(std::string_view text) {
  std::vector<json> all;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.front() != '{') continue;
    all.push_back(json::parse(line));
  }
  return all;
}

template <class Read>
auto reading(const char* what, const Read& read) {
  try {
    return read();
  } catch (const json::exception& error) {
    throw trouble(std::string(what) + " wrote something unreadable: " + error.what());
  }
}

bool is_letter(std::string_view word) { return word.size() == 1 && word[0] >= 'a' && word[0] <= 'z'; }

std::optional<double> parse_number(std::string text) {
  text.erase(std::remove_if(text.begin(), text.end(), [](char c) { return c == ',' || c == '_'; }), text.end());
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || !std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace

std::map<std::string, Parameters> parse_parameters(std::string_view lines) {
  return reading("measure --parameters", [&] {
    std::map<std::string, Parameters> all;
    for (const json& line : json_lines(lines)) {
      Parameters& parameters = all[line.at("id").get<std::string>()];
      if (!line.contains("parameters")) continue;
      for (const auto& [name, value] : line.at("parameters").items()) {
        parameters.emplace_back(name, value.is_string() ? value.get<std::string>() : value.dump());
      }
    }
    return all;
  });
}

std::string of_another(std::string evidence, const std::string& owner) {
  const std::string theirs = owner + "'s ";
  for (const auto& [own, other] : {std::pair{"your ", theirs}, std::pair{"Your ", "T" + theirs.substr(1)}}) {
    const std::string word = own;
    for (std::size_t at = evidence.find(word); at != std::string::npos; at = evidence.find(word, at + other.size()))
      evidence.replace(at, word.size(), other);
  }
  return evidence;
}

std::string question_text(const Prediction& prediction, const Parameters& parameters) {
  // {workers:s} ends the noun behind a number: "1 worker", "2 workers".
  Parameters names = parameters;
  for (const auto& [name, value] : parameters) names.emplace_back(name + ":s", value == "1" ? "" : "s");
  std::string text = fill_in(prediction.ask, names);
  const std::size_t open = text.find('{');
  const std::size_t close = text.find('}', open == std::string::npos ? 0 : open);
  if (open != std::string::npos && close != std::string::npos) {
    throw trouble(prediction.id + ": nothing fills in " + text.substr(open, close - open + 1));
  }
  return text;
}

Guess parse_guess(std::string_view text, const Prediction& prediction) {
  Guess guess{prediction.id, std::nullopt, 0};
  std::istringstream words{std::string(text)};
  for (std::string word; words >> word;) {
    if (word == prediction.id && !guess.value) continue;
    if (is_letter(word) && !prediction.why.empty()) {
      guess.why = word[0] - 'a' + 1;
      if (guess.why > static_cast<int>(prediction.why.size())) {
        throw usage_error(prediction.id + ": there is no reason '" + word + "'");
      }
    } else if (const std::optional<double> value = parse_number(word); value && !guess.value) {
      guess.value = value;
    } else if (!guess.value) {
      throw usage_error(prediction.id + ": '" + word + "' is no number");
    }  // any other word after the number is its unit
  }
  return guess;
}

const Guess* Guesses::find(std::string_view id) const {
  for (const Guess& guess : guesses) {
    if (guess.id == id) return &guess;
  }
  return nullptr;
}

std::optional<Guesses> load_guesses(const Context& context, const Lab& lab) {
  const fs::path path = guesses_path(context, lab);
  if (!fs::exists(path)) return std::nullopt;
  const std::string text = read_file(path);
  return reading(shown(context, path).c_str(), [&] {
    const json document = json::parse(text);
    Guesses guesses;
    document.at("seed").get_to(guesses.seed);
    document.at("when").get_to(guesses.when);
    for (const json& entry : document.at("guesses")) {
      Guess guess{entry.at("id"), std::nullopt, entry.value("why", 0)};
      if (entry.at("value").is_number()) guess.value = entry.at("value").get<double>();
      guesses.guesses.push_back(std::move(guess));
    }
    return std::optional<Guesses>(std::move(guesses));
  });
}

void save_guesses(const Context& context, const Lab& lab, const Guesses& guesses) {
  json entries = json::array();
  for (const Guess& guess : guesses.guesses) {
    json entry = {{"id", guess.id}, {"value", nullptr}, {"why", guess.why}};
    if (guess.value) entry["value"] = *guess.value;
    entries.push_back(std::move(entry));
  }
  const json document = {{"seed", guesses.seed}, {"when", guesses.when}, {"guesses", std::move(entries)}};
  write_file(guesses_path(context, lab), document.dump(2) + "\n");
}

std::vector<Measured> parse_measured(std::string_view lines) {
  return reading("measure --measure", [&] {
    std::vector<Measured> all;
    for (const json& line : json_lines(lines)) {
      Measured measured;
      line.at("id").get_to(measured.id);
      line.at("truth").get_to(measured.truth);
      measured.unit = line.value("unit", "");
      measured.why = line.value("why", 0);
      measured.evidence = line.value("evidence", "");
      all.push_back(std::move(measured));
    }
    return all;
  });
}

bool within(const Prediction& prediction, double guess, double truth) {
  return std::abs(guess - truth) <= prediction.tolerance * std::abs(truth);
}

std::string tolerance_text(double tolerance) {
  return tolerance == 0 ? "exact" : fmt::format("within {:g} %", tolerance * 100);
}

std::string value_text(double value) {
  if (std::abs(value) < 1e15 && value == std::floor(value)) {
    std::string digits = fmt::format("{:.0f}", std::abs(value));
    for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
    return (value < 0 ? "-" : "") + digits;
  }
  return fmt::format("{:.4g}", value);
}

std::string reason_letter(int why) { return std::string(1, static_cast<char>('a' + why - 1)); }

}  // namespace tinytorch::tito
