#include "src/tito/runs/chart.hpp"

#include "src/core/svg.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace tinytorch::tito {
// A room for short names: the files of the tool are compiled together.
namespace charts {
namespace {

constexpr double width = 440, height = 236;                     // of a chart
constexpr double left = 62, right = 18, top = 34, bottom = 46;  // margins around its axes
constexpr double row = 21;                                      // of the legend

constexpr const char* style = R"(<style>
  svg { color: #1f2328; font: 14px system-ui, sans-serif }
  text { fill: currentColor }
  .paper { fill: #ffffff }
  .axis { stroke: currentColor; stroke-opacity: .3 }
  .line { fill: none; stroke-width: 2; stroke-linejoin: round }
  .dot { stroke: none }
  .c0 { stroke: #0b62c4 } .c1 { stroke: #b4500a; stroke-dasharray: 7 4 }
  .c2 { stroke: #1a7f37; stroke-dasharray: 2 3 } .c3 { stroke: #8250df; stroke-dasharray: 9 3 2 3 }
  .c4 { stroke: #bf3989; stroke-dasharray: 13 4 } .c5 { stroke: #57606a; stroke-dasharray: 4 2 }
  .d0 { fill: #0b62c4 } .d1 { fill: #b4500a } .d2 { fill: #1a7f37 } .d3 { fill: #8250df } .d4 { fill: #bf3989 }
  .d5 { fill: #57606a }
  @media (prefers-color-scheme: dark) {
    svg { color: #e6edf3 }
    .paper { fill: #0d1117 }
    .c0 { stroke: #6cb2ff } .c1 { stroke: #ffab5e } .c2 { stroke: #56d364 } .c3 { stroke: #c297ff }
    .c4 { stroke: #ff9bce } .c5 { stroke: #b1bac4 }
    .d0 { fill: #6cb2ff } .d1 { fill: #ffab5e } .d2 { fill: #56d364 } .d3 { fill: #c297ff } .d4 { fill: #ff9bce }
    .d5 { fill: #b1bac4 }
  }
</style>
)";

// 1, 2 or 5 times a power of ten, so that about four steps fill the range.
double step_for(double range) {
  const double power = std::pow(10.0, std::floor(std::log10(range / 4)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power * 5 >= range) return factor * power;
  return 10 * power;
}

struct Range {
  double least = std::numeric_limits<double>::infinity(), most = -least;

  void take(double value) {
    least = std::min(least, value);
    most = std::max(most, value);
  }
  // A range that can be divided, with a little room at both ends.
  void widen(double share) {
    if (!(least <= most)) *this = {0, 1};
    const double size = std::max(std::abs(least), std::abs(most));
    // Numbers that differ by their rounding alone can't be told apart on an axis.
    const double room = most - least > 1e-9 * size ? share * (most - least) : std::max(size * 0.05, 0.5);
    least -= room;
    most += room;
  }
};

class ChartDrawing {
 public:
  ChartDrawing(const Chart& chart, double y) : chart_(chart), y_(y) {
    for (const Series& series : chart.series) {
      for (const auto& point : series.points) {
        if (!drawn(point)) continue;
        x_.take(scaled(point.first));
        whole_ = whole_ && point.first == std::floor(point.first);
        values_.take(point.second);
      }
    }
    if (!chart.categories.empty()) x_ = {0, static_cast<double>(chart.categories.size()) - 1};
    x_.widen(chart.categories.empty() ? 0.03 : 0.12);
    if (values_.least >= 0 && values_.least < values_.most / 4) values_.least = 0;
    values_.widen(0.0);
    // The axis ends at numbers that are written beside it.
    step_ = step_for(values_.most - values_.least);
    values_ = {std::floor(values_.least / step_) * step_, std::ceil(values_.most / step_) * step_};
  }

  std::string svg() const {
    std::string out = fmt::format("<text x=\"{}\" y=\"{}\" font-weight=\"600\">{}</text>\n", left, y_ + 20,
                                  svg::escaped(chart_.title));
    for (double value = values_.least; value <= values_.most + step_ / 2; value += step_) {
      const double shown = std::abs(value) < step_ / 1e6 ? 0 : value;
      out += fmt::format("<path class=\"axis\" d=\"M{:.1f} {:.1f}H{:.1f}\"/>", left, down(value), width - right);
      out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{:.4g}</text>\n", left - 8,
                         down(value) + 5, shown);
    }
    for (const auto& [place, name] : ticks()) {
      out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n", across(place),
                         y_ + height - bottom + 20, svg::escaped(name));
    }
    out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n", (left + width - right) / 2,
                       y_ + height - 6, svg::escaped(chart_.x));
    for (std::size_t k = 0; k < chart_.series.size(); ++k) out += series(k);
    return out;
  }

 private:
  bool drawn(const std::pair<double, double>& point) const {
    return std::isfinite(scaled(point.first)) && std::isfinite(point.second);
  }
  double scaled(double x) const { return chart_.log_x ? std::log10(x) : x; }
  double across(double place) const {
    return left + (place - x_.least) / (x_.most - x_.least) * (width - left - right);
  }
  double down(double value) const {
    const double share = (value - values_.least) / (values_.most - values_.least);
    return y_ + height - bottom - share * (height - top - bottom);
  }

  // Places on the horizontal axis, and what is written there.
  std::vector<std::pair<double, std::string>> ticks() const {
    std::vector<std::pair<double, std::string>> places;
    if (!chart_.categories.empty()) {
      for (std::size_t i = 0; i < chart_.categories.size(); ++i)
        places.emplace_back(static_cast<double>(i), chart_.categories[i]);
    } else if (chart_.log_x && x_.most - x_.least > 1) {
      const double step = std::max(1.0, std::ceil((x_.most - x_.least) / 5));
      for (double power = std::ceil(x_.least); power <= x_.most; power += step)
        places.emplace_back(power, fmt::format("{:.6g}", std::pow(10.0, power)));
    } else if (chart_.log_x) {
      for (const double end : {x_.least, (x_.least + x_.most) / 2, x_.most})
        places.emplace_back(end, fmt::format("{:.2g}", std::pow(10.0, end)));
    } else {
      const double step = std::max(step_for(x_.most - x_.least), whole_ ? 1.0 : 1e-300);
      for (double place = std::ceil(x_.least / step) * step; place <= x_.most; place += step)
        places.emplace_back(place, fmt::format("{:.4g}", std::abs(place) < step / 1e6 ? 0 : place));
    }
    return places;
  }

  std::string series(std::size_t k) const {
    std::string path, dots;
    for (const auto& point : chart_.series[k].points) {
      if (!drawn(point)) continue;
      const double x = across(scaled(point.first)), y = down(point.second);
      path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", x, y);
      dots += fmt::format("<circle class=\"dot d{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4\"/>", k % most_series, x, y);
    }
    if (!chart_.series[k].line) path.clear();
    if (!chart_.series[k].dots) dots.clear();
    if (!path.empty()) path = fmt::format("<path class=\"line c{}\" d=\"{}\"/>", k % most_series, path);
    return path + dots + "\n";
  }

  const Chart& chart_;
  double y_;
  Range x_, values_;
  double step_ = 1;
  bool whole_ = true;  // each x is a whole number, such as an epoch
};

std::string legend(const std::vector<Series>& all, double y) {
  std::string out;
  for (std::size_t k = 0; k < all.size(); ++k) {
    if (all[k].label.empty()) continue;
    if (all[k].line)
      out += fmt::format("<path class=\"line c{}\" d=\"M{} {:.1f}h40\"/>", k % most_series, 14, y - 5);
    else
      out += fmt::format("<circle class=\"dot d{}\" cx=\"34\" cy=\"{:.1f}\" r=\"4\"/>", k % most_series, y - 5);
    out += fmt::format("<text x=\"{}\" y=\"{:.1f}\">{}</text>\n", left, y, svg::escaped(all[k].label));
    y += row;
  }
  return out;
}

}  // namespace
}  // namespace charts

std::string draw_charts(const std::string& title, const std::string& description, const std::vector<Chart>& all) {
  using namespace charts;  // NOLINT: what stands above
  const std::vector<Series> none;
  const std::vector<Series>& listed = all.empty() ? none : all.front().series;
  const auto rows = std::count_if(listed.begin(), listed.end(), [](const Series& s) { return !s.label.empty(); });
  const double above = rows == 0 ? 6 : 12 + row * static_cast<double>(rows);
  const double total = above + height * static_cast<double>(all.size()) + 6;
  std::string picture = svg::opening(width, total, title, description);
  picture += style;
  picture += "<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n";
  picture += legend(listed, 24);
  for (std::size_t i = 0; i < all.size(); ++i)
    picture += ChartDrawing(all[i], above + height * static_cast<double>(i)).svg();
  return picture + "</svg>\n";
}

}  // namespace tinytorch::tito
