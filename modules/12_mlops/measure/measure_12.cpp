// Answers the predictions of lab 12 on the stack it is linked with. All times are virtual: they are the same on every
// machine.
//     measure_12 --seed S --parameters
//     measure_12 --seed S --measure [--out DIR]
#include "modules/12_mlops/measure/parts.hpp"
#include "tests/kit/measuring.hpp"
#include "tinytorch/core/random.hpp"
#include "tinytorch/nn/deploy_registry.hpp"
#include "tinytorch/nn/deploy_traffic.hpp"
#include "tinytorch/profiling/loadgen.hpp"
#include "tinytorch/profiling/statistics.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tinytorch {
namespace {

constexpr std::int64_t requests = 20'000;
constexpr double ms = 1e6;

/// The numbers in the questions. They depend on the seed alone.
struct Parameters {
  std::int64_t rate, busy, flood;  // in a second
  double fixed, each;              // ms
  std::int64_t batch, delay, capacity, files;
};

Parameters parameters_of(std::uint64_t seed) {
  Generator generator(mix_seed(seed, 12));
  const auto from = [&](std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(generator.below(static_cast<std::uint64_t>(most - least + 1)));
  };
  Parameters p{};
  p.fixed = static_cast<double>(from(4, 6));
  p.each = from(0, 1) == 0 ? 0.5 : 1.0;
  p.batch = from(0, 1) == 0 ? 8 : 16;
  p.rate = 20 * from(3, 6);
  p.delay = 5 * from(2, 5);
  const double most = 1000.0 * static_cast<double>(p.batch) / (p.fixed + p.each * static_cast<double>(p.batch));
  const auto rounded = [](double x) { return 50 * static_cast<std::int64_t>(x / 50); };
  p.busy = rounded(most * static_cast<double>(from(50, 70)) / 100.0);
  p.flood = rounded(most * static_cast<double>(from(150, 250)) / 100.0);
  p.capacity = 50 * from(1, 4);
  p.files = from(2, 6);
  return p;
}

void print_parameters(const Parameters& p, const measure_12::MonitorParameters& monitor) {
  const auto line = [](const char* id, const std::string& numbers) {
    fmt::print("{{\"id\":\"{}\",\"parameters\":{{{}}}}}\n", id, numbers);
  };
  line("P1", fmt::format(R"("files":{})", p.files));
  line("P2", fmt::format(R"("rate":{},"fixed":{},"each":{},"batch":{},"delay":{})", p.rate, p.fixed, p.each, p.batch,
                         p.delay));
  line("P3", "");
  line("P4", fmt::format(R"("busy":{})", p.busy));
  line("P5", fmt::format(R"("flood":{},"capacity":{})", p.flood, p.capacity));
  line("P6", measure_12::alarms_numbers(monitor));
  line("P7", measure_12::canary_numbers(monitor));
  line("P8", measure_12::psi_numbers(monitor));
}

std::vector<std::int64_t> poisson(std::int64_t rate) {
  Generator generator(12);
  return profiling::poisson_arrivals(static_cast<double>(rate), requests, generator);
}

deploy::Service service_of(const Parameters& p, double faster = 1.0) {
  return {static_cast<std::int64_t>(p.fixed * ms / faster), static_cast<std::int64_t>(p.each * ms / faster)};
}

deploy::WindowOptions window_of(const Parameters& p, std::int64_t delay_ms) {
  return {p.batch, delay_ms * 1'000'000, requests};
}

double p99_ms(const deploy::Traffic& traffic) {
  return profiling::quantile(std::vector<double>(traffic.latencies.begin(), traffic.latencies.end()), 0.99) / ms;
}

// ---- P2: what the delay costs, and what it buys ----

void measure_delay(const Parameters& p) {
  const std::vector<std::int64_t> arrivals = poisson(p.rate);
  std::string rows;
  for (const std::int64_t delay : {0, 1, 5, 20}) {
    const deploy::Traffic traffic = deploy::simulate(window_of(p, delay), service_of(p), arrivals);
    rows += fmt::format("{}{} ms: p99 {:.1f} ms, {:.1f} in a batch, the model works {:.0f} % of the time",
                        rows.empty() ? "" : "; ", delay, p99_ms(traffic), traffic.mean_batch(),
                        100.0 * static_cast<double>(traffic.busy_ns) / static_cast<double>(traffic.elapsed_ns));
  }
  lab::answer("P2", p99_ms(deploy::simulate(window_of(p, p.delay), service_of(p), arrivals)), "ms", 0, rows);
}

// ---- P3: Little's law ----

void measure_inside(const Parameters& p) {
  const deploy::Traffic traffic = deploy::simulate(window_of(p, p.delay), service_of(p), poisson(p.rate));
  lab::answer(
      "P3", traffic.in_system, "requests", 0,
      fmt::format("{} in a second, each {:.1f} ms in the system: {:.2f}", p.rate, traffic.mean_latency_ns() / ms,
                  static_cast<double>(p.rate) * traffic.mean_latency_ns() / 1e9));
}

// ---- P1: what publishing costs ----

/// A disk in memory that counts.
class CountingDisk final : public FileOps {
 public:
  std::int64_t calls = 0, flushes = 0;

