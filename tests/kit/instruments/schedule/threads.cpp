#include "tests/kit/instruments/schedule/threads.hpp"

#include <algorithm>
#include <utility>

namespace tinytorch::lab::schedule {

constinit thread_local Place place;

namespace {

constexpr int patience = 100;  // steps in a row while others could run: then they get a turn

// Ends the thread for the exploration once its thread_local objects are destroyed: they come before keys.
pthread_key_t end_key() {
  static const pthread_key_t key = [] {
    pthread_key_t made{};
    pthread_key_create(&made, [](void*) { place.exploration->thread_ends(*place.thread); });
    return made;
  }();
  return key;
}

struct Birth {
  Exploration* exploration;
  Thread* thread;
};

void* run_thread(void* argument) {
  const auto* const birth = static_cast<Birth*>(argument);
  const Place here{birth->exploration, birth->thread};
  delete birth;
  sleep_until_set(here.thread->turn);
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
    void* stack = nullptr;
    std::size_t bytes = 0;
    pthread_attr_getstack(&attributes, &stack, &bytes);
    here.thread->stack_begin = reinterpret_cast<std::uintptr_t>(stack);
    here.thread->stack_end = here.thread->stack_begin + bytes;
    pthread_attr_destroy(&attributes);
  }
  pthread_setspecific(end_key(), here.thread);
  place = here;
  return here.thread->routine(here.thread->argument);
}

}  // namespace

Thread& Exploration::add_thread(std::string name) {
  Thread& thread = threads_.emplace_back();
  thread.number = threads_.size() - 1;
  thread.name = std::move(name);
  if (thread.number < Clock::most) thread.clock[thread.number] = 1;
  return thread;
}

int Exploration::spawn(Thread& thread, pthread_t* handle) {
  end_key();
  const int error = real_create(handle, run_thread, new Birth{this, &thread});
  thread.handle = *handle;
  return error;
}

End Exploration::run(const std::string& name, std::function<void()> body) {
  body_ = std::move(body);
  Thread& first = add_thread(name);
  first.routine = [](void* self) -> void* {
    static_cast<Exploration*>(self)->body_();
    return nullptr;
  };
  first.argument = this;
  pthread_t handle{};
  spawn(first, &handle);
  set_and_wake(first.turn);
  sleep_until_set(over_);
  if (end_ == End::done) {
    // Only now: a stack that is free would be the next thread's, and memory.cpp would take one for the other.
    for (Thread& thread : threads_) real_join(thread.handle);
  }
  return end_;
}

void Exploration::finish(End end) {
  end_ = end;
  set_and_wake(over_);
}

void Exploration::fail(Thread& me, End end, std::string fault, std::string details) {
  me.inside = true;
  fault_ = std::move(fault);
  details_ = std::move(details);
  finish(end);
  for (std::atomic<int> never{0};;) sleep_until_set(never);
}

void Exploration::resume(Thread& next) {
  if (next.wait == Wait::nothing) return;
  // It waits, and goes on all the same: its time is up, or it wakes without a notification.
  if (next.deadline) {
    now_ = std::max(now_, *next.deadline);
    next.timed_out = true;
    log(next, Did::times_out, next.object);
  } else {
    log(next, Did::wakes_unasked, next.object);
  }
  next.wait = Wait::nothing;
  next.deadline.reset();
}

// Those that can take the next step, the usual one first. Threads that are ready come before those that only wake
// because their time is up, or because a condition may always wake a thread without a reason.
std::vector<Thread*> Exploration::candidates(Thread& me, bool yields, std::size_t& ready) {
  std::vector<Thread*> all, waking;
  if (me.ready() && !yields) all.push_back(&me);
  for (std::size_t k = 1; k <= threads_.size(); ++k) {
    Thread& thread = threads_[(me.number + k) % threads_.size()];
    if (&thread == &me && me.ready() && !yields) continue;
    if (thread.ready()) {
      all.push_back(&thread);
    } else if (!thread.ended && (thread.deadline || thread.wait == Wait::condition)) {
      waking.push_back(&thread);
    }
  }
  ready = all.size();
  all.insert(all.end(), waking.begin(), waking.end());
  return all;
}

Thread* Exploration::earliest() {
  Thread* first = nullptr;
  for (Thread& thread : threads_) {
    if (!thread.ended && thread.deadline && (first == nullptr || *thread.deadline < *first->deadline)) first = &thread;
  }
  return first;
}

void Exploration::step(Thread& me, bool yields, const Thread* started) {
  if (++steps_ > most_steps_) fail(me, End::endless);
  accesses = 0;
  std::size_t ready = 0;
  std::vector<Thread*> all = candidates(me, yields || me.in_a_row > patience, ready);
  if (ready == 0) {
    // Time passes when nobody else can go on.
    if (Thread* const sleeper = earliest()) return pass_to(me, *sleeper);
    const bool over = std::all_of(threads_.begin(), threads_.end(), [](const Thread& one) { return one.ended; });
    if (over) return finish(End::done);
    fail(me, End::deadlock);
  }
  if (all.size() == 1) return pass_to(me, *all[0]);
  Choice choice{all.size(), ready, 0, !me.ready()};
  const auto newest = std::find(all.begin(), all.end(), started);
  if (newest != all.end()) choice.newest = static_cast<std::size_t>(newest - all.begin());
  pass_to(me, *all[chooser_.choose(choice)]);
}

