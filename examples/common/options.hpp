#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace examples {

/// `--name value` pairs of a command line. Every get names its option once: that builds --help and tells known names
/// from unknown ones.
class Options {
 public:
  /// `purpose` is the first line of --help.
  Options(int argc, char** argv, std::string purpose);

  std::string text(const std::string& name, const std::string& fallback, const std::string& meaning);
  /// A whole number of at least `least`. A value that is none is remembered as a mistake.
  std::int64_t whole(const std::string& name, std::int64_t fallback, std::int64_t least, const std::string& meaning);

  /// To be called after the last get: -1 to go on, 0 when --help was asked for and printed, 2 when a mistake was
  /// printed to stderr. The two numbers are the program's exit code.
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
