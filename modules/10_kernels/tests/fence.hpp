#pragma once

// Memory that ends where a page ends, with a page behind it that nobody may touch: code that reads or writes one
// element too many is stopped at once. Internal linkage: no code under test can reach it.

#include "tests/kit/values/rule.hpp"

#include <cstdint>

#include <sys/mman.h>
#include <unistd.h>

namespace tinytorch {
namespace {

/// A row-major copy of a float32 tensor whose last element is the last one before the fence.
class Fenced {
 public:
  explicit Fenced(const Tensor& x) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const std::size_t bytes = static_cast<std::size_t>(x.numel()) * sizeof(float);
    const std::size_t usable = (bytes + page - 1) / page * page;
    size_ = usable + page;
    void* const memory = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw Error("[fence] no memory");
    begin_ = static_cast<char*>(memory);
    if (mprotect(begin_ + usable, page, PROT_NONE) != 0) throw Error("[fence] the last page can't be closed");
    tensor_ = from_blob(begin_ + usable - bytes, x.sizes(), DType::float32);
    lab::set_elements(tensor_, lab::values(x));
  }
  ~Fenced() { munmap(begin_, size_); }
  Fenced(const Fenced&) = delete;
  Fenced& operator=(const Fenced&) = delete;

  const Tensor& tensor() const { return tensor_; }

 private:
  char* begin_ = nullptr;
  std::size_t size_ = 0;
  Tensor tensor_;
};

}  // namespace
}  // namespace tinytorch
