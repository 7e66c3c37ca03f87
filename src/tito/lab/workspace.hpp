// The student's folder work/: copies of skeletons, backups, and what the tool remembers. Nothing here deletes a
// student's line without a backup.
#pragma once

#include "src/tito/lab/lab.hpp"
#include "src/tito/util/context.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tinytorch::tito {

struct StartedFile {
  fs::path path;
  bool copied = false;  // false: it was there already, and was not changed
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
  fs::path backup;        // empty: the file did not exist
  std::size_t holes = 0;  // how many were reset; 0: the whole file
};

/// Writes the skeleton over every file of the lab that differs from it, after a backup.
std::vector<ResetFile> reset_lab(const Context& context, const Lab& lab);

/// Puts back what the skeleton has between the fences of the task, after a backup; all other lines stay.
/// Throws CommandError (1) with file and line, and changes nothing, when a fence is missing in the student's file.
std::vector<ResetFile> reset_task(const Context& context, const Lab& lab, const Task& task);

/// "work/01_tensor/strides.cpp:12": the task's first open hole in the student's file; "" when there is none.
std::string hole_place(const Context& context, const Lab& lab, const Task& task);

/// The same; the file alone when the task has no open hole, the lab's folder when there is no such file.
std::string task_place(const Context& context, const Lab& lab, const Task& task);

/// Makes work/ a git repository of the student's own, unless it is one. The repository that holds the labs ignores it.
/// Backups are not kept in it. Throws CommandError (3) without git.
void make_repository(const Context& context);

/// The student's seed. It is drawn once and kept in work/.tito/seed. It chooses the numbers in their questions.
std::uint64_t student_seed(const Context& context);

/// How many of a task's hints the student has read; kept in work/.tito/hints.json.
int hints_read(const Context& context, const std::string& task);
void remember_hints(const Context& context, const std::string& task, int rungs);

/// The hint to show next, from 1: the one after those read, or the last one again.
int next_rung(int read, int rungs);

}  // namespace tinytorch::tito
