#pragma once

#include "tinytorch/core/binding.hpp"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace examples {

/// The settings of a program, from four layers: its defaults, a TOML file (`--config FILE`), variables that begin with
/// the program's name (LENET_LR=0.001), and the command line (`--lr 0.001` or `--lr=0.001`).
class Settings {
 public:
  /// `purpose` is the first line of --help.
  Settings(std::string program, std::string purpose);

  /// To declare settings with, and the members that they go to.
  tinytorch::config::Binding& binding() { return binding_; }
  /// `--key` without a value means this one.
  void value_of_bare(std::string key, std::string value) { bare_.emplace_back(std::move(key), std::move(value)); }
  /// Reads all layers and gives each member its value. Returns -1 when the program is to go on; else the exit code: 0
  /// after printing --help, 2 after printing every mistake to stderr.
  int read(int argc, char** argv);

  /// A short name for the results of this run.
  std::string hash() const { return tinytorch::config::settings_hash(tree_, binding_.schema()); }
  /// Writes settings.toml, with which the run can be repeated, and manifest.toml, which holds all that decided it: the
  /// settings, the data by its content, compiler and machine. Throws FileError.
  void write(const std::filesystem::path& folder, const std::filesystem::path& data) const;

 private:
  std::string help() const;

  std::string program_, purpose_;
  tinytorch::config::Binding binding_;
  tinytorch::config::Tree tree_;
  std::vector<std::pair<std::string, std::string>> bare_;
};

}  // namespace examples
