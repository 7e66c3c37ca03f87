#pragma once

#include <cstring>

/// Eight floats that one instruction adds or multiplies, where the machine has such registers; elsewhere the compiler
/// takes two or more instructions. Nothing here needs aligned memory.
///     f32x8 sum = simd::load(c);
///     sum = simd::fma(simd::broadcast(2.0F), simd::load(b), sum);  // c[i] + 2 b[i] for i = 0 ... 7
///     simd::store(c, sum);
namespace tinytorch::simd {

/// Eight floats in a register.
struct f32x8 {
  using Lanes = float __attribute__((vector_size(32)));
  Lanes lanes;
};

/// The eight floats at `from`.
[[gnu::always_inline]] inline f32x8 load(const float* from) {
  f32x8 x;
  std::memcpy(&x.lanes, from, sizeof x.lanes);
  return x;
}

/// Eight times the same number.
[[gnu::always_inline]] inline f32x8 broadcast(float number) {
  f32x8 x;
  x.lanes = f32x8::Lanes{number, number, number, number, number, number, number, number};
  return x;
}

/// a * b + c, lane by lane; rounded once where the machine can.
[[gnu::always_inline]] inline f32x8 fma(const f32x8& a, const f32x8& b, const f32x8& c) {
  f32x8 x;
  x.lanes = a.lanes * b.lanes + c.lanes;
  return x;
}

[[gnu::always_inline]] inline f32x8 operator+(const f32x8& a, const f32x8& b) {
  f32x8 x;
  x.lanes = a.lanes + b.lanes;
  return x;
}

/// Writes the eight floats to `to`.
[[gnu::always_inline]] inline void store(float* to, const f32x8& x) { std::memcpy(to, &x.lanes, sizeof x.lanes); }

}  // namespace tinytorch::simd
