#pragma once

#include "tinytorch/core/op_trace.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/random.hpp"
#include "tinytorch/core/raw.hpp"
#include "tinytorch/nn/module.hpp"
#include "tinytorch/nn/options.hpp"

#include <cmath>
#include <concepts>
#include <memory>
#include <optional>
#include <utility>

/// Rows of numbers for indices (Embedding) and for places in a sequence (SinusoidalEncoding, LearnedEncoding).
namespace tinytorch::detail {

/// The indices as int64. Throws IndexError unless all of them lie in 0..count-1, DTypeError unless they are int64 or
/// int32.
inline Tensor checked_indices(const Tensor& indices, std::int64_t count, const char* op) {
  if (indices.dtype() != DType::int64 && indices.dtype() != DType::int32)
    throw DTypeError(text({"[", op, "] indices are int64 or int32, not ", to_string(indices.dtype())}));
  const Tensor flat = raw::contiguous(to(indices, DType::int64));
  const std::int64_t* values = flat.data<std::int64_t>();
  for (std::int64_t i = 0; i < flat.numel(); ++i)
    if (values[i] < 0 || values[i] >= count)
      throw IndexError(text({"[", op, "] element ", i, ": index ", values[i], " is not in 0..", count - 1}));
  return flat;
}

}  // namespace tinytorch::detail

namespace tinytorch::nn::functional {

/// The rows of the weight that the indices name: indices (...) int64 or int32, weight (count, size) -> (..., size). The
/// row `padding_idx` gets no gradient; a negative one counts from the end. Throws IndexError `[embedding] element 3:
/// index 10 is not in 0..9`, DTypeError, ShapeError.
inline Tensor embedding(const Tensor& indices, const Tensor& weight, std::optional<std::int64_t> padding_idx = {}) {
  if (weight.dim() != 2)
    throw ShapeError(detail::text({"[embedding] the weight is (count, size), not ", weight.sizes()}));
  TracedOp scope("embedding", {&indices, &weight});
  const std::int64_t count = weight.size(0);
  const Tensor flat = reshape(detail::checked_indices(indices, count, "embedding"), {indices.numel()});
  Shape sizes = indices.sizes();
  sizes.push_back(weight.size(1));
  Tensor rows = index_select(weight, 0, flat);
  if (padding_idx) {
    if (*padding_idx < -count || *padding_idx >= count)
      throw IndexError(detail::text({"[embedding] padding_idx ", *padding_idx, " of ", count, " rows"}));
    const std::int64_t row = *padding_idx < 0 ? *padding_idx + count : *padding_idx;
    const Tensor padded = unsqueeze(eq(flat, full({}, row, DType::int64)), 1);
    rows = where(padded, rows.detach(), rows);
  }
  return scope.result(reshape(rows, sizes));
}

}  // namespace tinytorch::nn::functional

namespace tinytorch::nn {

/// A trained row of numbers for each index. x: (...) int64 -> (..., size).
class Embedding : public Module, public PointerSyntax<Embedding> {
 public:
  /// Standard normal numbers, drawn in row-major order. The row `padding_idx` is 0 and stays 0.
  Embedding(std::int64_t count, std::int64_t size, Generator& generator, std::optional<std::int64_t> padding = {})
      : padding_idx(padding) {
    const memory::TagScope tag(memory::Tag::parameter);
    weight = randn({count, size}, generator);
    if (padding && (*padding < -count || *padding >= count))
      throw IndexError(detail::text({"[embedding] padding_idx ", *padding, " of ", count, " rows"}));
    if (padding) select(weight, 0, *padding).zero_();
    weight.set_requires_grad();
  }
  /// The same from default_generator().
  Embedding(std::int64_t count, std::int64_t size) : Embedding(count, size, default_generator()) {}
  Embedding(const EmbeddingOptions& layer)  // NOLINT(google-explicit-constructor): as in libtorch
      : Embedding(layer.num_embeddings(), layer.embedding_dim(), default_generator(), layer.padding_idx()) {}
  /// Without parameters, until another layer is assigned.
  template <std::same_as<std::nullptr_t> Null>  // not for a 0
  explicit Embedding(Null) {}
  /// Keeps the given weight (count, size) without a copy.
  explicit Embedding(Tensor weight_, std::optional<std::int64_t> padding = {})
      : weight(std::move(weight_)), padding_idx(padding) {}

