#include "modules/08_profiling/measure/part_b.hpp"

#include "src/course/roofline_machine.hpp"
#include "tests/kit/measuring.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/nn/activations.hpp"
#include "tinytorch/nn/conv.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/nn/loss.hpp"
#include "tinytorch/nn/mlp.hpp"
#include "tinytorch/nn/pool.hpp"
#include "tinytorch/optim/optimizers.hpp"
#include "tinytorch/profiling/costs.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tinytorch::profiling {
namespace {

constexpr std::int64_t batch = 32;

std::int64_t one_of(Generator& generator, std::initializer_list<std::int64_t> choices) {
  return choices.begin()[generator.below(choices.size())];
}

void print_line(const char* id, const std::string& numbers) {
  fmt::print("{{\"id\":\"{}\",\"parameters\":{{{}}}}}\n", id, numbers);
}

/// Keeps the record of each operation while it lives.
class Collector final : public OpHook {
 public:
  Collector() : before_(set_op_hook(this)) {}
  ~Collector() override { set_op_hook(before_); }
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  std::int64_t op_begins(const char*, bool) noexcept override { return clock_.now_ns(); }
  void op_ends(OpRecord& record) noexcept override {
    record.end_ns = clock_.now_ns();
    records_.push_back(record);
  }
  void allocated(std::uint64_t, std::int64_t, memory::Tag) noexcept override {}
  void freed(std::uint64_t, std::int64_t, memory::Tag) noexcept override {}

  const std::vector<OpRecord>& records() const { return records_; }

 private:
  SteadyClock clock_;
  OpHook* before_;
  std::vector<OpRecord> records_;
};

// ---- P1: where the operations are ----

/// Digits of 8x8 pixels, two layers of 3x3 kernels, two linear layers.
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
  net.add<nn::Linear>(second * 4 * 4, 64, generator);
  net.add<nn::ReLU>();
  net.add<nn::Linear>(64, 10, generator);
  return net;
}

/// The records of a step of training, the third one.
std::vector<OpRecord> step_records(const PartBParameters& p) {
  nn::Sequential net = lenet(p.first, p.second);
  optim::Adam adam(net.parameters());
  Generator generator(2);
  const Tensor images = rand({batch, 1, 8, 8}, generator);
  const Tensor labels = remainder(arange(batch), 10);
  const auto step = [&] {
    adam.zero_grad();
    nn::functional::cross_entropy(net.forward(images), labels).backward();
    adam.step();
  };
  step();
  step();
  const Collector collector;
  step();
  return collector.records();
}

struct Sum {
  std::int64_t flops = 0, ns = 0;
};

/// The name with the most of something.
std::string most(const std::map<std::string, Sum>& sums, std::int64_t Sum::*what) {
  const auto less = [what](const auto& a, const auto& b) { return a.second.*what < b.second.*what; };
  return std::max_element(sums.begin(), sums.end(), less)->first;
}

void measure_flops(const PartBParameters& p) {
  std::map<std::string, Sum> sums;
  Sum all;
  for (const OpRecord& record : step_records(p)) {
    if (record.nested > 0) continue;  // those inside of it did the work
    const std::int64_t flops = op_cost(record).flops;
    sums[record.name].flops += flops;
    sums[record.name].ns += record.ns();
    all.flops += flops;
    all.ns += record.ns();
  }
  std::int64_t conv = 0;
  for (const auto& [name, sum] : sums) conv += name.starts_with("conv2d") ? sum.flops : 0;
  const auto percent = [](std::int64_t part, std::int64_t whole) {
    return 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  };
  const std::string work = most(sums, &Sum::flops), time = most(sums, &Sum::ns);
  lab::answer("P1", percent(conv, all.flops), "%", 0,
              fmt::format("of {:.1f} million operations; most operations: {} ({:.0f} %), most time: {} ({:.0f} %)",
                          static_cast<double>(all.flops) / 1e6, work, percent(sums[work].flops, all.flops), time,
                          percent(sums[time].ns, all.ns)));
}

// ---- P4: what five operations wait for ----

/// The fastest of some runs, and the cost of its own record.
struct Measured {
  Cost cost;
  std::int64_t ns = 0;
};

template <class F>
Measured measured(F run) {
  for (int i = 0; i < 3; ++i) run();
  const Collector collector;
  for (int i = 0; i < 40; ++i) run();
  Measured best;
  for (const OpRecord& record : collector.records()) {
    if (op_cost(record) == Cost{} || (best.ns > 0 && record.ns() >= best.ns)) continue;
    best = {op_cost(record), record.ns()};
  }
  return best;
}

