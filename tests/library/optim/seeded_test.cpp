// The seed decides every bit of a training: when it runs again, in another process, with any number of loading threads,
// and beside other trainings.

#include "tests/library/optim/seeded_run.hpp"
#include "tinytorch/data/formats/safetensors.hpp"

#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

namespace tinytorch {
namespace {

namespace fs = std::filesystem;
using testing::same_bits;
using testing::train;

class SeededRun : public ::testing::TestWithParam<const char*> {
 protected:
  const std::string kind = GetParam();
};

StateDict trained_in_a_child(const std::string& kind, int workers) {
  const fs::path file = fs::temp_directory_path() / ("tinytorch_seeded_" + kind + std::to_string(getpid()));
  const std::string command = std::string("'") + TINYTORCH_SEEDED_CHILD + "' " + kind + " " + std::to_string(workers) +
                              " '" + file.string() + "'";
  StateDict state;
  if (std::system(command.c_str()) == 0) state = data::load_safetensors(file);
  fs::remove(file);
  return state;
}

// If all seeds gave equal runs, equal runs would prove nothing.
TEST_P(SeededRun, ends_elsewhere_than_another_kind_and_with_numbers) {
  const StateDict state = train(kind, 0);
  EXPECT_GT(state.size(), 4U);
  EXPECT_FALSE(same_bits(state, train(kind == "mlp" ? "conv" : "mlp", 0)));
  for (const NamedTensor& named : state)
    EXPECT_FALSE(any(isnan(to(named.value, DType::float64))).item<bool>()) << named.name;
}

TEST_P(SeededRun, is_the_same_again) {
  const StateDict first = train(kind, 0);
  Generator g(9);
  const Tensor kept = randn({1000}, g);  // changes which memory the next run gets
  EXPECT_TRUE(same_bits(train(kind, 0), first));
}

TEST_P(SeededRun, is_the_same_with_any_number_of_workers) {
  const StateDict first = train(kind, 0);
  for (const int workers : {1, 2, 4}) EXPECT_TRUE(same_bits(train(kind, workers), first)) << workers << " workers";
}

TEST_P(SeededRun, is_the_same_in_another_process) {
  const StateDict first = train(kind, 0);
  for (const int workers : {0, 1, 2, 4})
    EXPECT_TRUE(same_bits(trained_in_a_child(kind, workers), first)) << workers << " workers";
}

TEST_P(SeededRun, is_the_same_beside_others) {
  const StateDict first = train(kind, 0);
  for (const std::size_t count : {2U, 4U}) {
    std::vector<StateDict> results(count);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < count; ++i)
      threads.emplace_back([&, i] { results[i] = train(kind, i % 2 == 0 ? 0 : 1); });
    for (std::thread& thread : threads) thread.join();
    for (std::size_t i = 0; i < count; ++i) EXPECT_TRUE(same_bits(results[i], first)) << i << " of " << count;
  }
}

INSTANTIATE_TEST_SUITE_P(Training, SeededRun, ::testing::Values("mlp", "conv"));

}  // namespace
}  // namespace tinytorch
