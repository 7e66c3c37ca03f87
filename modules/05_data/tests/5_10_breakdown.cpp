// Task 5.10: PrefetchLoader, the step "exception": a worker that ends by an exception which making a batch did not
// throw. Here a lock fails on the worker's thread, after its last example was got.

#include "modules/05_data/tests/scene.hpp"
#include "tests/kit/instruments/lock_fault.hpp"

#include <system_error>

namespace tinytorch {
namespace {

/// What next() gives when a worker breaks down with batch `broken`: the batches before it and the exception.
std::vector<lab::Value> until_breakdown(const Scene& scene, std::int64_t broken) {
  std::vector<lab::Value> all = scene.in_order();
  all.resize(static_cast<std::size_t>(broken));
  all.push_back(lab::to_value("threw system_error"));
  return all;
}

/// Loads a batch as a worker does, so that the locks of the library and of this suite never fail.
void spare_given_locks(Scene& scene, const data::DataLoaderOptions& options) {
  lab::spare_locks_of([&] { data::EpochPlan(scene.set(), options, 0).load(0); });
}

}  // namespace

// While one worker is held back in the batch with which it breaks down, the others fill the queue.
TASK_TEST_USES(5, 10, a_worker_that_breaks_down_stops_the_epoch, "5.5", "5.6", "5.9") {
  lab::cases(10, [](lab::Case& c) {
    const std::int64_t depth = c.integer(1, 4), broken = c.integer(0, std::min<std::int64_t>(depth, 2));
    const std::int64_t n = broken + c.integer(1, 4);  // the batches before `broken` have room in the queue
    const data::DataLoaderOptions options = loader_options(1, static_cast<int>(c.integer(1, 3)), depth);
    Scene scene(c, n, options);
    c.input("a worker breaks down with batch", broken);
    if (!lab::locks_can_fail()) return;
    spare_given_locks(scene, options);
    scene.set().breaks_down = broken;
    scene.gates().close(broken);
    const std::int64_t before = memory::stats().active;
    scene.begin(0);
    scene.gates().open(broken);
    scene.stage().at_rest();
    const std::vector<lab::Value> expected = until_breakdown(scene, broken);
    CHECK_SAME("what next() gave", scene.next(static_cast<std::int64_t>(expected.size())).outcome(), expected);
    CHECK_SAME("bytes of batches after the exception", memory::stats().active - before, 0);
    CHECK_SAME("next() after the exception", scene.next().outcome(), std::nullopt);
    scene.set().breaks_down = -1;
    CHECK_SAME("begin_epoch(1) came back", scene.begin(1).outcome(), true);
    CHECK_SAME("batches of epoch 1", scene.next(n + 1).outcome(), scene.in_order());
    scene.end();
  });
}

}  // namespace tinytorch
