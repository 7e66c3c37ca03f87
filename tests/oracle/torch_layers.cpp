#include "tests/oracle/torch_table.hpp"

namespace tinytorch::oracle {

void add_layers(TorchTable&) {}

}  // namespace tinytorch::oracle
