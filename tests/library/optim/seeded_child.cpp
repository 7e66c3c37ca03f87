// seeded_child KIND WORKERS FILE: trains in a process of its own and saves the result.

#include "tests/library/optim/seeded_run.hpp"
#include "tinytorch/data/formats/safetensors.hpp"

#include <cstdio>
#include <string>

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  try {
    tinytorch::data::save_safetensors(argv[3], tinytorch::testing::train(argv[1], std::stoi(argv[2])));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "seeded_child: %s\n", error.what());
    return 1;
  }
}
