#include "benchmarks/vs_libtorch/rows.hpp"

namespace tinytorch::versus {
namespace {

constexpr std::int64_t million = 1 << 20;

template <class Ours, class Theirs>
Row forward(const std::string& name, double floor, double goal, Ours ours, Theirs theirs, double tolerance = 1e-5) {
  return {name,
          unrecorded(std::function<Tensor()>(ours)),
          unrecorded(std::function<torch::Tensor()>(theirs)),
          floor,
          goal,
          tolerance};
}

}  // namespace

Rows elementwise_rows() {
  const Both x = normal({million}, 1), y = normal({million}, 2), table = normal({1024, 1024}, 3);
  const Both row = normal({1024}, 4), scores = normal({128, 1000}, 5), lines = normal({1024, 256}, 6);
  const Both weight = normal({256}, 7), bias = normal({256}, 8);
  return {
      forward(
          "add, 1M", 1, 1, [x, y] { return x.ours + y.ours; }, [x, y] { return x.theirs + y.theirs; }),
      forward(
          "mul, 1M", 1, 1, [x, y] { return x.ours * y.ours; }, [x, y] { return x.theirs * y.theirs; }),
      forward(
          "relu, 1M", 1, 1, [x] { return relu(x.ours); }, [x] { return torch::relu(x.theirs); }),
      forward(
          "exp, 1M", 1.2, 2, [x] { return exp(x.ours); }, [x] { return torch::exp(x.theirs); }),
      forward(
          "tanh, 1M", 6, 8, [x] { return tanh(x.ours); }, [x] { return torch::tanh(x.theirs); }),
      forward(
          "gelu (erf), 1M", 1.2, 2, [x] { return nn::functional::gelu(x.ours); },
          [x] { return torch::gelu(x.theirs); }),
      forward(
          "sum, 1M", 1, 1.2, [x] { return sum(x.ours); }, [x] { return torch::sum(x.theirs); }, 1e-4),
      forward(
          "softmax, 128 x 1000", 1.2, 2, [scores] { return softmax(scores.ours, 1); },
          [scores] { return torch::softmax(scores.theirs, 1); }),
      forward(
          "layer norm, 1024 x 256", 1.2, 2,
          [=] { return nn::functional::layer_norm(lines.ours, {256}, weight.ours, bias.ours); },
          [=] { return torch::layer_norm(lines.theirs, {256}, weight.theirs, bias.theirs); }),
      forward(
          "sum over dim 0, 1024 x 1024", 1.2, 2, [table] { return sum(table.ours, 0); },
          [table] { return torch::sum(table.theirs, 0); }, 1e-4),
      forward(
          "broadcast add, 1024 x 1024", 1.2, 2, [=] { return table.ours + row.ours; },
          [=] { return table.theirs + row.theirs; }),
  };
}

}  // namespace tinytorch::versus
