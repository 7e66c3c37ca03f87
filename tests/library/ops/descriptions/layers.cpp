#include "tests/library/ops/lists.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/nn/activations.hpp"
#include "tinytorch/nn/attention.hpp"
#include "tinytorch/nn/conv.hpp"
#include "tinytorch/nn/embedding.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/nn/norm.hpp"
#include "tinytorch/nn/pool.hpp"

namespace tinytorch::ops {

namespace {

namespace fn = nn::functional;

// x times a gate: 0 at -infinity, where the gate is closed; the slopes are 0 and 1.
constexpr const char* gate_limit = "infinity times a closed gate has the limit 0";
constexpr const char* many_sums = "a sum of products; its operands' edges are those of matmul";

Op layer(std::string name, std::function<Arguments(Draw&)> arguments,
         std::function<Tensor(const Arguments&)> function) {
  Op op;
  op.name = std::move(name);
  op.arguments = std::move(arguments);
  op.run = [function](const Arguments& in) -> Outputs { return {function(in)}; };
  op.no_edges = many_sums;
  op.roundings = 128.0;
  return op;
}

std::vector<Op> activations() {
  return {
      unary("leaky_relu", &Draw::nonzero, [](const Tensor& x) { return fn::leaky_relu(x, 0.1); }),
      with(unary("elu", &Draw::nonzero, [](const Tensor& x) { return fn::elu(x, 1.5); }),
           [](Op& op) {
             // Without NaN, for which libtorch's float32 and float64 give different gradients.
             op.edges = [](DType dtype) -> std::vector<Arguments> {
               return {only({to(tensor({infinity, -infinity, 0.0, -0.0, 100.0, -100.0}, DType::float64), dtype)})};
             };
           }),
      with(unary("gelu", &Draw::normal, [](const Tensor& x) { return fn::gelu(x); }),
           [](Op& op) { op.limit = gate_limit; }),
      with(unary("gelu_tanh", &Draw::normal, [](const Tensor& x) { return fn::gelu(x, nn::GeluApproximation::tanh); }),
           [](Op& op) { op.limit = gate_limit; }),
      with(unary("silu", &Draw::normal, fn::silu),
           [](Op& op) {
             op.limit = gate_limit;
             // Without -infinity: libtorch's result is infinity times 0, and depends on how sigmoid is computed.
             op.edges = [](DType dtype) -> std::vector<Arguments> {
               return {only({to(tensor({nan_value, infinity, 0.0, -50.0, 100.0}, DType::float64), dtype)})};
             };
           }),
      unary("softplus", &Draw::normal, [](const Tensor& x) { return fn::softplus(x); }),
      unary("logsigmoid", &Draw::normal, fn::logsigmoid),
  };
}

// x (..., in), w (out, in), b (out).
Arguments linear_arguments(Draw& d) {
  Shape shape = d.shape_or_empty(0, 2);
  const std::int64_t in = d.size(), out = d.size();
  shape.push_back(in);
  return only({d.normal(shape), d.normal({out, in}), d.normal({out})});
}

// ints: stride, padding and dilation of both axes, groups. x (N, C, H, W), w (O, C / groups, kh, kw), b (O).
Arguments conv_arguments(Draw& d, bool grouped) {
  const std::int64_t groups = grouped ? d.integer(1, 3) : 1;
  const std::int64_t in = groups * d.integer(1, 3), out = groups * d.integer(1, 3);
  const std::int64_t kh = d.integer(1, 3), kw = d.integer(1, 3);
  Arguments args{{}, {}};
  for (int axis = 0; axis < 2; ++axis) args.ints.push_back(d.integer(1, 2));
  for (int axis = 0; axis < 2; ++axis) args.ints.push_back(d.integer(0, 2));
  for (int axis = 0; axis < 2; ++axis) args.ints.push_back(d.integer(1, 2));
  args.ints.push_back(groups);
  const std::int64_t batch = d.number() == 1 ? 0 : d.integer(1, 2);
  const auto side = [&](std::int64_t kernel, int axis) {
    return args.ints[static_cast<std::size_t>(4 + axis)] * (kernel - 1) + d.integer(1, 4);
  };
  const std::int64_t height = side(kh, 0), width = side(kw, 1);
  args.tensors = {d.normal({batch, in, height, width}), d.normal({out, in / groups, kh, kw}), d.normal({out})};
  return args;
}

ConvSpec spec_of(const Arguments& in) {
  return {
      .stride = {in.ints[0], in.ints[1]}, .padding = {in.ints[2], in.ints[3]}, .dilation = {in.ints[4], in.ints[5]}};
}

// ints: stride, padding, dilation, groups.
Arguments conv1d_arguments(Draw& d) {
  const std::int64_t groups = d.integer(1, 2), in = groups * d.integer(1, 2), out = groups * d.integer(1, 2);
  const std::int64_t kernel = d.integer(1, 3), dilation = d.integer(1, 2);
  return {{d.normal({d.integer(1, 2), in, dilation * (kernel - 1) + d.integer(1, 4)}),
           d.normal({out, in / groups, kernel}), d.normal({out})},
          {d.integer(1, 2), d.integer(0, 2), dilation, groups}};
}

// ints: kernel, stride and padding of both axes.
Arguments pool_arguments(Draw& d) {
  Arguments args{{}, {}};
  for (int axis = 0; axis < 2; ++axis) args.ints.push_back(d.integer(1, 3));
  for (int axis = 0; axis < 2; ++axis) args.ints.push_back(d.integer(1, 3));
  for (std::size_t axis = 0; axis < 2; ++axis) args.ints.push_back(d.integer(0, args.ints[axis] / 2));
  args.tensors = {d.distinct({d.integer(1, 2), d.integer(1, 3), d.integer(3, 5), d.integer(3, 5)})};
  return args;
}

PoolSpec pool_of(const Arguments& in) {
  return {.kernel = {in.ints[0], in.ints[1]}, .stride = {in.ints[2], in.ints[3]}, .padding = {in.ints[4], in.ints[5]}};
}

std::vector<Op> windows() {
  return {
      layer("linear", linear_arguments,
            [](const Arguments& in) { return fn::linear(in.tensors[0], in.tensors[1], in.tensors[2]); }),
      layer(
          "conv2d", [](Draw& d) { return conv_arguments(d, false); },
          [](const Arguments& in) { return fn::conv2d(in.tensors[0], in.tensors[1], in.tensors[2], spec_of(in)); }),
      layer(
          "conv2d_groups", [](Draw& d) { return conv_arguments(d, true); },
          [](const Arguments& in) {
            return fn::conv2d(in.tensors[0], in.tensors[1], in.tensors[2], spec_of(in), in.ints[6]);
          }),
      layer("conv1d", conv1d_arguments,
            [](const Arguments& in) {
              return fn::conv1d(in.tensors[0], in.tensors[1], in.tensors[2], in.ints[0], in.ints[1], in.ints[2],
                                in.ints[3]);
            }),
      layer("max_pool2d", pool_arguments,
            [](const Arguments& in) { return fn::max_pool2d(in.tensors[0], pool_of(in)); }),
      layer("avg_pool2d", pool_arguments,
            [](const Arguments& in) { return fn::avg_pool2d(in.tensors[0], pool_of(in)); }),
      layer("avg_pool2d_without_padding", pool_arguments,
            [](const Arguments& in) { return fn::avg_pool2d(in.tensors[0], pool_of(in), false); }),
      layer(
          "adaptive_avg_pool2d",
          [](Draw& d) -> Arguments {
            return {{d.normal({d.integer(1, 2), d.integer(1, 3), d.integer(1, 7), d.integer(1, 7)})},
                    {d.integer(1, 4), d.integer(1, 4)}};
          },
          [](const Arguments& in) {
            return fn::adaptive_avg_pool2d(in.tensors[0], {in.ints[0], in.ints[1]});
          }),
  };
}

// x (N, C, ...), running mean and variance, weight, bias (C). No two entries of x are near each other: in a batch of
// two the result is divided by their distance.
Arguments batch_arguments(Draw& d) {
  Shape shape = d.shape(0, 2);
  const std::int64_t channels = d.integer(1, 3);
  Shape sizes{d.integer(2, 4), channels};
  for (const std::int64_t size : shape) sizes.push_back(size);
  return only(
      {d.distinct(sizes), d.normal({channels}), d.positive({channels}), d.normal({channels}), d.normal({channels})});
}

Op batch_norm(bool training) {
  Op op = layer(training ? "batch_norm_training" : "batch_norm_evaluation", batch_arguments,
                [training](const Arguments& in) {
                  const Tensor mean = in.tensors[1].detach().clone(), variance = in.tensors[2].detach().clone();
                  return fn::batch_norm(in.tensors[0], mean, variance, in.tensors[3], in.tensors[4], training);
                });
  op.constants = {1, 2};
  if (training) {
    op.state_outputs = 2;
    op.run = [](const Arguments& in) -> Outputs {
      const Tensor mean = in.tensors[1].detach().clone(), variance = in.tensors[2].detach().clone();
      const Tensor y = fn::batch_norm(in.tensors[0], mean, variance, in.tensors[3], in.tensors[4], true, 0.3);
      return {y, mean, variance};
    };
  }
  return op;
}

// x (..., shape), weight and bias of that shape. ints: how many dimensions are normalised.
Arguments norm_arguments(Draw& d) {
  const Shape shape = d.shape(2, 4);
  const std::int64_t count = d.integer(1, shape.size() - 1);
  const Shape inner(shape.end() - count, shape.end());
  return {{d.normal(shape), d.normal(inner), d.normal(inner)}, {count}};
}

std::vector<Op> norms() {
  return {
      batch_norm(true),
      batch_norm(false),
      layer("layer_norm", norm_arguments,
            [](const Arguments& in) {
              return fn::layer_norm(in.tensors[0], in.tensors[1].sizes(), in.tensors[1], in.tensors[2], 0.1);
            }),
      layer("rms_norm", norm_arguments,
            [](const Arguments& in) {
              return fn::rms_norm(in.tensors[0], in.tensors[1].sizes(), in.tensors[1] * in.tensors[2], 0.1);
            }),
      layer(
          "group_norm",
          [](Draw& d) -> Arguments {
            const std::int64_t groups = d.integer(1, 2), channels = groups * d.integer(1, 3);
            return {
                {d.normal({d.integer(1, 3), channels, d.integer(2, 3)}), d.normal({channels}), d.normal({channels})},
                {groups}};
          },
          [](const Arguments& in) {
            return fn::group_norm(in.tensors[0], in.ints[0], in.tensors[1], in.tensors[2], 0.1);
          }),
  };
}

std::vector<Op> sequences() {
  return {
      layer(
          "embedding",
          [](Draw& d) -> Arguments {
            const std::int64_t count = d.integer(1, 5);
            return {{d.integers(d.shape_or_empty(1, 2), 0, count - 1), d.normal({count, d.size()})}, {}};
          },
          [](const Arguments& in) { return fn::embedding(in.tensors[0], in.tensors[1]); }),
      layer(
          "scaled_dot_product_attention",
          [](Draw& d) -> Arguments {
            const std::int64_t b = d.size(), h = d.size(), l = d.size(), s = d.size(), e = d.size();
            return only({d.normal({b, h, l, e}), d.normal({b, h, s, e}), d.normal({b, h, s, d.size()})});
          },
          [](const Arguments& in) {
            return fn::scaled_dot_product_attention(in.tensors[0], in.tensors[1], in.tensors[2]);
          }),
      layer(
          "causal_attention",
          [](Draw& d) -> Arguments {
            const std::int64_t b = d.size(), l = d.size(), e = d.size();
            return only({d.normal({b, l, e}), d.normal({b, l, e}), d.normal({b, l, e})});
          },
          [](const Arguments& in) {
            return fn::scaled_dot_product_attention(in.tensors[0], in.tensors[1], in.tensors[2], {.is_causal = true});
          }),
  };
}

}  // namespace

std::vector<Op> layer_ops() {
  std::vector<Op> all;
  for (const auto& list : {activations(), windows(), norms(), sequences()})
    all.insert(all.end(), list.begin(), list.end());
  return all;
}

}  // namespace tinytorch::ops
