// Answers the predictions of lab 10 on the stack it is linked with.
//     measure_10 --seed S --parameters
//     measure_10 --seed S --measure
#include "modules/10_kernels/measure/naive.hpp"
#include "modules/10_kernels/measure/part_c.hpp"
#include "modules/10_kernels/measure/square.hpp"
#include "src/core/gemm/gemm_eigen.hpp"
#include "src/course/traced.hpp"
#include "tests/kit/instruments/cache_model.hpp"
#include "tests/kit/measuring.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <initializer_list>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tinytorch::kernels {
namespace {

/// The numbers in the questions. They depend on the seed alone, so that asking needs no measurement.
struct Parameters {
  std::int64_t m, k, n;                  // P3
  std::int64_t rows, depth, mr;          // P4
  std::int64_t tile_rows, tile_columns;  // P5
};

std::int64_t one_of(Generator& generator, std::initializer_list<std::int64_t> choices) {
  return choices.begin()[generator.below(choices.size())];
}

Parameters parameters_of(std::uint64_t seed) {
  Generator generator(mix_seed(seed, 10));
  Parameters p{};
  p.m = one_of(generator, {32, 48, 64, 80});
  p.k = one_of(generator, {32, 48, 64, 80});
  p.n = one_of(generator, {32, 48, 64, 80});
  p.mr = one_of(generator, {4, 6, 8});
  p.rows =
      p.mr * (5 + static_cast<std::int64_t>(generator.below(20))) + 1 + static_cast<std::int64_t>(generator.below(3));
  p.depth = 50 + static_cast<std::int64_t>(generator.below(200));
  p.tile_rows = one_of(generator, {2, 3, 4, 5, 6, 8, 12});
  p.tile_columns = one_of(generator, {4, 8, 16, 24});
  return p;
}

void print_parameters(const Parameters& p) {
  const auto line = [](const char* id, const std::string& numbers) {
    fmt::print(R"({{"id":"{}","parameters":{{{}}}}})", id, numbers);
    std::putchar('\n');
  };
  line("P1", "");
  line("P2", "");
  line("P3", fmt::format(R"("m":{},"k":{},"n":{})", p.m, p.k, p.n));
  line("P4", fmt::format(R"("rows":{},"depth":{},"mr":{})", p.rows, p.depth, p.mr));
  line("P5", fmt::format(R"("mr":{},"nr":{})", p.tile_rows, p.tile_columns));
  line("P8", "");
}

constexpr Tiles tiles{64, 256, 512};

// ---- P1: what share of the peak ----

using Lanes = float __attribute__((vector_size(32)));

/// Twelve chains of multiply-adds on eight numbers each, kept in registers: more than the additions that a core runs at
/// the same time.
double peak_gflops() {
  constexpr std::int64_t steps = 20'000;
  constexpr std::size_t count = 12;
  Lanes chains[count] = {};
  const Lanes factor = Lanes{} + 0.999F, step = Lanes{} + 0.001F;
  const double ns = lab::fastest_ns(51, [&] {
    Lanes x[count];
    std::copy(chains, chains + count, x);
    for (std::int64_t k = 0; k < steps; ++k)
#pragma GCC unroll 12
      for (Lanes& chain : x) chain = chain * factor + step;
    std::copy(x, x + count, chains);
    asm volatile("" : : "r"(chains) : "memory");  // the compiler must keep the loop
  });
  return static_cast<double>(steps) * count * 8 * 2 / ns;
}

void measure_share() {
  MeasuredProduct s{512, 512, 512};
  const double peak = peak_gflops();
  const auto share = [&](double ns) { return 100.0 * s.flops() / ns / peak; };
  const double plain = share(lab::fastest_ns(2, [&] { naive(s.a, s.b, s.c, s.n); }));
  const double reordered = share(lab::fastest_ns(5, [&] { gemm_reordered(s.args()); }));
  const double blocked = share(lab::fastest_ns(5, [&] { gemm_blocked(s.args(), tiles); }));
  Workspace workspace;
  const MicroKernel kernel{micro_tile(), micro_kernel};
  const Tiles whole = tiles_for(kernel.tile);
  const double packed = share(lab::fastest_ns(9, [&] { gemm_packed(s.args(), whole, kernel, workspace); }));
  const double registered = share(lab::fastest_ns(9, [&] { gemm(s.args()); }));
  lab::answer("P1", packed, "percent", 0,
              fmt::format("the peak is {:.1f} GFLOP/s; of it naive reaches {:.1f} %, reordered {:.1f} %, blocked "
                          "{:.1f} %, packed {:.1f} %, and {}, which computes the products of this stack, {:.1f} %",
                          peak, plain, reordered, blocked, packed, gemm_choice(s.args()), registered));
}

// ---- P2: why the textbook's order is slow ----

void measure_naive() {
  MeasuredProduct s{512, 512, 512};
  std::vector<float> turned(s.b.size());
  for (std::int64_t i = 0; i < s.n; ++i)
    for (std::int64_t j = 0; j < s.n; ++j)
      turned[static_cast<std::size_t>(j * s.n + i)] = s.b[static_cast<std::size_t>(i * s.n + j)];
  double down = 1e18, along = 1e18, reordered = 1e18;
  for (int round = 0; round < 3; ++round) {  // in turn, so that a busy moment of the machine slows all of them
    down = std::min(down, lab::fastest_ns(1, [&] { naive(s.a, s.b, s.c, s.n); }));
    along = std::min(along, lab::fastest_ns(1, [&] { naive_on_rows(s.a, turned, s.c, s.n); }));
    reordered = std::min(reordered, lab::fastest_ns(1, [&] { gemm_reordered(s.args()); }));
  }
  MeasuredProduct small{32, 32, 32};  // 12 KiB: all three matrices stay in the first cache
  const double each = lab::fastest_ns(200, [&] { naive(small.a, small.b, small.c, small.n); }) / small.flops();
  const double ratio = down / reordered, walk = down - along, chain = along - reordered;
  int why = walk > chain ? 2 : 1;
  if (ratio < 1.1) why = 0;
  lab::answer("P2", ratio, "times", why,
              fmt::format("naive {:.0f} ms, along rows of a transposed b {:.0f} ms, reordered {:.0f} ms; all do the "
                          "same {:.0f} million operations; at n = 32 an operation of naive takes {:.2f} ns, at 512 "
                          "{:.2f} ns",
                          down * 1e-6, along * 1e-6, reordered * 1e-6, s.flops() * 1e-6, each, down / s.flops()));
}

// ---- P3: misses of blocks ----

struct TracedProduct {
  Tensor a, b, c;

