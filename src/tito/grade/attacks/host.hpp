// The machine before and after attacks.
#pragma once

#include "src/tito/util/context.hpp"
#include "src/tito/util/process.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tinytorch::tito {

/// Lays out what an attack might reach: a file, and a port of this machine that listens.
class Host {
 public:
  explicit Host(const Context& context);
  ~Host();  // removes the file
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  int port() const { return port_; }

  /// What is different since then, a line each: the file, somebody on the port, processes of submissions, files of
  /// theirs or with the names that they try to write, more than `most_bytes` of the disk.
  std::vector<std::string> changes() const;

  static constexpr std::uint64_t most_bytes = std::uint64_t{2} << 30;

 private:
  fs::path root_, canary_;
  Descriptor listener_;
  int port_ = 0;
  std::uint64_t free_bytes_ = 0;
};

}  // namespace tinytorch::tito
