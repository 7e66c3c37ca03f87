#include "modules/00_setup/measure/plot.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace tinytorch {
namespace {

/// Where a value lies between the ends of a logarithmic axis: 0 to 1.
class LogAxis {
 public:
  LogAxis(double low, double high) : low_(std::log2(low)), high_(std::log2(high)) {}
  double at(double value) const { return high_ > low_ ? (std::log2(value) - low_) / (high_ - low_) : 0.0; }

 private:
  double low_, high_;
};

struct Axes {
  LogAxis bytes;
  LogAxis ns;
  std::vector<double> ns_marks;  ///< powers of two from below the lowest point to above the highest
};

Axes axes_of(std::span<const StairPoint> points) {
  const auto by_ns = [](const StairPoint& a, const StairPoint& b) { return a.ns < b.ns; };
  const double least = std::max(std::min_element(points.begin(), points.end(), by_ns)->ns, 0.01);
  const double most = std::max(std::max_element(points.begin(), points.end(), by_ns)->ns, 2 * least);
  std::vector<double> marks{std::exp2(std::floor(std::log2(least)))};
  while (marks.back() < most) marks.push_back(2 * marks.back());
  return {LogAxis(static_cast<double>(points.front().bytes), static_cast<double>(points.back().bytes)),
          LogAxis(marks.front(), marks.back()), marks};
}

/// Width of the text picture. The picture has a row for each half power of two, the highest first.
constexpr int columns = 64;

std::size_t column_of(const Axes& axes, std::int64_t bytes) {
  return static_cast<std::size_t>(std::lround(axes.bytes.at(static_cast<double>(bytes)) * (columns - 1)));
}

bool in_picture(std::span<const StairPoint> points, std::int64_t bytes) {
  return points.front().bytes < bytes && bytes < points.back().bytes;
}

/// Writes `name` centred at `column` of a line, or as near to it as free room allows.
void put(std::string& line, double column, const std::string& name) {
  const auto start = static_cast<std::ptrdiff_t>(std::lround(column - static_cast<double>(name.size()) / 2));
  const std::size_t first = std::max(static_cast<std::size_t>(std::max<std::ptrdiff_t>(start, 0)),
                                     line.empty() ? 0 : line.find_last_not_of(' ') + 3);
  line.resize(std::max(line.size(), first), ' ');
  line.replace(first, name.size(), name);
}

/// Where the SVG's axes lie.
constexpr double left = 64, right = 700, top = 64, bottom = 340;

struct Frame {
  Axes axes;
  double x(std::int64_t bytes) const { return left + axes.bytes.at(static_cast<double>(bytes)) * (right - left); }
  double y(double ns) const { return bottom - axes.ns.at(std::max(ns, axes.ns_marks.front())) * (bottom - top); }
};

const char* const svg_head =
    R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 400" font-family="sans-serif" font-size="12">
<style>
  .paper { fill: #ffffff } .ink { fill: #1f2328 } .grid { stroke: #d0d7de } .edge { stroke: #9a6700; stroke-dasharray: 4 3 }
  .walk { stroke: #0969da; fill: none; stroke-width: 2 } .point { fill: #0969da }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117 } .ink { fill: #e6edf3 } .grid { stroke: #30363d } .edge { stroke: #d29922 }
    .walk { stroke: #58a6ff } .point { fill: #58a6ff }
  }
</style>
<rect class="paper" width="720" height="400"/>
<text class="ink" x="16" y="20">ns per dependent load</text>
<text class="ink" x="700" y="388" text-anchor="end">footprint of the random walk</text>
)";

std::string svg_text(double x, double y, const char* anchor, const std::string& text) {
  return fmt::format("<text class=\"ink\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x, y, anchor,
                     text);
}

std::string svg_line(const char* style, double x1, double x2, double y1, double y2) {
  return fmt::format("<line class=\"{}\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>\n", style, x1, x2,
                     y1, y2);
}

std::string svg_axes(const Frame& frame, std::span<const StairPoint> points) {
  std::string svg;
  for (const double ns : frame.axes.ns_marks) {
    svg += svg_line("grid", left, right, frame.y(ns), frame.y(ns));
    svg += svg_text(left - 8, frame.y(ns) + 4, "end", fmt::format("{:g}", ns));
  }
  for (std::int64_t bytes = points.front().bytes; bytes <= points.back().bytes; bytes *= 8) {
    svg += svg_text(frame.x(bytes), bottom + 20, "middle", size_name(bytes));
  }
  return svg;
}

std::string svg_treads(const Frame& frame, std::span<const StairPoint> points, std::span<const CacheInfo> caches) {
  std::string svg;
  double from = left;
  for (const Tread& tread : treads_of(points, caches)) {
    const bool edge = tread.to != 0 && in_picture(points, tread.to);
    const double to = edge ? frame.x(tread.to) : right;
    if (edge) svg += svg_line("edge", to, to, top - 34, bottom);
    if (tread.ns > 0) {
      svg += svg_text((from + to) / 2, top - 24, "middle", tread.name);
      svg += svg_text((from + to) / 2, top - 8, "middle", fmt::format("{:.1f} ns", tread.ns));
    }
    from = to;
  }
  return svg;
}

}  // namespace

std::string size_name(std::int64_t bytes) {
  const double kib = static_cast<double>(bytes) / 1024;
  if (kib < 1024) return fmt::format("{:g} KiB", kib);
  return kib < 1024 * 1024 ? fmt::format("{:g} MiB", kib / 1024) : fmt::format("{:g} GiB", kib / 1024 / 1024);
}

std::vector<Tread> treads_of(std::span<const StairPoint> points, std::span<const CacheInfo> caches) {
  std::vector<Tread> treads;
  for (const CacheInfo& cache : caches) {
    treads.push_back({fmt::format("L{} {}", cache.level, size_name(cache.bytes)), cache.bytes, 0});
  }
  if (caches.empty()) return {};  // where a tread ends is not known then
  treads.push_back({"memory", 0, 0});
  std::int64_t from = 0;
  for (Tread& tread : treads) {
    std::vector<double> ns;
    for (const StairPoint& point : points) {
      if (from < point.bytes && (tread.to == 0 || point.bytes <= tread.to)) ns.push_back(point.ns);
    }
    std::sort(ns.begin(), ns.end());
    if (!ns.empty()) tread.ns = ns[ns.size() / 2];
    from = tread.to;
  }
  return treads;
}

std::string draw_text(std::span<const StairPoint> points, std::span<const CacheInfo> caches) {
  if (points.empty()) return "no points to draw\n";
  const Axes axes = axes_of(points);
  const std::size_t rows = 2 * axes.ns_marks.size() - 1;
  std::vector<std::string> grid(rows, std::string(columns, ' '));
  for (const CacheInfo& cache : caches) {
    if (!in_picture(points, cache.bytes)) continue;
    for (std::string& row : grid) row[column_of(axes, cache.bytes)] = ':';
  }
  for (const StairPoint& point : points) {
    const double height = axes.ns.at(std::max(point.ns, axes.ns_marks.front())) * static_cast<double>(rows - 1);
    grid[rows - 1 - static_cast<std::size_t>(std::lround(height))][column_of(axes, point.bytes)] = 'o';
  }
  std::string text = "  ns per dependent load\n";
  for (std::size_t row = 0; row < rows; ++row) {
    grid[row].erase(grid[row].find_last_not_of(' ') + 1);
    const std::string mark = row % 2 == 0 ? fmt::format("{:g}", axes.ns_marks[(rows - 1 - row) / 2]) : "";
    text += fmt::format("{:>8} |{}\n", mark, grid[row]);
  }
  std::string ticks, names;
  for (std::int64_t bytes = points.front().bytes; bytes <= points.back().bytes; bytes *= 8) {
    put(ticks, static_cast<double>(column_of(axes, bytes)), size_name(bytes));
  }
  double from = 0;
  for (const Tread& tread : treads_of(points, caches)) {
    const double to =
        tread.to == 0 ? columns : static_cast<double>(column_of(axes, std::min(tread.to, points.back().bytes)));
    if (tread.ns > 0) put(names, (from + to) / 2, fmt::format("{} {:.1f} ns", tread.name, tread.ns));
    from = to;
  }
  text += fmt::format("{:>8} +{:-<{}}\n{:>10}{}\n", "", "", columns, "", ticks);
  return names.empty() ? text : text + fmt::format("{:>10}{}\n", "", names);
}

std::string without_names_text(std::span<const StairPoint> points) {
  if (points.empty()) return "";
  return fmt::format(
      "  /sys lists no cache here, so the treads have no names: a cache ends where the staircase rises,\n"
      "  from {:.1f} ns in {} to {:.1f} ns in {}\n",
      points.front().ns, size_name(points.front().bytes), points.back().ns, size_name(points.back().bytes));
}

std::string draw_svg(std::span<const StairPoint> points, std::span<const CacheInfo> caches) {
  if (points.empty()) return "<svg xmlns='http://www.w3.org/2000/svg' width='720' height='400'/>\n";
  const Frame frame{axes_of(points)};
  std::string walk, marks;
  for (const StairPoint& point : points) {
    walk += fmt::format("{:.1f},{:.1f} ", frame.x(point.bytes), frame.y(point.ns));
    marks += fmt::format("<circle class=\"point\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\"/>\n", frame.x(point.bytes),
                         frame.y(point.ns));
  }
  return svg_head + svg_axes(frame, points) + svg_treads(frame, points, caches) +
         fmt::format("<polyline class=\"walk\" points=\"{}\"/>\n{}</svg>\n", walk, marks);
}

}  // namespace tinytorch
