// Attention against a loop over queries and keys; heads, masks and the encoder.

#include "tinytorch/nn/attention.hpp"

#include "tests/library/core/random_tensors.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/nn/attention.hpp"
#include "tinytorch/nn/embedding.hpp"
#include "tinytorch/nn/transformer.hpp"

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

namespace F = nn::functional;
using testing::random_double;

// Attention by loops: queries `q` (L, E), keys `k` (S, E), values `v` (S, V). `added(i, j)` is added to each score.
Tensor attend(const Tensor& q, const Tensor& k, const Tensor& v,
              const std::function<double(std::int64_t, std::int64_t)>& added) {
  const Tensor query = contiguous(q), key = contiguous(k), value = contiguous(v);
  const std::int64_t L = q.size(0), S = k.size(0), E = q.size(1), V = v.size(1);
  Tensor y = zeros({L, V}, DType::float64);
  for (std::int64_t i = 0; i < L; ++i) {
    std::vector<double> weights;
    double total = 0.0;
    for (std::int64_t j = 0; j < S; ++j) {
      double score = added(i, j);
      for (std::int64_t e = 0; e < E; ++e)
        score += query.data<double>()[i * E + e] * key.data<double>()[j * E + e] / std::sqrt(static_cast<double>(E));
      weights.push_back(std::exp(score));
      total += weights.back();
    }
    if (total == 0.0) continue;  // a query whose keys are all masked
    for (std::int64_t j = 0; j < S; ++j)
      for (std::int64_t c = 0; c < V; ++c)
        y.data<double>()[i * V + c] += weights[static_cast<std::size_t>(j)] / total * value.data<double>()[j * V + c];
  }
  return y;
}

const double never = -std::numeric_limits<double>::infinity();

TEST(Attention, mixes_values_by_the_softmax_of_the_scores) {
  Generator g(1);
  for (int i = 0; i < 10; ++i) {
    const std::int64_t L = testing::integer(g, 1, 4), S = testing::integer(g, 1, 4), E = testing::integer(g, 1, 3);
    const Tensor q = random_double({2, L, E}, g), k = random_double({2, S, E}, g), v = random_double({2, S, 3}, g);
    const Tensor mask = random_double({L, S}, g);
    const Tensor y = F::scaled_dot_product_attention(q, k, v);
    const Tensor causal = F::scaled_dot_product_attention(q, k, v, {.is_causal = true});
    const Tensor biased = F::scaled_dot_product_attention(q, k, v, {.mask = mask});
    for (std::int64_t n = 0; n < 2; ++n) {
      const Tensor own[] = {select(q, 0, n), select(k, 0, n), select(v, 0, n)};
      EXPECT_TRUE(allclose(select(y, 0, n), attend(own[0], own[1], own[2], [](auto, auto) { return 0.0; }), 1e-10));
      EXPECT_TRUE(allclose(select(causal, 0, n),
                           attend(own[0], own[1], own[2], [](auto a, auto b) { return b <= a ? 0.0 : never; }), 1e-10));
      EXPECT_TRUE(
          allclose(select(biased, 0, n),
                   attend(own[0], own[1], own[2],
                          [&](auto a, auto b) { return mask.data<double>()[a * mask.stride(0) + b * mask.stride(1)]; }),
                   1e-10));
    }
  }
}

TEST(Attention, gives_zeros_and_no_gradient_to_a_query_that_sees_nothing) {
  Generator g(2);
  const Tensor q = randn({2, 3}, g).set_requires_grad(), k = randn({2, 3}, g).set_requires_grad();
  const Tensor v = randn({2, 2}, g).set_requires_grad();
  const Tensor floats = tensor({{0.0, never}, {never, never}});
  for (const Tensor& mask : {tensor({{1, 0}, {0, 0}}).to(DType::boolean), floats}) {
    const Tensor y = F::scaled_dot_product_attention(q, k, v, {.mask = mask});
    EXPECT_TRUE(equal(select(y, 0, 0).detach(), select(v, 0, 0).detach()));
    EXPECT_TRUE(equal(select(y, 0, 1).detach(), zeros({2})));
    y.sum().backward();
    EXPECT_TRUE(equal(select(q.grad(), 0, 1), zeros({3})));
    for (const Tensor& x : {q, k, v})
      for (std::int64_t i = 0; i < x.numel(); ++i) EXPECT_TRUE(std::isfinite(x.grad().data<float>()[i]));
  }
}

