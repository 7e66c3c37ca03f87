#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tinytorch {

/// A part of a step, and the time it took.
struct Phase {
  std::string name;
  double microseconds;
};

/// A parameter, and the bytes of its value, its gradient and its state in the optimiser.
struct Tower {
  std::string name;
  std::int64_t value, gradient, state;
};

/// One step of training: its phases in order, and the parameters that it updates.
struct StepPicture {
  std::string title;
  std::vector<Phase> phases;
  std::vector<Tower> towers;
};

std::string picture_text(const StepPicture& step);
std::string picture_svg(const StepPicture& step);

}  // namespace tinytorch
