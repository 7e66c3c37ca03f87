#include "tests/kit/instruments/actors.hpp"

#include "tests/kit/suite/run.hpp"
#include "tinytorch/core/timing.hpp"

#include <cstdlib>
#include <cstring>
#include <ctime>
#include <exception>
#include <map>
#include <optional>
#include <string>
#include <thread>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

namespace tinytorch::lab {
namespace {

constexpr int equal_looks = 2;
constexpr const char* tasks = "/proc/self/task";

std::set<long> threads() {
  std::set<long> ids;
  DIR* const folder = ::opendir(tasks);
  if (folder == nullptr) return ids;
  while (const dirent* const entry = ::readdir(folder)) {
    if (entry->d_name[0] != '.') ids.insert(std::strtol(entry->d_name, nullptr, 10));
  }
  ::closedir(folder);
  return ids;
}

// The status file of a thread; empty when the thread has ended.
std::string status_of(long id) {
  const std::string path = std::string(tasks) + "/" + std::to_string(id) + "/status";
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return "";
  std::string text(8192, '\0');
  const ssize_t length = ::read(file, text.data(), text.size());
  ::close(file);
  text.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
  return text;
}

// The number behind "NAME:" at the start of a line.
long number_after(const std::string& text, const char* name) {
  const std::size_t found = text.find(std::string("\n") + name + ":");
  return found != std::string::npos ? std::strtol(text.c_str() + found + std::strlen(name) + 2, nullptr, 10) : -1;
}

struct Look {
  std::set<long> all;             // every thread of the process
  std::map<long, long> switches;  // how often each watched thread has left a processor
  bool operator==(const Look&) const = default;
};

// Nothing unless all watched threads sleep. Two equal looks mean that none of them ran in between: a thread that runs
// and sleeps again leaves a processor once more. Both looks are also complete: a listing may break off behind a thread
// that ends meanwhile, and the next listing does not have that thread.
std::optional<Look> look(const std::set<long>& before) {
  Look look{threads(), {}};
  for (auto id = look.all.rbegin(); id != look.all.rend();
       ++id) {  // the newest thread first: it is the likeliest to run
    if (before.count(*id) != 0) continue;
    const std::string status = status_of(*id);
    const std::size_t state = status.find("\nState:\tS");
    if (state == std::string::npos) return std::nullopt;
    look.switches[*id] =
        number_after(status, "voluntary_ctxt_switches") + number_after(status, "nonvoluntary_ctxt_switches");
  }
  return look;
}

std::int64_t now_ns() { return SteadyClock().now_ns(); }

// Processor time of all other threads of the process.
std::int64_t others_ns() {
  const auto read = [](clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
  };
  return read(CLOCK_PROCESS_CPUTIME_ID) - read(CLOCK_THREAD_CPUTIME_ID);
}

// For machines without /proc: true when no other thread has run during ten looks, a millisecond apart.
bool others_are_idle(std::int64_t until) {
  std::int64_t last = others_ns();
  for (int quiet = 0; quiet < 10;) {
    if (now_ns() > until) return false;
    ::usleep(1000);
    const std::int64_t used = others_ns();
    quiet = used - last < 20'000 ? quiet + 1 : 0;  // reading two clocks takes time too
    last = used;
  }
  return true;
}

}  // namespace

Stage::Stage() : before_(threads()) { before_.insert(::gettid()); }

bool Stage::at_rest(double patience_seconds) const {
  const std::int64_t until = now_ns() + static_cast<std::int64_t>(patience_seconds * 1e9);
  if (before_.size() < 2 && threads().empty()) return others_are_idle(until);
  std::optional<Look> last;
  for (int equal = 0; equal < equal_looks;) {
    if (now_ns() > until) return false;
    std::optional<Look> now = look(before_);
    equal = !now ? 0 : now == last ? equal + 1 : 1;
    if (!now) std::this_thread::yield();
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
