#include "tests/library/ops/golden.hpp"

#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/raw.hpp"
#include "tinytorch/data/formats/npz.hpp"

#include <algorithm>
#include <cstring>
#include <map>

#include <fmt/format.h>

namespace tinytorch::ops {

namespace {

void mix(std::uint64_t& hash, std::uint64_t word) { hash = mix_seed(hash, word); }

}  // namespace

int golden_cases(const Op& op) { return std::max(6, 2 * static_cast<int>(op.dtypes.size())); }

std::vector<Arguments> golden_arguments(const Op& op) {
  std::vector<Arguments> cases;
  for (int k = 0; k < golden_cases(op); ++k) cases.push_back(case_arguments(op, k));
  if (!op.edges) return cases;
  for (const DType dtype : op.dtypes)
    if (is_floating(dtype))
      for (Arguments& edge : op.edges(dtype)) cases.push_back(std::move(edge));
  return cases;
}

std::int64_t fingerprint(const Arguments& arguments) {
  std::uint64_t hash = 0;
  for (const Tensor& x : arguments.tensors) {
    if (!x.defined()) {
      mix(hash, 1);
      continue;
    }
    mix(hash, static_cast<std::uint64_t>(x.dtype()) + 2);
    for (const std::int64_t size : x.sizes()) mix(hash, static_cast<std::uint64_t>(size));
    const Tensor values = raw::contiguous(x.detach());
    const auto bytes = static_cast<std::size_t>(values.numel() * item_size(values.dtype()));
    std::uint64_t word = 0;
    for (std::size_t at = 0; at < bytes; at += sizeof word, word = 0) {
      std::memcpy(&word, static_cast<const char*>(values.data()) + at, std::min(sizeof word, bytes - at));
      mix(hash, word);
    }
  }
  for (const std::int64_t value : arguments.ints) mix(hash, static_cast<std::uint64_t>(value));
  return static_cast<std::int64_t>(hash);
}

std::filesystem::path golden_file(const Op& op) {
  return std::filesystem::path(TINYTORCH_SOURCE_DIR) / "tests/golden" / (op.name + ".npz");
}

std::vector<Golden> load_golden(const Op& op) {
  std::map<std::string, Tensor> entries;
  for (NamedTensor& entry : data::load_npz(golden_file(op))) entries[entry.name] = entry.value;
  std::vector<Golden> cases;
  for (std::size_t k = 0; entries.count(fmt::format("{}/inputs", k)) != 0; ++k) {
    Golden golden;
    golden.inputs = entries[fmt::format("{}/inputs", k)].item<std::int64_t>();
    for (std::size_t i = 0; entries.count(fmt::format("{}/output{}", k, i)) != 0; ++i)
      golden.outcome.outputs.push_back(entries[fmt::format("{}/output{}", k, i)]);
    for (std::size_t i = 0; i < 16; ++i) {
      const auto found = entries.find(fmt::format("{}/gradient{}", k, i));
      if (found == entries.end()) continue;
      golden.outcome.gradients.resize(i + 1);
      golden.outcome.gradients[i] = found->second;
    }
    cases.push_back(std::move(golden));
  }
  return cases;
}

void save_golden(const Op& op, const std::vector<Golden>& cases) {
  StateDict entries;
  for (std::size_t k = 0; k < cases.size(); ++k) {
    const Tensor inputs = empty({}, DType::int64);
    *inputs.data<std::int64_t>() = cases[k].inputs;
    entries.push_back({fmt::format("{}/inputs", k), inputs});
    const Outcome& outcome = cases[k].outcome;
    for (std::size_t i = 0; i < outcome.outputs.size(); ++i)
      entries.push_back({fmt::format("{}/output{}", k, i), outcome.outputs[i]});
    for (std::size_t i = 0; i < outcome.gradients.size(); ++i)
      if (outcome.gradients[i].defined()) entries.push_back({fmt::format("{}/gradient{}", k, i), outcome.gradients[i]});
  }
  data::save_npz(golden_file(op), entries);
}

}  // namespace tinytorch::ops
