// Vectors of float32 numbers by Highway: this file is compiled once for each instruction set, and the program chooses
// one of the copies when it runs. The polynomials and the rational functions have the least maximal relative error.

#include "src/core/vector/vector_math.hpp"

#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>

// A program for x86-64-v2 has copies for SSE4, AVX2 and AVX-512 (AVX3). No loop gains from more than these.
#define HWY_DISABLE_PCLMUL_AES
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_AVX3_DL)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "src/core/vector/vector_math.cpp"
#include <hwy/foreach_target.h>
// Only after the header above.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace tinytorch::vectors::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;
using DI = hn::RebindToSigned<D>;
constexpr D d;
constexpr DI di;

HWY_INLINE V constant(float value) { return hn::Set(d, value); }

// The polynomial with these coefficients at x, the highest power first.
template <class... Rest>
HWY_INLINE V polynomial(V x, float first, Rest... rest) {
  V value = constant(first);
  ((value = hn::MulAdd(value, x, constant(rest))), ...);
  return value;
}

// exp(x) = 2^k exp(r): x + low = k log(2) + r, where k is whole, and exp(r) is a polynomial.
struct Parts {
  V y;  // exp(r)
  V k;  // 2^23 + 2^22 + k: the lowest bits hold k
};
HWY_INLINE Parts exp_parts(V x, V low) {
  constexpr float shift = 12582912.0F;
  const V shifted = hn::MulAdd(x, constant(1.44269504089F), constant(shift));
  const V k = hn::Sub(shifted, constant(shift));
  // k times the first part of log(2) has no rounding.
  V r = hn::NegMulAdd(k, constant(0.693359375F), x);
  r = hn::Add(hn::NegMulAdd(k, constant(-2.12194440e-4F), r), low);
  const V p = polynomial(r, 0.0013814269898F, 0.0083688542056F, 0.041668402063F, 0.1666651949F, 0.49999993369F);
  return {hn::Add(hn::MulAdd(hn::Mul(r, r), p, r), constant(1.0F)), shifted};
}

// exp(x + low) for x in [-87, 88] and a small low: k is added to the exponent.
HWY_INLINE V exp_inside(V x, V low) {
  const Parts parts = exp_parts(x, low);
  const auto k = hn::ShiftLeft<23>(hn::BitCast(di, parts.k));
  return hn::BitCast(d, hn::Add(hn::BitCast(di, parts.y), k));
}

HWY_INLINE V power_of_two(hn::Vec<DI> k) { return hn::BitCast(d, hn::ShiftLeft<23>(hn::Add(k, hn::Set(di, 127)))); }

// exp(x + low) for all x. 2^k is multiplied in two steps: 2^-150 is no float.
HWY_INLINE V exp_anywhere(V x, V low) {
  const Parts parts = exp_parts(hn::Min(hn::Max(x, constant(-105.0F)), constant(89.0F)), low);
  const auto k = hn::ConvertTo(di, hn::Sub(parts.k, constant(12582912.0F))), half = hn::ShiftRight<1>(k);
  const V y = hn::Mul(hn::Mul(parts.y, power_of_two(half)), power_of_two(hn::Sub(k, half)));
  return hn::IfThenElse(hn::IsNaN(x), x, y);
}

HWY_INLINE V exp_of_sum(V x, V low) {
  if (HWY_LIKELY(hn::AllTrue(d, hn::Le(hn::Abs(x), constant(87.0F))))) return exp_inside(x, low);
  return exp_anywhere(x, low);
}
HWY_INLINE V exp_of(V x) { return exp_of_sum(x, constant(-0.0F)); }

// log(x) = e log(2) + log(m), with m between sqrt(1/2) and sqrt(2). Denormal numbers are multiplied by 2^23 first.
HWY_INLINE V log_of(V x) {
  const auto tiny = hn::Lt(x, constant(1.17549435e-38F));
  const V scaled = hn::IfThenElse(tiny, hn::Mul(x, constant(8388608.0F)), x);
  const auto bits = hn::BitCast(di, scaled);
  const auto root_half = hn::Set(di, 0x3f3504f3);
  const auto exponent = hn::ShiftRight<23>(hn::Sub(bits, root_half));
  const V m = hn::BitCast(d, hn::Sub(bits, hn::ShiftLeft<23>(exponent)));
  const V e = hn::Sub(hn::ConvertTo(d, exponent), hn::IfThenElseZero(tiny, constant(23.0F)));
  const V f = hn::Sub(m, constant(1.0F)), square = hn::Mul(f, f);
  const V p = polynomial(f, 0.067474652371F, -0.1167562449F, 0.11887765704F, -0.12405615825F, 0.14219627896F,
                         -0.16667991799F, 0.20002112776F, -0.25000009758F, 0.33333312736F);
  V y = hn::Mul(hn::Mul(square, f), p);
  y = hn::MulAdd(e, constant(-2.12194440e-4F), y);
  y = hn::Add(hn::NegMulAdd(square, constant(0.5F), y), f);
  y = hn::MulAdd(e, constant(0.693359375F), y);
  constexpr float inf = std::numeric_limits<float>::infinity();
  y = hn::IfThenElse(hn::Eq(x, constant(inf)), x, y);
  y = hn::IfThenElse(hn::Eq(x, hn::Zero(d)), constant(-inf), y);
  return hn::IfThenElse(hn::Ge(x, hn::Zero(d)), y, constant(std::numeric_limits<float>::quiet_NaN()));
}

