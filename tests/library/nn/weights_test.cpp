// Weights that libtorch saved: they load under its names, and our modules return what its modules returned.
// The files are made by tests/library/oracle/weights.cpp.

#include "tests/library/core/random_tensors.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/data/formats/safetensors.hpp"
#include "tinytorch/nn/activations.hpp"
#include "tinytorch/nn/attention.hpp"
#include "tinytorch/nn/conv.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/nn/lstm.hpp"
#include "tinytorch/nn/mlp.hpp"
#include "tinytorch/nn/norm.hpp"
#include "tinytorch/nn/pool.hpp"
#include "tinytorch/nn/transformer.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

constexpr double tolerance = 1e-5;

// A file of tests/golden/weights: a state, and the tensors whose names begin with "golden.".
struct Golden {
  StateDict state;
  std::map<std::string, Tensor> values;

  explicit Golden(const std::string& name) {
    const std::string prefix = "golden.";
    const std::filesystem::path folder = TINYTORCH_GOLDEN_WEIGHTS;
    for (NamedTensor& tensor : data::load_safetensors(folder / (name + ".safetensors"))) {
      if (tensor.name.rfind(prefix, 0) == 0)
        values[tensor.name.substr(prefix.size())] = tensor.value;
      else
        state.push_back(tensor);
    }
  }
  const Tensor& operator[](const std::string& name) const { return values.at(name); }
};

void expect_close(const Tensor& ours, const Tensor& theirs, const std::string& what) {
  ASSERT_EQ(ours.sizes(), theirs.sizes()) << what;
  EXPECT_EQ(ours.dtype(), theirs.dtype()) << what;
  ASSERT_GT(theirs.numel(), 0) << what;
  const double difference = max(abs(to(ours.detach() - theirs, DType::float64))).item<double>();
  EXPECT_LE(difference, tolerance) << what;
}

// All names must be the same on both sides.
void load(nn::Module& module, const Golden& golden) {
  const nn::LoadReport report = module.load_state_dict(golden.state);
  EXPECT_TRUE(report.missing.empty());
  EXPECT_TRUE(report.unexpected.empty());
  EXPECT_EQ(module.state_dict().size(), golden.state.size());
  module.eval();
}

TEST(LibtorchWeights, lenet_returns_the_same) {
  const Golden golden("lenet");
  Generator g(1);
  const ConvSpec same{.padding = {1, 1}};
  nn::Sequential net(nn::Conv2d(1, 16, 3, g, same), nn::ReLU(), nn::Conv2d(16, 32, 3, g, same), nn::ReLU(),
                     nn::MaxPool2d(2), nn::Flatten(), nn::Dropout(0.3, 1), nn::Linear(32 * 4 * 4, 64, g), nn::ReLU(),
                     nn::Linear(64, 10, g));
  load(net, golden);
  expect_close(net(golden["input"]), golden["output"], "logits");
}

TEST(LibtorchWeights, encoder_layer_returns_the_same_under_every_mask) {
  const Golden golden("encoder_layer");
  Generator g(2);
  nn::TransformerEncoderLayer layer(16, 4, g, {.dim_feedforward = 32});
  load(layer, golden);
  const Tensor& x = golden["input"];
  expect_close(layer(x), golden["output"], "without a mask");
  expect_close(layer.forward(x, {.is_causal = true}), golden["causal"], "causal");
  expect_close(layer.forward(x, {.src_mask = triu(ones({7, 7}, DType::boolean), 1)}), golden["causal"], "mask");
  expect_close(layer.forward(x, {.src_key_padding_mask = golden["padding"]}), golden["padded"], "padded");
}

TEST(LibtorchWeights, encoder_layer_returns_the_same_for_batches_first) {
  const Golden golden("encoder_layer");
  Generator g(3);
  nn::TransformerEncoderLayer layer(16, 4, g, {.dim_feedforward = 32, .batch_first = true});
  load(layer, golden);
  expect_close(layer(golden["input"].transpose(0, 1)), golden["output"].transpose(0, 1), "batch first");
}

TEST(LibtorchWeights, encoder_of_two_layers_returns_the_same) {
  const Golden golden("encoder");
  Generator g(4);
  const nn::TransformerEncoderLayer layer(16, 2, g,
                                          {.dim_feedforward = 24, .activation = nn::FeedForwardActivation::gelu});
  nn::TransformerEncoder encoder(layer, 2, std::make_shared<nn::LayerNorm>(16));
  load(encoder, golden);
  expect_close(encoder.forward(golden["input"], {.is_causal = true}), golden["output"], "causal");
}

TEST(LibtorchWeights, attention_returns_the_same_with_its_weights) {
  const Golden golden("attention");
  Generator g(5);
  nn::MultiheadAttention attention(12, 3, g);
  load(attention, golden);
  const nn::MultiheadOutput result = attention.forward(golden["query"], golden["key"], golden["value"]);
  expect_close(result.output, golden["output"], "output");
  expect_close(result.weights, golden["weights"], "weights");
}

TEST(LibtorchWeights, lstm_returns_the_same_and_ends_in_the_same_state) {
  const Golden golden("lstm");
  Generator g(6);
  nn::LSTM lstm(5, 6, g, {.num_layers = 2, .bidirectional = true});
  load(lstm, golden);
  const nn::LSTMOutput result = lstm.forward(golden["input"], {golden["h"], golden["c"]});
  expect_close(result.output, golden["output"], "output");
  expect_close(result.state.h, golden["last_h"], "h");
  expect_close(result.state.c, golden["last_c"], "c");
}

TEST(LibtorchWeights, batch_norm_goes_on_from_the_same_statistics) {
  const Golden golden("batch_norm");
  Generator g(7);
  nn::Sequential net(nn::Conv2d(2, 4, 3, g, {}, false), nn::BatchNorm2d(4), nn::ReLU(), nn::Flatten(),
                     nn::Linear(4 * 3 * 3, 6, g), nn::BatchNorm1d(6));
  load(net, golden);
  expect_close(net(golden["input"]), golden["output"], "evaluation");
  net.train();
  expect_close(net(golden["input"]), golden["training_output"], "training");
  std::size_t compared = 0;
  for (const NamedTensor& buffer : net.state_dict())
    if (buffer.name.find("running") != std::string::npos) {
      expect_close(buffer.value, golden["after." + buffer.name], buffer.name);
      ++compared;
    }
  EXPECT_EQ(compared, 4U);
  EXPECT_EQ(dynamic_cast<nn::BatchNorm2d&>(net[1]).num_batches_tracked.item<std::int64_t>(), 4);
}

}  // namespace
}  // namespace tinytorch
