// A lab's files of a student as one archive to hand in.
#pragma once

#include "src/tito/lab/lab.hpp"

#include <map>
#include <string>

namespace tinytorch::tito {

/// Writes a .tar.gz with these files in the folder `folder`. Equal files give equal bytes, whenever and wherever they
/// are packed. Throws CommandError (3) when it can't be written.
void write_package(const fs::path& archive, const std::string& folder, const std::map<std::string, std::string>& files);

}  // namespace tinytorch::tito
