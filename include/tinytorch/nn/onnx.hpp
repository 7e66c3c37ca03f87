#pragma once

#include "tinytorch/nn/module.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// Models as ONNX files, which other frameworks and run-times read and write: docs/onnx.md.
///
/// save_onnx calls forward for an example and follows the tensors through its operations. So it needs no list of known
/// layers: a struct of one's own with a forward of one's own is saved as well as a Sequential. Known operations become
/// one node each ("conv2d" -> Conv); an operation that is unknown but made of known ones becomes those. What a trace
/// can't see is found out: the finished graph is computed for other inputs, and a different answer is an error.
/// Source: onnx/onnx, docs/IR.md, docs/Operators.md and onnx/onnx.proto.
namespace tinytorch::onnx {
struct Program;
}

namespace tinytorch::nn {

struct OnnxOptions {
  std::string input_name = "x";
  std::string output_name = "y";
  /// The size of the first dimension stays that of the example. Otherwise the file says "N": any size. For that forward
  /// is traced again with one more row, and must do the same operations.
  bool fixed_batch = false;
};

/// Writes the graph that `model` computes for `example`, with operators of opset 17. The model is traced as it is in
/// evaluation, without a graph of gradients, and has its modes again afterwards: dropout is left out, batch
/// normalisation uses its running statistics. Parameters and buffers that forward uses keep their names and their bits.
/// The file appears whole or not at all.
/// Throws ValueError, in one line: for an operation without an operator, by name and layer; for a result that depends
/// on the size of the batch (fixed_batch helps); for a change in place of what depends on the input; for a forward
/// whose answers differ from those of its graph by more than 1e-4 of the largest, because it computes with numbers that
/// it takes out of tensors. Throws FileError, and what forward throws.
void save_onnx(Module& model, const Tensor& example, const std::filesystem::path& file,
               const OnnxOptions& options = {});
/// The same as bytes.
std::string serialize_onnx(Module& model, const Tensor& example, const OnnxOptions& options = {});

/// A model from an ONNX file. It is a module like others: it can be called, trained as far as its operators have
/// gradients, counted and saved. Its parameters are the initializers that are floats, under the names in the file;
/// those of a file of save_onnx are those of the model that was saved. From other files, numbers of shape () and the
/// running statistics of BatchNormalization are no parameters. BatchNormalization and Dropout compute as in evaluation
/// always.
class OnnxModel : public Module, public PointerSyntax<OnnxModel> {
 public:
  explicit OnnxModel(std::shared_ptr<const onnx::Program> program);

  /// The first output for a model of one input. Throws ShapeError and DTypeError for an x that the file doesn't allow,
  /// ValueError `[onnx] node 'conv1' (Conv): ...` where a setting is beyond what is computed, and what operations
  /// throw, with the node in front.
  Tensor forward(const Tensor& x) override;
  /// All outputs, in the order of the file.
  std::vector<Tensor> run(const std::vector<Tensor>& inputs);

  /// "x: float32 (N, 3, 32, 32)", one for each input or output.
  std::vector<std::string> inputs() const;
  std::vector<std::string> outputs() const;
  std::int64_t opset() const;

  void members(MemberVisitor& visit) override;
  std::shared_ptr<Module> clone() const override;

 private:
  std::shared_ptr<const onnx::Program> program_;
  std::vector<NamedTensor> parameters_, buffers_;
};

/// Reads a model. Throws FileError; FormatError for bytes that are no ONNX file, with the place, for opsets before 13
/// and after 21, tensors in other files, and a graph that is not in order; ValueError that names the node for an
/// operator or a setting that is not in the table of docs/onnx.md. Everything is checked before the model is made.
std::shared_ptr<OnnxModel> load_onnx(const std::filesystem::path& file);
/// The same for bytes in memory. `name` stands for the file in messages.
std::shared_ptr<OnnxModel> parse_onnx(std::string_view bytes, std::string_view name);

/// The tables of docs/onnx.md: the operations that are saved and the operators that are loaded, as Markdown.
std::string onnx_operators();

}  // namespace tinytorch::nn
