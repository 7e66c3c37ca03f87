#include "tests/kit/instruments/cache_model.hpp"

#include <algorithm>

#include <pthread.h>

namespace tinytorch::lab {
namespace {

std::uintptr_t number_of(const void* address) { return reinterpret_cast<std::uintptr_t>(address); }

}  // namespace

CacheModel::CacheModel(int lines, int line_bytes)
    : capacity_(static_cast<std::size_t>(lines)),
      line_bytes_(static_cast<std::uintptr_t>(line_bytes)),
      before_(set_trace_sink(this)) {}

CacheModel::~CacheModel() { set_trace_sink(before_); }

void CacheModel::watch(const void* begin, std::int64_t bytes) {
  const std::uintptr_t first = number_of(begin);
  ranges_.push_back({first, first + static_cast<std::uintptr_t>(bytes)});
}

void CacheModel::watch(const Tensor& tensor) {
  const char* first = static_cast<const char*>(tensor.data()) - tensor.storage_offset() * item_size(tensor.dtype());
  watch(first, tensor.storage_bytes());
}

void CacheModel::watch_heap() {
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0)
    throw Error("[cache model] where the stack lies is unknown");
  void* lowest = nullptr;
  std::size_t bytes = 0;
  pthread_attr_getstack(&attributes, &lowest, &bytes);
  pthread_attr_destroy(&attributes);
  stack_ = {number_of(lowest), number_of(lowest) + bytes};
  heap_ = true;
}

void CacheModel::reset() {
  lines_.clear();
  loads_ = stores_ = misses_ = 0;
}

void CacheModel::load(const void* address) {
  if (!watched(address)) return;
  ++loads_;
  touch(address);
}

void CacheModel::store(const void* address) {
  if (!watched(address)) return;
  ++stores_;
  touch(address);
}

bool CacheModel::watched(const void* address) const {
  const std::uintptr_t a = number_of(address);
  const auto holds = [a](const Range& range) { return a >= range.begin && a < range.end; };
  if (heap_ && !holds(stack_)) return true;
  return std::ranges::any_of(ranges_, holds);
}

void CacheModel::touch(const void* address) {
  const std::uintptr_t line = number_of(address) / line_bytes_;
  auto place = std::ranges::find(lines_, line);
  if (place == lines_.end()) {
    ++misses_;
    if (lines_.size() < capacity_)
      lines_.push_back(line);
    else
      lines_.back() = line;
    place = lines_.end() - 1;
  }
  std::rotate(lines_.begin(), place, place + 1);
}

}  // namespace tinytorch::lab
