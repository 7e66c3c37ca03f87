#pragma once

#include "tinytorch/data/safetensors.hpp"
#include "tinytorch/optim/checkpoint.hpp"

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace tinytorch::optim {

/// Replaces `file` by a safetensors file of these tensors, as save_atomic does. Throws FileError, and ValueError as
/// data::save_safetensors.
inline void save_state(const std::filesystem::path& file, const StateDict& state, FileOps& files = disk()) {
  const std::string bytes = data::serialize_safetensors(state, {{"format", "tinytorch checkpoint"}, {"version", "1"}});
  save_atomic(files, file, std::as_bytes(std::span(bytes)));
}

/// The tensors of such a file. Throws FileError, FormatError.
inline StateDict load_state(const std::filesystem::path& file, FileOps& files = disk()) {
  const std::vector<std::byte> bytes = files.read(file);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return data::parse_safetensors(text, file.filename().string());
}

/// Saves where the run stands: capture in one file, whole at any moment.
inline void save_checkpoint(const std::filesystem::path& file, const TrainingRun& run, FileOps& files = disk()) {
  save_state(file, capture(run), files);
}

/// Lets the run go on from there; false, and nothing is changed, where there is no file. Throws as load_state and
/// restore.
inline bool load_checkpoint(const std::filesystem::path& file, TrainingRun& run, FileOps& files = disk()) {
  if (!files.exists(file)) return false;
  restore(run, load_state(file, files));
  return true;
}

}  // namespace tinytorch::optim
