// Task 4.1: gradcheck. It gets right gradients, which it must accept, and wrong ones, which it must find.

#include "modules/04_autograd/tests/subjects.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tinytorch {

TASK_TEST(4, 1, a_right_gradient_is_accepted) {
  lab::cases(40, [](lab::Case& c) {
    const Gradients all = any_inputs(c);
    const Subject& subject = any_subject(c);
    const Gradients inputs = inputs_of(subject, all);
    auto function = subject.function;
    auto gradient = subject.gradient;
    CHECK_SAME("verdict", verdict(gradcheck(function, gradient, inputs)), accepted());
  });
}

TASK_TEST(4, 1, a_wrong_element_is_found_wherever_it_is) {
  lab::cases(40, [](lab::Case& c) {
    const Gradients all = any_inputs(c);
    const Subject& subject = any_subject(c);
    const Gradients inputs = inputs_of(subject, all);
    const auto input = c.input("wrong input", c.integer(0, static_cast<std::int64_t>(inputs.size()) - 1));
    const Tensor& x = inputs[static_cast<std::size_t>(input)];
    const auto index = c.input("wrong element", c.integer(0, x.numel() - 1));
    const double error = c.input("error", c.coin() ? 0.5 : -0.004);
    GradcheckOptions options;
    options.seed = static_cast<std::uint64_t>(c.integer(1, 1000));
    const GradcheckResult result = check_planted(subject, inputs, input, index, error, options);
    CHECK_SAME("verdict", verdict(result), found(input, index));
    const auto truth = [&] {
      Generator generator(options.seed);
      const Tensor upstream = randn(subject.function(inputs).sizes(), generator, f64);
      return lab::values(
          subject.gradient(inputs, upstream)[static_cast<std::size_t>(input)])[static_cast<std::size_t>(index)];
    };
    CHECK_CLOSE("analytic", result.analytic, truth() + error, 1e-9);
    CHECK_CLOSE("numeric", result.numeric, truth(), 1e-6);
  });
}

TASK_TEST(4, 1, the_upstream_gradient_is_drawn_from_the_seed) {
  lab::cases(32, [](lab::Case& c) {
    const Gradients all = any_inputs(c);
    const Subject& subject = any_subject(c);
    const Gradients inputs = inputs_of(subject, all);
    GradcheckOptions options;
    options.seed = static_cast<std::uint64_t>(c.input("seed", c.integer(1, 1'000'000)));
    Tensor seen;
    const auto gradient = [&](Inputs in, const Tensor& upstream) {
      seen = writable(upstream);
      return subject.gradient(in, upstream);
    };
    auto function = subject.function;
    gradcheck(function, gradient, inputs, options);
    const auto drawn = [&] {
      Generator generator(options.seed);
      return randn(subject.function(inputs).sizes(), generator, f64);
    };
    CHECK_SAME("upstream", seen, drawn());
  });
}

TASK_TEST(4, 1, a_gradient_right_for_an_upstream_of_ones_alone_is_found) {
  lab::cases(40, [](lab::Case& c) {
    const Gradients all = any_inputs(c);
    const Subject& subject = any_subject(c);
    const Gradients inputs = inputs_of(subject, all);
    const bool wrong = c.input("wrong", c.coin()) && subject.function != constant;
    const auto gradient = [&](Inputs in, const Tensor& upstream) {
      return subject.gradient(in, wrong ? ones(upstream.sizes(), f64) : upstream);
    };
    auto function = subject.function;
    CHECK_SAME("ok", gradcheck(function, gradient, inputs).ok, !wrong);
  });
}

