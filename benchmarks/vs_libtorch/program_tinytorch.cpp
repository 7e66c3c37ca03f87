// What a program costs that uses TinyTorch: `start` adds two numbers, `train` takes 100 steps of an MLP and prints its
// largest resident memory in kilobytes.
#include "tinytorch/tinytorch.hpp"

#include <cstdio>
#include <string>

#include <sys/resource.h>

int main(int count, char** words) {
  namespace tt = tinytorch;
  const bool train = count > 1 && std::string(words[1]) == "train";
  if (!train) return (tt::ones({1}) + tt::ones({1})).item<float>() == 2.0F ? 0 : 1;
  tt::Generator g(1);
  tt::nn::Sequential net(tt::nn::Linear(784, 128, g), tt::nn::ReLU(), tt::nn::Linear(128, 10, g));
  tt::optim::SGD optimizer(net.parameters(), tt::optim::SGDOptions(0.01));
  const tt::Tensor x = tt::randn({64, 784}, g), classes = tt::zeros({64}, tt::DType::int64);
  tt::Tensor loss;
  for (int step = 0; step < 100; ++step) {
    optimizer.zero_grad();
    loss = tt::nn::functional::cross_entropy(net.forward(x), classes);
    loss.backward();
    optimizer.step();
  }
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  std::printf("%ld\n", used.ru_maxrss);
  return loss.item<float>() < 0.5F ? 0 : 1;
}