// x times a rational function of x^2; 1 or -1 from 9.02 on, where it rounds to that.
HWY_INLINE V tanh_of(V x) {
  const V size = hn::Abs(x), inside = hn::Min(size, constant(9.02F)), z = hn::Mul(inside, inside);
  const V above = polynomial(z, -1.22070514326e-11F, 3.059144825e-8F, 2.80106701217e-5F, 0.00386850286901F,
                             0.136800590811F, 0.999999998811F);
  const V below = polynomial(z, 1.28757370686e-6F, 0.000393892841329F, 0.0272464934746F, 0.470133912126F, 1.0F);
  const V y = hn::Min(hn::Div(hn::Mul(inside, above), below), constant(1.0F));
  const V rounded = hn::IfThenElse(hn::Ge(size, constant(9.02F)), constant(1.0F), y);
  return hn::IfThenElse(hn::IsNaN(x), x, hn::CopySignToAbs(rounded, x));
}

// The exponential of a number that is not positive: nothing overflows.
HWY_INLINE V sigmoid_of(V x) {
  const V e = exp_of(hn::Neg(hn::Abs(x)));
  const V share = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), e, constant(1.0F));
  return hn::Div(share, hn::Add(e, constant(1.0F)));
}

// exp(-x^2 / 2), with the part of x^2 that a float does not hold.
HWY_INLINE V exp_of_half_square(V x) {
  const V first = hn::BitCast(d, hn::And(hn::BitCast(di, x), hn::Set(di, ~0xfff)));
  const V rest = hn::Mul(hn::Sub(x, first), hn::Add(x, first));
  return exp_of_sum(hn::Mul(hn::Mul(first, first), constant(-0.5F)), hn::Mul(rest, constant(-0.5F)));
}

// x times a polynomial near 0, else 1 - exp(-x^2) times a rational function.
HWY_INLINE V erf_of(V x) {
  const V z = hn::Mul(x, x), size = hn::Min(hn::Abs(x), constant(4.0F));
  const V small = hn::Mul(x, polynomial(z, 7.8868362545e-5F, -0.0008020150249F, 0.0051894568026F, -0.026854403376F,
                                        0.11283599196F, -0.3761262705F, 1.128379166F));
  const V above = polynomial(size, 0.109211962348F, 0.504254507181F, 1.05022498218F, 0.999855512219F);
  const V below = polynomial(size, 0.193602102936F, 0.893106700436F, 1.9650608748F, 2.17753171639F, 1.0F);
  const V tail = hn::Mul(hn::Div(above, below), exp_inside(hn::Neg(hn::Mul(size, size)), constant(-0.0F)));
  const V large = hn::CopySignToAbs(hn::Sub(constant(1.0F), tail), x);
  const V y = hn::IfThenElse(hn::Lt(size, constant(1.0F)), small, large);
  return hn::IfThenElse(hn::IsNaN(x), x, y);
}

// The part of a standard normal distribution beyond |x|: exp(-x^2 / 2) times a rational function.
HWY_INLINE V normal_tail(V x) {
  const V size = hn::Min(hn::Abs(x), constant(14.5F));
  const V above = polynomial(size, 0.00413985996165F, 0.0407982486866F, 0.183733761193F, 0.438981792251F, 0.5F);
  const V below =
      polynomial(size, 0.0103769771299F, 0.102272218147F, 0.47078405906F, 1.20459650428F, 1.67584854515F, 1.0F);
  return hn::Mul(hn::Div(above, below), exp_of_half_square(size));
}

HWY_INLINE V normal_share(V x) {
  const V tail = normal_tail(x);
  return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), tail, hn::Sub(constant(1.0F), tail));
}

