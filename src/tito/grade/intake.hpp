// Takes submissions in: of what students hand in, only the files that lab.toml names, read by code that follows no link
// and unpacks nothing to the disk.
#pragma once

#include "src/tito/lab/lab.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tinytorch::tito {

/// What one student has handed in for a lab.
struct Submission {
  std::string id;                            // the name of the folder, archive or file, without its ending
  fs::path from;                             // where it lies
  std::map<std::string, std::string> files;  // "strides.cpp" -> its text; only files of the lab's units
  std::vector<std::string> problems;         // what was left out and why: "linear.cpp is a link"
  std::string refused;                       // why none of it can be graded; "" for a submission that can
};

struct IntakeLimits {
  std::size_t file_bytes = std::size_t{256} << 10;     // of one source file
  std::size_t unpacked_bytes = std::size_t{64} << 20;  // that an archive may grow to, all entries together
  std::size_t entries = 2000;                          // of an archive, or files and folders of a folder
};

/// One submission: a folder, a .zip, .tar, .tar.gz or .tgz, or a single .cpp with the name of a unit's file, alone
/// ("linear.cpp") or after the student's ("ada_linear.cpp"). A folder may hold one archive instead. A unit's file may
/// lie at the top or in up to four folders
/// ("02_mlp/", "work/02_mlp/", ...), but not in a hidden one and not in the folder of another lab. It is left out, with
/// a problem, when it is a link, no plain file, too large, or there twice. Never throws for what a student has handed
/// in.
Submission take_in(const fs::path& entry, const Lab& lab, const IntakeLimits& limits = {});

/// Makes the ids of submissions differ: the first that has one keeps it, a later one is called by the name of what was
/// handed in, "s1.zip" or "s1.zip-2". Each pair is an id and that name; they are in the order of the names.
void tell_apart(const std::vector<std::pair<std::string*, std::string>>& ids);

/// All of them, by name. Hidden files are no submissions. Throws CommandError (2) for a folder that does not exist or
/// holds none.
std::vector<Submission> take_in_all(const fs::path& folder, const Lab& lab, const IntakeLimits& limits = {});

}  // namespace tinytorch::tito
