#pragma once

#include <cstddef>

/// What a profile calls things. Private to the library.
namespace tinytorch::profiling {

/// "parameter" for the tag with that number.
inline const char* tag_name(std::size_t tag) {
  constexpr const char* names[] = {"general", "parameter", "gradient", "activation", "workspace", "data", "optimizer"};
  return names[tag];
}

}  // namespace tinytorch::profiling
