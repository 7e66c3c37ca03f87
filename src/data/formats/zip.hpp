#pragma once

#include "tinytorch/core/function_ref.hpp"

#include <span>
#include <string>
#include <string_view>

/// Zip archives in memory. Source: PKWARE's appnote, 6.3. Private.
namespace tinytorch::data {

struct ZipEntry {
  std::string name;
  std::string bytes;
};

/// An archive whose entries are stored as they are. Throws ValueError beyond 4 GiB or 65,535 entries.
std::string zip(std::span<const ZipEntry> entries);

/// Calls take(name, bytes) for each entry (stored or deflated) in the directory's order, after comparing its check sum.
/// Both views end with the call. Only one entry is in memory at a time.
/// Throws FormatError with `name` and the reason: damage, entries that overlap, a name that occurs twice or for which
/// stays_inside is false (a folder, whose name ends in `/`, by its name without that).
void unzip(std::string_view archive, std::string_view name, FunctionRef<void(std::string_view, std::string_view)> take);

/// Whether a name, used as a path, stays below the current folder: no root, no `..`, no backslash, only printable
/// characters.
bool stays_inside(std::string_view name);

}  // namespace tinytorch::data
