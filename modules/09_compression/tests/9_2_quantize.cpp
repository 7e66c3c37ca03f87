// Task 9.2: nn::quantize and nn::dequantize.

#include "modules/09_compression/tests/oracle.hpp"

namespace tinytorch::nn {
namespace {

Tensor any_floats(lab::Case& c) { return c.tensor(c.shape(0, 4)); }

void check_integers(lab::Case& c, const Tensor& numbers, const QParams& params) {
  const Tensor x = c.input("x", numbers);
  const QParams q = c.input("q", params);
  CHECK_SAME("integers", quantize(x, q), integers_for(x, q));
}

/// Numbers of which each stands on a tick.
Tensor on_ticks(lab::Case& c, const QParams& q) {
  return with_numbers(any_floats(c),
                      [&] { return q.scale * static_cast<double>(c.integer(q.lowest, 127) - q.zero_point); });
}

Tensor integers_in_eight_bits(lab::Case& c, const Shape& sizes) {
  return with_numbers(c.tensor(sizes, DType::int8), [&] { return static_cast<double>(c.integer(-128, 127)); });
}

Tensor numbers_of(const Tensor& x8, const QParams& q) {
  return make(x8.sizes(), DType::float32,
              [&](const Shape& index) { return q.scale * (lab::at(x8, index) - static_cast<double>(q.zero_point)); });
}

}  // namespace

// ---- step: quantize ----

TASK_TEST(9, 2, a_number_on_a_tick_gets_its_integer) {
  lab::cases(40, [](lab::Case& c) {
    const QParams q = any_params(c);
    check_integers(c, on_ticks(c, q), q);
  });
}

TASK_TEST(9, 2, the_nearest_integer_and_of_two_the_even_one) {
  lab::cases(60, [](lab::Case& c) {
    const QParams q = any_params(c);
    check_integers(c,
                   with_numbers(any_floats(c),
                                [&] {
                                  const auto steps =
                                      static_cast<double>(c.integer(q.lowest - q.zero_point, 126 - q.zero_point));
                                  return q.scale * (steps + c.pick({0.0, 0.25, 0.5, 0.75}));
                                }),
                   q);
  });
}

TASK_TEST(9, 2, what_lies_outside_gets_the_last_integer) {
  lab::cases(60, [](lab::Case& c) {
    QParams q = any_params(c);
    if (c.coin()) q.lowest = q.zero_point;
    check_integers(c,
                   with_numbers(any_floats(c),
                                [&] {
                                  const double far = static_cast<double>(c.integer(-400, 400)) * q.scale;
                                  return c.pick({far, far, far, 3e9, -3e9, 1e30, -1e30, infinity, -infinity});
                                }),
                   q);
  });
}

TASK_TEST(9, 2, nan_has_no_integer) {
  lab::cases(40, [](lab::Case& c) {
    const QParams q = any_params(c);
    const Tensor x = on_ticks(c, q);
    std::vector<double> numbers = lab::values(x);
    const std::int64_t place = c.integer(0, 2 * x.numel() - 1);  // half of them: nowhere
    if (place < x.numel()) numbers[static_cast<std::size_t>(place)] = nan;
    lab::set_elements(x, numbers);
    c.input("x", x);
    c.input("q", q);
    const auto expected = [&] {
      for (const double number : numbers)
        if (std::isnan(number)) throw ValueError("NaN");
      return integers_for(x, q);
    };
    CHECK_OUTCOME("integers", quantize(x, q), expected());
  });
}

TASK_TEST(9, 2, without_elements_there_are_no_integers) {
  lab::cases(20, [](lab::Case& c) {
    const QParams q = any_params(c);
    check_integers(c, c.tensor(c.shape_with_zero(1, 3)), q);
  });
}

// ---- step: dequantize ----

TASK_TEST(9, 2, an_integer_stands_for_its_number) {
  lab::cases(40, [](lab::Case& c) {
    const QParams q = c.input("q", any_params(c));
    const Tensor x8 = c.input("x8", integers_in_eight_bits(c, c.shape(0, 4)));
    CHECK_SAME("numbers", dequantize(x8, q), numbers_of(x8, q));
  });
}

TASK_TEST(9, 2, any_scale_is_possible) {
  lab::cases(40, [](lab::Case& c) {
    QParams q = any_params(c);
    q.scale = c.real(0.01, 1.0);
    c.input("q", q);
    const Tensor x8 = c.input("x8", integers_in_eight_bits(c, c.shape(1, 2)));
    // |q - zero_point| <= 255 and the scale <= 1: 255 times float32's half unit, 2^-24, twice.
    CHECK_CLOSE("numbers", dequantize(x8, q), numbers_of(x8, q), 255.0 * 0x1p-23);
  });
}

TASK_TEST(9, 2, each_takes_one_dtype) {
  lab::cases(40, [](lab::Case& c) {
    const QParams q = c.input("q", any_params(c));
    const Shape sizes = c.shape(1, 2);
    const Tensor x =
        c.tensor(sizes, c.pick({DType::float32, DType::float32, DType::int8, DType::float64, DType::int64}));
    const Tensor x8 = c.tensor(sizes, c.pick({DType::int8, DType::int8, DType::uint8, DType::float32}));
    c.input("x", x);
    c.input("x8", x8);
    const auto checked = [](const Tensor& given, DType right, const Tensor& result) {
      if (given.dtype() != right) throw DTypeError("dtype");
      return result;
    };
    CHECK_OUTCOME("integers", quantize(x, q), checked(x, DType::float32, integers_for(x, q)));
    CHECK_OUTCOME("numbers", dequantize(x8, q), checked(x8, DType::int8, numbers_of(x8, q)));
  });
}

}  // namespace tinytorch::nn
