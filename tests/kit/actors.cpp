#include "tests/kit/actors.hpp"

#include "tests/kit/run.hpp"
#include "tinytorch/core/clock.hpp"

#include <array>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <exception>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <thread>

#include <unistd.h>

namespace tinytorch::lab {
namespace {

constexpr std::int64_t patience_ns = 2'000'000'000;
constexpr int equal_looks = 3;
constexpr const char* tasks = "/proc/self/task";

/// What the system says of a thread: whether it sleeps, and how often it has left a processor. Two equal looks at a
/// sleeping thread mean that it did not run in between.
struct Seen {
  char state = '?';
  long switches = 0;
  bool operator==(const Seen&) const = default;
};

std::set<long> threads() {
  std::set<long> ids;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(tasks, error)) {
    ids.insert(std::strtol(entry.path().filename().c_str(), nullptr, 10));
  }
  return ids;
}

/// Nothing for a thread that has ended meanwhile.
std::optional<Seen> look_at(long id) {
  const std::string path = std::string(tasks) + "/" + std::to_string(id) + "/status";
  std::FILE* const file = std::fopen(path.c_str(), "r");
  if (file == nullptr) return std::nullopt;
  Seen seen;
  std::array<char, 256> line{};
  while (std::fgets(line.data(), line.size(), file) != nullptr) {
    long count = 0;
    if (std::sscanf(line.data(), "State: %c", &seen.state) == 1) continue;
    if (std::sscanf(line.data(), "voluntary_ctxt_switches: %ld", &count) == 1 ||
        std::sscanf(line.data(), "nonvoluntary_ctxt_switches: %ld", &count) == 1) {
      seen.switches += count;
    }
  }
  std::fclose(file);
  if (seen.state == '?' || seen.state == 'Z' || seen.state == 'X') return std::nullopt;
  return seen;
}

std::map<long, Seen> look_at_all_but(const std::set<long>& before) {
  std::map<long, Seen> all;
  for (const long id : threads()) {
    if (before.count(id) != 0) continue;
    if (const auto seen = look_at(id)) all[id] = *seen;
  }
  return all;
}

bool all_sleep(const std::map<long, Seen>& all) {
  for (const auto& [id, seen] : all) {
    if (seen.state != 'S') return false;
  }
  return true;
}

std::int64_t now_ns() { return SteadyClock().now_ns(); }

/// Processor time of the process without this thread's.
std::int64_t others_ns() {
  const auto read = [](clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
  };
  return read(CLOCK_PROCESS_CPUTIME_ID) - read(CLOCK_THREAD_CPUTIME_ID);
}

/// Without /proc: nobody else has run for ten looks a millisecond apart.
bool others_are_idle() {
  const std::int64_t until = now_ns() + patience_ns;
  std::int64_t last = others_ns();
  for (int quiet = 0; quiet < 10;) {
    if (now_ns() > until) return false;
    ::usleep(1000);
    const std::int64_t used = others_ns();
    quiet = used - last < 20'000 ? quiet + 1 : 0;  // reading two clocks takes time, too
    last = used;
  }
  return true;
}

}  // namespace

Stage::Stage() : before_(threads()) { before_.insert(::gettid()); }

bool Stage::at_rest() const {
  if (threads().empty()) return others_are_idle();
  const std::int64_t until = now_ns() + patience_ns;
  std::map<long, Seen> last = look_at_all_but(before_);
  for (int equal = 1; equal < equal_looks || !all_sleep(last);) {
    if (now_ns() > until) return false;
    std::this_thread::yield();
    std::map<long, Seen> now = look_at_all_but(before_);
    equal = now == last ? equal + 1 : 1;
    last = std::move(now);
  }
  return true;
}

struct Call::State {
  std::mutex mutex;
  bool done = false;
  Value value;
  std::exception_ptr hole;
};

Call start_call(std::function<Value()> body) {
  Call call;
  call.state_ = std::make_shared<Call::State>();
  std::thread([state = call.state_, body = std::move(body)] {
    Value value;
    std::exception_ptr hole;
    try {
      try {
        value = body();
      } catch (...) {
        value = caught_value();
      }
    } catch (...) {
      hole = std::current_exception();
    }
    const std::lock_guard lock(state->mutex);
    state->value = std::move(value);
    state->hole = hole;
    state->done = true;
  }).detach();
  return call;
}

bool Call::done() const {
  const std::lock_guard lock(state_->mutex);
  return state_->done;
}

Value Call::outcome() const {
  const std::lock_guard lock(state_->mutex);
  if (!state_->done) return to_value("waits");
  if (state_->hole) std::rethrow_exception(state_->hole);
  return state_->value;
}

void Gates::close(std::int64_t number) {
  const std::lock_guard lock(mutex_);
  if (all_closed_)
    exceptions_.erase(number);
  else
    exceptions_.insert(number);
}

void Gates::close_all() {
  const std::lock_guard lock(mutex_);
  all_closed_ = true;
  exceptions_.clear();
}

void Gates::open(std::int64_t number) {
  const std::lock_guard lock(mutex_);
  if (all_closed_)
    exceptions_.insert(number);
  else
    exceptions_.erase(number);
  opened_.notify_all();
}

void Gates::open_all() {
  const std::lock_guard lock(mutex_);
  all_closed_ = false;
  exceptions_.clear();
  opened_.notify_all();
}

bool Gates::closed(std::int64_t number) const { return (exceptions_.count(number) != 0) != all_closed_; }

void Gates::pass(std::int64_t number) {
  std::unique_lock lock(mutex_);
  ++arrived_;
  opened_.wait(lock, [&] { return !closed(number); });
}

std::int64_t Gates::arrived() const {
  const std::lock_guard lock(mutex_);
  return arrived_;
}

}  // namespace tinytorch::lab
