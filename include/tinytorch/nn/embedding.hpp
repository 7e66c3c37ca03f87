#pragma once

#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/random.hpp"
#include "tinytorch/core/raw.hpp"
#include "tinytorch/nn/module.hpp"

#include <memory>
#include <optional>
#include <utility>

namespace tinytorch::detail {

/// Throws IndexError unless all of `indices` lie in 0..count-1, DTypeError unless they are int64.
inline void check_indices(const Tensor& indices, std::int64_t count, const char* op) {
  if (indices.dtype() != DType::int64)
    throw DTypeError(text("[", op, "] indices are int64, not ", to_string(indices.dtype())));
  const Tensor flat = raw::contiguous(indices);
  const std::int64_t* values = flat.data<std::int64_t>();
  for (std::int64_t i = 0; i < flat.numel(); ++i)
    if (values[i] < 0 || values[i] >= count)
      throw IndexError(text("[", op, "] element ", i, ": index ", values[i], " is not in 0..", count - 1));
}

}  // namespace tinytorch::detail

namespace tinytorch::nn::functional {

/// Rows of the weight: indices (...) int64, weight (count, size) -> (..., size). The row `padding_idx` (negative: from
/// the end) gets no gradient. Throws IndexError `[embedding] element 3: index 10 is not in 0..9`, DTypeError,
/// ShapeError.
inline Tensor embedding(const Tensor& indices, const Tensor& weight, std::optional<std::int64_t> padding_idx = {}) {
  if (weight.dim() != 2)
    throw ShapeError(detail::text("[embedding] the weight is (count, size), not ", weight.sizes()));
  const std::int64_t count = weight.size(0);
  detail::check_indices(indices, count, "embedding");
  Shape sizes = indices.sizes();
  sizes.push_back(weight.size(1));
  const Tensor flat = reshape(indices, {indices.numel()});
  Tensor rows = index_select(weight, 0, flat);
  if (padding_idx) {
    if (*padding_idx < -count || *padding_idx >= count)
      throw IndexError(detail::text("[embedding] padding_idx ", *padding_idx, " of ", count, " rows"));
    const std::int64_t row = *padding_idx < 0 ? *padding_idx + count : *padding_idx;
    const Tensor padded = unsqueeze(eq(flat, full({}, static_cast<double>(row), DType::int64)), 1);
    rows = where(padded, rows.detach(), rows);
  }
  return reshape(rows, sizes);
}

}  // namespace tinytorch::nn::functional

namespace tinytorch::nn {

/// A row of numbers for each index. x: (...) int64 -> (..., size).
class Embedding : public Module {
 public:
  /// Standard normal rows, drawn in row-major order; the row `padding_idx` is 0 and stays so.
  Embedding(std::int64_t count, std::int64_t size, Generator& generator, std::optional<std::int64_t> padding = {})
      : padding_idx(padding) {
    const memory::TagScope tag(memory::Tag::parameter);
    weight = randn({count, size}, generator);
    if (padding && (*padding < -count || *padding >= count))
      throw IndexError(detail::text("[embedding] padding_idx ", *padding, " of ", count, " rows"));
    if (padding) select(weight, 0, *padding).zero_();
    weight.set_requires_grad();
  }
  /// Takes the weight (count, size) as it is.
  explicit Embedding(Tensor weight_, std::optional<std::int64_t> padding = {})
      : weight(std::move(weight_)), padding_idx(padding) {}

  Tensor forward(const Tensor& x) override { return functional::embedding(x, weight, padding_idx); }
  void members(MemberVisitor& visit) override { visit.parameter("weight", weight); }
  std::shared_ptr<Module> clone() const override { return clone_into(new Embedding(weight, padding_idx)); }

  Tensor weight;  ///< (count, size)
  std::optional<std::int64_t> padding_idx;
};

}  // namespace tinytorch::nn
