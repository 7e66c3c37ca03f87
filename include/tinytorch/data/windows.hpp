#pragma once

#include "tinytorch/data/dataset.hpp"

#include <algorithm>
#include <cstdint>
#include <span>

namespace tinytorch::data {

/// Pieces of a long list of tokens, for a model that learns to say what comes next: the input of example i is the
/// `length` tokens from i * stride on, the target those one place further on; both (length) int64, views.
class TokenWindows : public Dataset {
 public:
  /// Copies the tokens. A stride of 0 is `length`: windows that don't overlap. Throws ValueError for a length below 1
  /// or a negative stride.
  TokenWindows(std::span<const std::int64_t> tokens, std::int64_t length, std::int64_t stride = 0)
      : tokens_(empty({static_cast<std::int64_t>(tokens.size())}, DType::int64)),
        length_(length),
        stride_(stride == 0 ? length : stride) {
    if (length < 1 || stride < 0)
      throw ValueError(tinytorch::detail::text("[token_windows] windows of ", length, " tokens, a stride of ", stride));
    std::copy(tokens.begin(), tokens.end(), tokens_.data<std::int64_t>());
  }
  std::int64_t size() const override {
    const std::int64_t room = tokens_.numel() - 1 - length_;
    return room < 0 ? 0 : room / stride_ + 1;
  }
  Example get(std::int64_t index) const override {
    detail::check_index(index, size(), "token_windows");
    const std::int64_t first = index * stride_;
    return {as_strided(tokens_, {length_}, {1}, first), as_strided(tokens_, {length_}, {1}, first + 1)};
  }

 private:
  Tensor tokens_;
  std::int64_t length_;
  std::int64_t stride_;
};

}  // namespace tinytorch::data