TASK_TEST(4, 1, large_numbers_are_no_error) {
  lab::cases(32, [](lab::Case& c) {
    const double scale = std::pow(10.0, static_cast<double>(c.integer(2, 7)));
    const Tensor x = c.input("x", c.reals({c.integer(1, 6)}, f64, 0.3 * scale, scale));
    const bool wrong = c.coin();
    const std::int64_t index = c.integer(0, x.numel() - 1);
    c.input("wrong", wrong);
    const Subject square{"x * x", elementwise_square, square_gradient};
    const GradcheckResult result = check_planted(square, {x}, 0, index, wrong ? scale * 0.1 : 0.0);
    CHECK_SAME("verdict", verdict(result), wrong ? found(0, index) : accepted());
  });
}

// One element's gradient is large. Its rounding then changes the difference quotients of the others: that is no error.
TASK_TEST(4, 1, a_small_gradient_beside_a_large_one_is_accepted) {
  lab::cases(32, [](lab::Case& c) {
    const std::int64_t n = c.integer(3, 6), at = c.integer(0, n - 1);
    const Tensor x = c.input("x", c.reals({n}, f64, 0.5, 2.0));
    const Tensor factor =
        c.input("factor", make({n}, f64, [&](const Shape& i) { return i[0] == at ? 1e8 : c.real(0.5, 2.0); }));
    const bool wrong = c.input("wrong", c.coin());
    const auto function = [&](Inputs in) { return raw::mul(in[0], factor); };
    const auto gradient = [&](Inputs, const Tensor& g) {
      return Gradients{make(g.sizes(), f64, [&](const Shape& i) {
        return lab::at(g, i) * lab::at(factor, i) + (wrong && i[0] == n - 1 ? 1e7 : 0.0);
      })};
    };
    CHECK_SAME("verdict", verdict(gradcheck(function, gradient, Gradients{x})), wrong ? found(0, n - 1) : accepted());
  });
}

TASK_TEST(4, 1, a_large_gradient_of_one_input_hides_no_error_in_another) {
  lab::cases(32, [](lab::Case& c) {
    const std::int64_t n = c.integer(1, 4), index = c.integer(0, n - 1);
    const Tensor x = c.input("x", zeros({n}, f64)), y = c.input("y", c.reals({n}, f64, 0.5, 2.0));
    const bool wrong = c.input("wrong", c.coin());
    const auto function = [](Inputs in) {
      return make(in[0].sizes(), f64, [&](const Shape& i) { return 1e6 * lab::at(in[0], i) + lab::at(in[1], i); });
    };
    const auto gradient = [&](Inputs, const Tensor& g) {
      return Gradients{
          make(g.sizes(), f64, [&](const Shape& i) { return 1e6 * lab::at(g, i); }),
          make(g.sizes(), f64, [&](const Shape& i) { return lab::at(g, i) + (wrong && i[0] == index ? 0.5 : 0.0); })};
    };
    CHECK_SAME("verdict", verdict(gradcheck(function, gradient, Gradients{x, y})),
               wrong ? found(1, index) : accepted());
  });
}

TASK_TEST(4, 1, a_missing_gradient_or_one_of_another_shape_is_found) {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t n = c.integer(1, 3), m = n + c.integer(1, 2);
    const Tensor x = c.input("x", c.reals({n, m}, f64, 0.5, 2.0)), row = c.input("row", c.reals({m}, f64, -2.0, -0.5));
    const auto fault = c.input("fault", c.pick({"none", "none", "left out", "undefined", "transposed", "flat"}));
    const std::string name = fault;
    const auto gradient = [&](Inputs in, const Tensor& g) {
      Gradients gradients = product_gradient(in, g);
      if (name == "left out") gradients = Gradients{gradients[0]};
      if (name == "undefined") gradients[1] = Tensor();
      if (name == "transposed") gradients[0] = writable(raw::permute(gradients[0], Shape{1, 0}));
      if (name == "flat") gradients[0] = raw::reshape(gradients[0], {n * m});
      return gradients;
    };
    auto function = product;
    const std::int64_t input = name == "left out" || name == "undefined" ? 1 : 0;
    CHECK_SAME("verdict", verdict(gradcheck(function, gradient, Gradients{x, row})),
               name == "none" ? accepted() : found(input, -1));
  });
}

