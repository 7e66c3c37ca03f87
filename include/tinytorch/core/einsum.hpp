#pragma once

#include "tinytorch/core/tensor.hpp"

#include <initializer_list>
#include <span>
#include <string_view>

/// Einstein's summation. "bij,bjk->bik" is a batched product of matrices, "ii->i" a diagonal, "ij->" a sum.
namespace tinytorch {

/// The sum, over every index that the output does not name, of the product of the operands' elements. Each operand's
/// dimensions are named by letters, "..." names the rest, which broadcast. Without "->" the output has the letters that
/// come once, in alphabetical order. Operands are multiplied from left to right, by gemm where a letter is summed over.
/// Throws ValueError for a malformed equation, ShapeError for operands that do not fit it.
Tensor einsum(std::string_view equation, std::span<const Tensor> operands);
inline Tensor einsum(std::string_view equation, std::initializer_list<Tensor> operands) {
  return einsum(equation, std::span<const Tensor>(operands.begin(), operands.size()));
}

}  // namespace tinytorch
