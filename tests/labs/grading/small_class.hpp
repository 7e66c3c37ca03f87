// A few submissions of lab 02, one of each kind that an instructor meets, and tito called on them.
#pragma once

#include "src/tito/util/context.hpp"

#include <string>
#include <vector>

namespace tinytorch::tito {

class SmallClass {
 public:
  /// Writes them into the folder `class` beside the context's work folder.
  explicit SmallClass(const Context& context);

  const fs::path& submissions() const { return submissions_; }
  /// A folder for results beside them, that does not exist yet.
  fs::path results(const std::string& name) const { return home_ / name; }
  /// Their names, in order.
  std::vector<std::string> entries() const;

 private:
  fs::path home_, submissions_;
};

/// The words that grade all of them into `results`.
std::vector<std::string> grade_words(const SmallClass& submissions, const fs::path& results);

/// What tito has printed and how it has ended, with stderr among what it printed.
struct Told {
  int code = -1;
  std::string text;

  bool says(const std::string& what) const { return text.find(what) != std::string::npos; }
};
Told tell_tito(const Context& context, const std::vector<std::string>& words);

/// Whether walls can be built on this machine; says why not.
bool walls_can_be_built();

}  // namespace tinytorch::tito