TASK_TEST(4, 1, without_elements_there_is_nothing_to_differ) {
  lab::cases(32, [](lab::Case& c) {
    const std::int64_t n = c.integer(0, 1), m = n == 0 ? c.integer(0, 3) : 0;
    const Tensor x = c.input("x", zeros({n, m}, f64)), y = c.input("y", c.reals({c.integer(1, 3)}, f64));
    const bool wrong = c.input("wrong", c.coin());
    const auto function = [](Inputs in) { return raw::mul(in[1], in[1]); };
    const auto gradient = [&](Inputs in, const Tensor& g) {
      Gradients right = square_gradient(in.subspan(1), g);
      if (wrong) right[0].data<double>()[0] += 1.0;
      return Gradients{zeros({n, m}, f64), right[0]};
    };
    CHECK_SAME("verdict", verdict(gradcheck(function, gradient, Gradients{x, y})), wrong ? found(1, 0) : accepted());
  });
}

TASK_TEST(4, 1, an_input_that_is_not_float64_throws) {
  lab::cases(40, [](lab::Case& c) {
    const DType dtype = c.pick({f64, f64, DType::float32, DType::int64});
    const Tensor one = c.contiguous({c.integer(0, 3)}, dtype), other = c.contiguous({2}, f64);
    const bool first = c.coin();
    const Tensor x = c.input("first", first ? one : other), y = c.input("second", first ? other : one);
    const auto function = [](Inputs) { return full({2}, 3.0, f64); };
    const auto gradient = [](Inputs in, const Tensor&) {
      return Gradients{zeros(in[0].sizes(), f64), zeros(in[1].sizes(), f64)};
    };
    GradcheckOptions options;
    options.tolerance = c.input("tolerance", c.pick({0.0, 1e-5}));  // equal gradients need no tolerance
    CHECK_OUTCOME("verdict", verdict(gradcheck(function, gradient, Gradients{x, y}, options)), [&] {
      if (dtype != f64) throw DTypeError("not float64");
      return accepted();
    }());
  });
}

TASK_TEST(4, 1, inputs_and_gradients_may_have_any_strides) {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t n = c.integer(1, 3), m = c.integer(2, 3);
    const Tensor x = c.input("x", c.strided({n, m}, f64));
    const bool wrong = c.input("wrong", c.coin());
    const std::int64_t index = c.integer(0, n * m - 1);
    const Subject square{"x * x", elementwise_square, square_gradient};
    const auto gradient = [&](Inputs in, const Tensor& g) {
      const Tensor right = square_gradient(in, g)[0];
      if (wrong) right.data<double>()[index] += 0.5;
      return Gradients{raw::permute(raw::contiguous(raw::permute(right, Shape{1, 0})), Shape{1, 0})};
    };
    auto function = square.function;
    CHECK_SAME("verdict", verdict(gradcheck(function, gradient, Gradients{x})), wrong ? found(0, index) : accepted());
  });
}

// In every call but the first, one element is moved by step * max(1, |x|), and the others are unchanged.
TASK_TEST(4, 1, one_element_moves_at_a_time_by_the_step) {
  lab::cases(32, [](lab::Case& c) {
    const Tensor x = c.input("x", c.reals({c.integer(2, 5)}, f64, -4.0, 4.0));
    GradcheckOptions options;
    options.step = c.input("step", c.pick({1e-6, 1e-5, 1e-4}));
    std::int64_t most_moved = 0;
    double shortest = 1.0, longest = 1.0;
    const auto function = [&](Inputs in) {
      std::int64_t moved = 0;
      for_each_index(x.sizes(), [&](const Shape& i) {
        const double before = lab::at(x, i), way = std::abs(lab::at(in[0], i) - before);
        if (way == 0.0) return;
        ++moved;
        const double steps = way / (options.step * std::max(1.0, std::abs(before)));
        shortest = std::min(shortest, steps);
        longest = std::max(longest, steps);
      });
      most_moved = std::max(most_moved, moved);
      return raw::mul(in[0], in[0]);
    };
    auto gradient = square_gradient;
    CHECK_SAME("ok", gradcheck(function, gradient, Gradients{x}, options).ok, true);
    CHECK_SAME("elements moved at a time", most_moved, 1);
    CHECK_CLOSE("the shortest way, in steps", shortest, 1.0, 1e-6);
    CHECK_CLOSE("the longest way, in steps", longest, 1.0, 1e-6);
  });
}

