#include "tinytorch/core/ordering.hpp"

#include "src/core/ops/loops.hpp"
#include "tinytorch/core/op_hook.hpp"
#include "tinytorch/core/raw.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace tinytorch {
namespace {

// NaN is the largest; all NaNs are equal.
template <class T>
bool less(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) return a < b || (b != b && a == a);
  return a < b;
}

// Writes the indices of the first k elements of a line of n.
template <class T>
void order_line(const T* line, std::int64_t n, std::int64_t k, bool descending, std::vector<std::int64_t>& places,
                std::int64_t* out) {
  std::iota(places.begin(), places.end(), 0);
  const auto before = [line, descending](std::int64_t a, std::int64_t b) {
    return descending ? less(line[b], line[a]) : less(line[a], line[b]);
  };
  const auto before_or_first = [&before](std::int64_t a, std::int64_t b) {
    return before(a, b) || (!before(b, a) && a < b);
  };
  if (k == n)
    std::stable_sort(places.begin(), places.end(), before);
  else
    std::partial_sort(places.begin(), places.begin() + k, places.end(), before_or_first);
  std::copy_n(places.begin(), k, out);
}

}  // namespace

Tensor detail::first_places(const Tensor& x, std::int64_t k, std::int64_t dim, bool descending) {
  if (x.dim() == 0) return reshape(first_places(reshape(x.detach(), {1}), k, dim, descending), {});
  const std::int64_t d = wrap_dim(dim, x.dim(), "sort");
  const std::int64_t n = x.sizes()[d];
  if (k < 0 || k > n) throw IndexError(detail::text({"[topk] ", k, " elements of dimension ", d, " of ", x.sizes()}));
  OpScope scope("sort", {&x});
  const Tensor lines = raw::contiguous(movedim(x.detach(), d, -1));
  Shape sizes = lines.sizes();
  sizes.back() = k;
  const Tensor out = empty(sizes, DType::int64);
  if (out.numel() > 0)
    dispatch(x.dtype(), "sort", [&](auto* type) {
      using T = std::remove_pointer_t<decltype(type)>;
      std::vector<std::int64_t> places(static_cast<std::size_t>(n));
      for (std::int64_t i = 0; i < lines.numel() / n; ++i)
        order_line(lines.data<T>() + i * n, n, k, descending, places, out.data<std::int64_t>() + i * k);
    });
  return scope.result(raw::contiguous(movedim(out, -1, d)));
}

Tensor argsort(const Tensor& x, std::int64_t dim, bool descending) {
  const std::int64_t d = wrap_dim(dim, std::max<std::int64_t>(1, x.dim()), "sort");
  return detail::first_places(x, x.dim() == 0 ? 1 : x.sizes()[d], dim, descending);
}

}  // namespace tinytorch
