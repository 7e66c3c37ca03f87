// gradcheck as users call it, and gradients at the edge of the range of floats.

#include "tinytorch/core/gradcheck.hpp"

#include "tinytorch/tinytorch.hpp"

#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

Tensor logarithm(Inputs in) { return log(in[0]); }

TEST(Gradcheck, lets_an_infinite_quotient_hide_no_other_error) {
  const std::vector<Tensor> inputs{tensor({2.0, 1e-6}, DType::float64)};  // the step is 1e-6, too, and log(0) is -inf
  const auto gradient = [](Inputs in, const Tensor& upstream) {
    const Tensor claimed = upstream / in[0];
    claimed.data<double>()[0] = 12345.0;
    return std::vector<Tensor>{claimed};
  };
  auto function = logarithm;
  const GradcheckResult result = gradcheck(function, gradient, inputs);
  EXPECT_FALSE(result.ok);
  EXPECT_EQ(result.index, 0);
}

TEST(Gradcheck, compares_what_backward_computes) {
  const std::vector<Tensor> inputs{tensor({0.5, 2.0}, DType::float64), tensor({1.0, 3.0}, DType::float64)};
  const auto right = [](Inputs in) { return log(in[0]) * 2.0; };  // the second input has no gradient: that is zeros
  EXPECT_TRUE(gradcheck(right, inputs).ok);
  const auto detached = [](Inputs in) { return in[0] * in[1].detach(); };
  const GradcheckResult result = gradcheck(detached, inputs);
  EXPECT_FALSE(result.ok);
  EXPECT_EQ(result.input, 1);
  EXPECT_EQ(result.index, 0);
}

TEST(Gradcheck, says_what_is_wrong) {
  EXPECT_EQ(to_string(GradcheckResult{}), "ok");
  EXPECT_EQ(to_string(GradcheckResult{false, 0, 3, 2.0, 4.0}),
            "input 0, element 3: the gradient says 2, the difference quotient 4");
  EXPECT_EQ(to_string(GradcheckResult{false, 1}), "input 1: the gradient is missing or has another shape");
}

// b squared is 0 in float32, and so was the gradient infinite.
TEST(GradientAtTheEdge, of_a_quotient_by_a_small_number_is_finite) {
  const Tensor a = tensor({1e-30F}), b = tensor({1e-25F});
  b.set_requires_grad();
  (a / b).backward();
  EXPECT_NEAR(b.grad().item<float>() / 1e20F, -1.0F, 1e-5F);
}

// The gradient of relu is a choice: infinity times 0 is NaN.
TEST(GradientAtTheEdge, of_relu_stops_infinity) {
  const Tensor x = tensor({-1.0F, 2.0F});
  x.set_requires_grad();
  relu(x).backward(tensor({std::numeric_limits<float>::infinity(), 3.0F}));
  EXPECT_EQ(x.grad().data<float>()[0], 0.0F);
  EXPECT_EQ(x.grad().data<float>()[1], 3.0F);
}

}  // namespace
}  // namespace tinytorch
