#include "tests/library/ops/lists.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/nn/loss.hpp"

namespace tinytorch::ops {

namespace {

namespace fn = nn::functional;

// ints[0]: the reduction.
Reduction reduction_of(const Arguments& in) { return static_cast<Reduction>(in.ints[0]); }

std::int64_t any_reduction(Draw& d) {
  constexpr Reduction all[] = {Reduction::none, Reduction::mean, Reduction::sum};
  return static_cast<std::int64_t>(all[d.integer(0, 2)]);
}

Op loss(std::string name, std::function<Arguments(Draw&)> arguments, std::function<Tensor(const Arguments&)> function) {
  Op op;
  op.name = std::move(name);
  op.arguments = std::move(arguments);
  op.run = [function](const Arguments& in) -> Outputs { return {function(in)}; };
  op.no_edges = "composed of log_softmax and element-wise functions, whose edges are checked";
  op.roundings = 64.0;
  return op;
}

using PairLoss = std::function<Tensor(const Tensor&, const Tensor&, Reduction)>;

// Two tensors of one shape; `second` draws the target.
Op pair_loss(std::string name, DrawTensor first, std::function<Tensor(Draw&, const Shape&)> second, PairLoss function) {
  return loss(
      std::move(name),
      [first, second](Draw& d) -> Arguments {
        const Shape shape = d.shape_or_empty(0, 3);
        const Tensor x = (d.*first)(shape);
        return {{x, second(d, shape)}, {any_reduction(d)}};
      },
      [function](const Arguments& in) { return function(in.tensors[0], in.tensors[1], reduction_of(in)); });
}

Tensor far_away(Draw& d, const Shape& shape) { return d.between(shape, 20.0, 30.0); }
Tensor inside(Draw& d, const Shape& shape) { return d.between(shape, 0.1, 0.9); }

std::vector<Op> pairs() {
  std::vector<Op> all = {
      pair_loss(
          "mse_loss", &Draw::normal, [](Draw& d, const Shape& shape) { return d.normal(shape); },
          [](const Tensor& a, const Tensor& b, Reduction r) { return fn::mse_loss(a, b, r); }),
      pair_loss("l1_loss", &Draw::normal, far_away,
                [](const Tensor& a, const Tensor& b, Reduction r) { return fn::l1_loss(a, b, r); }),
      pair_loss("huber_loss", &Draw::distinct, inside,
                [](const Tensor& a, const Tensor& b, Reduction r) { return fn::huber_loss(a, b, r, 0.7); }),
      pair_loss("smooth_l1_loss", &Draw::distinct, inside,
                [](const Tensor& a, const Tensor& b, Reduction r) { return fn::smooth_l1_loss(a, b, r, 0.7); }),
      pair_loss("bce_with_logits", &Draw::normal, inside,
                [](const Tensor& a, const Tensor& b, Reduction r) { return fn::bce_with_logits(a, b, r); }),
      pair_loss("kl_div", &Draw::normal, inside,
                [](const Tensor& a, const Tensor& b, Reduction r) { return fn::kl_div(a, b, r); }),
      loss(
          "binary_cross_entropy",
          [](Draw& d) -> Arguments {
            const Shape shape = d.shape_or_empty(0, 3);
            return {{d.between(shape, 0.1, 0.9), inside(d, shape)}, {any_reduction(d)}};
          },
          [](const Arguments& in) { return fn::binary_cross_entropy(in.tensors[0], in.tensors[1], reduction_of(in)); }),
      loss(
          "bce_with_pos_weight",
          [](Draw& d) -> Arguments {
            const Shape shape = d.shape_or_empty(1, 3);
            return {{d.normal(shape), inside(d, shape), d.positive({shape[shape.size() - 1]})}, {any_reduction(d)}};
          },
          [](const Arguments& in) {
            return fn::bce_with_logits(
                in.tensors[0], in.tensors[1],
                nn::BCEWithLogitsLossOptions{.reduction = reduction_of(in), .pos_weight = in.tensors[2]});
          }),
  };
  all.back().constants = {2};
  return all;
}

// logits (N, C) or (N, C, d), labels, class weights. ints: reduction, ignored label.
Arguments class_arguments(Draw& d) {
  const std::int64_t n = d.number() == 1 ? 0 : d.size(), classes = d.integer(2, 5);
  Shape x{n, classes}, labels{n};
  if (d.coin()) {
    x.push_back(3);
    labels.push_back(3);
  }
  return {{d.normal(x), d.integers(labels, 0, classes - 1), d.positive({classes})},
          {any_reduction(d), d.integer(0, classes)}};
}

std::vector<Op> classes() {
  std::vector<Op> all = {
      loss("cross_entropy", class_arguments,
           [](const Arguments& in) { return fn::cross_entropy(in.tensors[0], in.tensors[1], reduction_of(in)); }),
      loss("cross_entropy_weighted", class_arguments,
           [](const Arguments& in) {
             return fn::cross_entropy(in.tensors[0], in.tensors[1],
                                      nn::CrossEntropyLossOptions{.weight = in.tensors[2],
                                                                  .ignore_index = in.ints[1],
                                                                  .reduction = reduction_of(in),
                                                                  .label_smoothing = 0.1});
           }),
      loss(
          "cross_entropy_soft_targets",
          [](Draw& d) -> Arguments {
            const std::int64_t n = d.size(), count = d.integer(2, 5);
            return {{d.normal({n, count}), d.between({n, count}, 0.1, 0.9)}, {any_reduction(d)}};
          },
          [](const Arguments& in) {
            return fn::cross_entropy(
                in.tensors[0], in.tensors[1],
                nn::CrossEntropyLossOptions{.reduction = reduction_of(in), .label_smoothing = 0.2});
          }),
      loss("nll_loss", class_arguments,
           [](const Arguments& in) {
             return fn::nll_loss(in.tensors[0], in.tensors[1],
                                 nn::NLLLossOptions{.weight = in.tensors[2], .reduction = reduction_of(in)});
           }),
  };
  for (Op& op : all) op.constants = {2};
  return all;
}

}  // namespace

std::vector<Op> loss_ops() {
  std::vector<Op> all = pairs();
  for (Op& op : classes()) all.push_back(std::move(op));
  return all;
}

}  // namespace tinytorch::ops
