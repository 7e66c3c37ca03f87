#include "modules/08_profiling/measure/part_a.hpp"

#include "tests/kit/measuring.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/random.hpp"
#include "tinytorch/nn/activations.hpp"
#include "tinytorch/nn/conv.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/nn/loss.hpp"
#include "tinytorch/nn/mlp.hpp"
#include "tinytorch/nn/pool.hpp"
#include "tinytorch/optim/optimizers.hpp"
#include "tinytorch/profiling/profiler.hpp"

#include <string>

#include <fmt/format.h>

namespace tinytorch::profiling {
namespace {

std::int64_t one_of(Generator& generator, std::initializer_list<std::int64_t> choices) {
  return choices.begin()[generator.below(choices.size())];
}

void print_line(const char* id, const std::string& numbers) {
  fmt::print("{{\"id\":\"{}\",\"parameters\":{{{}}}}}\n", id, numbers);
}

// ---- P2: what recording costs ----

void measure_cost(const PartAParameters& p) {
  const double percent = 100.0 * static_cast<double>(p.spans * (p.inner + p.outer)) / (static_cast<double>(p.ms) * 1e6);
  SteadyClock clock;
  Recorder recorder(2000);
  const Overhead here = measure_overhead(recorder, clock);
  lab::answer("P2", percent, "%", 0,
              fmt::format("on this machine a span of your recorder costs {} ns inside and {} ns outside", here.inner_ns,
                          here.outer_ns));
}

// ---- P3: the peak of memory ----

nn::Sequential lenet(std::int64_t first, std::int64_t second) {
  Generator generator(1);
  const ConvSpec same{.padding = {1, 1}};
  nn::Sequential net;
  net.add<nn::Conv2d>(1, first, 3, generator, same);
  net.add<nn::ReLU>();
  net.add<nn::Conv2d>(first, second, 3, generator, same);
  net.add<nn::ReLU>();
  net.add<nn::MaxPool2d>(2);
  net.add<nn::Flatten>();
  net.add<nn::Linear>(second * 4 * 4, 10, generator);
  return net;
}

std::int64_t bytes_of(const MemoryPeak& peak, memory::Tag tag) { return peak.by_tag[static_cast<std::size_t>(tag)]; }

// The peak of the third step of training.
MemoryPeak peak_of_step(const PartAParameters& p, std::int64_t batch) {
  nn::Sequential net = lenet(p.first, p.second);
  optim::Adam adam(net.parameters());
  Generator generator(2);
  const memory::TagScope tag(memory::Tag::data);
  const Tensor images = rand({batch, 1, 8, 8}, generator);
  const Tensor labels = remainder(arange(batch), 10);
  const memory::TagScope none(memory::Tag::general);
  const auto step = [&] {
    adam.zero_grad();
    nn::functional::cross_entropy(net(images), labels).backward();
    adam.step();
  };
  step();
  step();
  Profiler profiler;
  profiler.start();
  step();
  return profiler.stop().peak;
}

// What the step itself has allocated.
std::int64_t made_by_step(const MemoryPeak& peak) {
  return peak.bytes - bytes_of(peak, memory::Tag::parameter) - bytes_of(peak, memory::Tag::optimizer) -
         bytes_of(peak, memory::Tag::data);
}

void measure_peak(const PartAParameters& p) {
  const MemoryPeak peak = peak_of_step(p, p.batch), twice = peak_of_step(p, 2 * p.batch);
  const auto activations = static_cast<double>(bytes_of(peak, memory::Tag::activation));
  const double growth = static_cast<double>(bytes_of(twice, memory::Tag::activation)) / activations;
  lab::answer("P3", 100.0 * activations / static_cast<double>(made_by_step(peak)), "%", 1,
              fmt::format("the peak comes in {}; with twice the batch activations grow by {:.2f}",
                          peak.span == nullptr ? "no span" : peak.span, growth));
}

}  // namespace

PartAParameters part_a_parameters(std::uint64_t seed) {
  Generator generator(mix_seed(seed, 81));
  PartAParameters p{};
  p.ms = one_of(generator, {200, 250, 400, 500});
  p.spans = one_of(generator, {10, 20, 40}) * 1000;
  p.inner = one_of(generator, {30, 40, 50});
  p.outer = one_of(generator, {60, 80, 100, 150});
  p.batch = one_of(generator, {16, 32, 64});
  p.first = one_of(generator, {4, 6, 8});
  p.second = one_of(generator, {8, 16});
  return p;
}

void print_part_a(const PartAParameters& p) {
  print_line("P2", fmt::format(R"("ms":{},"spans":{},"inner":{},"outer":{})", p.ms, p.spans, p.inner, p.outer));
  print_line("P3",
             fmt::format(R"("batch":{},"first":{},"second":{},"flat":{})", p.batch, p.first, p.second, p.second * 16));
}

void measure_part_a(const PartAParameters& p) {
  measure_cost(p);
  measure_peak(p);
}

}  // namespace tinytorch::profiling
