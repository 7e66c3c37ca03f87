#include "tinytorch/optim/curves.hpp"

#include "src/core/svg.hpp"
#include "tinytorch/core/error.hpp"
#include "tinytorch/core/text.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>

#include <fmt/format.h>

namespace tinytorch::optim {

namespace {

constexpr double panel_width = 380, panel_height = 260;
constexpr double left = 56, right = 24, top = 40, bottom = 44;  // margins around the axes

constexpr const char* style = R"(<style>
  svg { color: #1f2328; font: 13px system-ui, sans-serif }
  text { fill: currentColor }
  .paper { fill: #ffffff }
  .axis { stroke: currentColor; stroke-opacity: .35 }
  .curve { fill: none; stroke-width: 2 }
  .c0 { stroke: #0b62c4 } .c1 { stroke: #b4500a; stroke-dasharray: 6 4 }
  @media (prefers-color-scheme: dark) {
    svg { color: #e6edf3 }
    .paper { fill: #0d1117 }
    .c0 { stroke: #6cb2ff } .c1 { stroke: #ffab5e }
  }
</style>
)";

// A number a little above `value` whose quarters are short to print.
double round_up(double value) {
  if (!(value > 0.0) || !std::isfinite(value)) return 1.0;
  const double power = std::pow(10.0, std::floor(std::log10(value)));
  for (const double step : {1.0, 1.2, 1.6, 2.0, 2.4, 3.2, 4.0, 6.0, 8.0})
    if (step * power >= value) return step * power;
  return 10.0 * power;
}

class PanelDrawing {
 public:
  PanelDrawing(const Panel& panel, double x) : panel_(panel), x_(x) {
    double largest = 0.0;
    for (const Curve& curve : panel.curves) {
      epochs_ = std::max(epochs_, curve.values.size());
      for (const double value : curve.values)
        if (std::isfinite(value)) largest = std::max(largest, value);
    }
    top_value_ = panel.top > 0.0 ? panel.top : round_up(largest);
  }

  std::string svg() const {
    std::string out =
        fmt::format("<text x=\"{}\" y=\"22\" font-weight=\"600\">{}</text>\n", x_ + left, svg::escaped(panel_.title));
    for (int i = 0; i <= 4; ++i) {
      const double value = top_value_ * i / 4.0;
      out += fmt::format("<path class=\"axis\" d=\"M{:.1f} {:.1f}H{:.1f}\"/>", x_ + left, down(value),
                         x_ + panel_width - right);
      out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{:.3g}</text>\n", x_ + left - 8,
                         down(value) + 4, value);
    }
    const std::size_t ticks = std::min<std::size_t>(epochs_, 5);
    for (std::size_t i = 0; i < ticks; ++i) {
      const std::size_t epoch = ticks == 1 ? 0 : i * (epochs_ - 1) / (ticks - 1);
      out += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n", across(epoch),
                         panel_height - bottom + 18, epoch + 1);
    }
    out += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">epoch</text>\n",
                       x_ + (left + panel_width - right) / 2, panel_height - 8);
    for (std::size_t k = 0; k < panel_.curves.size(); ++k) out += curve(k);
    return out;
  }

 private:
  double across(std::size_t epoch) const {
    const double share = epochs_ > 1 ? static_cast<double>(epoch) / static_cast<double>(epochs_ - 1) : 0.5;
    return x_ + left + share * (panel_width - left - right);
  }
  double down(double value) const { return panel_height - bottom - value / top_value_ * (panel_height - top - bottom); }

  std::string curve(std::size_t k) const {
    const Curve& curve = panel_.curves[k];
    std::string path;
    for (std::size_t i = 0; i < curve.values.size(); ++i)
      if (std::isfinite(curve.values[i]))
        path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", across(i), down(curve.values[i]));
    // The legend stands in the half of the panel that the curves leave free: above falling, below rising ones.
    const bool falls = curve.values.size() > 1 && curve.values.back() < curve.values.front();
    const double y = (falls ? top + 16 : panel_height - bottom - 44) + 20 * static_cast<double>(k);
    return fmt::format(
        "<path class=\"curve c{0}\" d=\"{1}\"/><path class=\"curve c{0}\" d=\"M{2:.1f} {3:.1f}h26\"/>"
        "<text x=\"{4:.1f}\" y=\"{5:.1f}\">{6}</text>\n",
        k % 2, path, x_ + panel_width - 180, y - 4, x_ + panel_width - 148, y, svg::escaped(curve.label));
  }

  const Panel& panel_;
  double x_;
  std::size_t epochs_ = 0;
  double top_value_ = 1.0;
};

}  // namespace

void write_curves(const std::filesystem::path& file, const std::string& title, const std::string& description,
                  const std::vector<Panel>& panels) {
  const double width = panel_width * static_cast<double>(panels.size());
  std::string picture = svg::opening(width, panel_height, title, description);
  picture += style;
  picture += "<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n";
  for (std::size_t i = 0; i < panels.size(); ++i)
    picture += PanelDrawing(panels[i], panel_width * static_cast<double>(i)).svg();
  picture += "</svg>\n";
  std::ofstream out(file, std::ios::binary);
  out << picture;
  out.close();
  if (!out) throw FileError(tinytorch::detail::text({"[curves] ", file.string(), ": cannot be written"}));
}

}  // namespace tinytorch::optim
