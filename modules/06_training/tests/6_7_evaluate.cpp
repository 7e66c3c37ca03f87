// Task 6.7: evaluate.

#include "modules/06_training/tests/oracle.hpp"
#include "tinytorch/nn/dropout.hpp"
#include "tinytorch/nn/mlp.hpp"
#include "tinytorch/nn/norm.hpp"

namespace tinytorch {
namespace {

using optim::EvalResult;

struct Scene {
  Numbers start;
  Tensor x, t;
  ListLoader loader{{}};
  Line line{{0.0}};
};

// The last batch is short, and its examples have larger losses.
Scene scene(lab::Case& c) {
  const std::int64_t in = c.integer(1, 3), each = c.integer(2, 4), full = c.integer(1, 3),
                     left = c.integer(1, each - 1);
  Scene made;
  made.start = c.input("weights, then bias", some_numbers(c, in + 1));
  const std::int64_t rows = full * each + left;
  made.x = c.input("inputs", row_major(c, {rows, in}, DType::float64));
  made.t = c.input("targets", make({rows, 1}, DType::float64, [&](const Shape& index) {
                     return index[0] < full * each ? c.real(-1.0, 1.0) : c.real(5.0, 9.0);
                   }));
  std::vector<std::int64_t> sizes(static_cast<std::size_t>(full), each);
  sizes.push_back(left);
  made.loader = ListLoader(cut(made.x, made.t, c.input("sizes of the batches", sizes)));
  made.line = Line(Numbers(made.start.begin(), made.start.end() - 1), made.start.back());
  return made;
}

}  // namespace

TASK_TEST(6, 7, the_mean_is_over_examples_not_over_batches) {
  lab::cases(30, [](lab::Case& c) {
    Scene made = scene(c);
    const EvalResult result = optim::evaluate(made.line, made.loader, squared_error);
    CHECK_CLOSE("loss", result.loss, line_step(made.start, made.x, made.t).loss, 1e-12 * 100.0);
    CHECK_SAME("examples", result.examples, made.x.sizes()[0]);
    CHECK_SAME("epochs begun", made.loader.begun, std::vector<std::int64_t>{0});
  });
}

TASK_TEST(6, 7, it_looks_in_evaluation_mode_and_gives_the_mode_back) {
  lab::cases(16, [](lab::Case& c) {
    Scene made = scene(c);
    const bool before = c.input("in training mode before", c.coin());
    made.line.train(before);
    optim::evaluate(made.line, made.loader, squared_error);
    CHECK_SAME("training mode in each forward", made.line.training, std::vector<bool>(made.loader.all().size(), false));
    CHECK_SAME("training mode after", made.line.is_training(), before);
  });
}

TASK_TEST(6, 7, the_mode_comes_back_after_an_exception_too) {
  lab::cases(20, [](lab::Case& c) {
    Scene made = scene(c);
    const bool before = c.input("in training mode before", c.coin());
    made.line.train(before);
    made.loader.throws_at = c.input("batch that throws", c.integer(-1, made.loader.batches() - 1));
    const auto expected = [&] {
      if (made.loader.throws_at >= 0) throw ValueError("on order");
      return made.x.sizes()[0];
    };
    CHECK_OUTCOME("examples", optim::evaluate(made.line, made.loader, squared_error).examples, expected());
    CHECK_SAME("training mode after", made.line.is_training(), before);
    CHECK_SAME("recording is on after", GradMode::enabled(), true);
  });
}

// A part that is frozen in evaluation mode must stay so.
TASK_TEST(6, 7, each_module_gets_its_own_mode_back) {
  lab::cases(30, [](lab::Case& c) {
    Scene made = scene(c);
    Nested net(Numbers(made.start.begin(), made.start.end() - 1));
    net.middle.line.b.data<double>()[0] = made.start.back();
    const std::vector<bool> before = some_modes(c);
    net.set_modes(before);
    made.loader.throws_at = c.input("batch that throws", c.integer(-2, made.loader.batches() - 1));
    const auto expected = [&] {
      if (made.loader.throws_at >= 0) throw ValueError("on order");
      return made.x.sizes()[0];
    };
    CHECK_OUTCOME("examples", optim::evaluate(net, made.loader, squared_error).examples, expected());
    const std::size_t forwards = net.middle.seen.size();
    CHECK_SAME("training mode of middle in each forward", net.middle.seen, std::vector<bool>(forwards, false));
    CHECK_SAME("training mode of shared in each forward", net.middle.shared_seen, std::vector<bool>(forwards, false));
    CHECK_SAME("training modes of net, shared, middle, line after", net.modes(), before);
  });
}

// A validation set may be larger than the memory.
TASK_TEST(6, 7, one_batch_and_its_outputs_are_held_at_a_time) {
  lab::cases(12, [](lab::Case& c) {
    const std::int64_t batches = c.input("batches", c.integer(4, 6)), each = 64 * (1 + c.size());
    c.input("examples in each", each);
    const Tensor x = row_major(c, {batches * each, 2}, DType::float64),
                 t = row_major(c, {batches * each, 1}, DType::float64);
    Line line({0.5, -0.5});
    ListLoader loader(cut(x, t, std::vector<std::int64_t>(static_cast<std::size_t>(batches), each)));
    loader.makes_copies = true;
    const std::int64_t before = memory::stats().active, bytes_of_batch = each * 3 * 8;
    CHECK_CLOSE("loss", optim::evaluate(line, loader, squared_error).loss, line_step({0.5, -0.5, 0.0}, x, t).loss,
                1e-12);
    const auto began_with = [&](std::int64_t k) {
      return static_cast<std::size_t>(k) < line.bytes.size() ? line.bytes[static_cast<std::size_t>(k)] : -1;
    };
    CHECK_SAME("forwards", line.bytes.size(), batches);
    CHECK_RELATION("bytes held before the last forward", began_with(batches - 1), <=, began_with(1));
    CHECK_RELATION("bytes held before the second forward, less those before the call", began_with(1) - before, <=,
                   3 * bytes_of_batch + 1024);
  });
}

TASK_TEST(6, 7, nothing_is_recorded) {
  lab::cases(16, [](lab::Case& c) {
    Scene made = scene(c);
    bool recorded = false;
    const optim::Loss loss = [&](const Tensor& outputs, const Tensor& targets) {
      recorded = recorded || outputs.requires_grad();
      return squared_error(outputs, targets);
    };
    optim::evaluate(made.line, made.loader, loss);
    CHECK_SAME("an output has a graph", recorded, false);
    CHECK_SAME("recording in each forward", made.line.recording, std::vector<bool>(made.loader.all().size(), false));
    CHECK_SAME("a parameter has a gradient", made.line.w.grad().defined(), false);
  });
}

TASK_TEST(6, 7, right_answers_of_all_batches_are_counted) {
  lab::cases(20, [](lab::Case& c) {
    const std::int64_t batches = c.integer(1, 3), classes = 3;
    std::vector<data::Batch> all;
    std::int64_t right = 0;
    for (std::int64_t k = 0; k < batches; ++k) {
      const std::int64_t rows = c.integer(1, 4);
      const Tensor outputs = c.input("outputs", c.distinct({rows, classes}, DType::float64));
      const Tensor labels = c.input("labels", make({rows}, DType::int64, [&](const Shape& index) {
                                      std::int64_t best = 0;
                                      for (std::int64_t i = 1; i < classes; ++i) {
                                        if (lab::at(outputs, {index[0], i}) > lab::at(outputs, {index[0], best}))
                                          best = i;
                                      }
                                      const bool hit = c.coin();
                                      right += hit;
                                      return hit ? best : (best + 1) % classes;
                                    }));
      all.push_back({copied(outputs), labels});
    }
    struct Same : nn::Module {  // outputs are the inputs
      Tensor forward(const Tensor& inputs) override { return inputs; }
    } model;
    ListLoader loader(all);
    const optim::Loss loss = [](const Tensor& outputs, const Tensor&) { return mean(outputs); };
    CHECK_SAME("right answers", optim::evaluate(model, loader, loss).correct, right);
  });
}

TASK_TEST(6, 7, no_examples_give_zero) {
  lab::cases(12, [](lab::Case& c) {
    Scene made = scene(c);
    const std::int64_t all = made.x.sizes()[0];
    const std::int64_t rows =
        c.input("examples in the loader, from the first on", c.pick({std::int64_t{0}, std::int64_t{1}, all}));
    const Tensor x = rows_of(made.x, 0, rows), t = rows_of(made.t, 0, rows);
    if (rows == 0) made.loader = ListLoader({});
    if (rows == 1) made.loader = ListLoader({{x, t}});
    const EvalResult result = optim::evaluate(made.line, made.loader, squared_error);
    CHECK_CLOSE("loss", result.loss, rows == 0 ? 0.0 : line_step(made.start, x, t).loss, 1e-12 * 100.0);
    CHECK_SAME("examples", result.examples, rows);
  });
}

TASK_TEST(6, 7, dropout_draws_nothing_and_running_statistics_stand_still) {
  lab::cases(10, [](lab::Case& c) {
    const std::int64_t rows = c.integer(4, 8);
    const Tensor x = c.input("inputs", row_major(c, {rows, 3}, DType::float32));
    nn::Sequential net;
    net.add<nn::BatchNorm1d>(3);
    net.add<nn::Dropout>(0.5, 7);
    ListLoader loader({{x, row_major(c, {rows, 3}, DType::float32)}});
    const auto state = [&] {
      std::vector<Numbers> all;
      for (const Tensor& buffer : net.buffers()) all.push_back(lab::values(buffer));
      for (const nn::NamedGenerator& named : net.named_generators())
        all.push_back({static_cast<double>(named.generator->state().words[0] >> 11)});
      return all;
    };
    const std::vector<Numbers> before = state();
    CHECK_SAME("examples", optim::evaluate(net, loader, squared_error).examples, rows);
    CHECK_SAME("running statistics and random numbers", state(), before);
  });
}

}  // namespace tinytorch
