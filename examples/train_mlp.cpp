// A network with one hidden layer learns to read handwritten digits.

#include <tinytorch/tinytorch.hpp>

#include <cstdio>

namespace tt = tinytorch;

int main() {
  const tt::Tensor table = tt::data::read_csv(TINYTORCH_DATA_DIR "/digits.csv.gz");  // 64 pixels and a digit per line
  const tt::data::TensorDataset digits(table.slice(1, 0, 64) / 16.0, table.select(1, 64).to(tt::DType::int64));
  tt::data::DataLoader loader(digits, {.batch_size = 32, .shuffle = true});

  tt::Generator generator(1);
  tt::nn::Sequential net(tt::nn::Linear(64, 64, generator), tt::nn::ReLU(), tt::nn::Linear(64, 10, generator));
  tt::optim::Adam optimizer(net.parameters(), {.lr = 3e-3});

  for (int epoch = 0; epoch < 10; ++epoch) {
    double loss_sum = 0.0;
    for (const tt::data::Batch& batch : loader.epoch(epoch)) {
      const tt::Tensor loss = tt::nn::functional::cross_entropy(net(batch.inputs), batch.targets);
      optimizer.zero_grad();
      loss.backward();
      optimizer.step();
      loss_sum += loss.item<double>();
    }
    std::printf("epoch %d  loss %.4f\n", epoch + 1, loss_sum / static_cast<double>(loader.batches()));
  }
}
