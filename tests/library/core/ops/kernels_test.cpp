#include "tinytorch/core/kernels.hpp"

#include "tests/library/core/each_instruction_set.hpp"
#include "tests/library/core/random_tensors.hpp"
#include "tinytorch/core/ops.hpp"

#include <gtest/gtest.h>
// The targets of gemm_vector.cpp.
#define HWY_DISABLE_PCLMUL_AES
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_AVX3_DL)

namespace tinytorch {
namespace {

using testing::integer;

// Small whole numbers: every order of summation gives the same bits.
Tensor whole_numbers(const Shape& shape, DType dtype, Generator& g) {
  Tensor x = zeros(shape, DType::float64);
  for (std::int64_t i = 0; i < x.numel(); ++i) x.data<double>()[i] = static_cast<double>(integer(g, -9, 9));
  return testing::relaid(to(x, dtype), g);
}

TEST(Gemm, equals_lab_01_on_every_layout_and_beta) {
  Generator g(1);
  for (int round = 0; round < 400; ++round) {
    const DType dtype = g.below(2) == 0 ? DType::float32 : DType::float64;
    const std::int64_t m = integer(g, 0, 20), k = integer(g, 0, 20), n = integer(g, 0, 20);
    const Tensor a = whole_numbers({m, k}, dtype, g), b = whole_numbers({k, n}, dtype, g);
    const double beta = static_cast<double>(integer(g, 0, 2));
    const Tensor before = whole_numbers({m, n}, dtype, g).clone();
    const Tensor gaps = full({m, n + 3}, 5.0, dtype);  // c has gaps between its rows
    const Tensor c = gaps.slice(1, 1, n + 1);
    c.copy_(before);
    kernels::gemm(a, b, c, beta);
    ASSERT_TRUE(equal(c.clone(), raw::add(raw::matmul(a, b), (before * beta)))) << m << " " << k << " " << n;
    ASSERT_TRUE(equal(gaps.slice(1, 0, 1).clone(), full({m, 1}, 5.0, dtype)));
    ASSERT_TRUE(equal(gaps.slice(1, n + 1, n + 3).clone(), full({m, 2}, 5.0, dtype)));
  }
}

TEST(Gemm, equals_lab_01_for_tiles_of_each_width_and_height) {
  testing::on_each_instruction_set([] {
    Generator g(2);
    for (int round = 0; round < 60; ++round) {
      const std::int64_t m = integer(g, 4, 60), n = integer(g, 8, 80);
      const std::int64_t k = integer(g, 0, 4) == 0 ? integer(g, 250, 600) : integer(g, 1, 60);
      const Tensor a = whole_numbers({m, k}, DType::float32, g), b = whole_numbers({k, n}, DType::float32, g);
      const double beta = static_cast<double>(integer(g, 0, 2));
      const Tensor before = whole_numbers({m, n}, DType::float32, g).clone();
      const Tensor gaps = full({m, n + 3}, 5.0);
      const Tensor c = gaps.slice(1, 1, n + 1);
      c.copy_(before);
      kernels::gemm(a, b, c, beta);
      ASSERT_TRUE(equal(c.clone(), raw::add(raw::matmul(a, b), before * beta))) << m << " " << k << " " << n;
      ASSERT_TRUE(equal(gaps.slice(1, 0, 1).clone(), full({m, 1}, 5.0)));
      ASSERT_TRUE(equal(gaps.slice(1, n + 1, n + 3).clone(), full({m, 2}, 5.0)));
    }
  });
}

// Bit by bit: a sample's result depends neither on the samples beside it nor on the layout of the operands.
TEST(Gemm, gives_an_element_the_same_bits_wherever_it_lies) {
  testing::on_each_instruction_set([] {
    Generator g(3);
    const Tensor a = randn({50, 300}, g), b = randn({300, 70}, g), all = zeros({50, 70});
    kernels::gemm(a, b, all);
    for (const std::int64_t first : {0, 1, 5, 13, 40})
      for (const std::int64_t rows : {4, 7, 10}) {
        const Tensor some = zeros({rows, 40});
        kernels::gemm(a.slice(0, first, first + rows), b.slice(1, 9, 49), some);
        EXPECT_TRUE(equal(some, all.slice(0, first, first + rows).slice(1, 9, 49).clone())) << first << " " << rows;
      }
    const auto turned = [](const Tensor& x) { return x.transpose(0, 1).clone().transpose(0, 1); };
    const Tensor again = zeros({50, 70});
    kernels::gemm(turned(a), turned(b), again);
    EXPECT_TRUE(equal(again, all));
  });
}

TEST(Gemm, multiplies_not_a_number_and_infinity_as_loops_do) {
  testing::on_each_instruction_set([] {
    const Tensor a = zeros({8, 40}), b = ones({40, 20}), c = zeros({8, 20});
    b.slice(1, 3, 4).fill_(std::numeric_limits<double>::infinity());
    kernels::gemm(a, b, c);
    EXPECT_TRUE(isnan(c.slice(1, 3, 4)).all().item<bool>());
    EXPECT_EQ(sum(to(isnan(c), DType::int64)).item<std::int64_t>(), 8);
  });
}

TEST(Gemm, never_reads_the_result_when_beta_is_zero) {
  const Tensor c = full({2, 2}, std::numeric_limits<double>::quiet_NaN());
  kernels::gemm(ones({2, 3}), ones({3, 2}), c);
  EXPECT_EQ(to_string(c), "[[3., 3.],\n [3., 3.]]");
  const Tensor large = full({20, 30}, std::numeric_limits<double>::quiet_NaN());
  kernels::gemm(ones({20, 10}), ones({10, 30}), large);
  EXPECT_TRUE(equal(large, full({20, 30}, 10.0)));
}

TEST(Gemm, gives_the_library_a_faster_entry_than_the_default) {
  const Tensor a = ones({8, 8}), c = zeros({8, 8});
  const kernels::GemmArgs args{DType::float32, 8, 8, 8, a.data(), 8, 1, a.data(), 8, 1, c.data(), 8, 0.0};
  EXPECT_NE(std::string(kernels::gemm_choice(args)), "raw::matmul");
}

TEST(Gemm, names_both_shapes_when_they_do_not_fit) {
  try {
    kernels::gemm(ones({2, 3}), ones({2, 3}), zeros({2, 3}));
    FAIL() << "it accepted them";
  } catch (const ShapeError& error) {
    EXPECT_STREQ(error.what(), "[gemm] (2, 3) x (2, 3) into (2, 3)");
  }
}

}  // namespace
}  // namespace tinytorch
