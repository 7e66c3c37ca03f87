// Task 4.1: gradcheck where several elements are wrong, or are no finite numbers, and what it gives to both functions.

#include "modules/04_autograd/tests/subjects.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include <fmt/format.h>

namespace tinytorch {
namespace {

// A claimed gradient in which the elements at `wrong` are replaced.
struct Planted {
  std::int64_t input, index;
  double claim;
};

}  // namespace

// The one that is wrong by most may be any of them.
TASK_TEST(4, 1, the_first_of_several_wrong_elements_is_named) {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t n = c.integer(2, 4);
    const Tensor x = c.input("x", c.reals({n}, f64, 0.5, 2.0)), y = c.input("y", c.reals({n}, f64, 0.5, 2.0));
    std::vector<Planted> planted;
    for (std::int64_t k = c.integer(1, 3); k > 0; --k)
      planted.push_back({c.integer(0, 1), c.integer(0, n - 1), c.pick({5e3, -3e3, 1e9})});
    const bool missing = c.input("the second gradient is missing", c.coin());
    std::string text;
    std::int64_t first = missing ? n : 2 * n;  // the missing one is wrong before its first element is
    for (const Planted& p : planted) {
      text += fmt::format("{}[{}] = {}  ", p.input == 0 ? "x" : "y", p.index, p.claim);
      first = std::min(first, p.input * n + p.index);
    }
    c.input("wrong claims", text);
    const auto gradient = [&](Inputs in, const Tensor& g) {
      Gradients claimed{square_gradient(in, g)[0], square_gradient(in.subspan(1), g)[0]};
      for (const Planted& p : planted) claimed[static_cast<std::size_t>(p.input)].data<double>()[p.index] = p.claim;
      if (missing) claimed.pop_back();
      return claimed;
    };
    const auto function = [](Inputs in) { return raw::add(raw::mul(in[0], in[0]), raw::mul(in[1], in[1])); };
    CHECK_SAME("verdict", verdict(gradcheck(function, gradient, Gradients{x, y})),
               missing && first == n ? found(1, -1) : found(first / n, first % n));
  });
}

// log at 1e-6 with a step of 1e-6: the lower point is 0, its logarithm -inf, and so the quotient is infinite. This
// element is wrong, and its quotient makes no error of another element small.
TASK_TEST(4, 1, an_infinite_quotient_is_wrong_and_hides_nothing) {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t n = c.integer(2, 4), edge = c.integer(0, n - 1);
    const bool infinite = c.input("one quotient is infinite", c.integer(0, 3) > 0);
    const Tensor x = c.input(
        "x", make({n}, f64, [&](const Shape& i) { return infinite && i[0] == edge ? 1e-6 : c.real(0.5, 2.0); }));
    const std::int64_t other = (edge + c.integer(1, n - 1)) % n;
    const bool wrong = c.input("12345 is claimed elsewhere", c.coin());
    const auto function = [](Inputs in) {
      return make(in[0].sizes(), f64, [&](const Shape& i) { return std::log(std::max(0.0, lab::at(in[0], i))); });
    };
    const auto gradient = [&](Inputs in, const Tensor& g) {
      return Gradients{make(g.sizes(), f64, [&](const Shape& i) {
        return wrong && i[0] == other ? 12345.0 : lab::at(g, i) / lab::at(in[0], i);
      })};
    };
    std::int64_t first = infinite ? edge : n;
    if (wrong) first = std::min(first, other);
    CHECK_SAME("verdict", verdict(gradcheck(function, gradient, Gradients{x})),
               first == n ? accepted() : found(0, first));
  });
}

TASK_TEST(4, 1, an_infinite_claim_is_wrong) {
  lab::cases(32, [](lab::Case& c) {
    const double infinity = std::numeric_limits<double>::infinity();
    const std::int64_t n = c.integer(1, 4), index = c.integer(0, n - 1);
    const Tensor x = c.input("x", c.reals({n}, f64, 0.5, 2.0));
    const double claim = c.input("claim", c.pick({0.0, infinity, -infinity}));
    const bool quotient = c.input("the quotient is infinite too", c.coin());
    const double unmoved = lab::at(x, {index});
    const auto function = [&](Inputs in) {
      const Tensor y = elementwise_square(in);
      if (quotient && lab::at(in[0], {index}) > unmoved) y.data<double>()[index] = infinity;
      return y;
    };
    const auto gradient = [&](Inputs in, const Tensor& g) {
      const Gradients right = square_gradient(in, g);
      if (claim != 0.0) right[0].data<double>()[index] = lab::at(g, {index}) > 0.0 ? claim : -claim;
      return right;
    };
    CHECK_SAME("verdict", verdict(gradcheck(function, gradient, Gradients{x})),
               claim == 0.0 && !quotient ? accepted() : found(0, index));
  });
}

// Both get contiguous tensors with the values of the inputs, and none of the caller's memory.
TASK_TEST(4, 1, both_functions_get_copies) {
  lab::cases(32, [](lab::Case& c) {
    const Tensor x = c.input("x", c.strided({c.integer(2, 3), c.integer(2, 3)}, f64));
    std::int64_t calls = 0, shared = 0, scattered = 0;
    Tensor seen;
    const auto look = [&](Inputs in) {
      ++calls;
      shared += in[0].shares_storage(x) ? 1 : 0;
      scattered += in[0].is_contiguous() ? 0 : 1;
    };
    const auto function = [&](Inputs in) {
      look(in);
      return raw::mul(in[0], in[0]);
    };
    const auto gradient = [&](Inputs in, const Tensor& g) {
      look(in);
      seen = copied(in[0]);
      return square_gradient(in, g);
    };
    CHECK_SAME("ok", gradcheck(function, gradient, Gradients{x}).ok, true);
    CHECK_SAME("calls that got the caller's memory", shared, 0);
    CHECK_SAME("calls that got another layout", scattered, 0);
    CHECK_SAME("what the gradient got", seen, copied(x));
  });
}

// The tolerance speaks of the quotients: a wrong claim, however large, must not make room for another wrong claim.
TASK_TEST(4, 1, a_large_wrong_claim_hides_no_small_one) {
  lab::cases(32, [](lab::Case& c) {
    const std::int64_t n = c.integer(2, 4);
    const Tensor x = c.input("x", c.reals({n}, f64, 0.5, 2.0));
    const bool wrong = c.input("element 0 is wrong by 0.01, the last by 1e9", c.coin());
    const auto gradient = [&](Inputs in, const Tensor& g) {
      const Gradients claimed = square_gradient(in, g);
      if (wrong) {
        claimed[0].data<double>()[0] += 0.01;
        claimed[0].data<double>()[n - 1] += 1e9;
      }
      return claimed;
    };
    auto function = elementwise_square;
    CHECK_SAME("verdict", verdict(gradcheck(function, gradient, Gradients{x})), wrong ? found(0, 0) : accepted());
  });
}

}  // namespace tinytorch