// x times a share that is 0 for x = -inf: the limit, 0, where the product would be NaN.
HWY_INLINE V gated(V x, V share) {
  const V lowest = constant(-std::numeric_limits<float>::infinity());
  return hn::IfThenElse(hn::Eq(x, lowest), constant(-0.0F), hn::Mul(x, share));
}

HWY_INLINE V gelu_tanh_of(V x) {
  const V u = hn::Mul(x, polynomial(hn::Mul(x, x), 0.0713548162726F, 1.59576912161F));
  return gated(x, sigmoid_of(u));
}

constexpr auto lanes = static_cast<std::int64_t>(hn::MaxLanes(d));
static_assert(HWY_HAVE_SCALABLE == 0, "the number of lanes is a constant");

// `count` numbers, fewer than a vector has, with zeros behind them.
HWY_INLINE V load_part(const float* from, std::int64_t count) {
#if HWY_MEM_OPS_MIGHT_FAULT
  HWY_ALIGN float part[hn::MaxLanes(d)] = {};
  std::memcpy(part, from, static_cast<std::size_t>(count) * sizeof(float));
  return hn::Load(d, part);
#else
  return hn::MaskedLoad(hn::FirstN(d, static_cast<std::size_t>(count)), d, from);
#endif
}
HWY_INLINE void store_part(V v, float* to, std::int64_t count) {
#if HWY_MEM_OPS_MIGHT_FAULT
  HWY_ALIGN float part[hn::MaxLanes(d)];
  hn::Store(v, d, part);
  std::memcpy(to, part, static_cast<std::size_t>(count) * sizeof(float));
#else
  hn::BlendedStore(v, hn::FirstN(d, static_cast<std::size_t>(count)), d, to);
#endif
}

template <class F>
HWY_INLINE void map_array(const float* from, float* to, std::int64_t count, F f) {
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) hn::StoreU(f(hn::LoadU(d, from + i)), d, to + i);
  if (i < count) store_part(f(load_part(from + i, count - i)), to + i, count - i);
}

struct Exp {
  HWY_INLINE V operator()(V x) const { return exp_of(x); }
};
struct Log {
  HWY_INLINE V operator()(V x) const { return log_of(x); }
};
struct Tanh {
  HWY_INLINE V operator()(V x) const { return tanh_of(x); }
};
struct Sigmoid {
  HWY_INLINE V operator()(V x) const { return sigmoid_of(x); }
};
struct Silu {
  HWY_INLINE V operator()(V x) const { return gated(x, sigmoid_of(x)); }
};
struct Erf {
  HWY_INLINE V operator()(V x) const { return erf_of(x); }
};
struct NormalCdf {
  HWY_INLINE V operator()(V x) const { return hn::IfThenElse(hn::IsNaN(x), x, normal_share(x)); }
};
struct Gelu {
  HWY_INLINE V operator()(V x) const { return gated(x, normal_share(x)); }
};
struct GeluTanh {
  HWY_INLINE V operator()(V x) const { return gelu_tanh_of(x); }
};

void exp_array(const float* from, float* to, std::int64_t count) { map_array(from, to, count, Exp{}); }
void log_array(const float* from, float* to, std::int64_t count) { map_array(from, to, count, Log{}); }
void tanh_array(const float* from, float* to, std::int64_t count) { map_array(from, to, count, Tanh{}); }
void sigmoid_array(const float* from, float* to, std::int64_t count) { map_array(from, to, count, Sigmoid{}); }
void silu_array(const float* from, float* to, std::int64_t count) { map_array(from, to, count, Silu{}); }
void erf_array(const float* from, float* to, std::int64_t count) { map_array(from, to, count, Erf{}); }
void normal_cdf_array(const float* from, float* to, std::int64_t count) { map_array(from, to, count, NormalCdf{}); }
void gelu_array(const float* from, float* to, std::int64_t count) { map_array(from, to, count, Gelu{}); }
void gelu_tanh_array(const float* from, float* to, std::int64_t count) { map_array(from, to, count, GeluTanh{}); }

// NaN may be lost: the sum of the exponentials has it.
HWY_INLINE float largest_of(const float* from, std::int64_t count) {
  constexpr float least = -std::numeric_limits<float>::infinity();
  V largest = constant(least);
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) largest = hn::Max(largest, hn::LoadU(d, from + i));
  if (i < count) {
    const auto inside = hn::FirstN(d, static_cast<std::size_t>(count - i));
    largest = hn::Max(largest, hn::IfThenElse(inside, load_part(from + i, count - i), constant(least)));
  }
  return hn::GetLane(hn::MaxOfLanes(d, largest));
}

