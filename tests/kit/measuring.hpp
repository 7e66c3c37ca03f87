#pragma once

#include "tinytorch/core/error.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <limits>
#include <string>

#include <fmt/format.h>

/// The program behind `tito measure`: its command line and the form of its answers. Each lab writes one such program.
namespace tinytorch::lab {

struct MeasureRequest {
  std::uint64_t seed = 1;
  bool parameters = false;  ///< print the questions' numbers, and measure nothing
  std::string out;          ///< folder for files; empty: write none
};

/// Prints the line that `tito measure` reads: the true answer of a prediction, the number of the right reason (0: the
/// prediction asks for none) and the evidence. The line is written at once.
inline void answer(const char* id, double truth, const char* unit, int why, const std::string& evidence) {
  fmt::print(R"({{"id":"{}","truth":{},"unit":"{}","why":{},"evidence":"{}"}})", id, truth, unit, why, evidence);
  std::putchar('\n');
  std::fflush(stdout);
}

/// This thread's processor time: it counts waiting for memory, but not the time that other programs get.
inline std::int64_t processor_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

/// Nanoseconds of the fastest of `runs` runs.
template <class F>
double fastest_ns(int runs, F work) {
  std::int64_t best = std::numeric_limits<std::int64_t>::max();
  for (int run = 0; run < runs; ++run) {
    const std::int64_t start = processor_ns();
    work();
    best = std::min(best, processor_ns() - start);
  }
  return static_cast<double>(best > 0 ? best : 1);
}

/// Reads the command line. Returns false unless it asks for either the parameters or the measurement and for nothing
/// else.
inline bool read_request(int argc, char** argv, MeasureRequest& request) {
  bool measure = false;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const bool has_value = i + 1 < argc;
    if (word == "--parameters") {
      request.parameters = true;
    } else if (word == "--measure") {
      measure = true;
    } else if (word == "--seed" && has_value) {
      request.seed = std::strtoull(argv[++i], nullptr, 10);
    } else if (word == "--out" && has_value) {
      request.out = argv[++i];
    } else {
      return false;
    }
  }
  return request.parameters != measure;
}

/// The program's main function. Prints one line with the program's name and returns 1 when a hole is reached or an
/// exception is thrown.
inline int measure_program(const char* name, void (*run)(const MeasureRequest&), int argc, char** argv) {
  MeasureRequest request;
  if (!read_request(argc, argv, request)) {
    fmt::print(stderr, "usage: {} [--seed S] (--parameters | --measure [--out DIR])\n", name);
    return 2;
  }
  try {
    run(request);
    return 0;
  } catch (const std::exception& error) {
    std::fflush(stdout);
    fmt::print(stderr, "{}: {}\n", name, error.what());
  }
  return 1;
}

}  // namespace tinytorch::lab
