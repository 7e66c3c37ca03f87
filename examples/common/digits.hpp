#pragma once

#include "tinytorch/tinytorch.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace examples {

/// The handwritten digits of examples/data: images (n, 1, 8, 8) from 0 (paper) to 1 (ink), labels (n) int64.
struct Digits {
  tinytorch::Tensor images;
  tinytorch::Tensor labels;
};

/// The folder with the data, for programs that are run without --data.
std::filesystem::path data_folder();
/// Reads digits.csv.gz, or a folder such as digits-idx: images and labels as IDX files. Throws tinytorch::Error when a
/// file is missing or is not of that kind.
Digits load_digits(const std::filesystem::path& source);

/// A digit that the network read as another one.
struct Misread {
  std::int64_t row;  ///< counted from 0
  std::int64_t label;
  std::int64_t answer;
};

/// Counts of (digit, answer) as a table of text; rows are the digits.
std::string confusion_table(const std::vector<std::int64_t>& labels, const std::vector<std::int64_t>& answers);
/// Up to `most` misread digits side by side, two characters per pixel.
std::string draw_misread(const Digits& digits, const std::vector<Misread>& misread, std::size_t most);

}  // namespace examples
