// Which weights can be served, and where they are found.
#include "src/serve/model.hpp"

#include "tests/tool/temporary_folder.hpp"
#include "tinytorch/core/random.hpp"
#include "tinytorch/data/formats/npz.hpp"
#include "tinytorch/data/formats/safetensors.hpp"
#include "tinytorch/nn/deploy_registry.hpp"
#include "tinytorch/tinytorch.hpp"

#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch::serve {
namespace {

namespace fs = std::filesystem;

nn::Sequential small_mlp(std::uint64_t seed, std::int64_t hidden = 7) {
  Generator generator(seed);
  return nn::Sequential(nn::Linear(64, hidden, generator), nn::ReLU(), nn::Linear(hidden, 10, generator));
}

nn::Sequential small_lenet(std::uint64_t seed) {
  Generator generator(seed);
  const ConvSpec same{.padding = {1, 1}};
  nn::Sequential net;
  net.add<nn::Conv2d>(1, 3, 3, generator, same);
  net.add<nn::ReLU>();
  net.add<nn::Conv2d>(3, 5, 3, generator, same);
  net.add<nn::ReLU>();
  net.add<nn::MaxPool2d>(2);
  net.add<nn::Flatten>();
  net.add<nn::Dropout>(0.3, generator.next());
  net.add<nn::Linear>(5 * 4 * 4, 6, generator);
  net.add<nn::ReLU>();
  net.add<nn::Linear>(6, 10, generator);
  net.eval();
  return net;
}

Tensor images(std::int64_t count) {
  Generator generator(5);
  return rand({count, 64}, generator);
}

void expect_same(const Tensor& a, const Tensor& b) { EXPECT_TRUE(allclose(a, b, 1e-5, 1e-6)); }

TEST(DigitNetwork, of_linear_layers_answers_as_the_network_that_was_saved) {
  const NoGrad no_grad;
  nn::Sequential net = small_mlp(1);
  const Tensor x = images(4), right = softmax(net(x), 1);
  expect_same((*digit_network(net.state_dict(), "w"))(x), right);
  StateDict checkpoint;
  for (const NamedTensor& named : net.state_dict()) checkpoint.push_back({"model." + named.name, named.value});
  checkpoint.push_back({"run.epoch", zeros({})});
  expect_same((*digit_network(checkpoint, "w"))(x), right);
}

TEST(DigitNetwork, of_kernels_answers_as_the_network_that_was_saved) {
  const NoGrad no_grad;
  nn::Sequential net = small_lenet(1);
  const Tensor x = images(4);
  expect_same((*digit_network(net.state_dict(), "w"))(x), softmax(net(x.reshape({4, 1, 8, 8})), 1));
}

std::string refusal(const StateDict& weights) {
  try {
    digit_network(weights, "w.npz");
  } catch (const FormatError& error) {
    const std::string text = error.what();
    EXPECT_EQ(text.find('\n'), std::string::npos);
    return text.substr(0, text.find(';'));
  }
  return "";
}

TEST(DigitNetwork, of_anything_else_is_refused_in_one_line) {
  const auto linear = [](std::int64_t out, std::int64_t in) {
    return StateDict{{"0.weight", zeros({out, in})}, {"0.bias", zeros({out})}};
  };
  EXPECT_EQ(refusal({}), "[serve] w.npz: it has no tensor");
  EXPECT_EQ(refusal({{"x", zeros({1})}}), "[serve] w.npz: it has a tensor `x`");
  EXPECT_EQ(refusal({{"0.weight", zeros({10, 64})}}), "[serve] w.npz: layer 0 has not both weight and bias");
  EXPECT_EQ(refusal({{"0.weight", zeros({10, 64})}, {"0.bias", zeros({9})}}),
            "[serve] w.npz: the bias of layer 0 does not fit its weight");
  EXPECT_EQ(refusal({{"0.weight", zeros({10, 64}, DType::float64)}}), "[serve] w.npz: `0.weight` is not float32");
  EXPECT_EQ(refusal(linear(10, 65)), "[serve] w.npz: a layer takes 65 numbers where 64 come");
  EXPECT_EQ(refusal(linear(9, 64)), "[serve] w.npz: it ends with 9 numbers");
  EXPECT_EQ(refusal({{"0.weight", zeros({10, 1, 5, 5})}, {"0.bias", zeros({10})}}),
            "[serve] w.npz: layer 0 is no layer of 3x3 kernels for 1 planes");
  EXPECT_EQ(refusal({{"0.weight", zeros({})}, {"0.bias", zeros({0})}}),
            "[serve] w.npz: its layers are of another kind");
}

std::string complaint(const fs::path& path) {
  try {
    load(find_source(path));
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_EQ(text.find('\n'), std::string::npos);
    return text;
  }
  return "";
}

TEST(Source, is_a_file_or_the_only_weights_of_a_folder) {
  const NoGrad no_grad;
  const tito::TemporaryFolder folder;
  nn::Sequential net = small_mlp(2);
  const Tensor x = images(2), right = softmax(net(x), 1);
  data::save_npz(folder.path() / "net.npz", net.state_dict());
  expect_same((*load(find_source(folder.path() / "net.npz")).module)(x), right);
  expect_same((*load(find_source(folder.path())).module)(x), right);
  data::save_safetensors(folder.path() / "net.safetensors", net.state_dict());
  expect_same((*load(find_source(folder.path() / "net.safetensors")).module)(x), right);
  EXPECT_NE(complaint(folder.path()).find("2 files of weights: name one"), std::string::npos);
}

TEST(Source, that_is_anything_else_is_refused_in_one_line) {
  const tito::TemporaryFolder folder;
  EXPECT_NE(complaint(folder.path() / "none").find("there is no "), std::string::npos);
  EXPECT_NE(complaint(folder.path()).find("is no registry, and it has no .npz or .safetensors file"),
            std::string::npos);
  std::ofstream(folder.path() / "notes.txt") << "x";
  EXPECT_NE(complaint(folder.path() / "notes.txt").find("is neither a folder nor a .npz"), std::string::npos);
  std::ofstream(folder.path() / "broken.npz") << "x";
  EXPECT_NE(complaint(folder.path() / "broken.npz"), "");
  fs::create_directories(folder.path() / "models" / "v1");
  EXPECT_NE(complaint(folder.path() / "models").find("no version is promoted"), std::string::npos);
}

class InRegistry : public testing::Test {
 protected:
  std::int64_t publish(std::uint64_t seed) {
    data::save_npz(folder_.path() / "net.npz", small_mlp(seed).state_dict());
    return publish_weights(folder_.path() / "net.npz", models_);
  }

