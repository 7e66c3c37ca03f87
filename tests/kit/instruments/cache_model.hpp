#pragma once

#include "src/course/traced.hpp"
#include "tinytorch/core/tensor.hpp"

#include <cstdint>
#include <vector>

namespace tinytorch::lab {

/// A model of a small cache that counts the loads and stores of Traced numbers while it lives. The cache is fully
/// associative. The least recently used line is replaced, and a store loads its line like a load. Only addresses in
/// watched buffers count, so local variables are free. For one thread. The newest model counts until it is destroyed.
class CacheModel final : public TraceSink {
 public:
  explicit CacheModel(int lines = 32, int line_bytes = 64);
  ~CacheModel() override;
  CacheModel(const CacheModel&) = delete;
  CacheModel& operator=(const CacheModel&) = delete;

  void watch(const void* begin, std::int64_t bytes);
  /// Watches the whole storage of a traced tensor.
  void watch(const Tensor& tensor);
  /// Watches every address outside this thread's stack: results and copies that the code under test allocates itself.
  void watch_heap();
  /// Empties the cache and sets all counters to 0; the watched buffers stay.
  void reset();

  std::int64_t loads() const { return loads_; }
  std::int64_t stores() const { return stores_; }
  std::int64_t misses() const { return misses_; }

  void load(const void* address) override;
  void store(const void* address) override;

 private:
  void touch(const void* address);
  bool watched(const void* address) const;
  struct Range {
    std::uintptr_t begin, end;
  };
  std::vector<Range> ranges_;
  std::vector<std::uintptr_t> lines_;  ///< most recently used first
  std::size_t capacity_;
  std::uintptr_t line_bytes_;
  Range stack_{0, 0};
  bool heap_ = false;
  std::int64_t loads_ = 0, stores_ = 0, misses_ = 0;
  TraceSink* before_;
};

}  // namespace tinytorch::lab
