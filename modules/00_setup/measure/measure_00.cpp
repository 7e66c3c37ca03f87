// Answers the predictions of lab 00 on this machine and draws its staircase.
//     measure_00 --seed S --parameters
//     measure_00 --seed S --measure [--out DIR]
#include "modules/00_setup/measure/plot.hpp"
#include "src/course/machine_profile.hpp"
#include "tests/kit/measuring.hpp"
#include "tinytorch/core/error.hpp"

#include <filesystem>
#include <fstream>
#include <numeric>
#include <set>
#include <string>

#include <fmt/format.h>
#include <sys/resource.h>

namespace tinytorch {
namespace {

constexpr std::int64_t kib = 1024, mib = 1024 * kib;

/// The numbers in the questions. They depend on the seed alone, so that asking needs no measurement.
struct Parameters {
  std::int64_t small_kib, large_mib;  // P1
  std::int64_t fresh_mib;             // P2
  std::int64_t body_ns, tick_ns;      // P3
  std::int64_t stride, floats_mib;    // P4
  std::int64_t nodes;                 // P5
};

std::int64_t one_of(Generator& generator, std::initializer_list<std::int64_t> choices) {
  return choices.begin()[generator.below(choices.size())];
}

/// Whether 100 ticks differ clearly from every power of two times the body, so that rounding to ticks can't matter.
bool clear_of_doubling(std::int64_t body_ns, std::int64_t tick_ns) {
  std::int64_t sample = body_ns;
  while (sample < 95 * tick_ns) sample *= 2;
  return sample > 105 * tick_ns;
}

Parameters parameters_of(std::uint64_t seed) {
  Generator generator(mix_seed(seed, 0));
  Parameters p{};
  p.small_kib = one_of(generator, {8, 12, 16, 20, 24});
  p.large_mib = one_of(generator, {128, 160, 192, 224, 256});
  p.fresh_mib = one_of(generator, {48, 64, 80, 96});
  do {
    p.body_ns = one_of(generator, {2, 3, 5, 6, 7, 9, 11, 13});
    p.tick_ns = one_of(generator, {10, 15, 25, 40, 60, 100});
  } while (!clear_of_doubling(p.body_ns, p.tick_ns));
  p.stride = one_of(generator, {4, 8, 16, 20, 24, 32, 48, 64});
  p.floats_mib = one_of(generator, {24, 32, 40, 48, 56, 64});
  p.nodes = 400 + static_cast<std::int64_t>(generator.below(600));
  return p;
}

void print_parameters(const Parameters& p) {
  fmt::print(R"({{"id":"P1","parameters":{{"small":{},"large":{}}}}})"
             "\n",
             p.small_kib, p.large_mib);
  fmt::print(R"({{"id":"P2","parameters":{{"mib":{}}}}})"
             "\n",
             p.fresh_mib);
  fmt::print(R"({{"id":"P3","parameters":{{"body":{},"tick":{}}}}})"
             "\n",
             p.body_ns, p.tick_ns);
  fmt::print(R"({{"id":"P4","parameters":{{"stride":{},"mib":{}}}}})"
             "\n",
             p.stride, p.floats_mib);
  fmt::print(R"({{"id":"P5","parameters":{{"nodes":{}}}}})"
             "\n",
             p.nodes);
}

std::int64_t page_faults() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt + usage.ru_majflt;
}

/// A random walk in two footprints; then the larger one walked in order, where the next address can be guessed.
void answer_chase(const Parameters& p, Generator& generator, Clock& clock) {
  constexpr std::size_t loads = 4'000;
  const AlignedBuffer<ChaseNode> buffer = walk_buffer(p.large_mib * mib);
  const auto small = buffer.span().first(static_cast<std::size_t>(p.small_kib * kib) / sizeof(ChaseNode));
  link_nodes(chase_ring(small.size(), generator), small);
  const double near_ns = chase_ns(small, loads, clock);

  std::vector<std::uint32_t> ring = chase_ring(buffer.size(), generator);
  link_nodes(ring, buffer.span());
  const std::int64_t faults_before = page_faults();
  const double far_ns = chase_ns(buffer.span(), loads, clock);
  const std::int64_t faults = page_faults() - faults_before;

  std::iota(ring.begin(), ring.end(), 1u);
  ring.back() = 0;
  link_nodes(ring, buffer.span());
  const double in_order_ns = chase_ns(buffer.span(), loads, clock);

  const int why = faults > static_cast<std::int64_t>(loads) ? 3 : in_order_ns < far_ns / 2 ? 1 : 2;
  lab::answer("P1", far_ns / near_ns, "times", why,
              fmt::format("{:.2f} ns in {} KiB, {:.1f} ns in {} MiB; in order {:.1f} ns; {} page faults", near_ns,
                          p.small_kib, far_ns, p.large_mib, in_order_ns, faults));
}

void answer_first_touch(const Parameters& p, Clock& clock) {
  const FirstTouch touch = measure_first_touch(p.fresh_mib * mib, clock);
  lab::answer(
      "P2", touch.first_ns / touch.second_ns, "times", 0,
      fmt::format("{:.1f} ms the first time, {:.1f} ms the second", touch.first_ns / 1e6, touch.second_ns / 1e6));
}

/// A clock that shows ticks. Only bodies and reads (1 ns each) move it.
class TickingClock final : public Clock {
 public:
  explicit TickingClock(std::int64_t tick_ns) : tick_ns_(tick_ns) {}
  std::int64_t now_ns() override { return now_ns_++ / tick_ns_ * tick_ns_; }
  void pass(std::int64_t ns) { now_ns_ += ns; }

