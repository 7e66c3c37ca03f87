#pragma once

#include "tests/kit/shrinking/choices.hpp"
#include "tests/kit/suite/case.hpp"

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace tinytorch::lab {

/// How hard a case is to read. The inputs decide: what a student sees. Between cases whose inputs weigh the same, what
/// was drawn decides.
struct Weight {
  std::int64_t inputs = 0;
  std::int64_t choices = 0;
  auto operator<=>(const Weight&) const = default;
};

Weight weight_of(const Case& c);

/// Cases with many choices simplified at once, the simplest first: most of what a case draws does not matter to its
/// failure.
std::vector<Choices> simplifications(const Choices& choices);

/// A case that fails: what it drew, and its weight.
struct Failing {
  Choices choices;
  Weight weight;
};

/// Searches a simpler case that fails too, as property tests do: fewer dimensions, smaller sizes, row-major tensors,
/// 0 and 1 instead of 7, 0.5 instead of 0.5358399867196111. Every range of the test holds for a replayed case too, so
/// each attempt is a case that could have been drawn.
class Shrinker {
 public:
  /// Runs a case on these choices. Returns what it took of them, or nothing unless it fails in the same way.
  using Attempt = std::function<std::optional<Failing>(const Choices&)>;
  /// Called with each simpler case.
  using Keep = std::function<void(const Failing&)>;

  Shrinker(Failing first, Attempt attempt, Keep keep);

  /// Ends when no attempt gives a simpler case, or when `over` says so.
  void run(const std::function<bool()>& over);
  const Failing& best() const { return best_; }

 private:
  bool accept(const Choices& candidate);
  bool replace(std::size_t i, const Choice& choice);
  /// Whether choice i still is of this kind: a simpler case may draw other things.
  bool still(std::size_t i, Choice::Kind kind) const;
  bool everything();
  bool each_choice(Choice::Kind kind);
  bool simplify(std::size_t i);
  bool simplify_integer(std::size_t i);
  bool simplify_real(std::size_t i);
  bool simplify_order(std::size_t i);
  bool simplify_shape(std::size_t i);
  bool simplify_layout(std::size_t i);
  bool simplify_elements(std::size_t i);
  bool simplify_blocks(std::size_t i, double number);
  bool leave_out();

  Failing best_;
  Attempt attempt_;
  Keep keep_;
  std::function<bool()> over_;
};

}  // namespace tinytorch::lab
