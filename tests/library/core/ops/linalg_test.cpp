#include "tinytorch/core/linalg.hpp"

#include "tests/library/core/elements.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/einsum.hpp"
#include "tinytorch/core/memory.hpp"

#include <cctype>
#include <map>

namespace tinytorch {
namespace {

using testing::at;
using testing::for_each_index;
using testing::integer;
using testing::made;
using testing::message_of;
using testing::numbers;
using testing::random_double;

// (batch..., m, k) x (batch..., k, n) by definition, for operands of one batch shape.
Tensor product_by_hand(const Tensor& a, const Tensor& b) {
  Shape sizes = a.sizes();
  sizes.back() = b.size(-1);
  return made(sizes, a.dtype(), [&](const Shape& index) {
    Shape left = index, right = index;
    double total = 0.0;
    for (std::int64_t p = 0; p < a.size(-1); ++p) {
      left.back() = p;
      right[index.size() - 2] = p;
      total += at(a, left) * at(b, right);
    }
    return total;
  });
}

TEST(Matmul, agrees_with_its_definition_however_batches_lie_and_repeat) {
  Generator g(1);
  for (int round = 0; round < 150; ++round) {
    const std::int64_t m = integer(g, 0, 4), k = integer(g, 0, 4), n = integer(g, 1, 4);
    const Shape batch{integer(g, 1, 3), integer(g, 1, 3)};
    const auto operand = [&](std::int64_t rows, std::int64_t columns) {
      const Shape whole{batch[0], batch[1], rows, columns};
      const std::uint64_t way = g.below(5);
      if (way == 0) return numbers({rows, columns}, DType::float64, g);
      if (way == 1) return expand(numbers({rows, columns}, DType::float64, g), whole);
      if (way == 2) return numbers({batch[0], 1, rows, columns}, DType::float64, g);
      if (way == 3) return transpose(numbers({batch[0], batch[1], columns, rows}, DType::float64, g), -1, -2);
      return numbers(whole, DType::float64, g);
    };
    const Tensor a = operand(m, k), b = operand(k, n);
    const Tensor c = matmul(a, b);
    Shape sizes = broadcast_shapes(a.sizes().size() > 2 ? batch : Shape{}, b.sizes().size() > 2 ? batch : Shape{});
    if (a.dim() > 2 && b.dim() > 2)
      sizes = broadcast_shapes({a.size(0), a.size(1)}, {b.size(0), b.size(1)});
    else if (a.dim() > 2)
      sizes = {a.size(0), a.size(1)};
    else if (b.dim() > 2)
      sizes = {b.size(0), b.size(1)};
    Shape left = sizes, right = sizes;
    left.push_back(m), left.push_back(k);
    right.push_back(k), right.push_back(n);
    ASSERT_TRUE(equal(c, product_by_hand(expand(a, left), expand(b, right))))
        << to_string(a.sizes()) << to_string(a.strides()) << to_string(b.sizes()) << to_string(b.strides());
  }
}

TEST(Matmul, takes_integers_of_every_width) {
  Generator g(2);
  for (const DType dtype : {DType::int64, DType::int32, DType::uint8, DType::int8}) {
    const Tensor a = made({2, 3}, dtype, [&](const Shape&) { return static_cast<double>(integer(g, 0, 5)); });
    EXPECT_TRUE(equal(matmul(a, transpose(a, 0, 1)), product_by_hand(a, transpose(a, 0, 1))));
  }
}

TEST(Matmul, copies_no_operand_that_is_transposed_or_repeated) {
  const Tensor a = ones({8, 16, 32}), w = ones({24, 32});
  const auto extra = [](const auto& run) {
    memory::reset_peak();
    const std::int64_t before = memory::stats().active;
    const Tensor out = run();
    return memory::stats().peak - before - out.storage_bytes();
  };
  EXPECT_EQ(extra([&] { return matmul(a, w.t()); }), 0);
  EXPECT_EQ(extra([&] { return matmul(a, expand(w.t(), {8, 32, 24})); }), 0);
  EXPECT_EQ(extra([&] { return matmul(transpose(a, 1, 2), a); }), 0);
  EXPECT_EQ(extra([&] { return matmul(transpose(a, 0, 1), w.t()); }), 0);
}

TEST(Matmul, of_a_batch_and_one_matrix_is_one_product_in_backward_too) {
  const Tensor a = ones({4, 2, 3}).set_requires_grad(), w = ones({3, 5}).set_requires_grad();
  const Tensor y = matmul(a, w);
  EXPECT_STREQ(autograd::node_of(y)->name(), "reshape");
  sum(y).backward();
  EXPECT_EQ(to_string(w.grad().select(1, 0)), "[8., 8., 8.]");
  EXPECT_EQ(a.grad().sizes(), a.sizes());
}

TEST(Products, are_those_of_textbooks) {
  const Tensor m = tensor({{1.0, 2.0}, {3.0, 4.0}}), v = tensor({1.0, -1.0});
  EXPECT_EQ(to_string(mm(m, m)), "[[7., 10.],\n [15., 22.]]");
  EXPECT_EQ(to_string(mv(m, v)), "[-1., -1.]");
  EXPECT_EQ(to_string(dot(v, v)), "2.");
  EXPECT_EQ(to_string(outer(v, v)), "[[1., -1.],\n [-1., 1.]]");
  EXPECT_EQ(to_string(addmm(v, m, m, 2.0, 0.5)), "[[5.5, 3.],\n [9.5, 9.]]");
  EXPECT_EQ(to_string(addmm(full({2}, std::numeric_limits<double>::quiet_NaN()), m, m, 0.0)), to_string(mm(m, m)));
  EXPECT_EQ(trace(m).item<double>(), 5.0);
  EXPECT_EQ(dot(zeros({0}), zeros({0})).item<double>(), 0.0);
  EXPECT_EQ(bmm(zeros({0, 2, 3}), zeros({0, 3, 1})).sizes(), (Shape{0, 2, 1}));
}

TEST(Products, say_which_shapes_do_not_fit) {
  EXPECT_EQ(message_of<ShapeError>([] { mm(zeros({2, 3}), zeros({2, 3})); }), "[mm] sizes differ: (2, 3) x (2, 3)");
  EXPECT_EQ(message_of<ShapeError>([] {
              bmm(zeros({2, 2, 3}), zeros({1, 3, 2}));
            }),
            "[bmm] sizes differ: (2, 2, 3) x (1, 3, 2)");
  EXPECT_EQ(message_of<ShapeError>([] {
              mv(zeros({2, 3}), zeros({3, 1}));
            }),
            "[mv] needs 2 and 1 dimensions: (2, 3) x (3, 1)");
  EXPECT_EQ(message_of<ShapeError>([] {
              matmul(zeros({3}), zeros({4, 2}));
            }),
            "[matmul] inner dimensions differ: (3,) x (4, 2)");
}

}  // namespace
}  // namespace tinytorch