TEST(Attention, says_what_does_not_fit) {
  const Tensor q = zeros({2, 3}), k = zeros({4, 3});
  EXPECT_THROW(F::scaled_dot_product_attention(q, zeros({4, 2}), k), ShapeError);
  EXPECT_THROW(F::scaled_dot_product_attention(q, k, zeros({3, 3})), ShapeError);
  EXPECT_THROW(F::scaled_dot_product_attention(q, k, k, {.mask = zeros({2, 4}, DType::int64)}), DTypeError);
  EXPECT_THROW(F::scaled_dot_product_attention(q, k, k, {.mask = zeros({2, 4}), .is_causal = true}), ValueError);
  EXPECT_THROW(F::scaled_dot_product_attention(q, k, k, {.dropout_p = 0.5}), ValueError);
}

class Heads : public ::testing::Test {
 protected:
  Heads() {
    layer.to(DType::float64);
    layer.in_proj_bias.detach().copy_(randn({12}, g, DType::float64));
    layer.out_proj.bias.detach().copy_(randn({4}, g, DType::float64));
  }

  // One sequence by the loop above: heads of features 0..1 and 2..3.
  Tensor oracle(const Tensor& query, const Tensor& keys,
                const std::function<double(std::int64_t, std::int64_t, std::int64_t)>& added) {
    const NoGrad no_grad;
    const auto projected = [&](const Tensor& in, std::int64_t part, std::int64_t head) {
      const std::int64_t first = part * 4 + head * 2;
      return matmul(in, slice(layer.in_proj_weight, 0, first, first + 2).t()) +
             slice(layer.in_proj_bias, 0, first, first + 2);
    };
    std::vector<Tensor> heads;
    for (std::int64_t h = 0; h < 2; ++h)
      heads.push_back(attend(projected(query, 0, h), projected(keys, 1, h), projected(keys, 2, h),
                             [&](auto i, auto j) { return added(h, i, j); }));
    return matmul(cat(heads, 1), layer.out_proj.weight.t()) + layer.out_proj.bias;
  }

  Generator g{3};
  nn::MultiheadAttention layer{4, 2, g, {.batch_first = true}};
  const Tensor x = random_double({2, 3, 4}, g), memory = random_double({2, 5, 4}, g);
};

TEST_F(Heads, attend_each_by_itself) {
  const nn::MultiheadOutput self = layer.forward(x, x, x), cross = layer.forward(x, memory, memory);
  for (std::int64_t n = 0; n < 2; ++n) {
    const Tensor own = select(x, 0, n), there = select(memory, 0, n);
    EXPECT_TRUE(allclose(select(self.output, 0, n), oracle(own, own, [](auto, auto, auto) { return 0.0; }), 1e-10));
    EXPECT_TRUE(allclose(select(cross.output, 0, n), oracle(own, there, [](auto, auto, auto) { return 0.0; }), 1e-10));
    EXPECT_TRUE(allclose(layer(own), select(self.output, 0, n), 1e-12));
  }
  EXPECT_TRUE(allclose(layer(x), self.output, 1e-12));
  EXPECT_EQ(cross.weights.sizes(), (Shape{2, 3, 5}));
  EXPECT_TRUE(allclose(sum(cross.weights, Shape{-1}), ones({2, 3}, DType::float64), 1e-12));
  EXPECT_EQ(layer.forward(x, x, x, {.average_attn_weights = false}).weights.sizes(), (Shape{2, 2, 3, 3}));
}

TEST_F(Heads, see_what_both_masks_leave) {
  const Tensor padding = tensor({{0, 0, 1}, {1, 0, 0}}).to(DType::boolean);
  const Tensor forbidden = tensor({{0, 1, 1}, {0, 0, 1}, {0, 0, 0}}).to(DType::boolean);
  const Tensor y = layer.forward(x, x, x, {.key_padding_mask = padding, .attn_mask = forbidden}).output;
  const Tensor causal = layer.forward(x, x, x, {.key_padding_mask = padding, .is_causal = true}).output;
  for (std::int64_t n = 0; n < 2; ++n) {
    const Tensor own = select(x, 0, n);
    const Tensor expected =
        oracle(own, own, [&](auto, auto i, auto j) { return padding.data<bool>()[n * 3 + j] || j > i ? never : 0.0; });
    EXPECT_TRUE(allclose(select(y, 0, n), expected, 1e-10)) << n;
  }
  EXPECT_TRUE(equal(causal.detach(), y.detach()));
  // (N * heads, L, S) holds a mask for each head.
  const Tensor each = random_double({4, 3, 3}, g);
  const Tensor biased = layer.forward(x, x, x, {.attn_mask = each}).output;
  for (std::int64_t n = 0; n < 2; ++n) {
    const Tensor own = select(x, 0, n), flat = contiguous(each);
    const Tensor expected =
        oracle(own, own, [&](auto h, auto i, auto j) { return flat.data<double>()[((n * 2 + h) * 3 + i) * 3 + j]; });
    EXPECT_TRUE(allclose(select(biased, 0, n), expected, 1e-10)) << n;
  }
}

