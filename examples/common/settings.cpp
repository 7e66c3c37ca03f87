#include "examples/common/settings.hpp"

#include "tinytorch/core/experiment.hpp"

#include <algorithm>
#include <fstream>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace examples {

namespace config = tinytorch::config;

namespace {

// `--lr 0.1` as `--lr=0.1`; an option is followed by its value, unless that begins with two dashes.
std::vector<std::string> joined_options(int argc, char** argv) {
  std::vector<std::string> words;
  for (int i = 1; i < argc; ++i) {
    std::string word = argv[i];
    const bool open = word.starts_with("--") && word.find('=') == std::string::npos;
    if (open && i + 1 < argc && !std::string(argv[i + 1]).starts_with("--")) word += std::string("=") + argv[++i];
    words.push_back(std::move(word));
  }
  return words;
}

// Takes `--config=FILE` out of the words.
std::string taken_file(std::vector<std::string>& words) {
  const std::string option = "--config=";
  std::string file;
  std::erase_if(words, [&](const std::string& word) {
    if (!word.starts_with(option)) return false;
    file = word.substr(option.size());
    return true;
  });
  return file;
}

// LENET_ for lenet.
std::string prefix_of(std::string program) {
  for (char& letter : program) letter = letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
  return program + "_";
}

void write_text(const std::filesystem::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.close();
  if (!out) throw tinytorch::FileError(fmt::format("[settings] {}: cannot be written", file.string()));
}

// The facts of a data set: a file, or each file of a folder.
void add_data(std::vector<config::Fact>& facts, const std::filesystem::path& data) {
  if (!std::filesystem::is_directory(data)) {
    facts.push_back(config::data_fact(data.filename().string(), data));
    return;
  }
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(data)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) facts.push_back(config::data_fact(file.filename().string(), file));
}

}  // namespace

Settings::Settings(std::string program, std::string purpose)
    : program_(std::move(program)), purpose_(std::move(purpose)) {}

std::string Settings::help() const {
  std::string text = purpose_ + "\n\n";
  const auto line = [&](const std::string& option, const std::string& meaning, const std::string& fallback) {
    text += fmt::format("  {:<20} {} [{}]\n", "--" + option + " VALUE", meaning, fallback);
  };
  line("config", "TOML file with settings; the options below go before it", "none");
  for (const config::Setting& setting : binding_.schema().settings()) {
    const bool none = !setting.fallback || *setting.fallback == config::Value("");
    line(setting.key, setting.help, none ? "none" : config::to_string(*setting.fallback));
  }
  return text + fmt::format("\nA variable goes before the file, too: {}SEED=2\n", prefix_of(program_));
}

int Settings::read(int argc, char** argv) {
  std::vector<std::string> words = joined_options(argc, argv);
  for (const auto& [key, value] : bare_)
    for (std::string& word : words)
      if (word == "--" + key) word += "=" + value;
  if (std::find(words.begin(), words.end(), "--help") != words.end() ||
      std::find(words.begin(), words.end(), "-h") != words.end()) {
    fmt::print("{}", help());
    return 0;
  }
  try {
    const std::string file = taken_file(words);
    tree_ = config::layered(binding_.schema(), file, config::environment(), prefix_of(program_), words);
    binding_.assign(tree_);
    return -1;
  } catch (const tinytorch::Error& error) {
    fmt::print(stderr, "{}: {}\n--help lists the options\n", program_, error.what());
    return 2;
  }
}

void Settings::write(const std::filesystem::path& folder, const std::filesystem::path& data) const {
  config::Tree values;
  for (const config::Setting& setting : binding_.schema().settings()) {
    config::Entry entry = *tree_.find(setting.key);
    entry.value = *config::typed_value(entry, setting.kind);
    values.add(std::move(entry));
  }
  write_text(folder / "settings.toml", config::to_toml(values));
  config::Manifest manifest{config::settings_facts(tree_, binding_.schema())};
  for (config::Fact& fact : config::machine_facts()) manifest.facts.push_back(std::move(fact));
  add_data(manifest.facts, data);
  write_text(folder / "manifest.toml", config::to_toml(manifest));
}

}  // namespace examples
