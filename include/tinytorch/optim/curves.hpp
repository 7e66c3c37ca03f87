#pragma once

#include "tinytorch/optim/loop.hpp"

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

/// Curves of a training as a picture. The callback DrawCurves draws them after each epoch.
namespace tinytorch::optim {

/// A curve over the epochs 1, 2, ...
struct Curve {
  std::string label;
  std::vector<double> values;
};

/// One coordinate system. The vertical axis goes from 0 to the largest value, or to `top` if that is not 0.
struct Panel {
  std::string title;
  std::vector<Curve> curves;
  double top = 0.0;
};

/// Writes the panels side by side as SVG. The picture follows the reader's light or dark scheme. Curves differ by
/// dashes and labels as well as by colour. `title` and `description` are for readers who do not see the picture. Throws
/// FileError.
void write_curves(const std::filesystem::path& file, const std::string& title, const std::string& description,
                  const std::vector<Panel>& panels);

/// Panels for write_curves: the loss over the epochs of a history, and the accuracy in percent if the history has one;
/// with the curves of the validation if there was one.
inline std::vector<Panel> history_panels(const History& history) {
  Curve loss{"training", {}}, validation_loss{"validation", {}}, accuracy = loss, validation_accuracy = validation_loss;
  bool validated = false, classified = false;
  for (const EpochRecord& record : history.epochs) {
    loss.values.push_back(record.train_loss);
    accuracy.values.push_back(100.0 * record.train_accuracy);
    validation_loss.values.push_back(record.validation_loss);
    validation_accuracy.values.push_back(100.0 * record.validation_accuracy);
    validated = validated || !std::isnan(record.validation_loss);
    classified = classified || record.train_accuracy > 0.0;
  }
  std::vector<Panel> panels{{"loss", {loss}}};
  if (validated) panels[0].curves.push_back(validation_loss);
  if (!classified) return panels;
  panels.push_back({"accuracy in %", {accuracy}, 100.0});
  if (validated) panels[1].curves.push_back(validation_accuracy);
  return panels;
}

}  // namespace tinytorch::optim
