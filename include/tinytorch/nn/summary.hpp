#pragma once

#include "tinytorch/nn/module.hpp"

#include <optional>
#include <string>
#include <vector>

/// A table of the parts of a network.
namespace tinytorch::nn {

/// One module in a summary.
struct SummaryRow {
  std::string name;
  std::string kind;
  std::optional<Shape> output;  ///< of its first call; empty when operator() was not called
  std::int64_t parameters = 0;  ///< elements of its own parameters and those below it
};

struct Summary {
  std::vector<SummaryRow> rows;  ///< outer modules first
  std::int64_t parameters = 0;   ///< elements; a shared parameter counts once
  std::int64_t trained = 0;      ///< those that require a gradient
};

/// The parts of the module and the shape that each returned. `sample` goes through the module in evaluation and without
/// a graph; afterwards the modes are as before. Throws what forward throws.
Summary summarize(Module& module, const Tensor& sample);

/// A table with a line per module: name, kind, shape of its output, parameters.
std::string to_string(const Summary& summary);

/// The table of `module` for one sample, or for zeros of a shape.
inline std::string summary(Module& module, const Tensor& sample) { return to_string(summarize(module, sample)); }
inline std::string summary(Module& module, const Shape& input, DType dtype = DType::float32) {
  return summary(module, zeros(input, dtype));
}

}  // namespace tinytorch::nn
