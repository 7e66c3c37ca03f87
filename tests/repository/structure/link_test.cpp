// Two files of one program include everything: no definition may stand in both (link_other.cpp is the second).

#include "tinytorch/torch.hpp"

#include <gtest/gtest.h>

namespace tinytorch::structure {

/// From link_other.cpp.
Tensor sum_in_another_file(const Tensor& a, const Tensor& b);

namespace {

TEST(TwoFiles, that_include_everything_make_one_program) {
  const Tensor a = tensor({1.0, 2.0}), b = tensor({3.0, 4.0});
  EXPECT_TRUE(equal(sum_in_another_file(a, b), a + b));
}

}  // namespace
}  // namespace tinytorch::structure
