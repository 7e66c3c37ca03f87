// Networks on integers of eight bits: the kernels of the products, what a QuantizedNet holds, computes and calls.

#include "src/nn/int8_product.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/op_hook.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/random.hpp"
#include "tinytorch/nn/activations.hpp"
#include "tinytorch/nn/conv.hpp"
#include "tinytorch/nn/dropout.hpp"
#include "tinytorch/nn/layer_errors.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/nn/pool.hpp"
#include "tinytorch/nn/quantized_net.hpp"

#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch::nn {
namespace {

std::vector<std::int8_t> random_bytes(std::int64_t count, int lowest, Generator& generator) {
  std::vector<std::int8_t> all(static_cast<std::size_t>(count));
  for (std::int8_t& one : all)
    one =
        static_cast<std::int8_t>(lowest + static_cast<int>(generator.below(static_cast<std::uint64_t>(128 - lowest))));
  return all;
}

/// (x - zero_point) w^T in 64 bits.
std::vector<std::int32_t> plain_sums(const tinytorch::detail::Int8Product& p) {
  std::vector<std::int32_t> sums;
  for (std::int64_t n = 0; n < p.rows; ++n)
    for (std::int64_t o = 0; o < p.outputs; ++o) {
      std::int64_t sum = 0;
      for (std::int64_t k = 0; k < p.products; ++k)
        sum += (p.x[n * p.products + k] - p.zero_point) * p.w[o * p.products + k];
      sums.push_back(static_cast<std::int32_t>(sum));
    }
  return sums;
}

void expect_exact(const Shape& sizes, const std::vector<std::int8_t>& x, const std::vector<std::int8_t>& w,
                  std::int64_t zero_point) {
  for (const tinytorch::detail::Int8Kernel& kernel : tinytorch::detail::int8_kernels) {
    if (!kernel.runs_here()) continue;
    std::vector<std::int32_t> sums(static_cast<std::size_t>(sizes[0] * sizes[1]), -1);
    const tinytorch::detail::Int8Product p{sizes[0], sizes[1], sizes[2], x.data(), zero_point, w.data(), sums.data()};
    kernel.run(p);
    EXPECT_EQ(sums, plain_sums(p)) << kernel.name << " " << to_string(sizes) << " zero point " << zero_point;
  }
}

TEST(Int8Product, is_exact_in_every_kernel) {
  Generator generator(1);
  for (const std::int64_t rows : {0, 1, 5, 6, 7, 12, 13, 25})
    for (const std::int64_t outputs : {0, 1, 15, 16, 17, 32, 33})
      for (const std::int64_t products : {0, 1, 2, 3, 4, 5, 31, 64}) {
        const auto x = random_bytes(rows * products, -128, generator);
        const auto w = random_bytes(outputs * products, -128, generator);
        expect_exact({rows, outputs, products}, x, w, static_cast<std::int64_t>(generator.below(256)) - 128);
      }
}

TEST(Int8Product, keeps_the_longest_sums_of_the_largest_products) {
  for (const int x : {-128, 127})
    for (const int w : {-128, 127})
      for (const std::int64_t zero_point : {-128, 0, 127}) {
        const std::vector<std::int8_t> inputs(most_int8_products, static_cast<std::int8_t>(x));
        const std::vector<std::int8_t> weights(most_int8_products, static_cast<std::int8_t>(w));
        expect_exact({1, 1, most_int8_products}, inputs, weights, zero_point);
      }
}

TEST(QTensor, counts_its_bytes) {
  Generator generator(1);
  const Tensor w = randn({3, 5}, generator);
  EXPECT_EQ(quantize_per_channel(w, 0).bytes(), 15 + 3 * 8);
  const QTensor whole = quantized(w, {0.5, 3, -128});
  EXPECT_EQ(whole.bytes(), 15 + 8);
  EXPECT_EQ(whole.zero_point, 3);
  EXPECT_EQ(whole.axis, -1);
  EXPECT_EQ(whole.scales.item<double>(), 0.5);
  EXPECT_TRUE(equal(whole.values, quantize(w, {0.5, 3, -128})));
}

/// A LeNet for images (n, 1, 8, 8), with random weights.
Sequential small_lenet() {
  Generator generator(1);
  const ConvSpec same{.padding = {1, 1}};
  Sequential net;
  net.add<Conv2d>(1, 16, 3, generator, same);
  net.add<ReLU>();
  net.add<Conv2d>(16, 32, 3, generator, same);
  net.add<ReLU>();
  net.add<MaxPool2d>(2);
  net.add<Flatten>();
  net.add<Dropout>(0.3, std::uint64_t{1});
  net.add<Linear>(32 * 4 * 4, 64, generator);
  net.add<ReLU>();
  net.add<Linear>(64, 10, generator);
  net.eval();
  return net;
}

Tensor some_images(std::int64_t count) {
  Generator generator(2);
  return rand({count, 1, 8, 8}, generator);
}

QuantizedNet on_integers(const Sequential& net, const QuantizeOptions& options = {}) {
  const std::vector<Tensor> batches{some_images(40)};
  return QuantizedNet(net, batches, options);
}

/// Counts the operations by name.
class CountOps : public OpHook {
 public:
  CountOps() { set_op_hook(this); }
  ~CountOps() override { set_op_hook(nullptr); }
  std::int64_t op_begins(const char* name, bool) noexcept override {
    ++counts[name];
    return 0;
  }
  void op_ends(OpRecord&) noexcept override {}
  void allocated(std::uint64_t, std::int64_t, memory::Tag) noexcept override {}
  void freed(std::uint64_t, std::int64_t, memory::Tag) noexcept override {}

