// The layers' functions against difference quotients in float64, in their inputs and in their parameters.

#include "tests/library/nn/gradient_cases.hpp"
#include "tinytorch/nn/attention.hpp"
#include "tinytorch/nn/functional.hpp"
#include "tinytorch/nn/lstm.hpp"
#include "tinytorch/nn/transformer.hpp"

#include <string>

namespace tinytorch {
namespace {

namespace F = nn::functional;
using testing::away_from_zero;
using testing::distinct;
using testing::integer;
using testing::Op;
using testing::random_double;

Op unary(const char* name, Tensor (*f)(const Tensor&), Tensor (*make)(const Shape&, Generator&) = away_from_zero) {
  return {name, [make](Generator& g) { return std::vector{make(testing::random_shape(g, 0, 3), g)}; },
          [f](Inputs in) { return f(in[0]); }};
}

Op pair(const char* name, Tensor (*f)(const Tensor&, const Tensor&),
        Tensor (*make)(const Shape&, Generator&) = random_double) {
  return {name,
          [make](Generator& g) {
            const Shape shape = testing::random_shape(g, 1, 3);
            return std::vector{make(shape, g), make(shape, g)};
          },
          [f](Inputs in) { return f(in[0], in[1]); }};
}

// Numbers in (0.1, 0.9).
Tensor probability(const Shape& shape, Generator& g) { return rand(shape, g, DType::float64) * 0.8 + 0.1; }

Op norm(const char* name, std::function<Tensor(Inputs)> function) {
  return {name,
          [](Generator& g) {
            return std::vector{random_double({3, 4, 2, 3}, g), random_double({4}, g), random_double({4}, g),
                               random_double({2, 3}, g), random_double({2, 3}, g)};
          },
          std::move(function)};
}

std::vector<Op> normalisations() {
  return {norm("layer_norm",
               [](Inputs in) {
                 return F::layer_norm(in[0], {2, 3}, in[3], in[4]);
               }),
          norm("rms_norm",
               [](Inputs in) {
                 return F::rms_norm(in[0], {2, 3}, in[3]);
               }),
          norm("group_norm", [](Inputs in) { return F::group_norm(in[0], 2, in[1], in[2]); }),
          norm("batch_norm_training",
               [](Inputs in) { return F::batch_norm(in[0], Tensor(), Tensor(), in[1], in[2], true); }),
          norm("batch_norm_evaluation", [](Inputs in) {
            const Tensor mean = full({4}, 0.3, DType::float64), var = full({4}, 1.7, DType::float64);
            return F::batch_norm(in[0], mean, var, in[1], in[2], false);
          })};
}

std::vector<Op> losses() {
  const auto labels = [] { return tensor({2, 0, -100, 1}); };
  return {
      {"cross_entropy_weighted",
       [](Generator& g) {
         return std::vector{random_double({4, 3}, g)};
       },
       [labels](Inputs in) {
         return F::cross_entropy(in[0], labels(),
                                 {.weight = tensor({0.5, 2.0, 1.0}, DType::float64), .label_smoothing = 0.1});
       }},
      {"cross_entropy_planes",
       [](Generator& g) {
         return std::vector{random_double({2, 3, 2}, g)};
       },
       [](Inputs in) {
         return F::cross_entropy(in[0], tensor({{0, 2}, {1, 1}}), Reduction::none);
       }},
      {"cross_entropy_soft",
       [](Generator& g) {
         return std::vector{random_double({4, 3}, g), probability({4, 3}, g)};
       },
       [](Inputs in) { return F::cross_entropy(in[0], in[1], {.label_smoothing = 0.2}); }},
      {"nll_loss",
       [](Generator& g) {
         return std::vector{random_double({4, 3}, g)};
       },
       [labels](Inputs in) { return F::nll_loss(in[0], labels()); }},
      pair("l1_loss", [](const Tensor& a, const Tensor& b) { return F::l1_loss(a, b); }),
      pair("huber_loss", [](const Tensor& a, const Tensor& b) { return F::huber_loss(a, b, Reduction::sum, 0.7); }),
      pair("smooth_l1_loss",
           [](const Tensor& a, const Tensor& b) { return F::smooth_l1_loss(a, b, Reduction::none, 0.5); }),
      pair(
          "binary_cross_entropy", [](const Tensor& a, const Tensor& b) { return F::binary_cross_entropy(a, b); },
          probability),
      pair("bce_with_pos_weight",
           [](const Tensor& a, const Tensor& b) {
             return F::bce_with_logits(a, b, {.pos_weight = full({}, 3.0, DType::float64)});
           }),
      pair(
          "kl_div", [](const Tensor& a, const Tensor& b) { return F::kl_div(a, b); }, probability),
      pair("kl_div_log", [](const Tensor& a, const Tensor& b) { return F::kl_div(a, b, Reduction::sum, true); }),
  };
}

std::vector<Op> layers() {
  const auto images = [](Generator& g) {
    return std::vector{random_double({2, 4, 5, 4}, g), random_double({6, 2, 2, 3}, g), random_double({6}, g)};
  };
  return {
      {"conv2d_groups", images,
       [](Inputs in) {
         return F::conv2d(in[0], in[1], in[2], {{2, 1}, {1, 2}, {2, 1}}, 2);
       }},
      {"conv1d",
       [](Generator& g) {
         return std::vector{random_double({2, 3, 7}, g), random_double({4, 3, 3}, g), random_double({4}, g)};
       },
       [](Inputs in) { return F::conv1d(in[0], in[1], in[2], 2, 1, 2); }},
      {"avg_pool2d",
       [](Generator& g) {
         return std::vector{random_double({2, 2, 5, 4}, g)};
       },
       [](Inputs in) {
         return F::avg_pool2d(in[0], {{3, 2}, {2, 1}, {1, 1}}, false);
       }},
      {"adaptive_avg_pool2d",
       [](Generator& g) {
         return std::vector{random_double({2, 2, 5, 4}, g)};
       },
       [](Inputs in) {
         return F::adaptive_avg_pool2d(in[0], {3, 3});
       }},
      {"embedding",
       [](Generator& g) {
         return std::vector{random_double({4, 3}, g)};
       },
       [](Inputs in) {
         return F::embedding(tensor({{3, 0}, {3, 1}}), in[0]);
       }},
      {"attention",
       [](Generator& g) {
         return std::vector{random_double({2, 3, 4}, g), random_double({2, 5, 4}, g), random_double({2, 5, 2}, g)};
       },
       [](Inputs in) { return F::scaled_dot_product_attention(in[0], in[1], in[2]); }},
      {"attention_causal",
       [](Generator& g) {
         return std::vector{random_double({2, 4, 3}, g), random_double({2, 4, 3}, g), random_double({2, 4, 2}, g)};
       },
       [](Inputs in) { return F::scaled_dot_product_attention(in[0], in[1], in[2], {.is_causal = true}); }},
      {"attention_with_an_empty_row",
       [](Generator& g) {
         return std::vector{random_double({2, 2, 3}, g), random_double({2, 3, 3}, g), random_double({2, 3, 2}, g)};
       },
       [](Inputs in) {
         const Tensor mask = tensor({{1, 0, 1}, {0, 0, 0}}).to(DType::boolean);
         return F::scaled_dot_product_attention(in[0], in[1], in[2], {.mask = mask});
       }},
      {"lstm_cell",
       [](Generator& g) {
         return std::vector{random_double({2, 12}, g), random_double({2, 3}, g)};
       },
       [](Inputs in) {
         const nn::LSTMState state = F::lstm_cell(in[0], in[1]);
         return cat(std::vector<Tensor>{state.h, state.c});
       }},
  };
}

std::vector<Op> activations() {
  return {unary("gelu_tanh", [](const Tensor& x) { return F::gelu(x, nn::GeluApproximation::tanh); }),
          unary("silu", [](const Tensor& x) { return F::silu(x); }),
          unary("leaky_relu", [](const Tensor& x) { return F::leaky_relu(x, 0.2); }),
          unary("elu", [](const Tensor& x) { return F::elu(x, 1.3); }),
          unary("softplus", [](const Tensor& x) { return F::softplus(x, 2.0, 1.5); }),
          unary("logsigmoid", [](const Tensor& x) { return F::logsigmoid(x); })};
}

class LayerGradient : public ::testing::TestWithParam<Op> {};

TEST_P(LayerGradient, agrees_with_the_difference_quotient) { testing::expect_gradient(GetParam(), 6); }
TEST_P(LayerGradient, has_a_gradient_of_its_own) { testing::expect_second_gradient(GetParam(), 2); }

const auto name_of = [](const auto& test) { return std::string(test.param.name); };
INSTANTIATE_TEST_SUITE_P(Activations, LayerGradient, ::testing::ValuesIn(activations()), name_of);
INSTANTIATE_TEST_SUITE_P(Normalisations, LayerGradient, ::testing::ValuesIn(normalisations()), name_of);
INSTANTIATE_TEST_SUITE_P(Losses, LayerGradient, ::testing::ValuesIn(losses()), name_of);
INSTANTIATE_TEST_SUITE_P(Layers, LayerGradient, ::testing::ValuesIn(layers()), name_of);

// Every parameter of a module, and its input, through a forward of its own.
void expect_module_gradient(nn::Module& module, const Tensor& x, const std::function<Tensor(const Tensor&)>& forward) {
  module.to(DType::float64);
  std::vector<Tensor> inputs{x};
  for (const Tensor& parameter : module.parameters()) inputs.push_back(parameter.detach().clone());
  const auto run = [&](Inputs in) {
    std::size_t next = 1;
    struct Swap final : nn::MemberVisitor {
      Inputs values;
      std::size_t* at = nullptr;
      void parameter(const std::string&, Tensor& value) override {
        if (value.defined()) value = values[(*at)++];
      }
      void buffer(const std::string&, Tensor&) override {}
      void child(const std::string&, nn::Module& below) override { below.members(*this); }
    } swap;
    swap.values = in;
    swap.at = &next;
    module.members(swap);
    return forward(in[0]);
  };
  const GradcheckResult result = gradcheck(run, inputs);
  EXPECT_TRUE(result.ok) << module.kind() << ": " << to_string(result);
}

TEST(ModuleGradient, of_an_lstm_reaches_every_parameter) {
  Generator g(5);
  nn::LSTM lstm(2, 3, g, {.num_layers = 2, .bidirectional = true});
  const Tensor x = random_double({3, 2, 2}, g), h = random_double({4, 2, 3}, g), c = random_double({4, 2, 3}, g);
  expect_module_gradient(lstm, x, [&](const Tensor& in) {
    const nn::LSTMOutput out = lstm.forward(in, {h, c});
    return cat(std::vector<Tensor>{reshape(out.output, {-1}), reshape(out.state.h, {-1}), reshape(out.state.c, {-1})});
  });
}

TEST(ModuleGradient, of_multihead_attention_reaches_every_parameter) {
  Generator g(6);
  nn::MultiheadAttention attention(4, 2, g, {.batch_first = true});
  const Tensor x = random_double({2, 3, 4}, g), memory = random_double({2, 2, 4}, g);
  expect_module_gradient(attention, x, [&](const Tensor& in) { return attention(in); });
  expect_module_gradient(attention, x, [&](const Tensor& in) { return attention.forward(in, memory, memory).output; });
}

TEST(ModuleGradient, of_an_encoder_layer_reaches_every_parameter) {
  for (const bool norm_first : {false, true}) {
    Generator g(7);
    nn::TransformerEncoderLayer layer(4, 2, g,
                                      {.dim_feedforward = 5,
                                       .dropout = 0.0,
                                       .activation = nn::FeedForwardActivation::gelu,
                                       .batch_first = true,
                                       .norm_first = norm_first});
    const Tensor x = random_double({2, 3, 4}, g);
    expect_module_gradient(layer, x, [&](const Tensor& in) { return layer.forward(in, {.is_causal = true}); });
  }
}

}  // namespace
}  // namespace tinytorch
