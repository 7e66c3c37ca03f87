#pragma once

#include <cstdint>

namespace tinytorch {

/// A number for the height and one for the width.
struct Pair {
  std::int64_t h = 1;
  std::int64_t w = 1;

  friend bool operator==(const Pair&, const Pair&) = default;
};

/// How the kernel of a convolution moves: `stride` pixels from one output to the next, over an image with `padding`
/// zeros on each side. Neighbouring taps of the kernel are `dilation` pixels apart.
struct ConvSpec {
  Pair stride{1, 1};
  Pair padding{0, 0};
  Pair dilation{1, 1};
};

/// How a pooling window moves. A stride of 0 means the size of the kernel: windows side by side.
struct PoolSpec {
  Pair kernel{2, 2};
  Pair stride{0, 0};
  Pair padding{0, 0};
};

}  // namespace tinytorch
