// Pictures of runs: charts below one another, as SVG.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace tinytorch::tito {

struct Series {
  std::string label{};  // in the legend; empty: not listed there
  std::vector<std::pair<double, double>> points{};
  bool line = true, dots = false;
};

struct Chart {
  std::string title{}, x{};  // what the vertical and the horizontal axis show
  std::vector<Series> series{};
  bool log_x = false;                     // every x is above 0
  std::vector<std::string> categories{};  // if any: the horizontal places 0, 1, ... have these names
};

/// The most series that can be told apart: by colour and by dashes.
inline constexpr std::size_t most_series = 6;

/// The picture follows the reader's light or dark scheme, and is as narrow as a telephone. `title` and `description`
/// are for readers who do not see it. Points that are not finite are left out. The legend is that of the first chart.
std::string draw_charts(const std::string& title, const std::string& description, const std::vector<Chart>& all);

}  // namespace tinytorch::tito
