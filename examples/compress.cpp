// 2018: a LeNet-style network whose layers compute with integers of eight bits. Size, time and accuracy are measured
// for each way to choose the integers, and for networks with fewer weights; what decides whether this passes is size
// and accuracy of the integers alone.
//
// Source: B. Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
// Inference", 2018.

#include "examples/common/digits.hpp"
#include "examples/common/options.hpp"
#include "examples/common/story.hpp"
#include "tinytorch/core/timing.hpp"
#include "tinytorch/torch.hpp"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace {

namespace tt = tinytorch;
namespace nn = tinytorch::nn;

const examples::Story story{
    .year = 2018,
    .title = "networks of integers",
    .crisis =
        "A network that reads pictures fits a server. A telephone has a tenth of the memory and the battery, and its "
        "processor multiplies integers faster than floats.",
    .idea =
        "Benoit Jacob and others give each layer a scale and a zero point, so that integers of eight bits stand for "
        "its "
        "numbers. Sums are exact in 32 bits, and one factor per layer turns them into the integers of the next.",
    .next =
        "Eight bits cost almost nothing here, and a network of half the size little. What a small network can learn "
        "from a large one is the next question."};

nn::Sequential make_network(std::uint64_t seed) {
  tt::Generator generator(seed);
  const tt::ConvSpec same{.padding = {1, 1}};
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
  return net;
}

/// The digits that a network learns from, and those that test it.
struct Split {
  tt::Tensor train_images, train_labels, test_images, test_labels;
};

Split split_of(const examples::Digits& digits, std::uint64_t seed) {
  const std::int64_t* labels = digits.labels.data<std::int64_t>();
  const auto parts = tt::data::stratified_split({labels, static_cast<std::size_t>(digits.labels.numel())}, 0.2, seed);
  const auto rows = [&](const tt::Tensor& x, const std::vector<std::int64_t>& places) {
    tt::Tensor index = tt::empty({static_cast<std::int64_t>(places.size())}, tt::DType::int64);
    std::copy(places.begin(), places.end(), index.data<std::int64_t>());
    return tt::index_select(x, 0, index);
  };
  return {rows(digits.images, parts.train), rows(digits.labels, parts.train), rows(digits.images, parts.test),
          rows(digits.labels, parts.test)};
}

/// Keeps removed weights at 0.
class KeepMasks : public tt::optim::Callback {
 public:
  KeepMasks(std::vector<tt::Tensor> weights, std::vector<tt::Tensor> masks)
      : weights_(std::move(weights)), masks_(std::move(masks)) {}
  bool on_step(const tt::optim::TrainingRun&, const tt::optim::StepResult&) override {
    nn::apply_masks(weights_, masks_);
    return true;
  }

 private:
  std::vector<tt::Tensor> weights_, masks_;
};

void train(nn::Sequential& net, const Split& split, std::uint64_t seed, std::int64_t epochs,
           const std::shared_ptr<tt::optim::Callback>& callback = nullptr) {
  const tt::data::TensorDataset examples(split.train_images, split.train_labels);
  tt::data::DataLoader loader(examples, {.batch_size = 32, .shuffle = true, .seed = seed});
  tt::optim::Adam optimizer(net.parameters(), {.lr = 2e-3});
  const auto loss = [](const tt::Tensor& outputs, const tt::Tensor& targets) {
    return nn::functional::cross_entropy(outputs, targets);
  };
  tt::optim::Trainer trainer({.model = net, .optimizer = optimizer, .loader = loader, .loss = loss},
                             {.epochs = epochs});
  if (callback) trainer.add(callback);
  net.train();
  trainer.fit();
  net.eval();
}

/// Removes the smallest weights and trains the others on.
void make_sparse(nn::Sequential& net, const Split& split, std::uint64_t seed, std::int64_t epochs, double sparsity) {
  std::vector<tt::Tensor> weights;
  for (const tt::NamedTensor& parameter : net.named_parameters())
    if (parameter.value.dim() > 1) weights.push_back(parameter.value);  // biases stay
  const std::vector<tt::Tensor> masks = nn::magnitude_masks(weights, sparsity);
  nn::apply_masks(weights, masks);
  train(net, split, seed, epochs, std::make_shared<KeepMasks>(weights, masks));
}

/// Removes half the outputs of each layer but the last, those with the smallest weights, and trains the others on.
void make_narrow(nn::Sequential& net, const Split& split, std::uint64_t seed, std::int64_t epochs) {
  for (std::int64_t layer = 0; layer + 1 < net.size(); ++layer) {
    const tt::Tensor* const weight = tt::detail::weight_of(net[layer]);
    if (!weight) continue;
    const tt::Tensor sizes = tt::sum(tt::abs(tt::reshape(weight->detach(), {weight->size(0), -1})), tt::Shape{1});
    const tt::Tensor best = tt::topk(sizes, weight->size(0) / 2).second;
    std::vector<std::int64_t> keep(best.data<std::int64_t>(), best.data<std::int64_t>() + best.numel());
    std::sort(keep.begin(), keep.end());
    nn::remove_outputs(net, layer, keep);
  }
  train(net, split, seed, epochs);
}

