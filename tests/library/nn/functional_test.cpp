// Every differentiable operation of nn against central differences in float64: first derivatives and second ones.

#include "tinytorch/nn/functional.hpp"

#include "tests/library/nn/gradient_cases.hpp"

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

namespace F = nn::functional;
using testing::distinct;
using testing::integer;
using testing::Op;
using testing::random_double;

std::vector<Tensor> conv_inputs(Generator& g) {
  const std::int64_t N = integer(g, 1, 2), C = integer(g, 1, 3), O = integer(g, 2, 3);
  return {random_double({N, C, integer(g, 4, 6), integer(g, 3, 5)}, g),
          random_double({O, C, integer(g, 1, 3), integer(g, 1, 2)}, g), random_double({O}, g)};
}

std::vector<Tensor> same_shapes(Generator& g) {
  const Shape shape = testing::random_shape(g, 0, 3);
  return {random_double(shape, g), random_double(shape, g)};
}

Op cross_entropy(const char* name, Reduction reduction) {
  return {name,
          [](Generator& g) {
            return std::vector{random_double({3, integer(g, 1, 4)}, g)};
          },
          [reduction](Inputs in) {
            const std::int64_t classes = in[0].size(1);
            return F::cross_entropy(in[0], tensor({0, static_cast<int>(classes - 1), static_cast<int>(classes / 2)}),
                                    reduction);
          }};
}

Tensor bce_with_logits(const Tensor& z, const Tensor& t, Reduction reduction) {
  return F::bce_with_logits(z, t, reduction);
}

std::vector<Op> all_ops() {
  const auto paired = [](const char* name, auto op, Reduction reduction) {
    return Op{name, same_shapes, [op, reduction](Inputs in) { return op(in[0], in[1], reduction); }};
  };
  return {
      {"linear",
       [](Generator& g) {
         const std::int64_t in = integer(g, 1, 4), out = integer(g, 1, 3);
         return std::vector{random_double({integer(g, 1, 3), integer(g, 1, 2), in}, g), random_double({out, in}, g),
                            random_double({out}, g)};
       },
       [](Inputs in) { return F::linear(in[0], in[1], in[2]); }},
      {"conv2d", conv_inputs, [](Inputs in) { return F::conv2d(in[0], in[1], in[2]); }},
      {"conv2d_with_everything", conv_inputs,
       [](Inputs in) {
         return F::conv2d(in[0], in[1], in[2], {{2, 1}, {2, 3}, {1, 2}});
       }},
      {"conv2d_pointwise",
       [](Generator& g) {
         return std::vector{random_double({2, 3, 2, 4}, g), random_double({2, 3, 1, 1}, g)};
       },
       [](Inputs in) { return F::conv2d(in[0], in[1]); }},
      {"max_pool2d",
       [](Generator& g) {
         return std::vector{distinct({2, 2, 4, 5}, g)};
       },
       [](Inputs in) {
         return F::max_pool2d(in[0], {{2, 2}, {1, 2}, {1, 0}});
       }},
      {"gelu", [](Generator& g) { return std::vector{random_double(testing::random_shape(g, 0, 3), g)}; },
       [](Inputs in) { return F::gelu(in[0]); }},
      cross_entropy("cross_entropy_mean", Reduction::mean),
      cross_entropy("cross_entropy_sum", Reduction::sum),
      cross_entropy("cross_entropy_none", Reduction::none),
      paired("mse_loss_mean", F::mse_loss, Reduction::mean),
      paired("mse_loss_none", F::mse_loss, Reduction::none),
      paired("bce_with_logits_mean", bce_with_logits, Reduction::mean),
      paired("bce_with_logits_sum", bce_with_logits, Reduction::sum),
  };
}

class FunctionalGradient : public ::testing::TestWithParam<Op> {};

TEST_P(FunctionalGradient, agrees_with_the_difference_quotient) { testing::expect_gradient(GetParam()); }
TEST_P(FunctionalGradient, has_a_gradient_of_its_own) { testing::expect_second_gradient(GetParam()); }

INSTANTIATE_TEST_SUITE_P(Ops, FunctionalGradient, ::testing::ValuesIn(all_ops()),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Functional, gradients_of_two_uses_add_up) {
  Generator g(1);
  const Tensor x = randn({2, 3}, g, DType::float64), w = randn({3, 3}, g, DType::float64).set_requires_grad();
  F::linear(F::linear(x, w), w).sum().backward();
  const Tensor twice = w.grad();
  w.set_grad(Tensor());
  const Tensor copy = w.detach().clone().set_requires_grad();
  F::linear(F::linear(x, w), copy).sum().backward();
  EXPECT_TRUE(allclose(twice, w.grad() + copy.grad(), 1e-12));
}

}  // namespace
}  // namespace tinytorch
