// Losses with all their options against loops over the definition, in float64.

#include "tests/library/core/elements.hpp"
#include "tests/library/core/random_tensors.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/nn/loss.hpp"

#include <cmath>
#include <functional>
#include <string>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

namespace F = nn::functional;
using testing::infinity;
using testing::integer;
using testing::random_double;

double at(const Tensor& x, std::int64_t n, std::int64_t c) {
  return x.data<double>()[n * x.stride(0) + c * x.stride(1)];
}

double log_softmax_at(const Tensor& x, std::int64_t n, std::int64_t c) {
  double total = 0.0;
  for (std::int64_t k = 0; k < x.size(1); ++k) total += std::exp(at(x, n, k));
  return at(x, n, c) - std::log(total);
}

struct Labelled {
  Tensor logits, labels, weight;
};

Labelled labelled(std::uint64_t seed) {
  Generator g(mix_seed(81, seed));
  const std::int64_t rows = integer(g, 1, 6), classes = integer(g, 1, 4);
  Labelled c{random_double({rows, classes}, g), empty({rows}, DType::int64), rand({classes}, g, DType::float64) + 0.1};
  for (std::int64_t n = 0; n < rows; ++n)
    c.labels.data<std::int64_t>()[n] = n > 0 && g.below(4) == 0 ? -7 : integer(g, 0, classes - 1);
  return c;
}

TEST(CrossEntropy, with_weights_smoothing_and_ignored_labels_is_the_definition) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const Labelled c = labelled(seed);
    const double smoothing = seed % 2 == 0 ? 0.0 : 0.3;
    const std::int64_t classes = c.logits.size(1);
    double total = 0.0, weights = 0.0;
    for (std::int64_t n = 0; n < c.logits.size(0); ++n) {
      const std::int64_t label = c.labels.data<std::int64_t>()[n];
      if (label == -7) continue;
      weights += c.weight.data<double>()[label];
      for (std::int64_t k = 0; k < classes; ++k) {
        const double share = (k == label ? 1.0 - smoothing : 0.0) + smoothing / static_cast<double>(classes);
        total -= share * c.weight.data<double>()[k] * log_softmax_at(c.logits, n, k);
      }
    }
    nn::CrossEntropyLossOptions options{.weight = c.weight, .ignore_index = -7, .label_smoothing = smoothing};
    EXPECT_NEAR(F::cross_entropy(c.logits, c.labels, options).item<double>(), total / weights, 1e-12) << seed;
    options.reduction = Reduction::sum;
    EXPECT_NEAR(nn::CrossEntropyLoss(options)(c.logits, c.labels).item<double>(), total, 1e-12) << seed;
    options.reduction = Reduction::none;
    const Tensor each = F::cross_entropy(c.logits, c.labels, options);
    EXPECT_EQ(each.sizes(), c.labels.sizes());
    EXPECT_NEAR(each.sum().item<double>(), total, 1e-12) << seed;
    if (smoothing == 0.0) {
      const nn::NLLLossOptions same{.weight = c.weight, .ignore_index = -7};
      EXPECT_NEAR(nn::NLLLoss(same)(log_softmax(c.logits, 1), c.labels).item<double>(), total / weights, 1e-12);
    }
  }
}

TEST(CrossEntropy, of_an_ignored_label_is_nothing_and_has_no_gradient) {
  const Tensor logits = tensor({{1.0, 2.0}, {3.0, -1.0}}, DType::float64).set_requires_grad();
  const Tensor loss = F::cross_entropy(logits, tensor({0, -100}));
  EXPECT_NEAR(loss.item<double>(), std::log(1.0 + std::exp(1.0)), 1e-12);
  loss.backward();
  EXPECT_EQ(select(logits.grad(), 0, 1).sum().item<double>(), 0.0);
  EXPECT_NE(abs(select(logits.grad(), 0, 0)).sum().item<double>(), 0.0);
  EXPECT_TRUE(std::isnan(F::cross_entropy(logits.detach(), tensor({-100, -100})).item<double>()));
  EXPECT_EQ(F::cross_entropy(logits.detach(), tensor({-100, -100}), Reduction::sum).item<double>(), 0.0);
}

