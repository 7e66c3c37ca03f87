// Task 5.8: example_generator and random_shift.

#include "modules/05_data/tests/oracle.hpp"

#include <thread>

namespace tinytorch {
namespace {

struct Move {
  std::int64_t dy, dx;
};

Move drawn(std::int64_t reach, Generator generator) {
  const auto places = static_cast<std::uint64_t>(2 * reach + 1);
  const auto down = static_cast<std::int64_t>(generator.below(places)) - reach;
  const auto right = static_cast<std::int64_t>(generator.below(places)) - reach;
  return {down, right};
}

// Element by element: element (i, j) of each plane is element (i - dy, j - dx), or 0 if that is outside.
std::vector<double> moved(const Tensor& x, const Move& move) {
  const std::int64_t H = x.sizes()[x.dim() - 2], W = x.sizes()[x.dim() - 1];
  const std::vector<double> from = lab::values(x);
  std::vector<double> to(from.size(), 0.0);
  for (std::int64_t at = 0; at < static_cast<std::int64_t>(from.size()); ++at) {
    const std::int64_t plane = at / (H * W), i = at / W % H - move.dy, j = at % W - move.dx;
    if (i < 0 || i >= H || j < 0 || j >= W) continue;
    to[static_cast<std::size_t>(at)] = from[static_cast<std::size_t>((plane * H + i) * W + j)];
  }
  return to;
}

// A failure shows a generator by its next draws.
Indices next_draws(Generator generator) {
  Indices draws;
  for (int k = 0; k < 3; ++k) draws.push_back(static_cast<std::int64_t>(generator.next() >> 1));
  return draws;
}

void check(lab::Case& c, const Tensor& image, std::int64_t reach) {
  Generator generator(random_seed(c));
  const Move move = drawn(reach, generator);
  c.input("image", image);
  c.input("reach", reach);
  c.input("dy", move.dy);
  c.input("dx", move.dx);
  const data::Example after = data::random_shift({image, zeros({}, DType::int64)}, reach, generator);
  CHECK_SAME("shape", after.input.sizes(), image.sizes());
  CHECK_SAME("dtype", after.input.dtype(), image.dtype());
  CHECK_SAME("image moved", lab::values(after.input), moved(image, move));
}

std::uint64_t mixed(std::uint64_t seed, std::int64_t epoch, std::int64_t index) {
  const std::uint64_t of_epoch = mix_seed(seed, static_cast<std::uint64_t>(epoch));
  return mix_seed(of_epoch, static_cast<std::uint64_t>(index));
}

}  // namespace

TASK_TEST(5, 8, seed_epoch_and_index_decide_the_draws) {
  lab::cases(60, [](lab::Case& c) {
    const std::uint64_t seed = c.input("seed", random_seed(c));
    const std::int64_t epoch = c.input("epoch", c.integer(0, 3));
    const std::int64_t index = c.input("index", c.integer(0, 3));
    CHECK_SAME("next draws", next_draws(data::example_generator(seed, epoch, index)),
               next_draws(Generator(mixed(seed, epoch, index))));
  });
}

TASK_TEST(5, 8, every_thread_gets_the_same_draws) {
  lab::cases(10, [](lab::Case& c) {
    const std::uint64_t seed = c.input("seed", random_seed(c));
    const std::int64_t index = c.input("index", c.integer(0, 99));
    for (int thread = 0; thread < 3; ++thread) {
      const lab::Stage stage;
      const auto ask = [seed, index, thread] {
        for (int before = 0; before < thread; ++before) data::example_generator(seed, 0, before);
        return next_draws(data::example_generator(seed, 1, index));
      };
      CHECK_SAME("next draws on thread " + std::to_string(thread), lab::call(stage, ask).outcome(),
                 next_draws(Generator(mixed(seed, 1, index))));
    }
  });
}

TASK_TEST(5, 8, dy_is_drawn_before_dx) {
  lab::cases(40, [](lab::Case& c) { check(c, c.distinct({4, 5}), 1 + c.size() / 8); });
}

TASK_TEST(5, 8, zeros_move_in_from_any_side) {
  lab::cases(60, [](lab::Case& c) {
    const std::int64_t height = c.integer(1, 1 + c.size() / 6), width = c.integer(1, 1 + c.size() / 6);
    const bool empty = c.index() > 0 && c.integer(0, 9) == 0;
    check(c, c.contiguous({empty ? 0 : height, width}), c.integer(0, 1 + c.size() / 5));
  });
}

TASK_TEST(5, 8, all_planes_move_alike) {
  lab::cases(40, [](lab::Case& c) {
    Shape sizes{c.integer(2, 3), c.integer(2, 4), c.integer(2, 4)};
    if (c.coin()) sizes.insert(0, c.integer(2, 3));
    check(c, c.contiguous(sizes), c.integer(1, 3));
  });
}

TASK_TEST(5, 8, images_may_have_any_strides_and_type) {
  lab::cases(40, [](lab::Case& c) {
    const Shape sizes{c.integer(2, 4), c.integer(2, 4)};
    check(c, c.strided(sizes, c.pick({DType::float32, DType::uint8, DType::float64, DType::int64})), c.integer(0, 2));
  });
}

TASK_TEST(5, 8, two_draws_and_the_target_stays) {
  lab::cases(40, [](lab::Case& c) {
    const Tensor image = c.input("image", c.contiguous({2, 3}));
    const Tensor target = c.input("target", c.contiguous({c.integer(1, 3)}, DType::int64));
    const std::int64_t reach = c.input("reach", c.integer(0, 3));
    Generator generator(random_seed(c)), twin = generator;
    const data::Example after = data::random_shift({image, target}, reach, generator);
    for (int k = 0; k < 2; ++k) twin.below(static_cast<std::uint64_t>(2 * reach + 1));
    CHECK_SAME("draws that follow", next_draws(generator), next_draws(twin));
    CHECK_SAME("target", after.target, target);
    CHECK_SAME("the target is the same handle", after.target.shares_storage(target), true);
  });
}

}  // namespace tinytorch
