// Task 8.5: op_cost. The oracle runs each operation on numbers that count what is done with them.
#include "modules/08_profiling/tests/costs.hpp"

#include <algorithm>

namespace tinytorch::profiling {
namespace {

/// A number that counts the operations on it.
struct Counted {
  static inline std::int64_t operations = 0;

  Counted done() const {
    ++operations;
    return {};
  }
  friend Counted operator*(const Counted& a, const Counted&) { return a.done(); }
  friend Counted operator+(const Counted& a, const Counted&) { return a.done(); }
  friend Counted operator-(const Counted& a, const Counted&) { return a.done(); }
  friend Counted operator/(const Counted& a, const Counted&) { return a.done(); }
  friend Counted exp(const Counted& a) { return a.done(); }
  friend Counted max(const Counted& a, const Counted&) { return a.done(); }
};

/// How many operations `run` does.
template <class F>
std::int64_t counted(F run) {
  Counted::operations = 0;
  run();
  return Counted::operations;
}

void repeat(std::int64_t times, const auto& body) {
  for (std::int64_t i = 0; i < times; ++i) body();
}

/// Adds `terms` products to a number.
Counted dot(std::int64_t terms) {
  Counted sum, a, b;
  repeat(terms, [&] { sum = sum + a * b; });
  return sum;
}

/// Images and kernels of a convolution, and its result.
struct Conv {
  std::int64_t images = 1, channels = 1, height = 1, width = 1, kernels = 1, rows = 1, columns = 1, out_h = 1,
               out_w = 1;

  Shape x() const { return {images, channels, height, width}; }
  Shape w() const { return {kernels, channels, rows, columns}; }
  Shape y() const { return {images, kernels, out_h, out_w}; }
};

/// With a step and a padding, so that the result's size does not follow from the image's.
Conv any_conv(lab::Case& c, std::int64_t least_images, std::int64_t most_images) {
  Conv conv;
  conv.images = c.integer(least_images, most_images);
  conv.channels = c.integer(1, 3);
  conv.kernels = c.integer(1, 4);
  conv.rows = c.integer(1, 3);
  conv.columns = c.integer(1, 3);
  conv.height = conv.rows + c.integer(0, 5);
  conv.width = conv.columns + c.integer(0, 5);
  const std::int64_t step = c.integer(1, 3), padding = c.integer(0, 2);
  conv.out_h = (conv.height + 2 * padding - conv.rows) / step + 1;
  conv.out_w = (conv.width + 2 * padding - conv.columns) / step + 1;
  return conv;
}

/// The convolution as the lesson has it: a product for each tap, also in the padding.
std::int64_t counted_conv(const Conv& conv, bool bias) {
  return counted([&] {
    repeat(conv.images * conv.kernels * conv.out_h * conv.out_w, [&] {
      const Counted sum = dot(conv.channels * conv.rows * conv.columns);
      if (bias) static_cast<void>(sum + Counted{});
    });
  });
}

/// Each gradient of an element of y goes to each tap of its window.
std::int64_t counted_gradient(const Conv& conv) {
  return counted([&] {
    repeat(conv.images * conv.kernels * conv.out_h * conv.out_w, [&] {
      Counted sum, gradient, other;
      repeat(conv.channels * conv.rows * conv.columns, [&] { sum = sum + gradient * other; });
    });
  });
}

OpRecord shown(lab::Case& c, OpRecord op) {
  c.input("operation", written(op));
  return op;
}

OpRecord conv_record(const Conv& conv, bool bias, DType dtype) {
  std::vector<Shape> inputs{conv.x(), conv.w()};
  if (bias) inputs.push_back({conv.kernels});
  return record_of("conv2d", inputs, conv.y(), dtype);
}

std::int64_t elements(const Shape& shape) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) count *= size;
  return count;
}

Shape with(Shape shape, std::initializer_list<std::int64_t> sizes) {
  for (const std::int64_t size : sizes) shape.push_back(size);
  return shape;
}

