// What each operation of the library counts as, by the name that it tells the hook of core/op_hook.hpp.

#include "tinytorch/profiling/costs.hpp"

#include <algorithm>
#include <iterator>

namespace tinytorch::profiling {
namespace {

struct Row {
  std::string_view name;
  OpKind kind;
};

constexpr OpKind moved{Work::moves, 0};
constexpr OpKind each_result{Work::results, 1};
constexpr OpKind each_input{Work::inputs, 1};

// In the order of their names. What an operation does once for a row or for the whole tensor, as the division of a
// mean, is left out.
constexpr Row rows[] = {
    {"abs", each_result},
    {"adagrad_update", {Work::updates, 7}},  // square, sum, root, sum, product, quotient, difference
    {"adam_update", {Work::updates, 13}},    // 3 for the mean, 4 for the square, 6 for the step
    {"add", each_result},
    {"all", each_input},
    {"amax", each_input},
    {"amin", each_input},
    {"any", each_input},
    {"bce_with_logits", {Work::inputs, 8}},  // max, product, difference, abs, exp, log1p, two additions
    {"bernoulli", each_result},              // a draw
    {"bitwise_and", each_result},
    {"bitwise_or", each_result},
    {"bitwise_xor", each_result},
    {"cat", moved},
    {"ceil", each_result},
    {"clamp", {Work::results, 2}},  // two comparisons
    {"clone", moved},
    {"contiguous", moved},
    {"conv2d", {Work::conv2d, 2}},
    {"conv2d_grad_input", {Work::conv2d_grad_input, 2}},
    {"conv2d_grad_weight", {Work::conv2d_grad_weight, 2}},
    {"copy", moved},
    {"cos", each_result},
    {"cross_entropy", {Work::inputs, 4}},  // max, difference, exp, sum
    {"cumsum", each_input},
    {"diag", moved},
    {"diagonal", moved},
    {"div", each_result},
    {"eq", each_result},
    {"erf", each_result},
    {"exp", each_result},
    {"expand", moved},
    {"expm1", each_result},
    {"fill", moved},
    {"flip", moved},
    {"floor", each_result},
    {"floor_divide", {Work::results, 2}},  // quotient, floor
    {"gather", moved},
    {"ge", each_result},
    {"gelu", {Work::results, 5}},  // the four of normal_cdf, product
    {"gt", each_result},
    {"index_add", each_result},
    {"index_select", moved},
    {"isclose", {Work::results, 6}},  // two sizes, difference, product, sum, comparison
    {"isfinite", each_result},
    {"isinf", each_result},
    {"isnan", each_result},
    {"le", each_result},
    {"linear", {Work::linear, 2}},
    {"log", each_result},
    {"log10", each_result},
    {"log1p", each_result},
    {"log2", each_result},
    {"log_softmax", {Work::results, 5}},  // max, difference, exp, sum, difference
    {"logical_and", each_result},
    {"logical_not", each_result},
    {"logical_or", each_result},
    {"logical_xor", each_result},
    {"lt", each_result},
    {"matmul", {Work::matmul, 2}},
    {"max", each_input},
    {"max_pool2d", {Work::windows, 1}},
    {"max_pool2d_grad", each_input},
    {"maximum", each_result},
    {"mean", each_input},
    {"min", each_input},
    {"minimum", each_result},
    {"mse_loss", {Work::inputs, 3}},  // difference, square, sum
    {"mul", each_result},
    {"ne", each_result},
    {"neg", each_result},
    {"nonzero", each_input},
    {"normal", each_result},
    {"normal_cdf", {Work::results, 4}},  // product, erf, sum, product
    {"one_hot", moved},
    {"pad", moved},
    {"permute", moved},
    {"pow", each_result},
    {"prod", each_input},
    {"relu", each_result},
    {"remainder", {Work::results, 4}},  // quotient, floor, product, difference
    {"reshape", moved},
    {"rmsprop_update", {Work::updates, 9}},  // 4 for the square, 5 for the step
    {"round", each_result},
    {"scatter", moved},
    {"scatter_add", each_result},
    {"select", moved},
    {"sgd_momentum_update", {Work::updates, 4}},  // two multiply-adds
    {"sgd_update", {Work::updates, 2}},           // a multiply-add
    {"sigmoid", {Work::results, 3}},              // exp, sum, quotient
    {"sign", {Work::results, 2}},                 // two comparisons
    {"sin", each_result},
    {"slice", moved},
    {"slice_gradient", moved},
    {"softmax", {Work::results, 5}},  // max, difference, exp, sum, quotient
    {"sqrt", each_result},
    {"squeeze", moved},
    {"stack", moved},
    {"sub", each_result},
    {"sum", each_input},
    {"tan", each_result},
    {"tanh", each_result},
    {"to", moved},
    {"trunc", each_result},
    {"unfold", moved},
    {"uniform", each_result},
    {"unsqueeze", moved},
    {"var", {Work::inputs, 4}},  // sum, difference, square, sum
    {"where", moved},
    {"window_sums", {Work::windows, 1}},
    {"window_sums_grad", each_input},
    {"zero", moved},
};

static_assert(std::is_sorted(std::begin(rows), std::end(rows),
                             [](const Row& a, const Row& b) { return a.name < b.name; }),
              "op_kind() halves the list");

}  // namespace

OpKind op_kind(std::string_view name) {
  if (name.ends_with('_')) name.remove_suffix(1);  // in place, the same arithmetic
  const Row* const row = std::lower_bound(std::begin(rows), std::end(rows), name,
                                          [](const Row& a, std::string_view wanted) { return a.name < wanted; });
  return row != std::end(rows) && row->name == name ? row->kind : OpKind{};
}

}  // namespace tinytorch::profiling
