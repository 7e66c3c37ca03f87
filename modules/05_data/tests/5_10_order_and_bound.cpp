// Task 5.10: PrefetchLoader, the steps "order" and "bound".

#include "modules/05_data/tests/scene.hpp"

namespace tinytorch {
namespace {

/// Adds a random number to an example's input. The number depends on the example and the epoch alone.
data::Example noisy(const data::Example& example, Generator& generator) {
  const Tensor input = empty(example.input.sizes());
  for (std::int64_t i = 0; i < 2; ++i) {
    input.data<float>()[i] = example.input.data<float>()[i] + static_cast<float>(generator.below(1000)) * 100.0F;
  }
  return {input, example.target};
}

/// One epoch of a loader that shuffles and adds random numbers. The batches are made one by one, on this thread.
std::vector<lab::Value> noisy_epoch(const GatedDataset& set, const data::DataLoaderOptions& options,
                                    std::int64_t epoch) {
  Generator generator(mix_seed(options.seed, static_cast<std::uint64_t>(epoch)));
  Indices order = counted(set.size());
  shuffled_in_place(order, generator);
  std::vector<lab::Value> all;
  for (std::size_t first = 0; first < order.size(); first += static_cast<std::size_t>(options.batch_size)) {
    const std::int64_t left = static_cast<std::int64_t>(order.size() - first);
    const std::int64_t rows = std::min(options.batch_size, left);
    const data::Batch batch{empty({rows, 2}), empty({rows}, DType::int64)};
    for (std::int64_t i = 0; i < rows; ++i) {
      const std::int64_t index = order[first + static_cast<std::size_t>(i)];
      Generator own(
          mix_seed(mix_seed(options.seed, static_cast<std::uint64_t>(epoch)), static_cast<std::uint64_t>(index)));
      const data::Example example = noisy(set.plain(index), own);
      for (std::int64_t k = 0; k < 2; ++k) batch.inputs.data<float>()[2 * i + k] = example.input.data<float>()[k];
      batch.targets.data<std::int64_t>()[i] = index;
    }
    all.push_back(to_value(batch));
  }
  all.emplace_back();
  return all;
}

}  // namespace

TASK_TEST_USES(5, 10, batches_come_in_order_whoever_is_ready_first, "5.5", "5.6", "5.9") {
  lab::cases(12, [](lab::Case& c) {
    const std::int64_t n = c.integer(2, 5 + c.size() / 2);
    Scene scene(c, n, loader_options(1, static_cast<int>(c.integer(1, 4)), c.integer(1, 4)));
    const Indices opened = c.input("doors open in the order", random_order(c, n));
    scene.gates().close_all();
    scene.begin(0);
    const lab::Call all = scene.next(n + 1);
    for (const std::int64_t door : opened) {
      scene.gates().open(door);
      scene.stage().at_rest();
    }
    CHECK_SAME("what next() gave", all.outcome(), scene.in_order());
    scene.end();
  });
}

TASK_TEST_USES(5, 10, every_number_of_workers_gives_the_same_batches, "5.4", "5.5", "5.6", "5.8", "5.9") {
  lab::cases(8, [](lab::Case& c) {
    const std::int64_t n = c.integer(0, 6 * c.size());
    data::DataLoaderOptions options = loader_options(c.integer(1, 5), 1, c.integer(1, 5));
    options.shuffle = true;
    options.seed = random_seed(c);
    options.transform = noisy;
    for (const int workers : {1, 2, 4}) {
      options.workers = workers;
      Scene scene(c, n, options);
      for (const std::int64_t epoch : {1, 0}) {
        scene.begin(epoch);
        const std::string what = std::to_string(workers) + " workers, epoch " + std::to_string(epoch);
        const std::int64_t batches = (n + options.batch_size - 1) / options.batch_size;
        CHECK_SAME(what, scene.next(batches + 1).outcome(), noisy_epoch(scene.set(), options, epoch));
      }
      scene.end();
    }
  });
}

TASK_TEST_USES(5, 10, nothing_follows_the_last_batch, "5.5", "5.6", "5.9") {
  lab::cases(12, [](lab::Case& c) {
    const std::int64_t n = c.integer(0, c.size());
    data::DataLoaderOptions options =
        loader_options(c.integer(1, 6), static_cast<int>(c.integer(1, 4)), c.integer(1, 3));
    options.drop_last = c.coin();
    Scene scene(c, n, options);
    CHECK_SAME("next() before any epoch", scene.next().outcome(), std::nullopt);
    scene.begin(0);
    const std::vector<lab::Value> expected = scene.in_order();
    CHECK_SAME("what next() gave", scene.next(static_cast<std::int64_t>(expected.size())).outcome(), expected);
    CHECK_SAME("next() after the last", scene.next().outcome(), std::nullopt);
    scene.end();
  });
}

TASK_TEST_USES(5, 10, workers_run_ahead_by_depth_and_workers_at_most, "5.5", "5.6", "5.9") {
  lab::cases(10, [](lab::Case& c) {
    const int workers = static_cast<int>(c.integer(1, 4));
    const std::int64_t depth = c.integer(1, 4), n = depth + workers + c.integer(2, 4);
    Scene scene(c, n, loader_options(1, workers, depth));
    scene.begin(0);
    for (std::int64_t asked = 0; asked < n; ++asked) {
      CHECK_RELATION("begun while nobody asks", scene.gates().arrived() - asked, <=, depth + workers);
      CHECK_RELATION("begun while nobody asks", scene.gates().arrived() - asked, >=, std::min(depth, n - asked));
      CHECK_SAME("next()", scene.next().outcome(), batch_of(scene.set(), {asked}));
    }
    scene.end();
  });
}

TASK_TEST_USES(5, 10, the_others_go_on_while_one_batch_is_held_back, "5.5", "5.6", "5.9") {
  lab::cases(10, [](lab::Case& c) {
    const int workers = static_cast<int>(c.integer(2, 4));
    const std::int64_t depth = workers + c.integer(0, 2), n = 20 + c.integer(0, 5);
    Scene scene(c, n, loader_options(1, workers, depth));
    scene.gates().close(0);
    scene.begin(0);
    const lab::Call all = scene.next(n + 1);
    CHECK_RELATION("begun while batch 0 is held back", scene.gates().arrived(), >=, std::int64_t{workers});
    CHECK_RELATION("begun while batch 0 is held back", scene.gates().arrived() - 1, <=,
                   depth + workers);  // one has been asked for
    CHECK_SAME("next() meanwhile", all.outcome(), "waits");
    scene.gates().open(0);
    scene.stage().at_rest();
    CHECK_SAME("what next() gave", all.outcome(), scene.in_order());
    scene.end();
  });
}

TASK_TEST_USES(5, 10, stats_count_what_happened, "5.5", "5.6", "5.9") {
  lab::cases(10, [](lab::Case& c) {
    const int workers = static_cast<int>(c.integer(1, 3));
    const std::int64_t depth = c.integer(1, 3), n = c.integer(1, 4 + c.size()), asked = c.integer(0, n);
    Scene scene(c, n, loader_options(1, workers, depth));
    for (std::int64_t epoch = 0; epoch < 2; ++epoch) {
      const std::int64_t before = scene.gates().arrived();
      scene.begin(epoch);
      std::vector<lab::Value> expected = scene.in_order();
      expected.resize(static_cast<std::size_t>(asked));
      CHECK_SAME("what next() gave", scene.next(asked).outcome(), expected);
      const data::LoaderStats stats = scene.stats();
      CHECK_SAME("delivered", stats.delivered, asked);
      CHECK_RELATION("started", stats.started, ==, scene.gates().arrived() - before);
      CHECK_RELATION("peak_alive", stats.peak_alive, <=, depth + workers);
      CHECK_RELATION("peak_alive", stats.peak_alive, >=, std::max<std::int64_t>(stats.started - asked, 1));
      scene.stop();
      CHECK_SAME("delivered, after stop()", scene.stats().delivered, asked);
      CHECK_RELATION("started, after stop()", scene.stats().started, ==, scene.gates().arrived() - before);
    }
    scene.end();
  });
}

// In epoch 0 a worker runs ahead. In epoch 1 it is held back in its first batch.
TASK_TEST_USES(5, 10, the_peak_begins_anew_with_each_epoch, "5.5", "5.6", "5.9") {
  lab::cases(10, [](lab::Case& c) {
    const std::int64_t depth = c.integer(2, 4), n = depth + c.integer(1, 3);
    Scene scene(c, n, loader_options(1, 1, depth));
    CHECK_SAME("peak_alive before any epoch", scene.stats().peak_alive, 0);
    scene.begin(0);
    CHECK_RELATION("peak_alive of epoch 0", scene.stats().peak_alive, ==, scene.stats().started);
    scene.gates().close_all();
    scene.gates().open(0);
    const lab::Call begin = scene.begin(1);
    CHECK_SAME("begin_epoch(1) came back", begin.outcome(), true);
    CHECK_RELATION("peak_alive of epoch 1", scene.stats().peak_alive, ==, scene.stats().started);
    scene.end();
  });
}

}  // namespace tinytorch
