// What a student's file may include: decided by what the compiler has read, not by the text.
#pragma once

#include "src/tito/build/stacks.hpp"
#include "src/tito/lab/lab.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tinytorch::tito {

/// What `allow` of lab.toml means.
struct Allowed {
  std::string file;                // "modules/02_mlp/lab.toml"
  std::vector<std::string> names;  // as they stand there
  std::set<fs::path> headers;      // the project's: those named, and all that they include
};

/// Throws CommandError (3) for a header that does not exist.
Allowed allowed_by(const Context& context, const Lab& lab);

/// What a compiler brings along.
struct Toolchain {
  std::vector<fs::path> folders;  // where it looks for <...> by itself
  bool clang = false;
};

/// Asks the compiler, once in a process.
Toolchain toolchain_of(const Stacks& stacks);

/// The files that a rule for make names: `x.o: a.cpp b.hpp`, its lines continued with a backslash.
std::vector<std::string> files_of_rule(std::string_view rule);

/// Tells which files a student's file may be made from.
class IncludeJudge {
 public:
  /// `source` is the student's file; beside it, and in folders there, lie headers of their own.
  IncludeJudge(const Context& context, const Toolchain& toolchain, const Allowed& allowed, const fs::path& source);

  /// The first of `files` that is neither allowed nor of the system nor a header of the student's own; "" for none.
  /// Names are relative to the checkout.
  std::string refused(const std::vector<std::string>& files) const;

  /// "work/02_mlp/linear.cpp:3 includes modules/02_mlp/solution/linear.cpp: a student's file may include ...".
  /// `preprocessed` says where, by the compiler's line markers; without it the line stays unknown.
  std::string message(const std::string& refused, const std::string& preprocessed) const;

  /// "" when the student's file lies in its folder, else where it is a link to.
  std::string link_message() const;

 private:
  bool may_read(const fs::path& file) const;
  bool of_system(const fs::path& spelled, const fs::path& real) const;
  fs::path real(const fs::path& file) const;

  const Context& context_;
  const Toolchain& toolchain_;
  const Allowed& allowed_;
  fs::path source_, root_, own_;
};

/// Where a file is included; line 0 when the markers do not tell.
struct IncludePlace {
  std::string file;
  std::size_t line = 0;
};
IncludePlace place_of_include(const std::string& preprocessed, const std::string& file);

}  // namespace tinytorch::tito
