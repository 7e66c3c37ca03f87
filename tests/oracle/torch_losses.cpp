#include "tests/oracle/torch_table.hpp"

namespace tinytorch::oracle {

void add_losses(TorchTable&) {}

}  // namespace tinytorch::oracle
