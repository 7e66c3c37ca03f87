#pragma once

// Micro-kernels with small tiles, for tests of what stands around a kernel. They count their calls and remember the
// longest panel that they were given. Each adds up in c, so the bits of a sum tell where its tile was computed.
// Internal linkage: no code under test can reach them.

#include "modules/10_kernels/tests/oracle.hpp"
#include "tests/kit/instruments/red_zone.hpp"
#include "tinytorch/core/gemm_packed.hpp"
#include "tinytorch/core/memory.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace tinytorch {
namespace {

/// What the kernels were called for, on whichever thread.
struct Calls {
  std::atomic<std::int64_t> count{0}, longest{0};
  /// Runs at the begin of each call; null: nothing.
  void (*before)() = nullptr;

  void reset() { count = longest = 0; }
};
inline Calls calls;

template <std::int64_t mr, std::int64_t nr>
void plain_kernel(std::int64_t kc, const float* a, const float* b, float* c, std::int64_t c_row) {
  if (calls.before != nullptr) calls.before();
  ++calls.count;
  calls.longest = std::max<std::int64_t>(calls.longest, kc);
  for (std::int64_t p = 0; p < kc; ++p, a += mr, b += nr)
    for (std::int64_t r = 0; r < mr; ++r)
      for (std::int64_t s = 0; s < nr; ++s) c[r * c_row + s] += a[r] * b[s];
}

inline kernels::MicroKernel kernel_of(std::int64_t number) {
  switch (number) {
    case 0:
      return {{1, 1}, plain_kernel<1, 1>};
    case 1:
      return {{2, 3}, plain_kernel<2, 3>};
    case 2:
      return {{4, 2}, plain_kernel<4, 2>};
    default:
      return {{3, 8}, plain_kernel<3, 8>};
  }
}

/// A kernel, and tiles that are multiples of its own.
struct Way {
  kernels::MicroKernel kernel;
  kernels::Tiles tiles;
};

inline Way way(lab::Case& c) {
  const kernels::MicroKernel kernel = kernel_of(c.integer(0, 3));
  const std::int64_t down = c.integer(1, 3), across = c.integer(1, 3),
                     depth = c.pick({std::int64_t{1}, std::int64_t{2}, std::int64_t{5}, std::int64_t{16}});
  const Way w{kernel, {down * kernel.tile.mr, depth, across * kernel.tile.nr}};
  c.input("mr and nr", Shape{kernel.tile.mr, kernel.tile.nr});
  c.input("mc, kc and nc", Shape{w.tiles.mc, w.tiles.kc, w.tiles.nc});
  return w;
}

inline std::int64_t rounded_up(std::int64_t size, std::int64_t step) { return (size + step - 1) / step; }

/// One call for each tile of c and each block of k.
inline std::int64_t calls_needed(const Way& how, std::int64_t m, std::int64_t k, std::int64_t n) {
  return rounded_up(m, how.kernel.tile.mr) * rounded_up(n, how.kernel.tile.nr) * rounded_up(k, how.tiles.kc);
}

/// Arguments of which some are wrong: a dtype without a kernel, tiles without a size or no multiples of the kernel's.
struct Doubtful {
  Operands o;
  kernels::Tiles tiles;
  kernels::MicroKernel kernel;
  bool wrong_dtype, wrong_tiles;

  /// What gemm_packed makes of them.
  Tensor expected() const {
    if (wrong_dtype) throw DTypeError("float32 alone");
    if (wrong_tiles) throw ValueError("tiles");
    return product_of(o, {});
  }
};

inline Doubtful doubtful(lab::Case& c) {
  const DType dtype = c.pick({DType::float32, DType::float32, DType::float64, DType::int64});
  const Operands o = operands(c, dtype);
  kernels::Tiles t{2 * c.integer(1, 3), c.integer(1, 3), 3 * c.integer(1, 3)};
  const std::int64_t fault = c.integer(0, 5);
  if (fault == 0) t.mc += 1;
  if (fault == 1) t.nc += 1;
  if (fault == 2) t.kc = c.integer(-1, 0);
  if (fault == 3) t.mc = t.nc = 0;
  c.input("a", o.a);
  c.input("b", o.b);
  c.input("mr and nr", Shape{2, 3});
  c.input("mc, kc and nc", Shape{t.mc, t.kc, t.nc});
  return {o, t, kernel_of(1), dtype != DType::float32, fault < 4};
}

// Counts the blocks of operator new while it lives.
inline std::int64_t new_blocks = 0;
constexpr lab::BlockWatch watch{[](void*, std::int64_t) { ++new_blocks; }, [](void*, std::int64_t) { return false; }};

struct Watching {
  Watching() { lab::watch_heap(&watch); }
  ~Watching() { lab::watch_heap(nullptr); }
};

// How many blocks of memory `work` takes: of tensors (all of them count as one), of malloc and of new.
inline std::int64_t blocks_of(FunctionRef<void()> work) {
  memory::reset_peak();
  const std::int64_t bytes = memory::stats().active, before = lab::heap().allocations;
  new_blocks = 0;
  {
    const Watching watching;
    work();
  }
  return new_blocks + (lab::heap().allocations - before) + (memory::stats().peak > bytes ? 1 : 0);
}

}  // namespace
}  // namespace tinytorch
