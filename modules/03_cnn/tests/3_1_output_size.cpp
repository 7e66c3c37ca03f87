// Task 3.1: nn::conv_output_size.

#include "modules/03_cnn/tests/oracle.hpp"

namespace tinytorch {
namespace {

struct Line {
  std::int64_t in, kernel, stride = 1, padding = 0, dilation = 1;
};

void show(lab::Case& c, const Line& line) {
  c.input("in", line.in);
  c.input("kernel", line.kernel);
  c.input("stride", line.stride);
  c.input("padding", line.padding);
  c.input("dilation", line.dilation);
}

std::int64_t size_of(const Line& line) {
  return nn::conv_output_size(line.in, line.kernel, line.stride, line.padding, line.dilation);
}

std::int64_t places_of(const Line& line) {
  return places(line.in, line.kernel, line.stride, line.padding, line.dilation);
}

std::int64_t places_or_error(const Line& line) {
  if (line.kernel < 1 || line.stride < 1 || line.dilation < 1 || line.padding < 0) throw ValueError("no such kernel");
  const std::int64_t count = places_of(line);
  if (count == 0) throw ShapeError("the kernel does not fit");
  return count;
}

void check(lab::Case& c, const Line& line) {
  show(c, line);
  CHECK_SAME("size", size_of(line), places_of(line));
}

}  // namespace

TASK_TEST(3, 1, a_kernel_has_as_many_places_as_fit) {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t kernel = c.integer(1, 1 + c.size());
    check(c, {kernel + c.integer(0, 2 * c.size()), kernel});
  });
}

TASK_TEST(3, 1, a_stride_leaves_out_a_rest) {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t kernel = c.integer(1, 1 + c.size());
    const std::int64_t in = kernel + c.integer(0, 3 * c.size());
    check(c, {in, kernel, c.integer(2, 4)});
  });
}

TASK_TEST(3, 1, padding_is_added_on_both_sides) {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t padding = c.integer(1, 3);
    const std::int64_t in = c.integer(1, 2 + c.size());
    check(c, {in, c.integer(1, in + 2 * padding), c.integer(1, 2), padding});
  });
}

TASK_TEST(3, 1, dilation_leaves_gaps_between_taps) {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t dilation = c.integer(2, 4), kernel = c.integer(1, 3);
    const std::int64_t in = dilation * (kernel - 1) + 1 + c.integer(0, 2 * c.size());
    check(c, {in, kernel, c.integer(1, 3), c.integer(0, 2), dilation});
  });
}

// Lines longer than any image: counts that 32 bits or a float don't hold.
TASK_TEST(3, 1, the_places_of_a_long_line_are_counted_exactly) {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t kernel = c.integer(1, 3), stride = c.integer(1'000'000'000, 2'000'000'000);
    const std::int64_t in = kernel + stride * c.integer(1, 4) - c.integer(0, 1);
    check(c, {in, kernel, stride, c.coin() ? 0 : c.integer(1, 2)});
  });
}

TASK_TEST(3, 1, a_kernel_that_does_not_fit_throws) {
  lab::cases(60, [](lab::Case& c) {
    const std::int64_t in = c.integer(1, 6), kernel = c.integer(1, 6);
    const std::int64_t padding = c.integer(0, 1), dilation = c.integer(1, 2);
    const Line line{in, kernel, c.integer(1, 3), padding, dilation};
    show(c, line);
    CHECK_OUTCOME("size", size_of(line), places_or_error(line));
  });
}

TASK_TEST(3, 1, options_out_of_range_throw) {
  lab::cases(60, [](lab::Case& c) {
    Line line{c.integer(2, 9), c.integer(1, 2)};
    switch (c.integer(0, 7)) {
      case 0:
        line.kernel = -c.integer(0, 2);
        break;
      case 1:
        line.stride = -c.integer(0, 2);
        break;
      case 2:
        line.dilation = -c.integer(0, 2);
        break;
      case 3:
        line.padding = -1;
        break;
      default:
        break;
    }
    show(c, line);
    CHECK_OUTCOME("size", size_of(line), places_or_error(line));
  });
}

}  // namespace tinytorch
