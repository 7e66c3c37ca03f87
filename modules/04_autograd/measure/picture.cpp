#include "modules/04_autograd/measure/picture.hpp"

#include "modules/04_autograd/measure/network.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tinytorch {
namespace {

std::string size_name(std::int64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  return fmt::format("{:.3g} KiB", static_cast<double>(bytes) / 1024);
}

// The bytes held after each operation of forward, and in backward before each node runs and at the end.
std::vector<Sample> count_step(const Network& network, bool retain, Run* run) {
  std::vector<Sample> samples;
  const std::int64_t base = memory::stats().active;
  const auto sample = [&](const std::string& name, bool forward) {
    samples.push_back({name, forward, memory::stats().active - base});
  };
  std::string consumer;  // the operation that the gradient of a hook comes from
  const Tensor loss = network.forward([&](const char* name, const Tensor& output) {
    sample(name, true);
    if (run != nullptr) {
      run->nodes.emplace_back(name);
      run->outputs.push_back(output.storage_bytes());
    }
    const std::string made_by = name;
    output.register_hook([&, made_by](const Tensor&) {
      if (!consumer.empty()) sample(consumer, false);
      consumer = made_by;
    });
  });
  if (run != nullptr) run->after_forward = memory::stats().active - base;
  loss.backward({}, retain);
  sample(consumer, false);
  return samples;
}

// ---- drawing ----

constexpr double left = 78, right = 780, top = 260, bottom = 470;
constexpr double box = 100, gap = 20.4;

const char* const head =
    R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 560" role="img" aria-labelledby="title desc" font-family="system-ui, sans-serif" font-size="13">
<title id="title">What a graph keeps, and for how long</title>
<desc id="desc">{}</desc>
<style>
  .ink {{ fill: #1f2328; }} .soft {{ fill: #59636e; }} .node {{ fill: #ffffff; stroke: #59636e; }} .edge {{ stroke: #59636e; stroke-width: 1.5; fill: none; }}
  .kept {{ fill: #ddf4ff; stroke: #0969da; }} .own {{ fill: none; stroke: #59636e; stroke-dasharray: 3 3; }} .grid {{ stroke: #d0d7de; }} .turn {{ stroke: #59636e; stroke-dasharray: 3 3; }}
  .freed {{ stroke: #0969da; fill: none; stroke-width: 2.5; }} .retained {{ stroke: #bc4c00; fill: none; stroke-width: 2.5; stroke-dasharray: 7 4; }}
  .freed-ink {{ fill: #0969da; }} .retained-ink {{ fill: #bc4c00; }}
  @media (prefers-color-scheme: dark) {{
    .ink {{ fill: #f0f6fc; }} .soft {{ fill: #9198a1; }} .node {{ fill: #0d1117; stroke: #9198a1; }} .edge {{ stroke: #9198a1; }}
    .kept {{ fill: #121d2f; stroke: #4493f8; }} .own {{ stroke: #9198a1; }} .grid {{ stroke: #3d444d; }} .turn {{ stroke: #9198a1; }}
    .freed {{ stroke: #4493f8; }} .retained {{ stroke: #f0883e; }} .freed-ink {{ fill: #4493f8; }} .retained-ink {{ fill: #f0883e; }}
  }}
</style>
)";

std::string text(double x, double y, const char* style, const char* anchor, const std::string& words) {
  return fmt::format("<text class=\"{}\" x=\"{:.0f}\" y=\"{:.0f}\" text-anchor=\"{}\">{}</text>\n", style, x, y, anchor,
                     words);
}
std::string rectangle(const char* style, double x, double y, double width, double height) {
  return fmt::format("<rect class=\"{}\" x=\"{:.0f}\" y=\"{:.0f}\" width=\"{:.0f}\" height=\"{:.0f}\" rx=\"4\"/>\n",
                     style, x, y, width, height);
}
std::string line(const char* style, double x1, double y1, double x2, double y2) {
  return fmt::format("<path class=\"{}\" d=\"M{:.1f} {:.1f} L{:.1f} {:.1f}\"/>\n", style, x1, y1, x2, y2);
}

double box_at(std::size_t k) { return left + static_cast<double>(k) * (box + gap); }

// Draws the nodes in a row, their edges, and below them the storages that they keep.
std::string graph_svg(const Run& run) {
  std::string svg = text(12, 24, "ink", "start", "the graph: an arrow is an edge, from consumer to producer");
  for (std::size_t k = 0; k < run.nodes.size(); ++k) {
    const double x = box_at(k);
    svg += rectangle("node", x, 44, box, 34) + text(x + box / 2, 66, "ink", "middle", run.nodes[k]);
    if (k > 0) svg += line("edge\" marker-end=\"url(#tip)", x - 2, 61, x - gap + 3, 61);
  }
  svg += text(12, 66, "soft", "start", "nodes") + text(12, 142, "soft", "start", "saved");
  const auto storage = [&](const char* style, std::size_t from, std::size_t to, const std::string& words) {
    const double x = box_at(from), end = box_at(to) + box;
    for (std::size_t k = from; k <= to; ++k) svg += line("edge", box_at(k) + box / 2, 78, box_at(k) + box / 2, 118);
    svg += rectangle(style, x, 118, end - x, 40) + text((x + end) / 2, 143, "ink", "middle", words);
  };
  storage("own", 0, 0, "x " + size_name(run.input));
  for (std::size_t k = 1; k + 2 < run.nodes.size(); k += 2)
    storage("kept", k, k + 1, fmt::format("y{} {}, saved by both", (k + 1) / 2, size_name(run.outputs[k])));
  const std::size_t last = run.nodes.size() - 1;
  storage("kept", last, last, "logits " + size_name(run.outputs[last - 1]));
  svg += text(left, 184, "soft", "start",
              "x, the target and the parameters are held anyway; the outputs of linear below relu are kept by nobody");
  return svg;
}

struct Frame {
  std::size_t moments;
  double most;
  double x(std::size_t k) const {
    return left + static_cast<double>(k) * (right - left) / static_cast<double>(moments - 1);
  }
  double y(std::int64_t bytes) const { return bottom - static_cast<double>(bytes) / most * (bottom - top); }
};

std::string curve(const char* style, const Frame& frame, const std::vector<Sample>& samples) {
  std::string points = fmt::format("{:.1f},{:.1f}", frame.x(0), frame.y(0));
  for (std::size_t k = 0; k < samples.size(); ++k)
    points += fmt::format(" {:.1f},{:.1f}", frame.x(k + 1), frame.y(samples[k].bytes));
  return fmt::format("<polyline class=\"{}\" points=\"{}\"/>\n", style, points);
}

std::string curves_svg(const Run& run) {
  std::int64_t most = 0;
  for (const Sample& s : run.retained) most = std::max(most, s.bytes);
  const std::int64_t unit = 256 * 1024;
  const Frame frame{run.freed.size() + 1, static_cast<double>(most)};
  std::string svg = text(12, 230, "ink", "start", "bytes held, after each operation");
  for (std::int64_t mark = 0; static_cast<double>(mark) <= frame.most; mark += unit) {
    svg += line("grid", left, frame.y(mark), right, frame.y(mark));
    svg += text(left - 8, frame.y(mark) + 4, "soft", "end", mark == 0 ? "0" : size_name(mark));
  }
  for (std::size_t k = 0; k < run.freed.size(); ++k) {
    const double x = frame.x(k + 1);
    svg += fmt::format(
        "<text class=\"soft\" font-size=\"12\" text-anchor=\"end\" transform=\"translate({:.0f} {:.0f}) "
        "rotate(-40)\">{}</text>\n",
        x + 4, bottom + 16, run.freed[k].after == "cross_entropy" ? "loss" : run.freed[k].after);
  }
  const double turn = frame.x(run.nodes.size());
  svg += line("turn", turn, top - 12, turn, bottom);
  svg += text((left + turn) / 2, bottom + 74, "ink", "middle", "forward") +
         text((turn + right) / 2, bottom + 74, "ink", "middle", "backward");
  svg += curve("retained", frame, run.retained) + curve("freed", frame, run.freed);
  const std::size_t end = run.freed.size();
  svg += text(frame.x(end - 1), frame.y(run.retained[end - 2].bytes) - 10, "retained-ink", "end", "with retain_graph");
  svg += text(right, frame.y(run.retained.back().bytes) + 20, "retained-ink", "end",
              size_name(run.retained.back().bytes) + " stay");
  svg += text(frame.x(end - 2) + 8, frame.y(run.freed[end - 3].bytes) + 52, "freed-ink", "end", "freed as it goes");
  svg += text(turn - 10, frame.y(run.after_forward) - 10, "ink", "end", size_name(run.after_forward));
  return svg;
}

}  // namespace

Run count_run() {
  const Network network({64, 128, 128, 10}, 512, 1);
  network.step();  // allocates the gradients of the parameters
  Run run;
  run.input = network.x.storage_bytes();
  run.freed = count_step(network, false, &run);
  run.retained = count_step(network, true, nullptr);
  return run;
}

std::string draw_text(const Run& run) {
  std::int64_t most = 1;
  for (const Sample& s : run.retained) most = std::max(most, s.bytes);
  std::string all = "\n  a step of widths 64, 128, 128, 10 with 512 rows: bytes held after each operation\n";
  all += "                                freed as it goes   with retain_graph\n";
  for (std::size_t k = 0; k < run.freed.size(); ++k) {
    const auto width = static_cast<std::size_t>(40 * run.freed[k].bytes / most);
    all += fmt::format("  {:8} {:14} {:21} {:19}  {}\n", run.freed[k].forward ? "forward" : "backward",
                       run.freed[k].after, run.freed[k].bytes, run.retained[k].bytes, std::string(width, '#'));
  }
  return all + "\n";
}

std::string draw_svg(const Run& run) {
  std::int64_t peak = 0;
  for (const Sample& s : run.freed) peak = std::max(peak, s.bytes);
  const std::string description = fmt::format(
      "Six nodes from left to right: linear, relu, linear, relu, linear, cross_entropy. The first linear saves the "
      "batch x, {}. Each relu and the linear after it save one and the same output, {}. cross_entropy saves the "
      "logits, {}. Below, the bytes held: they rise to {} in forward, reach {} in backward and fall to {}; with "
      "retain_graph {} are left.",
      size_name(run.input), size_name(run.outputs[1]), size_name(run.outputs[run.outputs.size() - 2]),
      size_name(run.after_forward), size_name(peak), size_name(run.freed.back().bytes),
      size_name(run.retained.back().bytes));
  return fmt::format(fmt::runtime(head), description) +
         "<marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" "
         "orient=\"auto\"><path class=\"soft\" d=\"M0 0 L8 4 L0 8 Z\"/></marker>\n" +
         graph_svg(run) + curves_svg(run) + "</svg>\n";
}

}  // namespace tinytorch