 private:
  std::int64_t tick_ns_;
  std::int64_t now_ns_ = 0;
};

void answer_iterations(const Parameters& p, Clock& real_clock) {
  const TimingOptions no_minimum{.min_sample_ns = 0};
  TickingClock clock(p.tick_ns);
  const auto body = [&] { clock.pass(p.body_ns); };
  const std::int64_t iterations = time_median(body, no_minimum, clock).iterations;

  ChaseNode node;  // the shortest body there is: one load
  const Timing real = time_median([&] { node.next = chase(&node, 0, 1); }, no_minimum, real_clock);
  lab::answer("P3", static_cast<double>(iterations), "calls", 0,
              fmt::format("on this machine's clock, {} ns a tick, a body of {:.1f} ns gets {} calls a sample",
                          clock_resolution_ns(real_clock), real.median, real.iterations));
}

void answer_lines(const Parameters& p, Clock& clock) {
  AlignedBuffer<float> floats(static_cast<std::size_t>(p.floats_mib * mib) / sizeof(float));
  std::fill_n(floats.data(), floats.size(), 1.0f);
  std::int64_t lines = 0;
  std::uintptr_t last = 0;
  for (std::size_t i = 0; i < floats.size(); i += static_cast<std::size_t>(p.stride)) {
    const std::uintptr_t line = reinterpret_cast<std::uintptr_t>(floats.data() + i) / 64;
    lines += line != last ? 1 : 0;
    last = line;
  }
  const double all = strided_read_ns(floats.span(), 1, clock);
  const double some = strided_read_ns(floats.span(), static_cast<std::size_t>(p.stride), clock);
  lab::answer("P4", static_cast<double>(lines), "lines", 0,
              fmt::format("of {} lines; 1/{} of the floats takes {:.2f} of the time of all", p.floats_mib * mib / 64,
                          p.stride, some / all));
}

/// Nodes on the cycle of node 0 under a plain shuffle, on average over 4,000 shuffles.
void answer_plain_shuffle(const Parameters& p, Generator& generator) {
  constexpr int shuffles = 4000;
  std::vector<std::uint32_t> successor(static_cast<std::size_t>(p.nodes));
  std::int64_t met = 0;
  for (int shuffle = 0; shuffle < shuffles; ++shuffle) {
    std::iota(successor.begin(), successor.end(), 0u);
    for (std::size_t i = successor.size(); i > 1; --i) std::swap(successor[i - 1], successor[generator.below(i)]);
    std::uint32_t at = 0;
    do {
      at = successor[at];
      ++met;
    } while (at != 0);
  }
  const double average = static_cast<double>(met) / shuffles;
  const auto ring = chase_ring(static_cast<std::size_t>(p.nodes), generator);
  std::int64_t round = 0;
  for (std::uint32_t at = 0; round == 0 || (at != 0 && round < p.nodes); ++round) at = ring[at];
  lab::answer("P5", average, "nodes", 0,
              fmt::format("{:.3f} of {} nodes over {} shuffles; chase_ring meets {}",
                          average / static_cast<double>(p.nodes), p.nodes, shuffles, round));
}

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path);
  if (!(file << text << std::flush)) throw FileError("[measure_00] cannot write " + path.string());
}

/// The picture and the figures for people, and machine.json for later labs.
void show_machine(Generator& generator, Clock& clock, const std::string& out) {
  const MachineProfile profile = profile_machine(generator, clock);
  fmt::print(stderr, "\n{}", draw_text(profile.staircase, profile.caches));
  if (profile.caches.empty()) fmt::print(stderr, "{}", without_names_text(profile.staircase));
  for (const Bandwidth& b : profile.bandwidth) {
    const std::string where = b.level == 0 ? "memory" : fmt::format("L{}", b.level);
    fmt::print(stderr, "  reading {} in {}: {:.1f} GB/s\n", size_name(b.bytes), where, b.gb_per_s);
  }
  if (out.empty()) return;
  std::filesystem::create_directories(out);
  write_file(std::filesystem::path(out) / "staircase.svg", draw_svg(profile.staircase, profile.caches));
  write_file(std::filesystem::path(out) / "machine.json", to_json(profile));
  fmt::print(stderr, "  wrote {0}/staircase.svg and {0}/machine.json\n", out);
}

void run(const lab::MeasureRequest& request) {
  const Parameters p = parameters_of(request.seed);
  if (request.parameters) return print_parameters(p);
  SteadyClock clock;
  Generator generator(mix_seed(request.seed, 1));
  answer_chase(p, generator, clock);
  answer_first_touch(p, clock);
  answer_iterations(p, clock);
  answer_lines(p, clock);
  answer_plain_shuffle(p, generator);
  show_machine(generator, clock, request.out);
}

}  // namespace
}  // namespace tinytorch

int main(int argc, char** argv) { return tinytorch::lab::measure_program("measure_00", tinytorch::run, argc, argv); }
