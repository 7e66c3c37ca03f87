#pragma once

#include "tinytorch/core/named_tensor.hpp"
#include "tinytorch/core/tensor.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// How an optimiser's options and states become named tensors and come back; GroupedOptimizer's own.
namespace tinytorch::optim {

/// A member of an optimiser's options (a number or a flag) or of its state (a tensor or a count), and its name.
struct Member {
  Member(const char* member_name, double& value) : name(member_name), number(&value) {}
  Member(const char* member_name, bool& value) : name(member_name), flag(&value) {}
  Member(const char* member_name, std::int64_t& value) : name(member_name), count(&value) {}
  Member(const char* member_name, Tensor& value) : name(member_name), tensor(&value) {}

  const char* name;
  double* number = nullptr;
  bool* flag = nullptr;
  std::int64_t* count = nullptr;
  Tensor* tensor = nullptr;
};
using Members = std::vector<Member>;

}  // namespace tinytorch::optim

namespace tinytorch::optim::detail {

using tinytorch::detail::text;

/// A state dict that is read name by name: says what is missing, and at last what nobody asked for.
class StateReader {
 public:
  StateReader(const StateDict& state, const char* owner);

  bool has(const std::string& name) const { return find(name) != nullptr; }
  /// Throws ValueError when it is missing.
  const Tensor& tensor(const std::string& name);
  /// As above, of that shape and dtype. Throws ShapeError and DTypeError, too.
  const Tensor& tensor(const std::string& name, const Shape& sizes, DType dtype);
  double number(const std::string& name) { return tensor(name, {}, DType::float64).item<double>(); }
  std::int64_t count(const std::string& name) { return tensor(name, {}, DType::int64).item<std::int64_t>(); }

  /// Throws ValueError for a name that was never asked for.
  void finish() const;

 private:
  const NamedTensor* find(const std::string& name) const;

  const StateDict* state_;
  const char* owner_;
  std::vector<bool> used_;
};

inline Tensor count_tensor(std::int64_t count) {
  Tensor x = empty({}, DType::int64);
  *x.data<std::int64_t>() = count;
  return x;
}

void save_members(StateDict& saved, const std::string& prefix, const Members& members);

/// Whether a parameter had made a step: one that had not left nothing behind.
bool has_any(const StateReader& reader, const std::string& prefix, const Members& members);

/// Tensors are of the shape and dtype of `parameter`.
void load_members(StateReader& reader, const std::string& prefix, const Members& members, const Tensor& parameter);

}  // namespace tinytorch::optim::detail
