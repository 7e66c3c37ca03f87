#include "src/core/vector/vector_math.hpp"

#include "tests/library/core/each_instruction_set.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <numbers>
#include <random>
#include <vector>

#include <gtest/gtest.h>

// The vector functions against long double, for each instruction set that the program has and the machine runs.
namespace {

namespace vectors = tinytorch::vectors;
using Kernel = void (*)(const float*, float*, std::int64_t);
using Exact = long double (*)(long double);
constexpr float inf = std::numeric_limits<float>::infinity();
constexpr float nan_value = std::numeric_limits<float>::quiet_NaN();

// The distance in units in the last place of the exact result, which for results below the smallest normal number are
// those of the denormal numbers.
long double ulps(float got, long double exact) {
  if (std::isnan(exact) || std::isnan(got)) return std::isnan(exact) == std::isnan(got) ? 0 : inf;
  if (got == static_cast<float>(exact)) return 0;
  if (std::isinf(got) || std::isinf(exact)) return inf;
  int exponent = -200;
  if (exact != 0) std::frexp(exact, &exponent);
  return std::abs(static_cast<long double>(got) - exact) / std::ldexp(1.0L, std::max(exponent - 24, -149));
}

long double normal_cdf(long double x) { return std::erfc(-x / std::numbers::sqrt2_v<long double>) / 2; }
long double sigmoid(long double x) { return 1 / (1 + std::exp(-x)); }
// x times a share that is 0 at -inf, where their product is 0 by its limit.
long double gated(long double x, long double share) {
  return x == -std::numeric_limits<long double>::infinity() ? 0 : x * share;
}
long double twice_u(long double x) {
  return 2 * std::numbers::sqrt2_v<long double> * std::numbers::inv_sqrtpi_v<long double> * (x + 0.044715L * x * x * x);
}

struct Function {
  const char* name;
  Kernel kernel;
  Exact exact;
  long double limit;                 // in ULP
  long double (*more)(long double);  // what x adds to the limit, or null
};

const Function functions[] = {
    {"exp", vectors::exp, [](long double x) { return std::exp(x); }, 1, nullptr},
    {"log", vectors::log, [](long double x) { return std::log(x); }, 1, nullptr},
    {"tanh", vectors::tanh, [](long double x) { return std::tanh(x); }, 6, nullptr},
    {"sigmoid", vectors::sigmoid, sigmoid, 3, nullptr},
    {"erf", vectors::erf, [](long double x) { return std::erf(x); }, 3, nullptr},
    {"normal_cdf", vectors::normal_cdf, normal_cdf, 7, nullptr},
    // A factor that is denormal has fewer digits: half a unit of it, times x.
    {"silu", vectors::silu, [](long double x) { return gated(x, sigmoid(x)); }, 4,
     [](long double x) { return x < -87 ? -x : 0.0L; }},
    {"gelu", vectors::gelu, [](long double x) { return gated(x, normal_cdf(x)); }, 7,
     [](long double x) { return x < -13 ? -x : 0.0L; }},
    // The exponent 2 u is rounded before the exponential is taken.
    {"gelu_tanh", vectors::gelu_tanh, [](long double x) { return gated(x, sigmoid(twice_u(x))); }, 4,
     [](long double x) { return x < 0 ? std::min(-3 * twice_u(x), 320.0L) : 0.0L; }}};

// Every float whose bits are a multiple of `step` after `first`: denormal numbers, infinities and NaN among them.
std::vector<float> all_floats(std::uint32_t first, std::uint32_t step) {
  std::vector<float> x;
  for (std::uint64_t bits = first; bits <= 0xffffffffU; bits += step)
    x.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
  return x;
}

TEST(vector_math, errors_over_the_whole_range_are_as_stated) {
  // Odd steps, so that all digits of the significand occur.
  const std::vector<float> x = all_floats(0, 40503);
  std::vector<float> y(x.size());
  tinytorch::testing::on_each_instruction_set([&] {
    for (const Function& f : functions) {
      f.kernel(x.data(), y.data(), static_cast<std::int64_t>(x.size()));
      long double worst = 0;
      float where = 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        const long double at = x[i], more = f.more == nullptr ? 0 : f.more(at);
        const long double over = ulps(y[i], f.exact(at)) - more;
        if (over > worst) worst = over, where = x[i];
      }
      EXPECT_LE(worst, f.limit) << f.name << " at " << where;
    }
  });
}

