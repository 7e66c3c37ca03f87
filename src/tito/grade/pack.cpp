#include "src/tito/grade/pack.hpp"

#include <memory>

#include <archive.h>
#include <archive_entry.h>

namespace tinytorch::tito {
namespace {

struct CloseWriter {
  void operator()(archive* opened) const { archive_write_free(opened); }
};
struct FreeEntry {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

void write_entry(archive* out, const std::string& path, const std::string& text) {
  const std::unique_ptr<archive_entry, FreeEntry> entry(archive_entry_new());
  archive_entry_set_pathname(entry.get(), path.c_str());
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  archive_entry_set_mtime(entry.get(), 0, 0);
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(text.size()));
  const bool whole = archive_write_header(out, entry.get()) == ARCHIVE_OK &&
                     archive_write_data(out, text.data(), text.size()) == static_cast<la_ssize_t>(text.size());
  if (!whole) throw trouble(path + " can't be packed: " + archive_error_string(out));
}

}  // namespace

void write_package(const fs::path& file, const std::string& folder, const std::map<std::string, std::string>& files) {
  const fs::path partial = file.string() + own_suffix();
  const std::unique_ptr<archive, CloseWriter> out(archive_write_new());
  archive_write_set_format_ustar(out.get());
  archive_write_add_filter_gzip(out.get());
  archive_write_set_filter_option(out.get(), "gzip", "timestamp", nullptr);
  if (archive_write_open_filename(out.get(), partial.c_str()) != ARCHIVE_OK) {
    throw trouble(file.string() + " can't be written: " + archive_error_string(out.get()));
  }
  for (const auto& [name, text] : files) write_entry(out.get(), folder + "/" + name, text);
  if (archive_write_close(out.get()) != ARCHIVE_OK) {
    throw trouble(file.string() + " can't be written: " + archive_error_string(out.get()));
  }
  fs::rename(partial, file);
}

}  // namespace tinytorch::tito
