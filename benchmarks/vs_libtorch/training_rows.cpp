#include "benchmarks/vs_libtorch/rows.hpp"

#include <memory>
#include <stdexcept>

namespace tinytorch::versus {
namespace {

namespace tnn = torch::nn;

/// Both have libtorch's names for their parameters.
void copy_parameters(const nn::Module& from, tnn::Module& to) {
  const torch::NoGradGuard guard;
  const auto ours = from.named_parameters();
  for (auto& theirs : to.named_parameters()) {
    bool found = false;
    for (const auto& [name, value] : ours) {
      if (name != theirs.key()) continue;
      theirs.value().copy_(oracle::to_torch(value));
      found = true;
    }
    if (!found) throw std::runtime_error("TinyTorch's model has no parameter " + theirs.key());
  }
}

struct Networks {
  std::shared_ptr<nn::Sequential> ours;
  tnn::Sequential theirs;
};

/// A row whose calls are steps of training on one batch: the result is the loss.
template <class Optimizer, class TheirOptimizer>
Row training(const std::string& name, const Networks& net, const Shape& batch, double floor, double goal,
             std::shared_ptr<Optimizer> ours, std::shared_ptr<TheirOptimizer> theirs) {
  const Both x = normal(batch, 11);
  Tensor classes = empty({batch[0]}, DType::int64);
  for (std::int64_t i = 0; i < batch[0]; ++i) classes.data<std::int64_t>()[i] = i % 10;
  const torch::Tensor same_classes = oracle::to_torch(classes);
  const auto step = [=] {
    ours->zero_grad();
    Tensor loss = nn::functional::cross_entropy(net.ours->forward(x.ours), classes);
    loss.backward();
    ours->step();
    return loss.detach();
  };
  const auto their_step = [=]() {
    theirs->zero_grad();
    tnn::Sequential model = net.theirs;
    torch::Tensor loss = tnn::functional::cross_entropy(model->forward(x.theirs), same_classes);
    loss.backward();
    theirs->step();
    return loss.detach();
  };
  return {name, step, their_step, floor, goal, 1e-3};
}

Row inference(const std::string& name, const Networks& net, const Shape& sample, double floor, double goal) {
  const Both x = normal(sample, 12);
  return {name,
          unrecorded([=] { return net.ours->forward(x.ours); }),
          unrecorded([=] {
            tnn::Sequential model = net.theirs;
            return model->forward(x.theirs);
          }),
          floor,
          goal,
          1e-4};
}

Networks with_equal_parameters(std::shared_ptr<nn::Sequential> ours, tnn::Sequential theirs) {
  copy_parameters(*ours, *theirs);
  return {std::move(ours), std::move(theirs)};
}

Networks mlp(std::int64_t hidden) {
  Generator g(1);
  return with_equal_parameters(
      std::make_shared<nn::Sequential>(nn::Linear(784, hidden, g), nn::ReLU(), nn::Linear(hidden, 10, g)),
      tnn::Sequential(tnn::Linear(784, hidden), tnn::ReLU(), tnn::Linear(hidden, 10)));
}

Networks deep_mlp() {
  Generator g(2);
  return with_equal_parameters(
      std::make_shared<nn::Sequential>(nn::Linear(784, 512, g), nn::ReLU(), nn::Linear(512, 512, g), nn::ReLU(),
                                       nn::Linear(512, 10, g)),
      tnn::Sequential(tnn::Linear(784, 512), tnn::ReLU(), tnn::Linear(512, 512), tnn::ReLU(), tnn::Linear(512, 10)));
}

Networks lenet28() {
  Generator g(3);
  const ConvSpec same{{1, 1}, {2, 2}, {1, 1}};
  const auto conv = [](int in, int out) { return tnn::Conv2d(tnn::Conv2dOptions(in, out, 5).padding(2)); };
  return with_equal_parameters(
      std::make_shared<nn::Sequential>(nn::Conv2d(1, 16, 5, g, same), nn::ReLU(), nn::MaxPool2d(2),
                                       nn::Conv2d(16, 32, 5, g, same), nn::ReLU(), nn::MaxPool2d(2), nn::Flatten(),
                                       nn::Linear(1568, 10, g)),
      tnn::Sequential(conv(1, 16), tnn::ReLU(), tnn::MaxPool2d(2), conv(16, 32), tnn::ReLU(), tnn::MaxPool2d(2),
                      tnn::Flatten(), tnn::Linear(1568, 10)));
}

Networks cifar_net() {
  Generator g(4);
  const ConvSpec same{{1, 1}, {1, 1}, {1, 1}};
  const auto ours = [&](std::int64_t in, std::int64_t out) { return nn::Conv2d(in, out, 3, g, same); };
  const auto conv = [](int in, int out) { return tnn::Conv2d(tnn::Conv2dOptions(in, out, 3).padding(1)); };
  return with_equal_parameters(
      std::make_shared<nn::Sequential>(ours(3, 32), nn::ReLU(), ours(32, 32), nn::ReLU(), nn::MaxPool2d(2),
                                       ours(32, 64), nn::ReLU(), ours(64, 64), nn::ReLU(), nn::MaxPool2d(2),
                                       nn::Flatten(), nn::Linear(4096, 10, g)),
      tnn::Sequential(conv(3, 32), tnn::ReLU(), conv(32, 32), tnn::ReLU(), tnn::MaxPool2d(2), conv(32, 64), tnn::ReLU(),
                      conv(64, 64), tnn::ReLU(), tnn::MaxPool2d(2), tnn::Flatten(), tnn::Linear(4096, 10)));
}

/// Model 128, four heads, 64 positions, causal; the result is the gradient of the input.
Row transformer() {
  Generator g(5);
  auto ours = std::make_shared<nn::TransformerEncoderLayer>(
      128, 4, g, nn::TransformerEncoderLayerOptions{.dim_feedforward = 512, .dropout = 0.0});
  tnn::TransformerEncoderLayer theirs(tnn::TransformerEncoderLayerOptions(128, 4).dim_feedforward(512).dropout(0.0));
  copy_parameters(*ours, *theirs);
  const Both x = normal({64, 16, 128}, 6);
  Tensor input = x.ours;
  torch::Tensor same_input = x.theirs;
  input.set_requires_grad(true);
  same_input.set_requires_grad(true);
  const torch::Tensor same_mask = torch::triu(torch::full({64, 64}, -INFINITY), 1);
  return {"transformer block, forward and backward",
          [=]() mutable {
            ours->zero_grad();
            input.set_grad(Tensor());
            const Tensor y = ours->forward(input, nn::EncoderMasks{.is_causal = true});
            sum(y * y.detach()).backward();
            return input.grad();
          },
          [=]() mutable {
            theirs->zero_grad();
            same_input.mutable_grad().reset();
            const torch::Tensor y = theirs->forward(same_input, same_mask);
            (y * y.detach()).sum().backward();
            return same_input.grad();
          },
          1.05,
          1.4,
          1e-3};
}

}  // namespace

Rows training_rows() {
  const Networks small = mlp(128), deep = deep_mlp(), lenet = lenet28(), cifar = cifar_net();
  const auto sgd = [](const Networks& net) {
    return std::make_shared<optim::SGD>(net.ours->parameters(), optim::SGDOptions(0.01));
  };
  const auto adam = [](const Networks& net) { return std::make_shared<optim::Adam>(net.ours->parameters()); };
  const auto their_sgd = [](const Networks& net) {
    return std::make_shared<torch::optim::SGD>(net.theirs->parameters(), 0.01);
  };
  const auto their_adam = [](const Networks& net) {
    return std::make_shared<torch::optim::Adam>(net.theirs->parameters());
  };
  return {
      training("MLP 784-128-10, batch 64, SGD step", small, {64, 784}, 1.3, 1.5, sgd(small), their_sgd(small)),
      training("MLP 784-512-512-10, batch 128, Adam step", deep, {128, 784}, 1.2, 1.4, adam(deep), their_adam(deep)),
      training("LeNet, 28 x 28, batch 64, SGD step", lenet, {64, 1, 28, 28}, 1.0, 1.3, sgd(lenet), their_sgd(lenet)),
      training("CIFAR net, batch 32, Adam step", cifar, {32, 3, 32, 32}, 0.8, 1.1, adam(cifar), their_adam(cifar)),
      transformer(),
      inference("MLP, one sample", mlp(128), {1, 784}, 8, 10),
      inference("LeNet, one sample", lenet28(), {1, 1, 28, 28}, 1.5, 2.5)};
}

}  // namespace tinytorch::versus