TEST(vector_math, special_numbers) {
  struct Case {
    const char* name;
    Kernel kernel;
    float x, y;
  };
  const Case cases[] = {{"exp", vectors::exp, inf, inf},
                        {"exp", vectors::exp, -inf, 0},
                        {"exp", vectors::exp, 0, 1},
                        {"exp", vectors::exp, 89, inf},
                        {"exp", vectors::exp, -104, 0},
                        {"exp", vectors::exp, nan_value, nan_value},
                        {"log", vectors::log, 0, -inf},
                        {"log", vectors::log, -0.0F, -inf},
                        {"log", vectors::log, -1, nan_value},
                        {"log", vectors::log, 1, 0},
                        {"log", vectors::log, inf, inf},
                        {"log", vectors::log, nan_value, nan_value},
                        {"tanh", vectors::tanh, inf, 1},
                        {"tanh", vectors::tanh, -20, -1},
                        {"tanh", vectors::tanh, nan_value, nan_value},
                        {"sigmoid", vectors::sigmoid, -inf, 0},
                        {"sigmoid", vectors::sigmoid, inf, 1},
                        {"sigmoid", vectors::sigmoid, 0, 0.5F},
                        {"sigmoid", vectors::sigmoid, nan_value, nan_value},
                        {"erf", vectors::erf, inf, 1},
                        {"erf", vectors::erf, -inf, -1},
                        {"erf", vectors::erf, nan_value, nan_value},
                        {"gelu", vectors::gelu, inf, inf},
                        {"gelu", vectors::gelu, nan_value, nan_value},
                        {"normal_cdf", vectors::normal_cdf, -inf, 0},
                        {"normal_cdf", vectors::normal_cdf, inf, 1},
                        {"normal_cdf", vectors::normal_cdf, nan_value, nan_value},
                        {"silu", vectors::silu, inf, inf},
                        {"gelu_tanh", vectors::gelu_tanh, inf, inf}};
  tinytorch::testing::on_each_instruction_set([&] {
    for (const Case& c : cases) {
      float y = 0;
      c.kernel(&c.x, &y, 1);
      if (std::isnan(c.y))
        EXPECT_TRUE(std::isnan(y)) << c.name << " of " << c.x << " is " << y;
      else
        EXPECT_EQ(y, c.y) << c.name << " of " << c.x;
    }
  });
}

// The same number gives the same bits at each place of an array of each length, at each address, and in place.
TEST(vector_math, a_result_depends_on_its_number_alone) {
  std::mt19937 random(7);
  std::vector<float> numbers(200);
  for (float& v : numbers)
    v = std::ldexp(static_cast<float>(random() % 2001) / 1000 - 1, static_cast<int>(random() % 12));
  numbers[3] = nan_value, numbers[5] = inf, numbers[6] = -inf, numbers[11] = -95, numbers[12] = 1e-42F;
  tinytorch::testing::on_each_instruction_set([&] {
    for (const Function& f : functions) {
      std::vector<float> alone(numbers.size());
      for (std::size_t i = 0; i < numbers.size(); ++i) f.kernel(&numbers[i], &alone[i], 1);
      for (std::size_t offset = 0; offset < 40; ++offset)
        for (const std::size_t count :
             {std::size_t{0}, std::size_t{1}, std::size_t{7}, std::size_t{33}, 160 - offset}) {
          std::vector<float> y(numbers);
          f.kernel(y.data() + offset, y.data() + offset, static_cast<std::int64_t>(count));
          for (std::size_t i = 0; i < y.size(); ++i) {
            const float wanted = i >= offset && i < offset + count ? alone[i] : numbers[i];
            const bool same = std::bit_cast<std::uint32_t>(y[i]) == std::bit_cast<std::uint32_t>(wanted);
            ASSERT_TRUE(same || (std::isnan(y[i]) && std::isnan(wanted))) << f.name << " " << offset << " " << i;
          }
        }
    }
  });
}

