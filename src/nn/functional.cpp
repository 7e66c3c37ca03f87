#include "tinytorch/nn/functional.hpp"

#include "src/core/map.hpp"
#include "src/core/node.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/raw.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/nn/loss.hpp"

#include <cmath>
#include <numbers>

namespace tinytorch::nn::functional {

using namespace tinytorch::detail;  // NOLINT(google-build-using-namespace): our own private shorthand

namespace {

// x as a matrix: every dimension but the last is rows.
Tensor rows_of(const Tensor& x) {
  if (x.dim() == 2) return x;
  std::int64_t rows = 1;
  for (std::int64_t d = 0; d + 1 < x.dim(); ++d) rows *= x.size(d);
  return reshape(x, {rows, x.sizes().back()});
}

Tensor normal_density(const Tensor& z) {
  return exp(z * z * -0.5) * (0.5 * std::numbers::sqrt2 * std::numbers::inv_sqrtpi);
}

Tensor normal_distribution(const Tensor& z) {
  Tensor p = map_float(z, "gelu", [](auto v) {
    return static_cast<decltype(v)>(0.5 * std::erfc(static_cast<double>(v) * -0.5 * std::numbers::sqrt2));
  });
  if (needs_grad({&z}))
    record(p, {&z}, make_node("normal_distribution", [saved = Saved(z)](const Tensor& grad, Grads grads, Node&) {
             grads[0] = grad * normal_density(saved.get("normal_distribution"));
           }));
  return p;
}

// The factor that each loss's gradient gets from the upstream one.
Tensor spread(const Tensor& grad, std::int64_t count, Reduction reduction) {
  return reduction == Reduction::mean ? grad * (1.0 / static_cast<double>(count)) : grad;
}

}  // namespace

Tensor linear(const Tensor& x, const Tensor& w, const Tensor& b) {
  Tensor y = raw::linear(x, w, b);
  if (needs_grad({&x, &w, &b}))
    record(y, {&x, &w, &b},
           make_node("linear", [x = Saved(x), w = Saved(w)](const Tensor& grad, Grads grads, Node& node) {
             const Tensor upstream = rows_of(grad);
             const Shape& x_sizes = x.get("linear").sizes();
             if (node.needs(0)) grads[0] = reshape(matmul(upstream, w.get("linear")), x_sizes);
             if (node.needs(1)) grads[1] = matmul(upstream.t(), rows_of(x.get("linear")));
             if (node.needs(2)) grads[2] = sum(upstream, Shape{0});
           }));
  return y;
}

Tensor gelu(const Tensor& x) {
  Tensor y = raw::gelu(x);
  if (needs_grad({&x}))
    record(y, {&x}, make_node("gelu", [saved = Saved(x)](const Tensor& grad, Grads grads, Node&) {
             const Tensor& z = saved.get("gelu");
             grads[0] = grad * (normal_distribution(z) + z * normal_density(z));
           }));
  return y;
}

Tensor cross_entropy(const Tensor& logits, const Tensor& target, Reduction reduction) {
  Tensor loss = raw::cross_entropy(logits, target, reduction);
  if (needs_grad({&logits}))
    record(loss, {&logits},
           make_node("cross_entropy", [logits = Saved(logits), target = Saved(target), reduction](const Tensor& grad,
                                                                                                  Grads grads, Node&) {
             // Worked out again rather than kept: it costs less than one row of the layer below, and its own gradient
             // comes with it.
             const Tensor log_probs = log_softmax(logits.get("cross_entropy"), 1);
             grads[0] = vjp::cross_entropy(grad, log_probs, target.get("cross_entropy"), reduction);
           }));
  return loss;
}

Tensor mse_loss(const Tensor& a, const Tensor& b, Reduction reduction) {
  Tensor loss = raw::mse_loss(a, b, reduction);
  if (needs_grad({&a, &b}))
    record(loss, {&a, &b},
           make_node("mse_loss", [a = Saved(a), b = Saved(b), reduction](const Tensor& grad, Grads grads, Node& node) {
             const Tensor& first = a.get("mse_loss");
             const Tensor slope = (first - b.get("mse_loss")) * spread(grad, first.numel(), reduction) * 2.0;
             if (node.needs(0)) grads[0] = slope;
             if (node.needs(1)) grads[1] = -slope;
           }));
  return loss;
}

Tensor bce_with_logits(const Tensor& z, const Tensor& t, Reduction reduction) {
  Tensor loss = raw::bce_with_logits(z, t, reduction);
  if (needs_grad({&z, &t}))
    record(loss, {&z, &t},
           make_node("bce_with_logits",
                     [z = Saved(z), t = Saved(t), reduction](const Tensor& grad, Grads grads, Node& node) {
                       const Tensor& logits = z.get("bce_with_logits");
                       const Tensor upstream = spread(grad, logits.numel(), reduction);
                       if (node.needs(0)) grads[0] = (sigmoid(logits) - t.get("bce_with_logits")) * upstream;
                       if (node.needs(1)) grads[1] = -logits * upstream;
                     }));
  return loss;
}

}  // namespace tinytorch::nn::functional
