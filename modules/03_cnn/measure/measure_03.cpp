// Answers the predictions of lab 03 on the stack it is linked with.
//     measure_03 --seed S --parameters
//     measure_03 --seed S --measure
#include "tests/kit/instruments/cache_model.hpp"
#include "tests/kit/measuring.hpp"
#include "tinytorch/core/kernels.hpp"
#include "tinytorch/core/random.hpp"
#include "tinytorch/core/raw.hpp"
#include "tinytorch/nn/conv.hpp"
#include "tinytorch/nn/pool.hpp"

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tinytorch {
namespace {

/// The numbers in the questions. They depend on the seed alone, so that asking needs no measurement.
struct Parameters {
  std::int64_t channels, height, width, kernels, kernel, stride, padding;          // P1
  std::int64_t read_channels, read_height, read_width, read_kernels, read_kernel;  // P3
  std::int64_t in, out, side;                                                      // P4
  std::int64_t batch;                                                              // P5
};

std::int64_t one_of(Generator& generator, std::initializer_list<std::int64_t> choices) {
  return choices.begin()[generator.below(choices.size())];
}

Parameters parameters_of(std::uint64_t seed) {
  Generator generator(mix_seed(seed, 3));
  Parameters p{};
  p.channels = one_of(generator, {1, 3, 4, 8});
  p.height = 20 + static_cast<std::int64_t>(generator.below(30));
  p.width = 20 + static_cast<std::int64_t>(generator.below(30));
  p.kernels = one_of(generator, {4, 8, 16, 32});
  p.kernel = one_of(generator, {3, 5, 7});
  p.stride = one_of(generator, {1, 2});
  p.padding = p.kernel / 2;
  p.read_channels = one_of(generator, {1, 2, 3});
  p.read_kernel = one_of(generator, {2, 3, 4, 5});
  p.read_height = 2 * p.read_kernel + 1 + static_cast<std::int64_t>(generator.below(6));
  p.read_width = 2 * p.read_kernel + 1 + static_cast<std::int64_t>(generator.below(6));
  p.read_kernels = one_of(generator, {2, 3, 4, 6, 8});
  p.in = one_of(generator, {8, 16, 24, 32});
  p.out = one_of(generator, {16, 32, 48});
  p.side = one_of(generator, {14, 16, 20, 28});
  p.batch = one_of(generator, {16, 32, 64});
  return p;
}

void print_parameters(const Parameters& p) {
  const auto line = [](const char* id, const std::string& numbers) {
    fmt::print(R"({{"id":"{}","parameters":{{{}}}}})", id, numbers);
    std::putchar('\n');
  };
  line("P1", fmt::format(R"("c":{},"h":{},"w":{},"o":{},"k":{},"s":{},"p":{})", p.channels, p.height, p.width,
                         p.kernels, p.kernel, p.stride, p.padding));
  line("P2", "");
  line("P3", fmt::format(R"("c":{},"h":{},"w":{},"o":{},"k":{})", p.read_channels, p.read_height, p.read_width,
                         p.read_kernels, p.read_kernel));
  line("P4", fmt::format(R"("c":{},"o":{},"side":{})", p.in, p.out, p.side));
  line("P5", fmt::format(R"("batch":{})", p.batch));
}

Tensor numbers(const Shape& sizes, DType dtype = DType::float32) {
  Generator generator(1);
  const Tensor x = empty(sizes, DType::float32);
  for (std::int64_t i = 0; i < x.numel(); ++i) x.data<float>()[i] = static_cast<float>(generator.uniform()) - 0.5F;
  return x.to(dtype);
}

/// Milliseconds of the fastest of `runs` runs.
template <class F>
double fastest_ms(int runs, F work) {
  return lab::fastest_ns(runs, work) * 1e-6;
}

/// The most bytes that tensors took while `work` ran, beyond those before.
template <class F>
std::int64_t growth(F work) {
  memory::reset_peak();
  const std::int64_t before = memory::stats().active;
  work();
  return memory::stats().peak - before;
}

// ---- P1: what the columns take ----

void measure_columns(const Parameters& p) {
  const ConvSpec spec{{p.stride, p.stride}, {p.padding, p.padding}, {1, 1}};
  const Pair kernel{p.kernel, p.kernel};
  const std::int64_t Ho = nn::conv_output_size(p.height, p.kernel, p.stride, p.padding, 1);
  const std::int64_t Wo = nn::conv_output_size(p.width, p.kernel, p.stride, p.padding, 1);
  const Tensor image = numbers({p.channels, p.height, p.width});
  const std::int64_t before = memory::stats().active;
  Tensor columns = empty({p.channels * p.kernel * p.kernel, Ho * Wo});
  raw::im2col(image, kernel, spec, columns);
  const std::int64_t bytes = memory::stats().active - before;
  columns = Tensor();
  const Tensor w = numbers({p.kernels, p.channels, p.kernel, p.kernel});
  const auto grown = [&](std::int64_t images) {
    const Tensor x = numbers({images, p.channels, p.height, p.width});
    const std::int64_t y = images * p.kernels * Ho * Wo * 4;
    return growth([&] { raw::conv2d_gemm(x, w, Tensor(), spec); }) - y;
  };
  const std::int64_t one = grown(1), many = grown(16);
  lab::answer(
      "P1", static_cast<double>(bytes), "bytes", 0,
      fmt::format("{} rows of {} columns, 4 bytes each, from an image of {} bytes; 64 images at once would take {}; "
                  "beside y your conv2d_gemm grew by {} bytes for 1 image and by {} for 16",
                  p.channels * p.kernel * p.kernel, Ho * Wo, image.numel() * 4, 64 * bytes, one, many));
}

// ---- P2: one image after the other, or all columns first ----

/// A convolution of a batch by columns, in two orders.
struct Columns {
  Tensor x, kernels, y;
  Pair kernel;
  ConvSpec spec;
  std::int64_t taps, places;

  Columns(const Shape& sizes, const Shape& w, const ConvSpec& how) : x(numbers(sizes)), kernel{w[2], w[3]}, spec(how) {
    taps = w[1] * w[2] * w[3];
    const std::int64_t Ho = nn::conv_output_size(sizes[2], w[2], spec.stride.h, spec.padding.h, spec.dilation.h);
    places = Ho * nn::conv_output_size(sizes[3], w[3], spec.stride.w, spec.padding.w, spec.dilation.w);
    kernels = numbers({w[0], taps});
    y = empty({sizes[0], w[0], places});
  }
  Tensor block(const Tensor& all, std::int64_t n, const Shape& sizes) const {
    return as_strided(all, sizes, contiguous_strides(sizes), n * numel(sizes));
  }
  void fill(std::int64_t n, Tensor& columns) const {
    raw::im2col(block(x, n, {x.size(1), x.size(2), x.size(3)}), kernel, spec, columns);
  }
  // Takes one row of columns after the other and adds it to all outputs: every entry is read once, as in a blocked
  // product. With the product of the stack, the result would depend on which product that is.
  void multiply(std::int64_t n, const Tensor& columns) const {
    const std::int64_t O = kernels.size(0);
    float* to = y.data<float>() + n * O * places;
    std::fill(to, to + O * places, 0.0F);
    for (std::int64_t tap = 0; tap < taps; ++tap) {
      const float* row = columns.data<float>() + tap * places;
      for (std::int64_t o = 0; o < O; ++o) {
        const float weight = kernels.data<float>()[o * taps + tap];
        for (std::int64_t j = 0; j < places; ++j) to[o * places + j] += weight * row[j];
      }
    }
  }
  void image_by_image(Tensor& workspace) const {
    for (std::int64_t n = 0; n < x.size(0); ++n) {
      fill(n, workspace);
      multiply(n, workspace);
    }
  }
  void all_columns_first(const Tensor& workspace) const {
    for (std::int64_t n = 0; n < x.size(0); ++n) {
      Tensor columns = block(workspace, n, {taps, places});
      fill(n, columns);
    }
    for (std::int64_t n = 0; n < x.size(0); ++n) multiply(n, block(workspace, n, {taps, places}));
  }
};

struct Orders {
  double one, all, all_fresh;  // ms for each image: one workspace; all columns; all columns, allocated each time
};

// Runs the three ways in turn, so that a busy moment of the machine slows all of them.
Orders time_orders(std::int64_t images, int rounds) {
  const Columns conv({images, 3, 32, 32}, {6, 3, 5, 5}, {.padding = {2, 2}});
  Tensor one = empty({conv.taps, conv.places});
  const Tensor all = empty({images, conv.taps, conv.places});
  conv.all_columns_first(all);  // touches the memory first: the time for that is not part of the question
  Orders best{1e9, 1e9, 1e9};
  for (int round = 0; round < rounds; ++round) {
    best.one = std::min(best.one, fastest_ms(1, [&] { conv.image_by_image(one); }));
    best.all = std::min(best.all, fastest_ms(1, [&] { conv.all_columns_first(all); }));
    best.all_fresh = std::min(best.all_fresh, fastest_ms(1, [&] {
                                conv.all_columns_first(empty({images, conv.taps, conv.places}));
                              }));
  }
  const auto count = static_cast<double>(images);
  return {best.one / count, best.all / count, best.all_fresh / count};
}

double direct_over_gemm(const Shape& x_sizes, const Shape& w_sizes, const ConvSpec& spec) {
  const Tensor x = numbers(x_sizes), w = numbers(w_sizes);
  const double direct = fastest_ms(3, [&] { raw::conv2d_direct(x, w, Tensor(), spec); });
  return direct / fastest_ms(5, [&] { raw::conv2d_gemm(x, w, Tensor(), spec); });
}

void measure_orders() {
  const Orders large = time_orders(64, 25), small = time_orders(2, 200);
  const double ratio = large.all_fresh / large.one, in_cache = small.all / small.one;
  // Arithmetic is the same at every batch: if it were the reason, two images would lose as much. Memory that is kept
  // costs no allocation.
  const double arithmetic = in_cache - 1, cache = large.all / large.one - in_cache;
  const double allocation = (large.all_fresh - large.all) / large.one;
  int why = 2;
  if (allocation > cache) why = 3;
  if (arithmetic > std::max(cache, allocation)) why = 1;
  if (ratio < 1.1) why = 0;
  const double thin = direct_over_gemm({16, 1, 28, 28}, {6, 1, 5, 5}, {.padding = {2, 2}});
  const double thick = direct_over_gemm({16, 16, 14, 14}, {32, 16, 3, 3}, {.padding = {1, 1}});
  lab::answer(
      "P2", ratio, "times", why,
      fmt::format(
          "for each image {:.1f} us with one workspace, {:.1f} us with all columns first, {:.1f} us when their "
          "memory is kept from run to run; with 2 images, whose columns fit the second-level cache, the "
          "second way takes {:.2f} times as long. Your direct loops take {:.1f} times as long as your conv2d_gemm on "
          "1x28x28 with 6 kernels 5x5, {:.1f} times on 16x14x14 with 32 kernels 3x3",
          large.one * 1e3, large.all_fresh * 1e3, large.all * 1e3, in_cache, thin, thick));
}

// ---- P3: reads of one pixel ----

void measure_reads(const Parameters& p) {
  const Tensor x = zeros({1, p.read_channels, p.read_height, p.read_width}, DType::traced);
  const Tensor w = zeros({p.read_kernels, p.read_channels, p.read_kernel, p.read_kernel}, DType::traced);
  const std::int64_t middle = p.read_height / 2 * p.read_width + p.read_width / 2;
  const auto reads = [&](std::int64_t pixel) {
    lab::CacheModel model;
    model.watch(x.data<Traced>() + pixel, sizeof(Traced));
    raw::conv2d_direct(x, w, Tensor(), ConvSpec());
    return model.loads();
  };
  const std::int64_t inner = reads(middle), corner = reads(0);
  lab::answer("P3", static_cast<double>(inner), "reads", 0,
              fmt::format("each of the {} taps of {} kernels reads it once; the corner is read {} times",
                          p.read_kernel * p.read_kernel, p.read_kernels, corner));
}

// ---- P4: channels or side ----

void measure_growth(const Parameters& p) {
  struct Plan {
    double million;
    std::int64_t params, columns;
    double ms;
  };
  const auto plan = [&](std::int64_t in, std::int64_t out, std::int64_t side) {
    const Shape x{1, in, side, side}, w{out, in, 3, 3};
    const ConvSpec spec{.padding = {1, 1}};
    const nn::Cost cost = nn::conv2d_cost(x, w, spec);
    const Tensor image = numbers(x), kernels = numbers(w);
    const double ms = fastest_ms(9, [&] { raw::conv2d_gemm(image, kernels, Tensor(), spec); });
    return Plan{static_cast<double>(cost.flops) * 1e-6, cost.params, nn::im2col_bytes(x, w, spec), ms};
  };
  const Plan before = plan(p.in, p.out, p.side), channels = plan(2 * p.in, 2 * p.out, p.side),
             side = plan(p.in, p.out, 2 * p.side);
  lab::answer(
      "P4", channels.million, "million operations", 0,
      fmt::format("from {:.2f}; the side doubled: {:.2f}. Parameters {} -> {} with the channels, {} with the side; "
                  "columns {} -> {} bytes and {} bytes; your conv2d_gemm {:.3f} -> {:.3f} ms and {:.3f} ms",
                  before.million, side.million, before.params, channels.params, side.params, before.columns,
                  channels.columns, side.columns, before.ms, channels.ms, side.ms));
}

// ---- P5: the layers of LeNet ----

struct Layer {
  const char* name;
  double ms, million;
};

Layer time_conv(const char* name, const Shape& x_sizes, const Shape& w_sizes, const ConvSpec& spec) {
  const Tensor x = numbers(x_sizes), w = numbers(w_sizes), b = numbers({w_sizes[0]});
  const double ms = fastest_ms(7, [&] { raw::conv2d_gemm(x, w, b, spec); });
  return {name, ms, static_cast<double>(nn::conv2d_cost(x_sizes, w_sizes, spec).flops) * 1e-6};
}

Layer time_pool(const char* name, const Shape& sizes) {
  const Tensor x = numbers(sizes);
  const double ms = fastest_ms(7, [&] { raw::max_pool2d(x, PoolSpec()); });
  return {name, ms, static_cast<double>(x.numel()) * 0.75e-6};  // three comparisons for each window of four
}

Layer time_linear(const char* name, std::int64_t batch, std::int64_t in, std::int64_t out) {
  const Tensor x = numbers({batch, in}), w = numbers({in, out}), y = empty({batch, out});
  const double ms = fastest_ms(7, [&] { kernels::gemm(x, w, y); });
  return {name, ms, 2e-6 * static_cast<double>(batch * in * out)};
}

void measure_lenet(const Parameters& p) {
  const std::int64_t n = p.batch;
  const std::vector<Layer> layers{time_conv("conv 1", {n, 1, 28, 28}, {6, 1, 5, 5}, {.padding = {2, 2}}),
                                  time_pool("pool 1", {n, 6, 28, 28}),
                                  time_conv("conv 2", {n, 6, 14, 14}, {16, 6, 5, 5}, {}),
                                  time_pool("pool 2", {n, 16, 10, 10}),
                                  time_linear("linear 1", n, 400, 120),
                                  time_linear("linear 2", n, 120, 84),
                                  time_linear("linear 3", n, 84, 10)};
  std::size_t longest = 0;
  std::string times;
  for (std::size_t k = 0; k < layers.size(); ++k) {
    if (layers[k].ms > layers[longest].ms) longest = k;
    times += fmt::format("{}{} {:.3f} ms for {:.2f} million operations", k == 0 ? "" : "; ", layers[k].name,
                         layers[k].ms, layers[k].million);
  }
  lab::answer("P5", static_cast<double>(longest + 1), "layer number", 0, times);
}

void run(const lab::MeasureRequest& request) {
  const Parameters p = parameters_of(request.seed);
  if (request.parameters) return print_parameters(p);
  measure_columns(p);
  measure_orders();
  measure_reads(p);
  measure_growth(p);
  measure_lenet(p);
}

}  // namespace
}  // namespace tinytorch

int main(int argc, char** argv) { return tinytorch::lab::measure_program("measure_03", tinytorch::run, argc, argv); }
