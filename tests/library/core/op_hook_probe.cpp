// Two functions that differ in an OpScope only. Compiled with -O2, as the library is.

#include "tinytorch/core/op_hook.hpp"

namespace tinytorch::probe {

void work();

void without_scope(const Tensor&) { work(); }

void with_scope(const Tensor& x) {
  OpScope scope("probe", {&x});
  work();
}

}  // namespace tinytorch::probe
