#include "tinytorch/optim/optimizers.hpp"

namespace tinytorch::optim {

template class GroupedOptimizer<SGDOptions, SGDState>;
template class GroupedOptimizer<AdamOptions, AdamState>;
template class GroupedOptimizer<RMSpropOptions, RMSpropState>;
template class GroupedOptimizer<AdagradOptions, AdagradState>;

}  // namespace tinytorch::optim
