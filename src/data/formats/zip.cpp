#include "src/data/formats/zip.hpp"

#include "src/data/formats/bytes.hpp"
#include "tinytorch/core/error.hpp"
#include "tinytorch/core/text.hpp"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include <zlib.h>

namespace tinytorch::data {

using tinytorch::detail::text;

namespace {

constexpr std::uint64_t local_magic = 0x04034b50, central_magic = 0x02014b50, end_magic = 0x06054b50;
constexpr std::size_t local_size = 30, central_size = 46, end_size = 22;
constexpr std::uint64_t stored = 0, deflated = 8;
constexpr std::uint64_t date = 0x21;  // always 1 January 1980, so that the same tensors give the same file

std::uint64_t check_sum(std::string_view bytes) {
  return crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
}

// The fields that a local header and the directory share, from "version needed" to "extra length".
void put_common(std::string& out, const ZipEntry& entry) {
  put(out, 20, 2);      // version needed
  put(out, 0x0800, 2);  // names are UTF-8
  put(out, stored, 2);
  put(out, 0, 2);
  put(out, date, 2);
  put(out, check_sum(entry.bytes), 4);
  put(out, entry.bytes.size(), 4);
  put(out, entry.bytes.size(), 4);
  put(out, entry.name.size(), 2);
  put(out, 0, 2);
}

// The fields of a directory record that are needed.
struct Record {
  std::string_view name;
  std::uint64_t method, check_sum, packed, unpacked, offset, data;
};

// Unpacks deflated bytes. The memory grows with the bytes that come out; the size that an entry states is not trusted.
class Inflater {
 public:
  Inflater() {
    if (inflateInit2(&stream_, -MAX_WBITS) != Z_OK) throw FormatError("[zip] zlib does not start");
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // False unless `packed` is one whole stream of exactly `expected` bytes.
  bool run(std::string_view packed, std::uint64_t expected, std::string& bytes) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream_.avail_in = static_cast<uInt>(packed.size());
    int result = Z_OK;
    while (result == Z_OK && bytes.size() < expected) {
      const std::size_t from = bytes.size();
      const std::uint64_t room =
          std::min<std::uint64_t>(expected - from, std::max<std::size_t>(from, packed.size() + 64));
      bytes.resize(from + room);
      stream_.next_out = reinterpret_cast<Bytef*>(bytes.data() + from);
      stream_.avail_out = static_cast<uInt>(room);
      result = inflate(&stream_, Z_NO_FLUSH);
      bytes.resize(from + room - stream_.avail_out);
    }
    // All bytes may be out before the end of the stream is read. After that end there must be no bytes.
    char none = 0;
    stream_.next_out = reinterpret_cast<Bytef*>(&none);
    stream_.avail_out = 1;
    if (result == Z_OK) result = inflate(&stream_, Z_FINISH);
    return result == Z_STREAM_END && bytes.size() == expected && stream_.avail_out == 1 && stream_.avail_in == 0;
  }

 private:
  z_stream stream_{};
};

class Reader {
 public:
  Reader(std::string_view archive, std::string_view name) : archive_(archive), name_(name) {}

  void entries(FunctionRef<void(std::string_view, std::string_view)> take) const {
    const std::vector<Record> records = directory();
    std::string unpacked;
    for (const Record& record : records) take(record.name, contents(record, unpacked));
  }

 private:
  [[noreturn]] void fail(std::string_view what) const { throw FormatError(text({"[zip] ", name_, ": ", what})); }

  // Throws unless `count` bytes can be read at `at`.
  void need(std::uint64_t at, std::uint64_t count) const {
    if (at > archive_.size() || count > archive_.size() - at) fail(text({"cut off before byte ", at + count}));
  }

  // The end record is the last thing in the file, or is followed by a comment of at most 64 KiB.
  std::size_t find_end() const {
    if (archive_.size() < end_size) fail("too short for a zip archive");
    const std::size_t last = archive_.size() - end_size;
    const std::size_t first = last - std::min<std::size_t>(last, 0xFFFF);
    for (std::size_t at = last + 1; at-- > first;)
      if (get(archive_, at, 4) == end_magic && at + end_size + get(archive_, at + 20, 2) == archive_.size()) return at;
    fail("no zip archive: the end record is missing");
  }

  // All records. Checks that names differ, and that entries do not overlap and lie before the directory.
  std::vector<Record> directory() const {
    const std::size_t end = find_end();
    const std::uint64_t count = get(archive_, end + 10, 2);
    std::size_t at = get(archive_, end + 16, 4);
    const std::size_t start = at;
    std::vector<Record> records;
    for (std::uint64_t i = 0; i < count; ++i) records.push_back(directory_record(at));
    if (at > end) fail("the directory runs into the end record");
    std::vector<std::string_view> names;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> places;
    for (Record& record : records) {
      record.data = find_data(record);
      names.push_back(record.name);
      places.emplace_back(record.offset, record.data + record.packed);
    }
    std::sort(names.begin(), names.end());
    if (const auto twice = std::adjacent_find(names.begin(), names.end()); twice != names.end())
      fail(text({"'", *twice, "' occurs twice"}));
    std::sort(places.begin(), places.end());
    for (std::size_t i = 0; i < places.size(); ++i)
      if (places[i].second > (i + 1 < places.size() ? places[i + 1].first : start))
        fail(text({"the entry at byte ", places[i].first, " overlaps what follows"}));
    return records;
  }

