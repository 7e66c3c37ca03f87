// Answers the predictions of lab 06 on the stack it is linked with, and draws one step over time.
//     measure_06 --seed S --parameters
//     measure_06 --seed S --measure [--out DIR]
#include "modules/06_training/measure/digit_runs.hpp"
#include "modules/06_training/measure/nets.hpp"
#include "modules/06_training/measure/picture.hpp"
#include "tests/kit/measuring.hpp"
#include "tinytorch/core/memory.hpp"
#include "tinytorch/core/timing.hpp"
#include "tinytorch/data/loader.hpp"
#include "tinytorch/optim/checkpoint.hpp"
#include "tinytorch/optim/optimizers.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tinytorch {
namespace {

/// The numbers in the questions. They depend on the seed alone, so asking needs no measurement.
struct Parameters {
  std::int64_t in, hidden, out;            // P1, P6
  bool adam;                               // P1
  std::int64_t wide;                       // P2
  std::int64_t depth, width, parts, each;  // P3
};

std::int64_t one_of(Generator& generator, std::initializer_list<std::int64_t> choices) {
  return choices.begin()[generator.below(choices.size())];
}

constexpr std::int64_t rows = 1024;  // of P3, in all

Parameters parameters_of(std::uint64_t seed) {
  Generator generator(mix_seed(seed, 6));
  Parameters p{};
  p.in = one_of(generator, {32, 64, 100, 256, 784});
  p.hidden = one_of(generator, {32, 64, 100, 128, 200});
  p.out = one_of(generator, {3, 5, 10, 26});
  p.adam = generator.below(2) == 1;
  p.wide = one_of(generator, {768, 1024, 1280});
  p.depth = one_of(generator, {4, 6, 8});
  p.width = one_of(generator, {16, 32});
  p.parts = one_of(generator, {4, 8, 16});
  p.each = rows / p.parts;
  return p;
}

void print_parameters(const Parameters& p) {
  const auto line = [](const char* id, const std::string& numbers) {
    fmt::print("{{\"id\":\"{}\",\"parameters\":{{{}}}}}\n", id, numbers);
  };
  line("P1", fmt::format(R"("in":{},"hidden":{},"out":{},"optimizer":"{}")", p.in, p.hidden, p.out,
                         p.adam ? "Adam" : "SGD with momentum"));
  line("P2", fmt::format(R"("wide":{})", p.wide));
  line("P3", fmt::format(R"("depth":{},"width":{},"parts":{},"each":{})", p.depth, p.width, p.parts, p.each));
  line("P4", "");
  line("P5", "");
  line("P6", fmt::format(R"("in":{},"hidden":{},"out":{})", p.in, p.hidden, p.out));
}

data::Batch random_batch(std::int64_t count, std::int64_t in, std::int64_t classes) {
  Generator generator(2);
  const Tensor targets = empty({count}, DType::int64);
  for (std::int64_t i = 0; i < count; ++i) {
    targets.data<std::int64_t>()[i] = static_cast<std::int64_t>(generator.below(static_cast<std::uint64_t>(classes)));
  }
  return {randn({count, in}, generator), targets};
}

std::int64_t bytes_of(const Tensor& x) { return x.defined() ? x.numel() * item_size(x.dtype()) : 0; }

/// The bytes of the float32 tensors of a state whose names contain `part`.
std::int64_t float_bytes(const StateDict& state, const std::string& part = "") {
  std::int64_t bytes = 0;
  for (const NamedTensor& named : state) {
    if (named.value.dtype() == DType::float32 && named.name.find(part) != std::string::npos)
      bytes += bytes_of(named.value);
  }
  return bytes;
}

// ---- P1, P6: bytes ----

void measure_bytes(const Parameters& p) {
  nn::Sequential net = two_layers(p.in, p.hidden, p.out);
  std::unique_ptr<optim::Optimizer> optimizer;
  if (p.adam)
    optimizer = std::make_unique<optim::Adam>(net.parameters());
  else
    optimizer = std::make_unique<optim::SGD>(net.parameters(), optim::SGDOptions{.momentum = 0.9});
  const data::Batch batch = random_batch(8, p.in, p.out);
  optim::train_step(net, {&batch, 1}, cross_entropy, *optimizer);
  std::int64_t values = 0, gradients = 0;
  for (const Tensor& parameter : net.parameters()) {
    values += bytes_of(parameter);
    gradients += bytes_of(parameter.grad());
  }
  const std::int64_t state = float_bytes(optimizer->state_dict());
  lab::answer("P1", static_cast<double>(values + gradients + state), "bytes", 0,
              fmt::format("{} elements: {} bytes of values, {} of gradients, {} of state", values / 4, values,
                          gradients, state));
}

void measure_checkpoint(const Parameters& p) {
  nn::Sequential net = two_layers(p.in, p.hidden, p.out);
  optim::Adam adam(net.parameters());
  const data::Batch batch = random_batch(8, p.in, p.out);
  const data::TensorDataset set(batch.inputs, batch.targets);
  data::DataLoader loader(set), validation(set);
  optim::TrainingRun run{.model = net, .optimizer = adam, .loader = loader, .loss = cross_entropy};
  run.validation = &validation;
  optim::fit(run, {.epochs = 1});
  const StateDict state = optim::capture(run);
  lab::answer("P6", static_cast<double>(float_bytes(state)), "bytes", 0,
              fmt::format("weights {}, moments {}, best weights {}", float_bytes(state, "model."),
                          float_bytes(state, "optimizer."), float_bytes(state, "best.")));
}

// ---- P2: where a step's time goes ----

/// The medians over `steps` steps, in microseconds, of data, forward, backward, clip and update.
std::array<double, 5> phases_of(nn::Module& net, optim::Optimizer& optimizer, const data::Dataset& set,
                                std::int64_t batch_size, int steps) {
  data::DataLoaderOptions options;
  options.batch_size = batch_size;
  data::DataLoader loader(set, options);
  SteadyClock clock;
  std::array<std::vector<double>, 5> times;
  for (int step = 0; step < steps; ++step) {
    std::array<std::int64_t, 6> at{};
    at[0] = clock.now_ns();
    loader.begin_epoch(step);
    const data::Batch batch = *loader.next();
    at[1] = clock.now_ns();
    optimizer.zero_grad();
    const Tensor loss = cross_entropy(net.forward(batch.inputs), batch.targets);
    at[2] = clock.now_ns();
    loss.backward();
    at[3] = clock.now_ns();
    optim::clip_grad_norm_(optimizer.parameters(), 1e9);
    at[4] = clock.now_ns();
    optimizer.step();
    at[5] = clock.now_ns();
    for (std::size_t k = 0; k < 5; ++k) times[k].push_back(static_cast<double>(at[k + 1] - at[k]) * 1e-3);
  }
  std::array<double, 5> medians{};
  for (std::size_t k = 0; k < 5; ++k) {
    std::sort(times[k].begin(), times[k].end());
    medians[k] = times[k][times[k].size() / 2];
  }
  return medians;
}

double sum_of(const std::array<double, 5>& phases) {
  double total = 0.0;
  for (const double phase : phases) total += phase;
  return total;
}

nn::Sequential narrow_and_deep() {
  Generator generator(1);
  nn::Sequential net;
  for (int layer = 0; layer < 12; ++layer) {
    net.add<nn::Linear>(32, 32, generator);
    net.add<nn::Tanh>();
  }
  net.add<nn::Linear>(32, 10, generator);
  return net;
}

/// The nanoseconds of an update per element, for `elements` elements in `tensors` parameters.
template <class Optimizer, class Options>
double ns_per_element(std::int64_t elements, std::int64_t tensors, const Options& options) {
  std::vector<Tensor> parameters;
  for (std::int64_t k = 0; k < tensors; ++k) {
    parameters.push_back(ones({elements / tensors}).set_requires_grad());
    parameters.back().set_grad(ones({elements / tensors}));
  }
  Optimizer optimizer(parameters, options);
  SteadyClock clock;
  std::vector<double> times;
  for (int k = 0; k < 25; ++k) {
    const std::int64_t start = clock.now_ns();
    optimizer.step();
    times.push_back(static_cast<double>(clock.now_ns() - start) / static_cast<double>(elements));
  }
  std::sort(times.begin(), times.end());
  return times[12];
}

StepPicture measure_phases(const Parameters& p) {
  constexpr std::int64_t batch = 16;
  nn::Sequential wide = two_layers(p.wide, p.wide, 10), deep = narrow_and_deep();
  optim::Adam wide_adam(wide.parameters()), deep_adam(deep.parameters());
  const data::Batch wide_rows = random_batch(batch, p.wide, 10), deep_rows = random_batch(batch, 32, 10);
  const data::TensorDataset wide_set(wide_rows.inputs, wide_rows.targets);
  const data::TensorDataset deep_set(deep_rows.inputs, deep_rows.targets);
  const auto in_wide = phases_of(wide, wide_adam, wide_set, batch, 15);
  const auto in_deep = phases_of(deep, deep_adam, deep_set, batch, 31);
  const std::int64_t elements = wide.parameter_count();
  const double adam = ns_per_element<optim::Adam>(elements, 1, optim::AdamOptions{});
  const double plain = ns_per_element<optim::SGD>(elements, 1, optim::SGDOptions{});
  const double split = ns_per_element<optim::Adam>(elements, 1024, optim::AdamOptions{});
  const double cached = ns_per_element<optim::Adam>(1024, 1, optim::AdamOptions{});
  // If an element takes as long when everything is in the cache, the arithmetic decides.
  const int why = split > 2 * adam ? 3 : cached > adam / 2 ? 2 : 1;
  lab::answer(
      "P2", 100 * in_wide[4] / sum_of(in_wide), "percent", why,
      fmt::format("narrow and deep: {:.0f} % of the step; an element costs {:.2f} ns under Adam, {:.2f} in 1024 "
                  "tensors, {:.2f} in a tensor that fits the first cache; {:.2f} under plain SGD, which moves 12 "
                  "bytes in place of 28",
                  100 * in_deep[4] / sum_of(in_deep), adam, split, cached, plain));
  StepPicture picture{fmt::format("one step of {0}-{0}-10, batch {1}, Adam", p.wide, batch), {}, {}};
  const char* const names[] = {"data", "forward", "backward", "clip", "update"};
  for (std::size_t k = 0; k < 5; ++k) picture.phases.push_back({names[k], in_wide[k]});
  std::size_t slot = 0;
  for (const NamedTensor& named : wide.named_parameters()) {
    const optim::AdamState& state = wide_adam.state(slot++);
    picture.towers.push_back({named.name, bytes_of(named.value), bytes_of(named.value.grad()),
                              bytes_of(state.mean) + bytes_of(state.square)});
  }
  return picture;
}

// ---- P3: micro-batches ----

/// The peak of the bytes in a step, minus the bytes held before it.
std::int64_t peak_of_step(nn::Module& net, optim::Optimizer& optimizer, std::span<const data::Batch> micro) {
  optim::train_step(net, micro, cross_entropy, optimizer);
  optimizer.zero_grad();
  memory::reset_peak();
  const std::int64_t before = memory::stats().active;
  optim::train_step(net, micro, cross_entropy, optimizer);
  return memory::stats().peak - before;
}

void measure_peak(const Parameters& p) {
  Generator generator(1);
  nn::Sequential net;
  for (std::int64_t layer = 0; layer < p.depth; ++layer) {
    net.add<nn::Linear>(p.width, p.width, generator);
    net.add<nn::Tanh>();
  }
  net.add<nn::Linear>(p.width, 10, generator);
  optim::SGD sgd(net.parameters());
  const data::Batch whole = random_batch(rows, p.width, 10);
  std::vector<data::Batch> micro;
  for (std::int64_t from = 0; from < rows; from += p.each) {
    micro.push_back({whole.inputs.slice(0, from, from + p.each), whole.targets.slice(0, from, from + p.each)});
  }
  const std::int64_t of_whole = peak_of_step(net, sgd, {&whole, 1}), of_micro = peak_of_step(net, sgd, micro);
  lab::answer("P3", static_cast<double>(of_whole) / static_cast<double>(of_micro), "times", 0,
              fmt::format("{} bytes with one batch of {}, {} with {} of {}; gradients are {} of both", of_whole, rows,
                          of_micro, p.parts, p.each, net.parameter_count() * 4));
}

void run(const lab::MeasureRequest& request) {
  const Parameters p = parameters_of(request.seed);
  if (request.parameters) return print_parameters(p);
  measure_bytes(p);
  const StepPicture picture = measure_phases(p);
  measure_peak(p);
  measure_digits();
  measure_checkpoint(p);
  fmt::print(stderr, "{}", picture_text(picture));
  if (!request.out.empty()) std::ofstream(std::filesystem::path(request.out) / "step.svg") << picture_svg(picture);
}

}  // namespace
}  // namespace tinytorch

int main(int argc, char** argv) { return tinytorch::lab::measure_program("measure_06", tinytorch::run, argc, argv); }
