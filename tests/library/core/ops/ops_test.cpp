#include "tinytorch/core/ops.hpp"

#include "tests/library/core/elements.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

using testing::infinity;
using testing::integer;
using testing::message_of;
using testing::random_double;
using testing::random_shape;

// The product by definition, over any layout.
Tensor matmul_by_hand(const Tensor& a, const Tensor& b) {
  const Tensor c = zeros({a.size(0), b.size(1)}, DType::float64);
  for (std::int64_t i = 0; i < a.size(0); ++i)
    for (std::int64_t j = 0; j < b.size(1); ++j)
      for (std::int64_t p = 0; p < a.size(1); ++p)
        c.data<double>()[i * b.size(1) + j] +=
            a.data<double>()[i * a.stride(0) + p * a.stride(1)] * b.data<double>()[p * b.stride(0) + j * b.stride(1)];
  return c;
}

TEST(Matmul, agrees_with_three_loops_on_any_layout) {
  Generator g(1);
  for (int round = 0; round < 200; ++round) {
    const std::int64_t m = integer(g, 0, 9), k = integer(g, 0, 9), n = integer(g, 0, 9);
    const Tensor a = random_double({m, k}, g), b = random_double({k, n}, g);
    ASSERT_TRUE(allclose(matmul(a, b), matmul_by_hand(a, b), 1e-12, 1e-12)) << m << " " << k << " " << n;
  }
}

TEST(Matmul, broadcasts_batches) {
  Generator g(2);
  const Tensor a = random_double({2, 1, 3, 4}, g), b = random_double({5, 4, 2}, g);
  const Tensor c = matmul(a, b);
  ASSERT_EQ(c.sizes(), (Shape{2, 5, 3, 2}));
  for (std::int64_t i = 0; i < 2; ++i)
    for (std::int64_t j = 0; j < 5; ++j)
      EXPECT_TRUE(allclose(c.select(0, i).select(0, j), matmul_by_hand(a.select(0, i).select(0, 0), b.select(0, j)),
                           1e-12, 1e-12));
}

TEST(Matmul, treats_a_vector_as_a_row_or_a_column) {
  const Tensor v = tensor({1.0, 2.0}), m = tensor({{1.0, 2.0}, {3.0, 4.0}});
  EXPECT_EQ(to_string(matmul(v, m)), "[7., 10.]");
  EXPECT_EQ(to_string(matmul(m, v)), "[5., 11.]");
  EXPECT_EQ(to_string(matmul(v, v)), "5.");
}

TEST(Matmul, says_which_shapes_do_not_fit) {
  EXPECT_EQ(message_of<ShapeError>([] {
              matmul(zeros({2, 3}), zeros({4, 5}));
            }),
            "[matmul] inner dimensions differ: (2, 3) x (4, 5)");
  EXPECT_EQ(message_of<DTypeError>([] {
              matmul(zeros({2, 2}), zeros({2, 2}, DType::float64));
            }),
            "[matmul] dtypes differ: float32 x float64");
  EXPECT_EQ(message_of<ShapeError>([] { matmul(scalar(1.0), zeros({2})); }),
            "[matmul] a scalar has no rows: () x (2,)");
}

TEST(Promotion, takes_the_wider_dtype) {
  EXPECT_EQ((tensor({1, 2}) + tensor({0.5, 0.5})).dtype(), DType::float32);
  EXPECT_EQ((tensor({0.5}) * zeros({1}, DType::float64)).dtype(), DType::float64);
  EXPECT_EQ((full({1}, 200.0, DType::uint8) + full({1}, 100.0, DType::uint8)).item<int>(), 44);
  EXPECT_EQ((tensor({1, 2}) + 1).dtype(), DType::int64);
  EXPECT_EQ((tensor({1, 2}) + 1.0).dtype(), DType::float32);
  EXPECT_EQ((tensor({1, 2}) * 0.5).dtype(), DType::float32);
  EXPECT_EQ(to_string(tensor({1, 2}) / tensor({2, 4})), "[0.5, 0.5]");
}

TEST(Layouts, do_not_change_a_result) {
  Generator g(4);
  for (int round = 0; round < 100; ++round) {
    const Tensor x = random_double(random_shape(g, 1, 4, 0, 4), g);
    const Tensor dense = x.clone();
    EXPECT_TRUE(equal(x + 1.5, dense + 1.5));
    EXPECT_TRUE(equal(x * x, dense * dense));
    EXPECT_TRUE(allclose(exp(x), exp(dense), 1e-15, 0));
    EXPECT_TRUE(allclose(sum(x, Shape{0}), sum(dense, Shape{0}), 1e-12, 1e-12));
    EXPECT_TRUE(equal(transpose(x, 0, -1).contiguous(), transpose(dense, 0, -1).clone()));
    if (x.size(-1) > 0) {
      EXPECT_TRUE(equal(argmax(x, -1), argmax(dense, -1)));
    }
    EXPECT_TRUE(allclose(softmax(x, -1), softmax(dense, -1), 1e-15, 0));
  }
}

