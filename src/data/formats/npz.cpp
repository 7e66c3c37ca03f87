#include "tinytorch/data/formats/npz.hpp"

#include "src/data/formats/bytes.hpp"
#include "src/data/formats/zip.hpp"
#include "tinytorch/core/error.hpp"
#include "tinytorch/core/text.hpp"

#include <utility>
#include <vector>

namespace tinytorch::data {

using tinytorch::detail::text;

std::string serialize_npz(const StateDict& tensors) {
  std::vector<ZipEntry> entries;
  for (const NamedTensor& named : tensors) {
    if (named.name.empty()) throw ValueError("[save_npz] a name is empty");
    if (!stays_inside(shown(named.name)))
      throw ValueError(text({"[save_npz] a name that is a path: '", shown(named.name), "'"}));
    std::string name = named.name + ".npy";
    for (const ZipEntry& other : entries)
      if (other.name == name) throw ValueError(text({"[save_npz] '", shown(named.name), "' occurs twice"}));
    entries.push_back({std::move(name), serialize_npy(named.value)});
  }
  return zip(entries);
}

StateDict parse_npz(std::string_view bytes, std::string_view name) {
  StateDict tensors;
  unzip(bytes, name, [&](std::string_view entry, std::string_view unpacked) {
    if (entry.ends_with('/') && unpacked.empty()) return;  // a folder, as other zip programs write them
    if (!entry.ends_with(".npy")) throw FormatError(text({"[load_npz] ", name, ": '", entry, "' is no array"}));
    tensors.push_back({std::string(entry.substr(0, entry.size() - 4)), parse_npy(unpacked, text({name, ": ", entry}))});
  });
  return tensors;
}

void save_npz(const std::filesystem::path& file, const StateDict& tensors) { write_file(file, serialize_npz(tensors)); }

StateDict load_npz(const std::filesystem::path& file) { return parse_npz(read_file(file), file.filename().string()); }

}  // namespace tinytorch::data