/// Percent of the test digits that are read right.
double accuracy(const Split& split, const tt::Tensor& outputs) {
  const tt::Tensor right = tt::eq(tt::argmax(outputs, 1), split.test_labels);
  return 100.0 * tt::mean(right.to(tt::DType::float64)).item<double>();
}

/// One way to hold the network: a point of the frontier.
struct Way {
  std::string name;
  std::size_t net = 0;  // which of the networks
  bool integers = false;
  nn::QuantizeOptions options{};
  double bytes = 0.0, microseconds = 0.0, accuracy = 0.0;
};

double microseconds_of(const std::function<void()>& work) {
  tt::SteadyClock clock;
  return tt::time_median(work, {}, clock).median * 1e-3;
}

/// Adds the size, time and accuracy of each way for one seed.
void measure(const Split& split, std::vector<nn::Sequential>& nets, std::vector<Way>& ways, double share) {
  const tt::NoGrad no_grad;
  const std::vector<tt::Tensor> calibration{split.train_images};
  const tt::Tensor batch = split.test_images.slice(0, 0, 32);
  for (Way& way : ways) {
    nn::Sequential& net = nets[way.net];
    if (!way.integers) {
      way.bytes = 4.0 * static_cast<double>(net.parameter_count());
      way.microseconds += share * microseconds_of([&] { net(batch); });
      way.accuracy += share * accuracy(split, net(split.test_images));
      continue;
    }
    const nn::QuantizedNet integers(net, calibration, way.options);
    way.bytes = static_cast<double>(integers.bytes());
    way.microseconds += share * microseconds_of([&] { integers(batch); });
    way.accuracy += share * accuracy(split, integers(split.test_images));
  }
}

/// The trained network, the same with one weight in five, and with half its outputs.
std::vector<nn::Sequential> networks(const Split& split, std::uint64_t seed, std::int64_t epochs) {
  std::vector<nn::Sequential> nets;
  nets.push_back(make_network(seed));
  train(nets.front(), split, seed, epochs);
  for (int i = 0; i < 2; ++i) nets.push_back(std::move(*nets.front().clone()->as<nn::Sequential>()));
  const std::int64_t more = (epochs + 1) / 2;
  make_sparse(nets[1], split, seed, more, 0.8);
  make_narrow(nets[2], split, seed, more);
  return nets;
}

void print_errors(const Split& split, const nn::Sequential& net) {
  const std::vector<tt::Tensor> calibration{split.train_images};
  const nn::QuantizedNet integers(net, calibration);
  fmt::print("\nlayer  signal over error, alone   in the chain\n");
  for (const nn::LayerError& error : nn::layer_errors(net, integers, split.test_images))
    fmt::print("{:5}  {:20.1f} dB   {:9.1f} dB\n", error.layer, error.alone, error.chain);
}

int run(int argc, char** argv) {
  examples::Options options(argc, argv, "A network for the digits on integers of eight bits: size, time, accuracy.");
  const auto seed = static_cast<std::uint64_t>(options.whole("--seed", 1, 0, "first of the runs"));
  const std::int64_t runs = options.whole("--runs", 10, 1, "how many seeds");
  const std::int64_t epochs = options.whole("--epochs", 8, 1, "how often each training image is seen");
  const std::string data = options.text("--data", (examples::data_folder() / "digits.csv.gz").string(), "the digits");
  if (const int code = options.exit_code(); code >= 0) return code;

  examples::tell(story);
  const examples::Digits digits = examples::load_digits(data);
  std::vector<Way> ways{{"float32"},
                        {"int8, one scale for each layer", 0, true, {.keep = 1.0, .per_channel = false}},
                        {"int8, a scale for each output", 0, true},
                        {"int8, each output, keep 0.9999", 0, true, {.keep = 0.9999}},
                        {"int8, each output, keep 0.99", 0, true, {.keep = 0.99}},
                        {"float32, 80 % of the weights 0", 1},
                        {"float32, half the outputs", 2},
                        {"int8, half the outputs", 2, true}};
  for (std::int64_t i = 0; i < runs; ++i) {
    const std::uint64_t number = seed + static_cast<std::uint64_t>(i);
    const Split split = split_of(digits, number);
    std::vector<nn::Sequential> nets = networks(split, number, epochs);
    measure(split, nets, ways, 1.0 / static_cast<double>(runs));
    if (i + 1 == runs) print_errors(split, nets.front());
  }
  fmt::print("\n{:32} {:>9} {:>6} {:>16} {:>9}\n", "", "bytes", "", "us for 32 images", "accuracy");
  const Way& floats = ways.front();
  for (const Way& way : ways)
    fmt::print("{:32} {:9.0f} {:5.1f}% {:16.0f} {:8.2f}%\n", way.name, way.bytes, 100.0 * way.bytes / floats.bytes,
               way.microseconds, way.accuracy);
  const Way& integers = ways[2];
  const double share = 100.0 * integers.bytes / floats.bytes, lost = floats.accuracy - integers.accuracy;
  return examples::conclude(story, share <= 28.0 && lost <= 1.0,
                            fmt::format("int8 keeps {:.1f} % of the bytes (at most 28 %) and loses {:.2f} points of "
                                        "accuracy over {} seeds (at most 1)",
                                        share, lost, runs));
}

}  // namespace

int main(int argc, char** argv) { return examples::guarded("compress", run, argc, argv); }