TEST(EdgeValues, are_those_of_the_definition) {
  EXPECT_EQ(to_string(abs(tensor({-2.0, 0.0}))), "[2., 0.]");
  EXPECT_EQ(pow(scalar(0.0), 0.0).item<double>(), 1.0);
  EXPECT_EQ(log(scalar(0.0)).item<double>(), -infinity);
  EXPECT_TRUE(std::isnan(sqrt(scalar(-1.0)).item<double>()));
  EXPECT_TRUE(std::isnan(relu(scalar(std::nan(""))).item<double>()));
  EXPECT_EQ(sigmoid(scalar(-1000.0)).item<double>(), 0.0);
  EXPECT_EQ(to_string(softmax(tensor({0.0, -infinity, 0.0}), 0)), "[0.5, 0., 0.5]");
  EXPECT_EQ(log_softmax(tensor({0.0, 1000.0}), 0).data<float>()[0], -1000.0F);
  EXPECT_EQ(sum(zeros({0, 3})).item<double>(), 0.0);
  EXPECT_TRUE(std::isnan(mean(zeros({0})).item<double>()));
}

TEST(Kinks, have_the_gradient_zero) {
  const Tensor x = zeros({1}).set_requires_grad();
  sum(relu(x) + abs(x)).backward();
  EXPECT_EQ(x.grad().item<double>(), 0.0);
}

TEST(Select, names_the_index_that_is_missing) {
  EXPECT_EQ(message_of<IndexError>([] {
              select(zeros({2, 3}), 1, 3);
            }),
            "[select] index 3 is out of range for dimension 1 of (2, 3)");
  EXPECT_EQ(message_of<IndexError>([] {
              index_select(zeros({2}), 0, tensor({0, 2}));
            }),
            "[index_select] index 2 is outside 0..1");
  const Tensor different[] = {zeros({2, 3}), zeros({3, 2})};
  EXPECT_EQ(message_of<ShapeError>([&] { cat(different); }),
            "[cat] tensors differ beside dimension 0: (2, 3) and (3, 2)");
}

TEST(Cat, converts_to_the_dtype_that_holds_all) {
  const Tensor whole = tensor({1, 2}), real = tensor({0.5}, DType::float64).set_requires_grad(), flags = tensor({true});
  const Tensor all[] = {whole, real, flags};
  const Tensor joined = cat(all);
  EXPECT_EQ(joined.dtype(), DType::float64);
  EXPECT_EQ(to_string(joined), "[1., 2., 0.5, 1.]");
  joined.sum().backward();
  EXPECT_EQ(real.grad().item<double>(), 1.0);
  const Tensor two[] = {tensor({1}, DType::int32), flags};
  EXPECT_EQ(stack(two).dtype(), DType::int32);
}

TEST(IndexSelect, gathers_along_any_dimension) {
  const Tensor x = reshape(arange(6), {2, 3});
  EXPECT_EQ(to_string(index_select(x, 1, tensor({2, 0}))), "[[2, 0],\n [5, 3]]");
  EXPECT_EQ(to_string(index_select(x, 0, tensor({1, 1}))), "[[3, 4, 5],\n [3, 4, 5]]");
  EXPECT_EQ(index_select(x, 0, zeros({0}, DType::int64)).sizes(), (Shape{0, 3}));
}

TEST(Equality, is_about_shape_dtype_and_elements) {
  EXPECT_TRUE(equal(tensor({1, 2}), tensor({1, 2})));
  EXPECT_FALSE(equal(tensor({1, 2}), tensor({1.0, 2.0})));
  EXPECT_FALSE(equal(zeros({2}), zeros({2, 1})));
  EXPECT_TRUE(allclose(tensor({infinity}), tensor({infinity})));
  EXPECT_FALSE(allclose(tensor({std::nan("")}), tensor({std::nan("")})));
}

TEST(Printing, shows_nested_lists_and_shortens_long_ones) {
  EXPECT_EQ(to_string(tensor({{1.5, 2.0}, {-3.0, 0.25}})), "[[1.5, 2.],\n [-3., 0.25]]");
  EXPECT_EQ(to_string(arange(2000)), "[0, 1, 2, ..., 1997, 1998, 1999]");
  EXPECT_EQ(to_string(eq(tensor({1, 2}), tensor({1, 3}))), "[true, false]");
  EXPECT_EQ(to_string(Shape{3}), "(3,)");
}

}  // namespace
}  // namespace tinytorch
