#include "modules/02_mlp/measure/layer_walks.hpp"

#include "modules/02_mlp/measure/processor_clock.hpp"
#include "src/course/machine_profile.hpp"
#include "tests/kit/instruments/cache_model.hpp"
#include "tinytorch/nn/cost.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/nn/loop_orders.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tinytorch {
namespace {

constexpr double half_of_the_roof = 0.5;
constexpr double same_speed = 1.5;
constexpr double shows_the_batch = 2;

void run_order(const Tensor& x, const Tensor& w, LoopOrder order) {
  Tensor y = empty({x.size(0), w.size(0)}, x.dtype());
  raw::linear_into(y, x, w, order);
  asm volatile("" : : "r"(y.data()) : "memory");
}

double share_of(const Roof& roof, const LayerDot& dot) { return dot.gflop_per_s / roof.at(dot.intensity); }

/// It reads the weights as dot does, and is no faster: one addition after the other.
bool waits_for_its_sums(const BatchEffect& walk, const BatchEffect& dot) {
  const bool reads_as_dot = !walk.reading.once() && walk.reading.along_rows();
  return reads_as_dot && walk.many.us_per_row * same_speed > dot.many.us_per_row;
}

}  // namespace

double seconds_per_call(const std::function<void()>& work) {
  ProcessorClock clock;
  return time_median(work, {.min_sample_ns = 500'000, .warmups = 2, .samples = 31}, clock).min * 1e-9;
}

void walk_linear(const Tensor& x, const Tensor& w, const Tensor& b) { raw::linear(x, w, b); }
void walk_dot(const Tensor& x, const Tensor& w, const Tensor&) { run_order(x, w, LoopOrder::dot); }
void walk_strided(const Tensor& x, const Tensor& w, const Tensor&) { run_order(x, w, LoopOrder::strided); }
void walk_packed(const Tensor& x, const Tensor& w, const Tensor&) { run_order(x, w, LoopOrder::packed); }

void walk_eight_totals(const Tensor& x, const Tensor& w, const Tensor&) {
  const std::int64_t rows = x.size(0), in = w.size(1), out = w.size(0);
  const Tensor y = empty({rows, out});
  for (std::int64_t n = 0; n < rows; ++n) {
    for (std::int64_t o = 0; o < out; ++o) {
      const float *a = x.data<float>() + n * in, *b = w.data<float>() + o * in;
      float totals[8] = {};
      for (std::int64_t i = 0; i + 8 <= in; i += 8) {
        for (std::int64_t k = 0; k < 8; ++k) totals[k] += a[i + k] * b[i + k];
      }
      float total = 0;
      for (const float part : totals) total += part;
      y.data<float>()[n * out + o] = total;
    }
  }
  asm volatile("" : : "r"(y.data()) : "memory");
}

ColdLayer::ColdLayer(std::int64_t in, std::int64_t out) : in_(in), out_(out) {
  const std::int64_t bytes = in * out * item_size(DType::float32);
  const std::int64_t count = std::max<std::int64_t>(2, beyond_caches(read_caches()) / bytes);
  all_ = zeros({count, out, in});
  bias_ = zeros({out});
}

LayerDot ColdLayer::run(std::int64_t batch, const Walk& walk) {
  const Tensor x = zeros({batch, in_});
  const double seconds = seconds_per_call([&] {
    walk(x, as_strided(all_, {out_, in_}, {in_, 1}, next_ * in_ * out_), bias_);
    next_ = (next_ + 1) % all_.sizes()[0];
  });
  const nn::Cost cost = nn::linear_cost(batch, in_, out_, DType::float32);
  return {batch, nn::intensity(cost), static_cast<double>(cost.flops) / seconds * 1e-9,
          seconds * 1e6 / static_cast<double>(batch)};
}

Reading reading_of(const Walk& walk) {
  constexpr std::int64_t size = 48;  // more rows than the cache has lines
  const Tensor x = ones({Reading::rows, size}, DType::traced), w = ones({size, size}, DType::traced);
  lab::CacheModel model;
  model.watch(w);
  walk(x, w, Tensor());
  const auto loads = static_cast<double>(std::max<std::int64_t>(model.loads(), 1));
  return {loads / static_cast<double>(size * size), static_cast<double>(model.misses()) / loads};
}

BatchEffect effect_of(ColdLayer& layer, const std::string& name, const Walk& walk) {
  return {name, reading_of(walk), layer.run(1, walk), layer.run(64, walk)};
}

std::string waits_for(const BatchEffect& walk, const BatchEffect& dot, const Roof& roof) {
  if (share_of(roof, walk.one) >= half_of_the_roof) return "memory";
  if (waits_for_its_sums(walk, dot)) return "its own sums";
  if (walk.reading.once()) return "its own copy of w";
  return walk.reading.along_rows() ? "its own loops" : "a line per weight";
}

std::string batch_table(const Roof& roof, const std::vector<BatchEffect>& walks) {
  std::string lines =
      "                            us for a sample             a batch of 64    of memory's   alone, it\n"
      "                              alone   of 64    times    reads a weight   roof, alone   waits for\n";
  for (const BatchEffect& walk : walks) {
    lines +=
        fmt::format("  {:<24}{:>9.1f}{:>8.2f}{:>9.1f}    {:<14}   {:>9.0f} %   {}\n", walk.name, walk.one.us_per_row,
                    walk.many.us_per_row, walk.times(), walk.reading.once() ? "once" : "64 times",
                    100 * share_of(roof, walk.one), waits_for(walk, walks[1], roof));
  }
  return lines;
}

std::string what_hides_the_batch(const std::vector<BatchEffect>& walks) {
  const BatchEffect& own = walks.front();
  if (own.times() >= shows_the_batch) return "";
  const char* const cause = waits_for_its_sums(own, walks[1]) ? "each addition waits for the one before, as in dot"
                            : own.reading.once()              ? "its loops take longer than the weights take to arrive"
                            : own.reading.along_rows()        ? "it reads every weight again for each row"
                                                       : "it walks down the columns of w, a cache line per weight";
  return fmt::format("your raw::linear hides it ({:.1f} times): {}, at every batch; pack to see the batch", own.times(),
                     cause);
}

}  // namespace tinytorch
