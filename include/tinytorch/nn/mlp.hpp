#pragma once

#include "tinytorch/nn/cost.hpp"
#include "tinytorch/nn/module.hpp"

#include <concepts>
#include <utility>

/// Layers one after the other. Lab 02 defines forward and named_parameters, and the functions of nn/cost.hpp: unit
/// nn/mlp.
namespace tinytorch::nn {

/// Calls its layers one after the other: each gets what the one before returned. The children are named "0", "1", ...
class Sequential : public Module, public PointerSyntax<Sequential> {
 public:
  Sequential() = default;
  template <std::same_as<std::nullptr_t> Null>  // not for a 0
  explicit Sequential(Null) {}
  ~Sequential() override;
  Sequential(Sequential&&) = default;
  Sequential& operator=(Sequential&&) = default;
  /// Sequential net(Linear(64, 32, g), ReLU(), Linear(32, 10, g)).
  template <class... Layers>
  requires(sizeof...(Layers) > 0 &&
           (std::derived_from<Layers, Module> && ...)) explicit Sequential(Layers&&... layers) {
    (add(std::make_shared<Layers>(std::move(layers))), ...);
  }

  /// Appends a layer. A layer that is added twice runs twice, with the same parameters. Throws ValueError for null.
  Sequential& add(std::shared_ptr<Module> layer) {
    if (!layer) throw ValueError("[sequential] the layer is null");
    layers_.push_back(std::move(layer));
    return *this;
  }
  /// Makes a layer in place: add<Linear>(64, 32, g).
  template <class Layer, class... Args>
  Layer& add(Args&&... args) {
    auto layer = std::make_shared<Layer>(std::forward<Args>(args)...);
    Layer& made = *layer;
    add(std::move(layer));
    return made;
  }

  // libtorch's names.
  template <class Layer>
  requires std::derived_from<Layer, Module> Sequential& push_back(Layer layer) {
    return add(std::make_shared<Layer>(std::move(layer)));
  }
  template <class Layer>
  requires std::derived_from<Layer, Module> Sequential& push_back(std::shared_ptr<Layer> layer) {
    return add(std::shared_ptr<Module>(std::move(layer)));
  }
  bool is_empty() const { return layers_.empty(); }
  auto begin() const { return layers_.begin(); }
  auto end() const { return layers_.end(); }
  // The layer at a place as a Layer. Throws IndexError, and ValueError when it is of another class.
  template <class Layer>
  Layer& at(std::int64_t i) const {
    Layer* const layer = dynamic_cast<Layer*>(&(*this)[i]);
    if (!layer) throw ValueError(detail::text({"[sequential] layer ", i, " is ", (*this)[i].kind()}));
    return *layer;
  }

  std::int64_t size() const { return static_cast<std::int64_t>(layers_.size()); }
  /// Throws IndexError.
  Module& operator[](std::int64_t i) const {
    if (i < 0 || i >= size()) throw IndexError(detail::text({"[sequential] layer ", i, " of ", size()}));
    return *layers_[static_cast<std::size_t>(i)];
  }

  /// What the last layer returns; x itself without layers. Calls each layer as (*layer)(value).
  Tensor forward(const Tensor& x) override;
  /// "0.weight", "0.bias", "2.weight", ...: the layers' own named_parameters() in order, each name after the layer's
  /// place and a dot. A tensor that is in the list already (Tensor::is_same) is left out. They are handles: writing to
  /// one changes the layer.
  std::vector<NamedTensor> named_parameters() const override;

  void members(MemberVisitor& visit) override {
    for (std::size_t i = 0; i < layers_.size(); ++i) visit.child(std::to_string(i), *layers_[i]);
  }
  std::shared_ptr<Module> clone() const override {
    auto copy = std::make_shared<Sequential>();
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      std::size_t first = 0;
      while (layers_[first] != layers_[i]) ++first;
      copy->add(first < i ? copy->layers_[first] : layers_[i]->clone());  // a shared layer stays shared
    }
    return clone_into(std::move(copy));
  }

 private:
  std::vector<std::shared_ptr<Module>> layers_;
};

}  // namespace tinytorch::nn
