#pragma once

#include "tinytorch/data/dataset.hpp"

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

/// CIFAR-10 in its binary version: records of a label byte and 3 x 32 x 32 bytes, red, green, blue.
/// Source: Alex Krizhevsky, "The CIFAR-10 dataset", binary version.
namespace tinytorch::data {

/// The pictures of some files (data_batch_1.bin ...; plain or .gz) in their order: inputs (N, 3, 32, 32) uint8, targets
/// (N) int64. Throws FileError, and FormatError for a length that is no number of records or a label above 9.
TensorDataset load_cifar10(const std::vector<std::filesystem::path>& files);

/// The same for one file in memory; `name` stands for it in messages.
TensorDataset parse_cifar10(std::string_view bytes, std::string_view name);

}  // namespace tinytorch::data
