#include "modules/10_kernels/measure/part_c.hpp"

#include "modules/10_kernels/measure/square.hpp"
#include "src/course/traced.hpp"
#include "tests/kit/instruments/cache_model.hpp"
#include "tests/kit/measuring.hpp"
#include "tinytorch/core/gemm_parallel.hpp"
#include "tinytorch/core/timing.hpp"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

namespace tinytorch::kernels {
namespace {

std::int64_t one_of(Generator& generator, std::initializer_list<std::int64_t> choices) {
  return choices.begin()[generator.below(choices.size())];
}

MicroKernel kernel_of_student() { return {micro_tile(), micro_kernel}; }

// ---- P6: what an epilogue saves ----

void add_bias(MeasuredProduct& x, const std::vector<float>& bias) {
  for (std::int64_t i = 0; i < x.m; ++i) {
    float* row = x.c.data() + i * x.n;
    for (std::int64_t j = 0; j < x.n; ++j) row[j] += bias[static_cast<std::size_t>(j)];
  }
}

/// Bytes of c that a pass for the bias and one for ReLU read and write.
std::int64_t bytes_of_passes(std::int64_t m, std::int64_t n) {
  const Tensor c = zeros({m, n}, DType::traced);
  lab::CacheModel model;
  model.watch(c);
  Traced* const elements = c.data<Traced>();
  for (std::int64_t i = 0; i < m * n; ++i) elements[i] += Traced(1);
  for (std::int64_t i = 0; i < m * n; ++i) {
    const Traced one = elements[i];
    elements[i] = one < Traced(0) ? Traced(0) : one;
  }
  return 4 * (model.loads() + model.stores());
}

/// Microseconds of a product with its epilogue, and of the product and two passes.
struct EndTimes {
  double fused = 1e18, passes = 1e18;
};

EndTimes end_times(MeasuredProduct x) {
  const MicroKernel kernel = kernel_of_student();
  const Tiles tiles = tiles_for(kernel.tile);
  const std::vector<float> bias = measured_numbers(x.n);
  Workspace workspace;
  EndTimes best;
  for (int round = 0; round < 40; ++round) {  // in turn, so that a busy moment slows both
    best.fused = std::min(best.fused, 1e-3 * lab::fastest_ns(1, [&] {
                                        gemm_epilogue(x.args(), tiles, kernel, {bias.data(), relu_elements}, workspace);
                                      }));
    best.passes = std::min(best.passes, 1e-3 * lab::fastest_ns(1, [&] {
                                          gemm_packed(x.args(), tiles, kernel, workspace);
                                          add_bias(x, bias);
                                          relu_elements(x.c.data(), x.m * x.n);
                                        }));
  }
  return best;
}

void measure_epilogue(const PartCParameters& p) {
  const EndTimes layer = end_times({64, 128, 784}), thin = end_times({512, 16, 784});
  lab::answer("P6", static_cast<double>(bytes_of_passes(p.m, p.n)), "bytes", 0,
              fmt::format("(64, 128) x (128, 784) with an epilogue takes {:.0f} us, with two passes {:.0f} us; (512, "
                          "16) x (16, 784) takes {:.0f} us and {:.0f} us",
                          layer.fused, layer.passes, thin.fused, thin.passes));
}

// ---- P7: what threads can gain ----

std::int64_t tiles_computed = 0;

/// Computes nothing and counts.
void count_tile(std::int64_t, const float*, const float*, float*, std::int64_t) { ++tiles_computed; }

/// Gives each task to the thread that is free first, in virtual time: a tile takes 1.
class VirtualPool final : public ThreadPool {
 public:
  explicit VirtualPool(std::int64_t threads) : ThreadPool(threads), busy_(static_cast<std::size_t>(threads)) {}

  void run(std::int64_t tasks, FunctionRef<void(std::int64_t)> task) override {
    for (std::int64_t number = 0; number < tasks; ++number) {
      const std::int64_t before = tiles_computed;
      task(number);
      *std::min_element(busy_.begin(), busy_.end()) += tiles_computed - before;
    }
    std::fill(busy_.begin(), busy_.end(), *std::max_element(busy_.begin(), busy_.end()));
  }

  std::int64_t ended() const { return busy_.front(); }

 private:
  std::vector<std::int64_t> busy_;
};

double gain_in_tiles(const PartCParameters& p) {
  MeasuredProduct x{p.rows, 8, 16};
  VirtualPool pool(p.threads);
  tiles_computed = 0;
  gemm_threaded(x.args(), {12 * p.mr, 8, 16}, {{p.mr, 16}, count_tile}, pool, 0);
  return static_cast<double>(tiles_computed) / static_cast<double>(std::max<std::int64_t>(pool.ended(), 1));
}

/// Milliseconds of the fastest of some products of n x n on so many threads, by the clock on the wall.
double wall_ms(MeasuredProduct& x, ThreadPool& pool) {
  const MicroKernel kernel = kernel_of_student();
  SteadyClock clock;
  const std::int64_t start = clock.now_ns();
  gemm_threaded(x.args(), tiles_for(kernel.tile), kernel, pool);
  return 1e-6 * static_cast<double>(clock.now_ns() - start);
}

void measure_threads(const PartCParameters& p) {
  MeasuredProduct x{512, 512, 512};
  ThreadPool one(1), two(2);
  double alone = 1e18, together = 1e18;
  for (int round = 0; round < 60; ++round) {
    alone = std::min(alone, wall_ms(x, one));
    together = std::min(together, wall_ms(x, two));
  }
  lab::answer("P7", gain_in_tiles(p), "times", 0,
              fmt::format("at 512 x 512 x 512 one thread takes {:.1f} ms, two threads {:.1f} ms: {:.2f} times as fast; "
                          "the machine runs {} threads at a time",
                          alone, together, alone / together, std::max(std::thread::hardware_concurrency(), 1U)));
}

}  // namespace

PartCParameters part_c_parameters(std::uint64_t seed) {
  Generator generator(mix_seed(seed, 11));
  PartCParameters p{};
  p.m = one_of(generator, {32, 64, 96, 128});
  p.n = one_of(generator, {100, 128, 256, 784});
  p.mr = one_of(generator, {4, 6, 8});
  p.threads = one_of(generator, {3, 4, 6, 8});
  p.rows = p.mr * p.threads * one_of(generator, {1, 2, 3}) + 1 + static_cast<std::int64_t>(generator.below(12));
  return p;
}

void print_part_c(const PartCParameters& p) {
  fmt::print("{{\"id\":\"P6\",\"parameters\":{{\"m\":{},\"n\":{}}}}}\n", p.m, p.n);
  fmt::print("{{\"id\":\"P7\",\"parameters\":{{\"rows\":{},\"mr\":{},\"threads\":{}}}}}\n", p.rows, p.mr, p.threads);
}

void measure_part_c(const PartCParameters& p) {
  measure_epilogue(p);
  measure_threads(p);
}

}  // namespace tinytorch::kernels
