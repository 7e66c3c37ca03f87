#include "src/data/formats/input.hpp"

#include "src/data/formats/bytes.hpp"
#include "tinytorch/core/error.hpp"
#include "tinytorch/core/text.hpp"

#include <algorithm>
#include <cstring>

#include <zlib.h>

namespace tinytorch::data {

using tinytorch::detail::text;

// zlib's gzread does most of this, but it accepts a file that is cut off exactly where its buffer is full.
struct Input::Impl {
  Impl(const std::filesystem::path& path, const char* reader)
      : file(path, reader), name(path.filename().string()), op(reader) {
    fill();
    compressed = packed.size() >= 2 && packed[0] == '\x1f' && packed[1] == '\x8b';
    constexpr int gzip_only = 16;
    if (compressed && inflateInit2(&stream, MAX_WBITS + gzip_only) != Z_OK) fail("zlib does not start");
    started = compressed;
  }
  ~Impl() {
    if (started) inflateEnd(&stream);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  [[noreturn]] void fail(const char* what) const {
    throw FormatError(text({"[", op, "] ", name, ": damaged after ", position, " bytes: ", what}));
  }

  // The next piece of the file; empty at its end.
  void fill() {
    packed.resize(static_cast<std::size_t>(std::min<std::uint64_t>(std::uint64_t{1} << 16, file.size() - from_file)));
    file.read(from_file, packed.data(), packed.size());
    from_file += packed.size();
    at = 0;
  }

  std::size_t copy(char* to, std::size_t count) {
    std::size_t done = 0;
    while (done < count) {
      if (at == packed.size()) fill();
      if (packed.empty()) break;
      const std::size_t piece = std::min(count - done, packed.size() - at);
      std::memcpy(to + done, packed.data() + at, piece);
      at += piece;
      done += piece;
    }
    return done;
  }

  std::size_t unpack(char* to, std::size_t count) {
    std::size_t done = 0;
    while (done < count) {
      if (at == packed.size()) fill();
      if (ended && packed.empty()) break;
      if (ended) {  // a .gz file may consist of several, one after the other
        if (inflateReset(&stream) != Z_OK) fail("zlib does not start");
        ended = false;
      }
      if (packed.empty()) fail("it is cut off");
      stream.next_in = reinterpret_cast<Bytef*>(packed.data() + at);
      stream.avail_in = static_cast<uInt>(packed.size() - at);
      stream.next_out = reinterpret_cast<Bytef*>(to + done);
      const auto room = static_cast<uInt>(std::min<std::size_t>(count - done, 1U << 30));
      stream.avail_out = room;
      const int result = inflate(&stream, Z_NO_FLUSH);
      at = packed.size() - stream.avail_in;
      done += room - stream.avail_out;
      ended = result == Z_STREAM_END;
      if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
        fail(stream.msg != nullptr ? stream.msg : "it can't be unpacked");
    }
    return done;
  }

  RandomAccess file;
  std::string name;
  const char* op;
  std::string packed;           // a piece of the file
  std::size_t at = 0;           // the first byte of the piece that was not used
  std::uint64_t from_file = 0;  // where the next piece begins
  std::uint64_t position = 0;   // bytes that read() has returned
  z_stream stream{};
  bool compressed = false;
  bool started = false;
  bool ended = false;  // whether the compressed stream has come to its end
};

Input::Input(const std::filesystem::path& file, const char* op) : impl_(std::make_unique<Impl>(file, op)) {}
Input::~Input() = default;
Input::Input(Input&&) noexcept = default;
Input& Input::operator=(Input&&) noexcept = default;

std::size_t Input::read(char* to, std::size_t count) {
  const std::size_t done = impl_->compressed ? impl_->unpack(to, count) : impl_->copy(to, count);
  impl_->position += done;
  return done;
}

std::string Input::rest() {
  std::string text;
  if (!compressed()) text.reserve(static_cast<std::size_t>(impl_->file.size()));
  std::string piece(std::size_t{1} << 16, '\0');
  while (const std::size_t count = read(piece.data(), piece.size())) text.append(piece, 0, count);
  return text;
}

std::uint64_t Input::most() const {
  constexpr std::uint64_t deflate_reaches = 1032;
  return compressed() ? impl_->file.size() * deflate_reaches : impl_->file.size();
}
std::uint64_t Input::position() const { return impl_->position; }
bool Input::compressed() const { return impl_->compressed; }
const std::string& Input::name() const { return impl_->name; }

}  // namespace tinytorch::data
