// Task 2.2: raw::linear. Numbers are small integers, so every order of additions gives the same sum.

#include "modules/02_mlp/tests/oracle.hpp"
#include "tinytorch/nn/linear.hpp"

namespace tinytorch {
namespace {

void check(lab::Case& c, const Tensor& first, const Tensor& weight, const Tensor& bias) {
  const Tensor x = c.input("x", first), w = c.input("w", weight);
  const Tensor b = bias.defined() ? c.input("b", bias) : bias;
  CHECK_SAME("y", raw::linear(x, w, b), layer_of(x, w, b));
}

Tensor layer_or_error(const Tensor& x, const Tensor& w, const Tensor& b) {
  if (w.dim() != 2 || x.dim() == 0) throw ShapeError("no layer");
  if (x.sizes().back() != w.sizes()[1]) throw ShapeError("x and w");
  if (b.defined() && (b.dim() != 1 || b.sizes()[0] != w.sizes()[0])) throw ShapeError("b and w");
  return layer_of(x, w, b);
}

}  // namespace

// ---- step: matrices ----

TASK_TEST(2, 2, a_row_of_x_meets_a_row_of_w) {
  lab::cases(30, [](lab::Case& c) {
    const auto [rows, in, out] = layer_sizes(c);
    const Tensor x = c.contiguous({rows, in}), w = c.contiguous({out, in});
    check(c, x, w, Tensor());
  });
}

TASK_TEST(2, 2, the_bias_is_added_to_every_row) {
  lab::cases(30, [](lab::Case& c) {
    const auto [rows, in, out] = layer_sizes(c);
    const Tensor x = c.contiguous({rows, in}), w = c.contiguous({out, in}), b = c.contiguous({out});
    check(c, x, w, b);
  });
}

TASK_TEST(2, 2, without_rows_or_inputs) {
  lab::cases(40, [](lab::Case& c) {
    auto [rows, in, out] = layer_sizes(c);
    switch (c.integer(0, 3)) {
      case 0:
        rows = 0;
        break;
      case 1:
        out = 0;
        break;
      default:
        in = 0;
    }
    const Tensor x = c.contiguous({rows, in}), w = c.contiguous({out, in}), b = c.contiguous({out});
    check(c, x, w, c.coin() ? b : Tensor());
  });
}

TASK_TEST(2, 2, float64_keeps_its_digits) {
  lab::cases(30, [](lab::Case& c) {
    const auto [rows, in, out] = layer_sizes(c);
    const Tensor x = c.tensor({rows, in}, DType::float64), w = c.tensor({out, in}, DType::float64);
    const Tensor b = c.tensor({out}, DType::float64);
    w.data<double>()[0] = (1 << 30) + 1;  // more digits than a float32 has
    b.data<double>()[0] = -(1 << 30) - 3;
    check(c, x, w, b);
  });
}

// ---- step: any shape and layout ----

TASK_TEST(2, 2, leading_dimensions_stay) {
  lab::cases(50, [](lab::Case& c) {
    const auto [rows, in, out] = layer_sizes(c);
    Shape sizes = c.shape(0, 3);
    sizes.push_back(in);
    const Tensor x = c.contiguous(sizes), w = c.contiguous({out, in}), b = c.contiguous({out});
    check(c, x, w, b);
  });
}

TASK_TEST(2, 2, x_w_and_b_may_have_any_strides) {
  lab::cases(60, [](lab::Case& c) {
    const auto [rows, in, out] = layer_sizes(c);
    const DType dtype = any_float(c);
    const Tensor x = c.tensor({rows, in}, dtype), w = c.strided({out, in}, dtype), b = c.strided({out}, dtype);
    check(c, x, w, c.coin() ? b : Tensor());
  });
}

TASK_TEST(2, 2, a_transposed_x_of_three_dimensions) {
  lab::cases(40, [](lab::Case& c) {
    const auto [rows, in, out] = layer_sizes(c);
    const std::int64_t images = c.integer(1, 3);
    const Tensor base = c.contiguous({images, in, rows});
    const Tensor x = as_strided(base, {images, rows, in}, {rows * in, 1, rows}, 0);
    const Tensor w = c.contiguous({out, in}), b = c.expanded({out});
    check(c, x, w, b);
  });
}

TASK_TEST(2, 2, repeated_rows_and_weights) {
  lab::cases(40, [](lab::Case& c) {
    const auto [rows, in, out] = layer_sizes(c);
    const Tensor x = c.expanded({rows, in}), w = c.expanded({out, in}), b = c.tensor({out});
    check(c, x, w, b);
  });
}

// ---- the rest ----

TASK_TEST(2, 2, shapes_that_make_no_layer_throw) {
  lab::cases(80, [](lab::Case& c) {
    const auto [rows, in, out] = layer_sizes(c);
    Shape left{rows, in}, weight{out, in}, bias{out};
    switch (c.integer(0, 7)) {
      case 0:
        left = {c.coin() ? rows : 0, in + 1};  // also without rows, where no element is out of bounds
        break;
      case 1:
        left = {};
        break;
      case 2:
        weight = {in};
        break;
      case 3:
        weight = {out, in, 1};
        break;
      case 4:
        bias = {out + 1};
        break;
      case 5:
        bias = {1, out};
        break;
      default:
        break;
    }
    const Tensor x = c.input("x", c.contiguous(left)), w = c.input("w", c.contiguous(weight));
    const Tensor b = c.input("b", c.contiguous(bias));
    CHECK_OUTCOME("y", raw::linear(x, w, b), layer_or_error(x, w, b));
  });
}

}  // namespace tinytorch