  Handle create(const std::filesystem::path& file) override {
    ++calls;
    files_[file.string()].clear();
    open_.push_back(file.string());
    return static_cast<Handle>(open_.size()) - 1;
  }
  void write(Handle handle, std::span<const std::byte> bytes) override {
    ++calls;
    auto& content = files_[open_.at(static_cast<std::size_t>(handle))];
    content.insert(content.end(), bytes.begin(), bytes.end());
  }
  void flush(Handle) override { ++calls, ++flushes; }
  void close(Handle) override { ++calls; }
  void rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    ++calls;
    files_[to.string()] = files_[from.string()];
    files_.erase(from.string());
  }
  void flush_folder(const std::filesystem::path&) override { ++calls, ++flushes; }
  bool remove(const std::filesystem::path& file) override {
    ++calls;
    return files_.erase(file.string()) == 1;
  }
  bool create_folder(const std::filesystem::path& folder) override {
    ++calls;
    return folders_.insert(folder.string()).second;
  }
  bool exists(const std::filesystem::path& file) override {
    ++calls;
    return files_.count(file.string()) != 0 || folders_.count(file.string()) != 0;
  }
  std::vector<std::byte> read(const std::filesystem::path& file) override {
    ++calls;
    return files_.at(file.string());
  }

 private:
  std::map<std::string, std::vector<std::byte>> files_;
  std::set<std::string> folders_;
  std::vector<std::string> open_;
};

void measure_publish(const Parameters& p) {
  deploy::ModelPackage package;
  for (std::int64_t i = 0; i < p.files; ++i)
    package.files.push_back({"file" + std::to_string(i), std::vector<std::byte>(100)});
  CountingDisk files;
  deploy::publish(files, "models", package);
  lab::answer("P1", static_cast<double>(files.flushes), "calls", 0,
              fmt::format("{} files, {} calls of the disk in all", p.files, files.calls));
}

// ---- P4: batches without a delay ----

void measure_busy(const Parameters& p) {
  const deploy::Traffic traffic = deploy::simulate(window_of(p, 0), service_of(p), poisson(p.busy));
  const double faster = deploy::simulate(window_of(p, 0), service_of(p, 10.0), poisson(p.busy)).mean_batch();
  std::vector<std::int64_t> even;
  for (std::int64_t i = 0; i < requests; ++i) even.push_back(i * 1'000'000'000 / p.busy);
  const double evenly = deploy::simulate(window_of(p, 0), service_of(p), even).mean_batch();
  // A window that waits would wait for a fast model, too; and requests that come evenly come in no groups.
  const bool by_work = faster < 0.5 * traffic.mean_batch() && evenly > 0.6 * traffic.mean_batch();
  const int why = by_work ? 1 : faster < 0.5 * traffic.mean_batch() ? 2 : 3;
  lab::answer(
      "P4", traffic.mean_batch(), "requests", why,
      fmt::format("with a model ten times as fast {:.1f}, with requests that come evenly {:.1f}", faster, evenly));
}

// ---- P5: more than can be answered ----

void measure_flood(const Parameters& p) {
  deploy::WindowOptions options = window_of(p, p.delay);
  options.capacity = p.capacity;
  const deploy::Traffic traffic = deploy::simulate(options, service_of(p), poisson(p.flood));
  const double most = 1000.0 * static_cast<double>(p.batch) / (p.fixed + p.each * static_cast<double>(p.batch));
  lab::answer(
      "P5", 100.0 * static_cast<double>(traffic.refused) / static_cast<double>(requests), "percent", 0,
      fmt::format("{:.0f} in a second can be answered; those that are wait {:.0f} ms at most", most, p99_ms(traffic)));
}

void run(const lab::MeasureRequest& request) {
  const Parameters p = parameters_of(request.seed);
  const measure_12::MonitorParameters monitor = measure_12::monitor_parameters(request.seed);
  if (request.parameters) return print_parameters(p, monitor);
  measure_publish(p);
  measure_delay(p);
  measure_inside(p);
  measure_busy(p);
  measure_flood(p);
  measure_12::measure_alarms(monitor);
  measure_12::measure_canary(monitor);
  measure_12::measure_psi(monitor);
}

}  // namespace
}  // namespace tinytorch

int main(int argc, char** argv) { return tinytorch::lab::measure_program("measure_12", tinytorch::run, argc, argv); }
