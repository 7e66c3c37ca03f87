#pragma once

#include "tests/library/optim/problems.hpp"
#include "tinytorch/data/loader.hpp"
#include "tinytorch/optim/optimizers.hpp"
#include "tinytorch/optim/schedulers.hpp"
#include "tinytorch/optim/trainer.hpp"

/// The training that kill_test.cpp kills: the same in the child, which is killed, and in the test, which compares.
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
