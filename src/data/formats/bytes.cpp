#include "src/data/formats/bytes.hpp"

#include "tinytorch/core/error.hpp"
#include "tinytorch/core/text.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

namespace tinytorch::data {

using tinytorch::detail::text;

namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

[[noreturn]] void fail(const char* what, const std::filesystem::path& file, int reason) {
  throw FileError(text({"[", what, "] ", file.string(), ": ", std::strerror(reason)}));
}

}  // namespace

std::string read_file(const std::filesystem::path& path) {
  const RandomAccess file(path, "read");
  std::string bytes(static_cast<std::size_t>(file.size()), '\0');
  file.read(0, bytes.data(), bytes.size());
  return bytes;
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  std::filesystem::path beside = path;
  beside += text({".", getpid(), ".tmp"});
  File file(std::fopen(beside.c_str(), "wb"));
  if (!file) fail("write", path, errno);
  const bool written = std::fwrite(bytes.data(), 1, bytes.size(), file.get()) == bytes.size() &&
                       std::fflush(file.get()) == 0 && fsync(fileno(file.get())) == 0;
  const int write_reason = errno;
  const bool closed = std::fclose(file.release()) == 0;
  if (written && closed && std::rename(beside.c_str(), path.c_str()) == 0) return;
  const int reason = written ? errno : write_reason;
  std::remove(beside.c_str());
  fail("write", path, reason);
}

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  constexpr int with_gzip_header = 16;
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + with_gzip_header, 8, Z_DEFAULT_STRATEGY) !=
      Z_OK)
    throw FileError("[gzip] zlib does not start");
  std::string packed;
  std::string piece(std::size_t{1} << 16, '\0');
  int result = Z_OK;
  while (result != Z_STREAM_END) {
    if (stream.avail_in == 0) {
      const std::size_t count = std::min<std::size_t>(bytes.size(), 1U << 30);
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
      stream.avail_in = static_cast<uInt>(count);
      bytes.remove_prefix(count);
    }
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = static_cast<uInt>(piece.size());
    result = deflate(&stream, bytes.empty() ? Z_FINISH : Z_NO_FLUSH);
    packed.append(piece, 0, piece.size() - stream.avail_out);
  }
  deflateEnd(&stream);
  return packed;
}

RandomAccess::RandomAccess(const std::filesystem::path& file, const char* op)
    : descriptor_(open(file.c_str(), O_RDONLY | O_CLOEXEC)), name_(file.string()), op_(op) {
  struct stat status {};
  if (descriptor_ < 0 || fstat(descriptor_, &status) != 0) fail(errno);
  if (S_ISDIR(status.st_mode)) fail(EISDIR);
  if (!S_ISREG(status.st_mode)) throw FileError(text({"[", op_, "] ", name_, ": is no regular file"}));
  size_ = static_cast<std::uint64_t>(status.st_size);
}

RandomAccess RandomAccess::temporary(const char* op) {
  std::string name = (std::filesystem::temp_directory_path() / "tinytorch-XXXXXX").string();
  RandomAccess file(mkostemp(name.data(), O_CLOEXEC), name, op);
  if (file.descriptor_ < 0) file.fail(errno);
  unlink(name.c_str());
  return file;
}

RandomAccess::~RandomAccess() {
  if (descriptor_ >= 0) close(descriptor_);
}

RandomAccess::RandomAccess(RandomAccess&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_),
      name_(std::move(other.name_)),
      op_(other.op_) {}

RandomAccess& RandomAccess::operator=(RandomAccess&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(size_, other.size_);
  std::swap(name_, other.name_);
  std::swap(op_, other.op_);
  return *this;
}

void RandomAccess::fail(int reason) const { data::fail(op_, name_, reason); }

void RandomAccess::read(std::uint64_t at, void* to, std::size_t count) const {
  for (char* next = static_cast<char*>(to); count > 0;) {
    const ssize_t got = pread(descriptor_, next, count, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(errno);
    if (got == 0) throw FileError(text({"[", op_, "] ", name_, ": has become shorter than ", at + count, " bytes"}));
    next += got;
    at += static_cast<std::uint64_t>(got);
    count -= static_cast<std::size_t>(got);
  }
}

void RandomAccess::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(size_));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(errno);
    size_ += static_cast<std::uint64_t>(written);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

float from_half(std::uint16_t bits) {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000U) << 16;
  const std::uint32_t exponent = bits >> 10 & 0x1FU, fraction = bits & 0x3FFU;
  if (exponent == 0) {  // zero and the subnormal: fraction * 2^-24
    const float size = static_cast<float>(fraction) * 0x1.0p-24F;
    return sign != 0 ? -size : size;
  }
  const std::uint32_t wide = exponent == 0x1F ? 0xFFU : exponent + 112U;  // infinity and NaN keep their meaning
  return std::bit_cast<float>(sign | wide << 23 | fraction << 13);
}

std::string shown(std::string_view text) {
  constexpr std::size_t longest = 60;
  std::string out;
  for (const char letter : text.substr(0, longest)) {
    const auto byte = static_cast<unsigned char>(letter);
    if (byte < 0x20 || byte == 0x7F)
      out += fmt::format("\\x{:02x}", byte);
    else
      out += letter;
  }
  return text.size() > longest ? out + "..." : out;
}

void append_elements(std::string& out, const Tensor& rows) {
  out.append(static_cast<const char*>(rows.data()), static_cast<std::size_t>(rows.numel() * item_size(rows.dtype())));
}

bool count_bytes(const Shape& sizes, DType dtype, std::uint64_t& bytes) {
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  bytes = static_cast<std::uint64_t>(item_size(dtype));
  bool none = false;
  for (const std::int64_t size : sizes) {
    if (size < 0) return false;
    if (size == 0) none = true;
    if (size == 0) continue;
    if (bytes > most / static_cast<std::uint64_t>(size)) return false;
    bytes *= static_cast<std::uint64_t>(size);
  }
  if (none) bytes = 0;
  return true;
}

void make_booleans(const Tensor& tensor) {
  auto* bytes = static_cast<unsigned char*>(tensor.data());
  for (std::int64_t i = 0; i < tensor.numel(); ++i) bytes[i] = bytes[i] != 0;
}

}  // namespace tinytorch::data
