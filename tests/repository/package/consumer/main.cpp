// A program outside the project: one step of training, judged by its loss.
#include <tinytorch/tinytorch.hpp>

#include <cstdio>

namespace tt = tinytorch;

int main() {
  tt::Generator generator(1);
  tt::nn::Sequential net(tt::nn::Linear(4, 8, generator), tt::nn::Tanh(), tt::nn::Linear(8, 3, generator));
  const tt::Tensor x = tt::randn({16, 4}, generator);
  const tt::Tensor y = tt::argmax(x.slice(1, 0, 3), 1);
  tt::optim::SGD optimizer(net.parameters(), {.lr = 0.5});

  double first = 0.0, last = 0.0;
  for (int step = 0; step < 20; ++step) {
    const tt::Tensor loss = tt::nn::functional::cross_entropy(net(x), y);
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
    last = loss.item<double>();
    if (step == 0) first = last;
  }
  std::printf("loss %.3f -> %.3f\n", first, last);
  return last < 0.7 * first ? 0 : 1;
}