HWY_INLINE double total_of(V v) { return static_cast<double>(hn::GetLane(hn::SumOfLanes(d, v))); }

// The sum of exp(from - shift), which goes to `to` unless that is null. In blocks: a float total of a whole line drifts
// with its length.
HWY_INLINE double exponentials(const float* from, float shift, float* to, std::int64_t count) {
  constexpr std::int64_t block = 32 * lanes;
  const V by = constant(shift);
  double total = 0;
  std::int64_t i = 0;
  while (i + lanes <= count) {
    const std::int64_t end = i + block < count ? i + block : count;
    V sum = hn::Zero(d);
    for (; i + lanes <= end; i += lanes) {
      const V e = exp_of(hn::Sub(hn::LoadU(d, from + i), by));
      if (to != nullptr) hn::StoreU(e, d, to + i);
      sum = hn::Add(sum, e);
    }
    total += total_of(sum);
  }
  if (i < count) {
    const auto inside = hn::FirstN(d, static_cast<std::size_t>(count - i));
    const V distance = hn::IfThenElseZero(inside, hn::Sub(load_part(from + i, count - i), by));
    const V e = hn::IfThenElseZero(inside, exp_of(distance));
    if (to != nullptr) store_part(e, to + i, count - i);
    total += total_of(e);
  }
  return total;
}

struct Times {
  V factor;
  HWY_INLINE V operator()(V x) const { return hn::Mul(x, factor); }
};
struct Minus {
  V first, second;
  HWY_INLINE V operator()(V x) const { return hn::Sub(hn::Sub(x, first), second); }
};

// The second loop over a line writes the exponentials; they are scaled while they are in the cache.
void softmax_line(const float* from, float* to, std::int64_t count) {
  const double total = exponentials(from, largest_of(from, count), to, count);
  map_array(to, to, count, Times{constant(static_cast<float>(1.0 / total))});
}
void log_softmax_line(const float* from, float* to, std::int64_t count) {
  const float largest = largest_of(from, count);
  const double total = exponentials(from, largest, nullptr, count);
  map_array(from, to, count, Minus{constant(largest), constant(static_cast<float>(std::log(total)))});
}

// Sums in float64.
using DD = hn::ScalableTag<double>;
constexpr DD dd;
constexpr hn::Rebind<float, DD> dh;  // the floats that become one vector of doubles
using VD = hn::Vec<DD>;
constexpr auto doubles = static_cast<std::int64_t>(hn::MaxLanes(dd));

HWY_INLINE VD load_as_double(const float* from) { return hn::PromoteTo(dd, hn::LoadU(dh, from)); }

double sum_array(const float* from, std::int64_t count) {
  VD a = hn::Zero(dd), b = a, c = a, e = a;
  std::int64_t i = 0;
  for (; i + 4 * doubles <= count; i += 4 * doubles) {
    a = hn::Add(a, load_as_double(from + i));
    b = hn::Add(b, load_as_double(from + i + doubles));
    c = hn::Add(c, load_as_double(from + i + 2 * doubles));
    e = hn::Add(e, load_as_double(from + i + 3 * doubles));
  }
  for (; i + doubles <= count; i += doubles) a = hn::Add(a, load_as_double(from + i));
  double total = hn::GetLane(hn::SumOfLanes(dd, hn::Add(hn::Add(a, b), hn::Add(c, e))));
  for (; i < count; ++i) total += static_cast<double>(from[i]);
  return total;
}

// Eight rows at a time: a total is loaded and stored once for them. Each column is added up from the first row on.
void add_rows_array(const float* from, std::int64_t rows, std::int64_t columns, std::int64_t stride, double* totals) {
  constexpr std::int64_t together = 8;
  for (std::int64_t row = 0; row < rows; row += together) {
    const std::int64_t last = row + together < rows ? row + together : rows;
    std::int64_t j = 0;
    for (; j + doubles <= columns; j += doubles) {
      VD total = hn::LoadU(dd, totals + j);
      for (std::int64_t i = row; i < last; ++i) total = hn::Add(total, load_as_double(from + i * stride + j));
      hn::StoreU(total, dd, totals + j);
    }
    for (; j < columns; ++j)
      for (std::int64_t i = row; i < last; ++i) totals[j] += static_cast<double>(from[i * stride + j]);
  }
}

