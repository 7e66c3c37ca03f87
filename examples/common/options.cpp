#include "examples/common/options.hpp"

#include <charconv>
#include <filesystem>

#include <fmt/format.h>

namespace examples {

Options::Options(int argc, char** argv, std::string purpose)
    : program_(std::filesystem::path(argv[0]).filename().string()), help_(std::move(purpose) + "\n\n") {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--help" || word == "-h") {
      help_wanted_ = true;
    } else if (const std::size_t equals = word.find('='); word.starts_with("--") && equals != std::string::npos) {
      given_.push_back({word.substr(0, equals), word.substr(equals + 1)});
    } else if (word.starts_with("--") && i + 1 < argc) {
      given_.push_back({word, argv[++i]});
    } else {
      mistake_ = word.starts_with("--") ? fmt::format("{} needs a value", word) : fmt::format("what is '{}'?", word);
    }
  }
}

const std::string* Options::find(const std::string& name, const std::string& shown_fallback,
                                 const std::string& meaning) {
  help_ += fmt::format("  {:<20} {} [{}]\n", name + " VALUE", meaning, shown_fallback);
  const std::string* value = nullptr;
  for (Given& option : given_) {
    if (option.name != name) continue;
    option.known = true;
    value = &option.value;
  }
  return value;
}

std::string Options::text(const std::string& name, const std::string& fallback, const std::string& meaning) {
  const std::string* value = find(name, fallback.empty() ? "none" : fallback, meaning);
  return value != nullptr ? *value : fallback;
}

std::int64_t Options::whole(const std::string& name, std::int64_t fallback, std::int64_t least,
                            const std::string& meaning) {
  const std::string* value = find(name, std::to_string(fallback), meaning);
  if (value == nullptr) return fallback;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), number);
  if (error == std::errc() && end == value->data() + value->size() && number >= least) return number;
  mistake_ = fmt::format("{} is a whole number from {} on, not '{}'", name, least, *value);
  return fallback;
}

int Options::exit_code() const {
  if (help_wanted_) {
    fmt::print("{}", help_);
    return 0;
  }
  std::string mistake = mistake_;
  for (const Given& option : given_)
    if (!option.known) mistake = fmt::format("there is no option {}", option.name);
  if (mistake.empty()) return -1;
  fmt::print(stderr, "{}: {}; --help lists the options\n", program_, mistake);
  return 2;
}

}  // namespace examples
