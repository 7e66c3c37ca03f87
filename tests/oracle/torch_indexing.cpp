#include "tests/oracle/torch_table.hpp"

namespace tinytorch::oracle {

void add_indexing(TorchTable&) {}

}  // namespace tinytorch::oracle