void measure_limits(const PartBParameters& p) {
  SteadyClock clock;
  const RooflineMachine machine = measure_roofline_machine(clock);
  Generator g(3);
  const Tensor square = rand({256, 256}, g), large = rand({8'000'000}, g), images = rand({32, 16, 16, 16}, g);
  const Tensor kernels = rand({32, 16, 3, 3}, g), row = rand({1, 1024}, g), weights = rand({1024, 1024}, g);
  const Tensor small = rand({p.elements}, g), twice = rand({2 * p.elements}, g);
  const std::pair<const char*, Measured> five[] = {
      {"matmul of 256 x 256", measured([&] { matmul(square, square); })},
      {"add of 8 million", measured([&] { add(large, large); })},
      {"conv2d of 32 images", measured([&] { nn::functional::conv2d(images, kernels); })},
      {"linear of one row", measured([&] { nn::functional::linear(row, weights); })},
      {"relu of few", measured([&] { relu(small); })}};
  int memory = 0;
  std::string words;
  for (const auto& [name, op] : five) {
    const Limit limit = classify(op.cost, op.ns, machine).limit;
    memory += limit == Limit::memory ? 1 : 0;
    words += fmt::format("{}: {}, ", name, to_string(limit));
  }
  lab::answer("P4", memory, "operations", 1,
              fmt::format("{}relu of {} takes {} ns and of {} takes {} ns", words, p.elements, five[4].second.ns,
                          2 * p.elements, measured([&] { relu(twice); }).ns));
}

// ---- P5: what a faster part changes ----

SpanTree step_of(std::int64_t step_ms, std::int64_t conv_ms) {
  SpanNode conv, step;
  conv.name = "conv2d";
  conv.total_ns = conv.self_ns = conv_ms * 1'000'000;
  step.name = "step";
  step.total_ns = step_ms * 1'000'000;
  step.self_ns = step.total_ns - conv.total_ns;
  step.children.push_back(conv);
  SpanTree tree;
  tree.threads.push_back({});
  tree.threads[0].root.total_ns = step.total_ns;
  tree.threads[0].root.children.push_back(step);
  return tree;
}

/// A forward pass by loops and by a product of matrices: what Amdahl says of the second from the times of the first,
/// and what it takes.
std::string exchanged_convolution() {
  SteadyClock clock;
  Generator g(4);
  const Tensor images = rand({16, 8, 16, 16}, g), kernels = rand({16, 8, 3, 3}, g), none;
  const Tensor weights = rand({256, 16 * 14 * 14}, g);
  const ConvSpec spec;
  const TimingOptions options{.min_sample_ns = 2'000'000, .warmups = 1, .samples = 7};
  const auto rest = [&](const Tensor& y) { raw::linear(raw::reshape(y, {16, 16 * 14 * 14}), weights, none); };
  const auto time = [&](auto run) { return time_median(run, options, clock).median; };
  const double loops = time([&] { raw::conv2d_direct(images, kernels, none, spec); });
  const double product = time([&] { raw::conv2d_gemm(images, kernels, none, spec); });
  const double before = time([&] { rest(raw::conv2d_direct(images, kernels, none, spec)); });
  const double after = time([&] { rest(raw::conv2d_gemm(images, kernels, none, spec)); });
  const double speedup = amdahl(std::min(1.0, loops / before), loops / product);
  return fmt::format("here a convolution {:.1f} times as fast makes a pass {:.2f} times as fast, predicted {:.2f}",
                     loops / product, before / after, speedup);
}

void measure_what_if(const PartBParameters& p) {
  const SpanTree tree = step_of(p.step, p.conv);
  const auto ms = [&](double factor) { return static_cast<double>(what_if(tree, "conv2d", factor).after_ns) / 1e6; };
  lab::answer("P5", ms(static_cast<double>(p.factor)), "ms", 0,
              fmt::format("without any convolution {:.0f} ms; {}", ms(1e9), exchanged_convolution()));
}

}  // namespace

PartBParameters part_b_parameters(std::uint64_t seed) {
  Generator generator(mix_seed(seed, 82));
  PartBParameters p{};
  p.first = one_of(generator, {4, 6, 8});
  p.second = one_of(generator, {8, 16, 24});
  p.elements = one_of(generator, {8, 16, 32});
  p.step = one_of(generator, {40, 50, 80, 100});
  p.conv = p.step * one_of(generator, {30, 40, 50, 60, 70}) / 100;
  p.factor = one_of(generator, {2, 4, 5});
  return p;
}

void print_part_b(const PartBParameters& p) {
  print_line("P1", fmt::format(R"("first":{},"second":{},"flat":{})", p.first, p.second, p.second * 16));
  print_line("P4", fmt::format(R"("elements":{})", p.elements));
  print_line("P5", fmt::format(R"("step":{},"conv":{},"factor":{})", p.step, p.conv, p.factor));
}

void measure_part_b(const PartBParameters& p) {
  measure_flops(p);
  measure_limits(p);
  measure_what_if(p);
}

}  // namespace tinytorch::profiling