  TracedProduct(std::int64_t m, std::int64_t k, std::int64_t n)
      : a(zeros({m, k}, DType::traced)), b(zeros({k, n}, DType::traced)), c(zeros({m, n}, DType::traced)) {}

  template <class F>
  std::int64_t misses(F product) const {
    lab::CacheModel model;
    for (const Tensor* x : {&a, &b, &c}) model.watch(*x);
    product(GemmArgs{DType::traced, a.size(0), b.size(1), a.size(1), a.data(), a.stride(0), 1, b.data(), b.stride(0), 1,
                     c.data(), c.stride(0), 1.0});
    return model.misses();
  }
};

void measure_misses(const Parameters& p) {
  const TracedProduct asked(p.m, p.k, p.n), cube(48, 48, 48);
  const auto in_blocks = [](const TracedProduct& x, std::int64_t side) {
    return x.misses([&](const GemmArgs& g) { gemm_blocked(g, {side, side, side}); });
  };
  lab::answer("P3", static_cast<double>(in_blocks(asked, 16)), "misses", 0,
              fmt::format("at 48 x 48 x 48 blocks of 8 miss {} times, of 16 {}, of 24 {}; gemm_reordered misses {}",
                          in_blocks(cube, 8), in_blocks(cube, 16), in_blocks(cube, 24),
                          cube.misses([](const GemmArgs& g) { gemm_reordered(g); })));
}

// ---- P4: what packing costs in memory ----

void measure_panels(const Parameters& p) {
  const std::vector<float> block = measured_numbers(p.rows * p.depth);
  const std::int64_t most = (p.rows + p.mr) * p.depth + 1;
  std::vector<float> panels(static_cast<std::size_t>(most), std::nanf(""));
  pack_a({block.data(), p.rows, p.depth, p.depth, 1}, p.mr, panels.data());
  const auto written = std::count_if(panels.begin(), panels.end(), [](float x) { return !std::isnan(x); });
  const auto zeros = std::count(panels.begin(), panels.begin() + written, 0.0F);
  lab::answer("P4", static_cast<double>(written), "floats", 0,
              fmt::format("the block has {}; {} zeros fill the last panel", p.rows * p.depth, zeros));
}

// ---- P5: what a tile saves ----

/// A micro-kernel of any size on numbers that report their loads; its sums are in locals, which nobody watches.
std::int64_t loads_of_tile(std::int64_t mr, std::int64_t nr, std::int64_t kc) {
  const Tensor a = zeros({kc, mr}, DType::traced), b = zeros({kc, nr}, DType::traced);
  lab::CacheModel model;
  model.watch(a);
  model.watch(b);
  std::vector<Traced> sums(static_cast<std::size_t>(mr * nr)), row(static_cast<std::size_t>(nr));
  for (std::int64_t p = 0; p < kc; ++p) {
    std::copy(b.data<Traced>() + p * nr, b.data<Traced>() + (p + 1) * nr, row.begin());
    for (std::int64_t r = 0; r < mr; ++r) {
      const Traced factor = a.data<Traced>()[p * mr + r];
      for (std::int64_t s = 0; s < nr; ++s)
        sums[static_cast<std::size_t>(r * nr + s)] += factor * row[static_cast<std::size_t>(s)];
    }
  }
  return model.loads();
}

void measure_tile(const Parameters& p) {
  constexpr std::int64_t kc = 64;
  const auto loads = [&](std::int64_t mr, std::int64_t nr) {
    return static_cast<double>(loads_of_tile(mr, nr, kc)) / static_cast<double>(kc * mr * nr);
  };
  const auto registers = [](std::int64_t mr, std::int64_t nr) { return (mr + 1) * ((nr + 7) / 8) + 1; };
  const MicroTile yours = micro_tile();
  lab::answer("P5", loads(p.tile_rows, p.tile_columns), "floats", 0,
              fmt::format("4 x 16 loads {:.2f} and needs {} registers, 6 x 16 {:.2f} and {}, 8 x 8 {:.2f} and {}; the "
                          "machine has 16; your micro_tile is {} x {}: {:.2f} and {}",
                          loads(4, 16), registers(4, 16), loads(6, 16), registers(6, 16), loads(8, 8), registers(8, 8),
                          yours.mr, yours.nr, loads(yours.mr, yours.nr), registers(yours.mr, yours.nr)));
}

// ---- P8: the ladder, beside the library ----

/// How a product's time compares with that of the library's, round by round.
struct Rung {
  std::vector<double> shares;

