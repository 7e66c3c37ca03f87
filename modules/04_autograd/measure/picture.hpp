#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// The lab's picture, drawn from a run: the nodes of a network of two hidden layers, the storages that they keep, and
/// the bytes held over the run.
namespace tinytorch {

/// Bytes in tensors beside inputs, parameters and their gradients, at one moment of a step.
struct Sample {
  std::string after;  ///< which operation has run
  bool forward = true;
  std::int64_t bytes = 0;
};

struct Run {
  std::vector<Sample> freed, retained;  ///< without and with retain_graph
  std::vector<std::string> nodes;       ///< in the order of forward
  std::vector<std::int64_t> outputs;    ///< bytes of each node's output
  std::int64_t input = 0;               ///< bytes of the batch
  std::int64_t after_forward = 0;       ///< what the counter says when only the loss is held
};

/// Counts a step of widths 64, 128, 128, 10 with 512 rows, twice.
Run count_run();

/// A line for each moment.
std::string draw_text(const Run& run);
/// An SVG file that follows the viewer's light or dark scheme.
std::string draw_svg(const Run& run);

}  // namespace tinytorch