/// Sizes of a batch; a matrix or rows follow.
Shape any_batch(lab::Case& c, std::int64_t most) {
  Shape batch;
  for (std::int64_t left = c.integer(0, most); left > 0; --left) batch.push_back(c.integer(1, 4));
  return batch;
}

/// One of the operations that work element by element.
OpRecord any_elementwise(lab::Case& c, const Shape& shape, DType dtype) {
  const bool two = c.coin();
  const char* const name =
      two ? c.pick({"add", "mul", "sub", "maximum", "lt"}) : c.pick({"relu", "exp", "sqrt", "tanh", "abs"});
  return record_of(name, two ? std::vector<Shape>{shape, shape} : std::vector<Shape>{shape}, shape, dtype);
}

}  // namespace

TASK_TEST(8, 5, a_matmul_has_two_operations_for_each_product) {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t m = c.integer(1, 2 + c.size()), k = c.integer(1, 2 + c.size()), n = c.integer(1, 2 + c.size());
    const OpRecord op = shown(c, record_of("matmul", {{m, k}, {k, n}}, {m, n}, any_dtype(c)));
    CHECK_SAME("cost", op_cost(op), cost_of(op, counted([&] { repeat(m * n, [&] { dot(k); }); })));
  });
}

TASK_TEST(8, 5, every_matrix_of_a_batch_counts) {
  lab::cases(40, [](lab::Case& c) {
    const Shape batch = any_batch(c, 3);
    const std::int64_t m = c.integer(1, 5), k = c.integer(1, 5), n = c.integer(1, 5);
    const bool one_matrix = c.coin();  // the same right side for all
    const Shape right = with(one_matrix ? Shape{} : batch, {k, n});
    const OpRecord op = shown(c, record_of("matmul", {with(batch, {m, k}), right}, with(batch, {m, n})));
    CHECK_SAME("cost", op_cost(op), cost_of(op, counted([&] { repeat(elements(batch) * m * n, [&] { dot(k); }); })));
  });
}

TASK_TEST(8, 5, a_bias_is_one_more_for_each_result) {
  lab::cases(60, [](lab::Case& c) {
    const Shape batch = any_batch(c, 2);
    const std::int64_t in = c.integer(1, 3 + c.size()), out = c.integer(1, 3 + c.size());
    const bool bias = c.coin();
    std::vector<Shape> inputs{with(batch, {in}), {out, in}};
    if (bias) inputs.push_back({out});
    const OpRecord op = shown(c, record_of("linear", inputs, with(batch, {out}), any_dtype(c)));
    CHECK_SAME("cost", op_cost(op), cost_of(op, counted([&] {
                                              repeat(elements(batch) * out, [&] {
                                                const Counted sum = dot(in);
                                                if (bias) static_cast<void>(sum + Counted{});
                                              });
                                            })));
  });
}

TASK_TEST(8, 5, a_convolution_counts_all_images) {
  lab::cases(40, [](lab::Case& c) {
    const Conv conv = any_conv(c, 1, 1 + c.size() / 4);
    const bool bias = c.coin();
    const OpRecord op = shown(c, conv_record(conv, bias, any_dtype(c)));
    CHECK_SAME("cost", op_cost(op), cost_of(op, counted_conv(conv, bias)));
  });
}

TASK_TEST(8, 5, gradients_of_a_convolution_count_as_much_as_itself) {
  lab::cases(40, [](lab::Case& c) {
    const Conv conv = any_conv(c, 1, 4);
    const bool to_images = c.coin();
    const OpRecord op = shown(c, to_images ? record_of("conv2d_grad_input", {conv.y(), conv.w()}, conv.x())
                                           : record_of("conv2d_grad_weight", {conv.y(), conv.x()}, conv.w()));
    CHECK_SAME("cost", op_cost(op), cost_of(op, counted_gradient(conv)));
  });
}

