#include "tinytorch/data/formats/cifar.hpp"

#include "src/data/formats/input.hpp"
#include "tinytorch/core/indexing.hpp"

#include <cstring>
#include <utility>

namespace tinytorch::data {

using tinytorch::detail::text;

namespace {
constexpr std::size_t picture = 3 * 32 * 32;
constexpr int classes = 10;
}  // namespace

TensorDataset parse_cifar10(std::string_view bytes, std::string_view name) {
  if (bytes.size() % (1 + picture) != 0)
    throw FormatError(
        text({"[cifar10] ", name, ": ", bytes.size(), " bytes are no number of records of ", 1 + picture}));
  const std::size_t count = bytes.size() / (1 + picture);
  const Tensor inputs = empty({static_cast<std::int64_t>(count), 3, 32, 32}, DType::uint8);
  const Tensor targets = empty({static_cast<std::int64_t>(count)}, DType::int64);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view record = bytes.substr(i * (1 + picture), 1 + picture);
    const int label = static_cast<unsigned char>(record[0]);
    if (label >= classes)
      throw FormatError(text({"[cifar10] ", name, ": byte ", i * (1 + picture), ": a label of ", label}));
    targets.data<std::int64_t>()[i] = label;
    std::memcpy(inputs.data<std::uint8_t>() + i * picture, record.data() + 1, picture);
  }
  return {inputs, targets};
}

TensorDataset load_cifar10(const std::vector<std::filesystem::path>& files) {
  std::vector<Tensor> inputs, targets;
  for (const std::filesystem::path& file : files) {
    Input input(file, "cifar10");
    const TensorDataset part = parse_cifar10(input.rest(), input.name());
    inputs.push_back(part.inputs());
    targets.push_back(part.targets());
  }
  if (files.empty()) throw ValueError("[cifar10] there is no file to load");
  return files.size() == 1 ? TensorDataset(inputs[0], targets[0]) : TensorDataset(cat(inputs), cat(targets));
}

}  // namespace tinytorch::data