// On a parabola a central difference is exact for every step. A one-sided difference is wrong by the step.
TASK_TEST(4, 1, differences_are_central) {
  lab::cases(32, [](lab::Case& c) {
    const Tensor x = c.input("x", c.reals({c.integer(1, 5)}, f64, -1.0, 1.0));
    GradcheckOptions options;
    options.step = c.input("step", c.real(0.01, 0.1));
    const bool wrong = c.input("wrong", c.coin());
    const std::int64_t index = c.integer(0, x.numel() - 1);
    const Subject square{"x * x", elementwise_square, square_gradient};
    const GradcheckResult result = check_planted(square, {x}, 0, index, wrong ? 0.001 : 0.0, options);
    CHECK_SAME("verdict", verdict(result), wrong ? found(0, index) : accepted());
  });
}

TASK_TEST(4, 1, the_tolerance_decides) {
  lab::cases(32, [](lab::Case& c) {
    const double largest = c.pick({0.2, 5.0});
    const Tensor x = c.input("x", c.reals({c.integer(1, 5)}, f64, largest / 2, largest));
    GradcheckOptions options;
    options.tolerance = c.input("tolerance", c.pick({1e-1, 1e-4, 1e-7}));
    Generator generator(options.seed);
    const Tensor upstream = randn(x.sizes(), generator, f64);
    double scale = 1.0;
    for (const double slope : lab::values(square_gradient(Gradients{x}, upstream)[0]))
      scale = std::max(scale, std::abs(slope));
    const double share = c.pick({0.01, 0.7, 1.5, 100.0});
    const double error = c.input("error", share * options.tolerance * scale);
    const std::int64_t index = c.integer(0, x.numel() - 1);
    const Subject square{"x * x", elementwise_square, square_gradient};
    const GradcheckResult result = check_planted(square, {x}, 0, index, error, options);
    CHECK_SAME("verdict", verdict(result), share > 1.0 ? found(0, index) : accepted());
  });
}

// The NaN is in the gradient, or only in the difference quotient of the last element.
TASK_TEST(4, 1, a_gradient_that_is_not_a_number_is_found) {
  lab::cases(32, [](lab::Case& c) {
    const Gradients all = any_inputs(c);
    const Subject& subject = any_subject(c);
    const Gradients inputs = inputs_of(subject, all);
    const std::string where = c.input("nan in", std::string(c.pick({"nothing", "the gradient", "the quotient"})));
    const std::int64_t last = inputs[0].numel() - 1;
    const std::int64_t index = where == "the quotient" ? last : c.integer(0, last);
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const double unmoved = lab::values(inputs[0]).back();
    const auto function = [&](Inputs in) {
      const Tensor y = subject.function(in);
      return where == "the quotient" && lab::values(in[0]).back() != unmoved ? full(y.sizes(), nan, f64) : y;
    };
    const auto gradient = [&](Inputs in, const Tensor& upstream) {
      Gradients gradients = subject.gradient(in, upstream);
      gradients[0] = writable(gradients[0]);
      if (where == "the gradient") gradients[0].data<double>()[index] = nan;
      return gradients;
    };
    CHECK_SAME("verdict", verdict(gradcheck(function, gradient, inputs)),
               where == "nothing" ? accepted() : found(0, index));
  });
}

}  // namespace tinytorch