TASK_TEST(8, 5, element_by_element_counts_the_result) {
  lab::cases(60, [](lab::Case& c) {
    const Shape shape = c.shape_with_zero(0, 4);
    Shape stretched = shape;  // broadcast: fewer elements than the result
    for (std::int64_t d = 0; d < shape.size(); ++d) stretched[d] = c.coin() ? 1 : shape[d];
    const char* const name = c.pick({"add", "sub", "mul", "div", "maximum", "eq", "add_"});
    const OpRecord op = shown(c, record_of(name, {stretched, shape}, shape, any_dtype(c)));
    CHECK_SAME("cost", op_cost(op), cost_of(op, elements(shape)));
  });
}

TASK_TEST(8, 5, a_reduction_counts_its_input) {
  lab::cases(60, [](lab::Case& c) {
    const Shape shape = c.shape(1, 4);
    Shape kept = shape;
    for (std::int64_t d = 0; d < shape.size(); ++d) kept[d] = c.coin() ? 1 : shape[d];
    const char* const name = c.pick({"sum", "mean", "amax", "prod"});
    const OpRecord op = shown(c, record_of(name, {shape}, kept, any_dtype(c)));
    CHECK_SAME("cost", op_cost(op), cost_of(op, counted([&] {
                                              Counted total, value;
                                              repeat(elements(shape), [&] { total = total + value; });
                                            })));
  });
}

TASK_TEST(8, 5, softmax_has_five_for_each_element) {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t rows = c.integer(1, 2 + c.size()), columns = c.integer(1, 2 + c.size());
    const OpRecord op = shown(c, record_of("softmax", {{rows, columns}}, {rows, columns}));
    CHECK_SAME("cost", op_cost(op), cost_of(op, counted([&] {
                                              const Counted x;
                                              Counted most, e, sum;
                                              repeat(rows, [&] {
                                                repeat(columns, [&] { most = max(most, x); });
                                                repeat(columns, [&] { e = exp(x - most), sum = sum + e; });
                                                repeat(columns, [&] { e = e / sum; });
                                              });
                                            })));
  });
}

TASK_TEST(8, 5, pooling_counts_its_windows) {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t n = c.integer(1, 4), channels = c.integer(1, 3), h = c.integer(1, 5), w = c.integer(1, 5);
    const Shape window{c.integer(1, 3), c.integer(1, 3)};
    OpRecord op = record_of("max_pool2d", {{n, channels, h * window[0], w * window[1]}}, {n, channels, h, w});
    op.window = window;
    shown(c, op);
    CHECK_SAME("cost", op_cost(op), cost_of(op, counted([&] {
                                              Counted most, x;
                                              repeat(n * channels * h * w, [&] {
                                                repeat(window[0] * window[1], [&] { most = max(most, x); });
                                              });
                                            })));
  });
}

TASK_TEST(8, 5, losses_count_their_first_input) {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t rows = c.integer(1, 2 + c.size()), columns = c.integer(1, 2 + c.size());
    const bool squares = c.coin();
    const Shape x{rows, columns};
    const OpRecord op = shown(
        c, squares ? record_of("mse_loss", {x, x}, {}) : record_of("cross_entropy", {x, {rows}}, {}, DType::float64));
    CHECK_SAME("cost", op_cost(op), cost_of(op, (squares ? 3 : 4) * rows * columns));
  });
}

TASK_TEST(8, 5, an_update_writes_what_it_got_but_the_gradient) {
  lab::cases(40, [](lab::Case& c) {
    const Shape shape = c.shape(1, 3);
    const auto state = static_cast<std::size_t>(c.integer(0, 2));
    const DType dtype = c.pick({DType::float32, DType::float64});
    const OpRecord op = shown(c, record_of("adam_update", std::vector<Shape>(2 + state, shape), {}, dtype));
    const auto expected = [&] {
      Cost cost = cost_of(op, 13 * elements(shape));
      cost.bytes_written = static_cast<std::int64_t>(1 + state) * elements(shape) * bytes_of(dtype);
      return cost;
    };
    CHECK_SAME("cost", op_cost(op), expected());
  });
}

