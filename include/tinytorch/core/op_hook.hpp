#pragma once

#include "tinytorch/core/dtype.hpp"
#include "tinytorch/core/memory.hpp"
#include "tinytorch/core/shape.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>

/// What core tells somebody who watches it: each operation, each node of backward, each block of tensor memory.
/// profiling/profiler.hpp installs such a hook. Without one, an operation pays one relaxed load.
namespace tinytorch {

class Tensor;
namespace autograd {
class Node;
}

/// One operation, or one node of backward, that has run.
struct OpRecord {
  static constexpr std::size_t max_inputs = 4;

  const char* name = "";                         ///< "matmul"; of a node of backward, the name of its operation
  std::array<Shape, max_inputs> input_shapes{};  ///< of the first inputs; of a node of backward, the gradient
  std::uint32_t input_count = 0;                 ///< how many of these shapes count; an undefined input is left out
  Shape output_shape{};                          ///< of the result; of a node of backward, empty
  Shape window{};                                ///< the window of a pooling operation; else empty
  DType dtype = DType::float32;                  ///< of the result; of a node of backward, of the gradient
  bool view = false;                             ///< the result shares the elements of an input: none was moved
  bool backward = false;                         ///< a node of backward
  std::uint32_t nested = 0;    ///< operations with an input directly inside; where there are any, they did the work
  std::uint64_t sequence = 0;  ///< the number of the operation, from 1; a node of backward has that of its operation
  std::uint32_t thread = 0;    ///< a small number of the thread
  std::int64_t begin_ns = 0;   ///< by the clock of the hook
  std::int64_t end_ns = 0;

  std::span<const Shape> inputs() const { return {input_shapes.data(), input_count}; }
  std::int64_t ns() const { return end_ns - begin_ns; }
};

/// Somebody who watches. Its functions are called on the thread that does the work and may not use tensors.
class OpHook {
 public:
  virtual ~OpHook() = default;
  /// An operation begins. Returns the time, which becomes begin_ns.
  virtual std::int64_t op_begins(const char* name, bool backward) noexcept = 0;
  /// The operation ended, also by an exception. end_ns and thread are left to the hook.
  virtual void op_ends(OpRecord& record) noexcept = 0;
  /// A storage of `bytes` bytes was allocated or is freed. No two that exist at once have the same number.
  virtual void allocated(std::uint64_t block, std::int64_t bytes, memory::Tag tag) noexcept = 0;
  virtual void freed(std::uint64_t block, std::int64_t bytes, memory::Tag tag) noexcept = 0;
};

/// Installs the hook for all threads, or removes it (null); returns the one before. When the call returns, no thread is
/// inside a function of the former hook, and none will call it again. May not be called from a hook's function.
OpHook* set_op_hook(OpHook* hook) noexcept;

namespace detail {

extern std::atomic<OpHook*> op_hook;
extern std::atomic<std::int64_t> watchers;  // the hook and the tracers (op_trace.hpp) of all threads
inline bool is_watched() { return watchers.load(std::memory_order_relaxed) != 0; }

void report_allocated(const void* block, std::int64_t bytes, memory::Tag tag) noexcept;
void report_freed(const void* block, std::int64_t bytes, memory::Tag tag) noexcept;

struct OpRun;

}  // namespace detail

/// Reports an operation to the hook for as long as it lives:
///
///     OpScope scope("matmul", {&a, &b});
///     Tensor out = ...;
///     return scope.result(std::move(out));
///
/// Without a hook, one load and nothing else: `result` and the destructor test a local.
class OpScope {
 public:
  /// `inputs` may hold undefined tensors. `name` lives as long as the program.
  OpScope(const char* name, std::initializer_list<const Tensor*> inputs) {
    if (detail::is_watched()) begin(name, inputs);
  }
  /// A node of backward that gets `grad`.
  OpScope(const autograd::Node& node, const Tensor& grad) {
    if (detail::is_watched()) begin(node, grad);
  }
  ~OpScope() {
    if (run_ != nullptr) end();
  }
  OpScope(const OpScope&) = delete;
  OpScope& operator=(const OpScope&) = delete;

  /// Passes on what the operation returns.
  Tensor&& result(Tensor&& out) {
    if (run_ != nullptr) note_result(out);
    return static_cast<Tensor&&>(out);
  }
  const Tensor& result(const Tensor& out) {
    if (run_ != nullptr) note_result(out);
    return out;
  }
  /// The window of a pooling operation.
  void window(const Shape& sizes) {
    if (run_ != nullptr) note_window(sizes);
  }
  /// For a tracer (op_trace.hpp): a whole number or a list of them, a real number, a further input or result.
  void setting(const char* name, const Shape& numbers) {
    if (run_ != nullptr) note_setting(name, numbers);
  }
  void real(const char* name, double number) {
    if (run_ != nullptr) note_real(name, number);
  }
  void further_input(const Tensor& x) {
    if (run_ != nullptr) note_input(x);
  }
  void further_result(const Tensor& y) {
    if (run_ != nullptr) note_further_result(y);
  }

 private:
  void begin(const char* name, std::initializer_list<const Tensor*> inputs);
  void begin(const autograd::Node& node, const Tensor& grad);
  void end() noexcept;
  void note_result(const Tensor& out);
  void note_window(const Shape& sizes);
  void note_setting(const char* name, const Shape& numbers);
  void note_real(const char* name, double number);
  void note_input(const Tensor& x);
  void note_further_result(const Tensor& y);

  detail::OpRun* run_ = nullptr;
};

}  // namespace tinytorch
