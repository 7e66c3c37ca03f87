// Writes tests/golden/weights/*.safetensors: modules of libtorch, each under libtorch's own names, with inputs
// ("golden.input", ...) and what they returned for them ("golden.output", ...).
//
//   oracle_weights FOLDER

#include "tests/library/oracle/torch_convert.hpp"
#include "tinytorch/data/formats/safetensors.hpp"

#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace tt = tinytorch;
using torch::Tensor;
using Named = std::vector<std::pair<std::string, Tensor>>;

// Every parameter and buffer. Parameters are changed first, because many start as zeros or ones.
void move_from_start(torch::nn::Module& module) {
  const torch::NoGradGuard no_grad;
  for (Tensor& parameter : module.parameters()) parameter.add_(0.1 * torch::randn_like(parameter));
}

Named state_of(const torch::nn::Module& module) {
  Named state;
  for (const auto& parameter : module.named_parameters()) state.emplace_back(parameter.key(), parameter.value());
  for (const auto& buffer : module.named_buffers()) state.emplace_back(buffer.key(), buffer.value());
  return state;
}

void save(const std::filesystem::path& file, const Named& tensors) {
  tt::StateDict state;
  for (const auto& [name, tensor] : tensors) state.push_back({name, tt::oracle::from_torch(tensor)});
  tt::data::save_safetensors(file, state, {{"made_by", "libtorch " TORCH_VERSION}});
}

