// A folder for what is made on the way to a mark.
#pragma once

#include "src/tito/util/context.hpp"

namespace tinytorch::tito {

/// A folder of this object alone, in the system's folder for temporary files, and removed with the object. Others may
/// go through it, and list nothing. Scratch folders of our processes that were killed are removed first.
class Scratch {
 public:
  /// Throws CommandError (3) when it can't be made.
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace tinytorch::tito
