#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Zip archives in memory. Source: PKWARE's appnote, 6.3. Private.
namespace tinytorch::data {

struct ZipEntry {
  std::string name;
  std::string bytes;
};

/// An archive whose entries are stored as they are. Throws ValueError beyond 4 GiB or 65,535 entries.
std::string zip(std::span<const ZipEntry> entries);

/// The entries of an archive, stored or deflated, checked against their check sums.
/// Throws FormatError with `name` and what is wrong.
std::vector<ZipEntry> unzip(std::string_view archive, std::string_view name);

}  // namespace tinytorch::data
