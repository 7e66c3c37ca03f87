// Digits in and answers out, as JSON.
#pragma once

#include "tinytorch/core/tensor.hpp"

#include <cstdint>
#include <string>

namespace tinytorch::serve {

/// (64) float32 of {"pixels": [64 numbers from 0 to 1]}, in one list or in eight. Throws ValueError, one line, for
/// anything else.
Tensor read_pixels(const std::string& body);

/// What is told beside the probabilities.
struct AnswerFacts {
  std::int64_t version = 0, batch = 0;
  double waited_ms = 0.0, computed_ms = 0.0;
};

/// {"digit": 7, "probabilities": [...], "version": 1, "batch": 3, "waited_ms": 1.9, "computed_ms": 0.2}. Throws
/// ValueError when a probability is not finite.
std::string answer_json(const Tensor& probabilities, const AnswerFacts& facts);

}  // namespace tinytorch::serve
