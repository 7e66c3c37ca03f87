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

namespace detail {
inline constexpr OpKind moved{Work::moves, 0};
inline constexpr OpKind each_result{Work::results, 1};
inline constexpr OpKind each_input{Work::inputs, 1};
}  // namespace detail

/// In the order of their names. What an operation does once for a row or for the whole tensor, as the division of a
/// mean, is left out.
inline constexpr OpRow op_rows[] = {
    {"abs", detail::each_result},
    {"adagrad_update", {Work::updates, 7}},  // square, sum, root, sum, product, quotient, difference
    {"adam_update", {Work::updates, 13}},    // 3 for the mean, 4 for the square, 6 for the step
    {"add", detail::each_result},
    {"all", detail::each_input},
    {"amax", detail::each_input},
    {"amin", detail::each_input},
    {"any", detail::each_input},
    {"bce_with_logits", {Work::inputs, 8}},  // max, product, difference, abs, exp, log1p, two additions
    {"bernoulli", detail::each_result},      // a draw
    {"bitwise_and", detail::each_result},
    {"bitwise_or", detail::each_result},
    {"bitwise_xor", detail::each_result},
    {"cat", detail::moved},
    {"ceil", detail::each_result},
    {"clamp", {Work::results, 2}},  // two comparisons
    {"clone", detail::moved},
    {"contiguous", detail::moved},
    {"conv2d", {Work::conv2d, 2}},
    {"conv2d_grad_input", {Work::conv2d_grad_input, 2}},
    {"conv2d_grad_weight", {Work::conv2d_grad_weight, 2}},
    {"copy", detail::moved},
    {"cos", detail::each_result},
    {"cross_entropy", {Work::inputs, 4}},  // max, difference, exp, sum
    {"cumsum", detail::each_input},
    {"diag", detail::moved},
    {"diagonal", detail::moved},
    {"div", detail::each_result},
    {"eq", detail::each_result},
    {"erf", detail::each_result},
    {"exp", detail::each_result},
    {"expand", detail::moved},
    {"expm1", detail::each_result},
    {"fill", detail::moved},
    {"flip", detail::moved},
    {"floor", detail::each_result},
    {"floor_divide", {Work::results, 2}},  // quotient, floor
    {"gather", detail::moved},
    {"ge", detail::each_result},
    {"gelu", {Work::results, 5}},  // the four of normal_cdf, product
    {"gt", detail::each_result},
    {"index_add", detail::each_result},
    {"index_select", detail::moved},
    {"isclose", {Work::results, 6}},  // two sizes, difference, product, sum, comparison
    {"isfinite", detail::each_result},
    {"isinf", detail::each_result},
    {"isnan", detail::each_result},
    {"le", detail::each_result},
    {"linear", {Work::linear, 2}},
    {"log", detail::each_result},
    {"log10", detail::each_result},
    {"log1p", detail::each_result},
    {"log2", detail::each_result},
    {"log_softmax", {Work::results, 5}},  // max, difference, exp, sum, difference
    {"logical_and", detail::each_result},
    {"logical_not", detail::each_result},
    {"logical_or", detail::each_result},
    {"logical_xor", detail::each_result},
    {"lt", detail::each_result},
    {"matmul", {Work::matmul, 2}},
    {"max", detail::each_input},
    {"max_pool2d", {Work::windows, 1}},
    {"max_pool2d_grad", detail::each_input},
    {"maximum", detail::each_result},
    {"mean", detail::each_input},
    {"min", detail::each_input},
    {"minimum", detail::each_result},
    {"mse_loss", {Work::inputs, 3}},  // difference, square, sum
    {"mul", detail::each_result},
    {"ne", detail::each_result},
    {"neg", detail::each_result},
    {"nonzero", detail::each_input},
    {"normal", detail::each_result},
    {"normal_cdf", {Work::results, 4}},  // product, erf, sum, product
    {"one_hot", detail::moved},
    {"pad", detail::moved},
    {"permute", detail::moved},
    {"pow", detail::each_result},
    {"prod", detail::each_input},
    {"relu", detail::each_result},
    {"remainder", {Work::results, 4}},  // quotient, floor, product, difference
    {"reshape", detail::moved},
    {"rmsprop_update", {Work::updates, 9}},  // 4 for the square, 5 for the step
    {"round", detail::each_result},
    {"scatter", detail::moved},
    {"scatter_add", detail::each_result},
    {"select", detail::moved},
    {"sgd_momentum_update", {Work::updates, 4}},  // two multiply-adds
    {"sgd_update", {Work::updates, 2}},           // a multiply-add
    {"sigmoid", {Work::results, 3}},              // exp, sum, quotient
    {"sign", {Work::results, 2}},                 // two comparisons
    {"sin", detail::each_result},
    {"slice", detail::moved},
    {"slice_gradient", detail::moved},
    {"softmax", {Work::results, 5}},  // max, difference, exp, sum, quotient
    {"sqrt", detail::each_result},
    {"squeeze", detail::moved},
    {"stack", detail::moved},
    {"sub", detail::each_result},
    {"sum", detail::each_input},
    {"tan", detail::each_result},
    {"tanh", detail::each_result},
    {"to", detail::moved},
    {"trunc", detail::each_result},
    {"unfold", detail::moved},
    {"uniform", detail::each_result},
    {"unsqueeze", detail::moved},
    {"var", {Work::inputs, 4}},  // sum, difference, square, sum
    {"where", detail::moved},
    {"window_sums", {Work::windows, 1}},
    {"window_sums_grad", detail::each_input},
    {"zero", detail::moved},
};

}  // namespace tinytorch::profiling
