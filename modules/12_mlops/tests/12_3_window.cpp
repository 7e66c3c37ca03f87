// Task 12.3: BatchWindow, driven by scripts of times. No test waits, and none has a thread.

#include "tests/kit/kit.hpp"
#include "tinytorch/core/creation.hpp"
#include "tinytorch/nn/deploy_batching.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace tinytorch::deploy {
namespace {

/// A call of the window, at a time.
struct Step {
  enum class Kind : std::uint8_t { submit, take, wake_at, drain };
  Kind kind = Kind::take;
  std::int64_t now = 0, id = 0, expires_at = never;

  std::string text() const {
    switch (kind) {
      case Kind::submit:
        return "submit " + std::to_string(id) + " at " + std::to_string(now) +
               (expires_at == never ? "" : ", expires at " + std::to_string(expires_at));
      case Kind::take:
        return "take at " + std::to_string(now);
      case Kind::wake_at:
        return "wake_at";
      case Kind::drain:
        return "drain";
    }
    return "";
  }
};

Step submit(std::int64_t id, std::int64_t now, std::int64_t expires_at = never) {
  return {Step::Kind::submit, now, id, expires_at};
}
Step take(std::int64_t now) { return {Step::Kind::take, now}; }
Step wake(std::int64_t now) { return {Step::Kind::wake_at, now}; }
Step drain(std::int64_t now) { return {Step::Kind::drain, now}; }

std::string time_text(std::int64_t time) {
  return time == never ? "never" : time == at_once ? "at once" : std::to_string(time);
}

std::string admission_text(Admission admission) {
  return admission == Admission::accepted ? "accepted" : admission == Admission::full ? "full" : "draining";
}

std::string taken_text(const std::vector<std::int64_t>& batch, const std::vector<std::int64_t>& expired) {
  std::string text;
  for (const std::int64_t id : batch) text += (text.empty() ? "batch " : " ") + std::to_string(id);
  for (std::size_t i = 0; i < expired.size(); ++i)
    text += (i > 0 ? " " : text.empty() ? "expired " : ", expired ") + std::to_string(expired[i]);
  return text.empty() ? "nothing" : text;
}

/// What the contract says, written as it is said.
class WindowModel {
 public:
  explicit WindowModel(const WindowOptions& options) : options_(options) {}

  std::string submit(const Step& step) {
    if (draining_) return "draining";
    if (static_cast<std::int64_t>(waiting_.size()) == options_.capacity) return "full";
    waiting_.push_back(step);
    return "accepted";
  }

  std::string take(std::int64_t now) {
    std::vector<std::int64_t> batch, expired;
    std::vector<Step> left;
    for (const Step& one : waiting_) {
      if (one.expires_at <= now) expired.push_back(one.id);
      if (one.expires_at > now) left.push_back(one);
    }
    const auto count = static_cast<std::int64_t>(left.size());
    const bool due = count > 0 && (draining_ || count >= options_.max_batch || left[0].now + options_.max_delay <= now);
    const auto size = due ? std::min(count, options_.max_batch) : 0;
    for (std::int64_t i = 0; i < size; ++i) batch.push_back(left[static_cast<std::size_t>(i)].id);
    waiting_.assign(left.begin() + size, left.end());
    return taken_text(batch, expired);
  }

  void drain() { draining_ = true; }

  /// By brute force: the first time from `now` on at which a copy returns something; the times of a script are small.
  std::string wake_at(std::int64_t now) const {
    if (waiting_.empty()) return "never";
    if (draining_ || static_cast<std::int64_t>(waiting_.size()) >= options_.max_batch) return "at once";
    for (std::int64_t time = now - 100; time < now + 100; ++time) {
      WindowModel copy = *this;
      if (copy.take(time) != "nothing") return std::to_string(time);
    }
    return "later";
  }

