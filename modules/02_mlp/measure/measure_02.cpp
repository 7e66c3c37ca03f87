// Answers the predictions of lab 02 on the stack it is linked with, and draws a layer under this machine's roofline.
//     measure_02 --seed S --parameters
//     measure_02 --seed S --measure [--out DIR]
#include "modules/02_mlp/measure/layer_walks.hpp"
#include "modules/02_mlp/measure/roofline.hpp"
#include "src/course/machine_profile.hpp"
#include "tests/kit/instruments/cache_model.hpp"
#include "tests/kit/measuring.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/random.hpp"
#include "tinytorch/nn/activations.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/nn/loop_orders.hpp"
#include "tinytorch/nn/mlp.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tinytorch {
namespace {

/// The numbers in the questions. They depend on the seed alone, so that asking needs no measurement.
struct Parameters {
  Shape widths;                        // P1
  std::int64_t in, out, batch;         // P2
  std::int64_t walk_in, walk_out;      // P3
  std::int64_t memory_in, memory_out;  // P4
  std::int64_t count;                  // P5
  bool wide;                           // P5: float64
};

constexpr std::int64_t walk_rows = 64;
constexpr std::int64_t batches[] = {1, 8, 64, 512};

std::int64_t one_of(Generator& generator, std::initializer_list<std::int64_t> choices) {
  return choices.begin()[generator.below(choices.size())];
}

Parameters parameters_of(std::uint64_t seed) {
  Generator generator(mix_seed(seed, 2));
  Parameters p{};
  p.widths = {one_of(generator, {64, 256, 784, 1024})};
  for (std::int64_t hidden = one_of(generator, {1, 2, 3}); hidden > 0; --hidden) {
    p.widths.push_back(one_of(generator, {32, 48, 64, 96, 128, 200}));
  }
  p.widths.push_back(one_of(generator, {10, 26, 100}));
  p.in = one_of(generator, {256, 512, 784, 1024});
  p.out = one_of(generator, {64, 128, 256});
  p.batch = one_of(generator, {1, 2, 8, 64, 256});
  p.walk_in = one_of(generator, {600, 784, 1000});
  p.walk_out = one_of(generator, {96, 128, 160});
  p.memory_in = one_of(generator, {512, 784, 1024});
  p.memory_out = one_of(generator, {128, 192, 256});
  p.count = one_of(generator, {10, 100, 1000, 10'000});
  p.wide = generator.below(2) == 1;
  return p;
}

std::string dashed(const Shape& widths) {
  std::string text;
  for (const std::int64_t width : widths) text += (text.empty() ? "" : "-") + std::to_string(width);
  return text;
}

const char* dtype_name(bool wide) { return wide ? "float64" : "float32"; }

void print_parameters(const Parameters& p) {
  const auto line = [](const char* id, const std::string& numbers) {
    fmt::print(R"({{"id":"{}","parameters":{{{}}}}})", id, numbers);
    std::putchar('\n');
  };
  line("P1", fmt::format(R"("widths":"{}")", dashed(p.widths)));
  line("P2", fmt::format(R"("in":{},"out":{},"batch":{})", p.in, p.out, p.batch));
  line("P3", fmt::format(R"("rows":{},"in":{},"out":{})", walk_rows, p.walk_in, p.walk_out));
  line("P4", fmt::format(R"("in":{},"out":{})", p.memory_in, p.memory_out));
  line("P5", fmt::format(R"("count":{},"dtype":"{}")", p.count, dtype_name(p.wide)));
}

// ---- P1: parameters, and what a forward pass keeps ----

/// Linear layers with ReLU between them; if asked for, with a layer at place 1 that does nothing.
nn::Sequential network(const Shape& widths, bool one_more = false) {
  Generator generator(1);
  nn::Sequential net;
  for (std::int64_t i = 0; i + 1 < widths.size(); ++i) {
    if (i > 0) net.add(std::make_shared<nn::ReLU>());
    net.add<nn::Linear>(widths[i], widths[i + 1], generator);
    if (one_more && i == 0) net.add(std::make_shared<nn::Identity>());
  }
  return net;
}

/// The most bytes that tensors hold during a forward pass of x, without x and the parameters.
std::int64_t forward_peak(nn::Sequential& net, std::int64_t width, std::int64_t batch) {
  const NoGrad no_grad;
  const Tensor x = zeros({batch, width});
  const std::int64_t before = memory::stats().active;
  memory::reset_peak();
  net.forward(x);
  return memory::stats().peak - before;
}

void measure_parameters(const Parameters& p) {
  const std::int64_t before = memory::stats(memory::Tag::parameter).active;
  const nn::Sequential net = network(p.widths);
  const std::int64_t bytes = memory::stats(memory::Tag::parameter).active - before;
  std::int64_t named = 0;
  for (const NamedTensor& parameter : net.named_parameters()) named += parameter.value.numel();
  lab::answer(
      "P1", static_cast<double>(bytes), "bytes", 0,
      fmt::format("counted where tensors are allocated; your named_parameters list {} numbers of 4 bytes, mlp_cost "
                  "says {}",
                  named, nn::mlp_cost(p.widths, 1, DType::float32).params));
}

// ---- P2, P4: intensity, and a layer whose weights come from memory ----

void measure_intensity(const Parameters& p, const Roof& roof) {
  const double truth = nn::intensity(nn::linear_cost(p.batch, p.in, p.out, DType::float32));
  lab::answer("P2", truth, "FLOP/byte", 0,
              fmt::format("this core's ridge lies at {:.1f} FLOP/byte ({:.1f} GFLOP/s over {:.1f} GB/s), so {} is the "
                          "limit here: it allows {:.1f} GFLOP/s",
                          roof.ridge(), roof.gflop_per_s, roof.gb_per_s, truth < roof.ridge() ? "memory" : "arithmetic",
                          roof.at(truth)));
}

void measure_batches(const Parameters& p, const Roof& roof) {
  ColdLayer layer(p.memory_in, p.memory_out);
  std::vector<BatchEffect> walks;
  walks.push_back(effect_of(layer, "raw::linear", walk_linear));
  walks.push_back(effect_of(layer, "linear_into, dot", walk_dot));
  walks.push_back(effect_of(layer, "linear_into, packed", walk_packed));
  walks.push_back(
      {"dot with eight totals", walks[1].reading, layer.run(1, walk_eight_totals), layer.run(64, walk_eight_totals)});
  const BatchEffect& packed = walks[2];
  const std::string hidden = what_hides_the_batch(walks);
  lab::answer(
      "P4", packed.times(), "times", 0,
      fmt::format(
          "packed takes {:.1f} us for a sample alone, {:.2f} us in a batch of 64: the {} KiB of weights "
          "are fetched and copied once for the batch; alone, packed waits for {}; {}",
          packed.one.us_per_row, packed.many.us_per_row, p.memory_in * p.memory_out * 4 / 1024,
          waits_for(packed, walks[1], roof),
          hidden.empty() ? fmt::format("your raw::linear shows it too ({:.1f} times)", walks[0].times()) : hidden));
  fmt::print(stderr, "\n  a layer from {} to {} whose weights come from memory, in four walks\n{}", p.memory_in,
             p.memory_out, batch_table(roof, walks));
}

// ---- P3: three orders, and dot with eight totals ----

double gflop_per_s(std::int64_t rows, std::int64_t in, std::int64_t out, const Walk& walk) {
  const Tensor x = ones({rows, in}), w = ones({out, in});
  const double seconds = seconds_per_call([&] { walk(x, w, Tensor()); });
  return 2.0 * static_cast<double>(rows * in * out) / seconds * 1e-9;
}

std::int64_t misses(LoopOrder order) {
  const Tensor x = ones({8, 48}, DType::traced), w = ones({48, 48}, DType::traced);
  Tensor y = zeros({8, 48}, DType::traced);
  lab::CacheModel model;
  for (const Tensor& tensor : {x, w, y}) model.watch(tensor);
  model.watch_heap();
  raw::linear_into(y, x, w, order);
  return model.misses();
}

void measure_orders(const Parameters& p) {
  const auto speed = [&](auto walk) { return gflop_per_s(walk_rows, p.walk_in, p.walk_out, walk); };
  const double by_dot = speed(walk_dot), by_strided = speed(walk_strided), by_packed = speed(walk_packed);
  const double by_eight = speed(walk_eight_totals);
  const double near = gflop_per_s(walk_rows, 64, 64, walk_dot);  // 16 KiB of weights, which fit the first cache
  // If eight chains make dot fast, its one chain was the limit; if nearer weights do, the distance was.
  const int why = by_eight > 1.7 * by_dot ? 1 : near > 1.7 * by_dot ? 3 : 2;
  lab::answer(
      "P3", std::max({by_dot, by_strided, by_packed}) / by_dot, "times", why,
      fmt::format("dot {:.1f}, strided {:.1f}, packed {:.1f} GFLOP/s; dot with eight totals {:.1f}; dot on weights "
                  "that fit the first cache {:.1f}; line misses on a model cache at 8 x 48 x 48: dot {}, strided "
                  "{}, packed {}",
                  by_dot, by_strided, by_packed, by_eight, near, misses(LoopOrder::dot), misses(LoopOrder::strided),
                  misses(LoopOrder::packed)));
}

// ---- P5: where exp(z) / total breaks ----

/// Whether `count` equal scores z still become about 1 / count.
template <class T>
bool still_right(T z, std::int64_t count) {
  const T e = std::exp(z);
  T total = 0;
  for (std::int64_t i = 0; i < count; ++i) total += e;
  return std::abs(e / total * static_cast<T>(count) - 1) < T(0.01);
}

template <class T>
std::int64_t least_wrong(std::int64_t count) {
  std::int64_t z = 1;
  while (still_right(static_cast<T>(z), count)) ++z;
  return z;
}

void measure_overflow(const Parameters& p) {
  const std::int64_t z = p.wide ? least_wrong<double>(p.count) : least_wrong<float>(p.count);
  const DType dtype = p.wide ? DType::float64 : DType::float32;
  const Tensor share = raw::softmax(full({p.count}, static_cast<double>(z), dtype), 0);
  const double largest =
      p.wide ? std::numeric_limits<double>::max() : static_cast<double>(std::numeric_limits<float>::max());
  lab::answer(
      "P5", static_cast<double>(z), "points", 0,
      fmt::format("the logarithm of the largest {} is {:.2f}, that of {} is {:.2f}; your softmax of the same line "
                  "says {:.6f}",
                  dtype_name(p.wide), std::log(largest), p.count, std::log(static_cast<double>(p.count)),
                  p.wide ? share.data<double>()[0] : static_cast<double>(share.data<float>()[0])));
}

// ---- beside the predictions ----

/// Prints memory growth and parameter names of one fixed network.
void show_network() {
  const Shape widths{784, 128, 64, 10};
  nn::Sequential net = network(widths);
  fmt::print(stderr, "\n  {}: {} parameters, {} bytes\n", dashed(widths), net.parameter_count(),
             4 * net.parameter_count());
  for (const std::int64_t batch : batches) {
    fmt::print(stderr, "  a forward pass of {:3} rows holds at most {:6} bytes of values at a time\n", batch,
               forward_peak(net, widths[0], batch));
  }
  const std::vector<NamedTensor> before = net.named_parameters(), after = network(widths, true).named_parameters();
  std::int64_t renamed = 0;
  for (std::size_t i = 0; i < before.size(); ++i) renamed += before[i].name == after[i].name ? 0 : 1;
  fmt::print(stderr, "  a layer put in at place 1 renames {} of its {} parameters\n", renamed, before.size());
}

void draw_roofline(const Roof& roof, const std::string& out) {
  ColdLayer layer(784, 128);
  std::vector<LayerDot> dots;
  for (const std::int64_t batch : batches) dots.push_back(layer.run(batch));
  fmt::print(stderr, "\n  a layer from 784 to 128 whose weights come from memory\n{}", roofline_table(roof, dots));
  if (out.empty()) return;
  std::filesystem::create_directories(out);
  const std::filesystem::path path = std::filesystem::path(out) / "roofline.svg";
  std::ofstream file(path);
  if (!(file << roofline_svg(roof, dots, "784 to 128") << std::flush)) {
    throw FileError("[measure_02] cannot write " + path.string());
  }
}

void run(const lab::MeasureRequest& request) {
  const Parameters p = parameters_of(request.seed);
  if (request.parameters) return print_parameters(p);
  const Roof roof = measure_roof();
  measure_parameters(p);
  measure_intensity(p, roof);
  measure_orders(p);
  measure_batches(p, roof);
  measure_overflow(p);
  show_network();
  draw_roofline(roof, request.out);
}

}  // namespace
}  // namespace tinytorch

int main(int argc, char** argv) { return tinytorch::lab::measure_program("measure_02", tinytorch::run, argc, argv); }
