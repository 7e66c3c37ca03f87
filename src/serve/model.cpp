#include "src/serve/model.hpp"

#include "tinytorch/core/error.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/data/formats/npz.hpp"
#include "tinytorch/data/formats/safetensors.hpp"
#include "tinytorch/nn/activations.hpp"
#include "tinytorch/nn/conv.hpp"
#include "tinytorch/nn/deploy_registry.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/nn/mlp.hpp"
#include "tinytorch/nn/pool.hpp"
#include "tinytorch/optim/state_dict.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tinytorch::serve {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t pixels = 64, digits = 10;

struct Layer {
  Tensor weight, bias;
};
using Layers = std::map<std::int64_t, Layer>;  // by the place in the network

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
  throw FormatError(fmt::format(
      "[serve] {}: {}; it can serve linear layers with ReLU between them, from 64 pixels to 10 digits, and what "
      "`tito run lenet` saves",
      name, why));
}

// "7.weight" -> layer 7.
Layers layers_of(const StateDict& weights, const std::string& name) {
  Layers layers;
  for (const NamedTensor& named : weights) {
    std::int64_t place = 0;
    const char *const begin = named.name.data(), *const end = begin + named.name.size();
    const auto [stop, error] = std::from_chars(begin, end, place);
    const std::string_view rest(stop, static_cast<std::size_t>(end - stop));
    if (error != std::errc() || place < 0 || (rest != ".weight" && rest != ".bias"))
      refuse(name, "it has a tensor `" + named.name.substr(0, 60) + "`");
    if (named.value.dtype() != DType::float32) refuse(name, "`" + named.name + "` is not float32");
    (rest == ".weight" ? layers[place].weight : layers[place].bias) = named.value;
  }
  if (layers.empty()) refuse(name, "it has no tensor");
  for (const auto& [place, layer] : layers) {
    if (!layer.weight.defined() || !layer.bias.defined())
      refuse(name, fmt::format("layer {} has not both weight and bias", place));
    if (layer.bias.sizes() != Shape{layer.weight.dim() > 0 ? layer.weight.size(0) : 0})
      refuse(name, fmt::format("the bias of layer {} does not fit its weight", place));
  }
  return layers;
}

// Adds linear layers, with ReLU between them, which begin with `in` inputs and end with the digits.
void add_linear_layers(nn::Sequential& net, const std::vector<Layer>& layers, std::int64_t in,
                       const std::string& name) {
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Tensor& weight = layers[i].weight;
    if (weight.dim() != 2) refuse(name, "its layers are of another kind");
    if (weight.size(1) != in) refuse(name, fmt::format("a layer takes {} numbers where {} come", weight.size(1), in));
    in = weight.size(0);
    if (i > 0) net.add<nn::ReLU>();
    net.add<nn::Linear>(weight, layers[i].bias);
  }
  if (in != digits) refuse(name, fmt::format("it ends with {} numbers", in));
}

// Two layers of 3x3 kernels, pooled once, and the linear layers; the places are those of examples/lenet.cpp.
void add_convolutions(nn::Sequential& net, const Layers& layers, const std::string& name) {
  const ConvSpec same{.padding = {1, 1}};
  std::int64_t in = 1;
  for (const std::int64_t place : {0, 2}) {
    const auto found = layers.find(place);
    const bool fits = found != layers.end() && found->second.weight.dim() == 4;
    if (!fits || found->second.weight.sizes() != Shape{found->second.weight.size(0), in, 3, 3})
      refuse(name, fmt::format("layer {} is no layer of 3x3 kernels for {} planes", place, in));
    Generator unused(0);
    in = found->second.weight.size(0);
    net.add<nn::Conv2d>(found->second.weight.size(1), in, 3, unused, same)
        .load_state_dict({{"weight", found->second.weight}, {"bias", found->second.bias}});
    net.add<nn::ReLU>();
  }
  net.add<nn::MaxPool2d>(2);
  net.add<nn::Flatten>();
  std::vector<Layer> rest;
  for (const auto& [place, layer] : layers)
    if (place > 2) rest.push_back(layer);
  add_linear_layers(net, rest, in * 4 * 4, name);
}

class DigitNetwork final : public nn::Module {
 public:
  DigitNetwork(nn::Sequential net, bool planes) : net_(std::move(net)), planes_(planes) { eval(); }

  Tensor forward(const Tensor& x) override { return softmax(net_(planes_ ? x.reshape({x.size(0), 1, 8, 8}) : x), 1); }
  void members(nn::MemberVisitor& visit) override { visit.child("net", net_); }

 private:
  nn::Sequential net_;
  bool planes_;
};

