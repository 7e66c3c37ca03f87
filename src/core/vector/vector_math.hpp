#pragma once

#include <cstdint>

/// Functions of float32 arrays, compiled for several instruction sets. The machine that runs the program chooses one of
/// them, once. Private to the library.
///
/// A result depends on its own number alone: not on its place in the array, nor on where the array lies. `to` may be
/// `from`. NaN gives NaN. The errors are those of tests/library/core/ops/vector_math_test.cpp, in units in the last
/// place (ULP) of the exact result.
namespace tinytorch::vectors {

void exp(const float* from, float* to, std::int64_t count);      ///< 1 ULP, also where the result is denormal
void log(const float* from, float* to, std::int64_t count);      ///< 1 ULP; log(0) is -inf, of less NaN
void tanh(const float* from, float* to, std::int64_t count);     ///< 6 ULP
void sigmoid(const float* from, float* to, std::int64_t count);  ///< 3 ULP
void silu(const float* from, float* to, std::int64_t count);  ///< 4 ULP, and |x| denormal units below -87: x sigmoid(x)
void erf(const float* from, float* to, std::int64_t count);   ///< 3 ULP
void normal_cdf(const float* from, float* to, std::int64_t count);  ///< 7 ULP: (1 + erf(x / sqrt(2))) / 2
void gelu(const float* from, float* to,
          std::int64_t count);  ///< 7 ULP, and |x| denormal units below -13: x normal_cdf(x)

/// x sigmoid(2 u) with u = sqrt(2 / pi) (x + 0.044715 x^3), which is x (1 + tanh(u)) / 2. 4 ULP, and below 0 three more
/// for each unit of |2 u|: the rounding of u.
void gelu_tanh(const float* from, float* to, std::int64_t count);

/// A line of softmax, or of its logarithm. count > 0.
void softmax(const float* from, float* to, std::int64_t count);
void log_softmax(const float* from, float* to, std::int64_t count);

/// The sum, as a double: no addition is rounded to float32.
double sum(const float* from, std::int64_t count);
/// totals[j] += the sum of column j of `rows` rows of `columns` numbers, of which each begins `stride` after the last.
void add_rows(const float* from, std::int64_t rows, std::int64_t columns, std::int64_t stride, double* totals);

/// The mean of a line and 1 / sqrt(variance + eps), where the variance divides by the count.
struct LineMoments {
  float mean, scale;
};
LineMoments moments(const float* from, std::int64_t count, float eps);
/// to = (from - mean) scale weight + bias. weight and bias may be null.
void normalize(const float* from, LineMoments line, const float* weight, const float* bias, float* to,
               std::int64_t count);

}  // namespace tinytorch::vectors
