#pragma once

#include <cstdint>

namespace tinytorch {

/// A number for the height and one for the width.
struct Pair {
  std::int64_t h = 1;
  std::int64_t w = 1;

  friend bool operator==(const Pair&, const Pair&) = default;
};

/// How a convolution's kernel moves: `stride` pixels at a time, over an image with `padding` zeros on each side, its
/// taps `dilation` pixels apart.
struct ConvSpec {
  Pair stride{1, 1};
  Pair padding{0, 0};
  Pair dilation{1, 1};
};

/// How a pooling window moves. A stride of 0 means that of the kernel: windows side by side.
struct PoolSpec {
  Pair kernel{2, 2};
  Pair stride{0, 0};
  Pair padding{0, 0};
};

}  // namespace tinytorch
