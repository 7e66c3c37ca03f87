#pragma once

#include "tinytorch/core/named_tensor.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Files of tensors that hold no code: the length of a header, the header in JSON, then the elements. Python reads them
/// with `safetensors.torch.load_file`. Readers check all of the header before they ask for memory.
/// Source: huggingface/safetensors, README, "Format".
namespace tinytorch::data {

/// Text beside the tensors, in the order of the file.
using Metadata = std::vector<std::pair<std::string, std::string>>;

/// Writes the tensors in order; the file appears whole or not at all. Throws FileError, ValueError for a name that is
/// empty, occurs twice or is "__metadata__" and for text that isn't UTF-8, DTypeError for traced.
void save_safetensors(const std::filesystem::path& file, const StateDict& tensors, const Metadata& metadata = {});

/// The tensors in the header's order. `metadata`, when given, receives the text. F16 and BF16 come as float32.
/// Throws FileError, and FormatError for a header that is longer than the file, is not JSON or names anything twice,
/// and for elements that overlap, leave a gap, end too early or too late, or don't fit their shape and dtype.
StateDict load_safetensors(const std::filesystem::path& file, Metadata* metadata = nullptr);

/// The same for bytes in memory; `name` stands for the file in messages.
std::string serialize_safetensors(const StateDict& tensors, const Metadata& metadata = {});
StateDict parse_safetensors(std::string_view bytes, std::string_view name, Metadata* metadata = nullptr);

}  // namespace tinytorch::data
