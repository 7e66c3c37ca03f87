// The LSTM against its equations, step by step and number by number; GRU and RNN, whose values libtorch gives in
// ops_test.

#include "tinytorch/nn/lstm.hpp"

#include "tests/library/core/random_tensors.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/nn/gru.hpp"

#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

using Vector = std::vector<double>;
using testing::random_double;

double sigmoid_of(double x) { return 1.0 / (1.0 + std::exp(-x)); }

// One direction of one layer over the steps of one sequence; h and c are the first state, then the last.
std::vector<Vector> run(const nn::LSTM::Cell& cell, const std::vector<Vector>& x, Vector& h, Vector& c, bool reverse) {
  const std::size_t size = h.size();
  std::vector<Vector> outputs(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t t = reverse ? x.size() - 1 - i : i;
    Vector gates(4 * size);
    for (std::size_t k = 0; k < gates.size(); ++k) {
      if (cell.bias_ih.defined()) gates[k] = cell.bias_ih.data<double>()[k] + cell.bias_hh.data<double>()[k];
      for (std::size_t j = 0; j < x[t].size(); ++j)
        gates[k] += cell.weight_ih.data<double>()[k * x[t].size() + j] * x[t][j];
      for (std::size_t j = 0; j < size; ++j) gates[k] += cell.weight_hh.data<double>()[k * size + j] * h[j];
    }
    for (std::size_t k = 0; k < size; ++k) {
      c[k] = sigmoid_of(gates[size + k]) * c[k] + sigmoid_of(gates[k]) * std::tanh(gates[2 * size + k]);
      h[k] = sigmoid_of(gates[3 * size + k]) * std::tanh(c[k]);
    }
    outputs[t] = h;
  }
  return outputs;
}

struct Expected {
  std::vector<Vector> output, h, c;
};

// Sequence n of x (L, N, in), from the states h and c (layers * directions, N, hidden).
Expected oracle(const nn::LSTM& lstm, const Tensor& x, const Tensor& h, const Tensor& c, std::int64_t n,
                std::size_t directions) {
  const Tensor dense = contiguous(x);
  std::vector<Vector> steps;
  for (std::int64_t t = 0; t < x.size(0); ++t) {
    const double* row = dense.data<double>() + (t * x.size(1) + n) * x.size(2);
    steps.emplace_back(row, row + x.size(2));
  }
  const auto first = [&](const Tensor& state, std::size_t k) {
    const Tensor flat = contiguous(state);
    const double* row = flat.data<double>() + (static_cast<std::int64_t>(k) * h.size(1) + n) * h.size(2);
    return Vector(row, row + h.size(2));
  };
  Expected result;
  for (std::size_t k = 0; k < lstm.cells.size(); k += directions) {
    std::vector<Vector> joined(steps.size());
    for (std::size_t d = 0; d < directions; ++d) {
      result.h.push_back(first(h, k + d));
      result.c.push_back(first(c, k + d));
      const std::vector<Vector> outputs = run(lstm.cells[k + d], steps, result.h.back(), result.c.back(), d == 1);
      for (std::size_t t = 0; t < steps.size(); ++t)
        joined[t].insert(joined[t].end(), outputs[t].begin(), outputs[t].end());
    }
    steps = joined;
  }
  result.output = steps;
  return result;
}

void expect_near(const Tensor& rows, std::int64_t n, const std::vector<Vector>& expected) {
  const Tensor dense = contiguous(rows.detach());
  for (std::size_t t = 0; t < expected.size(); ++t)
    for (std::size_t k = 0; k < expected[t].size(); ++k)
      ASSERT_NEAR(dense.data<double>()[(static_cast<std::int64_t>(t) * rows.size(1) + n) * rows.size(2) +
                                       static_cast<std::int64_t>(k)],
                  expected[t][k], 1e-12)
          << "step or layer " << t << ", feature " << k;
}

