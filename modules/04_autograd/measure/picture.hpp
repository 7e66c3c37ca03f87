#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// The lab's picture, drawn from a run of a network with two hidden layers: its nodes, the storages that they keep, and
/// the bytes held at each moment.
namespace tinytorch {

/// The bytes in tensors at one moment of a step, without inputs, parameters and their gradients.
struct Sample {
  std::string after;  ///< the operation that has just run
  bool forward = true;
  std::int64_t bytes = 0;
};

struct Run {
  std::vector<Sample> freed, retained;  ///< without and with retain_graph
  std::vector<std::string> nodes;       ///< in the order of forward
  std::vector<std::int64_t> outputs;    ///< bytes of each node's output
  std::int64_t input = 0;               ///< bytes of the batch
  std::int64_t after_forward = 0;       ///< bytes when only the loss is held
};

/// Runs a step of widths 64, 128, 128, 10 with 512 rows twice, and counts the bytes.
Run count_run();

/// The samples as text, one line for each moment.
std::string draw_text(const Run& run);
/// The picture as SVG. Follows the viewer's light or dark scheme.
std::string draw_svg(const Run& run);

}  // namespace tinytorch
