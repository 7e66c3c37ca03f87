// Task 5.10: PrefetchLoader, the steps "exception" and "stop and next epoch".

#include "modules/05_data/tests/scene.hpp"

namespace tinytorch {
namespace {

std::set<std::int64_t> some_broken(lab::Case& c, std::int64_t n) {
  std::set<std::int64_t> broken;
  for (std::int64_t left = c.integer(1, 2); left > 0; --left) broken.insert(c.integer(0, n - 1));
  c.input("broken examples", Indices(broken.begin(), broken.end()));
  return broken;
}

data::DataLoaderOptions random_options(lab::Case& c) {
  const std::int64_t batch = c.integer(1, 3), depth = c.integer(1, 3);
  return loader_options(batch, static_cast<int>(c.integer(1, 4)), depth);
}

}  // namespace

TASK_TEST_USES(5, 10, an_exception_comes_in_the_place_of_its_batch, "5.5", "5.6", "5.9") {
  lab::cases(12, [](lab::Case& c) {
    const std::int64_t n = c.integer(1, 4 + c.size());
    Scene scene(c, n, random_options(c), some_broken(c, n));
    for (std::int64_t epoch = 0; epoch < 2; ++epoch) {
      scene.begin(epoch);
      const std::vector<lab::Value> expected = scene.in_order();
      CHECK_SAME("what next() gave", scene.next(static_cast<std::int64_t>(expected.size())).outcome(), expected);
    }
    scene.end();
  });
}

// Example 1 throws while batch 0 is still being made. Batch 0 must still come first.
TASK_TEST_USES(5, 10, an_exception_waits_for_the_batches_before_it, "5.5", "5.6", "5.9") {
  lab::cases(10, [](lab::Case& c) {
    const std::int64_t n = c.integer(3, 8), place = c.integer(1, 2);
    Scene scene(c, n, loader_options(1, static_cast<int>(c.integer(2, 4)), c.integer(2, 4)), {place});
    c.input("broken example", place);
    scene.gates().close(0);
    scene.begin(0);
    const lab::Call all = scene.next(n + 1);
    CHECK_SAME("next() while batch 0 is held back", all.outcome(), "waits");
    scene.gates().open(0);
    scene.stage().at_rest();
    CHECK_SAME("what next() gave", all.outcome(), scene.in_order());
    scene.end();
  });
}

// An exception need not be a std::exception.
TASK_TEST_USES(5, 10, an_exception_may_be_of_any_type, "5.5", "5.6", "5.9") {
  lab::cases(10, [](lab::Case& c) {
    const std::int64_t n = c.integer(2, 5 + c.size());
    Scene scene(c, n, random_options(c), some_broken(c, n));
    scene.set().throw_numbers = true;
    scene.begin(0);
    const std::vector<lab::Value> expected = scene.in_order();
    CHECK_SAME("what next() gave", scene.next(static_cast<std::int64_t>(expected.size())).outcome(), expected);
    scene.end();
  });
}

TASK_TEST_USES(5, 10, an_exception_counts_as_delivered, "5.5", "5.6", "5.9") {
  lab::cases(10, [](lab::Case& c) {
    const std::int64_t n = c.integer(1, 4 + c.size());
    Scene scene(c, n, loader_options(1, static_cast<int>(c.integer(1, 3)), c.integer(1, 3)), some_broken(c, n));
    scene.begin(0);
    const std::vector<lab::Value> expected = scene.in_order();
    for (std::int64_t asked = 0; asked < n; ++asked) {
      const std::vector<lab::Value> one{expected[static_cast<std::size_t>(asked)]};
      CHECK_SAME("batch " + std::to_string(asked), scene.next(1).outcome(), one);
      CHECK_SAME("delivered by then", scene.stats().delivered, asked + 1);
    }
    scene.end();
  });
}

TASK_TEST_USES(5, 10, stop_returns_while_the_queue_is_full, "5.5", "5.6", "5.9") {
  lab::cases(10, [](lab::Case& c) {
    const std::int64_t asked = c.integer(0, 2), workers = c.integer(1, 4), depth = c.integer(1, 4);
    Scene scene(c, 20, loader_options(1, static_cast<int>(workers), depth));
    scene.begin(0);
    const std::vector<lab::Value> all = scene.in_order();
    CHECK_SAME("what next() gave", scene.next(asked).outcome(),
               std::vector<lab::Value>(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(asked)));
    CHECK_SAME("stop() came back", scene.stop().outcome(), true);
    CHECK_RELATION("begun in all", scene.gates().arrived(), <=, asked + depth + workers);
    CHECK_SAME("next() after stop()", scene.next().outcome(), std::nullopt);
    CHECK_SAME("a second stop() came back", scene.stop().outcome(), true);
    scene.end();
  });
}

TASK_TEST_USES(5, 10, stop_waits_for_its_workers, "5.5", "5.6", "5.9") {
  lab::cases(8, [](lab::Case& c) {
    const std::int64_t held = c.integer(0, 2);
    Scene scene(c, 10, loader_options(1, static_cast<int>(c.integer(1, 3)), 3));
    c.input("held back", held);
    scene.gates().close(held);
    scene.begin(0);
    const lab::Call stop = scene.stop();
    CHECK_SAME("stop() while a worker makes a batch", stop.outcome(), "waits");
    scene.gates().open(held);
    scene.stage().at_rest();
    CHECK_SAME("stop() came back", stop.outcome(), true);
    CHECK_SAME("next() after stop()", scene.next().outcome(), std::nullopt);
    scene.end();
  });
}

TASK_TEST_USES(5, 10, stop_frees_the_batches, "5.5", "5.6", "5.9") {
  lab::cases(10, [](lab::Case& c) {
    const std::int64_t n = 2 + c.size(), asked = c.integer(0, 3);
    Scene scene(c, n, random_options(c));
    const std::int64_t before = memory::stats().active;
    scene.begin(0);
    scene.next(asked);
    CHECK_SAME("stop() came back", scene.stop().outcome(), true);
    CHECK_SAME("bytes of batches after stop()", memory::stats().active - before, 0);
    scene.end();
  });
}

TASK_TEST_USES(5, 10, a_batch_that_was_delivered_is_the_callers_alone, "5.5", "5.6", "5.9") {
  lab::cases(10, [](lab::Case& c) {
    const std::int64_t n = 1 + c.size();
    Scene scene(c, n, random_options(c));
    const std::int64_t before = memory::stats().active;
    scene.begin(0);
    const std::vector<lab::Value> expected = scene.in_order();
    CHECK_SAME("what next() gave", scene.next(static_cast<std::int64_t>(expected.size())).outcome(), expected);
    CHECK_SAME("bytes of batches after the last one", memory::stats().active - before, 0);
    scene.end();
  });
}

TASK_TEST_USES(5, 10, an_epoch_begun_in_the_middle_of_another_starts_anew, "5.4", "5.5", "5.6", "5.9") {
  lab::cases(10, [](lab::Case& c) {
    const std::int64_t n = c.integer(4, 6 + c.size());
    data::DataLoaderOptions options = loader_options(1, static_cast<int>(c.integer(1, 4)), c.integer(1, 4));
    options.shuffle = true;
    options.seed = random_seed(c);
    Scene scene(c, n, options);
    for (std::int64_t epoch = 0; epoch < 3; ++epoch) {
      Generator generator(mix_seed(options.seed, static_cast<std::uint64_t>(epoch)));
      Indices order = counted(n);
      shuffled_in_place(order, generator);
      std::vector<lab::Value> expected = epoch_of(scene.set(), order, options);
      const std::int64_t asked = epoch < 2 ? c.integer(0, n - 1) : n + 1;
      expected.resize(static_cast<std::size_t>(asked));
      CHECK_SAME("begin_epoch() came back", scene.begin(epoch).outcome(), true);
      CHECK_SAME("batches of epoch " + std::to_string(epoch), scene.next(asked).outcome(), expected);
    }
    scene.end();
  });
}

// A worker is held back in a batch of epoch 0, and epoch 1 begins. The rest of that batch is still of epoch 0.
TASK_TEST_USES(5, 10, a_batch_that_is_being_made_keeps_its_plan, "5.4", "5.5", "5.6", "5.9") {
  lab::cases(10, [](lab::Case& c) {
    const std::int64_t batch = c.integer(2, 4), n = batch * c.integer(2, 3);
    data::DataLoaderOptions options = loader_options(batch, 1, c.integer(1, 2));
    options.shuffle = true;
    options.seed = random_seed(c);
    Scene scene(c, n, options);
    Generator generator(mix_seed(options.seed, 0));
    Indices order = counted(n);
    shuffled_in_place(order, generator);
    scene.gates().close(order[0]);
    scene.begin(0);
    const lab::Call begin = scene.begin(1);
    CHECK_SAME("begin_epoch(1) while a worker makes a batch", begin.outcome(), "waits");
    scene.gates().open(order[0]);
    scene.stage().at_rest();
    CHECK_SAME("begin_epoch(1) came back", begin.outcome(), true);
    order.resize(static_cast<std::size_t>(batch));
    CHECK_SAME("examples of the batch that was being made", scene.set().asked(order.size()), order);
    scene.end();
  });
}

TASK_TEST_USES(5, 10, a_loader_goes_on_from_a_position, "5.5", "5.6", "5.9") {
  lab::cases(10, [](lab::Case& c) {
    const std::int64_t n = c.integer(1, 4 + c.size());
    Scene scene(c, n, loader_options(1, static_cast<int>(c.integer(1, 3)), c.integer(1, 3)));
    for (std::int64_t epoch = 0; epoch < 3; ++epoch) {
      const std::int64_t from = c.integer(0, n), asked = c.integer(0, n - from + 1);  // the last gives nothing
      const std::string when = " of epoch " + std::to_string(epoch) + " from batch " + std::to_string(from) + " on";
      CHECK_SAME("seek() came back", scene.seek({epoch, from}).outcome(), true);
      std::vector<lab::Value> rest = scene.in_order();
      rest.erase(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(from));
      rest.resize(static_cast<std::size_t>(asked));
      CHECK_SAME("batches" + when, scene.next(asked).outcome(), rest);
      if (c.coin()) CHECK_SAME("stop() came back", scene.stop().outcome(), true);
      CHECK_SAME("position()", scene.position(), data::LoaderPosition{epoch, std::min(from + asked, n)});
    }
    scene.begin(3);
    CHECK_SAME("the first batch of epoch 3", scene.next().outcome(), scene.in_order().front());
    scene.end();
  });
}

TASK_TEST_USES(5, 10, any_story_agrees_with_loading_one_by_one, "5.5", "5.6", "5.9") {
  lab::cases(10, [](lab::Case& c) {
    const std::int64_t n = c.integer(1, 3 + c.size());
    Scene scene(c, n, random_options(c), c.coin() ? some_broken(c, n) : std::set<std::int64_t>{});
    std::vector<lab::Value> rest;  // the rest of the epoch, without the final "nothing"
    for (std::int64_t step = 0; step < 10; ++step) {
      const std::int64_t action = step == 0 ? 0 : c.integer(0, 4);
      const std::string when = "step " + std::to_string(step) + ": ";
      if (action == 0) {
        CHECK_SAME(when + "begin_epoch()", scene.begin(step).outcome(), true);
        rest = scene.in_order();
      } else if (action == 1) {
        CHECK_SAME(when + "stop()", scene.stop().outcome(), true);
        rest.clear();
      } else {
        const auto taken = std::min(rest.size(), static_cast<std::size_t>(c.integer(1, 3)));
        std::vector<lab::Value> expected(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(taken));
        expected.emplace_back();
        if (taken < rest.size()) expected.pop_back();
        rest.erase(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(taken));
        CHECK_SAME(when + "next()", scene.next(static_cast<std::int64_t>(expected.size())).outcome(), expected);
      }
    }
    scene.end();
  });
}

}  // namespace tinytorch
