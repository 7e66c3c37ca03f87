#include "tinytorch/nn/summary.hpp"

#include "tinytorch/core/text.hpp"

#include <algorithm>
#include <utility>

namespace tinytorch::detail {
namespace {

// While it lives, the module is in evaluation and the shape of each call is noted.
class OutputShapes final : public nn::ForwardObserver {
 public:
  explicit OutputShapes(nn::Module& module) : module_(module) {
    for (nn::Module* below : module.modules()) modes_.emplace_back(below, below->is_training());
    module.eval();
    module.watch(this);
  }
  ~OutputShapes() override {
    module_.watch(nullptr);
    for (auto mode = modes_.begin(); mode != modes_.end(); ++mode)
      mode->first->train(mode->second);  // outer ones first
  }
  OutputShapes(const OutputShapes&) = delete;
  OutputShapes& operator=(const OutputShapes&) = delete;

  void called(const nn::Module& module, const Tensor&, const Tensor& y) override {
    if (!of(module)) calls_.emplace_back(&module, y.sizes());
  }
  std::optional<Shape> of(const nn::Module& module) const {
    for (const auto& call : calls_)
      if (call.first == &module) return call.second;
    return std::nullopt;
  }

 private:
  nn::Module& module_;
  std::vector<std::pair<nn::Module*, bool>> modes_;
  std::vector<std::pair<const nn::Module*, Shape>> calls_;
};

}  // namespace
}  // namespace tinytorch::detail

namespace tinytorch::nn {

Summary summarize(Module& module, const Tensor& sample) {
  const NoGrad no_grad;
  detail::OutputShapes shapes(module);
  module(sample);
  Summary result;
  for (const NamedModule& named : module.named_modules())
    result.rows.push_back(
        {named.name, named.module->kind(), shapes.of(*named.module), named.module->parameter_count()});
  for (const Tensor& parameter : module.parameters()) {
    result.parameters += parameter.numel();
    if (parameter.requires_grad()) result.trained += parameter.numel();
  }
  return result;
}

std::string to_string(const Summary& summary) {
  std::vector<std::vector<std::string>> table{{"name", "kind", "output", "parameters"}};
  for (const SummaryRow& row : summary.rows)
    table.push_back({row.name.empty() ? "(all)" : row.name, row.kind, row.output ? to_string(*row.output) : "-",
                     std::to_string(row.parameters)});
  std::vector<std::size_t> widths(4, 0);
  for (const auto& line : table)
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  std::string text;
  for (const auto& line : table) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      const std::string gap(widths[i] - line[i].size(), ' ');
      text += i == 3 ? gap + line[i] : line[i] + gap + "  ";
    }
    text += "\n";
  }
  return text + detail::text({summary.parameters, " parameters, ", summary.trained, " of them trained\n"});
}

}  // namespace tinytorch::nn
