#pragma once

#include "examples/common/run_folder.hpp"
#include "tinytorch/core/binding.hpp"
#include "tinytorch/core/experiment.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace examples {

/// The settings of a program, from four layers: its defaults, a TOML file (`--config FILE`), variables that begin with
/// the program's name (LENET_LR=0.001), and the command line (`--lr 0.001` or `--lr=0.001`).
///
/// Every program has the settings `out` and `runs`: where the run is kept. `--manifest FILE` writes the manifest that a
/// run would have now, and runs nothing.
class Settings {
 public:
  /// `purpose` is the first line of --help.
  Settings(std::string program, std::string purpose);

  /// To declare settings with, and the members that they go to.
  tinytorch::config::Binding& binding() { return binding_; }
  /// `--key` without a value means this one.
  void value_of_bare(std::string key, std::string value) { bare_.emplace_back(std::move(key), std::move(value)); }
  /// Declares a setting for a file or a folder that the run reads. The manifest knows it by content, so the path itself
  /// changes no result.
  void input(const std::string& key, std::string& target, const std::string& help);
  /// Declares a setting for a file or a folder that the run writes. A repeated run writes elsewhere, so settings.toml
  /// lacks it.
  void output(const std::string& key, std::string& target, const std::string& help);

  /// Reads all layers and gives each member its value. Returns -1 when the program is to go on; else the exit code: 0
  /// after --help and --manifest, 2 after printing every mistake to stderr.
  int read(int argc, char** argv);

  /// A short name for the results of this run.
  std::string hash() const { return tinytorch::config::settings_hash(tree_, binding_.schema()); }
  /// Starts the run's folder: `out`, or else a new one below `runs` that the hash names. Writes settings.toml and
  /// manifest.toml. Null when neither is set: then nothing is kept. Throws FileError.
  std::unique_ptr<RunFolder> begin_run() const;

 private:
  std::string help() const;
  bool is_path(const std::string& key) const;
  tinytorch::config::Tree repeatable() const;
  tinytorch::config::Manifest manifest() const;

  std::string program_, purpose_, out_, runs_;
  tinytorch::config::Binding binding_;
  tinytorch::config::Tree tree_;
  std::vector<std::pair<std::string, std::string>> bare_;
  std::vector<std::string> outputs_;                          // keys
  std::vector<std::pair<std::string, std::string*>> inputs_;  // key, and the path after read()
};

}  // namespace examples
