// The student's folder work/: copies of skeletons, backups, what the tool remembers. Nothing here deletes a line.
#pragma once

#include "src/tito/lab/lab.hpp"
#include "src/tito/util/context.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tinytorch::tito {

struct StartedFile {
  fs::path path;
  bool copied = false;  // false: it was there already and stays as it is
};

/// Copies modules/NN/skeleton/*.cpp to work/NN_name/, never over an existing file.
/// Throws CommandError (3) when the lab has no skeleton.
std::vector<StartedFile> start_lab(const Context& context, const Lab& lab);

/// A file of the lab in its three versions; `mine` and `base` need not exist.
struct SkeletonCopy {
  fs::path skeleton;  // modules/NN_name/skeleton/x.cpp, as it is now
  fs::path mine;      // work/NN_name/x.cpp
  fs::path base;      // work/.tito/skeletons/NN_name/x.cpp: the skeleton that `mine` began with
};

/// One for each file of the lab's skeleton. Throws CommandError (3) when the lab has none.
std::vector<SkeletonCopy> skeleton_copies(const Context& context, const Lab& lab);

/// Copies a file of work/ to work/.tito/backups/<timestamp>/NN_name/, under a name that is free. Returns the copy.
fs::path back_up(const Context& context, const fs::path& file);

struct ResetFile {
  fs::path path;
  fs::path backup;                     // empty: the file did not exist or was unchanged
  std::vector<std::string> functions;  // restored ones; empty for a whole file
};

/// Gives every file of the lab its skeleton back, with a backup of each that differed.
std::vector<ResetFile> reset_lab(const Context& context, const Lab& lab);

/// Gives the functions that hold the task's holes their skeleton bodies back.
/// Throws CommandError (1), and changes nothing, when such a function can't be found in the student's file.
std::vector<ResetFile> reset_task(const Context& context, const Lab& lab, const Task& task);

/// "work/01_tensor/strides.cpp:12": where the task's first hole stands in the student's file, or the file alone when
/// the hole is filled, or the lab's folder when there is no such file.
std::string task_place(const Context& context, const Lab& lab, const Task& task);

/// The student's seed, drawn once and kept in work/.tito/seed: it chooses the numbers in their questions.
std::uint64_t student_seed(const Context& context);

/// How many rungs of a task's hints have been read; kept in work/.tito/hints.json.
int hints_read(const Context& context, const std::string& task);
void remember_hints(const Context& context, const std::string& task, int rungs);

/// The rung to show next: one more than read, and the last one again after that.
int next_rung(int read, int rungs);

}  // namespace tinytorch::tito
