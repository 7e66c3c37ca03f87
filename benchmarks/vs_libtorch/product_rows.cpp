#include "benchmarks/vs_libtorch/rows.hpp"

namespace tinytorch::versus {
namespace {

// (m, k) x (k, n), each as it is or as the transpose of what lies in memory.
Row product(std::int64_t m, std::int64_t k, std::int64_t n, bool a_turned, bool b_turned) {
  const Both a = normal(a_turned ? Shape{k, m} : Shape{m, k}, 1), b = normal(b_turned ? Shape{n, k} : Shape{k, n}, 2);
  const std::string name = "product " + std::to_string(m) + " x " + std::to_string(k) + " x " + std::to_string(n) +
                           (a_turned ? ", first turned" : "") + (b_turned ? ", second turned" : "");
  return {
      name,
      unrecorded([=] {
        return matmul(a_turned ? a.ours.transpose(0, 1) : a.ours, b_turned ? b.ours.transpose(0, 1) : b.ours);
      }),
      unrecorded([=] { return torch::matmul(a_turned ? a.theirs.t() : a.theirs, b_turned ? b.theirs.t() : b.theirs); }),
      0.95,
      1.05,
      1e-4};
}

}  // namespace

// The second and third of each layer are its gradients: of the input, and of the weights.
Rows product_rows() {
  return {product(256, 256, 256, false, false),    product(512, 512, 512, false, false),
          product(1024, 1024, 1024, false, false), product(64, 784, 128, false, true),
          product(64, 128, 784, false, false),     product(128, 64, 784, true, false),
          product(128, 784, 512, false, true),     product(512, 128, 784, true, false)};
}

}  // namespace tinytorch::versus
