// Task 3.7: nn::choose_conv. Between im2col and the direct loops, below the limit, every answer is right.

#include "modules/03_cnn/tests/oracle.hpp"

namespace tinytorch {
namespace {

std::int64_t bytes_of_one_image(const Problem& p) { return 4 * numel(p.columns()); }

void show(lab::Case& c, const Problem& p, std::int64_t limit) {
  c.input("x", p.x);
  c.input("w", p.w);
  show(c, p.spec);
  c.input("workspace_limit", limit);
}

bool is_pointwise(const Problem& p) {
  return p.kernel() == Pair{1, 1} && p.spec.stride == Pair{1, 1} && p.spec.padding == Pair{0, 0};
}

// One in four is pointwise.
Problem any_problem(lab::Case& c) {
  Problem p = problem(c, all_options);
  if (c.integer(0, 3) == 0) {
    p.w[2] = p.w[3] = 1;
    p.spec = {};
  }
  p.y[2] = places(p.x[2], p.w[2], p.spec.stride.h, p.spec.padding.h, p.spec.dilation.h);
  p.y[3] = places(p.x[3], p.w[3], p.spec.stride.w, p.spec.padding.w, p.spec.dilation.w);
  return p;
}

// The columns of one image need more bytes than `limit`.
void check_too_small(lab::Case& c, const Problem& p, std::int64_t limit) {
  show(c, p, limit);
  CHECK_SAME("direct 0, im2col 1, pointwise 2", nn::choose_conv(p.x, p.w, p.spec, limit),
             is_pointwise(p) ? nn::ConvAlgo::pointwise : nn::ConvAlgo::direct);
}

}  // namespace

TASK_TEST_USES(3, 7, pointwise_is_a_kernel_of_one_pixel_that_moves_none, "3.1", "3.6") {
  lab::cases(80, [](lab::Case& c) {
    Problem p = problem(c, {.stride = c.coin(), .padding = c.coin(), .dilation = c.coin()});
    if (c.coin()) p.w[2] = p.w[3] = 1;  // more often than by chance, with every other option
    if (c.coin()) (c.coin() ? p.spec.stride.h : p.spec.stride.w) = 1;
    const std::int64_t limit = c.pick({std::int64_t{0}, std::int64_t{1} << 40});
    show(c, p, limit);
    CHECK_SAME("is it pointwise", nn::choose_conv(p.x, p.w, p.spec, limit) == nn::ConvAlgo::pointwise, is_pointwise(p));
  });
}

TASK_TEST_USES(3, 7, columns_never_exceed_the_limit, "3.1", "3.6") {
  lab::cases(80, [](lab::Case& c) {
    const Problem p = any_problem(c);
    const std::int64_t bytes = bytes_of_one_image(p);
    check_too_small(c, p, bytes - c.pick<std::int64_t>({1, 1, 2, bytes / 2}));
  });
}

// Fewer bytes than half the columns. A limit that counts something else than bytes lets them pass.
TASK_TEST_USES(3, 7, the_limit_counts_bytes, "3.1", "3.6") {
  lab::cases(80, [](lab::Case& c) {
    const Problem p = any_problem(c);
    const std::int64_t bytes = bytes_of_one_image(p);
    check_too_small(c, p, c.integer(bytes / 4, bytes / 2 - 1));
  });
}

TASK_TEST_USES(3, 7, a_small_limit_leaves_the_loops, "3.1", "3.6") {
  lab::cases(40, [](lab::Case& c) {
    const Problem p = any_problem(c);
    check_too_small(c, p, c.integer(0, bytes_of_one_image(p) / 4 - 1));
  });
}

}  // namespace tinytorch
