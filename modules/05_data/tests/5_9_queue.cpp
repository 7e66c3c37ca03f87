// Task 5.9: BatchQueue. Every push and pop is made on a thread of its own. After each action the test waits until all
// threads sleep, and looks at all calls so far.

#include "modules/05_data/tests/oracle.hpp"
#include "tinytorch/data/prefetch.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>

namespace tinytorch {
namespace {

/// A model of the queue: what it answers to calls that come one after the other. A call without an answer waits.
class QueueModel {
 public:
  explicit QueueModel(std::int64_t depth) : depth_(depth) {}

  void push(std::int64_t sequence) {
    pushes_.emplace_back(answers_.size(), sequence);
    answers_.push_back(lab::to_value("waits"));
    settle();
  }
  void pop() {
    pops_.push_back(answers_.size());
    answers_.push_back(lab::to_value("waits"));
    settle();
  }
  void close() {
    closed_ = true;
    answers_.push_back(lab::to_value("done"));
    settle();
  }
  bool pop_waits() const { return !pops_.empty(); }
  const std::vector<lab::Value>& answers() const { return answers_; }

 private:
  void settle() {
    while (let_in() || let_out()) {
    }
  }
  bool let_in() {
    for (auto push = pushes_.begin(); push != pushes_.end(); ++push) {
      if (!closed_ && push->second >= next_ + depth_) continue;
      answers_[push->first] = lab::to_value(closed_ ? "refused" : "in");
      if (!closed_) inside_.insert(push->second);
      pushes_.erase(push);
      return true;
    }
    return false;
  }
  bool let_out() {
    if (pops_.empty()) return false;
    const bool there = inside_.count(next_) != 0 || (closed_ && !inside_.empty());
    if (!there && !closed_) return false;
    if (there) {
      next_ = *inside_.begin();
      answers_[pops_.front()] = lab::to_value("item " + std::to_string(next_));
      inside_.erase(next_++);
    } else {
      answers_[pops_.front()] = lab::to_value("nothing");
    }
    pops_.erase(pops_.begin());
    return true;
  }

  std::int64_t depth_, next_ = 0;
  bool closed_ = false;
  std::set<std::int64_t> inside_;
  std::vector<std::pair<std::size_t, std::int64_t>> pushes_;  // which call, which item
  std::vector<std::size_t> pops_;
  std::vector<lab::Value> answers_;  // of every call so far
};

/// Even numbers have a batch, odd ones an exception in its place.
data::BatchQueue::Item item_of(std::int64_t sequence) {
  if (sequence % 2 == 1) {
    return {.sequence = sequence, .batch = {}, .error = std::make_exception_ptr(sequence)};
  }
  return {.sequence = sequence, .batch = {full({1}, static_cast<double>(sequence)), Tensor()}, .error = {}};
}

/// Whether the exception is the one that was pushed with this number.
bool is_error_of(std::int64_t sequence, const std::exception_ptr& error) {
  try {
    if (error) std::rethrow_exception(error);
  } catch (const std::int64_t& number) {
    return number == sequence;
  }
  return false;
}

/// "item 3", if the item holds what was pushed with its number.
std::string name_of(const std::optional<data::BatchQueue::Item>& item) {
  if (!item) return "nothing";
  const std::string name = "item " + std::to_string(item->sequence);
  if (item->sequence % 2 == 1) return name + (is_error_of(item->sequence, item->error) ? "" : " without its exception");
  const Tensor& inputs = item->batch.inputs;
  const bool whole = inputs.defined() && lab::values(inputs) == std::vector{static_cast<double>(item->sequence)};
  return name + (whole ? "" : " without its batch");
}

/// A queue under test, its model, and the actions on both.
class Story {
 public:
  Story(lab::Case& c, std::int64_t depth) : queue_(depth), model_(depth) {
    c.input("depth", depth);
    c.label("depth " + std::to_string(depth));
  }

  void push(std::int64_t sequence) {
    model_.push(sequence);
    act("push " + std::to_string(sequence),
        [queue = queue_.get(), sequence] { return std::string(queue->push(item_of(sequence)) ? "in" : "refused"); });
  }
  void pop() {
    model_.pop();
    act("pop", [queue = queue_.get()] { return name_of(queue->pop()); });
  }
  void close() {
    model_.close();
    act("close", [queue = queue_.get()] {
      queue->close();
      return std::string("done");
    });
  }
  bool pop_waits() const { return model_.pop_waits(); }
  /// Ends all calls that still wait, so that no thread is left.
  void end() {
    close();
    CHECK_SAME("the queue can be destroyed", queue_.end(stage_).outcome(), true);
  }

 private:
  template <class F>
  void act(const std::string& action, F function) {
    log_ += (log_.empty() ? "" : ", ") + action;
    calls_.push_back(lab::call(stage_, std::move(function)));
    std::vector<lab::Value> answers;
    for (const lab::Call& call : calls_) answers.push_back(call.outcome());
    CHECK_SAME("answers to " + log_, answers, model_.answers());
  }

