#pragma once

#include "tinytorch/core/creation.hpp"
#include "tinytorch/core/indexing.hpp"
#include "tinytorch/core/linalg.hpp"
#include "tinytorch/core/ordering.hpp"
#include "tinytorch/core/reductions.hpp"
#include "tinytorch/core/tensor.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

/// Statistics of many elements, and counting.
namespace tinytorch {

/// Running products along a dimension, in x's shape: (1 2 3) -> (1 2 6). The gradient is right for any number of zeros.
inline Tensor cumprod(const Tensor& x, std::int64_t dim) {
  const Tensor in = is_floating(x.dtype()) ? x : to(x, DType::int64);
  if (in.dim() == 0 || in.size(dim) == 0) return in.clone();
  std::vector<Tensor> parts{select(in, dim, 0)};
  for (std::int64_t i = 1; i < in.size(dim); ++i) parts.push_back(mul(parts.back(), select(in, dim, i)));
  return stack(parts, wrap_dim(dim, in.dim(), "cumprod"));
}

/// As sum and mean; NaN counts as no element.
inline Tensor nansum(const Tensor& x, DimList dims = {}, bool keepdim = false) {
  return sum(where(isnan(x), 0, x), dims, keepdim);
}
inline Tensor nanmean(const Tensor& x, DimList dims = {}, bool keepdim = false) {
  const Tensor count = sum(logical_not(isnan(x)), dims, keepdim);
  return div(nansum(x, dims, keepdim), to(count, is_floating(x.dtype()) ? x.dtype() : DType::float32));
}

/// The smallest and the largest element: of all, or along a dimension. Throws ValueError where there is none.
inline std::pair<Tensor, Tensor> aminmax(const Tensor& x, DimList dims = {}, bool keepdim = false) {
  return {amin(x, dims, keepdim), amax(x, dims, keepdim)};
}

/// The k-th smallest element along a dimension (k = 1 is the smallest) and its index. Throws IndexError.
inline std::pair<Tensor, Tensor> kthvalue(const Tensor& x, std::int64_t k, std::int64_t dim = -1,
                                          bool keepdim = false) {
  const Tensor line = x.dim() == 0 ? reshape(x, {1}) : x;
  if (k < 1 || k > line.size(dim))
    throw IndexError(detail::text({"[kthvalue] element ", k, " of dimension ", dim, " of ", x.sizes()}));
  const Tensor place = narrow(argsort(line, dim), dim, k - 1, 1);
  const Tensor value = gather(line, dim, place);
  if (x.dim() == 0) return {reshape(value, {}), reshape(place, {})};
  return keepdim ? std::pair(value, place) : std::pair(squeeze(value, dim), squeeze(place, dim));
}

/// The middle element along a dimension, of two the smaller, and its index; a NaN if there is one. Throws IndexError
/// where there is no element.
inline std::pair<Tensor, Tensor> median(const Tensor& x, std::int64_t dim, bool keepdim = false) {
  const std::int64_t n = x.dim() == 0 ? 1 : x.size(dim);
  auto [value, place] = kthvalue(x, (n + 1) / 2, dim, true);
  if (is_floating(x.dtype()) && x.dim() > 0) {
    const auto [largest, last] = kthvalue(x, n, dim, true);  // NaN counts as largest
    place = where(isnan(largest), last, place);
    value = gather(x, dim, place);
  }
  if (keepdim || x.dim() == 0) return {value, place};
  return {squeeze(value, dim), squeeze(place, dim)};
}
/// Of all elements.
inline Tensor median(const Tensor& x) { return median(reshape(x, {-1}), 0).first; }

/// The value below which the share q (0 to 1) of the elements lies, interpolated between the two nearest: along a
/// dimension, or of all; NaN where there is one. Several q make the result's first dimension. Throws ValueError for a q
/// outside 0..1 and where there is no element.
inline Tensor quantile(const Tensor& x, const Tensor& q, std::optional<std::int64_t> dim = std::nullopt,
                       bool keepdim = false) {
  const Tensor line = dim ? movedim(x, Shape{*dim}, Shape{-1}) : reshape(x, {-1});
  const std::int64_t n = line.size(-1);
  if (n == 0) throw ValueError(detail::text({"[quantile] no element in ", x.sizes()}));
  if (!all(logical_and(ge(q, 0), le(q, 1))).item<bool>()) throw ValueError("[quantile] q is in 0..1");
  const Tensor sorted = sort(line, -1).first;
  const Tensor nan = any(isnan(line), -1, false);
  std::vector<Tensor> parts;
  for (std::int64_t i = 0; i < q.numel(); ++i) {
    const double place = select(reshape(q, {-1}), 0, i).item<double>() * static_cast<double>(n - 1);
    const auto below = static_cast<std::int64_t>(std::floor(place));
    const Tensor low = select(sorted, -1, below), high = select(sorted, -1, below + 1 < n ? below + 1 : below);
    const Tensor between = add(low, mul(sub(high, low), place - static_cast<double>(below)));
    Tensor part = where(nan, select(sorted, -1, n - 1), between);
    if (keepdim)
      part = dim ? unsqueeze(part, wrap_dim(*dim, x.dim(), "quantile")) : reshape(part, Shape::filled(x.dim(), 1));
    parts.push_back(part);
  }
  return q.dim() == 0 ? parts[0] : stack(parts, 0);
}
inline Tensor quantile(const Tensor& x, double q, std::optional<std::int64_t> dim = std::nullopt,
                       bool keepdim = false) {
  return quantile(x, scalar(q, DType::float64), dim, keepdim);
}

/// The covariance of the rows of x (variables, observations): (variables, variables), divided by observations -
/// correction. Of one variable, a vector or one row, the result is ().
inline Tensor cov(const Tensor& x, std::int64_t correction = 1) {
  if (x.dim() > 2) throw ShapeError(detail::text({"[cov] rows of observations, not ", x.sizes()}));
  const Tensor rows = x.dim() == 2 ? x : reshape(x, {1, -1});
  const Tensor centred = rows - mean(rows, 1, true);
  const Tensor result = div(matmul(centred, transpose(centred, 0, 1)), static_cast<double>(rows.size(1) - correction));
  return rows.size(0) == 1 ? reshape(result, {}) : result;
}
/// The correlations of the rows: cov divided by both standard deviations.
inline Tensor corrcoef(const Tensor& x) {
  const Tensor c = cov(x);
  if (c.dim() == 0) return div(c, c);
  const Tensor deviation = sqrt(diagonal(c));
  return div(div(c, unsqueeze(deviation, 1)), deviation);
}

/// The distances (p-norms of the differences) between the rows of a (..., m, k) and those of b (..., n, k): (..., m,
/// n).
inline Tensor cdist(const Tensor& a, const Tensor& b, double p = 2.0) {
  if (a.dim() < 2 || b.dim() < 2 || a.size(-1) != b.size(-1))
    throw ShapeError(detail::text({"[cdist] rows of one length: ", a.sizes(), " and ", b.sizes()}));
  return norm(unsqueeze(a, -2) - unsqueeze(b, -3), p, -1);
}
/// The p-norm of the difference, over all elements.
inline Tensor dist(const Tensor& a, const Tensor& b, double p = 2.0) { return norm(a - b, p); }

// Counting: no gradients.

/// How often each of 0, 1, ... occurs in a vector of integers, or the sum of its weights; at least `minlength` numbers.
/// Throws ShapeError, DTypeError, ValueError for a negative number.
inline Tensor bincount(const Tensor& x, const Tensor& weights = Tensor(), std::int64_t minlength = 0) {
  if (x.dim() != 1) throw ShapeError(detail::text({"[bincount] a vector, not ", x.sizes()}));
  if (is_floating(x.dtype())) throw DTypeError(detail::text({"[bincount] integers, not ", x.dtype()}));
  if (weights.defined() && weights.sizes() != x.sizes())
    throw ShapeError(detail::text({"[bincount] ", x.sizes(), " numbers and ", weights.sizes(), " weights"}));
  const Tensor places = to(x, DType::int64);
  if (x.numel() > 0 && min(places).item<std::int64_t>() < 0) throw ValueError("[bincount] a negative number");
  const std::int64_t length = x.numel() == 0 ? 0 : max(places).item<std::int64_t>() + 1;
  const Tensor source = !weights.defined() ? ones(x.sizes(), DType::int64) : to(weights.detach(), DType::float64);
  const Tensor sums = scatter_add(zeros({length < minlength ? minlength : length}, source.dtype()), 0, places, source);
  return weights.defined() && weights.dtype() == DType::float32 ? to(sums, DType::float32) : sums;
}

/// How many elements lie in each of `bins` equal parts of [min, max]; others and NaN are not counted. With min = max
/// the range is that of the elements. The result has x's dtype. Throws ValueError.
inline Tensor histc(const Tensor& x, std::int64_t bins = 100, double min = 0.0, double max = 0.0) {
  if (bins < 1 || !(min <= max)) throw ValueError(detail::text({"[histc] ", bins, " bins from ", min, " to ", max}));
  const Tensor values = to(reshape(x.detach(), {-1}), DType::float64);
  if (min == max && values.numel() > 0) {
    min = amin(values).item<double>();
    max = amax(values).item<double>();
  }
  if (min == max) {
    min -= 1.0;
    max += 1.0;
  }
  if (!std::isfinite(min) || !std::isfinite(max)) throw ValueError("[histc] the range is not finite");
  const Tensor inside = masked_select(values, logical_and(ge(values, min), le(values, max)));
  const Tensor places = floor(mul(sub(inside, min), static_cast<double>(bins) / (max - min)));
  return to(bincount(to(clamp(places, 0, bins - 1), DType::int64), Tensor(), bins), x.dtype());
}

/// The different elements in ascending order; for each element of x the place of its value among them; and how often
/// each occurs. libtorch also calls this _unique2.
inline std::tuple<Tensor, Tensor, Tensor> unique(const Tensor& x, bool /*sorted: they always are*/ = true,
                                                 bool return_inverse = false, bool return_counts = false) {
  const Tensor flat = reshape(x.detach(), {-1});
  const auto [sorted, places] = sort(flat, 0);
  const std::int64_t n = flat.numel();
  if (n == 0) return {flat, return_inverse ? places : Tensor(), return_counts ? places : Tensor()};
  const Tensor differs = to(ne(slice(sorted, 0, 1, n), slice(sorted, 0, 0, n - 1)), DType::int64);
  const Tensor first[] = {zeros({1}, DType::int64), differs};
  const Tensor group = cumsum(cat(first), 0);
  const Tensor begins[] = {ones({1}, DType::int64), differs};
  const Tensor values = masked_select(sorted, to(cat(begins), DType::boolean));
  const Tensor inverse =
      return_inverse ? reshape(scatter(zeros({n}, DType::int64), 0, places, group), x.sizes()) : Tensor();
  return {values, inverse, return_counts ? bincount(group) : Tensor()};
}
inline auto _unique2(const Tensor& x, bool sorted = true, bool return_inverse = false, bool return_counts = false) {
  return unique(x, sorted, return_inverse, return_counts);
}

/// The place of each value in a sorted vector: the first i with sorted[i] >= value (right: > value), or its length.
/// int64, in the shape of `values`. Throws ShapeError.
inline Tensor searchsorted(const Tensor& sorted, const Tensor& values, bool /*out_int32*/ = false, bool right = false) {
  if (sorted.dim() != 1) throw ShapeError(detail::text({"[searchsorted] a sorted vector, not ", sorted.sizes()}));
  const Tensor bounds = to(sorted.detach(), DType::float64).contiguous();
  const Tensor wanted = to(values.detach(), DType::float64).contiguous();
  const Tensor out = empty(values.sizes(), DType::int64);
  const double *first = bounds.data<double>(), *last = first + bounds.numel(), *value = wanted.data<double>();
  for (std::int64_t i = 0; i < wanted.numel(); ++i)
    out.data<std::int64_t>()[i] =
        (right ? std::upper_bound(first, last, value[i]) : std::lower_bound(first, last, value[i])) - first;
  return out;
}
/// searchsorted with the arguments exchanged.
inline Tensor bucketize(const Tensor& values, const Tensor& boundaries, bool out_int32 = false, bool right = false) {
  return searchsorted(boundaries, values, out_int32, right);
}

/// Which elements of x occur in `wanted`: boolean, in x's shape.
inline Tensor isin(const Tensor& x, const Tensor& wanted) {
  return any(eq(unsqueeze(x, -1), reshape(wanted, {-1})), -1);
}

/// `samples` numbers for each row of weights (n) or (rows, n): i with the probability weight[i] / (sum of the row).
/// Each takes one draw of uniform(), row by row: the first i whose running sum exceeds uniform() * sum. Without
/// replacement the weight of a number that was drawn counts as 0 from then on. (samples) or (rows, samples), int64.
/// Throws ShapeError, and ValueError for a weight that is negative or not finite and for too few positive weights.
inline Tensor multinomial(const Tensor& weights, std::int64_t samples, bool replacement, Generator& generator) {
  if (weights.dim() < 1 || weights.dim() > 2 || samples < 1)
    throw ShapeError(detail::text({"[multinomial] ", samples, " samples of weights ", weights.sizes()}));
  const Tensor table = to(weights.detach(), DType::float64).clone();
  const std::int64_t n = table.size(-1), rows = table.dim() == 2 ? table.size(0) : 1;
  const Tensor out = empty({rows, samples}, DType::int64);
  for (std::int64_t r = 0; r < rows; ++r) {
    double* weight = table.data<double>() + r * n;
    std::int64_t positive = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      if (!(weight[i] >= 0.0) || !std::isfinite(weight[i]))
        throw ValueError(detail::text({"[multinomial] weight ", i, " is ", weight[i]}));
      positive += weight[i] > 0.0;
    }
    if (positive < (replacement ? 1 : samples))
      throw ValueError(detail::text({"[multinomial] ", samples, " samples of ", positive, " positive weights"}));
    for (std::int64_t k = 0; k < samples; ++k) {
      double total = 0.0;
      for (std::int64_t i = 0; i < n; ++i) total += weight[i];
      const double target = generator.uniform() * total;
      std::int64_t chosen = -1;
      double running = 0.0;
      for (std::int64_t i = 0; i < n && running <= target; ++i) {
        running += weight[i];
        if (weight[i] > 0.0) chosen = i;
      }
      out.data<std::int64_t>()[r * samples + k] = chosen;
      if (!replacement) weight[chosen] = 0.0;
    }
  }
  return weights.dim() == 2 ? out : reshape(out, {samples});
}
inline Tensor multinomial(const Tensor& weights, std::int64_t samples, bool replacement = false) {
  return multinomial(weights, samples, replacement, default_generator());
}

}  // namespace tinytorch
