#pragma once

#include "tests/kit/shrinking/choices.hpp"
#include "tests/kit/suite/placement.hpp"
#include "tests/kit/values/show.hpp"
#include "tests/kit/values/value.hpp"
#include "tinytorch/core/function_ref.hpp"
#include "tinytorch/core/random.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tinytorch::lab {

/// One random case of a test. Cases grow with their number, so the first one that fails is the smallest.
/// Equal seeds give equal cases: nothing here depends on what the student's code returned. Draw into variables, not
/// inside the arguments of a call: the compiler chooses the order in which arguments are evaluated.
class Case {
 public:
  /// With a script the case takes its choices from there instead of drawing them.
  Case(std::int64_t index, std::int64_t count, std::uint64_t seed, const Choices* script = nullptr);
  Case(const Case&) = delete;
  Case& operator=(const Case&) = delete;

  std::int64_t index() const { return index_; }
  /// The growth parameter: 0, 1, 1, 2, 2, 3, ...
  std::int64_t size() const { return (index_ + 1) / 2; }
  Generator& rng();

  /// Uniform in [lo, hi], both included.
  std::int64_t integer(std::int64_t lo, std::int64_t hi);
  /// Uniform in [lo, hi).
  double real(double lo, double hi);
  bool coin();
  /// One of the choices.
  template <class T>
  T pick(std::initializer_list<T> choices) {
    return choices.begin()[integer(0, static_cast<std::int64_t>(choices.size()) - 1)];
  }
  template <class T>
  T pick(const std::vector<T>& choices) {
    return choices[static_cast<std::size_t>(integer(0, static_cast<std::int64_t>(choices.size()) - 1))];
  }
  /// 0 ... n-1 in random order: an argument for permute.
  Shape permutation(std::int64_t n);

  /// Sizes >= 1, of a rank in [min_rank, max_rank]. Case 0 has one element. In the second half of a test some have more
  /// than 64.
  Shape shape(std::int64_t min_rank, std::int64_t max_rank);
  /// As shape(), but in one case out of four a dimension has size 0.
  Shape shape_with_zero(std::int64_t min_rank, std::int64_t max_rank);

  /// Integer values in [-9, 9] ([0, 9] for uint8, 0 or 1 for bool) in a random layout: contiguous, permuted, sliced
  /// with offset and steps; dimensions of size 1 have odd strides. Memory between the elements holds 99 and -99.
  Tensor tensor(const Shape& sizes, DType dtype = DType::float32);
  /// The same values, row-major from the start of its storage.
  Tensor contiguous(const Shape& sizes, DType dtype = DType::float32);
  /// Never contiguous when it has more than one element.
  Tensor strided(const Shape& sizes, DType dtype = DType::float32);
  /// A dimension (of size > 1, if there is one) has stride 0.
  Tensor expanded(const Shape& sizes, DType dtype = DType::float32);
  /// Neighbouring integers around 0 (from 0 for uint8), each once, in random order and a random layout: for tests of
  /// order and position.
  Tensor distinct(const Shape& sizes, DType dtype = DType::float32);
  /// Real values in [lo, hi), in a random layout.
  Tensor reals(const Shape& sizes, DType dtype = DType::float32, double lo = -1.0, double hi = 1.0);
  /// Integer values in [-9, 9], contiguous, whose loads and stores a CacheModel counts.
  Tensor traced(const Shape& sizes) { return contiguous(sizes, DType::traced); }

  /// Names an argument of the call under test and returns it unchanged. The argument is shown when the case fails. A
  /// tensor must hold the same values when the case ends ("your code changed its input x").
  template <class T>
  T input(std::string_view name, T value) {
    if constexpr (std::is_same_v<T, Tensor>) {
      add_input(name, to_value(value), tensor_note(value));
      watch_input(name, value);
    } else {
      add_input(name, to_value(value));
    }
    return value;
  }
  /// An input that may change: a destination, or a tensor that the test itself writes to.
  template <class T>
  T shown(std::string_view name, T value) {
    if constexpr (std::is_same_v<T, Tensor>) {
      add_input(name, to_value(value), tensor_note(value));
    } else {
      add_input(name, to_value(value));
    }
    return value;
  }
  /// Sets the name of the case in the failure's first line. The default is the inputs' shapes: "(2,1)x(1,1)".
  void label(std::string text) { label_ = std::move(text); }

  // For the kit itself.
  struct Input {
    std::string name;
    Value value;
    std::string note;  ///< what the elements of a tensor don't show: "strides (1, 2), offset 3"
    Tensor watched;    ///< undefined when it may change

    std::string text() const;  ///< [[1, 2]] (strides (2, 1), offset 3)
  };
  const std::vector<Input>& inputs() const { return inputs_; }
  std::string label() const;
  /// What was drawn so far.
  const Choices& choices() const { return choices_; }

 private:
  enum class Layout : std::uint8_t { contiguous, any, strided, expanded };

  void add_input(std::string_view name, Value value, std::string note = "");
  void watch_input(std::string_view name, const Tensor& tensor);
  Tensor integers(const Shape& sizes, DType dtype, Layout layout);
  Tensor place(const Shape& sizes, DType dtype, Layout layout);
  std::vector<double> elements(const Shape& sizes, double low, double high, bool whole);
  std::vector<std::int64_t> order(std::int64_t n);
  Shape keep_shape(std::int64_t min_rank, std::int64_t max_rank, std::int64_t least, const Shape& drawn);

  // These draw, and keep no choice.
  std::int64_t draw(std::int64_t lo, std::int64_t hi);
  Shape draw_permutation(std::int64_t n);
  Shape draw_shape(std::int64_t min_rank, std::int64_t max_rank);
  Shape draw_shape_with_zero(std::int64_t min_rank, std::int64_t max_rank);
  Placement draw_placement(const Shape& sizes, Layout layout);

  std::int64_t index_;
  std::int64_t count_;
  Generator generator_;
  std::optional<Script> script_;
  Choices choices_;
  std::string label_;
  std::vector<Input> inputs_;
};

/// Runs `body` on `count` cases, smallest first. The seed of case k is made from the run's seed, the test's name and k.
/// The first failure ends the test. In a blind run all cases run.
void cases(std::int64_t count, FunctionRef<void(Case&)> body);

}  // namespace tinytorch::lab
