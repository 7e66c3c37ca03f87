#include "tinytorch/core/ordering.hpp"

#include "tests/library/core/elements.hpp"

#include <algorithm>

namespace tinytorch {
namespace {

using testing::all_dtypes;
using testing::at;
using testing::for_each_index;
using testing::infinity;
using testing::integer;
using testing::message_of;
using testing::nan;
using testing::numbers;
using testing::random_shape;

TEST(Sort, orders_each_line_and_keeps_the_order_of_equals) {
  Generator g(1);
  for (const DType dtype : all_dtypes()) {
    for (int round = 0; round < 20; ++round) {
      const Tensor x = numbers(random_shape(g, 1, 3, 1, 9), dtype, g);
      const std::int64_t d = integer(g, 0, x.dim() - 1);
      const bool descending = g.below(2) == 0;
      const auto [values, places] = sort(x, d - x.dim(), descending);
      EXPECT_TRUE(equal(values, gather(x, d, places)));
      EXPECT_TRUE(equal(argsort(x, d, descending), places));
      const Tensor& sorted = values;
      const Tensor& from = places;
      for_each_index(x.sizes(), [&](const Shape& index) {
        if (index[d] == 0) return;
        Shape before = index;
        --before[d];
        const double a = at(sorted, before), b = at(sorted, index);
        ASSERT_TRUE(descending ? a >= b : a <= b);
        if (a == b) {
          ASSERT_LT(at(from, before), at(from, index));
        }
      });
      EXPECT_TRUE(equal(sort(places, d).first, expand(reshape(arange(x.size(d)),
                                                              [&] {
                                                                Shape line = Shape::filled(x.dim(), 1);
                                                                line[d] = x.size(d);
                                                                return line;
                                                              }()),
                                                      x.sizes())));
    }
  }
}

TEST(Sort, takes_nan_for_the_largest) {
  const Tensor x = tensor({nan, 1.0, -infinity, nan, infinity});
  EXPECT_EQ(to_string(argsort(x)), "[2, 1, 4, 0, 3]");
  EXPECT_EQ(to_string(argsort(x, 0, true)), "[0, 3, 4, 1, 2]");
  EXPECT_EQ(to_string(topk(x, 3).second), "[0, 3, 4]");
  EXPECT_EQ(to_string(topk(x, 3, 0, false).second), "[2, 1, 4]");
}

TEST(Topk, is_the_beginning_of_a_sort) {
  Generator g(2);
  for (int round = 0; round < 100; ++round) {
    const Tensor x = numbers(random_shape(g, 1, 3, 1, 9), DType::float32, g);
    const std::int64_t d = integer(g, 0, x.dim() - 1), k = integer(g, 0, x.size(d));
    const bool largest = g.below(2) == 0;
    const auto [values, places] = topk(x, k, d, largest);
    const auto [all_values, all_places] = sort(x, d, largest);
    EXPECT_TRUE(equal(values, slice(all_values, d, 0, k)));
    EXPECT_TRUE(equal(places, slice(all_places, d, 0, k)));
  }
}

TEST(Ordering, of_scalars_and_of_nothing) {
  EXPECT_EQ(sort(scalar(3.0)).first.item<double>(), 3.0);
  EXPECT_EQ(argsort(zeros({0, 2}), 0).sizes(), (Shape{0, 2}));
  EXPECT_EQ(sort(zeros({2, 0})).second.sizes(), (Shape{2, 0}));
  EXPECT_EQ(topk(zeros({2, 3}), 0).first.sizes(), (Shape{2, 0}));
  EXPECT_EQ(message_of<IndexError>([] { topk(zeros({2, 3}), 4); }), "[topk] 4 elements of dimension 1 of (2, 3)");
}

TEST(Ordering, hands_the_gradient_to_the_element_that_was_chosen) {
  const Tensor x = tensor({3.0, 1.0, 2.0}).set_requires_grad();
  sum(topk(x, 2).first * tensor({10.0, 20.0})).backward();
  EXPECT_EQ(to_string(x.grad()), "[10., 0., 20.]");
  EXPECT_FALSE(sort(x).second.requires_grad());
}

}  // namespace
}  // namespace tinytorch
