#include "examples/common/settings.hpp"

#include "examples/common/text_file.hpp"

#include <algorithm>
#include <cstdlib>
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

// Takes `OPTION=FILE` out of the words.
std::string taken_file(std::vector<std::string>& words, const std::string& option) {
  std::string file;
  std::erase_if(words, [&](const std::string& word) {
    if (!word.starts_with(option + "=")) return false;
    file = word.substr(option.size() + 1);
    return true;
  });
  return file;
}

// LENET_ for lenet.
std::string prefix_of(std::string program) {
  for (char& letter : program) letter = letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
  return program + "_";
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
    : program_(std::move(program)), purpose_(std::move(purpose)) {
  output("out", out_, "folder of this run: settings, manifest, log, weights");
  output("runs", runs_, "folder below which the run gets one of its own");
}

void Settings::input(const std::string& key, std::string& target, const std::string& help) {
  binding_.add(key, target, help).changes(config::Effect::none);
  inputs_.emplace_back(key, &target);
}

void Settings::output(const std::string& key, std::string& target, const std::string& help) {
  binding_.add(key, target, help).changes(config::Effect::none);
  outputs_.push_back(key);
}

std::string Settings::help() const {
  std::string text = purpose_ + "\n\n";
  const auto line = [&](const std::string& option, const std::string& meaning, const std::string& fallback) {
    text += fmt::format("  {:<20} {} [{}]\n", "--" + option + " VALUE", meaning, fallback);
  };
  line("config", "TOML file with settings; the options below go before it", "none");
  line("manifest", "file for what decides such a run; nothing is run", "none");
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
    const std::string file = taken_file(words, "--config"), facts = taken_file(words, "--manifest");
    tree_ = config::layered(binding_.schema(), file, config::environment(), prefix_of(program_), words);
    binding_.assign(tree_);
    if (facts.empty()) return -1;
    write_text(facts, config::to_toml(manifest()));
    return 0;
  } catch (const tinytorch::Error& error) {
    fmt::print(stderr, "{}: {}\n--help lists the options\n", program_, error.what());
    return 2;
  }
}

// What a repeated run needs. Of the settings that change nothing only those that differ from their defaults: a default
// path is that of another checkout, too.
config::Tree Settings::repeatable() const {
  config::Tree values;
  for (const config::Setting& setting : binding_.schema().settings()) {
    if (std::find(outputs_.begin(), outputs_.end(), setting.key) != outputs_.end()) continue;
    config::Entry entry = *tree_.find(setting.key);
    entry.value = *config::typed_value(entry, setting.kind);
    if (setting.effect == config::Effect::none && entry.value == setting.fallback) continue;
    if (is_path(setting.key)) entry.value = std::filesystem::absolute(std::get<std::string>(entry.value)).string();
    values.add(std::move(entry));
  }
  return values;
}

bool Settings::is_path(const std::string& key) const {
  return std::find(outputs_.begin(), outputs_.end(), key) != outputs_.end() ||
         std::any_of(inputs_.begin(), inputs_.end(), [&](const auto& input) { return input.first == key; });
}

config::Manifest Settings::manifest() const {
  config::Manifest manifest{config::settings_facts(tree_, binding_.schema())};
  // A path says nothing about a run: another file may have the same name.
  std::erase_if(manifest.facts,
                [&](const config::Fact& fact) { return is_path(fact.key.substr(fact.key.find('.') + 1)); });
  for (const auto& [key, path] : inputs_) add_data(manifest.facts, *path);
  for (config::Fact& fact : config::machine_facts()) manifest.facts.push_back(std::move(fact));
  const char* const stack = std::getenv("TINYTORCH_STACK");  // set by `tito run`
  manifest.facts.push_back({"build.stack", stack == nullptr ? "library" : stack, config::Effect::result});
  manifest.facts.push_back({"run.program", program_, config::Effect::result});
  return manifest;
}

std::unique_ptr<RunFolder> Settings::begin_run() const {
  if (out_.empty() && runs_.empty()) return nullptr;
  std::filesystem::path folder = out_;
  if (!out_.empty())
    std::filesystem::create_directories(folder);
  else {
    std::filesystem::create_directories(runs_);
    folder = config::create_run_dir(tinytorch::disk(), runs_, hash());
  }
  auto run = std::make_unique<RunFolder>(folder);
  write_text(folder / "settings.toml", config::to_toml(repeatable()));
  write_text(folder / "manifest.toml", config::to_toml(manifest()));
  return run;
}

}  // namespace examples
