// The holes of a task as a student's file has them: between two fences, which stay when the hole is filled.
//
//     // BEGIN 1.2: a view; no element moves
//     TINYTORCH_TODO("1.2");
//     // END 1.2
//
// A task may have several in one file; they are told apart by their order. Pure functions on text.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tinytorch::tito {

/// A fence that was removed or damaged, as "file:line: what".
struct FenceError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// "1.2" when `text` begins with a task's number, alone or before a colon or a blank; else "".
std::string leading_task(std::string_view text);

/// `TINYTORCH_TODO("1.2")`, as it stands in an open hole.
std::string todo_mark(std::string_view task);

/// The fence lines without their indent: "// BEGIN 1.2: a view" and "// END 1.2".
std::string begin_fence(std::string_view task, std::string_view comment);
std::string end_fence(std::string_view task);

/// The fenced places of one task, in file order.
struct Fenced {
  std::size_t begin = 0;  // line of the BEGIN fence, from 1
  std::size_t end = 0;    // line of the END fence
};

/// Throws FenceError for a fence of the task without its other half, and for another task's fence between the two.
std::vector<Fenced> find_fences(std::string_view text, const std::string& task, const std::string& file);

/// A TINYTORCH_TODO that is still in the code. One in a comment is none.
struct OpenHole {
  std::string task;
  std::size_t line = 0;  // from 1
};
std::vector<OpenHole> open_holes(std::string_view text);

/// `text` with the lines between the fences of `task` as `original` has them; every other line stays. Throws FenceError
/// when `text` has not all of the task's fences.
std::string with_holes_reset(std::string_view text, std::string_view original, const std::string& task,
                             const std::string& file);

}  // namespace tinytorch::tito