bool is_weights(const fs::path& file) { return file.extension() == ".npz" || file.extension() == ".safetensors"; }

StateDict read_weights(const fs::path& file) {
  return file.extension() == ".npz" ? data::load_npz(file) : data::load_safetensors(file);
}

// The only file of weights in a run's folder.
fs::path weights_in(const fs::path& folder) {
  std::vector<fs::path> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    if (entry.is_regular_file() && is_weights(entry.path())) found.push_back(entry.path());
  if (found.size() == 1) return found.front();
  throw ValueError(fmt::format(
      "[serve] {} is no registry, and it has {}", folder.string(),
      found.empty() ? "no .npz or .safetensors file" : std::to_string(found.size()) + " files of weights: name one"));
}

deploy::LoadedModel load_current(const fs::path& registry) {
  const deploy::StoredModel stored = deploy::open_current(disk(), registry);
  const std::string name = fmt::format("{}, version {}", registry.string(), stored.version);
  for (const deploy::PackageFile& file : stored.package.files)
    if (file.name.ends_with(".safetensors"))
      return {stored.version, digit_network(data::parse_safetensors(deploy::text_of(file.bytes), file.name), name)};
  throw FormatError(fmt::format("[serve] {} has no .safetensors file", name));
}

}  // namespace

std::shared_ptr<nn::Module> digit_network(const StateDict& weights, const std::string& name) {
  const StateDict model = optim::section(weights, "model.");
  const Layers layers = layers_of(model.empty() ? weights : model, name);
  const bool planes = layers.begin()->second.weight.dim() == 4;
  nn::Sequential net;
  if (planes) {
    add_convolutions(net, layers, name);
  } else {
    std::vector<Layer> all;
    for (const auto& [place, layer] : layers) all.push_back(layer);
    add_linear_layers(net, all, pixels, name);
  }
  return std::make_shared<DigitNetwork>(std::move(net), planes);
}

Source find_source(const fs::path& path) {
  if (!fs::exists(path))
    throw ValueError(fmt::format(
        "[serve] there is no {}; `tito run lenet --out lenet` trains a network that `tito serve lenet` serves",
        path.string()));
  if (!fs::is_directory(path)) {
    if (is_weights(path)) return {path, false};
    throw ValueError(fmt::format("[serve] {} is neither a folder nor a .npz or .safetensors file", path.string()));
  }
  if (fs::exists(path / "promoted")) return {path, true};
  if (fs::exists(deploy::version_folder(path, 1)))
    throw ValueError(fmt::format("[serve] {} is a registry in which no version is promoted", path.string()));
  return {weights_in(path), false};
}

deploy::LoadedModel load(const Source& source) {
  if (source.registry) return load_current(source.path);
  return {0, digit_network(read_weights(source.path), source.path.string())};
}

std::int64_t version_now(const Source& source) {
  if (!source.registry) return 0;
  const std::vector<std::int64_t> promoted = deploy::promoted_versions(disk(), source.path);
  return promoted.empty() ? 0 : promoted.back();
}

std::int64_t publish_weights(const fs::path& weights, const fs::path& registry) {
  const Source source = find_source(weights);
  if (source.registry) throw ValueError(fmt::format("[serve] {} is a registry already", weights.string()));
  const StateDict read = read_weights(source.path);
  digit_network(read, source.path.string());
  const StateDict model = optim::section(read, "model.");
  const std::string bytes = data::serialize_safetensors(model.empty() ? read : model);
  const auto span = deploy::bytes_of(bytes);
  fs::create_directories(registry);
  const std::int64_t version =
      deploy::publish(disk(), registry, {{{"weights.safetensors", {span.begin(), span.end()}}}});
  deploy::promote(disk(), registry, version);
  return version;
}

Follower::Follower(Source source, deploy::ModelHandle& current, std::function<void(const std::string&)> say)
    : source_(std::move(source)), current_(current), say_(std::move(say)) {
  const std::lock_guard lock(current_.mutex);
  if (current_.model) tried_ = current_.model->version;
}

void Follower::look() {
  try {
    const std::int64_t version = version_now(source_);
    if (version == tried_) return;
    tried_ = version;
    deploy::LoadedModel next = load(source_);
    tried_ = next.version;  // it may have been promoted since
    deploy::publish_model(current_, std::move(next));
    say_(fmt::format("version {} serves now", tried_));
    fault_.clear();
  } catch (const std::exception& error) {
    if (fault_ == error.what()) return;
    fault_ = error.what();
    say_(fmt::format("{}; the version before goes on", fault_));
  }
}

}  // namespace tinytorch::serve
