#pragma once

#include "tests/kit/kit.hpp"
#include "tinytorch/core/error.hpp"
#include "tinytorch/profiling/costs.hpp"

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// Records, costs and machines of part B, as the tests make and show them.
namespace tinytorch::profiling {

inline lab::Value to_value(const Cost& cost) {
  return lab::record({{"flops", cost.flops},
                      {"bytes_read", cost.bytes_read},
                      {"bytes_written", cost.bytes_written},
                      {"known", cost.known}});
}

/// The record of an operation that core would report.
inline OpRecord record_of(const char* name, const std::vector<Shape>& inputs, const Shape& output,
                          DType dtype = DType::float32) {
  OpRecord op;
  op.name = name;
  for (const Shape& shape : inputs) op.input_shapes[op.input_count++] = shape;
  op.output_shape = output;
  op.dtype = dtype;
  return op;
}

/// "conv2d (2, 3, 8, 8) (4, 3, 3, 3) -> (2, 4, 6, 6) float32".
inline std::string written(const OpRecord& op) {
  std::string text = op.backward ? "backward of " + std::string(op.name) : op.name;
  for (const Shape& shape : op.inputs()) text += " " + to_string(shape);
  text += " -> " + to_string(op.output_shape) + " " + to_string(op.dtype);
  if (!op.window.empty()) text += ", window " + to_string(op.window);
  if (op.view) text += ", a view";
  if (op.nested > 0) text += ", " + std::to_string(op.nested) + " inside";
  return text;
}

inline DType any_dtype(lab::Case& c) { return c.pick({DType::float32, DType::float64, DType::int64, DType::int8}); }
inline std::int64_t bytes_of(DType dtype) {
  if (dtype == DType::int8) return 1;
  return dtype == DType::float32 ? 4 : 8;
}

/// The bytes that the record reads and writes.
inline Cost cost_of(const OpRecord& op, std::int64_t flops) {
  const auto elements = [](const Shape& shape) {
    std::int64_t count = 1;
    for (std::int64_t d = 0; d < shape.size(); ++d) count *= shape[d];
    return count;
  };
  Cost cost;
  cost.flops = flops;
  for (std::uint32_t i = 0; i < op.input_count; ++i)
    cost.bytes_read += elements(op.input_shapes[i]) * bytes_of(op.dtype);
  cost.bytes_written = elements(op.output_shape) * bytes_of(op.dtype);
  return cost;
}

}  // namespace tinytorch::profiling
