// Times the same work in TinyTorch and in libtorch, in turn, on one thread, and prints the ratios.
//
//   bench_vs_libtorch [NAME] [--rounds N] [--json FILE] [--markdown FILE] [--glibc-defaults]
//
// NAME selects the rows whose names contain it. Exit code 1: a result differs, or a ratio is below its floor.

#include "benchmarks/vs_libtorch/programs.hpp"
#include "benchmarks/vs_libtorch/rows.hpp"
#include "tinytorch/profiling/benchmark.hpp"

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <fstream>
#include <string>

#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <fmt/format.h>
#include <malloc.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace tinytorch::versus {
namespace {

/// The processor time of this process: what other programs do is not in it.
class ProcessorClock final : public Clock {
 public:
  std::int64_t now_ns() override {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
  }
};

struct Options {
  std::string name, json, markdown;
  std::int64_t rounds = 15;
  bool glibc_defaults = false;
};

struct Figure {
  std::string name;
  double ours = 0, theirs = 0;  // medians, in nanoseconds or bytes
  profiling::AbResult ratio;    // libtorch's time / ours
  double floor = 0, goal = 0;
  bool memory = false;
};

/// The reference BLAS, OpenBLAS with its own threads, and OpenBLAS on a processor that it does not know make libtorch
/// several times slower: a win that is none. OpenBLAS reads its variable before main, so the program starts again.
void require_good_blas(char** words) {
  using GetParallel = int (*)();
  using GetName = char* (*)();
  constexpr int openmp = 2;
  const auto get_parallel = reinterpret_cast<GetParallel>(dlsym(RTLD_DEFAULT, "openblas_get_parallel"));
  const auto get_name = reinterpret_cast<GetName>(dlsym(RTLD_DEFAULT, "openblas_get_corename"));
  if (get_parallel == nullptr || get_parallel() != openmp || get_name == nullptr)
    throw std::runtime_error("libtorch must run on OpenBLAS with OpenMP: apt-get install libopenblas0-openmp");
  const std::string name = get_name();
  if (std::getenv("OPENBLAS_CORETYPE") != nullptr || name != "Prescott" || !__builtin_cpu_supports("avx2")) {
    fmt::print("OpenBLAS computes as for a {} processor\n", name);
    return;
  }
  setenv("OPENBLAS_CORETYPE", __builtin_cpu_supports("avx512bw") ? "SkylakeX" : "Haswell", 1);
  execv("/proc/self/exe", words);
  throw std::runtime_error("OpenBLAS does not know this processor: set OPENBLAS_CORETYPE=Haswell");
}

/// With glibc's defaults large tensors are given back to the system and fetched again in each step.
void keep_memory() {
  mallopt(M_MMAP_THRESHOLD, 2'000'000'000);
  mallopt(M_TRIM_THRESHOLD, 2'000'000'000);
}

/// Throws when the two results differ by more than the row allows.
void require_agreement(const Row& row) {
  constexpr int calls = 3;  // the losses of three steps
  for (int call = 0; call < calls; ++call) {
    const Tensor ours = to(row.ours().detach(), DType::float64);
    const Tensor theirs = to(oracle::from_torch(row.theirs()), DType::float64);
    if (ours.sizes() != theirs.sizes() || !allclose(ours, theirs, row.tolerance, row.tolerance))
      throw std::runtime_error(fmt::format("{}: the results differ in call {}", row.name, call + 1));
  }
}

/// So many calls that a sample lasts two milliseconds.
template <class Work>
std::int64_t calls_in_sample(Work work, Clock& clock) {
  constexpr std::int64_t enough_ns = 2'000'000;
  for (std::int64_t calls = 1;; calls *= 2) {
    const std::int64_t begin = clock.now_ns();
    for (std::int64_t i = 0; i < calls; ++i) work();
    if (clock.now_ns() - begin >= enough_ns) return calls;
  }
}

Figure measure(const Row& row, std::int64_t rounds, Clock& clock, Generator& coin) {
  const std::int64_t calls = calls_in_sample(row.ours, clock), their_calls = calls_in_sample(row.theirs, clock);
  profiling::FunctionSubject ours([&] {
    for (std::int64_t i = 0; i < calls; ++i) row.ours();
  });
  profiling::FunctionSubject theirs([&] {
    for (std::int64_t i = 0; i < their_calls; ++i) row.theirs();
  });
  profiling::Paired times = profiling::measure_paired(ours, theirs, rounds, clock, coin);
  for (double& time : times.a) time /= static_cast<double>(calls);
  for (double& time : times.b) time /= static_cast<double>(their_calls);
  return {row.name,
          profiling::quantile(times.a, 0.5),
          profiling::quantile(times.b, 0.5),
          profiling::compare(times, 0.05),
          row.floor,
          row.goal};
}

Figure measure_program(const ProgramRow& row, std::int64_t rounds) {
  const profiling::Paired costs = run_programs(row, rounds);
  return {row.name,
          profiling::quantile(costs.a, 0.5),
          profiling::quantile(costs.b, 0.5),
          profiling::compare(costs, 0.05),
          row.floor,
          row.goal,
          row.memory};
}

std::string shown(double value, bool memory) {
  if (memory) return fmt::format("{:.1f} MB", value / 1e6);
  const double nanoseconds = value;
  if (nanoseconds < 1e3) return fmt::format("{:.0f} ns", nanoseconds);
  if (nanoseconds < 1e6) return fmt::format("{:.1f} us", nanoseconds / 1e3);
  return fmt::format("{:.2f} ms", nanoseconds / 1e6);
}

std::string verdict(const Figure& figure) {
  if (figure.ratio.ratio >= figure.goal) return "goal";
  return figure.ratio.ratio >= figure.floor ? "floor" : "below";
}

void print_row(const Figure& figure) {
  const profiling::AbResult& ratio = figure.ratio;
  fmt::print("{:<58} {:>10} {:>10}  {:6.2f} ({:.2f} to {:.2f})  {:>5g} {:>5g}  {}\n", figure.name,
             shown(figure.ours, figure.memory), shown(figure.theirs, figure.memory), ratio.ratio, ratio.interval.low,
             ratio.interval.high, figure.floor, figure.goal, verdict(figure));
  std::fflush(stdout);
}

std::string markdown_of(const std::vector<Figure>& figures) {
  std::string text = "| work | TinyTorch | libtorch | ratio | floor | goal |\n| --- | --- | --- | --- | --- | --- |\n";
  for (const Figure& figure : figures)
    text += fmt::format("| {} | {} | {} | {:.2f} ({:.2f} to {:.2f}) | {:g} | {:g} |\n", figure.name,
                        shown(figure.ours, figure.memory), shown(figure.theirs, figure.memory), figure.ratio.ratio,
                        figure.ratio.interval.low, figure.ratio.interval.high, figure.floor, figure.goal);
  return text;
}

void write(const std::string& file, const std::string& text) {
  if (!file.empty() && !(std::ofstream(file) << text)) throw std::runtime_error(file + ": cannot be written");
}

nlohmann::ordered_json json_of(const std::vector<Figure>& figures) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const Figure& figure : figures)
    rows.push_back({{"name", figure.name},
                    {"threads", 1},
                    {"ours_ns", figure.ours},
                    {"libtorch_ns", figure.theirs},
                    {"ratio", figure.ratio.ratio},
                    {"ratio_low", figure.ratio.interval.low},
                    {"ratio_high", figure.ratio.interval.high},
                    {"floor", figure.floor},
                    {"goal", figure.goal}});
  return rows;
}

Options options_of(int count, char** words) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    const auto value = [&] {
      if (i + 1 == count) throw std::runtime_error(word + " needs a value");
      return std::string(words[++i]);
    };
    if (word == "--rounds") {
      options.rounds = std::atoll(value().c_str());
      if (options.rounds < 10) throw std::runtime_error("--rounds: fewer than 10 rounds show nothing");
    } else if (word == "--json") {
      options.json = value();
    } else if (word == "--markdown") {
      options.markdown = value();
    } else if (word == "--glibc-defaults") {
      options.glibc_defaults = true;
    } else if (word.starts_with("-")) {
      throw std::runtime_error("there is no option " + word);
    } else {
      options.name = word;
    }
  }
  return options;
}

