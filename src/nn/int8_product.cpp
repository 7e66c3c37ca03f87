#include "src/nn/int8_product.hpp"

#include "src/core/vector/instruction_sets.hpp"
#include "tinytorch/core/tensor.hpp"

#include <algorithm>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// Each kernel packs the weights into panels, so that one load brings the weights of neighbouring outputs, and keeps a
// tile of sums in registers. An input is broadcast. The sum of a weight row times the zero point is taken off at last.

namespace tinytorch::detail {
namespace {

bool runs_on_any() { return true; }

void int8_by_loops(const Int8Product& p) {
  for (std::int64_t n = 0; n < p.rows; ++n)
    for (std::int64_t o = 0; o < p.outputs; ++o) {
      std::int32_t sum = 0;
      for (std::int64_t k = 0; k < p.products; ++k)
        sum += static_cast<std::int32_t>(p.x[n * p.products + k] - p.zero_point) * p.w[o * p.products + k];
      p.sums[n * p.outputs + o] = sum;
    }
}

#if defined(__x86_64__)

std::int64_t rounded_up_to(std::int64_t size, std::int64_t step) { return (size + step - 1) / step * step; }

/// `count` numbers as a kernel reads them: with `shift` added, in another type.
template <class To>
void copy_shifted(const std::int8_t* from, std::int64_t count, int shift, To* to) {
  for (std::int64_t k = 0; k < count; ++k) to[k] = static_cast<To>(from[k] + shift);
}
/// Eight at a time: adding 128 to a byte changes its highest bit and nothing else.
void copy_shifted(const std::int8_t* from, std::int64_t count, int shift, std::uint8_t* to) {
  std::int64_t k = 0;
  for (; k + 8 <= count; k += 8) {
    std::uint64_t eight;
    std::memcpy(&eight, from + k, sizeof eight);
    eight ^= 0x8080808080808080U;
    std::memcpy(to + k, &eight, sizeof eight);
  }
  for (; k < count; ++k) to[k] = static_cast<std::uint8_t>(from[k] + shift);
}

/// The operands as a kernel reads them: inputs in rows of `depth`, weights in panels of `width` outputs, in which
/// `group` products of one output lie together. What is added at the edges is 0. Behind the inputs stands a row of
/// ones, with which a kernel sums up the weights.
template <class Input, class Weight, std::int64_t width, std::int64_t group, int shift>
class Packed {
 public:
  explicit Packed(const Int8Product& p) : p_(p), depth_(rounded_up_to(p.products, group)) {
    const auto bytes = [](std::int64_t count, std::size_t size) { return count * static_cast<std::int64_t>(size); };
    inputs_ = zeros({bytes((p.rows + 1) * depth_, sizeof(Input))}, DType::int8);
    for (std::int64_t n = 0; n < p.rows; ++n) copy_shifted(p.x + n * p.products, p.products, shift, input(n));
    std::fill_n(input(p.rows), depth_, Input{1});
    weights_ = zeros({bytes(rounded_up_to(p.outputs, width) * depth_, sizeof(Weight))}, DType::int8);
    for (std::int64_t o = 0; o < p.outputs; ++o) {
      Weight* to = panel(o / width) + o % width * group;
      const std::int8_t* from = p.w + o * p.products;
      std::int64_t k = 0;
      for (; k + group <= p.products; k += group, to += group * width)
        for (std::int64_t g = 0; g < group; ++g) to[g] = from[k + g];
      for (; k < p.products; ++k) *to++ = from[k];
    }
  }

  std::int64_t depth() const { return depth_; }

  /// tile(inputs, rows, panel, to) for tiles of at most `height` rows; `to` gets `width` sums for each row.
  template <std::int64_t height, class Tile>
  void for_each_tile(Tile tile) const {
    alignas(64) std::int32_t to[height * width], less[width];
    for (std::int64_t o = 0; o < p_.outputs; o += width) {
      const Weight* const weights = panel(o / width);
      tile(input(p_.rows), 1, weights, less);
      const auto all = static_cast<std::int32_t>(p_.zero_point + shift);
      for (std::int32_t& one : less) one *= all;
      const std::int64_t inside = std::min(width, p_.outputs - o);
      for (std::int64_t n = 0; n < p_.rows; n += height) {
        const std::int64_t rows = std::min(height, p_.rows - n);
        tile(input(n), rows, weights, to);
        for (std::int64_t r = 0; r < rows; ++r)
          for (std::int64_t s = 0; s < inside; ++s) p_.sums[(n + r) * p_.outputs + o + s] = to[r * width + s] - less[s];
      }
    }
  }

 private:
  Input* input(std::int64_t n) const { return reinterpret_cast<Input*>(inputs_.data<std::int8_t>()) + n * depth_; }
  Weight* panel(std::int64_t i) const {
    return reinterpret_cast<Weight*>(weights_.data<std::int8_t>()) + i * depth_ * width;
  }