TEST(LSTM, follows_its_equations_in_every_layer_and_direction) {
  for (int k = 0; k < 8; ++k) {
    Generator g(mix_seed(91, static_cast<std::uint64_t>(k)));
    const bool both = k % 2 == 1;
    const std::int64_t layers = 1 + k % 3, in = testing::integer(g, 1, 3), hidden = testing::integer(g, 1, 3);
    nn::LSTM lstm(in, hidden, g, {.num_layers = layers, .bias = k != 4, .bidirectional = both});
    lstm.to(DType::float64);
    const std::int64_t states = layers * (both ? 2 : 1);
    const Tensor x = random_double({testing::integer(g, 1, 4), 2, in}, g);
    const Tensor h = random_double({states, 2, hidden}, g), c = random_double({states, 2, hidden}, g);
    const nn::LSTMOutput result = lstm.forward(x, {h, c});
    ASSERT_EQ(result.output.sizes(), (Shape{x.size(0), 2, both ? 2 * hidden : hidden}));
    for (std::int64_t n = 0; n < 2; ++n) {
      const Expected expected = oracle(lstm, x, h, c, n, both ? 2 : 1);
      expect_near(result.output, n, expected.output);
      expect_near(result.state.h, n, expected.h);
      expect_near(result.state.c, n, expected.c);
    }
  }
}

TEST(LSTM, takes_the_batch_first_or_no_batch_and_starts_from_zeros) {
  Generator g(92);
  nn::LSTM lstm(3, 2, g), other(3, 2, g, {.batch_first = true});
  other.load_state_dict(lstm.state_dict());
  const Tensor x = randn({4, 2, 3}, g), zero = zeros({1, 2, 2});
  const Tensor y = lstm(x);
  EXPECT_TRUE(equal(lstm.forward(x, {zero, zero}).output.detach(), y.detach()));
  const nn::LSTMOutput turned = other.forward(transpose(x, 0, 1), {});
  EXPECT_TRUE(equal(turned.output.detach(), transpose(y, 0, 1).detach()));
  EXPECT_EQ(turned.state.h.sizes(), (Shape{1, 2, 2}));
  const nn::LSTMOutput single = lstm.forward(select(x, 1, 1), {zeros({1, 2}), zeros({1, 2})});
  EXPECT_EQ(single.state.c.sizes(), (Shape{1, 2}));
  EXPECT_TRUE(allclose(single.output, select(y, 1, 1), 1e-6));
}

TEST(LSTM, goes_on_where_its_state_stopped) {
  Generator g(93);
  nn::LSTM lstm(3, 2, g, {.num_layers = 2});
  const Tensor x = randn({5, 1, 3}, g);
  const nn::LSTMOutput whole = lstm.forward(x, {}), first = lstm.forward(slice(x, 0, 0, 2), {});
  const nn::LSTMOutput rest = lstm.forward(slice(x, 0, 2, 5), first.state);
  EXPECT_TRUE(allclose(rest.output, slice(whole.output, 0, 2, 5), 1e-6));
  EXPECT_TRUE(allclose(rest.state.c, whole.state.c, 1e-6));
}

TEST(LSTM, carries_libtorchs_names_and_start) {
  Generator g(94);
  nn::LSTM lstm(3, 4, g, {.num_layers = 2, .bidirectional = true});
  std::string names;
  for (const NamedTensor& named : lstm.named_parameters()) {
    names += named.name + " ";
    EXPECT_LE(max(reshape(abs(named.value.detach()), {-1}), 0).first.item<double>(), 0.5);
  }
  EXPECT_EQ(names,
            "weight_ih_l0 weight_hh_l0 bias_ih_l0 bias_hh_l0 weight_ih_l0_reverse weight_hh_l0_reverse "
            "bias_ih_l0_reverse bias_hh_l0_reverse weight_ih_l1 weight_hh_l1 bias_ih_l1 bias_hh_l1 "
            "weight_ih_l1_reverse weight_hh_l1_reverse bias_ih_l1_reverse bias_hh_l1_reverse ");
  EXPECT_EQ(lstm.cells[2].weight_ih.sizes(), (Shape{16, 8}));
  const auto copy = lstm.clone();
  const Tensor x = randn({3, 2, 3}, g);
  EXPECT_TRUE(equal((*copy)(x).detach(), lstm(x).detach()));
}