TEST(CrossEntropy, of_probabilities_weighs_every_class) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Labelled c = labelled(seed);
    Generator g(seed);
    const Tensor target = softmax(random_double(c.logits.sizes(), g), 1);
    double total = 0.0;
    for (std::int64_t n = 0; n < target.size(0); ++n)
      for (std::int64_t k = 0; k < target.size(1); ++k)
        total -= at(target, n, k) * c.weight.data<double>()[k] * log_softmax_at(c.logits, n, k);
    const auto rows = static_cast<double>(target.size(0));
    EXPECT_NEAR(F::cross_entropy(c.logits, target, {.weight = c.weight}).item<double>(), total / rows, 1e-12);
  }
}

TEST(CrossEntropy, takes_classes_in_the_second_of_many_dimensions) {
  Generator g(3);
  const Tensor logits = random_double({2, 3, 2, 2}, g);
  const Tensor labels = reshape(tensor({0, 1, 2, 0, 2, 2, 1, 0}), {2, 2, 2});
  const Tensor losses = F::cross_entropy(logits, labels, Reduction::none);
  EXPECT_EQ(losses.sizes(), labels.sizes());
  for (std::int64_t i = 0; i < 2; ++i)
    for (std::int64_t j = 0; j < 2; ++j) {
      const Tensor pixel = select(select(logits, 3, j), 2, i), own = select(select(labels, 2, j), 1, i);
      EXPECT_TRUE(allclose(select(select(losses, 2, j), 1, i), F::cross_entropy(pixel, own, Reduction::none), 1e-12));
    }
  const Tensor one = select(select(select(logits, 3, 0), 2, 0), 0, 0);
  EXPECT_NEAR(F::cross_entropy(one, scalar(0.0).to(DType::int64)).item<double>(), losses.data<double>()[0], 1e-12);
}

TEST(CrossEntropy, of_a_class_with_probability_zero_is_infinite_only_for_that_class) {
  const Tensor logits = tensor({{0.0, -infinity}}, DType::float64);
  EXPECT_EQ(F::cross_entropy(logits, tensor({0}), {.weight = ones({2}, DType::float64)}).item<double>(), 0.0);
  EXPECT_EQ(F::cross_entropy(logits, tensor({1}), {.weight = ones({2}, DType::float64)}).item<double>(), infinity);
}

TEST(CrossEntropy, of_no_rows_sums_to_nothing) {
  const Tensor logits = zeros({0, 3}), labels = zeros({0}, DType::int64);
  const nn::CrossEntropyLossOptions options{.weight = ones({3}), .reduction = Reduction::sum};
  EXPECT_EQ(F::cross_entropy(logits, labels, options).item<double>(), 0.0);
  EXPECT_EQ(F::cross_entropy(logits, labels, Reduction::none).sizes(), (Shape{0}));
  EXPECT_TRUE(std::isnan(F::cross_entropy(logits, labels).item<double>()));
}

// Each element of a loss beside a function of two doubles.
void expect_elements(const std::function<Tensor(const Tensor&, const Tensor&, Reduction)>& loss,
                     double (*expected)(double, double), const Tensor& x, const Tensor& t) {
  const Tensor each = loss(x, t, Reduction::none), flat_x = contiguous(x), flat_t = contiguous(t);
  ASSERT_EQ(each.sizes(), x.sizes());
  double total = 0.0;
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    const double value = expected(flat_x.data<double>()[i], flat_t.data<double>()[i]);
    ASSERT_NEAR(each.data<double>()[i], value, 1e-12 * std::max(1.0, std::abs(value))) << i;
    total += value;
  }
  EXPECT_NEAR(loss(x, t, Reduction::sum).item<double>(), total, 1e-11 * std::max(1.0, std::abs(total)));
  EXPECT_NEAR(loss(x, t, Reduction::mean).item<double>(), total / static_cast<double>(x.numel()), 1e-11);
}

