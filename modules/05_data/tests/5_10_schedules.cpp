// Task 5.10: PrefetchLoader under many schedules (tests/kit/instruments/schedule.hpp), all four steps.

#include "modules/05_data/tests/scene.hpp"
#include "tests/kit/instruments/schedule.hpp"

#include <atomic>
#include <optional>
#include <vector>

namespace tinytorch {
namespace {

/// The examples of a GatedDataset without doors. Counts how often it is asked.
class CountedDataset : public data::Dataset {
 public:
  explicit CountedDataset(const GatedDataset& from) : from_(from) {}
  std::int64_t size() const override { return from_.size(); }
  data::Example get(std::int64_t index) const override {
    lab::passes("gets example " + std::to_string(index));
    asked_.fetch_add(1);
    return from_.plain(index);
  }
  std::int64_t asked() const { return asked_.load(); }

 private:
  const GatedDataset& from_;
  mutable std::atomic<std::int64_t> asked_{0};
};

/// A loader on the examples of `set`, and its calls as the trace shows them.
class Observed {
 public:
  Observed(const GatedDataset& set, const data::DataLoaderOptions& options) : set_(set) {
    loader_.emplace(set_, options);
  }
  ~Observed() {
    const lab::Calls calls("the destructor");
    loader_.reset();
  }
  Observed(const Observed&) = delete;
  Observed& operator=(const Observed&) = delete;

  std::int64_t asked() const { return set_.asked(); }
  void begin(std::int64_t epoch) {
    const lab::Calls calls("begin_epoch(" + std::to_string(epoch) + ")");
    loader_->begin_epoch(epoch);
  }
  /// What `count` calls of next() give. An exception is one of the values.
  std::vector<lab::Value> next(std::int64_t count) {
    std::vector<lab::Value> all;
    for (std::int64_t k = 0; k < count; ++k) {
      const lab::Calls calls("next()");
      try {
        all.push_back(lab::to_value(loader_->next()));
      } catch (...) {
        all.push_back(lab::caught_value());
      }
    }
    return all;
  }
  data::LoaderStats stats() {
    const lab::Calls calls("stats()");
    return loader_->stats();
  }
  void stop() {
    const lab::Calls calls("stop()");
    loader_->stop();
  }

