#pragma once

#include "tinytorch/core/text.hpp"

#include <stdexcept>
#include <string>

namespace tinytorch {

/// What every failure of the library is. The text is one line: `[op] what is wrong: (2, 3) x (4, 5)`.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Shapes that do not fit each other or the operation.
class ShapeError : public Error {
  using Error::Error;
};
/// A dimension, an index or a label outside its range.
class IndexError : public Error {
  using Error::Error;
};
/// An operation asked of the wrong dtype.
class DTypeError : public Error {
  using Error::Error;
};
/// An argument whose value makes no sense: a negative step, a probability of 2.
class ValueError : public Error {
  using Error::Error;
};
/// Text that is not what it should be; quotes the text.
class ParseError : public Error {
  using Error::Error;
};
/// A file whose bytes break its format; says where.
class FormatError : public Error {
  using Error::Error;
};
/// A file that cannot be opened, read or written; names it.
class FileError : public Error {
  using Error::Error;
};
/// A gradient asked for where there is none: a second backward, a damaged saved tensor, a non-scalar root.
class AutogradError : public Error {
  using Error::Error;
};

/// Thrown by a hole in a lab. It is no Error, so a test that expects an Error cannot pass on a hole.
class NotImplemented : public std::logic_error {
 public:
  explicit NotImplemented(const char* task)
      : std::logic_error("task " + std::string(task) + " is still to do"), task_(task) {}
  const char* task() const noexcept { return task_; }

 private:
  const char* task_;
};

/// Called with the task's id before NotImplemented is thrown, on whichever thread reaches the hole.
using TodoHook = void (*)(const char* task);
/// Installs `hook` (null for none) and returns the one before.
TodoHook set_todo_hook(TodoHook hook) noexcept;

namespace detail {
/// Reports the hole to the hook, then throws NotImplemented.
[[noreturn]] void reach_todo(const char* task);
}  // namespace detail

}  // namespace tinytorch

/// Marks a hole: what a skeleton has in place of a task's body. `task` is a string literal such as "1.2".
#define TINYTORCH_TODO(task) ::tinytorch::detail::reach_todo(task)
