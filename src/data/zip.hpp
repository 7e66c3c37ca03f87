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

/// Calls take(name, bytes) for the entries in the directory's order, stored or deflated, checked against their check
/// sums. Both are gone after the call. One entry at a time is in memory, and it grows with what is really unpacked.
/// Throws FormatError with `name` and what is wrong: damage, entries that overlap, a name that occurs twice or does not
/// stay inside.
void unzip(std::string_view archive, std::string_view name, FunctionRef<void(std::string_view, std::string_view)> take);

/// Whether a name, taken as a path, leads to a place below where one stands: no root, no `..`, no backslash, nothing
/// that can't be printed.
bool stays_inside(std::string_view name);

}  // namespace tinytorch::data
