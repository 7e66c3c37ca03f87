#include "tinytorch/core/random.hpp"

#include "tinytorch/core/error.hpp"

#include <atomic>
#include <bit>
#include <cmath>
#include <mutex>
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

namespace {

// The seed of all threads. `round` is raised by manual_seed, so that each thread notices; `others` numbers the threads
// that begin in this round.
struct SharedSeed {
  std::mutex mutex;
  std::uint64_t seed = 0;
  std::uint64_t others = 0;
};
constinit SharedSeed shared_seed;
constinit std::atomic<std::uint64_t> seed_round = 0;

struct ThreadStream {
  Generator generator;
  std::uint64_t round = 0;
  bool used = false;
};

ThreadStream& thread_stream() {
  thread_local ThreadStream stream;
  return stream;
}

// The first thread of a program draws from the seed itself, as the one that calls manual_seed does.
void begin_stream(ThreadStream& stream) {
  const std::lock_guard lock(shared_seed.mutex);
  const bool first = seed_round.load() == 0;
  if (first) seed_round = 1;
  stream.round = seed_round.load();
  stream.generator = Generator(first ? shared_seed.seed : mix_seed(shared_seed.seed, ++shared_seed.others));
}

}  // namespace

Generator& default_generator() {
  ThreadStream& stream = thread_stream();
  stream.used = true;
  if (stream.round == 0 || stream.round != seed_round.load()) begin_stream(stream);
  return stream.generator;
}

Generator& manual_seed(std::uint64_t seed) {
  ThreadStream& stream = thread_stream();
  const std::lock_guard lock(shared_seed.mutex);
  shared_seed.seed = seed;
  shared_seed.others = 0;
  stream.round = ++seed_round;
  stream.generator = Generator(seed);
  stream.used = true;
  return stream.generator;
}

bool default_generator_used() { return thread_stream().used; }

std::uint64_t mix_seed(std::uint64_t a, std::uint64_t b) {
  std::uint64_t state = a;
  state = splitmix(state) ^ b;
  return splitmix(state);
}

}  // namespace tinytorch
