#pragma once

#include "tinytorch/core/dtype.hpp"
#include "tinytorch/core/random.hpp"
#include "tinytorch/core/shape.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tinytorch::lab {

/// What a case has drawn at one place. A case that is replayed takes its choices from such a list instead of drawing
/// them, so a failing case becomes smaller when its choices do.
struct Choice {
  enum class Kind : std::uint8_t {
    integer,   ///< integers[0] in [lo, hi]
    real,      ///< reals[0] in [low, high)
    order,     ///< integers: 0 ... n-1 in some order
    shape,     ///< integers: sizes >= least; their number is in [lo, hi]
    layout,    ///< integers: see Placement in placement.hpp
    elements,  ///< reals: the elements of a tensor of `sizes`, in [low, high]; whole numbers when `whole`
    engine     ///< integers: the state of the generator, for tests that draw from it directly
  };

  Kind kind = Kind::integer;
  std::int64_t lo = 0, hi = 0;
  double low = 0.0, high = 0.0;
  bool whole = false;
  std::vector<std::int64_t> sizes;
  std::vector<std::int64_t> integers;
  std::vector<double> reals;

  bool operator==(const Choice&) const = default;
};

using Choices = std::vector<Choice>;

/// The choices as one line of words and back, for another process. Nothing when the text is no such line.
std::string choices_text(const Choices& choices);
std::optional<Choices> read_choices(std::string_view text);

/// The integer in [lo, hi] that is nearest to 0; the simplest number in [low, high).
std::int64_t simplest_integer(std::int64_t lo, std::int64_t hi);
double simplest_real(double low, double high);

/// How hard a number is to read: 0 is the simplest, whole numbers come before decimals, short before long, positive
/// before negative.
std::int64_t weight_of(double number, DType dtype = DType::float64);
/// The same for everything that was drawn. It decides between cases whose inputs look alike.
std::int64_t weight_of(const Choices& choices);

/// The elements of a tensor of `from` at the indices that a tensor of `to` has. Dimensions are aligned at the right;
/// indices that `from` lacks start again at 0.
std::vector<double> refitted(const std::vector<double>& elements, const std::vector<std::int64_t>& from,
                             const std::vector<std::int64_t>& to);

/// The list that a replayed case takes its choices from: for each kind the next one, until none is left.
class Script {
 public:
  explicit Script(const Choices& choices) : choices_(choices) {}
  /// Null when there is no further choice of this kind.
  const Choice* next(Choice::Kind kind);

 private:
  const Choices& choices_;
  std::size_t next_[7] = {};
};

Choice engine_choice(const Generator& generator);
void set_engine(Generator& generator, const Choice& choice);

}  // namespace tinytorch::lab
