// The C++ half of the tests with Python's onnx. `write FOLDER` saves models with an input and their answer;
// `check FOLDER` loads what Python made, computes, and compares with NumPy's answers.

#include "tests/library/onnx/models.hpp"
#include "tinytorch/data/formats/npz.hpp"
#include "tinytorch/nn/onnx.hpp"

#include <cstdio>
#include <filesystem>
#include <string>

namespace tinytorch {
namespace {

namespace fs = std::filesystem;

void write_one(const fs::path& folder, const std::string& name, const onnx_models::Sample& sample) {
  nn::save_onnx(*sample.model, sample.input(2), folder / (name + ".onnx"));
  sample.model->eval();
  const NoGrad no_grad;
  const Tensor x = sample.input(3);
  data::save_npy(folder / (name + ".x0.npy"), x);
  data::save_npy(folder / (name + ".y.npy"), (*sample.model)(x));
}

// Every operation that has a conversion of its own and that the random models don't reach.
Tensor many_operations(const Tensor& x) {
  const Tensor a = x - 0.5, part = slice(x, 1, 1, 4, 2);
  Tensor y = nn::functional::elu(a) + log1p(x) * expm1(a) - clamp(a, -0.2, 0.3) / sqrt(x + 1.0);
  y = y + where(gt(a, 0), pow(x, 1.5), minimum(a, full({}, 0.1))) + maximum(a, log_softmax(x, 1));
  y = y + amax(x, 1, true) * prod(x + 0.5, 1, true) + logical_not(le(a, 0.1)).to(kFloat32) + abs(sin(a));
  y = y + pad(part, Shape{1, 1}, "constant", 2.0) + gather(x, 1, argmax(x, 1, true)) + select(x, 1, -1).unsqueeze(1);
  y = y + index_select(x, 1, tensor({3, 2, 1, 0}).to(kInt64)) + matmul(x, ones({4, 4})) + mean(x);
  return cat({y, nn::functional::gelu(a, nn::GeluApproximation::tanh), expand(sum(a, 1, true), {x.size(0), 2})}, 1);
}

int write(const fs::path& folder) {
  Generator g(55);
  for (int i = 0; i < 5; ++i) {
    const std::string number = std::to_string(i);
    write_one(folder, "mlp" + number, onnx_models::random_mlp(g));
    write_one(folder, "cnn" + number, onnx_models::random_cnn(g));
    write_one(folder, "encoder" + number, onnx_models::random_encoder(g));
  }
  write_one(folder, "operations",
            {std::make_shared<onnx_models::FunctionModel>(many_operations), [&g](std::int64_t rows) {
               return rand({rows, 4}, g) * 0.8 + 0.1;
             }});
  return 0;
}

// 0 when the answers agree to 1e-5 of the numbers' size.
int check_one(const fs::path& folder, const std::string& name) {
  std::vector<Tensor> inputs;
  for (int i = 0; fs::exists(folder / (name + ".x" + std::to_string(i) + ".npy")); ++i)
    inputs.push_back(data::load_npy(folder / (name + ".x" + std::to_string(i) + ".npy")));
  try {
    const Tensor got = nn::load_onnx(folder / (name + ".onnx"))->run(inputs)[0];
    const Tensor expected = data::load_npy(folder / (name + ".y.npy"));
    if (got.dtype() == expected.dtype() && got.sizes() == expected.sizes() &&
        allclose(got.to(kFloat64), expected.to(kFloat64), 1e-5, 1e-5, true))
      return 0;
    std::printf("%s: the answers differ: %s and NumPy's %s\n", name.c_str(), to_string(got.sizes()).c_str(),
                to_string(expected.sizes()).c_str());
  } catch (const Error& error) {
    std::printf("%s: %s\n", name.c_str(), error.what());
  }
  return 1;
}

int check(const fs::path& folder) {
  int wrong = 0, count = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".onnx") {
      ++count;
      wrong += check_one(folder, entry.path().stem().string());
    }
  std::printf("%d models, %d with other answers\n", count, wrong);
  return wrong == 0 && count > 0 ? 0 : 1;
}

}  // namespace
}  // namespace tinytorch

int main(int count, char** args) {
  const std::string verb = count == 3 ? args[1] : "";
  try {
    if (verb == "write") return tinytorch::write(args[2]);
    if (verb == "check") return tinytorch::check(args[2]);
  } catch (const std::exception& error) {
    std::printf("%s\n", error.what());
    return 1;
  }
  return 2;
}