 private:
  WindowOptions options_;
  std::vector<Step> waiting_;
  bool draining_ = false;
};

using Answers = std::vector<std::string>;

Answers model_answers(const WindowOptions& options, const std::vector<Step>& steps) {
  WindowModel model(options);
  Answers answers;
  for (const Step& step : steps) {
    if (step.kind == Step::Kind::submit) answers.push_back(model.submit(step));
    if (step.kind == Step::Kind::take) answers.push_back(model.take(step.now));
    if (step.kind == Step::Kind::wake_at) answers.push_back(model.wake_at(step.now));
    if (step.kind == Step::Kind::drain) model.drain();
  }
  return answers;
}

std::vector<std::int64_t> ids_of(const std::vector<Request>& requests) {
  std::vector<std::int64_t> ids;
  for (const Request& request : requests) {
    const bool whole =
        request.input.defined() && lab::values(request.input) == std::vector<double>{static_cast<double>(request.id)};
    ids.push_back(whole ? request.id : -request.id);  // an input was lost or exchanged
  }
  return ids;
}

Answers window_answers(const WindowOptions& options, const std::vector<Step>& steps) {
  BatchWindow window(options);
  Answers answers;
  for (const Step& step : steps) {
    if (step.kind == Step::Kind::submit) {
      const Tensor input = full({1}, static_cast<double>(step.id));
      answers.push_back(admission_text(window.submit({step.id, input, step.expires_at}, step.now)));
    }
    if (step.kind == Step::Kind::take) {
      const Taken taken = window.take(step.now);
      answers.push_back(taken_text(ids_of(taken.batch), ids_of(taken.expired)));
    }
    if (step.kind == Step::Kind::wake_at) answers.push_back(time_text(window.wake_at()));
    if (step.kind == Step::Kind::drain) window.drain();
  }
  return answers;
}

/// Plays the script on the window and on its model.
void check_script(lab::Case& c, const WindowOptions& options, const std::vector<Step>& steps) {
  c.input("window", "max_batch " + std::to_string(options.max_batch) + ", max_delay " +
                        std::to_string(options.max_delay) + ", capacity " + std::to_string(options.capacity));
  std::vector<std::string> texts;
  for (const Step& step : steps) texts.push_back(step.text());
  c.input("calls", texts);
  c.label(std::to_string(steps.size()) + " calls");
  CHECK_SAME("answers", window_answers(options, steps), model_answers(options, steps));
}

/// Times that ascend, some of them equal.
std::vector<Step> arrivals(lab::Case& c, std::int64_t count, std::int64_t gap, std::int64_t& now) {
  std::vector<Step> steps;
  for (std::int64_t i = 0; i < count; ++i) {
    now += c.integer(0, gap);
    steps.push_back(submit(c.integer(1, 9) * 100 + i, now));
  }
  return steps;
}

/// A time after which a request is still wanted, or just not.
std::int64_t some_end(lab::Case& c, std::int64_t now, std::int64_t longest) {
  const std::int64_t after = c.integer(0, longest);
  return c.coin() ? now + after : never;
}

}  // namespace

TASK_TEST(12, 3, a_full_batch_is_due_at_once) {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t batch = c.integer(1, 1 + c.size() / 2), count = c.integer(0, 2 * batch);
    std::int64_t now = c.integer(0, 50);
    std::vector<Step> steps = arrivals(c, count, 3, now);
    steps.push_back(take(now));
    steps.push_back(take(now));
    check_script(c, {batch, 1000, 50}, steps);
  });
}

TASK_TEST(12, 3, the_oldest_waits_max_delay_and_no_longer) {
  lab::cases(60, [](lab::Case& c) {
    const std::int64_t delay = c.integer(0, 20), count = c.integer(1, 2 + c.size() / 3);
    std::int64_t now = c.integer(0, 50);
    const std::int64_t start = now;
    std::vector<Step> steps = arrivals(c, count, 4, now);
    const std::int64_t oldest = steps[0].now;
    const std::int64_t last = std::max(now, oldest + delay + 1);
    for (std::int64_t time = std::max(now, oldest + delay - 2); time <= last; ++time) steps.push_back(take(time));
    c.input("start", start);
    check_script(c, {50, delay, 50}, steps);
  });
}

TASK_TEST(12, 3, a_batch_is_the_oldest_in_order) {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t batch = c.integer(1, 3), count = c.integer(1, 3 + c.size());
    std::int64_t now = c.integer(0, 50);
    std::vector<Step> steps = arrivals(c, count, 2, now);
    for (std::int64_t i = 0; i <= count / batch + 1; ++i) steps.push_back(take(now + 100));
    check_script(c, {batch, 100, 50}, steps);
  });
}

// What is left after a batch waits from its own arrival on.
TASK_TEST(12, 3, what_is_left_waits_for_its_own_delay) {
  lab::cases(60, [](lab::Case& c) {
    const std::int64_t batch = c.integer(1, 3), delay = c.integer(1, 12), count = c.integer(1, 2 * batch);
    std::int64_t now = c.integer(0, 50);
    std::vector<Step> steps = arrivals(c, count, 6, now);
    for (std::int64_t i = 0; i < 5; ++i) {
      steps.push_back(take(now));
      now += c.integer(0, 5);
    }
    check_script(c, {batch, delay, 50}, steps);
  });
}

