#include "tinytorch/optim/trainer.hpp"

#include "tinytorch/core/creation.hpp"
#include "tinytorch/core/indexing.hpp"

#include <algorithm>
#include <cctype>
#include <limits>
#include <set>
#include <string_view>

namespace tinytorch::optim::detail {

using tinytorch::detail::text;

namespace {

void check_listed(const nn::Module& model, const Optimizer& optimizer, const Tensor& outputs) {
  std::vector<Tensor> listed = model.parameters();
  for (const Tensor& parameter : optimizer.parameters()) listed.push_back(parameter);
  const std::vector<std::string> uses = nn::uses_of_unlisted(listed, outputs);
  if (uses.empty()) return;
  throw ValueError(
      text({"[trainer] the outputs depend on ", static_cast<std::int64_t>(uses.size()),
            uses.size() == 1 ? " trained tensor that" : " trained tensors that", " the model does not list (used by ",
            uses.front(), "): name the member in members(), register it, or freeze it by requires_grad_(false)"}));
}

}  // namespace

void check_metrics(const TrainingRun& run) {
  if (run.metrics.empty()) return;
  if (run.validation == nullptr)
    throw ValueError("[trainer] metrics are measured on the validation data: set .validation");
  std::set<std::string> names;
  visit_record({}, [&](const char* name, double) { names.insert(name); });
  for (const Metric& metric : run.metrics) {
    const auto allowed = [](unsigned char c) {
      return std::isalnum(c) != 0 || std::string_view("_-./@").find(static_cast<char>(c)) != std::string_view::npos;
    };
    if (metric.name.empty() || !std::ranges::all_of(metric.name, allowed))
      throw ValueError(
          text({"[trainer] the name of a metric is made of letters, digits and _ - . / @, not '", metric.name, "'"}));
    if (!names.insert(metric.name).second)
      throw ValueError(text({"[trainer] two metrics are called '", metric.name, "'"}));
    if (!metric.measure) throw ValueError(text({"[trainer] the metric '", metric.name, "' has no function"}));
  }
}

void align_metrics(TrainingRun& run) {
  for (EpochRecord& record : run.progress.history.epochs) {
    std::vector<std::pair<std::string, double>> aligned;
    for (const Metric& metric : run.metrics) {
      const auto at = std::ranges::find(record.metrics, metric.name, [](const auto& entry) { return entry.first; });
      aligned.emplace_back(metric.name,
                           at == record.metrics.end() ? std::numeric_limits<double>::quiet_NaN() : at->second);
    }
    record.metrics = std::move(aligned);
  }
}

std::vector<std::pair<std::string, double>> measure_metrics(TrainingRun& run) {
  std::vector<Tensor> outputs, targets;
  // evaluate() knows the modes of the modules and gives each batch's outputs to the loss.
  optim::evaluate(run.model, *run.validation, [&](const Tensor& output, const Tensor& target) {
    outputs.push_back(output);
    targets.push_back(target);
    return zeros({});
  });
  const Tensor all_outputs = cat(outputs, 0), all_targets = cat(targets, 0);
  std::vector<std::pair<std::string, double>> measured;
  for (const Metric& metric : run.metrics) measured.emplace_back(metric.name, metric.measure(all_outputs, all_targets));
  return measured;
}

Loss looking_at_first_outputs(const TrainingRun& run) {
  return [&model = run.model, &optimizer = run.optimizer, loss = run.loss, looked = false](
             const Tensor& outputs, const Tensor& targets) mutable {
    if (!looked && outputs.requires_grad()) {
      looked = true;
      check_listed(model, optimizer, outputs);
    }
    return loss(outputs, targets);
  };
}

}  // namespace tinytorch::optim::detail
