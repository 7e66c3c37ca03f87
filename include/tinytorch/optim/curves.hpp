#pragma once

#include "tinytorch/optim/callbacks.hpp"

#include <cmath>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace tinytorch::optim {

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
/// Throws FileError.
void write_curves(const std::filesystem::path& file, const std::string& title, const std::string& description,
                  const std::vector<Panel>& panels);

/// Loss and accuracy (in percent) over the epochs of a history, with validation where there was one.
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

/// Draws the curves anew after each epoch.
class DrawCurves : public Callback {
 public:
  explicit DrawCurves(std::filesystem::path file, std::string title = "Training")
      : file_(std::move(file)), title_(std::move(title)) {}

  bool on_epoch(const TrainingRun& run, const EpochRecord& record) override {
    using tinytorch::detail::text;
    std::string description = text("Loss over ", record.epoch + 1, " epochs, ending at ", record.train_loss);
    if (!std::isnan(record.validation_loss)) description += text(", on validation data at ", record.validation_loss);
    write_curves(file_, title_, description + ".", history_panels(run.progress.history));
    return true;
  }

 private:
  std::filesystem::path file_;
  std::string title_;
};

}  // namespace tinytorch::optim
