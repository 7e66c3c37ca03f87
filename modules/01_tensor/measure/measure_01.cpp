// Answers the predictions of lab 01 on the stack it is linked with.
//     measure_01 --seed S --parameters
//     measure_01 --seed S --measure
#include "tests/kit/instruments/cache_model.hpp"
#include "tests/kit/measuring.hpp"
#include "tinytorch/core/random.hpp"
#include "tinytorch/core/raw.hpp"
#include "tinytorch/core/timing.hpp"

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <sys/resource.h>

namespace tinytorch {
namespace {

struct Reshape {
  std::string text;
  Tensor from;
  Shape to;
};

/// The numbers in the questions. They depend on the seed alone, so that asking needs no measurement.
struct Parameters {
  std::int64_t rows, columns;     // P1
  std::int64_t a, b, c;           // P3
  std::vector<Reshape> reshapes;  // P3
  std::int64_t count_millions;    // P4
  double value;                   // P4
  std::string order;              // P5
  std::int64_t n;                 // P5
};

std::int64_t one_of(Generator& generator, std::initializer_list<std::int64_t> choices) {
  return choices.begin()[generator.below(choices.size())];
}

/// Five reshapes of x (a, b, c), of x with two dimensions exchanged, and of x with every other element left out.
std::vector<Reshape> draw_reshapes(Generator& generator, std::int64_t a, std::int64_t b, std::int64_t c) {
  const Tensor x = zeros({a, b, c});
  const Tensor front = as_strided(x, {b, a, c}, {c, b * c, 1}, 0), back = as_strided(x, {a, c, b}, {b * c, 1, c}, 0);
  const Tensor half = as_strided(x, {a, b, c / 2}, {b * c, c, 2}, 0);
  const Tensor rows = as_strided(x, {a, b / 2, c}, {b * c, 2 * c, 1}, 0);
  std::vector<Reshape> all{
      {"x", x, {c, a * b}},           {"front", front, {a * b * c}},   {"front", front, {b, a, 2, c / 2}},
      {"front", front, {b * a, c}},   {"back", back, {a, c * b}},      {"back", back, {a, 2, c / 2, b}},
      {"half", half, {a * b, c / 2}}, {"half", half, {a * b * c / 2}}, {"rows", rows, {a * b / 2, c}},
      {"rows", rows, {a, b / 2 * c}}, {"rows", rows, {a * b * c / 2}},
  };
  std::vector<Reshape> drawn;
  while (drawn.size() < 5) {
    const std::size_t k = generator.below(all.size());
    drawn.push_back(all[k]);
    drawn.back().text += " to " + to_string(drawn.back().to);
    all.erase(all.begin() + static_cast<std::ptrdiff_t>(k));
  }
  return drawn;
}

Parameters parameters_of(std::uint64_t seed) {
  Generator generator(mix_seed(seed, 1));
  Parameters p{};
  p.rows = 100 + static_cast<std::int64_t>(generator.below(1900));
  p.columns = 100 + static_cast<std::int64_t>(generator.below(1900));
  p.a = one_of(generator, {2, 3, 5});
  p.b = one_of(generator, {4, 6, 10});
  p.c = one_of(generator, {4, 6, 8});
  p.reshapes = draw_reshapes(generator, p.a, p.b, p.c);
  p.count_millions = one_of(generator, {20, 25, 30, 40, 50});
  p.value = static_cast<double>(one_of(generator, {1, 2, 4, 8})) / 4;
  p.order = generator.below(2) == 0 ? "i-j-k" : "i-k-j";
  p.n = one_of(generator, {24, 40, 48, 56, 64, 72});
  return p;
}

/// What the views are of which the question speaks.
std::string views_of(const std::vector<Reshape>& reshapes) {
  const std::pair<const char*, const char*> views[] = {{"front", "x with its first two dimensions exchanged"},
                                                       {"back", "x with its last two dimensions exchanged"},
                                                       {"half", "x[:, :, ::2]"},
                                                       {"rows", "x[:, ::2, :]"}};
  std::string text;
  for (const auto& [name, meaning] : views) {
    const bool used = std::any_of(reshapes.begin(), reshapes.end(),
                                  [&, &name = name](const Reshape& reshape) { return reshape.text.starts_with(name); });
    if (used) text += fmt::format("{}{} is {}", text.empty() ? "" : ", ", name, meaning);
  }
  return text;
}

void print_parameters(const Parameters& p) {
  const auto line = [](const char* id, const std::string& numbers) {
    fmt::print(R"({{"id":"{}","parameters":{{{}}}}})", id, numbers);
    std::putchar('\n');
  };
  std::string texts;
  for (std::size_t i = 0; i < p.reshapes.size(); ++i) {
    texts += fmt::format(R"(,"r{}":"{}")", i + 1, p.reshapes[i].text);
  }
  line("P1", fmt::format(R"("rows":{},"columns":{})", p.rows, p.columns));
  line("P2", "");
  line("P3", fmt::format(R"("a":{},"b":{},"c":{},"views":"{}")", p.a, p.b, p.c, views_of(p.reshapes)) + texts);
  line("P4", fmt::format(R"("millions":{},"value":"{}")", p.count_millions, p.value));
  line("P5", fmt::format(R"("order":"{}","n":{})", p.order, p.n));
}

/// Seconds of the fastest of `runs` runs.
template <class F>
double fastest(int runs, F work) {
  SteadyClock clock;
  std::int64_t best = INT64_MAX;
  for (int run = 0; run < runs; ++run) {
    const std::int64_t start = clock.now_ns();
    work();
    best = std::min(best, clock.now_ns() - start);
  }
  return static_cast<double>(best > 0 ? best : 1) * 1e-9;
}

// ---- P1: what a view and a copy take ----

void measure_view(const Parameters& p) {
  const Tensor x = zeros({p.rows, p.columns});
  const std::int64_t before = memory::stats().active;
  const Tensor view = raw::permute(x, Shape{1, 0});
  const std::int64_t between = memory::stats().active;
  const Tensor copy = raw::contiguous(view);
  const std::int64_t after = memory::stats().active;
  lab::answer("P1", static_cast<double>(after - before), "bytes", 0,
              fmt::format("the view took {} bytes, the copy {} = {} x {} x 4", between - before, after - between,
                          p.rows, p.columns));
}

// ---- P2: along the rows and down the columns ----

struct Walks {
  double rows, columns;  // seconds for each
  std::int64_t faults;   // pages mapped during the column walk
};

std::int64_t minor_faults() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt;
}

/// raw::sum over an n x n matrix and over its transpose: the same loop, along rows and down columns.
Walks walk(std::int64_t n, int runs, int repetitions) {
  const Tensor x = ones({n, n}), columns = raw::permute(x, Shape{1, 0});
  volatile float sink = 0;
  const auto seconds = [&](const Tensor& tensor) {
    return fastest(runs, [&] {
      for (int i = 0; i < repetitions; ++i) sink = raw::sum(tensor, {}, false).data<float>()[0];
    });
  };
  Walks result{};
  result.rows = seconds(x);
  const std::int64_t before = minor_faults();
  result.columns = seconds(columns);
  result.faults = minor_faults() - before;
  return result;
}

/// Prints the cost of an element as the stride grows.
void draw_strides() {
  constexpr std::int64_t cells = std::int64_t{1} << 24;
  const Tensor x = ones({cells});
  fmt::print(stderr, "\n  a walk over 64 MiB of float32 that takes every s-th element\n  stride    ns per element\n");
  for (std::int64_t stride = 1; stride <= 1024; stride *= 4) {
    const Tensor every = raw::slice(x, 0, 0, cells, stride);
    volatile float sink = 0;
    const double seconds = fastest(3, [&] { sink = raw::sum(every, {}, false).data<float>()[0]; });
    const double ns = seconds * 1e9 / static_cast<double>(every.numel());
    const auto width = static_cast<std::size_t>(std::min(ns * 4, 100.0));
    fmt::print(stderr, "  {:6}    {:6.2f}  {}\n", stride, ns, std::string(width, '#'));
  }
  fmt::print(stderr, "\n");
}

void measure_walks() {
  const Walks large = walk(4096, 3, 1), small = walk(64, 20, 200);
  const double ratio = large.columns / large.rows, in_cache = small.columns / small.rows;
  // Pages: if a walk maps none, pages don't slow it. Instructions: their number per element is the same at every size.
  int why = 1;
  if (large.faults > 4096) why = 3;
  if (in_cache > 0.7 * ratio) why = 2;
  lab::answer(
      "P2", ratio, "times", why,
      fmt::format("rows {:.1f} ms, columns {:.1f} ms; at 64 x 64, which stays in the first cache, columns over rows "
                  "is {:.2f}; pages mapped during the column walks: {}",
                  large.rows * 1e3, large.columns * 1e3, in_cache, large.faults));
  draw_strides();
}

// ---- P3: which reshapes copy ----

void measure_reshapes(const Parameters& p) {
  std::int64_t copies = 0;
  std::string verdicts;
  for (const Reshape& reshape : p.reshapes) {
    const bool view = raw::reshape(reshape.from, reshape.to).shares_storage(reshape.from);
    copies += view ? 0 : 1;
    verdicts += (verdicts.empty() ? "" : "; ") + reshape.text + (view ? ": view" : ": copy");
  }
  lab::answer("P3", static_cast<double>(copies), "copies", 0, verdicts);
}

// ---- P4: one float32 accumulator ----

void measure_accumulator(const Parameters& p) {
  const std::int64_t count = p.count_millions * 1'000'000;
  const auto value = static_cast<float>(p.value);
  volatile float input = value;  // the compiler must not compute the loop's result
  const float term = input;
  float total = 0;
  for (std::int64_t i = 0; i < count; ++i) total += term;
  const Tensor repeated = raw::expand(full({1}, p.value), {count});
  const float yours = raw::sum(repeated, {}, false).data<float>()[0];
  lab::answer("P4", static_cast<double>(total), "in total", 0,
              fmt::format("from {} on, adding {} does not change the total; the exact sum is {}; your raw::sum says {}",
                          total, p.value, p.value * static_cast<double>(count), yours));
}

// ---- P5: the order of three loops ----

template <class T>
void product_ijk(const T* a, const T* b, T* c, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      T total(0);
      for (std::int64_t p = 0; p < n; ++p) total += a[i * n + p] * b[p * n + j];
      c[i * n + j] = total;
    }
  }
}

