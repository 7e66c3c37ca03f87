#pragma once

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/tensor.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// How parts of a run become named tensors and come back: for optimisers, schedules and checkpoints.
namespace tinytorch::optim {

/// Appends copies of the tensors of `part`, with `prefix` before their names.
inline void append_copies(StateDict& state, const std::string& prefix, const StateDict& part) {
  const NoGrad no_grad;
  for (const NamedTensor& named : part) state.push_back({prefix + named.name, named.value.detach().clone()});
}

/// The tensors whose names begin with `prefix`, as handles, without the prefix.
inline StateDict section(const StateDict& state, const std::string& prefix) {
  StateDict part;
  for (const NamedTensor& named : state)
    if (named.name.starts_with(prefix)) part.push_back({named.name.substr(prefix.size()), named.value});
  return part;
}

/// The name of a member and a reference to it: a number or a flag of an optimiser's options, a tensor or a count of its
/// state.
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

namespace detail {

using tinytorch::detail::text;

/// Reads a state dict name by name; reports names that are missing, and names that nobody has read.
class StateReader {
 public:
  StateReader(const StateDict& state, const char* owner);

  bool has(const std::string& name) const { return find(name) != nullptr; }
  /// Throws ValueError when the name is missing.
  const Tensor& tensor(const std::string& name);
  /// As above. Throws ShapeError and DTypeError for a tensor of another shape or dtype.
  const Tensor& tensor(const std::string& name, const Shape& sizes, DType dtype);
  double number(const std::string& name) { return tensor(name, {}, DType::float64).item<double>(); }
  std::int64_t count(const std::string& name) { return tensor(name, {}, DType::int64).item<std::int64_t>(); }

  /// Throws ValueError for a name that was never read.
  void finish() const;

 private:
  const NamedTensor* find(const std::string& name) const;

  const StateDict* state_;
  const char* owner_;
  std::vector<bool> used_;
};

/// A tensor () int64.
inline Tensor count_tensor(std::int64_t count) {
  Tensor x = empty({}, DType::int64);
  *x.data<std::int64_t>() = count;
  return x;
}

/// Appends the members, with `prefix` before their names. Leaves out undefined tensors and counts of 0.
void save_members(StateDict& saved, const std::string& prefix, const Members& members);

/// Whether any of the members is there. For a parameter that has made no step none is saved.
bool has_any(const StateReader& reader, const std::string& prefix, const Members& members);

/// The reverse of save_members. Throws ShapeError and DTypeError for a tensor that has not the shape and dtype of
/// `parameter`.
void load_members(StateReader& reader, const std::string& prefix, const Members& members, const Tensor& parameter);

}  // namespace detail

}  // namespace tinytorch::optim
