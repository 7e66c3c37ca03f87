// Trains from the checkpoint FILE, or from the beginning, and saves after every step. Writes a byte to standard output
// after each save. kill_test.cpp kills it.

#include "tests/library/optim/killed_run.hpp"

#include <cstdio>

#include <unistd.h>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  try {
    tinytorch::testing::KilledRun run;
    run.trainer.checkpoint({.file = argv[1], .every_epochs = 0});
    run.trainer.resume();
    run.trainer.options().on_step = [&](const auto&, const auto&) {
      run.trainer.save(argv[1]);
      const char told = '.';
      return write(STDOUT_FILENO, &told, 1) == 1;
    };
    run.trainer.fit();
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "killed_child: %s\n", error.what());
    return 1;
  }
}