TASK_TEST(8, 5, moving_elements_is_no_arithmetic) {
  lab::cases(40, [](lab::Case& c) {
    const Shape shape = c.shape_with_zero(1, 4);
    const char* const name = c.pick({"contiguous", "clone", "reshape", "permute", "flip"});
    const OpRecord op = shown(c, record_of(name, {shape}, shape, any_dtype(c)));
    CHECK_SAME("cost", op_cost(op), cost_of(op, 0));
  });
}

TASK_TEST(8, 5, a_view_costs_nothing) {
  lab::cases(60, [](lab::Case& c) {
    const Shape shape = c.shape(1, 4);
    OpRecord op = record_of(c.pick({"reshape", "permute", "expand", "slice"}), {shape}, shape, any_dtype(c));
    op.view = c.coin();
    shown(c, op);
    CHECK_SAME("cost", op_cost(op), op.view ? Cost{} : cost_of(op, 0));
  });
}

TASK_TEST(8, 5, what_others_did_is_not_counted_again) {
  lab::cases(60, [](lab::Case& c) {
    const Shape shape = c.shape(1, 3);
    OpRecord op = any_elementwise(c, shape, DType::float32);
    op.nested = c.coin() ? static_cast<std::uint32_t>(c.integer(1, 3)) : 0;
    shown(c, op);
    CHECK_SAME("cost", op_cost(op), op.nested > 0 ? Cost{} : cost_of(op, elements(shape)));
  });
}

TASK_TEST(8, 5, a_node_of_backward_costs_nothing_of_its_own) {
  lab::cases(60, [](lab::Case& c) {
    const Shape shape = c.shape(1, 3);
    OpRecord op = any_elementwise(c, shape, DType::float64);
    op.backward = c.coin();
    if (op.backward) {
      op.input_count = 1;  // the gradient alone
      op.output_shape = Shape{};
    }
    shown(c, op);
    CHECK_SAME("cost", op_cost(op), op.backward ? Cost{} : cost_of(op, elements(shape)));
  });
}

TASK_TEST(8, 5, an_unknown_operation_says_so) {
  lab::cases(60, [](lab::Case& c) {
    const Shape shape = c.shape(1, 3);
    const bool known = c.coin();
    OpRecord op = any_elementwise(c, shape, DType::float32);
    if (!known) op.name = c.pick({"sort", "my_layer", "relux", "", "conv3d"});
    shown(c, op);
    Cost unknown;
    unknown.known = false;
    CHECK_SAME("cost", op_cost(op), known ? cost_of(op, elements(shape)) : unknown);
  });
}

TASK_TEST(8, 5, double_the_batch_is_double_the_work_on_the_same_weights) {
  lab::cases(40, [](lab::Case& c) {
    Conv conv = any_conv(c, 1, 6);
    const OpRecord op = shown(c, conv_record(conv, true, DType::float32));
    conv.images *= 2;
    const OpRecord twice = shown(c, conv_record(conv, true, DType::float32));
    const auto difference = [&] {
      const Cost one = op_cost(op), two = op_cost(twice);
      return Cost{two.flops - one.flops, two.bytes_read - one.bytes_read, two.bytes_written - one.bytes_written};
    };
    const auto half = [&] {
      Cost cost = cost_of(op, counted_conv(conv, true) / 2);
      cost.bytes_read -= 4 * (elements(conv.w()) + conv.kernels);
      return cost;
    };
    CHECK_SAME("what the second half costs", difference(), half());
  });
}

TASK_TEST(8, 5, large_operations_are_counted_in_full) {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t m = c.integer(1, 50'000), k = c.integer(1, 50'000), n = c.integer(1, 50'000);
    const OpRecord op = shown(c, record_of("matmul", {{m, k}, {k, n}}, {m, n}));
    CHECK_SAME("cost", op_cost(op), cost_of(op, 2 * m * k * n));
  });
}

}  // namespace tinytorch::profiling
