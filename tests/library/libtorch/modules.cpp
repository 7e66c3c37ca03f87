// Layers, networks of one's own, and containers.

#include "tests/library/libtorch/says.hpp"

namespace says {
namespace {

namespace nn = tt::nn;

// The network of the first example of most tutorials.
struct Net : nn::Module {
  Net() {
    fc1 = register_module("fc1", nn::Linear(4, 8));
    drop = register_module("drop", nn::Dropout(0.5));
    fc2 = register_module("fc2", nn::Linear(8, 2));
    scale = register_parameter("scale", tt::ones({2}));
    steps = register_buffer("steps", tt::zeros({1}));
  }
  tt::Tensor forward(tt::Tensor x) {
    x = tt::relu(fc1->forward(x));
    x = drop->forward(x);
    return tt::log_softmax(fc2->forward(x) * scale, /*dim=*/1);
  }
  nn::Linear fc1{nullptr}, fc2{nullptr};
  nn::Dropout drop{nullptr};
  tt::Tensor scale, steps;
};

SAYS(modules, registered_children) {
  auto net = std::make_shared<Net>();
  EXPECT_EQ(net->parameters().size(), 5U);
  EXPECT_EQ(shape(net->forward(tt::randn({3, 4}))), (Sizes{3, 2}));
}
SAYS(modules, training_reaches_registered_children) {
  Net net;
  net.eval();
  EXPECT_FALSE(net.drop->is_training());
  net.train();
  EXPECT_TRUE(net.drop->is_training());
}
SAYS(modules, gradients_of_registered_children) {
  Net net;
  net.forward(tt::randn({3, 4})).sum().backward();
  EXPECT_TRUE(net.fc1->weight.grad().defined() && net.scale.grad().defined());
  net.zero_grad();
}
SAYS(modules, registered_buffer) { EXPECT_EQ(Net().buffers().size(), 1U); }
SAYS(modules, to_a_dtype) {
  Net net;
  net.to(tt::kFloat64);
  EXPECT_EQ(net.scale.dtype(), tt::kFloat64);
  EXPECT_EQ(net.forward(tt::randn({3, 4}, tt::kFloat64)).dtype(), tt::kFloat64);
}
SAYS(modules, to_a_device) {
  Net net;
  net.to(tt::Device(tt::kCPU));
  EXPECT_EQ(net.parameters().size(), 5U);
}
SAYS(modules, shared_child) {
  struct Outer : nn::Module {
    Outer() : inner(register_module("inner", std::make_shared<Net>())) {}
    std::shared_ptr<Net> inner;
  };
  EXPECT_EQ(Outer().parameters().size(), 5U);
}
SAYS(modules, apply) {
  Net net;
  int linears = 0;
  net.apply([&](nn::Module& module) {
    if (auto* linear = module.as<nn::Linear>()) {
      tt::NoGradGuard no_grad;
      linear->weight.zero_();
      ++linears;
    }
  });
  EXPECT_EQ(linears, 2);
  EXPECT_EQ(net.fc1->weight.abs().sum().item<float>(), 0.0F);
}
SAYS(modules, loop_over_parameters) {
  Net net;
  std::int64_t count = 0;
  for (const auto& parameter : net.parameters()) count += parameter.numel();
  EXPECT_EQ(count, 60);
}

SAYS(layers, linear) { EXPECT_EQ(shape(nn::Linear(3, 4)->forward(tt::ones({2, 3}))), (Sizes{2, 4})); }
SAYS(layers, linear_called) {
  nn::Linear linear(3, 4);
  EXPECT_EQ(shape(linear(tt::ones({2, 3}))), (Sizes{2, 4}));
}
SAYS(layers, linear_without_bias) {
  nn::Linear linear(nn::LinearOptions(3, 4).bias(false));
  EXPECT_FALSE(linear->bias.defined());
}
SAYS(layers, linear_weight) { EXPECT_EQ(shape(nn::Linear(3, 4)->weight), (Sizes{4, 3})); }
SAYS(layers, conv2d) {
  nn::Conv2d conv(1, 8, 3);
  EXPECT_EQ(shape(conv->forward(tt::ones({2, 1, 8, 8}))), (Sizes{2, 8, 6, 6}));
}
SAYS(layers, conv2d_of_options) {
  nn::Conv2d conv(nn::Conv2dOptions(2, 4, 3).stride(2).padding(1).bias(false));
  EXPECT_EQ(shape(conv(tt::ones({1, 2, 8, 8}))), (Sizes{1, 4, 4, 4}));
}
SAYS(layers, conv2d_of_two_strides) {
  nn::Conv2d conv(nn::Conv2dOptions(1, 1, {1, 3}).stride({1, 2}));
  EXPECT_EQ(shape(conv(tt::ones({1, 1, 4, 7}))), (Sizes{1, 1, 4, 3}));
}
SAYS(layers, conv_transpose2d) {
  nn::ConvTranspose2d up(nn::ConvTranspose2dOptions(3, 2, 4).stride(2).padding(1));
  EXPECT_EQ(shape(up->forward(tt::ones({1, 3, 4, 4}))), (Sizes{1, 2, 8, 8}));
}
SAYS(layers, conv_transpose1d) {
  nn::ConvTranspose1d up(nn::ConvTranspose1dOptions(3, 2, 2).stride(2));
  EXPECT_EQ(shape(up->forward(tt::ones({1, 3, 4}))), (Sizes{1, 2, 8}));
}
SAYS(layers, max_pool2d) {
  nn::MaxPool2d pool(nn::MaxPool2dOptions(2).stride(2));
  EXPECT_EQ(shape(pool->forward(tt::ones({1, 1, 4, 4}))), (Sizes{1, 1, 2, 2}));
}
SAYS(layers, avg_pool2d) { EXPECT_EQ(shape(nn::AvgPool2d(2)(tt::ones({1, 1, 4, 4}))), (Sizes{1, 1, 2, 2})); }
SAYS(layers, adaptive_avg_pool2d) {
  EXPECT_EQ(shape(nn::AdaptiveAvgPool2d(1)(tt::ones({1, 3, 4, 5}))), (Sizes{1, 3, 1, 1}));
}
SAYS(layers, batch_norm) {
  nn::BatchNorm2d norm(3);
  EXPECT_EQ(shape(norm->forward(tt::randn({2, 3, 4, 4}))), (Sizes{2, 3, 4, 4}));
  EXPECT_TRUE(norm->running_mean.defined());
}
SAYS(layers, batch_norm_of_options) {
  nn::BatchNorm2d norm(nn::BatchNorm2dOptions(3).eps(1e-3).momentum(0.5).affine(false));
  EXPECT_FALSE(norm->weight.defined());
}
SAYS(layers, batch_norm1d) { EXPECT_EQ(shape(nn::BatchNorm1d(3)(tt::randn({4, 3}))), (Sizes{4, 3})); }
SAYS(layers, group_norm) { EXPECT_EQ(shape(nn::GroupNorm(2, 4)(tt::randn({1, 4, 2}))), (Sizes{1, 4, 2})); }
SAYS(layers, embedding) {
  nn::Embedding table(10, 3);
  EXPECT_EQ(shape(table->forward(tt::tensor({1, 2}))), (Sizes{2, 3}));
}
SAYS(layers, embedding_of_options) {
  nn::Embedding table(nn::EmbeddingOptions(10, 3).padding_idx(0));
  EXPECT_EQ(table->weight[0].abs().sum().item<float>(), 0.0F);
}
SAYS(layers, dropout_in_evaluation) {
  nn::Dropout drop(nn::DropoutOptions().p(0.9));
  drop->eval();
  EXPECT_EQ(drop->forward(tt::ones({10})).sum().item<float>(), 10.0F);
}
SAYS(layers, lstm) {
  nn::LSTM lstm(3, 5);
  EXPECT_EQ(lstm->parameters().size(), 4U);
}
SAYS(layers, gru) {
  nn::GRU gru(nn::GRUOptions(3, 5).num_layers(2).batch_first(true));
  const auto result = gru->forward(tt::ones({2, 7, 3}), {});
  EXPECT_EQ(shape(std::get<0>(result)), (Sizes{2, 7, 5}));
  EXPECT_EQ(shape(std::get<1>(result)), (Sizes{2, 2, 5}));
}
SAYS(layers, rnn) {
  nn::RNN rnn(nn::RNNOptions(3, 5).bidirectional(true));
  EXPECT_EQ(shape(std::get<0>(rnn->forward(tt::ones({4, 1, 3}), {}))), (Sizes{4, 1, 10}));
}
SAYS(layers, multihead_attention) {
  nn::MultiheadAttention attention(8, 2);
  EXPECT_EQ(attention->parameters().size(), 4U);
}
SAYS(layers, flatten) { EXPECT_EQ(shape(nn::Flatten()(tt::ones({2, 3, 4}))), (Sizes{2, 12})); }
SAYS(layers, unflatten) {
  EXPECT_EQ(shape(nn::Unflatten(nn::UnflattenOptions(1, {2, 3}))(tt::ones({4, 6}))), (Sizes{4, 2, 3}));
}
SAYS(layers, identity) { EXPECT_EQ(numbers(nn::Identity()(tt::ones({1}))), (Numbers{1})); }
SAYS(layers, activations) {
  EXPECT_TRUE(near(nn::ReLU()(tt::tensor({-1.0})) + nn::Mish()(tt::zeros({1})) + nn::SELU()(tt::zeros({1})), {0}));
}
SAYS(layers, hardtanh) { EXPECT_EQ(numbers(nn::Hardtanh()(tt::tensor({-3.0, 3.0}))), (Numbers{-1, 1})); }
SAYS(layers, prelu) { EXPECT_TRUE(near(nn::PReLU()(tt::tensor({-4.0})), {-1})); }
SAYS(layers, softmax) { EXPECT_TRUE(near(nn::Softmax(1)(tt::zeros({1, 2})), {0.5, 0.5})); }
SAYS(layers, upsample) {
  nn::Upsample up(nn::UpsampleOptions().scale_factor(std::vector<double>({2.0, 2.0})).mode(tt::kNearest));
  EXPECT_EQ(shape(up->forward(tt::ones({1, 1, 2, 2}))), (Sizes{1, 1, 4, 4}));
}
SAYS(layers, pixel_shuffle) { EXPECT_EQ(shape(nn::PixelShuffle(2)(tt::ones({1, 4, 2, 2}))), (Sizes{1, 1, 4, 4})); }
SAYS(layers, zero_pad2d) { EXPECT_EQ(shape(nn::ZeroPad2d(1)(tt::ones({1, 1, 2, 2}))), (Sizes{1, 1, 4, 4})); }
SAYS(layers, max_pool1d) {
  EXPECT_EQ(numbers(nn::MaxPool1d(2)(tt::arange(1.0, 3.0).reshape({1, 1, 2}))), (Numbers{2}));
}

SAYS(containers, sequential) {
  nn::Sequential net(nn::Linear(4, 8), nn::ReLU(), nn::Linear(8, 2));
  EXPECT_EQ(shape(net->forward(tt::ones({3, 4}))), (Sizes{3, 2}));
}
SAYS(containers, sequential_of_functions) {
  nn::Sequential net(nn::Linear(4, 2), nn::Functional(tt::relu), nn::Functional(tt::sigmoid));
  EXPECT_EQ(shape(net->forward(tt::ones({3, 4}))), (Sizes{3, 2}));
}
SAYS(containers, push_back) {
  nn::Sequential net;
  net->push_back(nn::Linear(2, 3));
  net->push_back(nn::ReLU());
  EXPECT_EQ(net->size(), 2U);
}
SAYS(containers, elements_of_a_sequential) {
  nn::Sequential net(nn::Linear(4, 2), nn::ReLU());
  EXPECT_EQ(shape(net->at<nn::LinearImpl>(0).weight), (Sizes{2, 4}));
}
SAYS(containers, module_list) {
  nn::ModuleList list;
  for (int i = 0; i < 3; ++i) list->push_back(nn::Linear(2, 2));
  EXPECT_EQ(list->size(), 3U);
  EXPECT_EQ(list->parameters().size(), 6U);
}
SAYS(containers, parameter_list) {
  nn::ParameterList list;
  list->append(tt::ones({2}));
  EXPECT_EQ(list->size(), 1U);
}
SAYS(containers, parameter_dict) {
  nn::ParameterDict dict;
  dict->insert("w", tt::ones({2}));
  EXPECT_TRUE(dict->contains("w"));
}

}  // namespace
}  // namespace says