TEST(vector_math, sums_are_exact_to_the_last_digits_of_a_double) {
  std::mt19937 random(8);
  tinytorch::testing::on_each_instruction_set([&] {
    for (const std::int64_t count : {0, 1, 3, 8, 31, 32, 33, 100, 1000, 100'003}) {
      std::vector<float> x(static_cast<std::size_t>(count) + 1, 1e30F);
      long double exact = 0, size = 0;
      for (std::int64_t i = 0; i < count; ++i) {
        const float v = static_cast<float>(random() % 20'001) * 1e-4F - 0.5F;
        x[static_cast<std::size_t>(i)] = v;
        exact += v, size += std::abs(v);
      }
      EXPECT_NEAR(vectors::sum(x.data(), count), static_cast<double>(exact), static_cast<double>(size) * 1e-14)
          << count;
    }
  });
}

TEST(vector_math, rows_are_added_to_what_the_totals_hold) {
  std::mt19937 random(9);
  tinytorch::testing::on_each_instruction_set([&] {
    for (const std::int64_t rows : {0, 1, 7, 8, 9, 30})
      for (const std::int64_t columns : {1, 2, 7, 8, 17, 40}) {
        const std::int64_t stride = columns + 3;
        std::vector<float> x(static_cast<std::size_t>(rows * stride));
        for (float& v : x) v = static_cast<float>(random() % 1000);
        std::vector<double> totals(static_cast<std::size_t>(columns), 5.0), wanted = totals;
        for (std::int64_t i = 0; i < rows; ++i)
          for (std::int64_t j = 0; j < columns; ++j)
            wanted[static_cast<std::size_t>(j)] += x[static_cast<std::size_t>(i * stride + j)];
        vectors::add_rows(x.data(), rows, columns, stride, totals.data());
        EXPECT_EQ(totals, wanted) << rows << " x " << columns;
      }
  });
}

TEST(vector_math, lines_of_softmax_and_their_logarithms) {
  std::mt19937 random(10);
  tinytorch::testing::on_each_instruction_set([&] {
    for (const std::int64_t count : {1, 2, 10, 16, 17, 100, 1000, 20'000}) {
      const auto size = static_cast<std::size_t>(count);
      std::vector<float> x(size), y(size), z(size);
      for (float& v : x) v = static_cast<float>(random() % 10'001) * 4e-3F - 20;
      if (count > 4) x[2] = -inf;
      long double total = 0;
      const long double largest = *std::max_element(x.begin(), x.end());
      for (const float v : x) total += std::exp(v - largest);
      vectors::softmax(x.data(), y.data(), count);
      vectors::log_softmax(x.data(), z.data(), count);
      for (std::size_t i = 0; i < size; ++i) {
        if (x[i] == -inf)
          EXPECT_EQ(y[i], 0);
        else  // x - largest is rounded before the exponential is taken
          EXPECT_LE(ulps(y[i], std::exp(x[i] - largest) / total), 4 + largest - x[i]) << count;
        const long double log_share = x[i] - largest - std::log(total);
        if (x[i] == -inf)
          EXPECT_EQ(z[i], -inf);
        else
          EXPECT_NEAR(z[i], static_cast<double>(log_share), 2e-7 * std::abs(static_cast<double>(log_share)) + 1e-6);
      }
      x[size / 2] = nan_value;
      vectors::softmax(x.data(), y.data(), count);
      EXPECT_TRUE(std::all_of(y.begin(), y.end(), [](float v) { return std::isnan(v); })) << count;
    }
  });
}

TEST(vector_math, a_normalized_line_has_mean_0_and_variance_1) {
  std::mt19937 random(11);
  tinytorch::testing::on_each_instruction_set([&] {
    for (const std::int64_t count : {1, 2, 15, 16, 17, 256, 1000}) {
      const auto size = static_cast<std::size_t>(count);
      std::vector<float> x(size), w(size), b(size), plain(size), y(size);
      for (std::size_t i = 0; i < size; ++i) {
        x[i] = static_cast<float>(random() % 1000) * 1e-2F + 30;
        w[i] = static_cast<float>(random() % 1000) * 1e-3F;
        b[i] = static_cast<float>(random() % 1000) * 1e-3F;
      }
      long double mean = 0, variance = 0;
      for (const float v : x) mean += v / static_cast<long double>(count);
      for (const float v : x) variance += (v - mean) * (v - mean) / static_cast<long double>(count);
      const long double scale = 1 / std::sqrt(variance + 1e-5L);
      const vectors::LineMoments line = vectors::moments(x.data(), count, 1e-5F);
      EXPECT_NEAR(line.mean, static_cast<double>(mean), 4e-6);
      EXPECT_NEAR(line.scale / static_cast<float>(scale), 1, 1e-5);
      vectors::normalize(x.data(), line, nullptr, nullptr, plain.data(), count);
      vectors::normalize(x.data(), line, w.data(), b.data(), y.data(), count);
      for (std::size_t i = 0; i < size; ++i) {
        EXPECT_NEAR(plain[i], static_cast<double>((x[i] - mean) * scale), 2e-5) << count;
        EXPECT_NEAR(y[i], plain[i] * w[i] + b[i], 1e-6);
      }
    }
  });
}

}  // namespace