  std::map<std::string, int> counts;
};

TEST(QuantizedNet, answers_nearly_as_the_network_does) {
  const NoGrad no_grad;
  const Sequential net = small_lenet();
  const QuantizedNet q = on_integers(net);
  Tensor y = some_images(40);
  const Tensor integers = q(y);
  for (std::int64_t i = 0; i < net.size(); ++i) y = net[i](y);
  ASSERT_EQ(integers.sizes(), y.sizes());
  const double error = sum(square(y - integers)).item<double>() / sum(square(y)).item<double>();
  EXPECT_LT(error, 1e-2);  // 20 dB
  EXPECT_GT(error, 0.0);
}

TEST(QuantizedNet, has_a_step_for_each_layer_and_its_relu) {
  const QuantizedNet q = on_integers(small_lenet());
  std::vector<std::int64_t> first, last;
  for (const QuantizedStep& step : q.steps()) {
    first.push_back(step.first);
    last.push_back(step.last);
  }
  EXPECT_EQ(first, (std::vector<std::int64_t>{0, 2, 4, 5, 7, 9}));
  EXPECT_EQ(last, (std::vector<std::int64_t>{2, 4, 5, 7, 9, 10}));
}

TEST(QuantizedNet, calls_integer_products_alone) {
  const QuantizedNet q = on_integers(small_lenet());
  CountOps ops;
  for (int batch = 0; batch < 3; ++batch) q(some_images(7));
  EXPECT_EQ(ops.counts["int8_conv2d"], 2 * 3);
  EXPECT_EQ(ops.counts["int8_linear"], 2 * 3);
  for (const char* product : {"matmul", "linear", "conv2d"}) EXPECT_EQ(ops.counts[product], 0) << product;
}

TEST(QuantizedNet, takes_at_most_28_percent_of_the_bytes) {
  const std::int64_t before = memory::stats().active;
  QuantizedNet q({});
  std::int64_t floats = 0;
  {
    const Sequential net = small_lenet();
    floats = memory::stats().active - before;
    EXPECT_GE(floats, 4 * net.parameter_count());
    q = on_integers(net);
  }
  const std::int64_t held = memory::stats().active - before;  // the network is gone; no copy of it is left
  EXPECT_LE(q.bytes(), 28 * floats / 100);
  EXPECT_GE(held, q.bytes());
  EXPECT_LE(held, 28 * floats / 100);
}

TEST(QuantizedNet, may_have_one_scale_for_each_layer) {
  for (const QuantizedStep& step : on_integers(small_lenet(), {.per_channel = false}).steps()) {
    if (step.has_weights()) {
      EXPECT_EQ(step.weight.scales.numel(), 1);
    }
  }
  for (const QuantizedStep& step : on_integers(small_lenet()).steps()) {
    if (step.has_weights()) {
      EXPECT_EQ(step.weight.scales.numel(), step.weight.values.size(0));
    }
  }
}

TEST(QuantizedNet, cuts_the_ranges_to_the_share) {
  const QuantizedNet all = on_integers(small_lenet()), most = on_integers(small_lenet(), {.keep = 0.9});
  for (std::size_t i = 0; i < all.steps().size(); ++i) {
    if (all.steps()[i].has_weights()) {
      EXPECT_LT(most.steps()[i].out.scale, all.steps()[i].out.scale);
    }
  }
}

std::string refusal(const Sequential& net, const std::vector<Tensor>& batches) {
  try {
    QuantizedNet(net, batches);
  } catch (const ValueError& error) {
    return error.what();
  }
  return "";
}

TEST(QuantizedNet, refuses_layers_without_integers) {
  Generator generator(1);
  Sequential tanh(Linear(2, 2, generator), Tanh()), early(ReLU(), Linear(2, 2, generator));
  EXPECT_EQ(refusal(tanh, {ones({1, 2})}), "[quantized_net] layer 1, Tanh, has no integers");
  EXPECT_EQ(refusal(early, {ones({1, 2})}), "[quantized_net] layer 0, ReLU, has no integers");
  EXPECT_EQ(refusal(small_lenet(), {}), "[quantized_net] no batch shows the ranges of the outputs");
}

TEST(QuantizedStep, pools_the_largest_integer) {
  QuantizedStep step;
  step.kind = QuantizedStep::Kind::pool;
  const Tensor x = arange(2 * 16).reshape({1, 2, 4, 4}).to(DType::int8);
  EXPECT_TRUE(equal(step.run(x), tensor({5, 7, 13, 15, 21, 23, 29, 31}).reshape({1, 2, 2, 2}).to(DType::int8)));
  step.pool = {{3, 3}, {2, 2}, {1, 1}};
  EXPECT_TRUE(equal(step.run(sub(x, 40).to(DType::int8)),
                    tensor({-35, -33, -27, -25, -19, -17, -11, -9}).reshape({1, 2, 2, 2}).to(DType::int8)));
}

/// The smallest layer: one integer in, one out, and scales that are powers of two.
TEST(Int8Linear, computes_the_example_of_its_contract) {
  const QTensor x{tensor({{5, 1}}).to(DType::int8), full({1}, 1.0, DType::float64), 1, -1};
  const QTensor w{tensor({{2, 3}}).to(DType::int8), full({1}, 0.5, DType::float64), 0, -1};
  EXPECT_TRUE(equal(int8_linear(x, w, tensor({1.0}), {2.0, 3, -128}), tensor({{5}}).to(DType::int8)));
}

/// What the contract of int8_linear says, in double; scales are powers of two, so that all of it is exact.
Tensor plain_layer(const QTensor& x, const QTensor& w, const Tensor& bias, const QParams& out) {
  const NoGrad no_grad;
  const Tensor sums =
      matmul(sub(x.values.to(DType::float64), static_cast<double>(x.zero_point)), w.values.to(DType::float64).t());
  const Tensor scale = mul(w.scales, x.scales.item<double>());
  const Tensor start = bias.defined() ? round(div(bias.to(DType::float64), scale)) : zeros({1}, DType::float64);
  const Tensor steps = round(mul(add(sums, start), div(scale, out.scale)));
  return clamp(add(steps, static_cast<double>(out.zero_point)), out.lowest, 127).to(DType::int8);
}

TEST(Int8Linear, rounds_and_clamps_as_its_contract_says) {
  Generator generator(3);
  for (int i = 0; i < 200; ++i) {
    const auto size = [&](std::uint64_t most) { return 1 + static_cast<std::int64_t>(generator.below(most)); };
    const std::int64_t rows = size(14), outputs = size(40), products = size(20);
    const auto integers = [&](const Shape& sizes, int lowest) {
      std::vector<std::int8_t> bytes = random_bytes(sizes[0] * sizes[1], lowest, generator);
      return from_blob(bytes.data(), sizes, DType::int8).clone();
    };
    Tensor scales = empty({outputs}, DType::float64);
    for (std::int64_t o = 0; o < outputs; ++o) scales.data<double>()[o] = std::ldexp(1.0, -static_cast<int>(size(4)));
    const QTensor x{integers({rows, products}, -128), full({1}, 0.5, DType::float64), size(255) - 128, -1};
    const QTensor w{integers({outputs, products}, -127), scales, 0, 0};
    const Tensor bias = generator.below(3) == 0 ? Tensor() : mul(randn({outputs}, generator), 500.0);
    QParams out{std::ldexp(1.0, static_cast<int>(size(8))), size(255) - 128, -128};
    if (generator.below(2) == 0) out.lowest = out.zero_point;
    ASSERT_TRUE(equal(int8_linear(x, w, bias, out), plain_layer(x, w, bias, out))) << i;
    const QTensor transposed{x.values.t().contiguous().t(), x.scales, x.zero_point, -1};
    ASSERT_TRUE(equal(int8_linear(transposed, w, bias, out), plain_layer(x, w, bias, out))) << i;
  }
}

/// The float32 convolution of the numbers that integers stand for, with scale 1: every sum is a whole number.
TEST(Int8Conv2d, pads_with_the_number_0_and_puts_channels_first) {
  Generator generator(4);
  for (const ConvSpec& spec : {ConvSpec{}, ConvSpec{.padding = {1, 2}}, ConvSpec{{2, 1}, {1, 1}, {1, 2}}}) {
    std::vector<std::int8_t> images = random_bytes(2 * 3 * 6 * 5, -4, generator), kernels;
    for (std::int8_t& one : images) one = static_cast<std::int8_t>(one % 4);
    for (int i = 0; i < 4 * 3 * 3 * 2; ++i) kernels.push_back(static_cast<std::int8_t>(generator.below(3)) - 1);
    const Tensor x8 = from_blob(images.data(), {2, 3, 6, 5}, DType::int8);
    const Tensor w8 = from_blob(kernels.data(), {4, 3, 3, 2}, DType::int8);
    const QTensor x{x8, ones({1}, DType::float64), 2, -1}, w{w8, ones({1}, DType::float64), 0, -1};
    const Tensor floats = raw::conv2d_direct(sub(x8.to(DType::float32), 2.0), w8.to(DType::float32), Tensor(), spec);
    EXPECT_TRUE(equal(int8_conv2d(x, w, Tensor(), {1.0, 0, -128}, spec), floats.to(DType::int8)));
  }
}

std::string fault_of(const QTensor& x, const QTensor& w, const Tensor& bias) {
  try {
    int8_linear(x, w, bias, {});
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Int8Linear, says_what_does_not_fit) {
  const QTensor x{zeros({2, 3}, DType::int8), ones({1}, DType::float64), 0, -1};
  QTensor w{zeros({4, 3}, DType::int8), ones({1}, DType::float64), 0, -1};
  EXPECT_EQ(fault_of(x, w, zeros({5})), "[int8_linear] a bias (5,) for 4 outputs");
  EXPECT_EQ(fault_of(x, w, zeros({4}, DType::float64)), "[int8_linear] the bias is float32, not float64");
  EXPECT_EQ(fault_of({zeros({2, 3}), x.scales, 0, -1}, w, Tensor()),
            "[int8_linear] values are int8, not float32 and int8");
  EXPECT_EQ(fault_of({zeros({2, 2}, DType::int8), x.scales, 0, -1}, w, Tensor()),
            "[int8_linear] shapes don't fit: (2, 2) and (4, 3)");
  EXPECT_EQ(fault_of({x.values, ones({2}, DType::float64), 0, 1}, w, Tensor()), "[int8_linear] x has 2 scales");
  w.zero_point = 1;
  EXPECT_EQ(fault_of(x, w, Tensor()), "[int8_linear] the zero point of the weights is 1");
  w = {w.values, ones({3}, DType::float64), 0, 1};
  EXPECT_EQ(fault_of(x, w, Tensor()), "[int8_linear] the weights have scales along dimension 1");
  w.axis = 0;
  EXPECT_EQ(fault_of(x, w, Tensor()), "[int8_linear] 3 scales for 4 outputs");
  const std::int64_t many = most_int8_products + 1;
  EXPECT_EQ(fault_of({zeros({1, many}, DType::int8), x.scales, 0, -1}, {zeros({1, many}, DType::int8), x.scales, 0, -1},
                     Tensor()),
            "[int8_linear] a sum of 65794 products may not fit 32 bits");
}

TEST(LayerErrors, tell_a_layer_from_the_layers_before_it) {
  const Sequential net = small_lenet();
  const std::vector<Tensor> batches{some_images(40)};
  std::vector<QuantizedStep> steps = QuantizedNet(net, batches).steps();
  const std::vector<LayerError> good = layer_errors(net, QuantizedNet(steps), batches[0]);
  std::vector<std::int64_t> places;
  for (const LayerError& error : good) {
    places.push_back(error.layer);
    EXPECT_GT(error.alone, 20.0);
    EXPECT_LE(error.chain, error.alone + 3.0);
  }
  EXPECT_EQ(places, (std::vector<std::int64_t>{0, 2, 7, 9}));
  EXPECT_DOUBLE_EQ(good[0].chain, good[0].alone);
  steps[1].weight.values = zeros(steps[1].weight.values.sizes(), DType::int8);  // the second convolution is broken
  const std::vector<LayerError> bad = layer_errors(net, QuantizedNet(steps), batches[0]);
  EXPECT_LT(bad[1].alone, 10.0);
  EXPECT_DOUBLE_EQ(bad[2].alone, good[2].alone);
  EXPECT_LT(bad[2].chain, good[2].chain - 10.0);
}

TEST(LayerErrors, are_infinite_where_nothing_differs) {
  QuantizedStep step;
  step.last = 1;
  step.weight = {tensor({{2, -1}}).to(DType::int8), ones({1}, DType::float64), 0, -1};
  const Sequential net(Linear(tensor({{2.0, -1.0}}), Tensor()));
  const std::vector<LayerError> errors = layer_errors(net, QuantizedNet({step}), tensor({{3.0, 4.0}, {1.0, 0.0}}));
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].alone, std::numeric_limits<double>::infinity());
  EXPECT_EQ(errors[0].chain, std::numeric_limits<double>::infinity());
}

}  // namespace
}  // namespace tinytorch::nn
