#pragma once

#include "tinytorch/data/formats/safetensors.hpp"
#include "tinytorch/nn/module.hpp"
#include "tinytorch/optim/optimizer.hpp"

#include <concepts>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

/// save and load as a libtorch program calls them: a module, an optimiser, a tensor or several. Each file is
/// safetensors; a whole run is saved by optim/checkpoint.hpp.
namespace tinytorch {

/// The state_dict of a module or of an optimiser. Throws FileError.
template <class Object>
requires std::derived_from<Object, nn::Module> || std::derived_from<Object, optim::Optimizer>
void save(const Object& object, const std::filesystem::path& file) {
  data::save_safetensors(file, object.state_dict());
}
template <class Object>
requires requires(const Object& object) { object.state_dict(); }
void save(const std::shared_ptr<Object>& object, const std::filesystem::path& file) { save(*object, file); }
/// One tensor, and several.
inline void save(const Tensor& tensor, const std::filesystem::path& file) {
  data::save_safetensors(file, {{"0", tensor.detach()}});
}
inline void save(const std::vector<Tensor>& tensors, const std::filesystem::path& file) {
  StateDict state;
  for (std::size_t i = 0; i < tensors.size(); ++i) state.push_back({std::to_string(i), tensors[i].detach()});
  data::save_safetensors(file, state);
}

/// The reverse. Throws FileError, FormatError, and as load_state_dict for a file of another module or optimiser.
template <class Object>
requires std::derived_from<Object, nn::Module> || std::derived_from<Object, optim::Optimizer>
void load(Object& object, const std::filesystem::path& file) { object.load_state_dict(data::load_safetensors(file)); }
template <class Object>
requires requires(Object& object) { object.state_dict(); }
void load(const std::shared_ptr<Object>& object, const std::filesystem::path& file) { load(*object, file); }
/// The tensors in the order in which they were saved.
inline void load(std::vector<Tensor>& tensors, const std::filesystem::path& file) {
  const StateDict state = data::load_safetensors(file);
  tensors.assign(state.size(), Tensor());
  for (std::size_t i = 0; i < state.size(); ++i)
    for (const NamedTensor& named : state)
      if (named.name == std::to_string(i)) tensors[i] = named.value;
}
/// Throws FormatError when the file does not hold one tensor.
inline void load(Tensor& tensor, const std::filesystem::path& file) {
  const StateDict state = data::load_safetensors(file);
  if (state.size() != 1)
    throw FormatError(detail::text({"[load] '", file.string(), "' holds ", state.size(), " tensors, not one"}));
  tensor = state[0].value;
}

}  // namespace tinytorch
