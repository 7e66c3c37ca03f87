#pragma once

#include "tinytorch/data/dataset.hpp"

#include <filesystem>
#include <string_view>
#include <vector>

/// CIFAR-10 in its binary version: 50,000 pictures in data_batch_1.bin to data_batch_5.bin, 10,000 in test_batch.bin. A
/// record is a byte for the label, then 3 x 32 x 32 bytes: red, green, blue. The labels 0 to 9 are airplane,
/// automobile, bird, cat, deer, dog, frog, horse, ship and truck.
///
///     const data::TensorDataset train = data::load_cifar10({"data_batch_1.bin", "data_batch_2.bin"});
///     train.size();           // 20000
///     train.inputs().sizes()  // (20000, 3, 32, 32)
///     data::DataLoader loader(train, {.shuffle = true, .transform = data::transforms::ToFloat()});
///     for (const data::Batch& batch : loader.epoch(0)) train_on(batch);  // inputs (32, 3, 32, 32) float32
///
/// Source: Alex Krizhevsky, "The CIFAR-10 dataset", binary version.
namespace tinytorch::data {

/// The pictures of the files (plain or .gz), file after file: inputs (N, 3, 32, 32) uint8, targets (N) int64.
/// Throws FileError, FormatError when a file's length is not a multiple of a record's or a label is above 9, and
/// ValueError for no file.
TensorDataset load_cifar10(const std::vector<std::filesystem::path>& files);

/// As above, for the bytes of one file. `name` stands for the file in messages.
TensorDataset parse_cifar10(std::string_view bytes, std::string_view name);

}  // namespace tinytorch::data
