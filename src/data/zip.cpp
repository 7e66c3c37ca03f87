#include "src/data/zip.hpp"

#include "src/data/bytes.hpp"
#include "tinytorch/core/error.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <zlib.h>

namespace tinytorch::data {

namespace {

constexpr std::uint64_t local_magic = 0x04034b50, central_magic = 0x02014b50, end_magic = 0x06054b50;
constexpr std::size_t local_size = 30, central_size = 46, end_size = 22;
constexpr std::uint64_t stored = 0, deflated = 8;
constexpr std::uint64_t date = 0x21;  // 1 January 1980: the same tensors make the same file

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

// One line of the directory, as far as it is needed.
struct Record {
  std::string_view name;
  std::uint64_t method, check_sum, packed, unpacked, offset;
};

class Reader {
 public:
  Reader(std::string_view archive, std::string_view name) : archive_(archive), name_(name) {}

  std::vector<ZipEntry> entries() const {
    const std::size_t end = find_end();
    const std::uint64_t count = get(archive_, end + 10, 2);
    std::size_t at = get(archive_, end + 16, 4);
    std::vector<ZipEntry> found;
    for (std::uint64_t i = 0; i < count; ++i) {
      const Record record = directory_record(at);
      found.push_back({std::string(record.name), contents(record)});
    }
    return found;
  }

 private:
  [[noreturn]] void fail(std::string_view what) const { throw FormatError(fmt::format("[zip] {}: {}", name_, what)); }

  // Throws unless `count` bytes can be read at `at`.
  void need(std::uint64_t at, std::uint64_t count) const {
    if (at > archive_.size() || count > archive_.size() - at) fail(fmt::format("cut off before byte {}", at + count));
  }

  // The end record is the last thing in the file but for a comment of at most 64 KiB.
  std::size_t find_end() const {
    if (archive_.size() < end_size) fail("too short for a zip archive");
    const std::size_t last = archive_.size() - end_size;
    const std::size_t first = last - std::min<std::size_t>(last, 0xFFFF);
    for (std::size_t at = last + 1; at-- > first;)
      if (get(archive_, at, 4) == end_magic && at + end_size + get(archive_, at + 20, 2) == archive_.size()) return at;
    fail("no zip archive: the end record is missing");
  }

  // Reads the record at `at` and moves behind it.
  Record directory_record(std::size_t& at) const {
    need(at, central_size);
    if (get(archive_, at, 4) != central_magic) fail(fmt::format("no directory record at byte {}", at));
    const std::uint64_t name = get(archive_, at + 28, 2), rest = get(archive_, at + 30, 2) + get(archive_, at + 32, 2);
    need(at + central_size, name + rest);
    const Record record{archive_.substr(at + central_size, name),
                        get(archive_, at + 10, 2),
                        get(archive_, at + 16, 4),
                        get(archive_, at + 20, 4),
                        get(archive_, at + 24, 4),
                        get(archive_, at + 42, 4)};
    if ((get(archive_, at + 8, 2) & 1) != 0) fail(fmt::format("'{}' is encrypted", record.name));
    at += central_size + name + rest;
    return record;
  }

  std::string contents(const Record& record) const {
    need(record.offset, local_size);
    if (get(archive_, record.offset, 4) != local_magic) fail(fmt::format("no entry at byte {}", record.offset));
    const std::uint64_t data =
        record.offset + local_size + get(archive_, record.offset + 26, 2) + get(archive_, record.offset + 28, 2);
    need(data, record.packed);
    const std::string_view packed = archive_.substr(data, record.packed);
    std::string bytes;
    if (record.method == stored)
      bytes = packed;
    else if (record.method == deflated)
      bytes = inflate_all(packed, record);
    else
      fail(fmt::format("'{}' is packed by method {}, not stored or deflated", record.name, record.method));
    if (bytes.size() != record.unpacked || check_sum(bytes) != record.check_sum)
      fail(fmt::format("'{}' is damaged: its check sum differs", record.name));
    return bytes;
  }

  std::string inflate_all(std::string_view packed, const Record& record) const {
    // Deflate packs at most 1032 to 1: a larger claim is a lie, and must not decide how much memory is asked for.
    if (record.unpacked > packed.size() * 1032 + 64) fail(fmt::format("'{}' claims an impossible size", record.name));
    std::string bytes(record.unpacked, '\0');
    z_stream stream{};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) fail("zlib does not start");
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
    stream.avail_out = static_cast<uInt>(bytes.size());
    const int result = inflate(&stream, Z_FINISH);
    const bool whole = result == Z_STREAM_END && stream.avail_out == 0;
    inflateEnd(&stream);
    if (!whole) fail(fmt::format("'{}' does not unpack to the size it claims", record.name));
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

std::vector<ZipEntry> unzip(std::string_view archive, std::string_view name) { return Reader(archive, name).entries(); }

}  // namespace tinytorch::data
