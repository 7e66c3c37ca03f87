#pragma once

#include "src/nn/onnx/file.hpp"
#include "tinytorch/core/op_trace.hpp"
#include "tinytorch/nn/module.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

/// How the operations of one forward become the nodes of a graph. Private.
namespace tinytorch::onnx {

class Recorder;

/// An operation that has run: its inputs, its settings, its results.
struct TracedCall {
  std::string name;
  const void* part = nullptr;  ///< the module, if it was the call of one
  std::vector<Tensor> inputs, results;
  std::vector<std::pair<std::string, Shape>> lists;
  std::vector<std::pair<std::string, double>> reals;

  bool has(std::size_t i) const { return i < inputs.size() && inputs[i].defined(); }
  const Tensor& result() const { return results.front(); }
  /// A setting that the operation always reports.
  const Shape& list(std::string_view setting) const;
  double real(std::string_view setting) const;
  std::optional<double> find_real(std::string_view setting) const;
};

/// Why a conversion does not take a call, such as "ceil_mode with a cut window"; empty when it does.
using Refuses = std::string (*)(const TracedCall&);
/// Adds the nodes of a call, and names its results.
using Convert = void (*)(Recorder&, const TracedCall&);

struct Conversion {
  std::string_view op;
  std::string_view written;  ///< the operators, for the table: "Gemm, or Transpose, MatMul and Add"
  Convert convert;
  Refuses refuses = nullptr;
};

/// Null when an operation has none.
const Conversion* find_conversion(std::string_view op);
std::vector<const Conversion*> all_conversions();
std::vector<Conversion> layer_conversions();
std::vector<Conversion> element_conversions();
std::vector<Conversion> shape_conversions();

/// A node, and for a list of whole numbers that it reads what a batch of another size may change in it.
struct TracedNode {
  enum class Sizes : std::uint8_t { fixed, reshaped, expanded };
  Node node;
  Sizes sizes = Sizes::fixed;
  Shape from{};  ///< of expanded: the shape before
};

class Recorder final : public OpTracer {
 public:
  /// Parameters and buffers of the model get their names; `x` gets input_name.
  Recorder(nn::Module& model, const Tensor& x, const std::string& input_name);

  // What a conversion uses.
  /// The name of a tensor. One that is no value of the graph yet becomes a constant of it.
  std::string name_of(const Tensor& x);
  /// The same, with a Cast where the tensor has another dtype.
  std::string name_as(const Tensor& x, DType dtype);
  /// A number as a constant of shape ().
  std::string number(double value, DType dtype);
  /// A list of whole numbers as a constant.
  std::string wholes(Dims numbers, TracedNode::Sizes sizes = TracedNode::Sizes::fixed, const Shape& from = {});
  /// Adds a node and returns the name of its output.
  std::string add(std::string_view op, std::vector<std::string> inputs, std::vector<Attribute> attributes = {});
  /// From now on the tensor is the value of that name.
  void bind(const Tensor& y, const std::string& name);
  /// add and bind.
  void make(const Tensor& y, std::string_view op, std::vector<std::string> inputs,
            std::vector<Attribute> attributes = {}) {
    bind(y, add(op, std::move(inputs), std::move(attributes)));
  }

  /// The name of forward's result. Throws ValueError for all that went wrong while it ran.
  std::string finish(const Tensor& y);
  std::vector<TracedNode> nodes;
  std::vector<NamedTensor> parameters, buffers;

  // The tracer.
  void begins(const char* name, std::span<const Tensor* const> inputs) override;
  void calls(const void* part) override { next_part_ = part; }
  void input(const Tensor& x) override;
  void setting(const char* name, const Shape& numbers) override;
  void setting(const char* name, double number) override;
  void result(const Tensor& y) override;
  void ends() noexcept override;

 private:
  // A value of the graph, or what came of an operation without an operator.
  struct Origin {
    Shape sizes, strides;
    std::int64_t offset = 0;
    DType dtype = DType::float32;
    std::string name;
    bool from_input = false;
    bool constant = false;
    std::string trouble{};  // then there is no such value: the operation, and where
  };
  struct Frame {
    TracedCall call;
    const Conversion* conversion = nullptr;
    bool decided = false;  // whether `conversion` was chosen
    bool inside = false;   // of an operation that becomes nodes as a whole
    std::string reason{};  // why the conversion was not chosen
  };

  Origin* find(const Tensor& x);
  void define(const Tensor& x, const std::string& name, bool from_input, bool constant);
  void decide(Frame& frame);
  void finish_call(Frame& frame);
  void convert(const Frame& frame);
  void check_change(const Frame& frame, const Tensor& y);
  void spoil(const Frame& frame, const std::string& trouble, bool rename);
  std::string place() const;
  std::string unique(std::string name);

  std::unordered_map<const detail::Storage*, std::vector<Origin>> origins_;
  std::vector<Tensor> alive_;  // keeps the storages, which are the keys above
  std::vector<Frame> frames_;
  std::unordered_map<const void*, std::string> part_names_;
  std::unordered_set<std::string> names_;
  std::unordered_map<std::string, int> next_number_;
  const void* next_part_ = nullptr;
  bool converting_ = false;
  bool result_from_input_ = false;  // while a conversion runs
  std::string trouble_;             // the first thing that makes the whole trace useless
};

Attribute attribute(std::string_view name, std::int64_t value);
Attribute attribute(std::string_view name, Dims values);
Attribute real_attribute(std::string_view name, double value);

}  // namespace tinytorch::onnx
