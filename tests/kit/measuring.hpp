#pragma once

#include "tinytorch/core/error.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include <fmt/format.h>

/// What every program that answers a lab's predictions has in common: its command line and its answers' form.
namespace tinytorch::lab {

struct MeasureRequest {
  std::uint64_t seed = 1;
  bool parameters = false;  ///< print the questions' numbers, and measure nothing
  std::string out;          ///< folder for files; empty: write none
};

/// The line that `tito measure` reads: a prediction's truth, the number of the reason that held (0: none was asked
/// for), and what shows it. Written at once.
inline void answer(const char* id, double truth, const char* unit, int why, const std::string& evidence) {
  fmt::print(R"({{"id":"{}","truth":{},"unit":"{}","why":{},"evidence":"{}"}})", id, truth, unit, why, evidence);
  std::putchar('\n');
  std::fflush(stdout);
}

/// False for a command line that asks for neither the parameters nor the measurement, or for both, or for something
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

/// The program's main function: an open hole or an error is one line with the program's name, and exit code 1.
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
