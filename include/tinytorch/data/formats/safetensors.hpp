#pragma once

#include "tinytorch/core/tensor.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Files of tensors without code in them: the length of the header, the header in JSON, then the elements. Python reads
/// them with `safetensors.torch.load_file`. A reader checks the whole header before it allocates.
/// Source: huggingface/safetensors, README, "Format".
namespace tinytorch::data {

/// Text beside the tensors, in the order of the file.
using Metadata = std::vector<std::pair<std::string, std::string>>;

/// Writes the tensors in order. The file appears whole or not at all. Throws FileError, ValueError for a name that is
/// empty, occurs twice or is "__metadata__" and for text that isn't UTF-8, DTypeError for traced.
void save_safetensors(const std::filesystem::path& file, const StateDict& tensors, const Metadata& metadata = {});

/// The tensors in the header's order; the file's text goes to `metadata` unless that is null. F16 and BF16 become
/// float32. Throws FileError, and FormatError for a header that is longer than the file, is not JSON or names anything
/// twice, and for elements that overlap, leave a gap, end too early or too late, or don't fit their shape and dtype.
StateDict load_safetensors(const std::filesystem::path& file, Metadata* metadata = nullptr);

/// As above, for bytes in memory. `name` stands for the file in messages.
std::string serialize_safetensors(const StateDict& tensors, const Metadata& metadata = {});
StateDict parse_safetensors(std::string_view bytes, std::string_view name, Metadata* metadata = nullptr);

}  // namespace tinytorch::data
