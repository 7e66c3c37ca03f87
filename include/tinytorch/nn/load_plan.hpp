#pragma once

#include "tinytorch/core/named_tensor.hpp"
#include "tinytorch/core/tensor.hpp"

#include <string>
#include <vector>

namespace tinytorch::nn {

/// The names that did not meet when a state was loaded.
struct LoadReport {
  std::vector<std::string> missing;     ///< the module has them, the state does not
  std::vector<std::string> unexpected;  ///< the state has them, the module does not
};

}  // namespace tinytorch::nn

namespace tinytorch::detail {

/// A tensor of a module, by reference, and one of its names.
struct NamedMember {
  std::string name;
  Tensor* tensor;
};

/// "missing: 'a', 'b'", or nothing without names; parts are joined by "; ".
void append_names(std::string& text, const char* what, const std::vector<std::string>& names);

/// Where each of a module's tensors finds its value in a state.
struct LoadPlan {
  struct Step {
    Tensor target, source;
  };
  std::vector<Step> steps;
  nn::LoadReport report;
  std::vector<std::string> twice;
  std::string shapes;  // "'a' is (2,) here, not (3,)", joined by "; "

  LoadPlan(const std::vector<NamedMember>& own, const StateDict& state);

 private:
  void add(const NamedMember& member, const Tensor& value);
};

}  // namespace tinytorch::detail