  tito::TemporaryFolder folder_;
  fs::path models_ = folder_.path() / "models";
};

TEST_F(InRegistry, the_promoted_version_serves) {
  const NoGrad no_grad;
  EXPECT_EQ(publish(1), 1);
  EXPECT_EQ(publish(2), 2);
  const Source source = find_source(models_);
  EXPECT_TRUE(source.registry);
  deploy::LoadedModel loaded = load(source);
  EXPECT_EQ(loaded.version, 2);
  const Tensor x = images(3);
  expect_same((*loaded.module)(x), softmax(small_mlp(2)(x), 1));
  deploy::roll_back(disk(), models_);
  EXPECT_EQ(version_now(source), 1);
}

TEST_F(InRegistry, weights_that_cannot_be_served_are_not_published) {
  data::save_npz(folder_.path() / "net.npz", {{"x", zeros({1})}});
  EXPECT_THROW(publish_weights(folder_.path() / "net.npz", models_), FormatError);
  EXPECT_FALSE(fs::exists(models_));
}

TEST_F(InRegistry, a_server_follows_what_is_promoted) {
  publish(1);
  deploy::ModelHandle current;
  const Source source = find_source(models_);
  deploy::publish_model(current, load(source));
  std::vector<std::string> said;
  Follower follower(source, current, [&](const std::string& line) { said.push_back(line); });
  follower.look();
  EXPECT_TRUE(said.empty());
  publish(2);
  follower.look();
  follower.look();
  EXPECT_EQ(current.model->version, 2);
  EXPECT_EQ(said, std::vector<std::string>{"version 2 serves now"});
  publish(3);
  std::ofstream(models_ / "v3" / "weights.safetensors") << "damaged";
  follower.look();
  follower.look();
  EXPECT_EQ(current.model->version, 2);
  ASSERT_EQ(said.size(), 2U);
  EXPECT_EQ(said[1], "[registry] version 3 is damaged: weights.safetensors; the version before goes on");
  deploy::roll_back(disk(), models_);
  follower.look();
  EXPECT_EQ(current.model->version, 2);
  deploy::roll_back(disk(), models_);
  follower.look();
  EXPECT_EQ(current.model->version, 1);
}

}  // namespace
}  // namespace tinytorch::serve
