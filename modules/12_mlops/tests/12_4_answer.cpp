// Task 12.4: answer and publish_model.

#include "modules/12_mlops/tests/models.hpp"
#include "tinytorch/core/autograd.hpp"

#include <algorithm>

namespace tinytorch::deploy {
namespace {

/// Ways in which a batch fails.
enum class Fault : std::uint8_t { none, error, exception, rows, scalar, shapes, no_model };

std::string fault_text(Fault fault) {
  const char* const texts[] = {"none",
                               "the model throws an Error",
                               "the model throws a std::runtime_error",
                               "the model returns a row too few",
                               "the model returns a number",
                               "the inputs have two shapes",
                               "there is no model"};
  return texts[static_cast<std::size_t>(fault)];
}

class FaultyModel final : public nn::Module {
 public:
  explicit FaultyModel(Fault fault) : fault_(fault) {}
  Tensor forward(const Tensor& x) override {
    if (fault_ == Fault::error) throw ShapeError("[linear] the weights do not fit");
    if (fault_ == Fault::exception) throw std::runtime_error("out of luck");
    if (fault_ == Fault::rows) return x.slice(0, 1, x.size(0));
    if (fault_ == Fault::scalar) return full({}, 1.0);
    return x;
  }

 private:
  Fault fault_;
};

}  // namespace

TASK_TEST(12, 4, each_request_gets_its_own_row) {
  lab::cases(40, [](lab::Case& c) {
    Taken taken;
    const std::int64_t width = c.integer(1, 3), version = c.input("version", c.integer(1, 5));
    taken.batch = some_requests(c, c.integer(1, std::min<std::int64_t>(2 + c.size() / 2, 8)), width);
    show_taken(c, "batch", taken);
    ModelHandle current;
    publish_model(current, scaling(version));
    Replies out;
    answer(taken, current, out);
    CHECK_SAME("replies", reply_values(out), right_replies(taken, version));
  });
}

TASK_TEST(12, 4, inputs_may_have_any_shape) {
  lab::cases(30, [](lab::Case& c) {
    Taken taken;
    const Shape shape = c.shape(0, 3);
    const std::int64_t count = c.integer(1, 3);
    for (std::int64_t i = 0; i < count; ++i) taken.batch.push_back({i, c.tensor(shape), never});
    c.input("input of the first request", taken.batch[0].input);
    ModelHandle current;
    publish_model(current, scaling(2));
    Replies out;
    answer(taken, current, out);
    std::vector<lab::Value> outputs, right;
    for (const Reply& reply : out) outputs.push_back(lab::to_value(reply.output));
    for (const Request& request : taken.batch) right.push_back(lab::to_value(request.input * 2.0));
    CHECK_SAME("outputs", outputs, right);
  });
}

TASK_TEST(12, 4, the_model_is_called_once_for_a_batch) {
  lab::cases(40, [](lab::Case& c) {
    Taken taken;
    taken.batch = some_requests(c, c.integer(0, std::min<std::int64_t>(3 + c.size() / 2, 8)), 2);
    taken.expired = some_requests(c, c.integer(0, 2), 2);
    show_taken(c, "batch", taken);
    std::vector<std::int64_t> sizes;
    ModelHandle current;
    publish_model(current, {1, std::make_shared<ScalingModel>(1.0, &sizes)});
    Replies out;
    answer(taken, current, out);
    const auto right = [&] {
      std::vector<std::int64_t> calls;
      if (!taken.batch.empty()) calls.push_back(static_cast<std::int64_t>(taken.batch.size()));
      return calls;
    };
    CHECK_SAME("rows in each call of the model", sizes, right());
  });
}

TASK_TEST(12, 4, expired_requests_are_answered_without_the_model) {
  lab::cases(40, [](lab::Case& c) {
    Taken taken;
    taken.batch = some_requests(c, c.integer(0, 2), 2);
    taken.expired = some_requests(c, c.integer(1, std::min<std::int64_t>(2 + c.size() / 3, 8)), 2);
    show_taken(c, "batch", taken);
    ModelHandle current;
    publish_model(current, scaling(3));
    Replies out;
    answer(taken, current, out);
    CHECK_SAME("replies", reply_values(out), right_replies(taken, 3));
  });
}

TASK_TEST(12, 4, replies_are_appended) {
  lab::cases(30, [](lab::Case& c) {
    ModelHandle current;
    publish_model(current, scaling(2));
    Replies out;
    std::vector<lab::Value> right;
    const std::int64_t batches = c.input("batches", c.integer(2, 3));
    for (std::int64_t b = 0; b < batches; ++b) {
      Taken taken;
      taken.batch = some_requests(c, c.integer(1, 2), 1);
      if (c.coin()) taken.expired = some_requests(c, 1, 1);
      show_taken(c, "batch " + std::to_string(b), taken);
      append_right(right, taken, 2);
      answer(std::move(taken), current, out);
    }
    CHECK_SAME("replies", reply_values(out), right);
  });
}

TASK_TEST(12, 4, a_failing_batch_fails_its_own_requests_only) {
  lab::cases(60, [](lab::Case& c) {
    const auto fault = c.pick(
        {Fault::none, Fault::error, Fault::exception, Fault::rows, Fault::scalar, Fault::shapes, Fault::no_model});
    c.input("fault of the second batch", fault_text(fault));
    ModelHandle current;
    Replies out;
    std::vector<lab::Value> right;
    for (int b = 0; b < 3; ++b) {
      Taken taken;
      taken.batch = some_requests(c, c.integer(2, 3), 2);
      taken.expired = some_requests(c, c.integer(0, 1), 2);
      show_taken(c, "batch " + std::to_string(b), taken);
      const bool fails = b == 1 && fault != Fault::none;
      append_right(right, taken, fails ? 0 : 4);
      publish_model(current, scaling(4));
      if (fails && fault != Fault::shapes) publish_model(current, {5, std::make_shared<FaultyModel>(fault)});
      if (fails && fault == Fault::shapes) taken.batch.back().input = full({3}, 1.0);
      if (fails && fault == Fault::no_model) current.model = nullptr;
      answer(std::move(taken), current, out);
    }
    CHECK_SAME("replies", reply_values(out), right);
  });
}

TASK_TEST(12, 4, the_next_batch_is_computed_by_the_new_model) {
  lab::cases(30, [](lab::Case& c) {
    ModelHandle current;
    Replies out;
    std::vector<lab::Value> right;
    const std::int64_t batches = c.integer(1, 3);
    for (std::int64_t b = 0; b < batches; ++b) {
      const std::int64_t version = c.input("published", c.integer(1, 9));  // an older one, too: after a roll back
      publish_model(current, scaling(version));
      Taken taken;
      taken.batch = some_requests(c, c.integer(1, 2), 2);
      show_taken(c, "batch", taken);
      append_right(right, taken, version);
      answer(std::move(taken), current, out);
    }
    CHECK_SAME("replies", reply_values(out), right);
  });
}

// The model publishes its successor while it computes. So nobody may hold the lock meanwhile, or this waits for ever.
TASK_TEST(12, 4, a_whole_batch_is_computed_by_one_model) {
  lab::cases(30, [](lab::Case& c) {
    Taken first, second;
    first.batch = some_requests(c, c.integer(1, 3), 2);
    second.batch = some_requests(c, c.integer(1, 3), 2);
    show_taken(c, "first batch", first);
    show_taken(c, "second batch", second);
    const std::int64_t version = c.input("published during the first batch", c.integer(2, 9));
    ModelHandle current;
    const auto model = std::make_shared<ScalingModel>(1.0);
    model->during = [&] { publish_model(current, scaling(version)); };
    publish_model(current, {1, model});
    Replies out;
    answer(first, current, out);
    answer(second, current, out);
    const auto right = [&] {
      std::vector<lab::Value> values = right_replies(first, 1);
      append_right(values, second, version);
      return values;
    };
    CHECK_SAME("replies", reply_values(out), right());
  });
}

TASK_TEST(12, 4, a_model_is_freed_when_nobody_uses_it) {
  lab::cases(30, [](lab::Case& c) {
    Taken taken;
    taken.batch = some_requests(c, c.integer(1, 3), 2);
    show_taken(c, "batch", taken);
    const bool during = c.input("the next model comes during the batch", c.coin());
    ModelHandle current;
    auto model = std::make_shared<ScalingModel>(1.0);
    const std::weak_ptr<ScalingModel> watched = model;
    std::vector<bool> alive;
    model->during = [&] {
      if (during) publish_model(current, scaling(2));
      alive.push_back(!watched.expired());
    };
    publish_model(current, {1, std::move(model)});
    Replies out;
    answer(taken, current, out);
    alive.push_back(!watched.expired());
    publish_model(current, scaling(3));
    alive.push_back(!watched.expired());
    std::vector<std::string> texts;
    for (const bool is : alive) texts.emplace_back(is ? "alive" : "freed");
    CHECK_SAME("the first model during the batch, after it, and after another is published", texts,
               std::vector<std::string>{"alive", during ? "freed" : "alive", "freed"});
    CHECK_SAME("replies", reply_values(out), right_replies(taken, 1));
  });
}

TASK_TEST(12, 4, nothing_is_recorded_for_backward) {
  lab::cases(30, [](lab::Case& c) {
    Taken taken;
    taken.batch = some_requests(c, c.integer(1, 3), 2);
    show_taken(c, "batch", taken);
    for (Request& request : taken.batch) request.input.set_requires_grad(true);
    ModelHandle current;
    publish_model(current, scaling(2));
    Replies out;
    answer(taken, current, out);
    std::int64_t recorded = 0;
    for (const Reply& reply : out) recorded += reply.output.defined() && reply.output.requires_grad();
    CHECK_SAME("outputs that backward() would go through", recorded, 0);
    CHECK_SAME("replies", reply_values(out), right_replies(taken, 2));
  });
}

}  // namespace tinytorch::deploy
