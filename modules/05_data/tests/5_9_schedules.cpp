// Task 5.9: BatchQueue under many schedules. The explorer (tests/kit/instruments/schedule.hpp) says at each lock, wait
// and notification which thread goes on.

#include "modules/05_data/tests/oracle.hpp"
#include "tests/kit/instruments/schedule.hpp"
#include "tinytorch/data/prefetch.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace tinytorch {
namespace {

using Item = data::BatchQueue::Item;

/// A queue, and its calls as the trace shows them.
class Observed {
 public:
  explicit Observed(std::int64_t depth) : queue_(depth) {}

  bool push(std::int64_t sequence, double content = 0.0) {
    const lab::Calls calls("push(" + std::to_string(sequence) + ")");
    return queue_.push({.sequence = sequence, .batch = {full({1}, content), Tensor()}, .error = {}});
  }
  std::optional<Item> pop() {
    const lab::Calls calls("pop()");
    return queue_.pop();
  }
  void close() {
    const lab::Calls calls("close()");
    queue_.close();
  }

 private:
  data::BatchQueue queue_;
};

double content_of(const Item& item) { return item.batch.inputs.defined() ? lab::values(item.batch.inputs).at(0) : -1; }

std::vector<double> random_contents(lab::Case& c, std::int64_t n) {
  std::vector<double> contents;
  for (std::int64_t k = 0; k < n; ++k) contents.push_back(static_cast<double>(c.integer(0, 99)));
  return contents;
}

}  // namespace

// Two threads push every other item each; one takes them all out.
TASK_TEST(5, 9, items_come_in_order_under_every_schedule) {
  lab::cases(4, [](lab::Case& c) {
    const std::int64_t depth = c.input("depth", c.index() % 2 + 1), n = c.input("items", c.integer(3, 4));
    const std::vector<double> contents = c.input("contents", random_contents(c, n));
    const auto story = [&] {
      Observed queue(depth);
      std::vector<double> out;
      const auto push_every_other = [&](std::int64_t first) {
        for (std::int64_t k = first; k < n; k += 2) queue.push(k, contents[static_cast<std::size_t>(k)]);
      };
      lab::Actor even("producer 1", [&] { push_every_other(0); });
      lab::Actor odd("producer 2", [&] { push_every_other(1); });
      for (std::int64_t k = 0; k < n; ++k) {
        const std::optional<Item> item = queue.pop();
        out.push_back(item ? content_of(*item) : -2);
      }
      even.join();
      odd.join();
      return lab::to_value(out);
    };
    lab::check_schedules(c, "what pop() gave", 120, story, [&] { return lab::to_value(contents); });
  });
}

// Nobody pushes (or pops): only close() can end the wait.
TASK_TEST(5, 9, closing_ends_every_wait_under_every_schedule) {
  lab::cases(4, [](lab::Case& c) {
    const std::int64_t depth = c.input("depth", c.integer(1, 2));
    const bool pops = c.input("a thread waits in pop()", c.index() % 2 == 0);
    const bool pushes = c.input("two threads wait in push()", c.index() > 0);
    const std::vector<double> contents = c.input("contents", random_contents(c, depth));
    const auto story = [&] {
      Observed queue(depth);
      std::vector<double> out;
      // Without an item to pop, item `depth` finds no room; item 0 is missing where a thread waits for it.
      const std::int64_t first = pops ? 1 : 0;
      for (std::int64_t k = first; k < depth; ++k) queue.push(k, contents[static_cast<std::size_t>(k)]);
      std::optional<lab::Actor> popper, pusher, other_pusher;
      bool refused = true, other_refused = true;
      if (pops) {
        popper.emplace("taker", [&] {
          while (const std::optional<Item> item = queue.pop()) out.push_back(content_of(*item));
        });
      }
      if (pushes) {
        pusher.emplace("producer 1", [&] { refused = !queue.push(depth + 1); });
        other_pusher.emplace("producer 2", [&] { other_refused = !queue.push(depth + 2); });
      }
      queue.close();
      if (popper) popper->join();
      if (pusher) pusher->join();
      if (other_pusher) other_pusher->join();
      return lab::record({{"given by pop()", out}, {"push() was refused", refused && other_refused}});
    };
    lab::check_schedules(c, "what came after close()", 100, story, [&] {
      const std::vector<double> there(contents.begin() + 1, contents.end());
      return lab::record({{"given by pop()", pops ? there : std::vector<double>{}}, {"push() was refused", true}});
    });
  });
}

// close() comes at any moment while one thread pushes and another pops.
TASK_TEST(5, 9, no_item_is_lost_when_the_queue_is_closed_in_between) {
  lab::cases(3, [](lab::Case& c) {
    const std::int64_t depth = c.input("depth", c.index() % 2 + 1), n = 4;
    const std::vector<double> contents = c.input("contents", random_contents(c, n));
    const auto story = [&] {
      Observed queue(depth);
      queue.push(0, contents[0]);
      std::size_t in = 1;
      lab::Actor producer("producer", [&] {
        while (in < contents.size() && queue.push(static_cast<std::int64_t>(in), contents[in])) ++in;
      });
      lab::Actor closer("closer", [&] {
        queue.close();
        queue.close();
      });
      std::vector<double> out;
      while (const std::optional<Item> item = queue.pop()) out.push_back(content_of(*item));
      producer.join();
      closer.join();
      const std::vector<double> accepted(contents.begin(), contents.begin() + static_cast<std::ptrdiff_t>(in));
      return lab::record({{"the first of pop()", out.empty() ? -1 : out[0]},
                          {"pop() gave what push() took, in order", out == accepted}});
    };
    lab::check_schedules(c, "pop() until nothing comes", 100, story, [&] {
      return lab::record({{"the first of pop()", contents[0]}, {"pop() gave what push() took, in order", true}});
    });
  });
}

}  // namespace tinytorch