int run(const Options& options, char** words) {
  at::set_num_threads(1);
  require_good_blas(words);
  if (!options.glibc_defaults) keep_memory();
  fmt::print(
      "libtorch {} / TinyTorch on {}, one thread, {} rounds, processor time{}\n\n{:<58} {:>10} {:>10}  {:<24} "
      "{:>5} {:>5}\n",
      TORCH_VERSION, profiling::machine_fingerprint(), options.rounds,
      options.glibc_defaults ? ", glibc gives memory back" : "", "", "TinyTorch", "libtorch", " ratio (95 %)", "floor",
      "goal");
  ProcessorClock clock;
  Generator coin(1);
  std::vector<Figure> figures;
  for (const auto& rows : {small_rows, training_rows, image_rows, elementwise_rows, product_rows}) {
    for (const Row& row : rows()) {
      if (row.name.find(options.name) == std::string::npos) continue;
      require_agreement(row);
      figures.push_back(measure(row, options.rounds, clock, coin));
      print_row(figures.back());
    }
  }
  for (const ProgramRow& row : program_rows()) {
    if (row.name.find(options.name) == std::string::npos) continue;
    figures.push_back(measure_program(row, options.rounds));
    print_row(figures.back());
  }
  if (figures.empty()) throw std::runtime_error("no row has `" + options.name + "` in its name");
  write(options.json, json_of(figures).dump(2) + "\n");
  write(options.markdown, markdown_of(figures));
  std::size_t below = 0;
  for (const Figure& figure : figures) below += figure.ratio.ratio < figure.floor ? 1 : 0;
  fmt::print("\n{} of {} rows are below their floor\n", below, figures.size());
  return below == 0 ? 0 : 1;
}

}  // namespace
}  // namespace tinytorch::versus

int main(int count, char** words) {
  try {
    return tinytorch::versus::run(tinytorch::versus::options_of(count, words), words);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_vs_libtorch: {}\n", error.what());
    return 2;
  }
}
