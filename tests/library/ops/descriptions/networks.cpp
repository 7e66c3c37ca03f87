// GRU, RNN, transposed convolution, interpolation, and the activations and losses of libtorch's second row.

#include "tests/library/ops/lists.hpp"
#include "tinytorch/nn/activations.hpp"
#include "tinytorch/nn/conv_transpose.hpp"
#include "tinytorch/nn/gru.hpp"
#include "tinytorch/nn/resize.hpp"
#include "tinytorch/nn/similarity.hpp"

namespace tinytorch::ops {

namespace {

namespace F = nn::functional;

constexpr const char* parts_have_edges = "made of operations that have theirs";

Op network(std::string name, std::function<Arguments(Draw&)> arguments, std::function<Outputs(const Arguments&)> run) {
  Op op;
  op.name = std::move(name);
  op.arguments = std::move(arguments);
  op.run = std::move(run);
  op.no_edges = parts_have_edges;
  op.roundings = 256.0;
  return op;
}

// x (L, N, in), h (directions, N, H); for each direction w_ih, w_hh, b_ih and b_hh.
Arguments recurrent_arguments(Draw& d, std::int64_t gates, std::int64_t directions) {
  const std::int64_t batch = d.integer(1, 2), in = d.integer(1, 3), hidden = d.integer(1, 3);
  Arguments args = only({d.normal({d.integer(1, 3), batch, in}), d.normal({directions, batch, hidden})});
  for (std::int64_t k = 0; k < directions; ++k)
    for (const Shape& shape :
         {Shape{gates * hidden, in}, Shape{gates * hidden, hidden}, Shape{gates * hidden}, Shape{gates * hidden}})
      args.tensors.push_back(d.normal(shape));
  return args;
}

template <class Layer>
Outputs run_recurrent(const Arguments& in, std::int64_t directions) {
  const std::vector<Tensor>& t = in.tensors;
  Generator unused;
  Layer layer(nn::RecurrentOptions(t[0].size(2), t[1].size(2)).bidirectional(directions == 2), unused);
  for (std::size_t k = 0; k < layer.cells.size(); ++k)
    layer.cells[k] = {t[2 + 4 * k], t[3 + 4 * k], t[4 + 4 * k], t[5 + 4 * k]};
  const auto [output, h] = layer.forward(t[0], t[1]);
  return {output, h};
}

Op recurrent_gru(std::string name, std::int64_t directions) {
  return network(
      std::move(name), [directions](Draw& d) { return recurrent_arguments(d, 3, directions); },
      [directions](const Arguments& in) { return run_recurrent<nn::GRU>(in, directions); });
}

std::vector<Op> layers_of_networks() {
  return {
      recurrent_gru("gru", 1),
      recurrent_gru("gru_bidirectional", 2),
      network(
          "rnn", [](Draw& d) { return recurrent_arguments(d, 1, 1); },
          [](const Arguments& in) { return run_recurrent<nn::RNN>(in, 1); }),
      network(
          "conv_transpose2d",
          [](Draw& d) {
            return only({d.normal({2, 2, d.integer(1, 3), 3}), d.normal({2, 3, 2, 3}), d.normal({3})});
          },
          [](const Arguments& in) -> Outputs {
            return {F::conv_transpose2d(in.tensors[0], in.tensors[1], in.tensors[2], {{2, 1}, {1, 0}, {1, 2}}, {1, 0})};
          }),
      network(
          "conv_transpose2d_groups",
          [](Draw& d) {
            return only({d.normal({1, 4, 2, 2}), d.normal({4, 1, 2, 2}), d.normal({2})});
          },
          [](const Arguments& in) -> Outputs {
            return {F::conv_transpose2d(in.tensors[0], in.tensors[1], in.tensors[2], {{2, 2}}, {0, 0}, 2)};
          }),
      network(
          "conv_transpose1d",
          [](Draw& d) {
            return only({d.normal({2, 2, d.integer(1, 4)}), d.normal({2, 3, 3}), d.normal({3})});
          },
          [](const Arguments& in) -> Outputs {
            return {F::conv_transpose1d(in.tensors[0], in.tensors[1], in.tensors[2], 2, 1, 1)};
          }),
      network(
          "interpolate",
          [](Draw& d) {
            return only({d.normal({1, 2, d.integer(2, 4), 3})});
          },
          [](const Arguments& in) -> Outputs {
            const auto sized = [](std::vector<std::int64_t> sizes) { return nn::InterpolateFuncOptions().size(sizes); };
            const Tensor& x = in.tensors[0];
            return {F::interpolate(x, sized({5, 2})), F::interpolate(x, sized({5, 2}).mode(kBilinear)),
                    F::interpolate(x, sized({5, 7}).mode(kBilinear).align_corners(true))};
          }),
      network(
          "pixel_shuffle",
          [](Draw& d) {
            return only({d.normal({2, 8, 2, 3})});
          },
          [](const Arguments& in) -> Outputs { return {F::pixel_shuffle(in.tensors[0], 2)}; }),
  };
}

Op activation(std::string name, std::function<Tensor(const Tensor&)> function) {
  return network(
      std::move(name), [](Draw& d) { return only({d.nonzero(d.shape_or_empty(1, 3))}); },
      [function](const Arguments& in) -> Outputs { return {function(in.tensors[0])}; });
}

std::vector<Op> activations_of_networks() {
  return {
      unary("mish", &Draw::normal, [](const Tensor& x) { return F::mish(clamp(x, -50.0, 50.0)); }),
      activation("selu", [](const Tensor& x) { return F::selu(x); }),
      activation("celu", [](const Tensor& x) { return F::celu(x, 1.5); }),
      activation("hardtanh", [](const Tensor& x) { return F::hardtanh(x, -0.77, 0.83); }),
      activation("hardswish", [](const Tensor& x) { return F::hardswish(x); }),
      // libtorch's derivative is 1 / 6 as a float32.
      on({DType::float32}, activation("hardsigmoid", [](const Tensor& x) { return F::hardsigmoid(x); })),
      activation("softsign", [](const Tensor& x) { return F::softsign(x); }),
      activation("tanhshrink", [](const Tensor& x) { return F::tanhshrink(x); }),
      activation("softshrink", [](const Tensor& x) { return F::softshrink(x, 0.1); }),
      activation("hardshrink", [](const Tensor& x) { return F::hardshrink(x, 0.1); }),
      activation("threshold", [](const Tensor& x) { return F::threshold(x, 0.1, 20.0); }),
      network(
          "glu",
          [](Draw& d) {
            return only({d.normal({d.size(), 4})});
          },
          [](const Arguments& in) -> Outputs { return {F::glu(in.tensors[0])}; }),
      network(
          "prelu",
          [](Draw& d) {
            return only({d.nonzero({2, 3, d.size()}), d.normal({3})});
          },
          [](const Arguments& in) -> Outputs { return {F::prelu(in.tensors[0], in.tensors[1])}; }),
  };
}

std::vector<Op> similarities() {
  const auto pair = [](Draw& d) {
    const std::int64_t n = d.size();
    return only({d.normal({n, 3}), d.normal({n, 3})});
  };
  const auto two = [pair](std::string name, Binary function) {
    return network(std::move(name), pair,
                   [function](const Arguments& in) -> Outputs { return {function(in.tensors[0], in.tensors[1])}; });
  };
  return {
      two("cosine_similarity", [](const Tensor& a, const Tensor& b) { return F::cosine_similarity(a, b); }),
      two("pairwise_distance", [](const Tensor& a, const Tensor& b) { return F::pairwise_distance(a, b); }),
      two("normalize", [](const Tensor& a, const Tensor&) { return F::normalize(a); }),
      with(two("soft_margin_loss", [](const Tensor& a, const Tensor& b) { return F::soft_margin_loss(a, sign(b)); }),
           [](Op& op) { op.constants = {1}; }),
      two("poisson_nll_loss", [](const Tensor& a, const Tensor& b) { return F::poisson_nll_loss(a, b); }),
      two("cosine_embedding_loss",
          [](const Tensor& a, const Tensor& b) {
            return F::cosine_embedding_loss(a, b, ones({a.size(0)}, a.dtype()), 0.0, Reduction::sum);
          }),
      network(
          "triplet_margin_loss",
          [](Draw& d) {
            const std::int64_t n = d.size();
            return only({d.normal({n, 3}), d.normal({n, 3}), d.normal({n, 3})});
          },
          [](const Arguments& in) -> Outputs {
            return {F::triplet_margin_loss(in.tensors[0], in.tensors[1], in.tensors[2], 8.0)};
          }),
      network(
          "gaussian_nll_loss",
          [](Draw& d) {
            const Shape shape{d.size(), 2};
            return only({d.normal(shape), d.normal(shape), d.positive(shape)});
          },
          [](const Arguments& in) -> Outputs {
            return {F::gaussian_nll_loss(in.tensors[0], in.tensors[1], in.tensors[2])};
          }),
  };
}

}  // namespace

std::vector<Op> network_ops() {
  std::vector<Op> all = layers_of_networks();
  for (const auto& list : {activations_of_networks(), similarities()}) all.insert(all.end(), list.begin(), list.end());
  return all;
}

}  // namespace tinytorch::ops
