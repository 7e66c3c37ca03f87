#pragma once

#include "tinytorch/core/config.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// Ties settings to the members of a struct: each is declared once, and default, range, help, command line and hash
/// follow.
///
///     struct Options { double lr = 0.1; std::int64_t epochs = 5; } options;
///     config::Binding binding;
///     binding.add("optim.lr", options.lr, "learning rate").range(1e-6, 10);
///     binding.add("train.epochs", options.epochs, "passes over the data").range(1, 1000);
///     binding.assign(config::merge(layers));
namespace tinytorch::config {

class Binding {
 public:
  /// Declares a setting whose default is what `target` holds. `target` must live as long as assign() is called.
  template <class T>
  Setting& add(std::string key, T& target, std::string help) {
    Setting& setting = schema_.add(std::move(key), Value(target), std::move(help));
    targets_.push_back({setting.key, &target});
    return setting;
  }

  Schema& schema() { return schema_; }
  const Schema& schema() const { return schema_; }

  /// Gives each target its value in the tree; what the tree lacks stays. Throws ValueError, with a line for each
  /// problem of validate(), and then no target has changed.
  void assign(const Tree& tree) const;

 private:
  struct Target {
    std::string key;
    std::variant<bool*, std::int64_t*, double*, std::string*, std::vector<std::int64_t>*> place;
  };
  Schema schema_;
  std::vector<Target> targets_;
};

/// Defaults, the file if `file` is not empty, environment and arguments as one tree. A path, a variable or an argument
/// that does not fit is reported as by read_toml(), from_environment() and from_arguments().
Tree layered(const Schema& schema, const std::filesystem::path& file, std::span<const std::string> env,
             std::string_view prefix, std::span<const std::string> args);
/// The variables of this process, as "NAME=value".
std::vector<std::string> environment();

/// The SHA-256 of a text, as 64 hexadecimal digits. Source: FIPS 180-4.
std::string sha256(std::string_view bytes);
/// The SHA-256 of a file's bytes. Throws FileError.
std::string file_checksum(const std::filesystem::path& file);
/// A short name for the results of a run: the first 16 digits of the SHA-256 of canonical().
std::string settings_hash(const Tree& tree, const Schema& schema);

}  // namespace tinytorch::config
