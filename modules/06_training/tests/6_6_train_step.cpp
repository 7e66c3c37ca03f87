// Task 6.6: train_step.

#include "modules/06_training/tests/oracle.hpp"

namespace tinytorch {
namespace {

using optim::StepResult;

// A line, examples, and the sizes of the micro-batches that the examples are cut into.
struct Scene {
  Numbers start;
  Tensor x, t;
  std::vector<std::int64_t> sizes;

  std::vector<data::Batch> micro() const { return cut(x, t, sizes); }
  Line line() const { return Line(Numbers(start.begin(), start.end() - 1), start.back()); }
};

Scene scene(lab::Case& c, std::int64_t parts) {
  const std::int64_t in = c.integer(1, 3), rows = parts + c.integer(parts > 1 ? 1 : 0, 3 + c.size() / 2);
  Scene made;
  made.start = c.input("weights, then bias", some_numbers(c, in + 1));
  made.x = c.input("inputs", row_major(c, {rows, in}, DType::float64));
  made.t = c.input("targets", row_major(c, {rows, 1}, DType::float64, -2.0, 2.0));
  made.sizes = c.input("sizes of the micro-batches", unequal_parts(c, rows, parts));
  return made;
}

// For sums of a few dozen numbers of size 10.
constexpr double tolerance = 1e-12;

Numbers trained(const Scene& made, double max_norm = std::numeric_limits<double>::infinity()) {
  return stepped(made.start, line_step(made.start, made.x, made.t).gradient, 0.1, max_norm);
}

}  // namespace

TASK_TEST_USES(6, 6, one_batch_is_one_step_along_its_gradient, "6.3", "6.5") {
  lab::cases(20, [](lab::Case& c) {
    const Scene made = scene(c, 1);
    Line line = made.line();
    Plain optimizer({{line.w, line.b}});
    const StepResult result = optim::train_step(line, made.micro(), squared_error, optimizer);
    CHECK_CLOSE("loss", result.loss, line_step(made.start, made.x, made.t).loss, tolerance);
    CHECK_CLOSE("weights, then bias", line.numbers(), trained(made), tolerance);
    CHECK_SAME("examples", result.examples, made.x.sizes()[0]);
  });
}

// The metamorphic test: 5 + 3 + 1 examples are 9.
TASK_TEST_USES(6, 6, micro_batches_of_unequal_size_equal_one_batch, "6.3", "6.5") {
  lab::cases(30, [](lab::Case& c) {
    const Scene made = scene(c, c.integer(2, 4));
    Line line = made.line();
    Plain optimizer({{line.w, line.b}});
    const StepResult result = optim::train_step(line, made.micro(), squared_error, optimizer);
    CHECK_CLOSE("loss", result.loss, line_step(made.start, made.x, made.t).loss, tolerance);
    CHECK_CLOSE("norm of the gradient", result.grad_norm, norm_of(line_step(made.start, made.x, made.t).gradient),
                tolerance);
    CHECK_CLOSE("weights, then bias", line.numbers(), trained(made), tolerance);
    CHECK_SAME("examples", result.examples, made.x.sizes()[0]);
  });
}

TASK_TEST_USES(6, 6, gradients_of_the_step_before_count_no_more, "6.3", "6.5") {
  lab::cases(20, [](lab::Case& c) {
    const Scene made = scene(c, c.integer(1, 2));
    Line line = made.line();
    line.w.set_grad(row_major(c, line.w.sizes(), DType::float64, 5.0, 6.0));
    line.b.set_grad(row_major(c, {1}, DType::float64, 5.0, 6.0));
    Plain optimizer({{line.w, line.b}});
    optim::train_step(line, made.micro(), squared_error, optimizer);
    CHECK_CLOSE("weights, then bias", line.numbers(), trained(made), tolerance);
  });
}

TASK_TEST_USES(6, 6, gradients_are_clipped_before_the_update, "6.3", "6.5") {
  lab::cases(20, [](lab::Case& c) {
    const Scene made = scene(c, c.integer(1, 3));
    Line line = made.line();
    Plain optimizer({{line.w, line.b}});
    const double most = c.input("max_norm", c.real(0.01, 0.1));
    const StepResult result = optim::train_step(line, made.micro(), squared_error, optimizer, {.max_norm = most});
    CHECK_CLOSE("weights, then bias", line.numbers(), trained(made, most), tolerance);
    CHECK_CLOSE("norm before clipping", result.grad_norm, norm_of(line_step(made.start, made.x, made.t).gradient),
                tolerance);
  });
}

TASK_TEST_USES(6, 6, the_gradients_that_are_left_are_the_clipped_ones, "6.3", "6.5") {
  lab::cases(16, [](lab::Case& c) {
    const Scene made = scene(c, 1);
    Line line = made.line();
    Plain optimizer({{line.w, line.b}});
    const double most = c.input("max_norm", c.real(0.01, 0.1));
    optim::train_step(line, made.micro(), squared_error, optimizer, {.max_norm = most});
    const auto left = [&] {
      Numbers all;
      for (const Tensor& parameter : {line.w, line.b})
        for (const double number : lab::values(parameter.grad())) all.push_back(number);
      return all;
    };
    const auto expected = [&] {
      Numbers gradient = line_step(made.start, made.x, made.t).gradient;
      const double factor = std::min(1.0, most / norm_of(gradient));
      for (double& number : gradient) number *= factor;
      return gradient;
    };
    CHECK_CLOSE("gradients of weights, then bias", left(), expected(), tolerance);
  });
}

TASK_TEST_USES(6, 6, each_batch_goes_forward_once_in_training_mode_and_one_update_follows, "6.3", "6.5") {
  lab::cases(16, [](lab::Case& c) {
    const Scene made = scene(c, c.integer(1, 4));
    Line line = made.line();
    line.train(c.input("in training mode before", c.coin()));
    Plain optimizer({{line.w, line.b}});
    optim::train_step(line, made.micro(), squared_error, optimizer);
    CHECK_SAME("training mode in each forward", line.training, std::vector<bool>(made.sizes.size(), true));
    CHECK_SAME("training mode after", line.is_training(), true);
    CHECK_SAME("updates", optimizer.updates.size(), 2);
  });
}

TASK_TEST_USES(6, 6, a_model_in_evaluation_mode_wakes_up_and_a_frozen_part_stays_frozen, "6.3", "6.5") {
  lab::cases(16, [](lab::Case& c) {
    const Scene made = scene(c, c.integer(1, 3));
    Nested net(Numbers(made.start.begin(), made.start.end() - 1));
    const std::vector<bool> before = some_modes(c);
    net.set_modes(before);
    const std::vector<bool> modes = before[0] ? before : std::vector<bool>(4, true);
    Plain optimizer({{net.middle.line.w, net.middle.line.b}});
    CHECK_SAME("examples", optim::train_step(net, made.micro(), squared_error, optimizer).examples, made.x.sizes()[0]);
    CHECK_SAME("training mode of line in each forward", net.middle.line.training,
               std::vector<bool>(made.sizes.size(), modes[3]));
    CHECK_SAME("training modes after", net.modes(), modes);
  });
}

TASK_TEST_USES(6, 6, right_answers_of_all_micro_batches_are_counted, "6.3", "6.5") {
  lab::cases(20, [](lab::Case& c) {
    const std::int64_t parts = c.integer(1, 3), rows = parts + c.integer(0, 6), classes = c.integer(2, 4);
    const Tensor x = c.input("inputs", c.distinct({rows, classes}, DType::float64));
    std::vector<std::int64_t> labels;
    for (std::int64_t n = 0; n < rows; ++n) labels.push_back(c.integer(0, classes - 1));
    c.input("labels", labels);
    std::vector<data::Batch> micro;
    std::int64_t from = 0;
    for (const std::int64_t size : c.input("sizes of the micro-batches", unequal_parts(c, rows, parts))) {
      micro.push_back({rows_of(x, from, from + size), make({size}, DType::int64, [&](const Shape& index) {
                         return labels[static_cast<std::size_t>(from + index[0])];
                       })});
      from += size;
    }
    const auto right = [&] {
      std::int64_t count = 0;
      for (std::int64_t n = 0; n < rows; ++n) {
        std::int64_t best = 0;
        for (std::int64_t k = 1; k < classes; ++k) best = lab::at(x, {n, k}) > lab::at(x, {n, best}) ? k : best;
        count += best == labels[static_cast<std::size_t>(n)];
      }
      return count;
    };
    struct Shifted : nn::Module {  // the order within a row is the same
      Tensor forward(const Tensor& inputs) override { return inputs + b; }
      void members(nn::MemberVisitor& visit) override { visit.parameter("b", b); }
      Tensor b = parameter_of(tensor_of({0.25}, {1}));
    } model;
    Plain optimizer({{model.b}});
    const optim::Loss loss = [](const Tensor& outputs, const Tensor&) { return mean(outputs * outputs); };
    CHECK_SAME("right answers", optim::train_step(model, micro, loss, optimizer).correct, right());
  });
}

// Micro-batches save memory only if each graph is freed before the next one is made.
TASK_TEST_USES(6, 6, the_graph_of_a_micro_batch_is_gone_before_the_next, "6.3", "6.5") {
  lab::cases(12, [](lab::Case& c) {
    const std::int64_t parts = c.integer(3, 5), each = 64 * (1 + c.size());
    const Tensor x = row_major(c, {parts * each, 2}, DType::float64),
                 t = row_major(c, {parts * each, 1}, DType::float64);
    c.input("micro-batches", parts);
    c.input("examples in each", each);
    Line line({0.5, -0.5});
    Plain optimizer({{line.w, line.b}});
    const std::vector<data::Batch> micro = cut(x, t, std::vector<std::int64_t>(static_cast<std::size_t>(parts), each));
    optim::train_step(line, micro, squared_error, optimizer);
    const auto began_with = [&](std::int64_t k) {
      return static_cast<std::size_t>(k) < line.bytes.size() ? line.bytes[static_cast<std::size_t>(k)] : -1;
    };
    CHECK_SAME("forwards", line.bytes.size(), parts);
    CHECK_RELATION("bytes held before the last forward", began_with(parts - 1), <=, began_with(1));
  });
}

TASK_TEST_USES(6, 6, backward_of_a_micro_batch_comes_before_the_next_forward, "6.3", "6.5") {
  lab::cases(16, [](lab::Case& c) {
    const Scene made = scene(c, c.integer(2, 4));
    Line line = made.line();
    Plain optimizer({{line.w, line.b}});
    optim::train_step(line, made.micro(), squared_error, optimizer);
    std::vector<bool> expected(made.sizes.size(), true);
    expected[0] = false;
    CHECK_SAME("the weights have a gradient, as each forward begins", line.graded, expected);
  });
}

TASK_TEST_USES(6, 6, no_batch_is_an_error, "6.3", "6.5") {
  lab::cases(20, [](lab::Case& c) {
    const Scene made = scene(c, 2);
    Line line = made.line();
    Plain optimizer({{line.w, line.b}});
    const std::vector<data::Batch> all = made.micro();
    const auto count = static_cast<std::size_t>(c.input("micro-batches", c.integer(0, 2)));
    const std::span<const data::Batch> micro(all.data(), count);
    const auto expected = [&] {
      if (micro.empty()) throw ValueError("none");
      std::int64_t examples = 0;
      for (const data::Batch& batch : micro) examples += batch.size();
      return examples;
    };
    CHECK_OUTCOME("examples", optim::train_step(line, micro, squared_error, optimizer).examples, expected());
  });
}

}  // namespace tinytorch
