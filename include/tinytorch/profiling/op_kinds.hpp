#pragma once

#include "tinytorch/profiling/costs.hpp"

#include <string_view>

/// What each operation of the library counts as, by the name that it tells the hook of core/op_hook.hpp. op_kind() of
/// costs.hpp looks it up.
namespace tinytorch::profiling {

/// An operation and its kind.
struct OpRow {
  std::string_view name;
  OpKind kind;
};

namespace kinds {
inline constexpr OpKind moved{Work::moves, 0};
inline constexpr OpKind each_result{Work::results, 1};
inline constexpr OpKind each_input{Work::inputs, 1};
}  // namespace kinds

/// In the order of their names. What an operation does once for a row or for the whole tensor, as the division of a
/// mean, is left out.
inline constexpr OpRow op_rows[] = {
    {"abs", kinds::each_result},
    {"acos", kinds::each_result},
    {"acosh", kinds::each_result},
    {"adagrad_update", {Work::updates, 7}},  // square, sum, root, sum, product, quotient, difference
    {"adam_update", {Work::updates, 13}},    // 3 for the mean, 4 for the square, 6 for the step
    {"add", kinds::each_result},
    {"all", kinds::each_input},
    {"amax", kinds::each_input},
    {"amin", kinds::each_input},
    {"any", kinds::each_input},
    {"asin", kinds::each_result},
    {"asinh", kinds::each_result},
    {"atan", kinds::each_result},
    {"atan2", kinds::each_result},
    {"atanh", kinds::each_result},
    {"bce_with_logits", {Work::inputs, 8}},  // max, product, difference, abs, exp, log1p, two additions
    {"bernoulli", kinds::each_result},       // a draw
    {"bitwise_and", kinds::each_result},
    {"bitwise_or", kinds::each_result},
    {"bitwise_xor", kinds::each_result},
    {"cat", kinds::moved},
    {"ceil", kinds::each_result},
    {"clamp", {Work::results, 2}},  // two comparisons
    {"clone", kinds::moved},
    {"contiguous", kinds::moved},
    {"conv2d", {Work::conv2d, 2}},
    {"conv2d_grad_input", {Work::conv2d_grad_input, 2}},
    {"conv2d_grad_weight", {Work::conv2d_grad_weight, 2}},
    {"copy", kinds::moved},
    {"cos", kinds::each_result},
    {"cosh", kinds::each_result},
    {"cross_entropy", {Work::inputs, 4}},  // max, difference, exp, sum
    {"cumsum", kinds::each_input},
    {"diag", kinds::moved},
    {"diagonal", kinds::moved},
    {"div", kinds::each_result},
    {"eq", kinds::each_result},
    {"erf", kinds::each_result},
    {"erfc", kinds::each_result},
    {"exp", kinds::each_result},
    {"exp2", kinds::each_result},
    {"expand", kinds::moved},
    {"expm1", kinds::each_result},
    {"fill", kinds::moved},
    {"flip", kinds::moved},
    {"floor", kinds::each_result},
    {"floor_divide", {Work::results, 2}},  // quotient, floor
    {"fmod", kinds::each_result},
    {"gather", kinds::moved},
    {"ge", kinds::each_result},
    {"gelu", {Work::results, 5}},  // the four of normal_cdf, product
    {"gt", kinds::each_result},
    {"hypot", kinds::each_result},
    {"index_add", kinds::each_result},
    {"index_select", kinds::moved},
    {"isclose", {Work::results, 6}},  // two sizes, difference, product, sum, comparison
    {"isfinite", kinds::each_result},
    {"isinf", kinds::each_result},
    {"isnan", kinds::each_result},
    {"layer_norm", {Work::results, 7}},  // sum, difference, square, sum, and three to scale
    {"le", kinds::each_result},
    {"linear", {Work::linear, 2}},
    {"log", kinds::each_result},
    {"log10", kinds::each_result},
    {"log1p", kinds::each_result},
    {"log2", kinds::each_result},
    {"log_softmax", {Work::results, 5}},  // max, difference, exp, sum, difference
    {"logical_and", kinds::each_result},
    {"logical_not", kinds::each_result},
    {"logical_or", kinds::each_result},
    {"logical_xor", kinds::each_result},
    {"lt", kinds::each_result},
    {"matmul", {Work::matmul, 2}},
    {"max", kinds::each_input},
    {"max_pool2d", {Work::windows, 1}},
    {"max_pool2d_grad", kinds::each_input},
    {"maximum", kinds::each_result},
    {"mean", kinds::each_input},
    {"min", kinds::each_input},
    {"minimum", kinds::each_result},
    {"mse_loss", {Work::inputs, 3}},  // difference, square, sum
    {"mul", kinds::each_result},
    {"ne", kinds::each_result},
    {"neg", kinds::each_result},
    {"nonzero", kinds::each_input},
    {"normal", kinds::each_result},
    {"normal_cdf", {Work::results, 4}},  // product, erf, sum, product
    {"one_hot", kinds::moved},
    {"pad", kinds::moved},
    {"permute", kinds::moved},
    {"pow", kinds::each_result},
    {"prod", kinds::each_input},
    {"relu", kinds::each_result},
    {"remainder", {Work::results, 4}},  // quotient, floor, product, difference
    {"reshape", kinds::moved},
    {"rmsprop_update", {Work::updates, 9}},  // 4 for the square, 5 for the step
    {"round", kinds::each_result},
    {"scatter", kinds::moved},
    {"scatter_add", kinds::each_result},
    {"select", kinds::moved},
    {"sgd_momentum_update", {Work::updates, 4}},  // two multiply-adds
    {"sgd_update", {Work::updates, 2}},           // a multiply-add
    {"sigmoid", {Work::results, 3}},              // exp, sum, quotient
    {"sign", {Work::results, 2}},                 // two comparisons
    {"silu", {Work::results, 4}},                 // exp, sum, quotient, product
    {"sin", kinds::each_result},
    {"sinh", kinds::each_result},
    {"slice", kinds::moved},
    {"slice_gradient", kinds::moved},
    {"softmax", {Work::results, 5}},  // max, difference, exp, sum, quotient
    {"sqrt", kinds::each_result},
    {"squeeze", kinds::moved},
    {"stack", kinds::moved},
    {"sub", kinds::each_result},
    {"sum", kinds::each_input},
    {"tan", kinds::each_result},
    {"tanh", kinds::each_result},
    {"to", kinds::moved},
    {"trunc", kinds::each_result},
    {"unfold", kinds::moved},
    {"uniform", kinds::each_result},
    {"unsqueeze", kinds::moved},
    {"var", {Work::inputs, 4}},  // sum, difference, square, sum
    {"where", kinds::moved},
    {"window_sums", {Work::windows, 1}},
    {"window_sums_grad", kinds::each_input},
    {"zero", kinds::moved},
};

}  // namespace tinytorch::profiling
