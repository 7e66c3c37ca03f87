#include "modules/02_mlp/measure/roofline.hpp"

#include "modules/02_mlp/measure/processor_clock.hpp"
#include "src/course/machine_profile.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace tinytorch {
namespace {

// ---- the two limits ----

using Lanes = float __attribute__((vector_size(32)));

/// Ten chains of multiply-adds on eight lanes each: more than the additions that any core runs at the same time.
struct Chains {
  Lanes a{1}, b{2}, c{3}, d{4}, e{5}, f{6}, g{7}, h{8}, i{9}, j{10};
  static constexpr std::int64_t flops_per_step = 10 * 8 * 2;

  void run(std::int64_t steps) {
    const Lanes factor = Lanes{} + 0.999F, step = Lanes{} + 0.001F;
    Chains x = *this;  // kept in registers
    for (std::int64_t k = 0; k < steps; ++k) {
      x.a = x.a * factor + step;
      x.b = x.b * factor + step;
      x.c = x.c * factor + step;
      x.d = x.d * factor + step;
      x.e = x.e * factor + step;
      x.f = x.f * factor + step;
      x.g = x.g * factor + step;
      x.h = x.h * factor + step;
      x.i = x.i * factor + step;
      x.j = x.j * factor + step;
    }
    *this = x;
  }
};

double peak_gflop_per_s(Clock& clock) {
  constexpr std::int64_t steps = 5'000;
  Chains chains;
  const auto work = [&] {
    chains.run(steps);
    asm volatile("" : : "r"(&chains) : "memory");  // the compiler must keep the loop
  };
  const Timing timing = time_median(work, {.min_sample_ns = 200'000, .warmups = 2, .samples = 51}, clock);
  return static_cast<double>(steps * Chains::flops_per_step) / timing.min;
}

// ---- the picture ----

/// Where a value lies between the ends of a logarithmic axis: 0 to 1.
double along(double value, double low, double high) {
  return (std::log2(value) - std::log2(low)) / (std::log2(high) - std::log2(low));
}

double power_below(double value) { return std::exp2(std::floor(std::log2(value))); }
double power_above(double value) { return std::exp2(std::ceil(std::log2(value))); }

/// The axes, and where they lie in the file.
struct Frame {
  static constexpr double left = 70, right = 730, top = 70, bottom = 400;
  double least_x, most_x, least_y, most_y;

  double x(double intensity) const { return left + along(intensity, least_x, most_x) * (right - left); }
  double y(double gflops) const { return bottom - along(gflops, least_y, most_y) * (bottom - top); }
};

Frame frame_of(const Roof& roof, std::span<const LayerDot> dots) {
  Frame frame{0.25, 128, power_below(roof.at(0.25)), power_above(roof.gflop_per_s * 1.2)};
  for (const LayerDot& dot : dots) {
    frame.least_x = std::min(frame.least_x, power_below(dot.intensity));
    frame.most_x = std::max(frame.most_x, power_above(dot.intensity));
    frame.least_y = std::min(frame.least_y, power_below(dot.gflop_per_s / 2));
    frame.most_y = std::max(frame.most_y, power_above(dot.gflop_per_s * 1.2));
  }
  return frame;
}

// Blue and orange differ in lightness, also for people with colour blindness. The roof is a line, a layer a disc.
const char* const head =
    R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 470" role="img" aria-labelledby="title desc" font-family="system-ui, sans-serif" font-size="14">
<style>
  .paper { fill: #ffffff } .ink { fill: #1f2328 } .soft { fill: #59636e } .grid { stroke: #d0d7de }
  .drop { stroke: #59636e; stroke-dasharray: 2 4 } .ridge { stroke: #59636e; stroke-dasharray: 8 4 }
  .roof { stroke: #0969da; fill: none; stroke-width: 3 } .roof-ink { fill: #0969da }
  .walk { stroke: #bc4c00; fill: none; stroke-width: 2 } .dot { fill: #bc4c00; stroke: #ffffff } .dot-ink { fill: #bc4c00 }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117 } .ink { fill: #f0f6fc } .soft { fill: #9198a1 } .grid { stroke: #30363d }
    .drop, .ridge { stroke: #9198a1 }
    .roof { stroke: #58a6ff } .roof-ink { fill: #58a6ff }
    .walk { stroke: #ffa657 } .dot { fill: #ffa657; stroke: #0d1117 } .dot-ink { fill: #ffa657 }
  }
</style>
<rect class="paper" width="760" height="470"/>
)";

std::string text(double x, double y, const char* anchor, const char* style, const std::string& words) {
  return fmt::format("<text class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", style, x, y, anchor,
                     words);
}

std::string line(const char* style, double x1, double y1, double x2, double y2) {
  return fmt::format("<line class=\"{}\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>\n", style, x1, y1,
                     x2, y2);
}

std::string described(const Roof& roof, std::span<const LayerDot> dots, const std::string& layer) {
  std::string words = fmt::format(
      "Both axes are logarithmic. The roof rises with {:.1f} GB/s of memory up to the ridge at {:.1f} operations per "
      "byte and is flat from there at {:.0f} GFLOP/s. A linear layer from {}, measured:",
      roof.gb_per_s, roof.ridge(), roof.gflop_per_s, layer);
  for (const LayerDot& dot : dots) {
    words += fmt::format(" batch {} has {:.2g} operations per byte and reaches {:.2g} GFLOP/s;", dot.batch,
                         dot.intensity, dot.gflop_per_s);
  }
  words.back() = '.';
  return fmt::format(
      "<title id=\"title\">A layer moves right under the roofline as its batch grows</title>\n"
      "<desc id=\"desc\">{}</desc>\n",
      words);
}

std::string axes(const Frame& frame) {
  std::string svg;
  for (double mark = frame.least_y; mark <= frame.most_y; mark *= 2) {
    svg += line("grid", Frame::left, frame.y(mark), Frame::right, frame.y(mark));
    svg += text(Frame::left - 8, frame.y(mark) + 5, "end", "soft", fmt::format("{:g}", mark));
  }
  for (double mark = frame.least_x; mark <= frame.most_x; mark *= 4) {
    svg += line("grid", frame.x(mark), Frame::top, frame.x(mark), Frame::bottom);
    svg += text(frame.x(mark), Frame::bottom + 20, "middle", "soft", fmt::format("{:g}", mark));
  }
  return svg + text(20, Frame::top - 22, "start", "ink", "GFLOP/s") +
         text(Frame::right, Frame::bottom + 48, "end", "ink", "operations per byte moved");
}

std::string roof_line(const Frame& frame, const Roof& roof) {
  const double x0 = frame.x(frame.least_x), y0 = frame.y(roof.at(frame.least_x));
  const double xr = frame.x(roof.ridge()), yr = frame.y(roof.gflop_per_s);
  // The name of the slope runs along it, above.
  const double angle = std::atan2(yr - y0, xr - x0) * 180 / 3.14159265358979;
  const double xm = (x0 + xr) / 2, ym = (y0 + yr) / 2 - 12;
  return fmt::format("<polyline class=\"roof\" points=\"{:.1f},{:.1f} {:.1f},{:.1f} {:.1f},{:.1f}\"/>\n", x0, y0, xr,
                     yr, Frame::right, yr) +
         fmt::format(
             "<text class=\"roof-ink\" x=\"{0:.1f}\" y=\"{1:.1f}\" text-anchor=\"middle\" "
             "transform=\"rotate({2:.1f} {0:.1f} {1:.1f})\">memory: {3:.1f} GB/s</text>\n",
             xm, ym, angle, roof.gb_per_s) +
         text(Frame::right, yr - 12, "end", "roof-ink", fmt::format("arithmetic: {:.0f} GFLOP/s", roof.gflop_per_s)) +
         line("ridge", xr, Frame::top - 14, xr, Frame::bottom) +
         text(xr, Frame::top - 22, "middle", "ink", fmt::format("ridge: {:.1f}", roof.ridge())) +
         text(xr - 10, Frame::bottom - 10, "end", "soft", "memory is the limit") +
         text(xr + 10, Frame::bottom - 10, "start", "soft", "arithmetic is the limit");
}

std::string layer_dots(const Frame& frame, const Roof& roof, std::span<const LayerDot> dots) {
  std::string drops, points, discs;
  for (const LayerDot& dot : dots) {
    const double x = frame.x(dot.intensity), y = frame.y(dot.gflop_per_s);
    drops += line("drop", x, y, x, frame.y(roof.at(dot.intensity)));
    points += fmt::format("{:.1f},{:.1f} ", x, y);
    discs += fmt::format("<circle class=\"dot\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"7\"/>\n", x, y);
    const char* const word = dot.batch == dots.front().batch ? "batch " : "";
    discs += text(x, y + 24, "middle", "dot-ink", fmt::format("{}{}", word, dot.batch));
  }
  return drops + fmt::format("<polyline class=\"walk\" points=\"{}\"/>\n", points) + discs;
}

}  // namespace

Roof measure_roof() {
  ProcessorClock clock;
  return {peak_gflop_per_s(clock), read_gb_per_s(beyond_caches(read_caches()), clock)};
}

std::string roofline_table(const Roof& roof, std::span<const LayerDot> dots) {
  std::string lines =
      fmt::format("  one core: {:.1f} GFLOP/s of multiply-adds, {:.1f} GB/s from memory, ridge at {:.1f} FLOP/byte\n\n",
                  roof.gflop_per_s, roof.gb_per_s, roof.ridge());
  lines += "  batch   FLOP/byte   the roof there   GFLOP/s at most   measured   of the roof   waits for   us per row\n";
  for (const LayerDot& dot : dots) {
    const double roof_there = roof.at(dot.intensity);
    const char* const limit = dot.intensity < roof.ridge() ? "memory" : "arithmetic";
    lines += fmt::format("  {:5}   {:9.2f}   {:14}   {:15.1f}   {:8.1f}   {:9.0f} %   {:10}  {:10.2f}\n", dot.batch,
                         dot.intensity, limit, roof_there, dot.gflop_per_s, 100 * dot.gflop_per_s / roof_there,
                         dot.gflop_per_s < roof_there / 2 ? "its loops" : limit, dot.us_per_row);
  }
  return lines;
}

std::string roofline_svg(const Roof& roof, std::span<const LayerDot> dots, const std::string& layer) {
  const Frame frame = frame_of(roof, dots);
  return head + described(roof, dots, layer) + axes(frame) + roof_line(frame, roof) + layer_dots(frame, roof, dots) +
         text(Frame::left, Frame::bottom + 48, "start", "dot-ink",
              fmt::format("disc: a layer from {}, at batch 1, 8, 64, 512", layer)) +
         "</svg>\n";
}

}  // namespace tinytorch
