#pragma once

#include "tinytorch/core/error.hpp"
#include "tinytorch/core/random.hpp"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

/// Files for tests, and damaged versions of small files.
namespace tinytorch::testing {

/// A folder that is removed when the test ends.
class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / ("tinytorch_data_test_" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline void write(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}
inline std::string read(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The text of the Expected error that `run` throws.
template <class Expected, class F>
std::string message(F run) {
  try {
    run();
  } catch (const Expected& error) {
    return error.what();
  }
  ADD_FAILURE() << "nothing of that kind was thrown";
  return {};
}

/// Calls read(damaged) with `bytes` cut before every byte, with every byte changed in three ways, and with a few bytes
/// changed, removed or repeated at random. Fails if anything but a tinytorch::Error is thrown, or if an error's text
/// has more than one line.
template <class F>
void damage_everywhere(const std::string& bytes, F read, std::uint64_t rounds = 2000) {
  const auto attempt = [&](const std::string& damaged) {
    try {
      read(damaged);
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    }
  };
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    attempt(bytes.substr(0, i));
    for (const int flip : {0x01, 0x80, 0xFF}) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ flip);
      attempt(damaged);
    }
  }
  Generator g(77);
  for (std::uint64_t round = 0; round < rounds && !bytes.empty(); ++round) {
    std::string damaged = bytes;
    for (std::uint64_t times = 1 + g.below(4); times > 0 && !damaged.empty(); --times) {
      const std::size_t at = g.below(damaged.size());
      switch (g.below(4)) {
        case 0:
          damaged[at] = static_cast<char>(g.next());
          break;
        case 1:
          damaged.erase(at, 1 + g.below(4));
          break;
        case 2:
          damaged.insert(at, damaged.substr(g.below(damaged.size()), 1 + g.below(8)));
          break;
        default:
          damaged[at] = static_cast<char>(damaged[at] ^ (1 << g.below(8)));
      }
    }
    attempt(damaged);
  }
}

}  // namespace tinytorch::testing