  lab::Stage stage_;
  lab::Kept<data::BatchQueue> queue_;
  QueueModel model_;
  std::vector<lab::Call> calls_;
  std::string log_;
};

/// 0 .. n-1, a little shuffled: no number is more than two places too early.
Indices almost_ordered(lab::Case& c, std::int64_t n) {
  Indices order = counted(n);
  for (std::size_t i = 0; i + 1 < order.size(); ++i) {
    if (c.coin()) std::swap(order[i], order[i + 1]);
  }
  return order;
}

}  // namespace

TASK_TEST(5, 9, items_come_out_by_their_numbers) {
  lab::cases(12, [](lab::Case& c) {
    const std::int64_t n = 1 + c.size() / 3;
    Story story(c, n + c.integer(0, 1));
    const Indices order = random_order(c, n);
    for (const std::int64_t sequence : order) story.push(sequence);
    for (std::int64_t k = 0; k < n; ++k) story.pop();
    story.end();
  });
}

TASK_TEST(5, 9, push_waits_while_the_queue_is_full) {
  lab::cases(12, [](lab::Case& c) {
    const std::int64_t depth = c.integer(1, 1 + c.size() / 4);
    Story story(c, depth);
    for (std::int64_t k = 0; k < depth; ++k) story.push(k);
    const bool swapped = c.coin();
    story.push(swapped ? depth + 1 : depth);
    story.push(swapped ? depth : depth + 1);
    for (std::int64_t k = 0; k < depth + 2; ++k) story.pop();
    story.end();
  });
}

// One place becomes free and both waiting threads are woken, but only one may enter.
TASK_TEST(5, 9, who_is_woken_looks_again_before_entering) {
  lab::cases(12, [](lab::Case& c) {
    const std::int64_t depth = c.integer(1, 3);
    Story story(c, depth);
    for (std::int64_t k = 0; k < depth; ++k) story.push(k);
    const Indices late = random_order(c, 3);
    for (const std::int64_t k : late) story.push(depth + k);
    for (std::int64_t k = 0; k < 3; ++k) story.pop();
    story.end();
  });
}

TASK_TEST(5, 9, pop_waits_for_the_next_number) {
  lab::cases(12, [](lab::Case& c) {
    const std::int64_t n = c.integer(2, 3 + c.size() / 5);
    Story story(c, n);
    const Indices order = random_order(c, n);
    for (const std::int64_t sequence : order) {
      if (!story.pop_waits()) story.pop();
      story.push(sequence);
    }
    story.end();
  });
}

TASK_TEST(5, 9, closing_wakes_whoever_waits) {
  lab::cases(12, [](lab::Case& c) {
    const std::int64_t depth = c.integer(1, 3);
    Story story(c, depth);
    if (c.index() % 2 == 0) {
      for (std::int64_t k = 0; k < depth + c.integer(1, 3); ++k) story.push(k);
    } else {
      story.pop();
    }
    story.close();
    story.end();
  });
}

TASK_TEST(5, 9, a_closed_queue_takes_nothing_more) {
  lab::cases(12, [](lab::Case& c) {
    const std::int64_t depth = c.integer(2, 4), before = c.integer(0, depth - 1);
    Story story(c, depth);
    for (std::int64_t k = 0; k < before; ++k) story.push(k);
    story.close();
    story.push(before);
    for (std::int64_t k = 0; k <= before; ++k) story.pop();
    story.end();
  });
}

TASK_TEST(5, 9, a_closed_queue_gives_what_is_there_then_nothing) {
  lab::cases(12, [](lab::Case& c) {
    const std::int64_t depth = c.integer(2, 4);
    Story story(c, depth);
    for (std::int64_t k = 0; k < depth; ++k) {
      if (c.coin()) story.push(k);  // pop skips a missing item
    }
    story.close();
    for (std::int64_t k = 0; k < depth + 1; ++k) story.pop();
    story.end();
  });
}

TASK_TEST(5, 9, a_second_close_changes_nothing) {
  lab::cases(12, [](lab::Case& c) {
    const std::int64_t depth = c.integer(2, 4), before = c.integer(0, depth - 1);
    Story story(c, depth);
    for (std::int64_t k = 0; k < before; ++k) story.push(k);
    story.close();
    if (c.coin()) story.pop();
    story.close();
    story.push(before);
    for (std::int64_t k = 0; k <= before; ++k) story.pop();
    story.end();
  });
}

// The queue keeps no copy of an item that was taken out or refused.
TASK_TEST(5, 9, items_that_were_taken_or_refused_are_freed) {
  lab::cases(8, [](lab::Case& c) {
    const std::int64_t depth = c.input("depth", c.integer(1, 4)), n = c.input("items", c.integer(1, 6));
    const lab::Stage stage;
    lab::Kept<data::BatchQueue> queue(depth);
    const std::int64_t before = memory::stats().active;
    const auto push = [queue = queue.get()](std::int64_t k) {
      return [queue, k] { return std::string(queue->push(item_of(k)) ? "in" : "refused"); };
    };
    for (std::int64_t k = 0; k < n; ++k) {
      CHECK_SAME("push " + std::to_string(k), lab::call(stage, push(k)).outcome(), "in");
      CHECK_SAME("pop", lab::call(stage, [queue = queue.get()] { return name_of(queue->pop()); }).outcome(),
                 "item " + std::to_string(k));
    }
    CHECK_SAME("bytes of the items that were taken out", memory::stats().active - before, 0);
    const lab::Call close = lab::call(stage, [queue = queue.get()] {
      queue->close();
      return std::string("done");
    });
    CHECK_SAME("close", close.outcome(), "done");
    CHECK_SAME("push after close", lab::call(stage, push(n)).outcome(), "refused");
    CHECK_SAME("bytes of the item that was refused", memory::stats().active - before, 0);
    CHECK_SAME("the queue can be destroyed", queue.end(stage).outcome(), true);
  });
}

TASK_TEST(5, 9, any_story_ends_as_it_should) {
  lab::cases(12, [](lab::Case& c) {
    Story story(c, c.integer(1, 4));
    Indices to_push = almost_ordered(c, 4 + c.size());
    std::size_t pushed = 0;
    for (std::int64_t step = 0; step < 6 + c.size(); ++step) {
      if (c.integer(0, 2) != 0 && pushed < to_push.size()) {
        story.push(to_push[pushed++]);
      } else if (!story.pop_waits()) {
        story.pop();
      }
    }
    story.end();
  });
}

}  // namespace tinytorch