template <class T>
void product_ikj(const T* a, const T* b, T* c, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < n; ++j) c[i * n + j] = T(0);
    for (std::int64_t p = 0; p < n; ++p) {
      const T factor = a[i * n + p];
      for (std::int64_t j = 0; j < n; ++j) c[i * n + j] += factor * b[p * n + j];
    }
  }
}

template <class F>
std::int64_t misses(std::int64_t n, F product) {
  const Tensor a = ones({n, n}, DType::traced), b = ones({n, n}, DType::traced), c = zeros({n, n}, DType::traced);
  lab::CacheModel model;
  for (const Tensor& matrix : {a, b, c}) model.watch(matrix);
  model.watch_heap();
  product(a, b, c);
  return model.misses();
}

void measure_orders(const Parameters& p) {
  const auto ijk = [](const Tensor& a, const Tensor& b, const Tensor& c) {
    product_ijk(a.data<Traced>(), b.data<Traced>(), c.data<Traced>(), a.sizes()[0]);
  };
  const auto ikj = [](const Tensor& a, const Tensor& b, const Tensor& c) {
    product_ikj(a.data<Traced>(), b.data<Traced>(), c.data<Traced>(), a.sizes()[0]);
  };
  const auto yours = [](const Tensor& a, const Tensor& b, const Tensor&) { raw::matmul(a, b); };
  const std::int64_t of_ijk = misses(p.n, ijk), of_ikj = misses(p.n, ikj), of_yours = misses(p.n, yours);
  constexpr std::int64_t n = 256;
  const Tensor a = ones({n, n}), b = ones({n, n}), c = zeros({n, n});
  const double gflop = 2.0 * n * n * n * 1e-9;
  const double time_ijk = fastest(5, [&] { product_ijk(a.data<float>(), b.data<float>(), c.data<float>(), n); });
  const double time_ikj = fastest(5, [&] { product_ikj(a.data<float>(), b.data<float>(), c.data<float>(), n); });
  const double time_yours = fastest(5, [&] { raw::matmul(a, b); });
  lab::answer(
      "P5", static_cast<double>(p.order == "i-j-k" ? of_ijk : of_ikj), "misses", 0,
      fmt::format(
          "at n = {} i-j-k misses {}, i-k-j {}, your raw::matmul {}; at n = 256 i-j-k {:.1f}, i-k-j {:.1f}, your "
          "raw::matmul {:.1f} GFLOP/s",
          p.n, of_ijk, of_ikj, of_yours, gflop / time_ijk, gflop / time_ikj, gflop / time_yours));
}

void run(const lab::MeasureRequest& request) {
  const Parameters p = parameters_of(request.seed);
  if (request.parameters) return print_parameters(p);
  measure_view(p);
  measure_walks();
  measure_reshapes(p);
  measure_accumulator(p);
  measure_orders(p);
}

}  // namespace
}  // namespace tinytorch

int main(int argc, char** argv) { return tinytorch::lab::measure_program("measure_01", tinytorch::run, argc, argv); }