  Tensor forward(const Tensor& x) override { return functional::embedding(x, weight, padding_idx); }
  void members(MemberVisitor& visit) override { visit.parameter("weight", weight); }
  std::shared_ptr<Module> clone() const override { return clone_into(new Embedding(weight, padding_idx)); }

  Tensor weight;  ///< (count, size)
  std::optional<std::int64_t> padding_idx;
};

}  // namespace tinytorch::nn

namespace tinytorch::detail {

/// The first rows of a table (places, size), as many as x has places, in a shape that can be added to x. x: (L, E), or
/// (N, L, E) with batch_first, or (L, N, E).
inline Tensor places_for(const Tensor& table, const Tensor& x, bool batch_first) {
  const bool fits = (x.dim() == 2 || x.dim() == 3) && x.size(-1) == table.size(1);
  const std::int64_t count = fits ? x.size(x.dim() == 3 && batch_first ? 1 : 0) : 0;
  if (!fits || count > table.size(0))
    throw ShapeError(text({"[positional_encoding] x ", x.sizes(), " doesn't fit ", table.size(0), " places of ",
                           table.size(1), " features"}));
  const Tensor rows = slice(table, 0, 0, count);
  return x.dim() == 3 && !batch_first ? unsqueeze(rows, 1) : rows;
}

}  // namespace tinytorch::detail

namespace tinytorch::nn {

/// (places, size): in row p, sin(p / 10000^(2 i / size)) in column 2 i and the cosine of that in column 2 i + 1.
/// Source: Vaswani et al., "Attention is all you need", 2017.
inline Tensor sinusoidal_table(std::int64_t places, std::int64_t size, DType dtype = DType::float32) {
  Tensor table = empty({places, size}, DType::float64);
  for (std::int64_t p = 0; p < places; ++p)
    for (std::int64_t i = 0; i < size; ++i) {
      const double exponent = static_cast<double>(i - i % 2) / static_cast<double>(size);
      const double angle = static_cast<double>(p) / std::pow(10000.0, exponent);
      table.data<double>()[p * size + i] = i % 2 == 0 ? std::sin(angle) : std::cos(angle);
    }
  return to(table, dtype);
}

/// Adds the rows of sinusoidal_table, which differ from place to place. x: (N, L, E) with batch_first, else (L, N, E);
/// or (L, E).
class SinusoidalEncoding : public Module, public PointerSyntax<SinusoidalEncoding> {
 public:
  SinusoidalEncoding(std::int64_t places, std::int64_t size, bool batch_first = true)
      : pe(sinusoidal_table(places, size)), batch_first_(batch_first) {}

  /// Throws ShapeError for more places than the table has.
  Tensor forward(const Tensor& x) override { return x + detail::places_for(pe, x, batch_first_).to(x.dtype()); }
  void members(MemberVisitor& visit) override { visit.buffer("pe", pe); }
  std::shared_ptr<Module> clone() const override { return clone_into(new SinusoidalEncoding(0, 0, batch_first_)); }

  Tensor pe;  ///< (places, size)

 private:
  bool batch_first_;
};

/// Adds a trained row for each place. Shapes as in SinusoidalEncoding.
class LearnedEncoding : public Module, public PointerSyntax<LearnedEncoding> {
 public:
  /// Normal with deviation 0.02, as in GPT-2.
  LearnedEncoding(std::int64_t places, std::int64_t size, Generator& generator, bool batch_first = true)
      : batch_first_(batch_first) {
    const memory::TagScope tag(memory::Tag::parameter);
    weight = randn({places, size}, generator);
    weight.mul_(0.02);
    weight.set_requires_grad();
  }

  /// Throws ShapeError for more places than the table has.
  Tensor forward(const Tensor& x) override { return x + detail::places_for(weight, x, batch_first_); }
  void members(MemberVisitor& visit) override { visit.parameter("weight", weight); }
  std::shared_ptr<Module> clone() const override {
    Generator unused;
    return clone_into(new LearnedEncoding(0, 0, unused, batch_first_));
  }

  Tensor weight;  ///< (places, size)

 private:
  bool batch_first_;
};

}  // namespace tinytorch::nn
