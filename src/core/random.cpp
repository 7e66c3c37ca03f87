#include "tinytorch/core/random.hpp"

#include "tinytorch/core/error.hpp"

#include <bit>
#include <cmath>
#include <numbers>

namespace tinytorch {
namespace {

std::uint64_t splitmix(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15U;
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

}  // namespace

Generator::Generator(std::uint64_t seed) : state_{} {
  for (std::uint64_t& word : state_.words) word = splitmix(seed);
}

std::uint64_t Generator::next() {
  std::uint64_t* s = state_.words;
  const std::uint64_t result = std::rotl(s[1] * 5, 7) * 9;
  const std::uint64_t shifted = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= shifted;
  s[3] = std::rotl(s[3], 45);
  return result;
}

double Generator::uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

double Generator::normal() {
  if (state_.has_kept_normal) {
    state_.has_kept_normal = false;
    return state_.kept_normal;
  }
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  const double angle = 2.0 * std::numbers::pi * uniform();
  state_.kept_normal = radius * std::sin(angle);
  state_.has_kept_normal = true;
  return radius * std::cos(angle);
}

std::uint64_t Generator::below(std::uint64_t n) {
  if (n == 0) throw ValueError("[Generator::below] there is no integer below 0");
  const std::uint64_t incomplete = (0 - n) % n;  // 2^64 mod n: draws below it would favour the small results
  std::uint64_t draw = next();
  while (draw < incomplete) draw = next();
  return draw % n;
}

std::uint64_t mix_seed(std::uint64_t a, std::uint64_t b) {
  std::uint64_t state = a;
  state = splitmix(state) ^ b;
  return splitmix(state);
}

}  // namespace tinytorch