 private:
  CountedDataset set_;
  std::optional<data::PrefetchLoader> loader_;
};

/// Options with two workers, and how many examples there are.
struct Setting {
  data::DataLoaderOptions options;
  std::int64_t examples = 0;
};

Setting random_setting(lab::Case& c, std::int64_t most) {
  const std::int64_t n = c.input("examples", c.integer(2, most)), depth = c.input("depth", c.index() % 2 + 1);
  c.input("workers", 2);
  Setting setting{loader_options(1, 2, depth), n};
  setting.options.shuffle = true;
  setting.options.seed = c.input("seed", random_seed(c));
  return setting;
}

std::vector<lab::Value> epoch_in_order(const GatedDataset& set, const data::DataLoaderOptions& options,
                                       std::int64_t epoch) {
  Indices order = counted(set.size());
  Generator generator(mix_seed(options.seed, static_cast<std::uint64_t>(epoch)));
  shuffled_in_place(order, generator);
  return epoch_of(set, order, options);
}

}  // namespace

TASK_TEST_USES(5, 10, batches_come_in_order_under_every_schedule, "5.4", "5.5", "5.6", "5.9") {
  lab::cases(3, [](lab::Case& c) {
    const Setting setting = random_setting(c, 4);
    const GatedDataset set(setting.examples);
    const auto story = [&] {
      Observed loader(set, setting.options);
      loader.begin(0);
      return lab::to_value(loader.next(setting.examples + 1));
    };
    lab::check_schedules(c, "what next() gave", 100, story,
                         [&] { return lab::to_value(epoch_in_order(set, setting.options, 0)); });
  });
}

TASK_TEST_USES(5, 10, stats_hold_at_any_moment_under_every_schedule, "5.4", "5.5", "5.6", "5.9") {
  lab::cases(3, [](lab::Case& c) {
    const Setting setting = random_setting(c, 4);
    const GatedDataset set(setting.examples);
    const std::int64_t bound = setting.options.depth + setting.options.workers;
    const auto story = [&] {
      Observed loader(set, setting.options);
      loader.begin(0);
      std::vector<lab::Value> all;
      for (std::int64_t asked = 0; asked <= setting.examples; ++asked) {
        const data::LoaderStats stats = loader.stats();
        const bool holds = stats.delivered == asked && stats.started >= asked && stats.started <= setting.examples &&
                           stats.started - asked <= bound && stats.peak_alive <= bound;
        all.push_back(lab::to_value(holds));
        if (asked < setting.examples) all.push_back(loader.next(1)[0]);
      }
      return lab::to_value(all);
    };
    lab::check_schedules(c, "do the counts hold, next(), do they hold, ...", 100, story, [&] {
      std::vector<lab::Value> all{lab::to_value(true)};
      for (lab::Value& batch : epoch_in_order(set, setting.options, 0)) {
        all.push_back(std::move(batch));
        all.push_back(lab::to_value(true));
      }
      all.resize(all.size() - 2);  // the nothing after the last batch
      return lab::to_value(all);
    });
  });
}

TASK_TEST_USES(5, 10, an_exception_keeps_its_place_under_every_schedule, "5.4", "5.5", "5.6", "5.9") {
  lab::cases(3, [](lab::Case& c) {
    const Setting setting = random_setting(c, 3);
    const std::int64_t broken = c.input("broken example", c.integer(0, setting.examples - 1));
    const GatedDataset set(setting.examples, {broken});
    const auto story = [&] {
      Observed loader(set, setting.options);
      loader.begin(0);
      return lab::to_value(loader.next(setting.examples + 1));
    };
    lab::check_schedules(c, "what next() gave", 100, story,
                         [&] { return lab::to_value(epoch_in_order(set, setting.options, 0)); });
  });
}

TASK_TEST_USES(5, 10, stop_ends_all_work_under_every_schedule, "5.4", "5.5", "5.6", "5.9") {
  lab::cases(3, [](lab::Case& c) {
    Setting setting = random_setting(c, 5);
    setting.examples += setting.options.depth;  // more than workers and queue hold
    const std::int64_t asked = c.input("batches before stop()", c.integer(0, 2));
    const GatedDataset set(setting.examples);
    const auto story = [&] {
      Observed loader(set, setting.options);
      loader.begin(0);
      std::vector<lab::Value> all = loader.next(asked);
      loader.stop();
      const std::int64_t before = loader.asked();
      all.push_back(loader.next(1)[0]);
      lab::passes("looks whether a worker still works");
      all.push_back(lab::to_value(loader.asked() == before));
      return lab::to_value(all);
    };
    lab::check_schedules(c, "next() ..., next() after stop(), is all work over", 100, story, [&] {
      std::vector<lab::Value> all = epoch_in_order(set, setting.options, 0);
      all.resize(static_cast<std::size_t>(asked));
      all.emplace_back();
      all.push_back(lab::to_value(true));
      return lab::to_value(all);
    });
  });
}

// The second epoch begins while workers still make batches of the first.
TASK_TEST_USES(5, 10, no_batch_of_the_old_epoch_comes_under_any_schedule, "5.4", "5.5", "5.6", "5.9") {
  lab::cases(3, [](lab::Case& c) {
    const Setting setting = random_setting(c, 3);
    const std::int64_t asked = c.input("batches of epoch 0", c.integer(0, 1));
    const GatedDataset set(setting.examples);
    const auto story = [&] {
      Observed loader(set, setting.options);
      loader.begin(0);
      std::vector<lab::Value> all = loader.next(asked);
      loader.begin(1);
      for (lab::Value& value : loader.next(setting.examples + 1)) all.push_back(std::move(value));
      return lab::to_value(all);
    };
    lab::check_schedules(c, "next() ..., and in epoch 1", 100, story, [&] {
      std::vector<lab::Value> all = epoch_in_order(set, setting.options, 0);
      all.resize(static_cast<std::size_t>(asked));
      for (lab::Value& value : epoch_in_order(set, setting.options, 1)) all.push_back(std::move(value));
      return lab::to_value(all);
    });
  });
}

}  // namespace tinytorch
