// Each operation that is saved, alone.

#include "src/nn/onnx/recorder.hpp"
#include "tests/library/onnx/models.hpp"
#include "tinytorch/core/functions.hpp"
#include "tinytorch/nn/onnx.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

using onnx_models::FunctionModel;

namespace F = nn::functional;

using Function = std::function<Tensor(const Tensor&)>;
using Functions = std::vector<Function>;

// x is (N, 4) with numbers between 0.1 and 0.9. Each function calls the operation on what depends on x.
std::map<std::string, Functions> element_cases() {
  const auto one = [](Tensor (*function)(const Tensor&)) {
    return Functions{[function](const Tensor& x) { return function(x * 1.0); }};
  };
  return {
      {"relu", one(relu)},
      {"sigmoid", one(sigmoid)},
      {"tanh", one(tanh)},
      {"exp", one(exp)},
      {"log", one(log)},
      {"sqrt", one(sqrt)},
      {"abs", one(abs)},
      {"sign", one(sign)},
      {"erf", one(erf)},
      {"floor", one(floor)},
      {"ceil", one(ceil)},
      {"round", one(round)},
      {"sin", one(sin)},
      {"cos", one(cos)},
      {"tan", one(tan)},
      {"asin", one(asin)},
      {"acos", one(acos)},
      {"atan", one(atan)},
      {"sinh", one(sinh)},
      {"cosh", one(cosh)},
      {"asinh", one(asinh)},
      {"atanh", one(atanh)},
      {"expm1", one(expm1)},
      {"log1p", one(log1p)},
      {"log2", one(log2)},
      {"log10", one(log10)},
      {"silu", one(F::silu)},
      {"acosh", {[](const Tensor& x) { return acosh(x + 1.0); }}},
      {"add", {[](const Tensor& x) { return x + x; }, [](const Tensor& x) { return gt(x, 0.5).to(kInt64) + 2; }}},
      {"sub", {[](const Tensor& x) { return x - 0.25; }, [](const Tensor& x) { return 1.0 - x; }}},
      {"mul", {[](const Tensor& x) { return -x; }, [](const Tensor& x) { return x * gt(x, 0.5); }}},
      {"div", {[](const Tensor& x) { return 1.0 / x; }, [](const Tensor& x) { return x.to(kInt64) / 2; }}},
      {"pow", {[](const Tensor& x) { return pow(x, -0.5) + pow(x, x) + pow(2.0, x); }}},
      {"maximum", {[](const Tensor& x) { return maximum(x, 1.0 - x); }}},
      {"minimum", {[](const Tensor& x) { return minimum(x, full({}, 0.5)); }}},
      {"softmax", {[](const Tensor& x) { return softmax(x, 1) + softmax(x.to(kInt64), -1); }}},
      {"log_softmax", {[](const Tensor& x) { return log_softmax(x, -1); }}},
      {"leaky_relu", {[](const Tensor& x) { return F::leaky_relu(x - 0.5, 0.3); }}},
      {"elu", {[](const Tensor& x) { return F::elu(x - 0.5, 0.7) + F::selu(x - 0.5); }}},
      {"gelu", {[](const Tensor& x) { return F::gelu(x - 0.5) + F::gelu(x - 0.5, nn::GeluApproximation::tanh); }}},
      {"lt", {[](const Tensor& x) { return lt(x, 0.5); }}},
      {"le", {[](const Tensor& x) { return le(x, 1.0 - x).to(kInt32) * 3; }}},
      {"gt",
       {[](const Tensor& x) { return gt(x.to(kInt64), 1); }, [](const Tensor& x) { return gt(x.to(kInt64), 0.5); }}},
      {"ge", {[](const Tensor& x) { return ge(x, x.to(kFloat64)); }}},
      {"eq", {[](const Tensor& x) { return eq(round(x), 1.0); }}},
      {"ne", {[](const Tensor& x) { return ne(round(x), 1.0); }}},
      {"logical_and", {[](const Tensor& x) { return logical_and(gt(x, 0.3), x); }}},
      {"logical_or", {[](const Tensor& x) { return logical_or(gt(x, 0.6), lt(x, 0.3)); }}},
      {"logical_not", {[](const Tensor& x) { return logical_not(round(x)); }}},
      {"isnan", {[](const Tensor& x) { return isnan(log(x - 0.5)); }}},
      {"where", {[](const Tensor& x) { return where(gt(x, 0.5), x, 7); }}},
      {"clamp", {[](const Tensor& x) { return clamp(x, 0.3, 0.6) + clamp_min(x, 0.4); }}},
  };
}

