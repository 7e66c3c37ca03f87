#include "tinytorch/data/text.hpp"

#include "src/data/formats/input.hpp"

#include <algorithm>
#include <utility>

namespace tinytorch::data {

std::string read_text(const std::filesystem::path& file) { return Input(file, "text").rest(); }

struct LineReader::Impl {
  Input input;
  std::string piece;
  std::size_t at = 0;  // the first byte of the piece that no line has used
};

LineReader::LineReader(const std::filesystem::path& file)
    : impl_(std::make_unique<Impl>(Impl{Input(file, "text"), {}})) {}
LineReader::~LineReader() = default;
LineReader::LineReader(LineReader&&) noexcept = default;
LineReader& LineReader::operator=(LineReader&&) noexcept = default;

std::optional<std::string> LineReader::next() {
  std::string line;
  bool any = false;
  while (true) {
    if (impl_->at == impl_->piece.size()) {
      impl_->piece.resize(std::size_t{1} << 16);
      impl_->at = 0;
      impl_->piece.resize(impl_->input.read(impl_->piece.data(), impl_->piece.size()));
      if (impl_->piece.empty()) break;
    }
    any = true;
    const std::size_t end = std::min(impl_->piece.find('\n', impl_->at), impl_->piece.size());
    line.append(impl_->piece, impl_->at, end - impl_->at);
    impl_->at = std::min(end + 1, impl_->piece.size());
    if (end < impl_->piece.size()) break;
  }
  if (!any) return std::nullopt;
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

}  // namespace tinytorch::data