TEST(LSTM, drops_between_its_layers_in_training_only) {
  Generator g(95);
  nn::LSTM lstm(3, 8, g, {.num_layers = 2, .dropout = 0.5}), one(3, 8, g, {.dropout = 0.5});
  const Tensor x = randn({3, 2, 3}, g);
  EXPECT_FALSE(equal(lstm(x).detach(), lstm(x).detach()));
  EXPECT_TRUE(equal(one(x).detach(), one(x).detach()));
  lstm.eval();
  EXPECT_TRUE(equal(lstm(x).detach(), lstm(x).detach()));
}

TEST(LSTM, takes_no_sequences_and_says_what_does_not_fit) {
  Generator g(96);
  nn::LSTM lstm(3, 2, g);
  EXPECT_EQ(lstm(zeros({4, 0, 3})).sizes(), (Shape{4, 0, 2}));
  EXPECT_THROW(lstm(zeros({0, 2, 3})), ShapeError);
  EXPECT_THROW(lstm(zeros({4, 2, 2})), ShapeError);
  EXPECT_THROW(lstm.forward(zeros({4, 2, 3}), {zeros({2, 2, 2}), Tensor()}), ShapeError);
  EXPECT_THROW(nn::LSTM(0, 2, g), ValueError);
}

TEST(GRU, of_one_sequence_is_a_batch_of_one) {
  Generator g(97);
  nn::GRU gru(nn::GRUOptions(3, 2).num_layers(2).bidirectional(true), g);
  const Tensor x = randn({5, 3}, g);
  const auto [output, state] = gru.forward(x, Tensor());
  EXPECT_EQ(output.sizes(), (Shape{5, 4}));
  EXPECT_EQ(state.sizes(), (Shape{4, 2}));
  EXPECT_TRUE(allclose(gru(x.unsqueeze(1)).squeeze(1), output));
  EXPECT_TRUE(allclose(output[4].slice(0, 0, 2), state[2]));  // the last layer, forwards
}

TEST(GRU, goes_on_from_its_state) {
  Generator g(98);
  nn::GRU gru(nn::GRUOptions(3, 2).batch_first(true), g);
  const Tensor x = randn({2, 6, 3}, g);
  const auto [first, between] = gru.forward(x.narrow(1, 0, 4), Tensor());
  const auto [second, last] = gru.forward(x.narrow(1, 4, 2), between);
  EXPECT_TRUE(allclose(cat({first, second}, 1), gru(x)));
}

TEST(GRU, clones_and_names_its_parameters) {
  Generator g(99);
  nn::GRU gru(nn::GRUOptions(3, 2).num_layers(2), g);
  EXPECT_EQ(gru.named_parameters()[4].name, "weight_ih_l1");
  const Tensor x = randn({4, 1, 3}, g);
  EXPECT_TRUE(equal(gru(x), (*gru.clone())(x)));
  nn::RNN rnn(nn::RNNOptions(nn::RNNOptions(3, 2).num_layers(2)).nonlinearity(nn::RNNNonlinearity::relu), g);
  EXPECT_TRUE(equal(rnn(x), (*rnn.clone())(x)));
  EXPECT_GE(amin(rnn(x)).item<float>(), 0.0F);
}

TEST(GRU, takes_no_sequences_and_says_what_does_not_fit) {
  Generator g(100);
  nn::GRU gru(nn::GRUOptions(3, 2), g);
  EXPECT_EQ(gru(zeros({4, 0, 3})).sizes(), (Shape{4, 0, 2}));
  EXPECT_THROW(gru(zeros({0, 2, 3})), ShapeError);
  EXPECT_THROW(gru(zeros({4, 2, 2})), ShapeError);
  EXPECT_THROW(gru.forward(zeros({4, 2, 3}), zeros({2, 2, 2})), ShapeError);
  EXPECT_THROW(nn::GRU(nn::GRUOptions(0, 2), g), ValueError);
}

}  // namespace
}  // namespace tinytorch
