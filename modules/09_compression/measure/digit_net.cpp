#include "modules/09_compression/measure/digit_net.hpp"

#include "tinytorch/nn/activations.hpp"
#include "tinytorch/nn/conv.hpp"
#include "tinytorch/nn/functional.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/nn/pool.hpp"
#include "tinytorch/optim/loop.hpp"
#include "tinytorch/optim/optimizers.hpp"

namespace tinytorch::lab {

nn::Sequential trained_lenet(const Digits& digits, std::uint64_t seed) {
  Generator generator(seed);
  const ConvSpec same{.padding = {1, 1}};
  nn::Sequential net;
  net.add<nn::Conv2d>(1, 16, 3, generator, same);
  net.add<nn::ReLU>();
  net.add<nn::Conv2d>(16, 32, 3, generator, same);
  net.add<nn::ReLU>();
  net.add<nn::MaxPool2d>(2);
  net.add<nn::Flatten>();
  net.add<nn::Linear>(32 * 4 * 4, 64, generator);
  net.add<nn::ReLU>();
  net.add<nn::Linear>(64, 10, generator);
  const data::TensorDataset train(images_of(digits.train), digits.train.targets());
  data::DataLoader loader(train, {.batch_size = 32, .shuffle = true, .seed = seed});
  optim::Adam adam(net.parameters(), {.lr = 2e-3});
  const auto loss = [](const Tensor& outputs, const Tensor& labels) {
    return nn::functional::cross_entropy(outputs, labels);
  };
  optim::TrainingRun run{.model = net, .optimizer = adam, .loader = loader, .loss = loss};
  optim::FitOptions options;
  options.epochs = 6;
  optim::fit(run, options);
  net.eval();
  return net;
}

Tensor images_of(const data::TensorDataset& digits) {
  const Tensor pixels = digits.inputs();
  return reshape(pixels, {pixels.size(0), 1, 8, 8});
}

}  // namespace tinytorch::lab
