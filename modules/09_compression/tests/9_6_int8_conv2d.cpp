// Task 9.6: nn::int8_conv2d. It may use 9.5.

#include "modules/09_compression/tests/int8_oracle.hpp"

namespace tinytorch {

lab::Value to_value(const ConvSpec& spec) {
  return lab::record({{"stride", Shape{spec.stride.h, spec.stride.w}},
                      {"padding", Shape{spec.padding.h, spec.padding.w}},
                      {"dilation", Shape{spec.dilation.h, spec.dilation.w}}});
}

namespace nn {
namespace {

/// Images and kernels that fit this spec; at first one image and one channel.
Layer any_conv(lab::Case& c, const ConvSpec& spec, const Extras& with) {
  const std::int64_t most = c.index() < 8 ? 1 : 3;
  const std::int64_t N = c.integer(1, most), C = c.integer(1, most), O = c.integer(1, most);
  const Pair kernel{c.integer(1, 3), c.integer(1, 3)};
  const std::int64_t H = spec.dilation.h * (kernel.h - 1) + c.integer(1, 3);
  const std::int64_t W = spec.dilation.w * (kernel.w - 1) + c.integer(1, 3);
  const Tensor x = any_integers(c, {N, C, H, W}), w = any_integers(c, {O, C, kernel.h, kernel.w}, -127);
  Layer layer = layer_of(c, x, w, C * kernel.h * kernel.w, with);
  layer.spec = spec;
  return layer;
}

void check_conv(lab::Case& c, const Layer& layer) {
  name_inputs(c, layer);
  c.input("spec", layer.spec);
  CHECK_SAME("integers", int8_conv2d(layer.x, layer.w, layer.bias, layer.out, layer.spec), conv_integers(layer));
}

Pair pair(lab::Case& c, std::int64_t least, std::int64_t most) {
  const std::int64_t h = c.integer(least, most);
  return {h, c.integer(least, most)};
}

}  // namespace

TASK_TEST_USES(9, 6, a_kernel_reads_every_place_of_an_image, "9.5") {
  lab::cases(50, [](lab::Case& c) { check_conv(c, any_conv(c, {}, {.bias = false, .relu = false})); });
}

TASK_TEST_USES(9, 6, the_padding_is_the_number_0, "9.5") {
  lab::cases(60, [](lab::Case& c) {
    check_conv(c, any_conv(c, {.padding = pair(c, 0, 2)}, {.scales = false, .bias = false, .relu = false}));
  });
}

TASK_TEST_USES(9, 6, strides_and_dilation_move_the_kernel, "9.5") {
  lab::cases(60, [](lab::Case& c) {
    const Pair stride = pair(c, 1, 3), padding = pair(c, 0, 1), dilation = pair(c, 1, 2);
    check_conv(c, any_conv(c, {stride, padding, dilation}, {.bias = false, .relu = false}));
  });
}

TASK_TEST_USES(9, 6, channels_have_their_scale_and_bias, "9.5") {
  lab::cases(60, [](lab::Case& c) { check_conv(c, any_conv(c, {.padding = pair(c, 0, 1)}, {})); });
}

TASK_TEST_USES(9, 6, images_and_kernels_may_be_views, "9.5") {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t N = c.integer(1, 2), C = c.integer(1, 2), O = c.integer(1, 2);
    const auto view = [&](const Shape& sizes, std::int64_t lowest) {
      return with_numbers(c.strided(sizes, DType::int8), [&] { return static_cast<double>(c.integer(lowest, 127)); });
    };
    const Tensor x = view({N, C, 3, 4}, -128), w = view({O, C, 2, 3}, -127);
    check_conv(c, layer_of(c, x, w, C * 6, {}));
  });
}

TASK_TEST_USES(9, 6, a_batch_without_images, "9.5") {
  lab::cases(20, [](lab::Case& c) {
    const std::int64_t C = c.integer(1, 2);
    const Tensor x = any_integers(c, {0, C, 3, 3}), w = any_integers(c, {c.integer(1, 2), C, 2, 2}, -127);
    check_conv(c, layer_of(c, x, w, C * 4, {}));
  });
}

TASK_TEST_USES(9, 6, convolutions_that_do_not_fit_throw, "9.5") {
  lab::cases(60, [](lab::Case& c) {
    Layer layer = any_conv(c, {}, {});
    const Shape x = layer.x.values.sizes(), w = layer.w.values.sizes();
    const std::int64_t fault = c.integer(0, 7);
    if (fault == 0) layer.x.values = any_integers(c, {x[0], x[1] + 1, x[2], x[3]});
    if (fault == 1) layer.w.values = any_integers(c, {w[0], w[1], x[2] + 1, w[3]});
    if (fault == 2) layer.bias = c.tensor({w[0] + 1});
    if (fault == 3) layer.spec.stride = {0, 1};
    if (fault == 4) layer.w.zero_point = 1;
    if (fault == 5) layer.w.values = c.tensor(w);
    c.input("fault", fault);
    name_inputs(c, layer);
    c.input("spec", layer.spec);
    const auto expected = [&] {
      if (fault < 3) throw ShapeError("shapes");
      if (fault < 5) throw ValueError("values");
      if (fault == 5) throw DTypeError("dtypes");
      return conv_integers(layer);
    };
    CHECK_OUTCOME("integers", int8_conv2d(layer.x, layer.w, layer.bias, layer.out, layer.spec), expected());
  });
}

}  // namespace nn
}  // namespace tinytorch
