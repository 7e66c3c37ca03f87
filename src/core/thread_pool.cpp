#include "tinytorch/core/thread_pool.hpp"

#include "tinytorch/core/error.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <limits>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tinytorch {

namespace {

// A call of run(). It lives on the caller's stack until all of its tasks have ended.
struct PoolJob {
  FunctionRef<void(std::int64_t)> task;
  std::int64_t tasks;
  std::int64_t next = 0, ended = 0;
  std::int64_t failed = std::numeric_limits<std::int64_t>::max();  // the smallest number that threw
  std::exception_ptr error = {};
};

}  // namespace

struct ThreadPool::Impl {
  std::mutex mutex;
  std::condition_variable work;   // a job came, or the end
  std::condition_variable ended;  // the last task of some job has ended
  std::vector<PoolJob*> jobs;     // those with tasks that nobody has taken
  std::vector<std::thread> threads;
  bool stopping = false;

  ~Impl() {
    {
      const std::lock_guard lock(mutex);
      stopping = true;
    }
    work.notify_all();
    for (std::thread& thread : threads) thread.join();
  }

  void start(std::int64_t count) {
    while (static_cast<std::int64_t>(threads.size()) < count) threads.emplace_back([this] { serve(); });
  }

  // Takes the job's next task and runs it. The lock is open meanwhile.
  void run_one(PoolJob& job, std::unique_lock<std::mutex>& lock) {
    const std::int64_t number = job.next++;
    if (job.next == job.tasks) jobs.erase(std::find(jobs.begin(), jobs.end(), &job));
    lock.unlock();
    std::exception_ptr error;
    try {
      job.task(number);
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    if (error && number < job.failed) {
      job.failed = number;
      job.error = error;
    }
    if (++job.ended == job.tasks) ended.notify_all();
  }

  void serve() {
    std::unique_lock lock(mutex);
    for (;;) {
      work.wait(lock, [&] { return stopping || !jobs.empty(); });
      if (jobs.empty()) return;
      run_one(*jobs.front(), lock);
    }
  }
};

ThreadPool::ThreadPool(std::int64_t threads) : threads_(threads), impl_(std::make_unique<Impl>()) {
  if (threads < 1) throw ValueError("[thread_pool] " + std::to_string(threads) + " threads");
}

ThreadPool::~ThreadPool() = default;

void ThreadPool::run(std::int64_t tasks, FunctionRef<void(std::int64_t)> task) {
  if (tasks < 1) return;
  PoolJob job{task, tasks};
  std::unique_lock lock(impl_->mutex);
  impl_->start(threads_ - 1);
  impl_->jobs.push_back(&job);
  impl_->work.notify_all();
  while (job.next < job.tasks) impl_->run_one(job, lock);
  impl_->ended.wait(lock, [&] { return job.ended == job.tasks; });
  if (job.error) std::rethrow_exception(job.error);
}

}  // namespace tinytorch
