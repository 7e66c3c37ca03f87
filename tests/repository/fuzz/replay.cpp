// Fuzzing without libFuzzer, for any compiler:
//   fuzz_replay list              the targets
//   fuzz_replay seeds FOLDER      writes FOLDER/<target>/seed-N: where a fuzzer starts
//   fuzz_replay run TARGET FILE.. reads files again, such as a crash that libFuzzer left
//   fuzz_replay mutate N [SEED]   every target on N random changes of its seeds

#include "tests/repository/fuzz/grader.hpp"
#include "tests/repository/fuzz/seeds.hpp"
#include "tests/repository/fuzz/targets.hpp"
#include "tinytorch/core/random.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>

namespace tinytorch::fuzz {
namespace {

std::string changed(std::string bytes, const std::string& other, Generator& g) {
  for (std::uint64_t times = 1 + g.below(6); times > 0; --times) {
    const std::size_t at = g.below(bytes.size() + 1), from = g.below(other.size() + 1);
    switch (g.below(6)) {
      case 0:
        bytes = bytes.substr(0, at);
        break;
      case 1:
        bytes.insert(at, other.substr(from, g.below(16)));
        break;
      case 2:
        bytes.erase(at, g.below(8));
        break;
      case 3:  // a number at the edge of its range
        bytes.replace(at, std::min<std::size_t>(4, bytes.size() - at), std::string(4, g.below(2) == 0 ? '\xFF' : '\0'));
        break;
      default:
        if (at < bytes.size())
          bytes[at] = g.below(2) == 0 ? static_cast<char>(g.next()) : static_cast<char>(bytes[at] ^ (1 << g.below(8)));
    }
  }
  return bytes;
}

// The library's and, where the tool is built, the grader's.
std::vector<Target> all_targets() {
  std::vector<Target> all = targets();
#ifdef TINYTORCH_FUZZ_GRADER
  all.insert(all.end(), grader_targets().begin(), grader_targets().end());
#endif
  return all;
}

std::vector<std::string> seeds_of(const std::string& target) {
#ifdef TINYTORCH_FUZZ_GRADER
  if (std::vector<std::string> found = grader_seeds(target); !found.empty()) return found;
#endif
  return seeds(target);
}

void write_seeds(const std::filesystem::path& folder) {
  for (const Target& target : all_targets()) {
    std::filesystem::create_directories(folder / target.name);
    int number = 0;
    for (const std::string& seed : seeds_of(target.name))
      std::ofstream(folder / target.name / ("seed-" + std::to_string(number++)), std::ios::binary) << seed;
  }
}

int replay(const std::string& name, std::span<char*> files) {
  for (const Target& target : all_targets()) {
    if (target.name != name) continue;
    for (const char* file : files) {
      std::ifstream in(file, std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(in), {}};
      run(target, bytes);
    }
    return 0;
  }
  std::fprintf(stderr, "no target '%s'\n", name.c_str());
  return 2;
}

void mutate(std::uint64_t count, std::uint64_t seed) {
  for (const Target& target : all_targets()) {
    const std::vector<std::string> starts = seeds_of(target.name);
    for (const std::string& start : starts) run(target, start);
    Generator g(seed);
    for (std::uint64_t i = 0; i < count; ++i)
      run(target, changed(starts[g.below(starts.size())], starts[g.below(starts.size())], g));
    std::printf("%-12s %llu changed files\n", target.name, static_cast<unsigned long long>(count));
    std::fflush(stdout);
  }
}

int main_of(std::span<char*> args) {
  const std::string verb = args.size() > 1 ? args[1] : "";
  if (verb == "list") {
    for (const Target& target : all_targets()) std::printf("%s\n", target.name);
  } else if (verb == "seeds" && args.size() == 3) {
    write_seeds(args[2]);
  } else if (verb == "run" && args.size() > 3) {
    return replay(args[2], args.subspan(3));
  } else if (verb == "mutate" && args.size() > 2) {
    mutate(std::stoull(args[2]), args.size() > 3 ? std::stoull(args[3]) : 1);
  } else {
    std::fprintf(stderr, "usage: fuzz_replay list | seeds FOLDER | run TARGET FILE... | mutate N [SEED]\n");
    return 2;
  }
  return 0;
}

}  // namespace
}  // namespace tinytorch::fuzz

int main(int count, char** args) { return tinytorch::fuzz::main_of({args, static_cast<std::size_t>(count)}); }
