// Task 2.2: raw::linear. Numbers are small integers, so every order of additions gives the same sum.

#include "modules/02_mlp/tests/oracle.hpp"
#include "tinytorch/nn/linear.hpp"

#include <exception>
#include <string>

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

// The two shapes that don't fit each other, as far as the message of the error names them.
std::string named(const Tensor& x, const Tensor& w, const Tensor& b, const std::string& one, const std::string& other) {
  try {
    raw::linear(x, w, b);
  } catch (const ShapeError& error) {
    const std::string text = error.what();
    const auto has = [&](const std::string& part) { return text.find(part) != std::string::npos ? part : "?"; };
    return has("[linear]") + " " + has(one) + " " + has(other);
  }
  return "nothing";
}

std::string thrown(const Tensor& x, const Tensor& w, const Tensor& b) {
  try {
    raw::linear(x, w, b);
  } catch (const DTypeError&) {
    return "DTypeError";
  } catch (const std::exception&) {
    return "another error";
  }
  return "nothing";
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

TASK_TEST(2, 2, a_changed_weight_is_read_again) {
  lab::cases(32, [](lab::Case& c) {
    const auto [rows, in, out] = layer_sizes(c);
    const Tensor x = c.input("x", c.contiguous({rows, in})), w = c.shown("w", c.contiguous({out, in}));
    const Tensor other = c.input("w later", c.contiguous({out, in}));
    raw::linear(x, w, Tensor());
    w.copy_(other);
    CHECK_SAME("y later", raw::linear(x, w, Tensor()), layer_of(x, other, Tensor()));
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

TASK_TEST(2, 2, the_error_names_the_shapes_that_do_not_fit) {
  lab::cases(40, [](lab::Case& c) {
    const auto [rows, in, out] = layer_sizes(c);
    const bool bias = c.coin();
    const Tensor x = c.input("x", c.contiguous({rows, bias ? in : in + c.integer(1, 9)}));
    const Tensor w = c.input("w", c.contiguous({out, in}));
    const Tensor b = c.input("b", c.contiguous({bias ? out + c.integer(1, 9) : out}));
    const std::string one = to_string(bias ? b.sizes() : x.sizes()), other = to_string(w.sizes());
    CHECK_SAME("what is named", named(x, w, b, one, other), "[linear] " + one + " " + other);
  });
}

TASK_TEST(2, 2, all_have_the_same_dtype) {
  lab::cases(60, [](lab::Case& c) {
    const auto [rows, in, out] = layer_sizes(c);
    const DType dtypes[] = {any_float(c), any_float(c), any_float(c)};
    const Tensor x = c.input("x", c.contiguous({rows, in}, dtypes[0]));
    const Tensor w = c.input("w", c.contiguous({out, in}, dtypes[1]));
    const Tensor b = c.coin() ? c.input("b", c.contiguous({out}, dtypes[2])) : Tensor();
    const bool fit = dtypes[0] == dtypes[1] && (!b.defined() || dtypes[0] == dtypes[2]);
    CHECK_SAME("what is thrown", thrown(x, w, b), fit ? "nothing" : "DTypeError");
  });
}

// The labs count the loads and stores of such numbers.
TASK_TEST(2, 2, traced_numbers_give_the_same_sums) {
  lab::cases(40, [](lab::Case& c) {
    const auto [rows, in, out] = layer_sizes(c);
    const Tensor x = c.tensor({rows, in}, DType::traced), w = c.tensor({out, in}, DType::traced);
    const Tensor b = c.tensor({out}, DType::traced);
    check(c, x, w, c.coin() ? b : Tensor());
  });
}

}  // namespace tinytorch