TASK_TEST(12, 3, what_has_expired_is_in_no_batch) {
  lab::cases(60, [](lab::Case& c) {
    std::int64_t now = c.integer(0, 50);
    const std::int64_t count = c.integer(1, 2 + c.size() / 2);
    std::vector<Step> steps = arrivals(c, count, 2, now);
    for (Step& step : steps) step.expires_at = some_end(c, now, 4);
    const std::int64_t batch = c.integer(1, 4);
    for (std::int64_t i = 0; i < 3; ++i) {
      now += c.integer(0, 2);
      steps.push_back(take(now));
    }
    check_script(c, {batch, 0, 50}, steps);
  });
}

// The expired ones neither fill a batch nor make one due.
TASK_TEST(12, 3, what_has_expired_makes_no_batch_due) {
  lab::cases(60, [](lab::Case& c) {
    std::int64_t now = c.integer(0, 50);
    const std::int64_t count = c.integer(2, 3 + c.size() / 3);
    std::vector<Step> steps = arrivals(c, count, 3, now);
    for (Step& step : steps) step.expires_at = some_end(c, step.now, 10);
    const std::int64_t delay = c.integer(3, 15);
    for (std::int64_t i = 0; i < 4; ++i) {
      now += c.integer(0, 5);
      steps.push_back(take(now));
    }
    check_script(c, {count, delay, 50}, steps);
  });
}

TASK_TEST(12, 3, a_full_window_refuses_at_once) {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t batch = c.integer(1, 2), capacity = batch + c.integer(0, 1 + c.size() / 3);
    std::int64_t now = c.integer(0, 50);
    std::vector<Step> steps = arrivals(c, capacity + 2, 2, now);
    for (Step& step : steps) step.expires_at = some_end(c, step.now, 3);  // one that has expired takes room, too
    steps.push_back(take(now + 1));
    const std::vector<Step> more = arrivals(c, 3, 0, ++now);
    steps.insert(steps.end(), more.begin(), more.end());
    check_script(c, {batch, 100, capacity}, steps);
  });
}

TASK_TEST(12, 3, draining_accepts_nothing_and_keeps_nobody_waiting) {
  lab::cases(60, [](lab::Case& c) {
    const std::int64_t batch = c.integer(1, 4), count = c.integer(0, 2 + c.size());
    std::int64_t now = c.integer(0, 50);
    std::vector<Step> steps = arrivals(c, count, 2, now);
    if (c.coin()) steps.push_back(take(now));
    steps.push_back(drain(now));
    steps.push_back(submit(7, now));
    for (std::int64_t i = 0; i <= count / batch + 1; ++i) {
      steps.push_back(wake(now));
      steps.push_back(take(now));
    }
    steps.push_back(wake(now));
    check_script(c, {batch, 1000, std::max(batch, count)}, steps);
  });
}

TASK_TEST(12, 3, wake_at_is_the_first_time_at_which_take_returns_something) {
  lab::cases(80, [](lab::Case& c) {
    const std::int64_t batch = c.integer(1, 4), delay = c.integer(0, 20), count = c.integer(0, 4);
    std::int64_t now = c.integer(0, 50);
    std::vector<Step> steps{wake(now)};
    for (std::int64_t i = 0; i < count; ++i) {
      now += c.integer(0, 6);
      steps.push_back(submit(i + 1, now, some_end(c, now, 15)));
      steps.push_back(wake(now));
    }
    now += c.integer(0, 25);
    steps.push_back(take(now));
    steps.push_back(wake(now));
    check_script(c, {batch, delay, 50}, steps);
  });
}

TASK_TEST(12, 3, a_long_story) {
  lab::cases(60, [](lab::Case& c) {
    const std::int64_t batch = c.integer(1, 4), delay = c.integer(0, 12), capacity = batch + c.integer(0, 4);
    std::int64_t now = 0;
    std::vector<Step> steps;
    const std::int64_t count = 4 + 2 * c.size();
    for (std::int64_t i = 0; i < count; ++i) {
      now += c.integer(0, 4);
      const std::int64_t kind = c.integer(0, 9);
      if (kind < 5) steps.push_back(submit(i + 1, now, some_end(c, now, 15)));
      if (kind >= 5) steps.push_back(take(now));
      steps.push_back(wake(now));
      if (i + 3 == count) steps.push_back(drain(now));
    }
    check_script(c, {batch, delay, capacity}, steps);
  });
}

}  // namespace tinytorch::deploy
