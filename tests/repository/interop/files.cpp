// The C++ half of the tests with NumPy. `write FOLDER` makes files of every dtype; `check FOLDER` reads the files
// that Python made from them, and must find the same tensors.

#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/random.hpp"
#include "tinytorch/data/formats/npz.hpp"
#include "tinytorch/data/formats/safetensors.hpp"

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <limits>
#include <string>

namespace tinytorch {
namespace {

namespace fs = std::filesystem;

// Random bytes: every value a dtype has, NaN of any kind among them. Booleans are 0 and 1.
Tensor of_bytes(const Shape& shape, DType dtype, Generator& g) {
  const Tensor tensor = empty(shape, dtype);
  auto* bytes = static_cast<unsigned char*>(tensor.data());
  for (std::int64_t i = 0; i < tensor.numel() * item_size(dtype); ++i)
    bytes[i] = static_cast<unsigned char>(g.next() & (dtype == DType::boolean ? 1 : 0xFF));
  return tensor;
}

StateDict tensors() {
  Generator g(2026);
  StateDict all;
  for (const DType dtype :
       {DType::float32, DType::float64, DType::int64, DType::int32, DType::uint8, DType::int8, DType::boolean})
    for (const Shape& shape : {Shape{}, Shape{5}, Shape{3, 4}, Shape{2, 0, 3}, Shape{2, 3, 2, 2}})
      all.push_back({std::string(to_string(dtype)) + "." + std::to_string(shape.size()), of_bytes(shape, dtype, g)});
  all.push_back({"transposed.ä", transpose(of_bytes({3, 4}, DType::float32, g), 0, 1)});
  return all;
}

bool same(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype() || a.sizes() != b.sizes()) return false;
  const Tensor x = contiguous(a), y = contiguous(b);
  const auto bytes = static_cast<std::size_t>(x.numel() * item_size(x.dtype()));
  return bytes == 0 || std::memcmp(x.data(), y.data(), bytes) == 0;
}

int check(const StateDict& loaded, const char* file) {
  const StateDict expected = tensors();
  int wrong = loaded.size() == expected.size() ? 0 : 1;
  if (wrong != 0) std::printf("%s: %zu tensors, not %zu\n", file, loaded.size(), expected.size());
  for (const NamedTensor& named : expected) {
    const Tensor* found = nullptr;
    for (const NamedTensor& other : loaded)
      if (other.name == named.name) found = &other.value;
    if (found != nullptr && same(*found, named.value)) continue;
    std::printf("%s: '%s' %s\n", file, named.name.c_str(), found == nullptr ? "is missing" : "differs");
    ++wrong;
  }
  return wrong;
}

int run(const std::string& verb, const fs::path& folder) {
  if (verb == "write") {
    const StateDict all = tensors();
    data::save_npz(folder / "ours.npz", all);
    data::save_safetensors(folder / "ours.safetensors", all, {{"made by", "tinytorch \"ä\""}});
    data::save_npy(folder / "ours.npy", all.back().value);
    return 0;
  }
  if (verb != "check") return 2;
  int wrong = 0;
  for (const char* file : {"stored.npz", "deflated.npz", "fortran.npz"})
    wrong += check(data::load_npz(folder / file), file);
  wrong += check(data::load_safetensors(folder / "theirs.safetensors"), "theirs.safetensors");
  wrong += same(data::load_npy(folder / "theirs.npy"), tensors().back().value) ? 0 : 1;
  return wrong == 0 ? 0 : 1;
}

}  // namespace
}  // namespace tinytorch

int main(int count, char** args) {
  if (count != 3) return 2;
  try {
    return tinytorch::run(args[1], args[2]);
  } catch (const std::exception& error) {
    std::printf("%s\n", error.what());
    return 1;
  }
}
