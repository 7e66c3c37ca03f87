#include "src/data/input.hpp"

#include "tinytorch/core/error.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <zlib.h>

namespace tinytorch::data {

namespace {
struct CloseGz {
  void operator()(gzFile file) const { gzclose(file); }
};
}  // namespace

struct Input::Impl {
  std::string path;
  std::string name;
  const char* op;
  std::unique_ptr<gzFile_s, CloseGz> file;
  std::uint64_t size = 0;
  std::uint64_t position = 0;
};

Input::Input(const std::filesystem::path& file, const char* op)
    : impl_(std::make_unique<Impl>(Impl{file.string(), file.filename().string(), op, nullptr})) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) throw FileError(fmt::format("[{}] {}: is a folder", op, impl_->path));
  errno = 0;
  impl_->file.reset(gzopen(file.c_str(), "rb"));
  if (!impl_->file)
    throw FileError(fmt::format("[{}] {}: {}", op, impl_->path, std::strerror(errno != 0 ? errno : ENOMEM)));
  gzbuffer(impl_->file.get(), 1U << 16);
  const std::uintmax_t size = std::filesystem::file_size(file, error);
  impl_->size = error ? 0 : size;
}

Input::~Input() = default;
Input::Input(Input&&) noexcept = default;
Input& Input::operator=(Input&&) noexcept = default;

std::size_t Input::read(char* to, std::size_t count) {
  std::size_t done = 0;
  while (done < count) {
    const auto piece = static_cast<unsigned>(std::min<std::size_t>(count - done, 1U << 24));
    const int got = gzread(impl_->file.get(), to + done, piece);
    int code = Z_OK;
    const char* message = gzerror(impl_->file.get(), &code);
    if (code == Z_ERRNO) throw FileError(fmt::format("[{}] {}: {}", impl_->op, impl_->path, std::strerror(errno)));
    if (got < 0 || (code != Z_OK && code != Z_STREAM_END))
      throw FormatError(
          fmt::format("[{}] {}: damaged after {} bytes: {}", impl_->op, impl_->name, impl_->position, message));
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
    impl_->position += static_cast<std::uint64_t>(got);
  }
  return done;
}

std::string Input::rest() {
  std::string text;
  if (!compressed()) text.reserve(static_cast<std::size_t>(impl_->size) + 1);
  std::string piece(std::size_t{1} << 16, '\0');
  while (const std::size_t count = read(piece.data(), piece.size())) text.append(piece, 0, count);
  return text;
}

std::uint64_t Input::most() const { return compressed() ? impl_->size * 1032 + 64 : impl_->size; }
std::uint64_t Input::position() const { return impl_->position; }
bool Input::compressed() const { return gzdirect(impl_->file.get()) == 0; }
const std::string& Input::name() const { return impl_->name; }

}  // namespace tinytorch::data
