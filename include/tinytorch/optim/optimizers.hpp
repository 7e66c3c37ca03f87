#pragma once

/// Every optimiser; each has a header of its own.

#include "tinytorch/optim/adagrad.hpp"
#include "tinytorch/optim/adam.hpp"
#include "tinytorch/optim/rmsprop.hpp"
#include "tinytorch/optim/sgd.hpp"
