#include "tinytorch/core/custom_function.hpp"

#include "tinytorch/core/views.hpp"

#include <algorithm>

namespace tinytorch::autograd {
namespace {

// Passes the gradient of one output to the function's node. The engine gets a zero as its gradient, so that the
// function's node runs after the nodes of all its outputs.
class OutputNode final : public Node {
 public:
  OutputNode(NodePtr function, std::size_t index) : Node(function->name()), index_(index) {
    set_edges(std::span<const NodePtr>(&function, 1));
  }

 private:
  void compute(Tensor grad, std::span<Tensor> input_grads) override {
    static_cast<CustomNode&>(*edges()[0]).collect(index_, grad);
    input_grads[0] = zeros({});
  }
  void drop_saved() override {}

  std::size_t index_;
};

bool contains(const std::vector<Tensor>& tensors, const Tensor& x) {
  return std::any_of(tensors.begin(), tensors.end(), [&](const Tensor& other) { return other.is_same(x); });
}

}  // namespace

std::vector<Tensor> AutogradContext::get_saved_variables() const {
  std::vector<Tensor> result;
  for (std::size_t i = 0; i < kept_.size(); ++i) result.push_back(node_->kept(i));
  return result;
}

bool AutogradContext::needs_input_grad(std::size_t argument) const {
  return argument < node_->edges().size() && node_->needs(argument);
}

void CustomNode::finish(NodePtr self, std::span<const Tensor* const> arguments, std::span<Tensor> outputs) {
  const bool wanted = GradMode::enabled() && std::any_of(arguments.begin(), arguments.end(), [](const Tensor* x) {
                        return x->defined() && x->requires_grad();
                      });
  for (Tensor& output : outputs)  // an argument that is returned keeps its own node; a view of it gets the function's
    if (std::any_of(arguments.begin(), arguments.end(), [&](const Tensor* x) { return x->is_same(output); }))
      output = output.detach();
  if (wanted) {
    set_edges(arguments);
    for (const Tensor* argument : arguments)
      argument_sizes_.push_back(argument->defined() ? argument->sizes() : Shape());
    for (const Tensor& output : outputs) outputs_.push_back({output.sizes(), output.dtype(), Tensor(), 0});
    keep(outputs);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (!is_floating(outputs[i].dtype()) || contains(context_.constant_, outputs[i])) continue;
      set_node(outputs[i], outputs.size() == 1 ? std::move(self) : output_node(i));
    }
  }
  context_.to_save_.clear();
  context_.constant_.clear();
}

// An output is saved without its node: it owns this node, and must not be owned by it.
void CustomNode::keep(std::span<const Tensor> outputs) {
  for (const Tensor& x : context_.to_save_) {
    std::int64_t which = -1;
    for (std::size_t i = 0; i < outputs.size(); ++i)
      if (outputs[i].is_same(x)) which = static_cast<std::int64_t>(i);
    context_.kept_.push_back({which < 0 ? Saved(x) : Saved::output(x), which});
  }
}

NodePtr CustomNode::output_node(std::size_t index) { return NodePtr(new OutputNode(share(*this), index)); }

Tensor CustomNode::kept(std::size_t index) {
  const AutogradContext::Kept& kept = context_.kept_[index];
  if (kept.output < 0) return kept.saved.get(name());
  const auto output = static_cast<std::size_t>(kept.output);
  if (outputs_.size() == 1) return kept.saved.get_output(*this);
  Tensor x = kept.saved.get(name());
  if (!GradMode::enabled()) return x;
  x = x.detach();
  set_node(x, output_node(output));
  return x;
}

void CustomNode::collect(std::size_t index, const Tensor& grad) {
  Output& output = outputs_[index];
  if (output.run == visited && output.grad.defined())
    accumulate(output.grad, grad);
  else
    output.grad = grad;
  output.run = visited;
}

void CustomNode::compute(Tensor grad, std::span<Tensor> input_grads) {
  if (freed_) throw_already_freed(name());
  std::vector<Tensor> grads;
  for (Output& output : outputs_) {
    const bool used = outputs_.size() == 1 || (output.run == visited && output.grad.defined());
    if (outputs_.size() == 1)
      grads.push_back(std::move(grad));
    else
      grads.push_back(used ? std::move(output.grad) : zeros(output.sizes, output.dtype));
    output.grad = Tensor();
  }
  std::vector<Tensor> results = call(std::move(grads));
  if (results.size() != input_grads.size())
    throw AutogradError(tinytorch::detail::text(
        {"[", name(), "] backward returned ", results.size(), " gradients for ", input_grads.size(), " arguments"}));
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (!results[i].defined()) continue;
    if (needs(i) && results[i].sizes() != argument_sizes_[i])
      throw AutogradError(
          tinytorch::detail::text({"[", name(), "] backward returned a gradient of shape ", results[i].sizes(),
                                   " for argument ", i, " of ", argument_sizes_[i]}));
    input_grads[i] = std::move(results[i]);
  }
}

void CustomNode::drop_saved() {
  freed_ = true;
  context_.kept_.clear();
}

}  // namespace tinytorch::autograd
