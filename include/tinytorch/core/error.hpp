#pragma once

#include "tinytorch/core/text.hpp"

#include <stdexcept>
#include <string>

namespace tinytorch {

/// Base of all errors of the library. The text is one line: `[op] what is wrong: (2, 3) x (4, 5)`.
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
/// An operation on a dtype that it does not support.
class DTypeError : public Error {
  using Error::Error;
};
/// An argument whose value makes no sense: a negative step, a probability of 2.
class ValueError : public Error {
  using Error::Error;
};
/// Text that does not have the expected form. The message quotes the text.
class ParseError : public Error {
  using Error::Error;
};
/// A file whose bytes violate its format. The message says where.
class FormatError : public Error {
  using Error::Error;
};
/// A file that cannot be opened, read or written. The message names it.
class FileError : public Error {
  using Error::Error;
};
/// A tensor that the memory does not hold. The message has its shape and bytes.
class OutOfMemoryError : public Error {
  using Error::Error;
};
/// A gradient that cannot be computed: a second backward, a saved tensor that was changed, a root of several elements.
class AutogradError : public Error {
  using Error::Error;
};

}  // namespace tinytorch
