#pragma once

#include <cstdint>

/// The runs behind the predictions: a small network that learns the digits, again and again.
namespace tinytorch {

/// P4: the spread between seeds, and what twice the learning rate gains.
void measure_seeds();

/// P5: which changes of a run change a bit of its weights.
void measure_bits(std::int64_t workers);

}  // namespace tinytorch