TEST_F(Heads, of_a_sequence_that_is_all_padding_return_the_bias) {
  const Tensor padding = tensor({{1, 1, 1}, {0, 0, 0}}).to(DType::boolean);
  const Tensor y = layer.forward(x, x, x, {.key_padding_mask = padding}).output;
  EXPECT_TRUE(allclose(select(select(y, 0, 0), 0, 0), layer.out_proj.bias, 1e-12));
}

TEST_F(Heads, come_out_with_the_sequence_first_unless_asked) {
  Generator unused;
  nn::MultiheadAttention other(4, 2, unused);
  other.to(DType::float64);
  other.load_state_dict(layer.state_dict());
  EXPECT_TRUE(allclose(other(transpose(x, 0, 1)), transpose(layer(x), 0, 1), 1e-12));
}

TEST_F(Heads, carry_libtorchs_names_and_say_what_does_not_fit) {
  std::string names;
  for (const NamedTensor& named : layer.named_parameters()) names += named.name + to_string(named.value.sizes()) + " ";
  EXPECT_EQ(names, "in_proj_weight(12, 4) in_proj_bias(12,) out_proj.weight(4, 4) out_proj.bias(4,) ");
  EXPECT_THROW(nn::MultiheadAttention(4, 3, g), ValueError);
  EXPECT_THROW(layer(zeros({2, 3, 5}, DType::float64)), ShapeError);
  EXPECT_THROW(layer.forward(x, x, x, {.attn_mask = zeros({3, 4}, DType::float64)}), ShapeError);
  EXPECT_THROW(layer.forward(x, x, x, {.key_padding_mask = zeros({3, 3}, DType::float64)}), ShapeError);
}

TEST(TransformerEncoderLayer, adds_and_normalises_before_or_after) {
  for (const bool norm_first : {false, true}) {
    Generator g(4);
    nn::TransformerEncoderLayer layer(
        4, 2, g, {.dim_feedforward = 6, .dropout = 0.3, .batch_first = true, .norm_first = norm_first});
    layer.eval();
    const Tensor x = randn({2, 3, 4}, g);
    const auto attended = [&](const Tensor& in) { return layer.self_attn(in); };
    const auto fed = [&](const Tensor& in) { return layer.linear2(relu(layer.linear1(in))); };
    Tensor expected;
    if (norm_first) {
      const Tensor middle = x + attended(layer.norm1(x));
      expected = middle + fed(layer.norm2(middle));
    } else {
      const Tensor middle = layer.norm1(x + attended(x));
      expected = layer.norm2(middle + fed(middle));
    }
    EXPECT_TRUE(allclose(layer(x), expected, 1e-5)) << norm_first;
  }
}

TEST(TransformerEncoderLayer, carries_libtorchs_names) {
  Generator g(5);
  nn::TransformerEncoderLayer layer(4, 2, g, {.dim_feedforward = 6});
  std::string names;
  for (const NamedTensor& named : layer.named_parameters()) names += named.name + " ";
  EXPECT_EQ(names,
            "self_attn.in_proj_weight self_attn.in_proj_bias self_attn.out_proj.weight self_attn.out_proj.bias "
            "linear1.weight linear1.bias linear2.weight linear2.bias norm1.weight norm1.bias norm2.weight norm2.bias ");
  nn::TransformerEncoder encoder(layer, 2, std::make_shared<nn::LayerNorm>(4));
  EXPECT_EQ(encoder.named_parameters().front().name, "layers.0.self_attn.in_proj_weight");
  EXPECT_EQ(encoder.named_parameters().back().name, "norm.bias");
  EXPECT_EQ(encoder.named_parameters().size(), 2U * 12U + 2U);
}

TEST(TransformerEncoder, runs_its_layers_and_is_causal_when_asked) {
  Generator g(6);
  nn::TransformerEncoderLayer layer(4, 2, g, {.dim_feedforward = 6, .batch_first = true});
  nn::TransformerEncoder encoder(layer, 2);
  encoder.eval();
  layer.eval();
  const Tensor x = randn({1, 4, 4}, g);
  EXPECT_TRUE(allclose(encoder(x), layer(layer(x)), 1e-5));  // clones start with equal weights
  const Tensor later = x.clone();
  select(later, 1, 3).fill_(9.0);
  const Tensor before = encoder.forward(x, {.is_causal = true}), after = encoder.forward(later, {.is_causal = true});
  EXPECT_TRUE(equal(slice(before, 1, 0, 3).detach(), slice(after, 1, 0, 3).detach()));
  EXPECT_FALSE(allclose(encoder(x), encoder(later), 1e-3));
  EXPECT_TRUE(allclose((*encoder.clone())(x), encoder(x), 1e-6));
}

