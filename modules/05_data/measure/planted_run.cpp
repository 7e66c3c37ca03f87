#include "modules/05_data/measure/planted_run.hpp"

#include "tinytorch/core/timing.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <thread>

namespace tinytorch {
namespace {

/// Shared by the loop and the workers: a clock that starts with the epoch, and the list of events.
class Log {
 public:
  double now() const { return static_cast<double>(clock_.now_ns() - start_) * 1e-6; }
  void restart() { start_ = clock_.now_ns(); }

  void add(Event::Kind kind, std::int64_t batch, double from, double to) {
    const std::lock_guard lock(mutex_);
    const int lane = lanes_.emplace(std::this_thread::get_id(), static_cast<int>(lanes_.size())).first->second;
    events_.push_back({kind, lane, batch, from, to});
  }
  /// Gives the calling thread a lane. The first thread that calls this gets lane 0.
  void join() {
    const std::lock_guard lock(mutex_);
    lanes_.emplace(std::this_thread::get_id(), static_cast<int>(lanes_.size()));
  }
  std::vector<Event> sorted() {
    std::sort(events_.begin(), events_.end(), [](const Event& a, const Event& b) { return a.from < b.from; });
    return events_;
  }

  /// Waits until that moment, as code does that waits for a disk. Spins at the end, because a sleeping thread is woken
  /// late.
  void stand_until(double ms) const {
    constexpr double awake = 0.2;
    if (const double left = ms - now() - awake; left > 0) {
      std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(left));
    }
    while (now() < ms) std::this_thread::yield();
  }

 private:
  mutable SteadyClock clock_;
  std::int64_t start_ = 0;
  std::mutex mutex_;
  std::map<std::thread::id, int> lanes_;
  std::vector<Event> events_;
};

class PlantedDataset : public data::Dataset {
 public:
  PlantedDataset(const Plan& plan, Log& log) : plan_(plan), log_(&log) {}
  std::int64_t size() const override { return plan_.batches; }
  data::Example get(std::int64_t index) const override {
    const bool slow = plan_.slow_every > 0 && index % plan_.slow_every == plan_.slow_every - 1;
    const double from = log_->now();
    log_->stand_until(from + plan_.make_ms * (slow ? plan_.slow_factor : 1.0));
    log_->add(Event::Kind::make, index, from, log_->now());
    return {zeros({1}), zeros({1})};
  }

 private:
  Plan plan_;
  Log* log_;
};

}  // namespace

double PlantedRun::waited(std::int64_t first) const {
  double sum = 0;
  for (const Event& event : events) {
    if (event.kind == Event::Kind::wait && event.batch >= first) sum += event.to - event.from;
  }
  return sum;
}

std::int64_t PlantedRun::ready(double at) const {
  std::int64_t count = 0;
  for (const Event& event : events) {
    if (event.kind == Event::Kind::make && event.to <= at) ++count;
    if (event.kind == Event::Kind::wait && event.to <= at) --count;
  }
  return std::max<std::int64_t>(count, 0);
}

PlantedRun run_planted(const Plan& plan) {
  Log log;
  log.join();
  const PlantedDataset set(plan, log);
  data::DataLoaderOptions options;
  options.batch_size = 1;
  options.workers = plan.workers;
  options.depth = plan.workers > 0 ? plan.depth : 0;
  data::DataLoader loader(set, options);
  log.restart();
  loader.begin_epoch(0);
  for (std::int64_t k = 0; k < plan.batches; ++k) {
    const double asked = log.now();
    loader.next();
    const double given = log.now();
    log.add(Event::Kind::wait, k, asked, given);
    log.stand_until(given + plan.step_ms);
    log.add(Event::Kind::step, k, given, log.now());
  }
  const double ms = log.now();
  return {plan, log.sorted(), ms};
}

}  // namespace tinytorch
