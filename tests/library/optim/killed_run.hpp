#pragma once

#include "tests/library/optim/problems.hpp"
#include "tinytorch/data/loader.hpp"
#include "tinytorch/optim/optimizers.hpp"
#include "tinytorch/optim/schedules.hpp"
#include "tinytorch/optim/trainer.hpp"

/// The training that a test kills again and again: the same in the process that dies and in the one that watches.
namespace tinytorch::testing {

struct KilledRun {
  data::TensorDataset train = three_classes(40, 1);
  data::DataLoader loader{train, {.batch_size = 8, .shuffle = true, .seed = 2, .workers = 2}};
  nn::Sequential net = small_net(4);
  optim::Adam adam{net.parameters(), {.lr = 0.02}};
  optim::CosineAnnealingLR schedule{adam, 200};
  optim::Trainer trainer{
      {.model = net, .optimizer = adam, .loader = loader, .loss = cross_entropy, .scheduler = &schedule},
      {.epochs = 40}};  // 200 steps
};

}  // namespace tinytorch::testing