  // Reads the record at `at` and moves `at` to its end.
  Record directory_record(std::size_t& at) const {
    need(at, central_size);
    if (get(archive_, at, 4) != central_magic) fail(text({"no directory record at byte ", at}));
    const std::uint64_t name = get(archive_, at + 28, 2), rest = get(archive_, at + 30, 2) + get(archive_, at + 32, 2);
    need(at + central_size, name + rest);
    const Record record{archive_.substr(at + central_size, name),
                        get(archive_, at + 10, 2),
                        get(archive_, at + 16, 4),
                        get(archive_, at + 20, 4),
                        get(archive_, at + 24, 4),
                        get(archive_, at + 42, 4),
                        0};
    const bool folder = record.name.ends_with('/');
    if (!stays_inside(record.name.substr(0, record.name.size() - (folder ? 1 : 0))))
      fail(text({"the directory record at byte ", at, " has a name that is a path"}));
    if ((get(archive_, at + 8, 2) & 1) != 0) fail(text({"'", record.name, "' is encrypted"}));
    at += central_size + name + rest;
    return record;
  }

  // Where an entry's bytes begin.
  std::uint64_t find_data(const Record& record) const {
    need(record.offset, local_size);
    if (get(archive_, record.offset, 4) != local_magic) fail(text({"no entry at byte ", record.offset}));
    const std::uint64_t name = get(archive_, record.offset + 26, 2);
    const std::uint64_t data = record.offset + local_size + name + get(archive_, record.offset + 28, 2);
    need(data, record.packed);
    if (archive_.substr(record.offset + local_size, name) != record.name)
      fail(text({"'", record.name, "' has another name at byte ", record.offset}));
    return data;
  }

  std::string_view contents(const Record& record, std::string& unpacked) const {
    const std::string_view packed = archive_.substr(record.data, record.packed);
    std::string_view bytes = packed;
    if (record.method == deflated) {
      unpacked.clear();
      if (!Inflater().run(packed, record.unpacked, unpacked))
        fail(text({"'", record.name, "' does not unpack to the size it claims"}));
      bytes = unpacked;
    } else if (record.method != stored) {
      fail(text({"'", record.name, "' is packed by method ", record.method, ", not stored or deflated"}));
    }
    if (bytes.size() != record.unpacked || check_sum(bytes) != record.check_sum)
      fail(text({"'", record.name, "' is damaged: its check sum differs"}));
    return bytes;
  }

  std::string_view archive_;
  std::string_view name_;
};

}  // namespace

std::string zip(std::span<const ZipEntry> entries) {
  std::string archive, directory;
  for (const ZipEntry& entry : entries) {
    put(directory, central_magic, 4);
    put(directory, 20, 2);  // made by
    put_common(directory, entry);
    put(directory, 0, 2);  // comment length
    put(directory, 0, 2);  // disk
    put(directory, 0, 2);  // internal attributes
    put(directory, 0, 4);  // external attributes
    put(directory, archive.size(), 4);
    directory += entry.name;

    put(archive, local_magic, 4);
    put_common(archive, entry);
    archive += entry.name;
    archive += entry.bytes;
    if (archive.size() + directory.size() > std::numeric_limits<std::uint32_t>::max() || entry.name.size() > 0xFFFF)
      throw ValueError("[zip] an archive holds less than 4 GiB");
  }
  if (entries.size() > 0xFFFF) throw ValueError("[zip] an archive holds at most 65535 entries");
  const std::size_t start = archive.size();
  archive += directory;
  put(archive, end_magic, 4);
  put(archive, 0, 4);  // disks
  put(archive, entries.size(), 2);
  put(archive, entries.size(), 2);
  put(archive, directory.size(), 4);
  put(archive, start, 4);
  put(archive, 0, 2);  // comment length
  return archive;
}

void unzip(std::string_view archive, std::string_view name,
           FunctionRef<void(std::string_view, std::string_view)> take) {
  Reader(archive, name).entries(take);
}

bool stays_inside(std::string_view name) {
  for (const char letter : name)
    if (letter == '\\' || static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F) return false;
  if (name.size() > 1 && name[1] == ':') return false;
  while (true) {
    const std::size_t end = std::min(name.find('/'), name.size());
    const std::string_view part = name.substr(0, end);
    if (part.empty() || part == "." || part == "..") return false;
    if (end == name.size()) return true;
    name.remove_prefix(end + 1);
  }
}

}  // namespace tinytorch::data
