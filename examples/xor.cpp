// 1969: one layer can't learn XOR; with a hidden layer and gradients, twenty networks out of twenty do.
//
// Sources: M. Minsky, S. Papert, "Perceptrons", 1969; P. Werbos, "Beyond Regression", 1974, for the gradients.

#include "examples/common/options.hpp"
#include "examples/common/story.hpp"
#include "tinytorch/tinytorch.hpp"

#include <cstdio>
#include <string>

#include <fmt/format.h>

namespace {

namespace tt = tinytorch;

const examples::Story story{
    .year = 1969,
    .title = "XOR, and the hidden layer",
    .crisis =
        "\"Exactly one of the two\" is false at (0,0), true at (0,1) and (1,0), false at (1,1). Whichever line is "
        "drawn through the square, one corner is on the wrong side: a perceptron can't learn it.",
    .idea =
        "Put a layer between: each hidden unit draws a line of its own, and the output combines them. Steps must "
        "become slopes for this, so that every weight can be told in which direction the error shrinks.",
    .next =
        "The gradient through two layers is known by 1974, and hardly anybody notices. Only in 1986 does "
        "backpropagation show what it can do with data. `tito run mlp` shows it."};

tt::data::Batch four_points() {
  return {tt::tensor({0.0F, 0.0F, 0.0F, 1.0F, 1.0F, 0.0F, 1.0F, 1.0F}).reshape({4, 2}),
          tt::tensor({0.0F, 1.0F, 1.0F, 0.0F}).reshape({4, 1})};
}

tt::Tensor loss(const tt::Tensor& outputs, const tt::Tensor& targets) {
  return tt::nn::functional::bce_with_logits(outputs, targets);
}

void train(tt::nn::Sequential& net) {
  constexpr int steps = 400;
  const tt::data::Batch points = four_points();
  tt::optim::Adam optimizer(net.parameters(), {.lr = 0.05});
  for (int step = 0; step < steps; ++step) tt::optim::train_step(net, {&points, 1}, loss, optimizer);
}

int points_right(tt::nn::Sequential& net) {
  const tt::NoGrad no_grad;
  const tt::data::Batch points = four_points();
  const tt::Tensor outputs = net(points.inputs);
  int right = 0;
  for (std::int64_t i = 0; i < 4; ++i)
    right += (outputs.data<float>()[i] > 0.0F) == (points.targets.data<float>()[i] > 0.5F) ? 1 : 0;
  return right;
}

// How sure the network is of "true" over the square, dark for true; the corners are the four points.
std::string drawn(tt::nn::Sequential& net) {
  constexpr int side = 9;
  constexpr const char* shades[] = {"  ", "░░", "▒▒", "▓▓", "██"};
  const tt::NoGrad no_grad;
  std::string text;
  for (int row = side - 1; row >= 0; --row) {
    text += row == side - 1 ? "  1 " : row == 0 ? "  0 " : "    ";
    for (int column = 0; column < side; ++column) {
      const float x = static_cast<float>(column) / (side - 1), y = static_cast<float>(row) / (side - 1);
      const tt::Tensor truth = tt::sigmoid(net(tt::tensor({x, y}).reshape({1, 2})));
      text += shades[static_cast<int>(truth.item<double>() * 4.0 + 0.5)];
    }
    text += '\n';
  }
  return text + "    0               1\n";
}

tt::nn::Sequential one_layer(std::uint64_t seed) {
  tt::Generator generator(seed);
  tt::nn::Sequential net;
  net.add<tt::nn::Linear>(2, 1, generator);
  return net;
}

tt::nn::Sequential two_layers(std::uint64_t seed) {
  tt::Generator generator(seed);
  tt::nn::Sequential net;
  net.add<tt::nn::Linear>(2, 8, generator);
  net.add<tt::nn::Tanh>();
  net.add<tt::nn::Linear>(8, 1, generator);
  return net;
}

// How many of the networks that `make` builds from the seeds get all four points right; prints what each got.
std::uint64_t learn(tt::nn::Sequential (*make)(std::uint64_t), std::uint64_t first, std::uint64_t networks) {
  std::uint64_t solved = 0;
  for (std::uint64_t seed = first; seed < first + networks; ++seed) {
    tt::nn::Sequential net = make(seed);
    train(net);
    const int right = points_right(net);
    solved += right == 4 ? 1 : 0;
    fmt::print(" {}/4", right);
    std::fflush(stdout);
    if (seed + 1 == first + networks) fmt::print("\n\n{}", drawn(net));
  }
  return solved;
}

int run(int argc, char** argv) {
  examples::Options options(argc, argv, "Networks with and without a hidden layer on XOR.");
  const auto seed = static_cast<std::uint64_t>(options.whole("--seed", 1, 0, "of the first network"));
  if (const int code = options.exit_code(); code >= 0) return code;

  constexpr std::uint64_t networks = 20;
  examples::tell(story);
  fmt::print("{} networks of one layer:   ", networks);
  const std::uint64_t flat = learn(one_layer, seed, networks);
  fmt::print("\n{} networks with a hidden layer of 8:", networks);
  const std::uint64_t deep = learn(two_layers, seed, networks);
  return examples::conclude(story, deep == networks && flat == 0,
                            fmt::format("{} of {} networks learnt all four points with a hidden layer (all must), {} "
                                        "without (none can)",
                                        deep, networks, flat));
}

}  // namespace

int main(int argc, char** argv) { return examples::guarded("xor", run, argc, argv); }
