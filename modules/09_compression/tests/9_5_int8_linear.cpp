// Task 9.5: nn::int8_linear.

#include "modules/09_compression/tests/int8_oracle.hpp"

namespace tinytorch::nn {
namespace {

Layer any_layer(lab::Case& c, const Extras& with) {
  const std::int64_t most = c.index() < 12 ? 3 : 9;
  const std::int64_t rows = c.integer(1, 3), outputs = c.integer(1, 4), products = c.integer(1, most);
  const Tensor x = any_integers(c, {rows, products}), w = any_integers(c, {outputs, products}, -127);
  return layer_of(c, x, w, products, with);
}

/// A sum of `count` products of which each is x * w.
Layer one_sum(double x, double w, std::int64_t count, std::int64_t zero_point, double out_scale) {
  const auto all = [&](double number) { return make({1, count}, DType::int8, [&](const Shape&) { return number; }); };
  return {{all(x), scales_of({1.0}), zero_point, -1}, {all(w), scales_of({1.0}), 0, -1}, {}, {out_scale, 0, -128}, {}};
}

/// The inputs of a long sum are named by what they are made of.
void check_long(lab::Case& c, const Layer& layer) {
  c.input("each x", lab::at(layer.x.values, {0, 0}));
  c.input("each w", lab::at(layer.w.values, {0, 0}));
  c.input("products", layer.x.values.size(1));
  c.input("x.zero_point", layer.x.zero_point);
  if (layer.bias.defined()) c.input("bias", layer.bias);
  c.input("out", layer.out);
  CHECK_SAME("integers", int8_linear(layer.x, layer.w, layer.bias, layer.out), linear_integers(layer));
}

double end(lab::Case& c, double lowest) { return c.pick({lowest, 127.0, lowest + 1.0}); }

}  // namespace

// ---- step: sums ----

TASK_TEST(9, 5, an_output_is_a_sum_of_products) {
  lab::cases(60, [](lab::Case& c) {
    check_linear(c, any_layer(c, {.zero_point = false, .scales = false, .bias = false, .relu = false}));
  });
}

TASK_TEST(9, 5, three_products_fit_no_16_bits) {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t count = c.integer(1, 12);
    const double x = end(c, -128.0), w = end(c, -127.0);
    check_long(c, one_sum(x, w, count, 0, 2048.0));
  });
}

// ---- step: zero point and scales ----

TASK_TEST(9, 5, the_zero_point_of_x_stands_for_0) {
  lab::cases(60, [](lab::Case& c) {
    check_linear(c, any_layer(c, {.zero_point = true, .scales = false, .bias = false, .relu = false}));
  });
}

TASK_TEST(9, 5, each_output_has_the_scale_of_its_weights) {
  lab::cases(60, [](lab::Case& c) {
    check_linear(c, any_layer(c, {.zero_point = false, .scales = true, .bias = false, .relu = false}));
  });
}

// ---- step: sums of many, of views and of none ----

TASK_TEST(9, 5, sixty_thousand_products_fit_32_bits) {
  lab::cases(30, [](lab::Case& c) {
    const std::int64_t count = c.pick({std::int64_t{1000}, std::int64_t{60000}, std::int64_t{65793}});
    const double x = end(c, -128.0), w = end(c, -127.0);
    const std::int64_t zero_point = c.pick({std::int64_t{0}, std::int64_t{127}, std::int64_t{-128}});
    Layer layer = one_sum(x, w, count, zero_point, 0x1p24);
    if (c.coin()) {  // a bias that leaves the last digits of the sum alone
      const double sum = static_cast<double>(count) * (x - static_cast<double>(zero_point)) * w;
      layer.bias = make({1}, DType::float32, [&](const Shape&) { return 0.0 - sum; });
      layer.out.scale = 1.0;
    }
    check_long(c, layer);
  });
}

TASK_TEST(9, 5, values_may_be_views) {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t rows = c.integer(1, 3), outputs = c.integer(1, 3), products = c.integer(2, 5);
    const auto view = [&](std::int64_t n, std::int64_t lowest) {
      return with_numbers(c.strided({n, products}, DType::int8),
                          [&] { return static_cast<double>(c.integer(lowest, 127)); });
    };
    const Tensor x = view(rows, -128), w = view(outputs, -127);
    check_linear(c, layer_of(c, x, w, products, {}));
  });
}

TASK_TEST(9, 5, a_layer_without_rows_products_or_outputs) {
  lab::cases(30, [](lab::Case& c) {
    Shape sizes{c.integer(1, 3), c.integer(1, 3), c.integer(1, 3)};
    sizes[c.integer(0, 2)] = 0;
    const Tensor x = any_integers(c, {sizes[0], sizes[1]}), w = any_integers(c, {sizes[2], sizes[1]}, -127);
    check_linear(c, layer_of(c, x, w, 1, {}));
  });
}

// ---- step: bias, rounding, relu ----

TASK_TEST(9, 5, the_bias_joins_the_sum_in_its_scale) {
  lab::cases(80, [](lab::Case& c) {
    check_linear(c, any_layer(c, {.zero_point = false, .scales = true, .bias = true, .relu = false}));
  });
}