  const Int8Product& p_;
  std::int64_t depth_;
  Tensor inputs_, weights_;
};

// ---- AVX2: pairs of 16 bits, two products and their sum in one instruction ----

bool runs_avx2() { return vectors::chosen() != vectors::InstructionSet::baseline; }

/// Rows of 16 outputs: two registers of sums a row.
template <std::int64_t rows>
__attribute__((target("avx2"))) void avx2_tile(const std::int16_t* x, const std::int16_t* panel, std::int64_t depth,
                                               std::int32_t* to) {
  __m256i sum[rows][2];
  for (std::int64_t r = 0; r < rows; ++r) sum[r][0] = sum[r][1] = _mm256_setzero_si256();
  for (std::int64_t k = 0; k < depth; k += 2, panel += 32) {
    const __m256i left = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(panel));
    const __m256i right = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(panel + 16));
    for (std::int64_t r = 0; r < rows; ++r) {
      int pair;
      std::memcpy(&pair, x + r * depth + k, sizeof pair);
      const __m256i both = _mm256_set1_epi32(pair);
      sum[r][0] = _mm256_add_epi32(sum[r][0], _mm256_madd_epi16(both, left));
      sum[r][1] = _mm256_add_epi32(sum[r][1], _mm256_madd_epi16(both, right));
    }
  }
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t half = 0; half < 2; ++half)
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + r * 16 + half * 8), sum[r][half]);
}

void int8_by_avx2(const Int8Product& p) {
  const Packed<std::int16_t, std::int16_t, 16, 2, 0> packed(p);
  const std::int64_t depth = packed.depth();
  packed.for_each_tile<6>([&](const std::int16_t* x, std::int64_t rows, const std::int16_t* panel, std::int32_t* to) {
    if (rows == 6) return avx2_tile<6>(x, panel, depth, to);
    for (std::int64_t r = 0; r < rows; ++r) avx2_tile<1>(x + r * depth, panel, depth, to + r * 16);
  });
}

// ---- AVX-512 VNNI: four products of an input without sign and a weight, and their sum ----

bool runs_vnni() {
  return vectors::chosen() == vectors::InstructionSet::avx512 && __builtin_cpu_supports("avx512vnni");
}

/// Rows of 32 outputs: two registers of sums a row.
template <std::int64_t rows>
__attribute__((target("avx512f,avx512vnni"))) void vnni_tile(const std::uint8_t* x, const std::int8_t* panel,
                                                             std::int64_t depth, std::int32_t* to) {
  __m512i sum[rows][2];
  for (std::int64_t r = 0; r < rows; ++r) sum[r][0] = sum[r][1] = _mm512_setzero_si512();
  for (std::int64_t k = 0; k < depth; k += 4, panel += 128) {
    const __m512i left = _mm512_loadu_si512(panel), right = _mm512_loadu_si512(panel + 64);
    for (std::int64_t r = 0; r < rows; ++r) {
      int four;
      std::memcpy(&four, x + r * depth + k, sizeof four);
      const __m512i all = _mm512_set1_epi32(four);
      sum[r][0] = _mm512_dpbusd_epi32(sum[r][0], all, left);
      sum[r][1] = _mm512_dpbusd_epi32(sum[r][1], all, right);
    }
  }
  for (std::int64_t r = 0; r < rows; ++r) {
    _mm512_storeu_si512(to + r * 32, sum[r][0]);
    _mm512_storeu_si512(to + r * 32 + 16, sum[r][1]);
  }
}

void int8_by_vnni(const Int8Product& p) {
  const Packed<std::uint8_t, std::int8_t, 32, 4, 128> packed(p);
  const std::int64_t depth = packed.depth();
  packed.for_each_tile<12>([&](const std::uint8_t* x, std::int64_t rows, const std::int8_t* panel, std::int32_t* to) {
    if (rows == 12) return vnni_tile<12>(x, panel, depth, to);
    for (std::int64_t r = 0; r < rows; ++r) vnni_tile<1>(x + r * depth, panel, depth, to + r * 32);
  });
}

#else

bool runs_avx2() { return false; }
bool runs_vnni() { return false; }
constexpr auto int8_by_avx2 = int8_by_loops;
constexpr auto int8_by_vnni = int8_by_loops;

#endif

}  // namespace

const Int8Kernel int8_kernels[3] = {
    {"avx512-vnni", runs_vnni, int8_by_vnni},
    {"avx2", runs_avx2, int8_by_avx2},
    {"loops", runs_on_any, int8_by_loops},
};

const Int8Kernel& int8_kernel() {
  const Int8Kernel* kernel = int8_kernels;
  while (!kernel->runs_here()) ++kernel;
  return *kernel;
}

}  // namespace tinytorch::detail