std::map<std::string, Functions> shape_cases() {
  const auto image = [](const Tensor& x) { return reshape(matmul(x, ones({4, 2 * 6 * 6})), {x.size(0), 2, 6, 6}); };
  return {
      {"sum",
       {[](const Tensor& x) { return sum(x, 1, true) + sum(x, 1).unsqueeze(1); },
        [](const Tensor& x) { return x / sum(gt(x, 0.1), Shape{1}, true); }}},
      {"mean", {[](const Tensor& x) { return mean(x, -1); }, [](const Tensor& x) { return x - mean(x); }}},
      {"prod", {[](const Tensor& x) { return prod(x, 1); }}},
      {"amax", {[](const Tensor& x) {
         return amax(x, 1, true) + amax(x, Shape{0, 1});
       }}},
      {"amin", {[](const Tensor& x) { return amin(x, 1); }}},
      {"max", {[](const Tensor& x) { return max(x, 1).first; }, [](const Tensor& x) { return argmax(x, 1); }}},
      {"min",
       {[](const Tensor& x) { return min(x, 1, true).second; }, [](const Tensor& x) { return min(x, 1).first; }}},
      {"linear",
       {[](const Tensor& x) {
          return F::linear(x, ones({3, 4}), ones({3}));
        },
        [](const Tensor& x) {
          return F::linear(x.unsqueeze(1), ones({3, 4}), ones({3}));
        }}},
      {"matmul", {[](const Tensor& x) { return matmul(x, ones({4})) + matmul(x, x.t()).sum(1); }}},
      {"reshape",
       {[](const Tensor& x) {
          return reshape(x, {x.size(0), 2, 2});
        },
        [](const Tensor& x) {
          return flatten(reshape(x, {-1, 2, 2}), 1);
        }}},
      {"permute", {[](const Tensor& x) {
         return permute(x, {-1, 0});
       }}},
      {"expand", {[](const Tensor& x) {
         return expand(x.unsqueeze(1), {x.size(0), 3, 4});
       }}},
      {"squeeze", {[](const Tensor& x) { return squeeze(slice(x, 1, 1, 2), 1); }}},
      {"unsqueeze", {[](const Tensor& x) { return unsqueeze(x, -1); }}},
      {"slice",
       {[](const Tensor& x) { return slice(x, 1, 1, 4, 2); }, [](const Tensor& x) { return slice(x, -1, -3, -1); }}},
      {"select", {[](const Tensor& x) { return select(x, 1, -2); }}},
      {"index_select", {[](const Tensor& x) {
         return index_select(x, 1, tensor({3, 0, 0}).to(kInt64));
       }}},
      {"gather", {[](const Tensor& x) { return gather(x, 1, argmax(x, 1, true)); }}},
      {"cat", {[](const Tensor& x) {
         return cat({x, x, ones({1, 4}) + x, x}, 1);
       }}},
      {"pad",
       {[](const Tensor& x) {
          return pad(x, Shape{1, 2}, "constant", 0.5);
        },
        [](const Tensor& x) {
          return pad(x, Shape{-1, 2});
        }}},
      {"to",
       {[](const Tensor& x) { return (x * 9.0).to(kInt64); }, [](const Tensor& x) { return (x - 0.5).to(kBool); }}},
      {"contiguous", {[](const Tensor& x) { return contiguous(x.t()); }}},
      {"clone", {[](const Tensor& x) { return x.clone() + 1; }}},
      {"embedding", {[](const Tensor& x) {
         return F::embedding((x * 9.0).to(kInt64), randn_like(ones({10, 3})) * 0.0 + 2.0);
       }}},
      {"layer_norm",
       {[](const Tensor& x) { return F::layer_norm(x, {4}); },
        [](const Tensor& x) {
          return F::layer_norm(x.reshape({-1, 2, 2}), {2, 2}, ones({2, 2}), ones({2, 2}), 0.01);
        }}},
      {"batch_norm", {[](const Tensor& x) { return F::batch_norm(x, ones({4}), full({4}, 2.0)); }}},
      {"conv1d", {[](const Tensor& x) {
         return F::conv1d(x.unsqueeze(1), ones({2, 1, 2}), ones({2}), 2, 1, 2);
       }}},
      {"conv2d", {[=](const Tensor& x) {
         return F::conv2d(image(x), ones({2, 1, 3, 2}), Tensor(), {{2, 1}, {1, 0}, {1, 2}}, 2);
       }}},
      {"max_pool2d",
       {[=](const Tensor& x) {
          return F::max_pool2d(image(x), PoolSpec{{3, 2}, {2, 1}, {1, 0}});
        },
        [=](const Tensor& x) {
          return F::max_pool2d(image(x), PoolSpec{{4, 4}}, true);
        }}},
      {"avg_pool2d",
       {[=](const Tensor& x) {
          return F::avg_pool2d(image(x), {{3, 2}, {1, 2}, {1, 1}}, false);
        },
        [=](const Tensor& x) {
          return F::avg_pool2d(image(x), {{3, 3}, {2, 1}, {1, 1}});
        }}},
      {"adaptive_avg_pool2d",
       {[=](const Tensor& x) {
          return F::adaptive_avg_pool2d(image(x), {3, 2});
        },
        [=](const Tensor& x) {
          return F::adaptive_avg_pool2d(image(x), {1, 1});
        }}},
  };
}

