#include "tests/oracle/torch_table.hpp"

namespace tinytorch::oracle {

void add_views(TorchTable&) {}

}  // namespace tinytorch::oracle