TEST(PairLosses, are_their_definitions_element_by_element) {
  Generator g(4);
  for (int k = 0; k < 10; ++k) {
    const Shape shape = testing::random_shape(g, 1, 3);
    const Tensor x = random_double(shape, g), t = random_double(shape, g);
    expect_elements(
        F::l1_loss, [](double a, double b) { return std::abs(a - b); }, x, t);
    expect_elements([](const Tensor& a, const Tensor& b, Reduction r) { return nn::HuberLoss(r, 0.5)(a, b); },
                    [](double a, double b) {
                      const double d = std::abs(a - b);
                      return d <= 0.5 ? 0.5 * d * d : 0.5 * (d - 0.25);
                    },
                    x, t);
    expect_elements([](const Tensor& a, const Tensor& b, Reduction r) { return nn::SmoothL1Loss(r, 0.5)(a, b); },
                    [](double a, double b) {
                      const double d = std::abs(a - b);
                      return d < 0.5 ? d * d : d - 0.25;
                    },
                    x, t);
    const Tensor p = sigmoid(x), q = sigmoid(t);
    expect_elements([](const Tensor& a, const Tensor& b, Reduction r) { return nn::BCELoss({.reduction = r})(a, b); },
                    [](double a, double b) { return -b * std::log(a) - (1.0 - b) * std::log(1.0 - a); }, p, q);
    expect_elements(
        [](const Tensor& a, const Tensor& b, Reduction r) {
          const Tensor three = full({}, 3.0, DType::float64), half = full({}, 0.5, DType::float64);
          return nn::BCEWithLogitsLoss({.weight = half, .reduction = r, .pos_weight = three})(a, b);
        },
        [](double a, double b) {
          const double s = 1.0 / (1.0 + std::exp(-a));
          return 0.5 * (-3.0 * b * std::log(s) - (1.0 - b) * std::log(1.0 - s));
        },
        x, q);
    expect_elements([](const Tensor& a, const Tensor& b, Reduction r) { return F::kl_div(a, b, r); },
                    [](double a, double b) { return b * (std::log(b) - a); }, log(p), q);
    expect_elements([](const Tensor& a, const Tensor& b, Reduction r) { return nn::KLDivLoss(r, true)(a, b); },
                    [](double a, double b) { return std::exp(b) * (b - a); }, log(p), log(q));
  }
}

TEST(BinaryCrossEntropy, stays_finite_for_certain_predictions) {
  const Tensor p = tensor({0.0, 1.0, 0.0, 1.0}, DType::float64).set_requires_grad();
  const Tensor t = tensor({1.0, 0.0, 0.0, 1.0}, DType::float64);
  const Tensor losses = F::binary_cross_entropy(p, t, Reduction::none);
  EXPECT_TRUE(equal(losses.detach(), tensor({100.0, 100.0, 0.0, 0.0}, DType::float64)));
  losses.sum().backward();
  for (std::int64_t i = 0; i < 4; ++i) EXPECT_TRUE(std::isfinite(p.grad().data<double>()[i])) << i;
  EXPECT_EQ(p.grad().data<double>()[2], 0.0);
}

TEST(KlDivergence, counts_nothing_where_the_target_is_zero) {
  const Tensor x = tensor({-1.0, -2.0}, DType::float64), target = tensor({0.0, 1.0}, DType::float64);
  EXPECT_NEAR(F::kl_div(x, target, Reduction::sum).item<double>(), 2.0, 1e-12);
  EXPECT_NEAR(F::kl_div_batchmean(reshape(x, {2, 1}), reshape(target, {2, 1})).item<double>(), 1.0, 1e-12);
}

TEST(Losses, of_no_elements_have_no_mean_and_a_sum_of_zero) {
  const Tensor none = zeros({0, 3});
  EXPECT_TRUE(std::isnan(F::l1_loss(none, none).item<double>()));
  EXPECT_TRUE(std::isnan(F::binary_cross_entropy(none, none).item<double>()));
  EXPECT_EQ(F::huber_loss(none, none, Reduction::sum).item<double>(), 0.0);
  EXPECT_EQ(F::kl_div(none, none, Reduction::sum).item<double>(), 0.0);
}

