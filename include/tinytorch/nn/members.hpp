#pragma once

#include "tinytorch/core/random.hpp"
#include "tinytorch/core/tensor.hpp"

#include <string>

namespace tinytorch::nn {

class Module;

/// Is told what a module is made of: see Module::members.
class MemberVisitor {
 public:
  virtual ~MemberVisitor() = default;
  /// A tensor that training changes.
  virtual void parameter(const std::string& name, Tensor& value) = 0;
  /// A tensor that belongs to the model but isn't trained.
  virtual void buffer(const std::string& name, Tensor& value) = 0;
  virtual void child(const std::string& name, Module& module) = 0;
  /// Random numbers that forward() draws from, as dropout does; a training run that is to go on exactly keeps them.
  virtual void generator(const std::string&, Generator&) {}
};

}  // namespace tinytorch::nn
