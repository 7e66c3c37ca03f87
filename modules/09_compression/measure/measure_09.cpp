// Answers the predictions of lab 09 on the stack it is linked with.
//     measure_09 --seed S --parameters
//     measure_09 --seed S --measure
#include "modules/09_compression/measure/parts.hpp"
#include "tests/kit/measuring.hpp"

#include <cstdio>

#include <fmt/format.h>

namespace tinytorch::nn {
namespace {

void print_parameters(const Parameters& p) {
  const auto line = [](const char* id, const std::string& numbers) {
    fmt::print(R"({{"id":"{}","parameters":{{{}}}}})", id, numbers);
    std::putchar('\n');
  };
  line("P1", fmt::format(R"("inputs":{},"outputs":{})", p.inputs, p.outputs));
  line("P2", fmt::format(R"("lo":{},"hi":{})", p.lo, p.hi));
  line("P3", fmt::format(R"("far":{})", p.far));
  line("P4", "");
  line("P5", "");
}

void run(const lab::MeasureRequest& request) {
  const Parameters p = parameters_of(request.seed);
  if (request.parameters) {
    print_parameters(p);
    return;
  }
  measure_bytes(p);
  measure_error(p);
  measure_ticks(p);
  measure_calibration();
  measure_layers();
}

}  // namespace
}  // namespace tinytorch::nn

int main(int argc, char** argv) {
  return tinytorch::lab::measure_program("measure_09", tinytorch::nn::run, argc, argv);
}
