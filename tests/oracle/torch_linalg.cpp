#include "tests/oracle/torch_table.hpp"

namespace tinytorch::oracle {

void add_linalg(TorchTable&) {}

}  // namespace tinytorch::oracle
