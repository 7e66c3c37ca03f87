#include "tests/oracle/torch_table.hpp"

namespace tinytorch::oracle {

void add_optimizers(TorchTable&) {}

}  // namespace tinytorch::oracle
