#pragma once

#include "tinytorch/core/op_hook.hpp"

#include <initializer_list>
#include <span>

/// Somebody who follows the tensors of one thread through its operations. nn/onnx.hpp draws the graph of a model from
/// what it sees. The hook of op_hook.hpp sees shapes and times, of all threads; a tracer sees the tensors themselves
/// and the settings of each operation.
namespace tinytorch {

/// Is told of each operation of its thread, those of backward excepted. Operations nest.
class OpTracer {
 public:
  virtual ~OpTracer() = default;
  /// An operation begins. Undefined inputs keep their places.
  virtual void begins(const char* name, std::span<const Tensor* const> inputs) = 0;
  /// The operation that begins next is a call of this part of a network.
  virtual void calls(const void* part) = 0;
  /// More about the operation that runs: a further input, a whole number or a list of them, a real number.
  virtual void input(const Tensor& x) = 0;
  virtual void setting(const char* name, const Shape& numbers) = 0;
  virtual void setting(const char* name, double number) = 0;
  /// A result; most operations have one. A change in place reports its tensor before it changes it.
  virtual void result(const Tensor& y) = 0;
  /// The operation has ended, also by an exception.
  virtual void ends() noexcept = 0;
};

/// While it lives, the tracer follows this thread instead of the one before.
class TracerScope {
 public:
  explicit TracerScope(OpTracer& tracer);
  ~TracerScope();
  TracerScope(const TracerScope&) = delete;
  TracerScope& operator=(const TracerScope&) = delete;

 private:
  OpTracer* before_;
};

/// An operation that is made of others, for a tracer alone: a tracer that knows it may take it as one. The hook sees
/// the others. Used as an OpScope.
class TracedOp {
 public:
  TracedOp(const char* name, std::initializer_list<const Tensor*> inputs) {
    if (detail::is_watched()) begin(name, inputs);
  }
  ~TracedOp() {
    if (tracer_ != nullptr) tracer_->ends();
  }
  TracedOp(const TracedOp&) = delete;
  TracedOp& operator=(const TracedOp&) = delete;

  void setting(const char* name, const Shape& numbers) {
    if (tracer_ != nullptr) tracer_->setting(name, numbers);
  }
  void real(const char* name, double number) {
    if (tracer_ != nullptr) tracer_->setting(name, number);
  }
  /// Passes on what the operation returns.
  Tensor&& result(Tensor&& out) {
    if (tracer_ != nullptr) tracer_->result(out);
    return static_cast<Tensor&&>(out);
  }

 private:
  void begin(const char* name, std::initializer_list<const Tensor*> inputs);

  OpTracer* tracer_ = nullptr;
};

namespace detail {

/// Tells the tracer of this thread, if there is one, whose call begins next.
void trace_call(const void* part);

}  // namespace detail

}  // namespace tinytorch
