// Functions of a vector of float32 numbers, for the instruction set that is being compiled: this header is included
// once for each. The polynomials and the rational functions have the least maximal relative error.

#if defined(TINYTORCH_VECTOR_FUNCTIONS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TINYTORCH_VECTOR_FUNCTIONS_INL
#undef TINYTORCH_VECTOR_FUNCTIONS_INL
#else
#define TINYTORCH_VECTOR_FUNCTIONS_INL
#endif

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

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

}  // namespace
}  // namespace tinytorch::vectors::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