LineMoments line_moments(const float* from, std::int64_t count, float eps) {
  const auto n = static_cast<double>(count);
  const auto mean = static_cast<float>(sum_array(from, count) / n);
  const auto shift = hn::Set(dh, mean);
  VD squares = hn::Zero(dd);
  std::int64_t i = 0;
  for (; i + doubles <= count; i += doubles) {
    const auto distance = hn::Sub(hn::LoadU(dh, from + i), shift);
    squares = hn::Add(squares, hn::PromoteTo(dd, hn::Mul(distance, distance)));
  }
  double total = hn::GetLane(hn::SumOfLanes(dd, squares));
  for (; i < count; ++i) {
    const float distance = from[i] - mean;
    total += static_cast<double>(distance * distance);
  }
  return {mean, 1.0F / std::sqrt(static_cast<float>(total / n) + eps)};
}

void normalize_line(const float* from, LineMoments line, const float* weight, const float* bias, float* to,
                    std::int64_t count) {
  const V mean = constant(line.mean), scale = constant(line.scale);
  for (std::int64_t i = 0; i < count; i += lanes) {
    const std::int64_t left = count - i;
    const auto load = [&](const float* x)
                          HWY_ATTR { return left >= lanes ? hn::LoadU(d, x + i) : load_part(x + i, left); };
    V y = hn::Mul(hn::Sub(load(from), mean), scale);
    if (weight != nullptr) y = hn::Mul(y, load(weight));
    if (bias != nullptr) y = hn::Add(y, load(bias));
    if (left >= lanes)
      hn::StoreU(y, d, to + i);
    else
      store_part(y, to + i, left);
  }
}

const char* name_of_target() { return hwy::TargetName(HWY_TARGET); }

}  // namespace
}  // namespace tinytorch::vectors::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tinytorch::vectors {
namespace {

HWY_EXPORT(exp_array);
HWY_EXPORT(log_array);
HWY_EXPORT(tanh_array);
HWY_EXPORT(sigmoid_array);
HWY_EXPORT(silu_array);
HWY_EXPORT(erf_array);
HWY_EXPORT(normal_cdf_array);
HWY_EXPORT(gelu_array);
HWY_EXPORT(gelu_tanh_array);
HWY_EXPORT(softmax_line);
HWY_EXPORT(log_softmax_line);
HWY_EXPORT(sum_array);
HWY_EXPORT(add_rows_array);
HWY_EXPORT(line_moments);
HWY_EXPORT(normalize_line);
HWY_EXPORT(name_of_target);

}  // namespace

void exp(const float* from, float* to, std::int64_t count) { HWY_DYNAMIC_DISPATCH(exp_array)(from, to, count); }
void log(const float* from, float* to, std::int64_t count) { HWY_DYNAMIC_DISPATCH(log_array)(from, to, count); }
void tanh(const float* from, float* to, std::int64_t count) { HWY_DYNAMIC_DISPATCH(tanh_array)(from, to, count); }
void sigmoid(const float* from, float* to, std::int64_t count) { HWY_DYNAMIC_DISPATCH(sigmoid_array)(from, to, count); }
void silu(const float* from, float* to, std::int64_t count) { HWY_DYNAMIC_DISPATCH(silu_array)(from, to, count); }
void erf(const float* from, float* to, std::int64_t count) { HWY_DYNAMIC_DISPATCH(erf_array)(from, to, count); }
void normal_cdf(const float* from, float* to, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(normal_cdf_array)(from, to, count);
}
void gelu(const float* from, float* to, std::int64_t count) { HWY_DYNAMIC_DISPATCH(gelu_array)(from, to, count); }
void gelu_tanh(const float* from, float* to, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(gelu_tanh_array)(from, to, count);
}
void softmax(const float* from, float* to, std::int64_t count) { HWY_DYNAMIC_DISPATCH(softmax_line)(from, to, count); }
void log_softmax(const float* from, float* to, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(log_softmax_line)(from, to, count);
}
double sum(const float* from, std::int64_t count) { return HWY_DYNAMIC_DISPATCH(sum_array)(from, count); }
void add_rows(const float* from, std::int64_t rows, std::int64_t columns, std::int64_t stride, double* totals) {
  HWY_DYNAMIC_DISPATCH(add_rows_array)(from, rows, columns, stride, totals);
}
LineMoments moments(const float* from, std::int64_t count, float eps) {
  return HWY_DYNAMIC_DISPATCH(line_moments)(from, count, eps);
}
void normalize(const float* from, LineMoments line, const float* weight, const float* bias, float* to,
               std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(normalize_line)(from, line, weight, bias, to, count);
}
const char* instruction_set() { return HWY_DYNAMIC_DISPATCH(name_of_target)(); }

}  // namespace tinytorch::vectors
#endif