TEST(Losses, say_what_does_not_fit) {
  const Tensor logits = zeros({2, 3});
  EXPECT_EQ(testing::message_of<IndexError>([&] {
              F::cross_entropy(logits, tensor({0, 3}));
            }),
            "[cross_entropy] row 1: label 3 is not in 0..2");
  EXPECT_EQ(testing::message_of<IndexError>([&] {
              F::nll_loss(logits, tensor({5, 0}));
            }),
            "[nll_loss] row 0: label 5 is not in 0..2");
  EXPECT_EQ(testing::message_of<ShapeError>([&] {
              F::cross_entropy(logits, tensor({0, 1}), {.weight = ones({2})});
            }),
            "[cross_entropy] weights (2,) for 3 classes");
  EXPECT_EQ(testing::message_of<ShapeError>([&] { F::nll_loss(logits, tensor({0})); }),
            "[nll_loss] targets (1,) of log-probabilities (2, 3): labels are (2,)");
  EXPECT_EQ(testing::message_of<DTypeError>([&] { F::cross_entropy(logits, zeros({2})); }),
            "[cross_entropy] labels are int64, not float32");
  EXPECT_EQ(testing::message_of<DTypeError>([&] { F::cross_entropy(logits, zeros({2}), {.weight = ones({3})}); }),
            "[cross_entropy] labels are int64, not float32");
  EXPECT_EQ(testing::message_of<ValueError>([&] {
              F::cross_entropy(logits, tensor({0, 1}), {.label_smoothing = 1.5});
            }),
            "[cross_entropy] label smoothing from 0 to 1, not 1.5");
  EXPECT_EQ(testing::message_of<ShapeError>([&] { F::l1_loss(logits, zeros({3})); }),
            "[l1_loss] shapes differ: (2, 3) and (3,)");
  EXPECT_EQ(testing::message_of<ValueError>([&] { F::huber_loss(logits, logits, Reduction::mean, 0.0); }),
            "[huber_loss] delta is above 0, not 0");
}

TEST(LossesOfImpossibleClasses, count_nothing_where_the_target_is_0) {
  const Tensor x = tensor({-infinity, 0.0}, DType::float64).set_requires_grad();
  const Tensor loss = F::kl_div(x, tensor({0.0, 1.0}, DType::float64), Reduction::sum);
  EXPECT_EQ(loss.item<double>(), 0.0);
  loss.backward();
  EXPECT_EQ(to_string(x.grad()), to_string(tensor({0.0, -1.0}, DType::float64)));
  EXPECT_EQ(F::kl_div(x.detach(), tensor({-infinity, 0.0}, DType::float64), Reduction::sum, true).item<double>(), 0.0);
  EXPECT_EQ(F::kl_div(x.detach(), tensor({-800.0, 0.0}, DType::float64), Reduction::sum, true).item<double>(), 0.0);
  EXPECT_EQ(F::kl_div(x.detach(), tensor({0.5, 0.5}, DType::float64), Reduction::sum).item<double>(), infinity);

  // A mask of -inf on the logits forbids a class; the others go on.
  const Tensor logits = tensor({{1.0, -infinity, 1.0}}, DType::float64).set_requires_grad();
  const Tensor soft =
      F::cross_entropy(logits, tensor({{0.5, 0.0, 0.5}}, DType::float64), nn::CrossEntropyLossOptions{});
  EXPECT_NEAR(soft.item<double>(), std::log(2.0), 1e-15);
  soft.backward();
  EXPECT_TRUE(all(isfinite(logits.grad())).item<bool>()) << to_string(logits.grad());
}

TEST(LossesOfIgnoredLabels, are_0_and_not_minus_0) {
  nn::CrossEntropyLossOptions options;
  options.reduction = Reduction::none;
  const Tensor loss = F::cross_entropy(tensor({{1.0, 2.0}, {0.0, std::nan("")}}), tensor({-100, -100}), options);
  EXPECT_EQ(to_string(loss), "[0., 0.]");
}

}  // namespace
}  // namespace tinytorch
