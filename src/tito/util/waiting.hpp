// Says what a person at a terminal waits for.
#pragma once

#include "src/tito/util/context.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace tinytorch::tito {

/// While it lives, a terminal shows "compiling your files, 3 s" on one line of stderr, once that has taken `quiet`. On
/// a busy machine a verdict may take a minute. Says nothing where there is no terminal.
class Waiting {
 public:
  Waiting(const Context& context, std::string what, std::chrono::milliseconds quiet = std::chrono::seconds(2));
  ~Waiting();
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

 private:
  void show(const std::string& what, std::chrono::milliseconds quiet);

  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  std::thread shows_;
};

}  // namespace tinytorch::tito