std::map<std::string, Functions> all_cases() {
  std::map<std::string, Functions> cases = element_cases();
  cases.merge(shape_cases());
  return cases;
}

TEST(SavedOperations, each_answers_the_same) {
  const std::map<std::string, Functions> cases = all_cases();
  Generator g(8);
  for (const onnx::Conversion* conversion : onnx::all_conversions()) {
    const auto found = cases.find(std::string(conversion->op));
    ASSERT_NE(found, cases.end()) << conversion->op;
    for (const Function& function : found->second) {
      FunctionModel model(function);
      std::string bytes;
      ASSERT_NO_THROW(bytes = nn::serialize_onnx(model, rand({2, 4}, g) * 0.8 + 0.1)) << conversion->op;
      const auto loaded = nn::parse_onnx(bytes, found->first);
      const Tensor x = rand({3, 4}, g) * 0.8 + 0.1, expected = model(x), got = (*loaded)(x);
      ASSERT_EQ(got.dtype(), expected.dtype()) << conversion->op;
      ASSERT_EQ(got.sizes(), expected.sizes()) << conversion->op;
      EXPECT_TRUE(allclose(got.to(kFloat64), expected.to(kFloat64), 1e-5, 1e-5, true)) << conversion->op;
    }
  }
}

// The table in docs/onnx.md names the operators of each operation.
TEST(SavedOperations, become_the_operators_of_the_table) {
  const std::map<std::string, Functions> cases = all_cases();
  Generator g(9);
  for (const onnx::Conversion* conversion : onnx::all_conversions()) {
    std::string written;
    for (const Function& function : cases.at(std::string(conversion->op))) {
      FunctionModel model(function);
      for (const onnx::Node& node :
           onnx::parse(nn::serialize_onnx(model, rand({2, 4}, g) * 0.8 + 0.1), "one").graph.nodes)
        written += " " + node.op + " ";
    }
    const std::string named(conversion->written);
    for (std::size_t at = 0; at < named.size();) {
      const std::size_t end = std::min(named.find_first_of(" ,", at), named.size());
      const std::string word = named.substr(at, end - at);
      if (!word.empty() && std::isupper(static_cast<unsigned char>(word[0])) != 0) {
        EXPECT_NE(written.find(" " + word + " "), std::string::npos) << conversion->op << ": " << word;
      }
      at = end + 1;
    }
  }
}

}  // namespace
}  // namespace tinytorch
