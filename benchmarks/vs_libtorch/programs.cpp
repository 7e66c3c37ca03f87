#include "benchmarks/vs_libtorch/programs.hpp"

#include <cstdio>
#include <memory>
#include <stdexcept>

#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tinytorch::versus {
namespace {

// The program says itself how much it needed: what the system reports of a child begins with its parent's memory.
double memory_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> output(popen(command.c_str(), "r"), pclose);
  double kilobytes = 0;
  if (output == nullptr || std::fscanf(output.get(), "%lf", &kilobytes) != 1)
    throw std::runtime_error(command + " does not say how much memory it needed");
  return kilobytes * 1024;
}

double cost_of(const std::string& program, const ProgramRow& row) {
  if (row.memory) return memory_of(program + " " + row.work);
  std::string name = program, work = row.work;
  char* words[] = {name.data(), work.data(), nullptr};
  pid_t child = 0;
  if (posix_spawn(&child, program.c_str(), nullptr, nullptr, words, environ) != 0)
    throw std::runtime_error(program + " cannot be started");
  int status = 0;
  rusage used{};
  wait4(child, &status, 0, &used);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw std::runtime_error(program + " " + row.work + " fails");
  const auto nanoseconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_usec) * 1e3;
  };
  return nanoseconds(used.ru_utime) + nanoseconds(used.ru_stime);
}

}  // namespace

std::vector<ProgramRow> program_rows() {
  return {{"a program that adds two numbers: processor time", "start", false, 40, 100},
          {"a program that trains an MLP: largest memory", "train", true, 6, 10}};
}

profiling::Paired run_programs(const ProgramRow& row, std::int64_t rounds) {
  profiling::Paired costs;
  for (std::int64_t round = 0; round < rounds; ++round) {
    costs.a.push_back(cost_of(TINYTORCH_PROGRAM_OURS, row));
    costs.b.push_back(cost_of(TINYTORCH_PROGRAM_THEIRS, row));
  }
  return costs;
}

}  // namespace tinytorch::versus
