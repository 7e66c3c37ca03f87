// Answers the predictions of lab 08 on the stack it is linked with.
//     measure_08 --seed S --parameters
//     measure_08 --seed S --measure [--out DIR]
#include "modules/08_profiling/measure/part_a.hpp"
#include "modules/08_profiling/measure/part_b.hpp"
#include "tests/kit/measuring.hpp"

namespace tinytorch::profiling {
namespace {

void run(const lab::MeasureRequest& request) {
  const PartAParameters a = part_a_parameters(request.seed);
  const PartBParameters b = part_b_parameters(request.seed);
  if (request.parameters) {
    print_part_a(a);
    print_part_b(b);
  } else {
    measure_part_a(a);
    measure_part_b(b);
  }
}

}  // namespace
}  // namespace tinytorch::profiling

int main(int argc, char** argv) {
  return tinytorch::lab::measure_program("measure_08", tinytorch::profiling::run, argc, argv);
}
