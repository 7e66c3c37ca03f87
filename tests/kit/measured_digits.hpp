#pragma once

#include "tinytorch/core/ops.hpp"
#include "tinytorch/data/formats/csv.hpp"
#include "tinytorch/data/loader.hpp"

/// The digits on which a lab's measurement trains.
namespace tinytorch::lab {

struct Digits {
  data::TensorDataset train, test;  ///< four fifths and the rest; pixels (N, 64) from 0 to 1, labels (N)
};

inline Digits read_digits() {
  const Tensor table = data::read_csv("examples/data/digits.csv.gz");
  const Tensor x = table.slice(1, 0, 64) / 16.0, y = table.select(1, 64).to(DType::int64);
  const std::int64_t n = table.size(0), cut = n * 4 / 5;
  return {{x.slice(0, 0, cut), y.slice(0, 0, cut)}, {x.slice(0, cut, n), y.slice(0, cut, n)}};
}

}  // namespace tinytorch::lab
