#include "tests/oracle/torch_table.hpp"

namespace tinytorch::oracle {

void add_reductions(TorchTable&) {}

}  // namespace tinytorch::oracle
