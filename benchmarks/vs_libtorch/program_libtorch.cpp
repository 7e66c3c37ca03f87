// The same as program_tinytorch.cpp with libtorch.
#include <cstdio>
#include <string>

#include <sys/resource.h>
#include <torch/torch.h>

int main(int count, char** words) {
  at::set_num_threads(1);
  const bool train = count > 1 && std::string(words[1]) == "train";
  if (!train) return (torch::ones({1}) + torch::ones({1})).item<float>() == 2.0F ? 0 : 1;
  torch::nn::Sequential net(torch::nn::Linear(784, 128), torch::nn::ReLU(), torch::nn::Linear(128, 10));
  torch::optim::SGD optimizer(net->parameters(), torch::optim::SGDOptions(0.01));
  const torch::Tensor x = torch::randn({64, 784}), classes = torch::zeros({64}, torch::kInt64);
  torch::Tensor loss;
  for (int step = 0; step < 100; ++step) {
    optimizer.zero_grad();
    loss = torch::nn::functional::cross_entropy(net->forward(x), classes);
    loss.backward();
    optimizer.step();
  }
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  std::printf("%ld\n", used.ru_maxrss);
  return loss.item<float>() < 0.5F ? 0 : 1;
}
