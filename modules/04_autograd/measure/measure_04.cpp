// Answers the predictions of lab 04 on the stack it is linked with, and draws the lab's picture.
//     measure_04 --seed S --parameters
//     measure_04 --seed S --measure [--out DIR]
#include "modules/04_autograd/measure/network.hpp"
#include "modules/04_autograd/measure/picture.hpp"
#include "tests/kit/measuring.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace tinytorch {
namespace {

using Expression = std::pair<const char*, Tensor (*)(const Tensor& x, const Tensor& y)>;

const Expression expressions[] = {
    {"x * 2", [](const Tensor& x, const Tensor&) { return x * 2.0; }},
    {"x * y", [](const Tensor& x, const Tensor& y) { return x * y; }},
    {"x * x", [](const Tensor& x, const Tensor&) { return x * x; }},
    {"x / y", [](const Tensor& x, const Tensor& y) { return x / y; }},
    {"x + y", [](const Tensor& x, const Tensor& y) { return x + y; }},
    {"relu(x)", [](const Tensor& x, const Tensor&) { return relu(x); }},
    {"tanh(x)", [](const Tensor& x, const Tensor&) { return tanh(x); }},
    {"exp(x)", [](const Tensor& x, const Tensor&) { return exp(x); }},
    {"sum(x)", [](const Tensor& x, const Tensor&) { return sum(x); }},
    {"x.slice(0, 1, 9)", [](const Tensor& x, const Tensor&) { return x.slice(0, 1, 9); }},
};

/// The numbers in the questions. They depend on the seed alone, so asking needs no measurement.
struct Parameters {
  std::vector<std::int64_t> widths;         // P1, P4
  std::int64_t batch = 0;                   // P1, P4
  std::int64_t levels = 0;                  // P3
  std::vector<const Expression*> in_graph;  // P5
};

Parameters parameters_of(std::uint64_t seed) {
  Generator generator(mix_seed(seed, 4));
  const auto drawn = [&](std::int64_t unit, std::uint64_t from, std::uint64_t count) {
    return unit * static_cast<std::int64_t>(from + generator.below(count));
  };
  Parameters p;
  const std::int64_t in = drawn(16, 2, 15), h1 = drawn(8, 4, 29), h2 = drawn(8, 2, 15), out = drawn(1, 3, 18);
  p.widths = {in, h1, h2, out};
  p.batch = drawn(4, 4, 29);
  p.levels = drawn(1, 12, 19);
  std::vector<const Expression*> left;
  for (const Expression& e : expressions) left.push_back(&e);
  while (p.in_graph.size() < 5) {
    const auto at = left.begin() + static_cast<std::ptrdiff_t>(generator.below(left.size()));
    p.in_graph.push_back(*at);
    left.erase(at);
  }
  // The question speaks of x and y.
  const auto takes_y = [](const Expression* e) {
    return std::string_view(e->first).find('y') != std::string_view::npos;
  };
  if (std::none_of(p.in_graph.begin(), p.in_graph.end(), takes_y))
    p.in_graph.back() = *std::find_if(left.begin(), left.end(), takes_y);
  return p;
}

void print_parameters(const Parameters& p) {
  const auto line = [](const char* id, const std::string& numbers) {
    fmt::print(R"({{"id":"{}","parameters":{{{}}}}})", id, numbers);
    std::putchar('\n');
  };
  line("P1", fmt::format(R"("in":{},"h1":{},"h2":{},"out":{},"batch":{})", p.widths[0], p.widths[1], p.widths[2],
                         p.widths[3], p.batch));
  line("P2", "");
  line("P3", fmt::format(R"("levels":{})", p.levels));
  line("P4", "");
  std::string texts;
  for (std::size_t i = 0; i < p.in_graph.size(); ++i)
    texts += fmt::format(R"({}"e{}":"{}")", i == 0 ? "" : ",", i + 1, p.in_graph[i]->first);
  line("P5", texts);
}

std::int64_t active() { return memory::stats().active; }

// ---- P1: what forward leaves behind ----

void measure_forward(const Parameters& p) {
  const Network network(p.widths, p.batch, 1);
  network.step();
  std::string parts;
  const std::int64_t before = active();
  const Tensor loss = network.forward([&](const char* name, const Tensor& output) {
    const bool kept = std::string(name) == "relu" || output.sizes() == Shape{p.batch, p.widths[3]};
    if (kept)
      parts +=
          fmt::format("{}{} x {} x 4 (output of {})", parts.empty() ? "" : " + ", output.size(0), output.size(1), name);
  });
  lab::answer(
      "P1", static_cast<double>(active() - before), "bytes", 0,
      fmt::format("{} + 4 (the loss); a relu's output is saved by the linear above it, too, and counts once", parts));
}

// ---- P2: backward over forward ----

struct Times {
  double forward = 1e9, backward = 1e9;  // seconds of the fastest run
  std::int64_t blocks = 0;               // allocated in backward
};

Times time_step(std::int64_t batch, int runs) {
  const Network network({256, 512, 512, 10}, batch, 1);
  network.step();
  SteadyClock clock;
  Times times;
  for (int run = 0; run < runs; ++run) {
    const std::int64_t start = clock.now_ns();
    const Tensor loss = network.forward();
    const std::int64_t turn = clock.now_ns(), blocks = memory::stats().blocks;
    loss.backward();
    const std::int64_t end = clock.now_ns();
    times.forward = std::min(times.forward, static_cast<double>(turn - start) * 1e-9);
    times.backward = std::min(times.backward, static_cast<double>(end - turn) * 1e-9);
    times.blocks = memory::stats().blocks - blocks;
  }
  return times;
}

/// Seconds to allocate and free `blocks` blocks of the largest gradient's size.
double time_blocks(std::int64_t blocks) {
  SteadyClock clock;
  double best = 1e9;
  for (int run = 0; run < 5; ++run) {
    const std::int64_t start = clock.now_ns();
    for (std::int64_t i = 0; i < blocks; ++i) empty({512, 512});
    best = std::min(best, static_cast<double>(clock.now_ns() - start) * 1e-9);
  }
  return best;
}

struct Products {
  double forward = 1e9, backward = 1e9;  // seconds
};

/// The products alone, all of them by matmul. Forward: one for each layer. Backward: one for the weights of each layer,
/// and one for each layer's input but the first.
Products time_products(std::int64_t batch) {
  const Network network({256, 512, 512, 10}, batch, 1);
  SteadyClock clock;
  const NoGrad no_grad;
  Products best;
  for (int run = 0; run < 5; ++run) {
    const std::int64_t start = clock.now_ns();
    for (const Tensor& w : network.weights) matmul(ones({batch, w.size(1)}), w.t());
    const std::int64_t turn = clock.now_ns();
    for (std::size_t i = 0; i < network.weights.size(); ++i) {
      const Tensor& w = network.weights[i];
      const Tensor upstream = ones({batch, w.size(0)});
      if (i > 0) matmul(upstream, w);
      matmul(upstream.t(), ones({batch, w.size(1)}));
    }
    best.forward = std::min(best.forward, static_cast<double>(turn - start) * 1e-9);
    best.backward = std::min(best.backward, static_cast<double>(clock.now_ns() - turn) * 1e-9);
  }
  return best;
}

void measure_times() {
  const Times one = time_step(1, 20), many = time_step(256, 5);
  const double allocation = time_blocks(many.blocks);
  const Products products = time_products(256);
  // Each reason predicts something. Products: they alone take as long as backward. Memory: the blocks alone do.
  // Bookkeeping: a batch of 1, which has the same nodes, takes as long as one of 256.
  const double shares[] = {products.backward / many.backward, allocation / many.backward, one.backward / many.backward};
  const int why = static_cast<int>(std::max_element(std::begin(shares), std::end(shares)) - std::begin(shares)) + 1;
  lab::answer(
      "P2", many.backward / many.forward, "times", why,
      fmt::format(
          "forward takes {:.2f} ms, backward {:.2f} ms; the products of backward alone take {:.2f} ms, its {} "
          "blocks of memory alone {:.4f} ms, and backward of a batch of 1, with the same nodes, {:.3f} ms; by matmul, "
          "as backward's, forward's products alone take {:.2f} ms",
          many.forward * 1e3, many.backward * 1e3, products.backward * 1e3, many.blocks, allocation * 1e3,
          one.backward * 1e3, products.forward * 1e3));
}

// ---- P3: how often nodes run ----

void measure_runs(const Parameters& p) {
  const Tensor x = full({4}, 0.01).set_requires_grad();
  std::int64_t runs = 0;
  const auto watched = [&](const Tensor& result) {
    result.register_hook([&runs](const Tensor&) { ++runs; });
    return result;
  };
  Tensor z = x;
  for (std::int64_t i = 0; i < p.levels; ++i) z = watched(watched(z * z) + z);
  watched(sum(z)).backward();
  double ways = 1;
  for (std::int64_t i = 0; i < p.levels; ++i) ways *= 3;
  lab::answer("P3", static_cast<double>(runs), "runs", 0,
              fmt::format("two nodes a level, and the sum; {:.4g} ways lead from the loss to x", ways));
}

// ---- P4: retain_graph over three steps ----

std::int64_t bytes_of_three_steps(const Parameters& p, bool retain) {
  const Network network(p.widths, p.batch, 1);
  network.step();
  const std::int64_t before = active();
  std::vector<Tensor> losses;
  for (int step = 0; step < 3; ++step) {
    losses.push_back(network.forward());
    losses.back().backward({}, retain);
  }
  return active() - before;
}

void measure_retain(const Parameters& p) {
  const std::int64_t kept = bytes_of_three_steps(p, true), freed = bytes_of_three_steps(p, false);
  lab::answer("P4", static_cast<double>(kept - freed), "bytes", 0,
              fmt::format("with retain_graph {} bytes, without {}: three losses of 4 bytes", kept, freed));
}

// ---- P5: what nodes keep ----

std::int64_t tensors_kept(const Expression& expression) {
  constexpr std::int64_t count = 1000;
  const std::int64_t before = active();
  autograd::NodePtr node;
  {
    const Tensor x = ones({count}).set_requires_grad(), y = ones({count}).set_requires_grad();
    node = autograd::node_of(expression.second(x, y));
  }
  return (active() - before) / (4 * count);
}

void measure_kept(const Parameters& p) {
  std::int64_t total = 0;
  std::string each;
  for (const Expression* expression : p.in_graph) {
    const std::int64_t kept = tensors_kept(*expression);
    total += kept;
    each += fmt::format("{}{}: {}", each.empty() ? "" : "; ", expression->first, kept);
  }
  lab::answer("P5", static_cast<double>(total), "tensors", 0, each);
}

void draw(const std::string& out) {
  const Run run = count_run();
  fmt::print(stderr, "{}", draw_text(run));
  if (out.empty()) return;
  std::filesystem::create_directories(out);
  std::ofstream file(std::filesystem::path(out) / "graph.svg");
  if (!(file << draw_svg(run) << std::flush)) throw FileError("[measure_04] cannot write " + out + "/graph.svg");
}

void run(const lab::MeasureRequest& request) {
  const Parameters p = parameters_of(request.seed);
  if (request.parameters) return print_parameters(p);
  measure_forward(p);
  measure_times();
  measure_runs(p);
  measure_retain(p);
  measure_kept(p);
  draw(request.out);
}

}  // namespace
}  // namespace tinytorch

int main(int argc, char** argv) { return tinytorch::lab::measure_program("measure_04", tinytorch::run, argc, argv); }