void Exploration::pass_to(Thread& me, Thread& next) {
  resume(next);
  if (&next == &me) {
    ++me.in_a_row;
    return;
  }
  next.in_a_row = 0;
  me.turn.store(0);
  set_and_wake(next.turn);
  if (!me.ended) sleep_until_set(me.turn);
}

void Exploration::point(Thread& me) { step(me, false); }
void Exploration::yield(Thread& me) {
  log(me, Did::yields);
  step(me, true);
}

void Exploration::sleep(Thread& me, std::int64_t deadline) {
  log(me, Did::sleeps);
  if (!may_sleep_) fail(me, End::slept, me.name + (me.calls.empty() ? "" : " in " + *me.calls.back()));
  wait(me, Wait::time, &me, deadline);
}

bool Exploration::wait(Thread& me, Wait wait, const void* object, std::optional<std::int64_t> deadline) {
  me.wait = wait;
  me.object = object;
  me.deadline = deadline;
  me.timed_out = false;
  step(me, false);
  me.object = nullptr;
  return !me.timed_out;
}

std::int64_t Exploration::waiters(const void* object) const {
  return std::count_if(threads_.begin(), threads_.end(),
                       [&](const Thread& one) { return one.wait != Wait::nothing && one.object == object; });
}

std::int64_t Exploration::wake(const void* object, std::int64_t most) {
  std::int64_t woken = 0;
  for (; woken < most; ++woken) {
    std::vector<Thread*> waiting;
    for (Thread& thread : threads_) {
      if (thread.wait != Wait::nothing && thread.object == object) waiting.push_back(&thread);
    }
    if (waiting.empty()) break;
    Thread& thread = *waiting[waiting.size() == 1 || most > 1 ? 0 : chooser_.woken(waiting.size())];
    thread.wait = Wait::nothing;
    thread.deadline.reset();
  }
  return woken;
}

void Exploration::release(Thread& me, const void* object) {
  if (me.number >= Clock::most) return;
  released_[object].join(me.clock);
  ++me.clock[me.number];
}

void Exploration::acquire(Thread& me, const void* object) {
  const auto at = released_.find(object);
  if (at != released_.end()) me.clock.join(at->second);
}

bool Exploration::try_lock(Thread& me, const void* mutex, bool recursive) {
  Lock& lock = locks_[mutex];
  if (lock.owner == &me && recursive) return ++lock.depth, true;
  if (lock.owner != nullptr) return false;
  lock = {&me, 1};
  me.locks.push_back(mutex);
  acquire(me, mutex);
  log(me, Did::locks, mutex);
  return true;
}

bool Exploration::lock_until(Thread& me, const void* mutex, bool recursive, std::optional<std::int64_t> deadline) {
  point(me);
  while (!try_lock(me, mutex, recursive)) {
    const Thread* const owner = locks_[mutex].owner;
    log(me, Did::waits_for_lock, mutex, static_cast<std::int64_t>(owner->number));
    if (!wait(me, Wait::lock, mutex, deadline)) return false;
  }
  return true;
}

void Exploration::lock(Thread& me, const void* mutex, bool recursive) {
  lock_until(me, mutex, recursive, std::nullopt);
}

bool Exploration::unlock(Thread& me, const void* mutex) {
  const auto at = locks_.find(mutex);
  if (at == locks_.end() || at->second.owner != &me) return false;
  if (--at->second.depth > 0) return true;
  locks_.erase(at);
  std::erase(me.locks, mutex);
  release(me, mutex);
  log(me, Did::unlocks, mutex);
  wake(mutex, static_cast<std::int64_t>(threads_.size()));  // they try again; one gets it
  return true;
}

int Exploration::start(Thread& me, pthread_t* handle, void* (*routine)(void*), void* argument) {
  std::string name = std::exchange(next_name_, "");
  if (name.empty()) name = "worker " + std::to_string(++workers_);
  Thread& thread = add_thread(std::move(name));
  thread.routine = routine;
  thread.argument = argument;
  if (me.number < Clock::most) {
    thread.clock.join(me.clock);
    ++me.clock[me.number];
  }
  const int error = spawn(thread, handle);
  thread.ended = error != 0;
  log(me, Did::starts, nullptr, static_cast<std::int64_t>(thread.number));
  step(me, false, &thread);
  return error;
}

Thread* Exploration::find(pthread_t handle) {
  for (auto thread = threads_.rbegin(); thread != threads_.rend(); ++thread) {
    if (pthread_equal(thread->handle, handle) != 0) return &*thread;
  }
  return nullptr;
}

void Exploration::join(Thread& me, Thread& other) {
  point(me);
  if (!other.ended) log(me, Did::waits_for_end, nullptr, static_cast<std::int64_t>(other.number));
  while (!other.ended) wait(me, Wait::join, &other);
  me.clock.join(other.clock);
}

void Exploration::thread_ends(Thread& me) {
  me.inside = true;
  log(me, Did::ends);
  me.ended = true;
  wake(&me, static_cast<std::int64_t>(threads_.size()));
  place = {};
  step(me, false);
}

}  // namespace tinytorch::lab::schedule
