// Answers the predictions of lab 05 on the stack it is linked with, and draws when batches are made and used.
//     measure_05 --seed S --parameters
//     measure_05 --seed S --measure [--out DIR]
#include "modules/05_data/measure/gantt.hpp"
#include "modules/05_data/measure/planted_run.hpp"
#include "tests/kit/measuring.hpp"
#include "tinytorch/core/memory.hpp"
#include "tinytorch/core/timing.hpp"
#include "tinytorch/data/formats/csv.hpp"
#include "tinytorch/data/prefetch.hpp"
#include "tinytorch/nn/activations.hpp"
#include "tinytorch/nn/functional.hpp"
#include "tinytorch/nn/mlp.hpp"
#include "tinytorch/optim/optimizers.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include <fmt/format.h>

namespace tinytorch {
namespace {

/// The numbers in the questions. They depend on the seed alone, so asking needs no measurement.
struct Parameters {
  std::int64_t make_ms, step_ms, workers;          // P1
  double factor, jitter_step_ms;                   // P2
  std::int64_t loaders, depth, batch, rows, cols;  // P3
  std::int64_t digits_batch;                       // P4
  std::int64_t examples, side;                     // P5
};

std::int64_t one_of(Generator& generator, std::initializer_list<std::int64_t> choices) {
  return choices.begin()[generator.below(choices.size())];
}

constexpr double jitter_make_ms = 2;  // for a batch that is not slow

/// Pairs with a clear answer. In a simulation the loop waits less than 1 % of its time at the right depth, and more
/// than 4 % with one place less. The limit in the question lies between the two.
struct Jitter {
  double factor, step_ms;
};
constexpr Jitter jitters[] = {{6, 3.5}, {6, 4.0}, {8, 4.6}, {10, 4.4}, {10, 5.1}, {12, 4.8}, {12, 5.2}};
constexpr double counts_as_waiting = 0.03;

Parameters parameters_of(std::uint64_t seed) {
  Generator generator(mix_seed(seed, 5));
  Parameters p{};
  p.make_ms = one_of(generator, {4, 6, 8, 10});
  p.step_ms = one_of(generator, {2, 3, 5});
  p.workers = one_of(generator, {0, 1, 2, 4});
  const Jitter jitter = jitters[generator.below(std::size(jitters))];
  p.factor = jitter.factor;
  p.jitter_step_ms = jitter.step_ms;
  p.loaders = one_of(generator, {1, 2, 3, 4});
  p.depth = one_of(generator, {2, 3, 4, 6, 8});
  p.batch = one_of(generator, {16, 32, 64});
  p.rows = one_of(generator, {8, 16, 28, 32});
  p.cols = one_of(generator, {8, 16, 28, 32});
  p.digits_batch = one_of(generator, {16, 32, 64});
  p.examples = one_of(generator, {1000, 2000, 4000});
  p.side = one_of(generator, {8, 16, 28, 32});
  return p;
}

void print_parameters(const Parameters& p) {
  const auto line = [](const char* id, const std::string& numbers) {
    fmt::print("{{\"id\":\"{}\",\"parameters\":{{{}}}}}\n", id, numbers);
  };
  line("P1", fmt::format(R"("make":{},"step":{},"workers":{})", p.make_ms, p.step_ms, p.workers));
  line("P2", fmt::format(R"("make":{},"factor":{},"step":"{}")", jitter_make_ms, p.factor, p.jitter_step_ms));
  line("P3", fmt::format(R"("workers":{},"depth":{},"batch":{},"rows":{},"cols":{})", p.loaders, p.depth, p.batch,
                         p.rows, p.cols));
  line("P4", fmt::format(R"("batch":{})", p.digits_batch));
  line("P5", fmt::format(R"("n":{},"side":{})", p.examples, p.side));
}

// ---- P1: how fast a loop can be ----

/// Batches a second, from the arrival of batch `skipped` to the arrival of the last one.
double steady_rate(const PlantedRun& run, std::int64_t skipped) {
  double first = 0, last = 0;
  for (const Event& event : run.events) {
    if (event.kind == Event::Kind::wait && event.batch == skipped) first = event.to;
    if (event.kind == Event::Kind::wait && event.batch == run.plan.batches - 1) last = event.to;
  }
  return 1e3 * static_cast<double>(run.plan.batches - 1 - skipped) / (last - first);
}

double rate_by_formula(double make, double step, double workers) {
  return 1e3 / (workers == 0 ? make + step : std::max(make / workers, step));
}

void measure_rate(const Parameters& p) {
  const auto make = static_cast<double>(p.make_ms), step = static_cast<double>(p.step_ms);
  std::string evidence = "measured, and by max(make / workers, step):";
  for (const int workers : {0, 1, 2, 4}) {
    const PlantedRun run =
        run_planted({.workers = workers, .depth = 4, .batches = 32, .make_ms = make, .step_ms = step});
    evidence += fmt::format(" {} workers {:.0f} and {:.0f};", workers, steady_rate(run, 8),
                            rate_by_formula(make, step, workers));
  }
  evidence.back() = ' ';
  lab::answer("P1", rate_by_formula(make, step, static_cast<double>(p.workers)), "batches/s", 0,
              evidence + "batches a second");
}

// ---- P2: how deep the queue must be ----

/// The share of its time that the loop waits in next(), after the queue had time to fill.
double share_of_one_run(const Parameters& p, std::int64_t depth, bool jitter) {
  constexpr std::int64_t every = 10, skipped = 20;
  const double mean = jitter_make_ms * (static_cast<double>(every - 1) + p.factor) / static_cast<double>(every);
  Plan plan{.workers = 1, .depth = depth, .batches = 60, .make_ms = jitter_make_ms, .step_ms = p.jitter_step_ms};
  plan.slow_every = jitter ? every : 0;
  plan.slow_factor = p.factor;
  if (!jitter) plan.make_ms = mean;
  const PlantedRun run = run_planted(plan);
  return run.waited(skipped + 1) * steady_rate(run, skipped) * 1e-3 / static_cast<double>(plan.batches - 1 - skipped);
}

/// The median of three runs, so that one disturbed run does not count.
double waited_share(const Parameters& p, std::int64_t depth, bool jitter) {
  std::vector<double> shares;
  for (int run = 0; run < 3; ++run) shares.push_back(share_of_one_run(p, depth, jitter));
  std::sort(shares.begin(), shares.end());
  return shares[1];
}

void measure_depth(const Parameters& p) {
  std::string shares;
  std::int64_t depth = 1;
  for (;; ++depth) {
    const double share = waited_share(p, depth, true);
    shares += fmt::format("{}{}: {:.1f} %", shares.empty() ? "" : ", ", depth, 100 * share);
    if (share < counts_as_waiting || depth == 12) break;
  }
  const double steady = waited_share(p, 1, false);
  lab::answer(
      "P2", static_cast<double>(depth), "batches", steady < counts_as_waiting ? 2 : 1,
      fmt::format("share of the time spent waiting, by depth: {}; a loader with the same mean and no slow batches, at "
                  "depth 1: {:.1f} %; {} batches of these are {} bytes",
                  shares, 100 * steady, depth, depth * 8));
}

// ---- P3: what stands ready takes memory ----

void measure_bytes(const Parameters& p) {
  const std::int64_t n = p.batch * (p.depth + p.loaders + 4);
  const data::TensorDataset set(zeros({n, p.rows, p.cols}), zeros({n}, DType::int64));
  data::DataLoaderOptions options;
  options.batch_size = p.batch;
  options.workers = static_cast<int>(p.loaders);
  options.depth = p.depth;
  data::PrefetchLoader loader(set, options);
  const std::int64_t before = memory::stats(memory::Tag::data).active;
  loader.begin_epoch(0);
  std::int64_t bytes = -1;
  for (int same = 0; same < 30;) {  // nobody asks for a batch, so the workers soon wait
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const std::int64_t now = memory::stats(memory::Tag::data).active - before;
    same = now == bytes ? same + 1 : 0;
    bytes = now;
  }
  const std::int64_t each = p.batch * (p.rows * p.cols * 4 + 8);
  lab::answer("P3", static_cast<double>(bytes), "bytes", 0,
              fmt::format("{} batches begun = {} ready + {} held by workers; {} x ({} x {} x 4 + 8) = {} bytes each; "
                          "peak_alive says {}",
                          loader.stats().started, p.depth, p.loaders, p.batch, p.rows, p.cols, each,
                          loader.stats().peak_alive));
}

// ---- P4: the digits ----

struct Shares {
  double waited, total;  // seconds
};

Shares train_digits(const data::Dataset& digits, std::int64_t batch, int workers) {
  Generator generator(1);
  nn::Sequential net(nn::Linear(64, 64, generator), nn::ReLU(), nn::Linear(64, 10, generator));
  optim::Adam optimizer(net.parameters(), {.lr = 3e-3});
  data::DataLoaderOptions options;
  options.batch_size = batch;
  options.shuffle = true;
  options.workers = workers;
  data::DataLoader loader(digits, options);
  SteadyClock clock;
  std::int64_t waited = 0;
  const std::int64_t start = clock.now_ns();
  for (std::int64_t epoch = 0; epoch < 5; ++epoch) {
    loader.begin_epoch(epoch);
    for (;;) {
      const std::int64_t asked = clock.now_ns();
      const std::optional<data::Batch> next = loader.next();
      waited += clock.now_ns() - asked;
      if (!next) break;
      optimizer.zero_grad();
      nn::functional::cross_entropy(net(next->inputs), next->targets).backward();
      optimizer.step();
    }
  }
  return {static_cast<double>(waited) * 1e-9, static_cast<double>(clock.now_ns() - start) * 1e-9};
}

void measure_digits(const Parameters& p) {
  const Tensor table = data::read_csv("examples/data/digits.csv.gz");
  const data::TensorDataset digits(table.slice(1, 0, 64) / 16.0, table.select(1, 64).to(DType::int64));
  const Shares alone = train_digits(digits, p.digits_batch, 0), ahead = train_digits(digits, p.digits_batch, 1);
  lab::answer(
      "P4", 100 * alone.waited / alone.total, "percent", 0,
      fmt::format("5 epochs: {:.0f} ms, of which {:.1f} waiting; with one worker {:.0f} ms, of which {:.1f} waiting",
                  alone.total * 1e3, alone.waited * 1e3, ahead.total * 1e3, ahead.waited * 1e3));
}

// ---- P5: shuffle indices, not data ----

/// Exchanges two items and counts the bytes that are read and written.
template <class T>
void counted_swap(T* a, T* b, std::int64_t length, std::int64_t& bytes) {
  for (std::int64_t i = 0; i < length; ++i) std::swap(a[i], b[i]);
  bytes += 4 * length * static_cast<std::int64_t>(sizeof(T));
}

void measure_shuffle(const Parameters& p) {
  const std::int64_t width = p.side * p.side;
  std::vector<float> rows(static_cast<std::size_t>(p.examples * width));
  std::vector<std::int64_t> order(static_cast<std::size_t>(p.examples));
  std::int64_t of_rows = 0, of_indices = 0;
  SteadyClock clock;
  Generator generator(1), same(1);
  const std::int64_t start = clock.now_ns();
  for (std::int64_t i = p.examples - 1; i > 0; --i) {
    const auto k = static_cast<std::int64_t>(generator.below(static_cast<std::uint64_t>(i) + 1));
    counted_swap(&rows[static_cast<std::size_t>(i * width)], &rows[static_cast<std::size_t>(k * width)], width,
                 of_rows);
  }
  const std::int64_t middle = clock.now_ns();
  for (std::int64_t i = p.examples - 1; i > 0; --i) {
    const auto k = static_cast<std::size_t>(same.below(static_cast<std::uint64_t>(i) + 1));
    counted_swap(&order[static_cast<std::size_t>(i)], &order[k], 1, of_indices);
  }
  const std::int64_t end = clock.now_ns();
  data::epoch_order(p.examples, 1, 0);
  const std::int64_t yours = clock.now_ns();
  lab::answer("P5", static_cast<double>(of_rows) / static_cast<double>(of_indices), "times", 0,
              fmt::format("examples {} bytes in {:.0f} us, indices {} bytes in {:.0f} us, your epoch_order {:.0f} us",
                          of_rows, static_cast<double>(middle - start) * 1e-3, of_indices,
                          static_cast<double>(end - middle) * 1e-3, static_cast<double>(yours - end) * 1e-3));
}

// ---- The picture ----

/// The fastest of three runs: it was disturbed least.
PlantedRun quickest(const Plan& plan) {
  PlantedRun best = run_planted(plan);
  for (int run = 1; run < 3; ++run) {
    PlantedRun other = run_planted(plan);
    if (other.ms < best.ms) best = std::move(other);
  }
  return best;
}

void draw(const std::string& out) {
  Plan alone{.workers = 0, .depth = 1, .batches = 10, .make_ms = 6, .step_ms = 5};
  Plan ahead = alone;
  ahead.workers = 2;
  ahead.depth = 2;
  const std::vector<PlantedRun> runs{quickest(alone), quickest(ahead)};
  fmt::print(stderr, "{}", gantt_text(runs));
  if (out.empty()) return;
  std::ofstream(std::filesystem::path(out) / "gantt.svg") << gantt_svg(runs);
}

void run(const lab::MeasureRequest& request) {
  const Parameters p = parameters_of(request.seed);
  if (request.parameters) return print_parameters(p);
  measure_rate(p);
  measure_depth(p);
  measure_bytes(p);
  measure_digits(p);
  measure_shuffle(p);
  draw(request.out);
}

}  // namespace
}  // namespace tinytorch

int main(int argc, char** argv) { return tinytorch::lab::measure_program("measure_05", tinytorch::run, argc, argv); }
