// What a run did, in words.
#include "tests/kit/instruments/schedule/threads.hpp"

#include <algorithm>
#include <map>

namespace tinytorch::lab::schedule {
namespace {

// Locks and conditions have no names: they are numbered as they come, and have no number when there is only one.
class Names {
 public:
  explicit Names(const std::vector<Event>& events) {
    for (const Event& event : events) {
      if (is_lock(event.did)) number(locks_, event.object);
      if (is_condition(event.did)) number(conditions_, event.object);
    }
  }

  std::string lock(const void* object) const { return name(locks_, object, "the lock", "lock "); }
  std::string condition(const void* object) const { return name(conditions_, object, "the condition", "condition "); }

 private:
  using Numbers = std::map<const void*, int>;

  static bool is_lock(Did did) { return did == Did::locks || did == Did::waits_for_lock; }
  static bool is_condition(Did did) {
    return did == Did::waits || did == Did::notifies_one || did == Did::notifies_all;
  }
  static void number(Numbers& numbers, const void* object) {
    numbers.emplace(object, static_cast<int>(numbers.size()) + 1);
  }
  static std::string name(const Numbers& numbers, const void* object, const char* one, const char* several) {
    const auto at = numbers.find(object);
    return numbers.size() < 2 || at == numbers.end() ? one : several + std::to_string(at->second);
  }

  Numbers locks_, conditions_;
};

std::string words(const Exploration& run, const Names& names, const Event& event) {
  const auto thread = [&] { return run.threads()[static_cast<std::size_t>(event.count)].name; };
  const std::string woken = event.count == 0 ? " (nobody waits there)" : "";
  switch (event.did) {
    case Did::locks:
      return "locks " + names.lock(event.object);
    case Did::waits_for_lock:
      return "waits for " + names.lock(event.object) + ", which " + thread() + " holds";
    case Did::unlocks:
      return "unlocks " + names.lock(event.object);
    case Did::waits:
      return "waits on " + names.condition(event.object);
    case Did::wakes:
      return "wakes";
    case Did::times_out:
      return "wakes: its time is over";
    case Did::wakes_unasked:
      return "wakes without a notification, as any wait on a condition may";
    case Did::notifies_one:
      return "notifies one at " + names.condition(event.object) + woken;
    case Did::notifies_all:
      return "notifies all at " + names.condition(event.object) + woken;
    case Did::starts:
      return "starts " + thread();
    case Did::waits_for_end:
      return "waits for the end of " + thread();
    case Did::ends:
      return "ends";
    case Did::sleeps:
      return "sleeps";
    case Did::yields:
      return "yields";
    case Did::changes:
      return "uses an atomic that others use";
    case Did::says:
      return run.text(event.count);
  }
  return "";
}

}  // namespace

void Exploration::log(const Thread& me, Did did, const void* object, std::int64_t count) {
  events_.push_back({me.number, did, object, count});
}

void Exploration::say(const Thread& me, std::string text) {
  texts_.push_back(std::move(text));
  log(me, Did::says, nullptr, static_cast<std::int64_t>(texts_.size()) - 1);
}

void Exploration::enter(Thread& me, std::string call) {
  say(me, "calls " + call);
  me.calls.push_back(&call_names_.emplace_back(std::move(call)));
}

// One line for each stretch in which one thread ran, the last ones. A lock that is released before anything happens
// says nothing, nor does the release that is a part of a wait.
std::string Exploration::trace(std::size_t most_lines) const {
  const Names names(events_);
  std::vector<std::string> lines;
  std::optional<std::size_t> runs;
  for (std::size_t i = 0; i < events_.size(); ++i) {
    const Event& event = events_[i];
    const Event* const next = i + 1 < events_.size() ? &events_[i + 1] : nullptr;
    const bool goes_on = next != nullptr && next->thread == event.thread;
    if (goes_on && event.did == Did::locks && next->did == Did::unlocks) {
      ++i;
      continue;
    }
    if (goes_on && event.did == Did::unlocks && next->did == Did::waits) continue;
    const std::string what = words(*this, names, event);
    if (runs == event.thread) {
      lines.back() += ", " + what;
    } else {
      lines.push_back(threads_[event.thread].name + ": " + what);
    }
    runs = event.thread;
  }
  std::string text;
  const std::size_t first = lines.size() > most_lines ? lines.size() - most_lines : 0;
  if (first > 0) text = "... ";
  for (std::size_t i = first; i < lines.size(); ++i) text += (i == first ? "" : "; ") + lines[i];
  return text;
}

std::string Exploration::waiting() const {
  const Names names(events_);
  std::string text;
  for (const Thread& thread : threads_) {
    if (thread.ended) continue;
    std::string what;
    if (thread.wait == Wait::lock) {
      const auto at = locks_.find(thread.object);
      const Thread* const owner = at == locks_.end() ? nullptr : at->second.owner;
      what = "for " + names.lock(thread.object) +
             (owner == nullptr   ? ""
              : owner == &thread ? ", which it holds itself"
                                 : ", which " + owner->name + " holds");
      if (owner != nullptr && owner->ended) what += " though it has ended";
    } else if (thread.wait == Wait::condition) {
      what = "for a notification at " + names.condition(thread.object);
    } else if (thread.wait == Wait::join) {
      what = "for the end of " + static_cast<const Thread*>(thread.object)->name;
    } else if (thread.wait == Wait::semaphore || thread.wait == Wait::futex) {
      what = "for a change of an atomic or a semaphore";
    } else {
      what = "for a call_once";
    }
    text += (text.empty() ? "" : "; ") + thread.name + " waits for ever " + what;
  }
  return text;
}

std::string Exploration::inside_of() const {
  std::string text;
  for (const Thread& thread : threads_) {
    if (thread.ended || thread.calls.empty()) continue;
    text += (text.empty() ? "" : ", ") + thread.name + " in " + *thread.calls.back();
  }
  return text;
}

}  // namespace tinytorch::lab::schedule
