#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace examples {

/// A curve over the epochs 1, 2, ...
struct Curve {
  std::string label;
  std::vector<double> values;
};

/// One coordinate system; the vertical axis runs from 0 to the largest value (or `top` where that is given).
struct Panel {
  std::string title;
  std::vector<Curve> curves;
  double top = 0.0;
};

/// Writes the panels side by side as SVG. It follows the reader's light or dark scheme; curves differ by dashes and
/// labels as well as by colour; `title` and `description` are there for those who do not see the picture.
/// Throws tinytorch::FileError.
void write_curves(const std::filesystem::path& file, const std::string& title, const std::string& description,
                  const std::vector<Panel>& panels);

}  // namespace examples
