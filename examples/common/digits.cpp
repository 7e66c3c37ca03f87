#include "examples/common/digits.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace examples {

namespace tt = tinytorch;

std::filesystem::path data_folder() { return TINYTORCH_DATA_DIR; }

namespace {

constexpr std::int64_t side = 8, pixels = side * side;

Digits digits_of_table(const std::filesystem::path& file) {
  const tt::Tensor table = tt::data::read_csv(file);
  if (table.size(0) == 0 || table.size(1) != pixels + 1)
    throw tt::FormatError(fmt::format("[digits] {}: a line has 64 pixels and a digit, this table is {}", file.string(),
                                      tt::to_string(table.sizes())));
  const std::int64_t count = table.size(0);
  return {(table.slice(1, 0, pixels) / 16.0).reshape({count, 1, side, side}),
          table.slice(1, pixels, pixels + 1).reshape({count}).to(tt::DType::int64)};
}

// The format of MNIST, which LeNet read: Source: http://yann.lecun.com/exdb/mnist.
Digits digits_of_folder(const std::filesystem::path& folder) {
  const tt::Tensor images = tt::data::load_idx(folder / "images.idx3-ubyte.gz");
  const tt::Tensor labels = tt::data::load_idx(folder / "labels.idx1-ubyte.gz");
  if (images.dim() != 3 || images.size(1) != side || images.size(2) != side ||
      labels.sizes() != tt::Shape{images.size(0)})
    throw tt::FormatError(fmt::format("[digits] {}: expected images (n, 8, 8) and labels (n), found {} and {}",
                                      folder.string(), tt::to_string(images.sizes()), tt::to_string(labels.sizes())));
  return {(images.to(tt::DType::float32) / 16.0).reshape({images.size(0), 1, side, side}), labels.to(tt::DType::int64)};
}

}  // namespace

Digits load_digits(const std::filesystem::path& source) {
  const Digits digits = std::filesystem::is_directory(source) ? digits_of_folder(source) : digits_of_table(source);
  for (std::int64_t i = 0; i < digits.labels.numel(); ++i)
    if (const std::int64_t label = digits.labels.data<std::int64_t>()[i]; label < 0 || label > 9)
      throw tt::FormatError(
          fmt::format("[digits] {}: label {} is {}, which is no digit", source.string(), i + 1, label));
  return digits;
}

std::string confusion_table(const std::vector<std::int64_t>& labels, const std::vector<std::int64_t>& answers) {
  std::array<std::array<int, 10>, 10> counts{};
  for (std::size_t i = 0; i < labels.size(); ++i)
    ++counts[static_cast<std::size_t>(labels[i])][static_cast<std::size_t>(answers[i])];
  std::string table = "       read as\ndigit ";
  for (int answer = 0; answer < 10; ++answer) table += fmt::format("{:4}", answer);
  table += '\n';
  for (std::size_t digit = 0; digit < 10; ++digit) {
    table += fmt::format("{:5} ", digit);
    for (const int count : counts[digit]) table += count == 0 ? "   ." : fmt::format("{:4}", count);
    table += '\n';
  }
  return table;
}

std::string draw_misread(const Digits& digits, const std::vector<Misread>& misread, std::size_t most) {
  const std::size_t shown = std::min(most, misread.size());
  std::string text;
  for (std::size_t k = 0; k < shown; ++k) {
    const Misread& one = misread[k];
    text += fmt::format("{:<20}", fmt::format("line {}: {} as {}", one.row + 1, one.label, one.answer));
  }
  constexpr const char* shades[] = {"  ", "░░", "▒▒", "▓▓", "██"};
  for (std::int64_t i = 0; i < 8; ++i) {
    text += '\n';
    for (std::size_t k = 0; k < shown; ++k) {
      const float* pixels = digits.images.data<float>() + misread[k].row * 64 + i * 8;
      for (int j = 0; j < 8; ++j) text += shades[static_cast<int>(pixels[j] * 4.0F + 0.5F)];
      text += "    ";
    }
  }
  return text + '\n';
}

}  // namespace examples
