#include "benchmarks/vs_libtorch/rows.hpp"

namespace tinytorch::versus {

Rows small_rows() {
  Both a = normal({16}, 1), b = normal({16}, 2), square = normal({4, 4}, 3);
  Both x = normal({16}, 4), y = normal({16}, 5);
  x.ours.set_requires_grad(true);
  x.theirs.set_requires_grad(true);
  y.ours.set_requires_grad(true);
  y.theirs.set_requires_grad(true);
  const auto ours_backward = [x, y]() mutable {
    sum(x.ours * y.ours + x.ours).backward();
    Tensor grad = x.ours.grad();
    x.ours.set_grad(Tensor());
    y.ours.set_grad(Tensor());
    return grad;
  };
  const auto theirs_backward = [x, y]() mutable {
    (x.theirs * y.theirs + x.theirs).sum().backward();
    torch::Tensor grad = x.theirs.grad();
    x.theirs.mutable_grad().reset();
    y.theirs.mutable_grad().reset();
    return grad;
  };
  return {
      {"zeros of 16", [] { return zeros({16}); }, [] { return torch::zeros({16}); }, 7, 20},
      {"add of 16, recorded", [x, b] { return x.ours + b.ours; }, [x, b] { return x.theirs + b.theirs; }, 15, 30},
      {"(a b + a).sum() and backward, 16", ours_backward, theirs_backward, 20, 60},
      {"view", unrecorded([a] {
         return a.ours.view({4, 4});
       }),
       unrecorded([a] {
         return a.theirs.view({4, 4});
       }),
       8, 20},
      {"transpose", unrecorded([square] { return square.ours.transpose(0, 1); }),
       unrecorded([square] { return square.theirs.transpose(0, 1); }), 10, 20},
  };
}

}  // namespace tinytorch::versus
