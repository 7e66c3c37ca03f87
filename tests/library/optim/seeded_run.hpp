#pragma once

#include "tests/library/optim/problems.hpp"
#include "tinytorch/data/loader.hpp"
#include "tinytorch/data/transforms.hpp"
#include "tinytorch/nn/conv.hpp"
#include "tinytorch/nn/norm.hpp"
#include "tinytorch/nn/pool.hpp"
#include "tinytorch/optim/optimizers.hpp"
#include "tinytorch/optim/schedulers.hpp"
#include "tinytorch/optim/trainer.hpp"

#include <string>

/// Trainings whose result depends on the seed alone, for tests in this process and in another one.
namespace tinytorch::testing {

/// 50 images of 9 x 9 random pixels, brighter in one of three stripes: (50, 1, 9, 9) and the stripe's number.
inline data::TensorDataset three_stripes(std::uint64_t seed) {
  Generator g(seed);
  const Tensor x = rand({50, 1, 9, 9}, g), labels = randint(0, 3, {50}, g);
  for (std::int64_t i = 0; i < 50; ++i) {
    const std::int64_t row = 3 * labels.select(0, i).item<std::int64_t>();
    x.select(0, i).narrow(1, row, 3).add_(0.5);
  }
  return {x, labels};
}

/// Trains for some epochs. Returns weights, buffers and the optimiser's state.
inline StateDict trained(nn::Module& net, optim::Optimizer& optimizer, const data::Dataset& examples,
                         const data::Transform& transform, int workers) {
  data::DataLoader loader(examples,
                          {.batch_size = 8, .shuffle = true, .seed = 3, .transform = transform, .workers = workers});
  optim::CosineAnnealingLR schedule(optimizer, 20);
  optim::Trainer trainer(
      {.model = net, .optimizer = optimizer, .loader = loader, .loss = cross_entropy, .scheduler = &schedule},
      {.epochs = 3, .max_norm = 1.0});
  trainer.fit();
  StateDict state = copies(net.state_dict());
  for (const NamedTensor& named : optimizer.state_dict())
    state.push_back({"optimizer." + named.name, named.value.detach().clone()});
  return state;
}

/// Linear layers and a dropout, by SGD with momentum; noise is added to the inputs as they are loaded.
inline StateDict train_mlp(int workers) {
  nn::Sequential net = small_net(4);
  optim::SGD optimizer(net.parameters(), {.lr = 0.1, .momentum = 0.9, .weight_decay = 1e-3});
  const auto noise = [](const data::Example& example, Generator& g) {
    return data::Example{example.input + randn(example.input.sizes(), g) * 0.1, example.target};
  };
  return trained(net, optimizer, three_classes(50, 1), noise, workers);
}

/// Convolutions, batch normalisation, pooling and a dropout, by Adam; images are shifted as they are loaded.
inline StateDict train_conv_net(int workers) {
  Generator g(5);
  nn::Sequential net;
  net.add<nn::Conv2d>(1, 4, 3, g, ConvSpec{.padding = {1, 1}});
  net.add<nn::BatchNorm2d>(4);
  net.add<nn::ReLU>();
  net.add<nn::MaxPool2d>(2);
  net.add<nn::Conv2d>(4, 6, 3, g);
  net.add<nn::ReLU>();
  net.add<nn::Flatten>();
  net.add<nn::Dropout>(0.2, g.next());
  net.add<nn::Linear>(6 * 2 * 2, 3, g);
  optim::Adam optimizer(net.parameters(), {.lr = 0.01});
  const auto shift = [](const data::Example& example, Generator& own) { return data::random_shift(example, 1, own); };
  return trained(net, optimizer, three_stripes(6), shift, workers);
}

inline StateDict train(const std::string& kind, int workers) {
  return kind == "mlp" ? train_mlp(workers) : train_conv_net(workers);
}

}  // namespace tinytorch::testing
