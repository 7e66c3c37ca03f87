#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace examples {

/// `--name value` pairs of a command line. The program calls text() or whole() once for each option that it knows; from
/// these calls --help is made, and other options are reported as unknown.
class Options {
 public:
  /// `purpose` is the first line of --help.
  Options(int argc, char** argv, std::string purpose);

  std::string text(const std::string& name, const std::string& fallback, const std::string& meaning);
  /// A whole number of at least `least`. Any other value is a mistake, which exit_code() reports.
  std::int64_t whole(const std::string& name, std::int64_t fallback, std::int64_t least, const std::string& meaning);

  /// To be called after the last option was read. Returns -1 when the program is to go on; else the exit code: 0 after
  /// printing --help, 2 after printing a mistake to stderr.
  int exit_code() const;

 private:
  const std::string* find(const std::string& name, const std::string& shown_fallback, const std::string& meaning);

  struct Given {
    std::string name, value;
    bool known = false;
  };
  std::string program_;
  std::string help_;
  bool help_wanted_ = false;
  std::vector<Given> given_;
  std::string mistake_;
};

}  // namespace examples