// Writes the format as its description says, float32 only: a file for our reader that our writer did not make.
void save_plainly(const std::filesystem::path& file, const Named& tensors) {
  std::string header = "{", elements;
  for (const auto& [name, tensor] : tensors) {
    const Tensor values = tensor.detach().contiguous().to(torch::kFloat32);
    const std::size_t start = elements.size();
    elements.append(static_cast<const char*>(values.data_ptr()), values.nbytes());
    std::string shape;
    for (const std::int64_t size : values.sizes()) shape += (shape.empty() ? "" : ",") + std::to_string(size);
    header += (start == 0 ? "\"" : ",\"") + name + R"(":{"dtype":"F32","shape":[)" + shape + R"(],"data_offsets":[)" +
              std::to_string(start) + "," + std::to_string(elements.size()) + "]}";
  }
  header += "}";
  header.append((8 - header.size() % 8) % 8, ' ');
  std::string length;
  for (std::size_t i = 0; i < 8; ++i) length += static_cast<char>(header.size() >> (8 * i) & 0xFF);
  std::ofstream out(file, std::ios::binary);
  out << length << header << elements;
  if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
}

// The network of examples/lenet.cpp.
void write_lenet(const std::filesystem::path& folder) {
  namespace nn = torch::nn;
  nn::Sequential net(nn::Conv2d(nn::Conv2dOptions(1, 16, 3).padding(1)), nn::ReLU(),
                     nn::Conv2d(nn::Conv2dOptions(16, 32, 3).padding(1)), nn::ReLU(), nn::MaxPool2d(2), nn::Flatten(),
                     nn::Dropout(0.3), nn::Linear(32 * 4 * 4, 64), nn::ReLU(), nn::Linear(64, 10));
  move_from_start(*net);
  net->eval();
  const Tensor x = torch::rand({6, 1, 8, 8});
  Named all = state_of(*net);
  all.emplace_back("golden.input", x);
  all.emplace_back("golden.output", net->forward(x));
  save_plainly(folder / "lenet.safetensors", all);
}

// libtorch 1.13 adds a mask of any dtype to the scores. In Python a boolean mask excludes keys; here it would add ones.
Tensor causal(std::int64_t length) {
  return torch::full({length, length}, -std::numeric_limits<double>::infinity(), torch::kFloat32).triu(1);
}

// One layer; outputs plain, under a causal mask, and under a mask of padding.
void write_encoder_layer(const std::filesystem::path& folder) {
  torch::nn::TransformerEncoderLayer layer(torch::nn::TransformerEncoderLayerOptions(16, 4).dim_feedforward(32));
  move_from_start(*layer);
  layer->eval();
  const Tensor x = torch::randn({7, 3, 16});
  Tensor padding = torch::zeros({3, 7}, torch::kBool);
  padding[1].slice(0, 5) = true;
  padding[2].slice(0, 2) = true;
  Named all = state_of(*layer);
  all.emplace_back("golden.input", x);
  all.emplace_back("golden.padding", padding);
  all.emplace_back("golden.output", layer->forward(x));
  all.emplace_back("golden.causal", layer->forward(x, causal(7)));
  all.emplace_back("golden.padded", layer->forward(x, {}, padding));
  save(folder / "encoder_layer.safetensors", all);
}

// Two layers with GELU and a last normalisation.
void write_encoder(const std::filesystem::path& folder) {
  const auto layer = torch::nn::TransformerEncoderLayerOptions(16, 2).dim_feedforward(24).activation(torch::kGELU);
  torch::nn::TransformerEncoder encoder(
      torch::nn::TransformerEncoderOptions(torch::nn::TransformerEncoderLayer(layer), 2)
          .norm(torch::nn::AnyModule(torch::nn::LayerNorm(torch::nn::LayerNormOptions({16})))));
  move_from_start(*encoder);
  encoder->eval();
  const Tensor x = torch::randn({5, 2, 16});
  Named all = state_of(*encoder);
  all.emplace_back("golden.input", x);
  all.emplace_back("golden.output", encoder->forward(x, causal(5)));
  save(folder / "encoder.safetensors", all);
}

void write_attention(const std::filesystem::path& folder) {
  torch::nn::MultiheadAttention attention(torch::nn::MultiheadAttentionOptions(12, 3));
  move_from_start(*attention);
  attention->eval();
  const Tensor query = torch::randn({4, 2, 12}), key = torch::randn({6, 2, 12}), value = torch::randn({6, 2, 12});
  const auto [output, weights] = attention->forward(query, key, value);
  Named all = state_of(*attention);
  for (const auto& [name, tensor] :
       Named{{"query", query}, {"key", key}, {"value", value}, {"output", output}, {"weights", weights}})
    all.emplace_back("golden." + name, tensor);
  save(folder / "attention.safetensors", all);
}

// Two layers, both directions, from a state that is not zero.
void write_lstm(const std::filesystem::path& folder) {
  torch::nn::LSTM lstm(torch::nn::LSTMOptions(5, 6).num_layers(2).bidirectional(true));
  lstm->eval();
  const Tensor x = torch::randn({8, 3, 5}), h = torch::randn({4, 3, 6}), c = torch::randn({4, 3, 6});
  const auto [output, last] = lstm->forward(x, std::make_tuple(h, c));
  Named all = state_of(*lstm);
  for (const auto& [name, tensor] : Named{{"input", x},
                                          {"h", h},
                                          {"c", c},
                                          {"output", output},
                                          {"last_h", std::get<0>(last)},
                                          {"last_c", std::get<1>(last)}})
    all.emplace_back("golden." + name, tensor);
  save(folder / "lstm.safetensors", all);
}

// Trained for three batches before its statistics are saved.
void write_batch_norm(const std::filesystem::path& folder) {
  namespace nn = torch::nn;
  nn::Sequential net(nn::Conv2d(nn::Conv2dOptions(2, 4, 3).bias(false)), nn::BatchNorm2d(4), nn::ReLU(), nn::Flatten(),
                     nn::Linear(4 * 3 * 3, 6), nn::BatchNorm1d(6));
  move_from_start(*net);
  for (int step = 0; step < 3; ++step) net->forward(2.0 * torch::randn({8, 2, 5, 5}) + 1.0);
  Named all = state_of(*net);
  for (auto& [name, tensor] : all) tensor = tensor.detach().clone();
  const Tensor x = torch::randn({4, 2, 5, 5});
  all.emplace_back("golden.input", x);
  net->eval();
  all.emplace_back("golden.output", net->forward(x));
  net->train();
  all.emplace_back("golden.training_output", net->forward(x));
  for (const auto& [name, tensor] : state_of(*net))
    if (name.find("running") != std::string::npos) all.emplace_back("golden.after." + name, tensor);
  save(folder / "batch_norm.safetensors", all);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: oracle_weights FOLDER\n", stderr);
    return 2;
  }
  torch::set_num_threads(1);
  try {
    std::filesystem::create_directories(argv[1]);
    std::uint64_t seed = 1;
    for (const auto write :
         {write_lenet, write_encoder_layer, write_encoder, write_attention, write_lstm, write_batch_norm}) {
      torch::manual_seed(seed++);
      write(argv[1]);
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
