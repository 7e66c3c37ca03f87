// Lab 07, part A: from texts to settings that were checked and have a name.

#include "tinytorch/core/config.hpp"

#include "src/course/holes.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <string>
#include <system_error>
#include <tuple>
#include <utility>

namespace tinytorch::config {

// The value that the whole of `text` names.
//   parse_value("1e3", Kind::real) -> 1000.0     parse_value("10abc", Kind::integer) -> ParseError
Value parse_value(std::string_view text, Kind kind) {
  // BEGIN 7.1: the whole text, or nothing
  TINYTORCH_TODO("7.1");
  // END 7.1
}

// The settings in environment variables.
//   {"HOME=/root", "TINYTORCH_OPTIM__LR=0.1"}, "TINYTORCH_" -> optim.lr = "0.1" from TINYTORCH_OPTIM__LR
Tree from_environment(std::span<const std::string> env, std::string_view prefix) {
  // BEGIN 7.2: nothing but what the prefix allows
  TINYTORCH_TODO("7.2");
  // END 7.2
}

// The settings on a command line.
//   {"--optim.lr=0.1", "--optim.nesterov"} -> optim.lr = "0.1" and optim.nesterov = "true"
Tree from_arguments(std::span<const std::string> args) {
  // BEGIN 7.2: a flag alone is true
  TINYTORCH_TODO("7.2");
  // END 7.2
}

// One tree of all layers, the weakest first.
//   {lr = 0.1, epochs = 5} and {lr = "0.2"} -> lr = "0.2" (replaces 0.1), epochs = 5
Tree merge(std::span<const Tree> layers) {
  // BEGIN 7.3: the last layer wins and keeps what it replaces
  TINYTORCH_TODO("7.3");
  // END 7.3
}

// The least number of characters that must be inserted, removed or replaced.
//   edit_distance("lrr", "lr") -> 1     edit_distance("sgd", "adam") -> 4
int edit_distance(std::string_view a, std::string_view b) {
  // BEGIN 7.4: one row of the table after the other
  TINYTORCH_TODO("7.4");
  // END 7.4
}

// The known key that `key` was probably meant to be.
//   "optim.lrr" among {"optim.lr", "seed"} -> "optim.lr"     "color" -> nothing
std::optional<std::string> nearest_key(std::string_view key, std::span<const std::string> known) {
  // BEGIN 7.4: the first of the nearest, if it is near
  TINYTORCH_TODO("7.4");
  // END 7.4
}

// The value of an entry as a value of this kind.
//   "0.1" written on the command line, Kind::real -> 0.1     "fast", Kind::real -> nothing
std::optional<Value> typed_value(const Entry& entry, Kind kind) {
  // BEGIN 7.5: text is parsed, an integer may be a real number
  TINYTORCH_TODO("7.5");
  // END 7.5
}

// Every mistake in the settings, in the order in which they were written.
//   [optim] lrr = 0.1 -> "run.toml:2:1: optim.lrr is not a setting; did you mean optim.lr?"
std::vector<Problem> validate(const Tree& tree, const Schema& schema) {
  // BEGIN 7.5: no problem hides another one
  TINYTORCH_TODO("7.5");
  // END 7.5
}

// The text that names the results of a run.
//   optim.lr = 1e-1, seed = 3 -> "optim.lr = 0.1\nseed = 3\n"
std::string canonical(const Tree& tree, const Schema& schema) {
  // BEGIN 7.6: typed, sorted, and nothing that changes no result
  TINYTORCH_TODO("7.6");
  // END 7.6
}

}  // namespace tinytorch::config
