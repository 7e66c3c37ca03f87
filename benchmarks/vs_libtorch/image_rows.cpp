#include "benchmarks/vs_libtorch/rows.hpp"

#include <array>

namespace tinytorch::versus {
namespace {

/// A convolution with stride 1 and its gradients.
void add_convolution(Rows& rows, const Shape& image, const Shape& kernels, std::int64_t padding, bool first_layer) {
  const Both x = normal(image, 1), w = normal(kernels, 2), b = normal({kernels[0]}, 3);
  const ConvSpec spec{{1, 1}, {padding, padding}, {1, 1}};
  const auto forward = [=] { return nn::functional::conv2d(x.ours, w.ours, b.ours, spec); };
  const Both grad = normal(forward().sizes(), 4);
  const auto backward = [=](std::array<bool, 3> wanted) {
    const std::vector<std::int64_t> ones{1, 1}, pad{padding, padding}, none{0, 0};
    return at::convolution_backward(grad.theirs, x.theirs, w.theirs, c10::nullopt, ones, pad, ones, false, none, 1,
                                    wanted);
  };
  const std::string of = to_string(image) + " with " + to_string(kernels);
  const double tolerance = 1e-3;  // sums of tens of thousands of products
  rows.push_back({"convolution, " + of, unrecorded(forward),
                  unrecorded([=] { return torch::conv2d(x.theirs, w.theirs, b.theirs, 1, padding); }), 0.9, 1.2,
                  tolerance});
  rows.push_back({"gradient of w, " + of,
                  unrecorded([=] { return detail::conv2d_grad_weight(grad.ours, x.ours, w.ours.sizes(), spec); }),
                  unrecorded([=] {
                    return std::get<1>(backward({false, true, false}));
                  }),
                  0.7, 1, tolerance});
  if (first_layer) return;  // nobody needs the gradient of the images
  rows.push_back({"gradient of x, " + of,
                  unrecorded([=] { return detail::conv2d_grad_input(grad.ours, w.ours, x.ours.sizes(), spec); }),
                  unrecorded([=] {
                    return std::get<0>(backward({true, false, false}));
                  }),
                  0.7, 1, tolerance});
}

}  // namespace

Rows image_rows() {
  Rows rows;
  add_convolution(rows, {64, 1, 28, 28}, {16, 1, 5, 5}, 2, true);
  add_convolution(rows, {64, 16, 14, 14}, {32, 16, 5, 5}, 2, false);
  add_convolution(rows, {32, 3, 32, 32}, {32, 3, 3, 3}, 1, true);
  add_convolution(rows, {32, 32, 32, 32}, {32, 32, 3, 3}, 1, false);
  add_convolution(rows, {32, 64, 16, 16}, {64, 64, 3, 3}, 1, false);
  const Both x = normal({64, 16, 28, 28}, 5);
  rows.push_back({"max pool 2, 64 x 16 x 28 x 28", unrecorded([x] {
                    return nn::functional::max_pool2d(x.ours, PoolSpec{{2, 2}, {2, 2}, {0, 0}});
                  }),
                  unrecorded([x] { return torch::max_pool2d(x.theirs, 2); }), 10, 40});
  return rows;
}

}  // namespace tinytorch::versus
