// repr against what PyTorch prints in Python for the same tensor.

#include "tests/library/core/random_tensors.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/creation.hpp"

#include <cmath>
#include <sstream>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

using testing::infinity;
using testing::nan;

TEST(Repr, gives_all_numbers_one_width) {
  EXPECT_EQ(repr(tensor({{1.0, 2.0}, {3.0, 4.0}})), "tensor([[1., 2.],\n        [3., 4.]])");
  EXPECT_EQ(repr(tensor({{1.5, 2.0}, {-3.0, 4.0}})), "tensor([[ 1.5000,  2.0000],\n        [-3.0000,  4.0000]])");
  EXPECT_EQ(repr(tensor({1, -20, 300})), "tensor([  1, -20, 300])");
  EXPECT_EQ(repr(tensor({1, 0}) == 1), "tensor([ True, False])");
  EXPECT_EQ(repr(scalar(3.14159265)), "tensor(3.1416)");
  EXPECT_EQ(repr(scalar(3.0)), "tensor(3.)");
  EXPECT_EQ(repr(zeros({2, 3})), "tensor([[0., 0., 0.],\n        [0., 0., 0.]])");
}

TEST(Repr, is_scientific_where_the_range_asks_for_it) {
  EXPECT_EQ(repr(tensor({1e-5, 1.0})), "tensor([1.0000e-05, 1.0000e+00])");
  EXPECT_EQ(repr(tensor({0.5, 600.0})), "tensor([5.0000e-01, 6.0000e+02])");
  EXPECT_EQ(repr(tensor({1.0, 1000.0})), "tensor([   1., 1000.])");
  EXPECT_EQ(repr(tensor({1.0, 1001.0})), "tensor([1.0000e+00, 1.0010e+03])");
  EXPECT_EQ(repr(scalar(2e8)), "tensor(2.0000e+08)");
  EXPECT_EQ(repr(scalar(1e-4, DType::float64)), "tensor(0.0001, dtype=float64)");
  EXPECT_EQ(repr(scalar(0.5e-4)), "tensor(5.0000e-05)");
}

TEST(Repr, shows_what_is_not_finite) {
  EXPECT_EQ(repr(tensor({nan, 1.0, -infinity})), "tensor([nan, 1., -inf])");
  EXPECT_EQ(repr(tensor({-nan, 1.5, infinity})), "tensor([   nan, 1.5000,    inf])");
  EXPECT_EQ(repr(tensor({nan, nan})), "tensor([nan, nan])");
}

TEST(Repr, separates_matrices_by_an_empty_line) {
  EXPECT_EQ(repr(reshape(arange(8), {2, 2, 2})),
            "tensor([[[0, 1],\n         [2, 3]],\n\n        [[4, 5],\n         [6, 7]]])");
}

TEST(Repr, names_dtypes_shapes_and_gradients_that_cannot_be_seen) {
  EXPECT_EQ(repr(ones({1}, DType::float64)), "tensor([1.], dtype=float64)");
  EXPECT_EQ(repr(ones({1}, DType::uint8)), "tensor([1], dtype=uint8)");
  EXPECT_EQ(repr(zeros({0})), "tensor([])");
  EXPECT_EQ(repr(zeros({0}, DType::int64)), "tensor([], dtype=int64)");
  EXPECT_EQ(repr(zeros({2, 0})), "tensor([], size=(2, 0))");
  EXPECT_EQ(repr(ones({1}).set_requires_grad()), "tensor([1.], requires_grad=True)");
  EXPECT_EQ(repr(ones({1}).set_requires_grad() * 2), "tensor([2.], grad_fn=<mul>)");
}

TEST(Repr, breaks_lines_at_80_columns) {
  EXPECT_EQ(repr(arange(30)),
            "tensor([ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17,\n"
            "        18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29])");
}

TEST(Repr, leaves_out_the_middle_above_1000_elements) {
  EXPECT_EQ(repr(arange(1001)), "tensor([   0,    1,    2,  ...,  998,  999, 1000])");
  EXPECT_EQ(repr(zeros({1000, 7})),
            "tensor([[0., 0., 0.,  ..., 0., 0., 0.],\n"
            "        [0., 0., 0.,  ..., 0., 0., 0.],\n"
            "        [0., 0., 0.,  ..., 0., 0., 0.],\n"
            "        ...,\n"
            "        [0., 0., 0.,  ..., 0., 0., 0.],\n"
            "        [0., 0., 0.,  ..., 0., 0., 0.],\n"
            "        [0., 0., 0.,  ..., 0., 0., 0.]])");
}

TEST(Repr, does_not_see_the_layout) {
  Generator g(1);
  for (int round = 0; round < 50; ++round) {
    const Tensor x = testing::random_double(testing::random_shape(g, 0, 4, 0, 5), g);
    ASSERT_EQ(repr(x), repr(x.clone()));
  }
}

TEST(Repr, is_what_a_stream_gets) {
  std::ostringstream out;
  out << tensor({1, 2});
  EXPECT_EQ(out.str(), "tensor([1, 2])");
  EXPECT_EQ(repr(Tensor()), "tensor(undefined)");
}

TEST(ToString, shows_no_sign_of_nan) {
  EXPECT_EQ(to_string(tensor({-nan, nan})), "[nan, nan]");
  EXPECT_EQ(detail::text({-nan}), "nan");
}

}  // namespace
}  // namespace tinytorch
