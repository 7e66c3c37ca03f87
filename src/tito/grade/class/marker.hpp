// Marks submissions of a lab one by one, each into a folder of its own. Many processes may do so at once, for the same
// results: `tito grade` with its threads, and `tito grade one` of each task of a cluster.
#pragma once

#include "src/tito/grade/grader.hpp"

#include <optional>
#include <string>

namespace tinytorch::tito {

struct MarkerOptions {
  fs::path results;    // the folder for the class: of the secret, and of what was checked
  std::string secret;  // the file with the course's secret; "": the one in `results`
  std::string walls;   // their name; "": the strongest here
};

/// The course's secret. It is drawn once, whoever asks first; who knows it can foretell the seeds.
std::string secret_in(const fs::path& file);

/// The mark that `folder` holds, whatever it was made from; nothing when there is no whole one.
std::optional<Grade> mark_in(const fs::path& folder);

/// Writes the mark into `folder` in one step: there is a whole one, or none.
void keep_mark(const fs::path& folder, const Grade& grade);

class Marker {
 public:
  /// Builds the suite. Throws CommandError (3), also when the walls can't be built.
  Marker(const Context& context, const Lab& lab, const MarkerOptions& options);

  Walls walls() const { return walls_; }

  /// Submissions with the same key get the same mark.
  std::string key_of(const Submission& submission) const;

  /// The mark in `folder`, when the submission would get the same again. Trouble of ours is tried again.
  std::optional<Grade> kept(const Submission& submission, const fs::path& folder) const;

  /// Grades the solution. Throws CommandError (3) unless it gets all points: whatever is wrong with the machine or its
  /// walls shows here, before it costs a student points.
  void try_the_solution() const;

  /// The same, unless it was done for these rules and walls on this machine.
  void try_the_solution_once() const;

  /// Grades the submission.
  Grade mark(const Submission& submission) const;

  /// `grade` for a submission with the same key, in the folder of its name.
  Grade mark_of(const Submission& submission, Grade grade) const;

 private:
  const Lab& lab_;
  const fs::path results_;
  const Walls walls_;
  const Stacks stacks_;
  const std::string secret_;
  const Grader grader_;
  const std::string rules_;
};

}  // namespace tinytorch::tito
