// Merges a changed skeleton into a file that a student has already written in.
#pragma once

#include "src/tito/lab/workspace.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tinytorch::tito {

struct Merged {
  std::string text;  // with conflict marks where both changed the same lines
  std::size_t conflicts = 0;
};

/// The three-way merge of what the student made of `base` and what we made of it. Throws CommandError (3) without
/// diff3.
Merged merge(std::string_view yours, std::string_view base, std::string_view ours);

enum class Update {
  none,      // the skeleton is the one that the student began with
  added,     // the lab did not have this file then
  merged,    // our changes are in the student's file; the file as it was is in the backup
  conflict,  // both changed the same lines: the student's file is as it was, the merge lies beside it
  unknown,   // the skeleton that the student began with was not kept
};

struct UpdatedFile {
  fs::path path;
  Update what = Update::none;
  fs::path backup;    // of merged
  fs::path proposal;  // of conflict: the merge with marks; of unknown: the new skeleton
  std::size_t conflicts = 0;
};

/// Brings the lab's files in work/ up to date with its skeleton. No line of the student's is lost: a file is backed up
/// before it changes, and a file with conflicts stays as it is.
std::vector<UpdatedFile> update_lab(const Context& context, const Lab& lab);

}  // namespace tinytorch::tito
