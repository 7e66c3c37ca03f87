#pragma once

#include "tinytorch/optim/fit.hpp"
#include "tinytorch/optim/step.hpp"
