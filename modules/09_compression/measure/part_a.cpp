#include "modules/09_compression/measure/digit_net.hpp"
#include "modules/09_compression/measure/parts.hpp"
#include "tests/kit/measuring.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/random.hpp"
#include "tinytorch/nn/quantize.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tinytorch::nn {
namespace {

std::int64_t one_of(Generator& generator, std::initializer_list<std::int64_t> choices) {
  return choices.begin()[generator.below(choices.size())];
}

/// `count` numbers from lo to hi, in equal steps.
Tensor steps(double lo, double hi, std::int64_t count) {
  Tensor x = empty({count});
  for (std::int64_t i = 0; i < count; ++i)
    x.data<float>()[i] = static_cast<float>(lo + (hi - lo) * static_cast<double>(i) / static_cast<double>(count - 1));
  return x;
}

double largest_error(const Tensor& x, const QParams& q) {
  return amax(abs(x - dequantize(quantize(x, q), q))).item<double>();
}

}  // namespace

Parameters parameters_of(std::uint64_t seed) {
  Generator generator(mix_seed(seed, 9));
  Parameters p{};
  p.inputs = one_of(generator, {9, 16, 25, 32, 64, 144});
  p.outputs = one_of(generator, {8, 10, 16, 32, 64});
  p.lo = -one_of(generator, {1, 2, 3, 4, 5});
  p.hi = one_of(generator, {7, 11, 16, 23, 31, 46});
  p.far = one_of(generator, {3, 5, 9, 15, 20, 30});
  return p;
}

// ---- P1: what stays of the bytes ----

void measure_bytes(const Parameters& p) {
  Generator generator(1);
  const auto percent = [&](std::int64_t inputs, std::int64_t outputs) {
    const QTensor q = quantize_per_channel(randn({outputs, inputs}, generator), 0);
    const std::int64_t bias = 4 * outputs;
    return 100.0 * static_cast<double>(q.bytes() + bias) / static_cast<double>(4 * inputs * outputs + bias);
  };
  lab::answer("P1", percent(p.inputs, p.outputs), "percent", 0,
              fmt::format("a kernel of 9 inputs for 16 outputs keeps {:.1f} %, a layer of 512 inputs for 64 outputs "
                          "{:.1f} %",
                          percent(9, 16), percent(512, 64)));
}

// ---- P2: how far off a number can be ----

void measure_error(const Parameters& p) {
  const auto lo = static_cast<double>(p.lo), hi = static_cast<double>(p.hi);
  const QParams q = choose_qparams(lo, hi, QScheme::affine);
  const double inside = largest_error(steps(lo, hi, 200'001), q);
  const double outside = largest_error(steps(hi, 2.0 * hi, 1001), q);
  lab::answer("P2", 1000.0 * inside, "thousandths", 0,
              fmt::format("the scale is {:.2f} thousandths, so the largest error is {:.3f} scales; of numbers up to {} "
                          "it is {:.1f} scales",
                          1000.0 * q.scale, inside / q.scale, 2 * p.hi, outside / q.scale));
}

// ---- P3: what one far number costs the others ----

/// The integers that stand for numbers from -1 to 1.
std::int64_t ticks_within_1(const QParams& q) {
  std::int64_t count = 0;
  Tensor all = empty({256}, DType::int8);
  for (std::int64_t i = 0; i < 256; ++i) all.data<std::int8_t>()[i] = static_cast<std::int8_t>(i - 128);
  const Tensor numbers = dequantize(all, q);
  for (std::int64_t i = 0; i < 256; ++i) count += std::abs(numbers.data<float>()[i]) <= 1.0F ? 1 : 0;
  return count;
}

void measure_ticks(const Parameters& p) {
  RangeObserver observer;
  observer.observe(steps(-1.0, 1.0, 10'001));
  const std::int64_t near = ticks_within_1(observer.finish(1.0));
  observer.observe(full({1}, static_cast<double>(p.far)));
  lab::answer("P3", static_cast<double>(ticks_within_1(observer.finish(1.0))), "integers", 0,
              fmt::format("without the far number {}; with it, and keep 0.999, {}", near,
                          ticks_within_1(observer.finish(0.999))));
}

// ---- P4: which share of a layer's outputs to keep ----

/// Signal over noise, in decibels: 10 times the logarithm of the mean square of x over that of the error.
double decibels(const Tensor& x, const QParams& q) {
  const Tensor error = x - dequantize(quantize(x, q), q);
  return 10.0 * std::log10(sum(square(x)).item<double>() / sum(square(error)).item<double>());
}

void measure_calibration() {
  const lab::Digits digits = lab::read_digits();
  const nn::Sequential net = lab::trained_lenet(digits, 1);
  const NoGrad no_grad;
  Tensor x = lab::images_of(digits.train);
  for (std::int64_t i = 0; i < 4; ++i) x = net[i](x);  // the outputs of the second convolution, after relu
  RangeObserver observer;
  observer.observe(x);
  const std::array shares{1.0, 0.9999, 0.99};
  std::array<double, 3> range{}, quality{};
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const QParams q = observer.finish(shares[i]);
    range[i] = 255.0 * q.scale;
    quality[i] = decibels(x, q);
  }
  const int why = quality[2] < quality[0] ? 1 : quality[2] > quality[0] ? 2 : 3;
  lab::answer("P4", 100.0 * range[2] / range[0], "percent", why,
              fmt::format("with keep 1, 0.9999 and 0.99 the range is {:.2f}, {:.2f} and {:.2f} long; signal over error "
                          "is {:.1f} dB, {:.1f} dB and {:.1f} dB",
                          range[0], range[1], range[2], quality[0], quality[1], quality[2]));
}

}  // namespace tinytorch::nn
