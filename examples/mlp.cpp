// 1986: backpropagation trains a network with a hidden layer to read handwritten digits.
//
// Source: D. Rumelhart, G. Hinton, R. Williams, "Learning representations by back-propagating errors", 1986.

#include "examples/common/digits.hpp"
#include "examples/common/options.hpp"
#include "examples/common/story.hpp"
#include "tinytorch/core/machine.hpp"
#include "tinytorch/core/timing.hpp"
#include "tinytorch/optim/serialize.hpp"
#include "tinytorch/tinytorch.hpp"

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace {

namespace tt = tinytorch;

const examples::Story story{
    .year = 1986,
    .title = "the multilayer perceptron",
    .crisis =
        "Networks with hidden layers could do more than perceptrons, if somebody knew what a hidden unit should "
        "have answered. Nobody tells it: the data name outputs only.",
    .idea =
        "Rumelhart, Hinton and Williams send the error backwards. The chain rule gives each weight its share of the "
        "blame, in about the time of two more forward passes, and hidden units find features of their own.",
    .next =
        "Every pixel has its own weights here: a digit moved by one pixel is another picture. The network that looks "
        "for the same strokes everywhere comes in 1998. `tito run lenet` trains it."};

tt::Tensor loss(const tt::Tensor& outputs, const tt::Tensor& targets) {
  return tt::nn::functional::cross_entropy(outputs, targets);
}

tt::nn::Sequential make_network(std::uint64_t seed) {
  tt::Generator generator(seed);
  tt::nn::Sequential net;
  net.add<tt::nn::Linear>(64, 64, generator);
  net.add<tt::nn::ReLU>();
  net.add<tt::nn::Linear>(64, 10, generator);
  return net;
}

// The error is sent backwards by a chain of small gradients. This compares it, in float64, with what the loss does when
// one weight changes a little.
bool gradients_agree(const examples::Digits& digits) {
  tt::Generator generator(1986);
  const tt::Tensor x = digits.images.slice(0, 0, 3).reshape({3, 64}).to(tt::DType::float64);
  const tt::Tensor targets = digits.labels.slice(0, 0, 3);
  const tt::Tensor weights[] = {tt::randn({6, 64}, generator, tt::DType::float64) / 8.0,
                                tt::randn({10, 6}, generator, tt::DType::float64)};
  const auto formula = [&](tt::Inputs w) { return loss(matmul(tanh(matmul(x, w[0].t())), w[1].t()), targets); };
  const bool ok = tt::gradcheck(formula, weights).ok;
  fmt::print("backpropagation and small changes of {} weights {}\n", weights[0].numel() + weights[1].numel(),
             ok ? "agree" : "disagree");
  return ok;
}

// The hidden layer on a batch, in the three orders of its loops: how long each takes on this machine.
void time_loop_orders(const examples::Digits& digits) {
  const tt::Tensor x = digits.images.slice(0, 0, 32).reshape({32, 64}), w = tt::full({64, 64}, 0.1);
  tt::Tensor y = tt::zeros({32, 64});
  tt::SteadyClock clock;
  const auto microseconds = [&](tt::LoopOrder order) {
    return tt::time_median([&] { tt::raw::linear_into(y, x, w, order); }, {}, clock).median * 1e-3;
  };
  fmt::print("the hidden layer on 32 digits: dot {:.1f}, strided {:.1f}, packed {:.1f} microseconds",
             microseconds(tt::LoopOrder::dot), microseconds(tt::LoopOrder::strided),
             microseconds(tt::LoopOrder::packed));
  const std::vector<tt::CacheInfo> caches = tt::read_caches();
  if (!caches.empty())
    fmt::print("; its weights take 16 KiB, the first cache holds {} KiB", caches.front().bytes / 1024);
  fmt::print("\n\n");
}

// Trains on four fifths of the digits; returns the accuracy on the last fifth. Writes the weights to a file, if there
// is a name for it.
double train(const tt::data::Dataset& all, const std::vector<std::int64_t>& labels, std::uint64_t seed,
             std::int64_t epochs, const std::string& weights) {
  const auto split = tt::data::stratified_split(labels, 0.2, seed);
  const tt::data::Subset training(all, split.train), test(all, split.test);
  tt::data::DataLoader batches(training, {.batch_size = 32, .shuffle = true, .seed = seed});
  tt::data::DataLoader tests(test, {.batch_size = 256});
  tt::nn::Sequential net = make_network(seed);
  tt::optim::Adam optimizer(net.parameters(), {.lr = 3e-3});
  tt::optim::Trainer trainer({.model = net, .optimizer = optimizer, .loader = batches, .loss = loss},
                             {.epochs = epochs});
  const double last = trainer.fit().epochs.back().train_loss;
  const auto result = trainer.evaluate(tests);
  fmt::print("  seed {:2}: training loss {:.4f} after {} epochs, {} of {} test images read right, {:.2f} %\n", seed,
             last, epochs, result.correct, result.examples, 100.0 * result.accuracy());
  std::fflush(stdout);
  if (!weights.empty()) tt::save(net, weights);
  return result.accuracy();
}

int run(int argc, char** argv) {
  examples::Options options(argc, argv, "A network with one hidden layer on 1,797 handwritten digits, ten times.");
  const auto seed = static_cast<std::uint64_t>(options.whole("--seed", 1, 0, "first of the runs"));
  const std::int64_t runs = options.whole("--runs", 10, 1, "how many seeds");
  const std::int64_t epochs = options.whole("--epochs", 15, 1, "how often each training image is seen");
  const std::string data = options.text("--data", (examples::data_folder() / "digits.csv.gz").string(), "the digits");
  const std::string weights = options.text("--save", "", "file for the weights of the last run, .safetensors");
  if (const int code = options.exit_code(); code >= 0) return code;

  constexpr double least = 0.95;
  examples::tell(story);
  const examples::Digits digits = examples::load_digits(data);
  const tt::data::TensorDataset all(digits.images.reshape({digits.images.size(0), 64}), digits.labels);
  const std::int64_t* labels = digits.labels.data<std::int64_t>();
  const std::vector<std::int64_t> list(labels, labels + digits.labels.numel());
  if (!gradients_agree(digits)) return 1;
  time_loop_orders(digits);
  fmt::print("64 pixels, 64 hidden units, 10 digits; a fifth of each digit's images kept for the test:\n");
  double mean = 0.0;
  for (std::int64_t i = 0; i < runs; ++i)
    mean += train(all, list, seed + static_cast<std::uint64_t>(i), epochs, i + 1 == runs ? weights : "") /
            static_cast<double>(runs);
  return examples::conclude(
      story, mean >= least,
      fmt::format("test accuracy {:.2f} % over {} seeds (at least {:.0f} %)", 100.0 * mean, runs, 100.0 * least));
}

}  // namespace

int main(int argc, char** argv) { return examples::guarded("mlp", run, argc, argv); }
