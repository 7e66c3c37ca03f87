#include "modules/06_training/measure/picture.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace tinytorch {
namespace {

constexpr double left = 20, right = 780, bar_top = 56, bar_height = 44;
constexpr double ground = 380, unit = 11;  // `unit` is the height of one byte of an element

const char* const head =
    R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 450" role="img" aria-labelledby="title desc" font-family="system-ui, sans-serif" font-size="13">
<title id="title">Where a step's time goes, and what each parameter costs in bytes</title>
<desc id="desc">{}</desc>
<style>
  .ink {{ fill: #1f2328; }} .soft {{ fill: #59636e; }} .box {{ stroke: #1f2328; stroke-width: 1; }} .axis {{ stroke: #59636e; }}
  .data {{ fill: #d8dee4; }} .forward {{ fill: #b6d9ff; }} .backward {{ fill: #6cb2ff; }} .clip {{ fill: #ffffff; }} .update {{ fill: #ffb77c; }}
  .value {{ fill: #b6d9ff; }} .gradient {{ fill: #6cb2ff; }} .state {{ fill: #ffb77c; }} .on {{ fill: #1f2328; }}
  @media (prefers-color-scheme: dark) {{
    .ink {{ fill: #f0f6fc; }} .soft {{ fill: #9198a1; }} .box {{ stroke: #f0f6fc; }} .axis {{ stroke: #9198a1; }}
  }}
</style>
)";

std::string text(double x, double y, const char* style, const char* anchor, const std::string& words) {
  return fmt::format("<text class=\"{}\" x=\"{:.0f}\" y=\"{:.0f}\" text-anchor=\"{}\">{}</text>\n", style, x, y, anchor,
                     words);
}

std::string box(const std::string& style, double x, double y, double width, double height) {
  return fmt::format("<rect class=\"box {}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>\n", style,
                     x, y, width, height);
}

double total_of(const StepPicture& step) {
  double total = 0.0;
  for (const Phase& phase : step.phases) total += phase.microseconds;
  return total;
}

std::string time_name(double microseconds) {
  return microseconds < 1000 ? fmt::format("{:.0f} µs", microseconds) : fmt::format("{:.2f} ms", microseconds / 1000);
}

std::string size_name(std::int64_t bytes) {
  const auto size = static_cast<double>(bytes);
  if (bytes < 10 * 1024) return fmt::format("{} B", bytes);
  return bytes < 1024 * 1024 ? fmt::format("{:.0f} KiB", size / 1024) : fmt::format("{:.1f} MiB", size / 1024 / 1024);
}

// Draws the phases side by side. Their widths are their times. A name that does not fit gets a line of its own below.
std::string timeline(const StepPicture& step) {
  const double total = total_of(step);
  std::string svg = text(left, 30, "ink", "start", step.title + ": " + time_name(total));
  double x = left, below = bar_top + bar_height + 18;
  for (const Phase& phase : step.phases) {
    const double width = std::max(2.0, phase.microseconds / total * (right - left));
    svg += box(phase.name, x, bar_top, width, bar_height);
    const std::string words = phase.name + " " + time_name(phase.microseconds);
    if (width > 110) {
      svg += text(x + width / 2, bar_top + 27, "on", "middle", words);
    } else {
      const bool late = x > (left + right) / 2;
      svg += fmt::format("<path class=\"axis\" d=\"M{0:.1f} {1:.0f}V{2:.0f}\"/>\n", x + width / 2, bar_top + bar_height,
                         below - 4);
      svg += text(x + width / 2 + (late ? -6 : 6), below, "ink", late ? "end" : "start", words);
      below += 18;
    }
    x += width;
  }
  return svg;
}

// Draws a tower for each parameter. Its height is the bytes of one element. Its width grows with the elements.
std::string towers(const StepPicture& step) {
  double roots = 0.0;
  for (const Tower& tower : step.towers) roots += std::sqrt(static_cast<double>(tower.value));
  const double gap = 90, room = right - left - 130 - gap * static_cast<double>(step.towers.size());
  std::string svg = text(left, ground - 16 * unit - 12, "ink", "start", "bytes for each element");
  double x = left + 130;
  for (const Tower& tower : step.towers) {
    const double width = std::max(16.0, std::sqrt(static_cast<double>(tower.value)) / roots * room);
    const double per_byte = 4 * unit / static_cast<double>(tower.value);
    double y = ground;
    const auto storey = [&](const char* style, std::int64_t bytes) {
      const double height = static_cast<double>(bytes) * per_byte;
      y -= height;
      svg += box(style, x, y, width, height);
    };
    storey("value", tower.value);
    storey("gradient", tower.gradient);
    storey("state", tower.state);
    svg += text(x + width / 2, ground + 20, "ink", "middle", tower.name);
    svg += text(x + width / 2, ground + 38, "soft", "middle", size_name(tower.value + tower.gradient + tower.state));
    x += width + gap;
  }
  svg += text(left, ground - 2 * unit + 5, "ink", "start", "4 value");
  svg += text(left, ground - 6 * unit + 5, "ink", "start", "4 gradient");
  svg += text(left, ground - 12 * unit + 5, "ink", "start", "8 Adam's state");
  svg += text(left, ground + 60, "soft", "start", "widths grow with the root of the number of elements");
  return svg;
}

}  // namespace

std::string picture_text(const StepPicture& step) {
  const double total = total_of(step);
  std::string all = "\n  " + step.title + "\n";
  for (const Phase& phase : step.phases) {
    const auto width = static_cast<std::size_t>(50 * phase.microseconds / total);
    all += fmt::format("  {:9} {:>9} {:5.1f} %  {}\n", phase.name, time_name(phase.microseconds),
                       100 * phase.microseconds / total, std::string(width, '#'));
  }
  all += "\n  parameter        value     gradient        state   bytes\n";
  for (const Tower& tower : step.towers) {
    all += fmt::format("  {:9} {:12} {:12} {:12}\n", tower.name, tower.value, tower.gradient, tower.state);
  }
  return all + "\n";
}

std::string picture_svg(const StepPicture& step) {
  std::string description = "A bar of time with these parts: ";
  for (const Phase& phase : step.phases)
    description += fmt::format("{} {}; ", phase.name, time_name(phase.microseconds));
  description +=
      "below, a tower for each parameter: 4 bytes of value, 4 of gradient and 8 of Adam's state for each element.";
  return fmt::format(fmt::runtime(head), description) + timeline(step) + towers(step) + "</svg>\n";
}

}  // namespace tinytorch