TEST(TransformerEncoder, layers_drop_different_elements) {
  Generator g(7);
  nn::TransformerEncoder encoder(nn::TransformerEncoderLayer(4, 2, g, {.dim_feedforward = 6}), 2);
  EXPECT_EQ(encoder.named_generators().size(), 8U);
  EXPECT_FALSE(equal(encoder.layers[0]->dropout1(ones({8, 8})), encoder.layers[1]->dropout1(ones({8, 8}))));
}

TEST(Embedding, picks_rows_and_leaves_the_padding_alone) {
  Generator g(8);
  nn::Embedding layer(5, 3, g, 1);
  EXPECT_TRUE(equal(select(layer.weight, 0, 1).detach(), zeros({3})));
  const Tensor indices = tensor({{4, 1, 0}, {1, 4, 2}});
  const Tensor y = layer(indices);
  EXPECT_EQ(y.sizes(), (Shape{2, 3, 3}));
  EXPECT_TRUE(equal(select(select(y, 0, 1), 0, 1).detach(), select(layer.weight, 0, 4).detach()));
  y.sum().backward();
  EXPECT_TRUE(equal(layer.weight.grad(),
                    tensor({{1.0, 1.0, 1.0}, {0.0, 0.0, 0.0}, {1.0, 1.0, 1.0}, {0.0, 0.0, 0.0}, {2.0, 2.0, 2.0}})));
  EXPECT_EQ(layer(zeros({0, 2}, DType::int64)).sizes(), (Shape{0, 2, 3}));
  EXPECT_THROW(layer(tensor({5})), IndexError);
  EXPECT_THROW(layer(tensor({-1})), IndexError);
  EXPECT_THROW(layer(tensor({1.0})), DTypeError);
}

TEST(PositionalEncoding, adds_waves_of_growing_length) {
  nn::SinusoidalEncoding waves(6, 4);
  const Tensor y = waves(zeros({2, 5, 4}));
  for (std::int64_t p = 0; p < 5; ++p) {
    const auto place = static_cast<double>(p);
    const float* row = y.data<float>() + (5 + p) * 4;
    EXPECT_NEAR(row[0], std::sin(place), 1e-6);
    EXPECT_NEAR(row[1], std::cos(place), 1e-6);
    EXPECT_NEAR(row[2], std::sin(place / 100.0), 1e-6);
    EXPECT_NEAR(row[3], std::cos(place / 100.0), 1e-6);
  }
  EXPECT_TRUE(waves.parameters().empty());
  EXPECT_EQ(waves.named_buffers()[0].name, "pe");
  nn::SinusoidalEncoding first(6, 4, false);
  EXPECT_TRUE(equal(first(zeros({5, 2, 4})), transpose(y, 0, 1)));
  Generator g(9);
  nn::LearnedEncoding learned(6, 4, g);
  EXPECT_TRUE(equal(learned(zeros({5, 4})).detach(), slice(learned.weight, 0, 0, 5).detach()));
  EXPECT_THROW(learned(zeros({1, 7, 4})), ShapeError);
  EXPECT_THROW(waves(zeros({1, 5, 3})), ShapeError);
  EXPECT_TRUE(equal((*learned.clone())(zeros({5, 4})).detach(), learned(zeros({5, 4})).detach()));
}

TEST(Attention, shows_a_nan_in_its_mask) {
  const Tensor q = ones({1, 2, 2});
  const Tensor mask = tensor({{0.0, std::nan("")}, {0.0, 0.0}});
  const Tensor out = nn::functional::scaled_dot_product_attention(q, q, q, {.mask = mask});
  EXPECT_TRUE(std::isnan(out.select(1, 0).select(1, 0).item<float>()));
  EXPECT_FALSE(std::isnan(out.select(1, 1).select(1, 0).item<float>()));
}

// Added to the scores, the numbers of such a mask would hardly change the weights.
TEST(MultiheadAttention, takes_no_mask_of_integers) {
  Generator g(3);
  nn::MultiheadAttention attention(4, 2, g, {.batch_first = true});
  const Tensor x = rand({1, 3, 4}, g);
  EXPECT_THROW(attention.forward(x, x, x, {.key_padding_mask = zeros({1, 3}, DType::int64)}), DTypeError);
  EXPECT_THROW(attention.forward(x, x, x, {.attn_mask = zeros({3, 3}, DType::uint8)}), DTypeError);
}

}  // namespace
}  // namespace tinytorch