// Without products and with scales of 1, the output is the rounded bias itself.
TASK_TEST(9, 5, a_bias_is_rounded_to_the_nearest_integer) {
  lab::cases(40, [](lab::Case& c) {
    Layer layer{{zeros({1, 0}, DType::int8), scales_of({1.0}), 0, -1},
                {zeros({1, 0}, DType::int8), scales_of({1.0}), 0, -1},
                {},
                {1.0, 0, -128},
                {}};
    const double number = static_cast<double>(c.integer(0, 100)) + c.pick({0.0, 0.25, 0.5, 0.75});
    layer.bias = make({1}, DType::float32, [&](const Shape&) { return number; });
    check_linear(c, layer);
  });
}

TASK_TEST(9, 5, a_bias_is_clamped_to_32_bits) {
  lab::cases(40, [](lab::Case& c) {
    Layer layer = one_sum(end(c, -128.0), end(c, -127.0), c.integer(1, 4), 0, 0x1p26);
    const double far = c.pick({1.0, 0x1p28, 0x1p33, 0x1p36, 0x1p80});
    layer.bias = make({1}, DType::float32, [&](const Shape&) { return c.coin() ? far : -far; });
    check_long(c, layer);
  });
}

TASK_TEST(9, 5, sum_and_bias_need_64_bits) {
  lab::cases(30, [](lab::Case& c) {
    const double sign = c.coin() ? 1.0 : -1.0;
    Layer layer = one_sum(127.0, 127.0 * sign, c.pick({std::int64_t{10}, std::int64_t{65000}}), -128, 0x1p26);
    layer.bias = make({1}, DType::float32, [&](const Shape&) { return sign * c.pick({0x1p30, 0x1.8p30, 0x1p33}); });
    check_long(c, layer);
  });
}

TASK_TEST(9, 5, halves_go_to_the_even_integer) {
  lab::cases(60, [](lab::Case& c) {
    const Tensor x = any_integers(c, {c.integer(1, 2), 1});
    const Tensor w = with_numbers(c.tensor({1, 1}, DType::int8), [&] { return c.coin() ? 1.0 : -1.0; });
    Layer layer{{x, scales_of({1.0}), 0, -1}, {w, scales_of({1.0}), 0, -1}, {}, {c.pick({2.0, 4.0}), 0, -128}, {}};
    layer.out.zero_point = c.integer(-3, 3);
    check_linear(c, layer);
  });
}

TASK_TEST(9, 5, relu_is_the_lower_end_of_the_clamp) {
  lab::cases(60, [](lab::Case& c) {
    check_linear(c, any_layer(c, {.zero_point = true, .scales = true, .bias = true, .relu = true}));
  });
}

TASK_TEST(9, 5, what_lies_outside_gets_the_last_integer_of_the_layer) {
  lab::cases(60, [](lab::Case& c) {
    Layer layer = any_layer(c, {});
    layer.out.scale *= c.pick({0.25, 0.0625, 0x1p-24});
    check_linear(c, layer);
  });
}

// ---- step: what is refused ----

TASK_TEST(9, 5, layers_that_do_not_fit_throw) {
  lab::cases(60, [](lab::Case& c) {
    Layer layer = any_layer(c, {});
    const std::int64_t outputs = layer.w.values.size(0), products = layer.x.values.size(1), fault = c.integer(0, 9);
    if (fault == 0) layer.w.values = any_integers(c, {outputs, products + 1});
    if (fault == 1) layer.x.values = any_integers(c, {products});
    if (fault == 2) layer.bias = c.tensor({outputs + 1});
    if (fault == 3) layer.bias = c.tensor({outputs}, DType::float64);
    if (fault == 4) layer.x.values = c.tensor(layer.x.values.sizes());
    if (fault == 5) layer.w.zero_point = c.pick({std::int64_t{1}, std::int64_t{-1}});
    if (fault == 6) layer.w.axis = 1;
    if (fault == 7) layer.x.scales = scales_of({1.0, 1.0});
    c.input("fault", fault);
    name_inputs(c, layer);
    const auto expected = [&] {
      if (fault < 3) throw ShapeError("shapes");
      if (fault < 5) throw DTypeError("dtypes");
      if (fault < 8) throw ValueError("values");
      return linear_integers(layer);
    };
    CHECK_OUTCOME("integers", int8_linear(layer.x, layer.w, layer.bias, layer.out), expected());
  });
}

TASK_TEST(9, 5, sums_that_may_not_fit_32_bits_throw) {
  lab::cases(20, [](lab::Case& c) {
    const std::int64_t count = most_int8_products + c.integer(0, 1);
    const Layer layer = one_sum(127.0, -127.0, count, -128, 0x1p24);
    c.input("products", count);
    const auto expected = [&] {
      if (count > most_int8_products) throw ValueError("too many");
      return linear_integers(layer);
    };
    CHECK_OUTCOME("integers", int8_linear(layer.x, layer.w, layer.bias, layer.out), expected());
  });
}

}  // namespace tinytorch::nn