  double at(double quantile) {
    std::sort(shares.begin(), shares.end());
    return shares[static_cast<std::size_t>(quantile * static_cast<double>(shares.size() - 1))];
  }
  std::string text() { return fmt::format("{:.2f} ({:.2f}-{:.2f})", at(0.5), at(0.25), at(0.75)); }
};

constexpr double bar = 0.35;  // a kernel that stays below it leaves its registers unused

void measure_ladder() {
  MeasuredProduct s{512, 512, 512};
  Workspace workspace;
  const MicroKernel kernel{micro_tile(), micro_kernel};
  Rung plain, reordered, blocked, packed;
  for (int round = 0; round < 15; ++round) {  // in turn, so that a busy moment of the machine slows all of them
    const double library = lab::fastest_ns(1, [&] { gemm_eigen(s.args()); });
    const auto climb = [&](Rung& rung, auto product) { rung.shares.push_back(library / lab::fastest_ns(1, product)); };
    climb(packed, [&] { gemm_packed(s.args(), tiles_for(kernel.tile), kernel, workspace); });
    climb(blocked, [&] { gemm_blocked(s.args(), tiles); });
    climb(reordered, [&] { gemm_reordered(s.args()); });
    if (round < 3) climb(plain, [&] { naive(s.a, s.b, s.c, s.n); });
  }
  lab::answer("P8", 100.0 * packed.at(0.5), "percent", 0,
              fmt::format("of the library's speed, in 15 rounds: gemm_packed {}, gemm_blocked {}, gemm_reordered {}, "
                          "naive {:.2f}; the bar for gemm_packed is {:.2f}, and yours is {} it",
                          packed.text(), blocked.text(), reordered.text(), plain.at(0.5), bar,
                          packed.at(0.5) < bar ? "below" : "above"));
}

void run(const lab::MeasureRequest& request) {
  const Parameters p = parameters_of(request.seed);
  const PartCParameters c = part_c_parameters(request.seed);
  if (request.parameters) {
    print_parameters(p);
    print_part_c(c);
    return;
  }
  measure_share();
  measure_naive();
  measure_misses(p);
  measure_panels(p);
  measure_tile(p);
  measure_part_c(c);
  measure_ladder();
}

}  // namespace
}  // namespace tinytorch::kernels

int main(int argc, char** argv) {
  return tinytorch::lab::measure_program("measure_10", tinytorch::kernels::run, argc, argv);
}
