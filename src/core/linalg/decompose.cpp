#include "tinytorch/core/decompose.hpp"

#include "src/core/linalg/factors.hpp"
#include "tinytorch/core/custom_function.hpp"
#include "tinytorch/core/op_hook.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/raw.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tinytorch::linalg {
namespace {

using autograd::AutogradContext;
using Tensors = std::vector<Tensor>;

Tensor turned(const Tensor& a) { return transpose(a, -2, -1); }
Tensor times(const Tensor& a, const Tensor& b) { return tinytorch::matmul(a, b); }

void check_matrices(const Tensor& a, const char* op) {
  if (!is_floating(a.dtype())) throw DTypeError(detail::text({"[", op, "] matrices of floats, not ", a.dtype()}));
  if (a.dim() < 2) throw ShapeError(detail::text({"[", op, "] not a matrix: ", a.sizes()}));
}
void check_square(const Tensor& a, const char* op) {
  check_matrices(a, op);
  if (a.size(-1) != a.size(-2)) throw ShapeError(detail::text({"[", op, "] not square: ", a.sizes()}));
}

Shape batch_of(const Tensor& a) { return {a.sizes().begin(), a.sizes().end() - 2}; }

// As one batch (b, m, n) of row-major float64.
Tensor batched(const Tensor& a) {
  return raw::contiguous(reshape(to(a.detach(), DType::float64), {numel(batch_of(a)), a.size(-2), a.size(-1)}));
}

// A result (b, ...) of a batch, with the batch's dimensions and dtype.
Tensor unbatched(const Tensor& result, const Tensor& a) {
  Shape sizes = batch_of(a);
  for (std::int64_t d = 1; d < result.dim(); ++d) sizes.push_back(result.size(d));
  return to(reshape(result, sizes), a.dtype());
}

// x with a zero upper (lower) half and the diagonal as it is.
Tensor half(const Tensor& x, bool upper) { return upper ? triu(x) : tril(x); }

struct Inverse : autograd::Function<Inverse> {
  static constexpr const char* name = "inv";
  static Tensor forward(AutogradContext* ctx, const Tensor& a) {
    Tensor y = unbatched(factors::inverse(batched(a), "inv"), a);
    ctx->save_for_backward({y});
    return y;
  }
  static Tensors backward(AutogradContext* ctx, Tensors grads) {
    const Tensor y = turned(ctx->get_saved_variables()[0]);
    return {neg(times(times(y, grads[0]), y))};
  }
};

struct Solve : autograd::Function<Solve> {
  static constexpr const char* name = "solve";
  static Tensor forward(AutogradContext* ctx, const Tensor& a, const Tensor& b) {
    Tensor x = unbatched(factors::solve(batched(a), batched(b), "solve"), b);
    ctx->save_for_backward({a, x});
    return x;
  }
  static Tensors backward(AutogradContext* ctx, Tensors grads) {
    const Tensors saved = ctx->get_saved_variables();
    const Tensor of_b = apply(turned(saved[0]), grads[0]);
    return {neg(times(of_b, turned(saved[1]))), of_b};
  }
};

struct SolveTriangular : autograd::Function<SolveTriangular> {
  static constexpr const char* name = "solve_triangular";
  static Tensor forward(AutogradContext* ctx, const Tensor& a, const Tensor& b, bool upper) {
    Tensor x = unbatched(factors::solve_triangular(batched(a), batched(b), upper), b);
    ctx->save_for_backward({a, x});
    ctx->saved_data["upper"] = upper;
    return x;
  }
  static Tensors backward(AutogradContext* ctx, Tensors grads) {
    const Tensors saved = ctx->get_saved_variables();
    const bool upper = ctx->saved_data["upper"] != 0.0;
    const Tensor of_b = apply(turned(saved[0]), grads[0], !upper);
    return {half(neg(times(of_b, turned(saved[1]))), upper), of_b, Tensor()};
  }
};

// Row (column) `skipped` is left out.
Tensor without(const Tensor& a, std::int64_t dim, std::int64_t skipped) {
  const Tensor parts[] = {slice(a, dim, 0, skipped), slice(a, dim, skipped + 1, a.size(dim))};
  return cat(parts, dim);
}

// The derivative of the determinant by each element, which exists for a singular matrix, too: the determinants of the
// minors.
Tensor cofactors(const Tensor& a) {
  const std::int64_t n = a.size(-1);
  Tensors rows;
  for (std::int64_t i = 0; i < n; ++i) {
    Tensors row;
    for (std::int64_t j = 0; j < n; ++j) {
      const Tensor minor = linalg::det(without(without(a, -2, i), -1, j));
      row.push_back((i + j) % 2 == 0 ? minor : neg(minor));
    }
    rows.push_back(stack(row, -1));
  }
  return stack(rows, -2);
}

struct Determinant : autograd::Function<Determinant> {
  static constexpr const char* name = "det";
  static Tensor forward(AutogradContext* ctx, const Tensor& a) {
    const auto [sign, size] = factors::sign_and_log(batched(a));
    Tensor y = unbatched(sign * exp(where(eq(sign, 0), 0.0, size)), a);
    ctx->save_for_backward({a, y});
    return y;
  }
  static Tensors backward(AutogradContext* ctx, Tensors grads) {
    const Tensors saved = ctx->get_saved_variables();
    const Tensor &a = saved[0], &y = saved[1];
    const auto share = [](const Tensor& x) { return unsqueeze(unsqueeze(x, -1), -1); };
    if (a.size(-1) == 0) return {zeros(a.sizes(), a.dtype())};
    if (any(eq(y, 0)).item<bool>()) return {share(grads[0]) * cofactors(a)};
    return {share(grads[0] * y) * turned(linalg::inv(a))};
  }
};

struct SignAndLog : autograd::Function<SignAndLog> {
  static constexpr const char* name = "slogdet";
  static Tensors forward(AutogradContext* ctx, const Tensor& a) {
    const auto [sign, size] = factors::sign_and_log(batched(a));
    Tensors out{unbatched(sign, a), unbatched(size, a)};
    ctx->save_for_backward({a});
    ctx->mark_non_differentiable({out[0]});
    return out;
  }
  static Tensors backward(AutogradContext* ctx, Tensors grads) {
    const Tensor a = ctx->get_saved_variables()[0];
    return {unsqueeze(unsqueeze(grads[1], -1), -1) * turned(linalg::inv(a))};
  }
};

// Source of this and the next three formulas: Giles, "An extended collection of matrix derivative results for forward
// and reverse mode algorithmic differentiation", 2008; Walter and Lehmann, "Algorithmic differentiation of linear
// algebra functions", 2010, for qr.
struct Cholesky : autograd::Function<Cholesky> {
  static constexpr const char* name = "cholesky";
  static Tensor forward(AutogradContext* ctx, const Tensor& a) {
    Tensor l = unbatched(factors::cholesky(batched(a)), a);
    ctx->save_for_backward({l});
    return l;
  }
  static Tensors backward(AutogradContext* ctx, Tensors grads) {
    const Tensor l = ctx->get_saved_variables()[0];
    const Tensor product = times(turned(l), tril(grads[0]));
    const Tensor lower = tril(product) - tril(triu(product)) * 0.5;
    const Tensor left = SolveTriangular::apply(turned(l), lower, true);
    const Tensor both = turned(SolveTriangular::apply(turned(l), turned(left), true));
    return {(both + turned(both)) * 0.5};
  }
};

struct Qr : autograd::Function<Qr> {
  static constexpr const char* name = "qr";
  static Tensors forward(AutogradContext* ctx, const Tensor& a) {
    const auto [q, r] = factors::qr(batched(a));
    Tensors out{unbatched(q, a), unbatched(r, a)};
    ctx->save_for_backward(out);
    return out;
  }
  static Tensors backward(AutogradContext* ctx, Tensors grads) {
    const Tensors saved = ctx->get_saved_variables();
    const Tensor &q = saved[0], &r = saved[1];
    if (r.size(-2) != r.size(-1))
      throw AutogradError(detail::text(
          {"[qr] the gradient needs as many rows as columns or more, not (", q.size(-2), ", ", r.size(-1), ")"}));
    const Tensor m = times(r, turned(grads[1])) - times(turned(grads[0]), q);
    const Tensor symmetric = tril(m) + turned(tril(m, -1));
    const Tensor b = grads[0] + times(q, symmetric);
    return {turned(SolveTriangular::apply(r, turned(b), true))};
  }
};

// x / y where 0 / 0 is 0: the diagonal of differences, and equal values on which nothing depends.
Tensor quotient(const Tensor& x, const Tensor& y) {
  const Tensor nothing = logical_and(eq(x, 0), eq(y, 0));
  return x / where(nothing, 1.0, y);
}
// v[j] - v[i] at (i, j).
Tensor differences(const Tensor& v) { return unsqueeze(v, -2) - unsqueeze(v, -1); }
Tensor skew(const Tensor& x) { return x - turned(x); }

struct Svd : autograd::Function<Svd> {
  static constexpr const char* name = "svd";
  static Tensors forward(AutogradContext* ctx, const Tensor& a, bool full) {
    const factors::Singular result = factors::svd(batched(a), full);
    Tensors out{unbatched(result.u, a), unbatched(result.s, a), unbatched(result.vt, a)};
    ctx->save_for_backward(out);
    return out;
  }
  static Tensors backward(AutogradContext* ctx, Tensors grads) {
    const Tensors saved = ctx->get_saved_variables();
    const Tensor& s = saved[1];
    const std::int64_t k = s.size(-1), m = saved[0].size(-2), n = saved[2].size(-1);
    // A full U or V has more columns; a gradient can't depend on them.
    const Tensor u = narrow(saved[0], -1, 0, k), vt = narrow(saved[2], -2, 0, k);
    const Tensor gu = narrow(grads[0], -1, 0, k), gvt = narrow(grads[2], -2, 0, k);
    const Tensor row = unsqueeze(s, -2), column = unsqueeze(s, -1);
    const Tensor gaps = differences(s * s);
    const Tensor of_u = quotient(skew(times(turned(u), gu)), gaps) * row;
    const Tensor of_v = column * quotient(skew(times(vt, turned(gvt))), gaps);
    const Tensor of_s = unsqueeze(grads[1], -1) * eye(k, s.dtype());
    Tensor result = times(times(u, of_u + of_v + of_s), vt);
    if (m > k) {
      const Tensor scaled = times(gu / row, vt);
      result = result + scaled - times(u, times(turned(u), scaled));
    }
    if (n > k) {
      const Tensor scaled = times(u, gvt / column);
      result = result + scaled - times(times(scaled, turned(vt)), vt);
    }
    return {result, Tensor()};
  }
};

struct Eigh : autograd::Function<Eigh> {
  static constexpr const char* name = "eigh";
  static Tensors forward(AutogradContext* ctx, const Tensor& a) {
    const auto [values, vectors] = factors::eigh(batched(a));
    Tensors out{unbatched(values, a), unbatched(vectors, a)};
    ctx->save_for_backward(out);
    return out;
  }
  static Tensors backward(AutogradContext* ctx, Tensors grads) {
    const Tensors saved = ctx->get_saved_variables();
    const Tensor &values = saved[0], &v = saved[1];
    const Tensor one = eye(values.size(-1), values.dtype());
    const Tensor turns = quotient(times(turned(v), grads[1]) * (1 - one), differences(values));
    return {times(times(v, turns + unsqueeze(grads[0], -1) * one), turned(v))};
  }
};

double largest_ignored(const Tensor& a, double largest) {
  const double eps = a.dtype() == DType::float64 ? std::numeric_limits<double>::epsilon()
                                                 : static_cast<double>(std::numeric_limits<float>::epsilon());
  return eps * static_cast<double>(std::max(a.size(-2), a.size(-1))) * largest;
}

// Golub and Pereyra, "The differentiation of pseudo-inverses and nonlinear least squares problems", 1973.
struct PseudoInverse : autograd::Function<PseudoInverse> {
  static constexpr const char* name = "pinv";
  static Tensor forward(AutogradContext* ctx, const Tensor& a) {
    const factors::Singular parts = factors::svd(batched(a), false);
    const Tensor& s = parts.s;
    double* value = s.data<double>();
    for (std::int64_t i = 0, k = s.size(1); i < s.size(0) && k > 0; ++i) {
      const double least = largest_ignored(a, value[i * k]);
      for (std::int64_t j = k - 1; j >= 0; --j)
        value[i * k + j] = value[i * k + j] > least ? 1.0 / value[i * k + j] : 0.0;
    }
    Tensor y = unbatched(times(turned(parts.vt) * unsqueeze(s, -2), turned(parts.u)), a);
    ctx->save_for_backward({a, y});
    return y;
  }
  static Tensors backward(AutogradContext* ctx, Tensors grads) {
    const Tensors saved = ctx->get_saved_variables();
    const Tensor &a = saved[0], &y = saved[1];
    const Tensor yt = turned(y), gt = turned(grads[0]);
    const Tensor first = times(gt, times(y, yt));
    const Tensor second = times(times(yt, y), gt);
    const Tensor result =
        first - times(a, times(y, first)) + second - times(times(second, y), a) - times(times(yt, grads[0]), yt);
    return {result};
  }
};

}  // namespace

Tensor inv(const Tensor& a) {
  OpScope scope("inv", {&a});
  check_square(a, "inv");
  return scope.result(Inverse::apply(a));
}

namespace {

// Both with the same batch; a vector b becomes a column.
template <class Run>
Tensor solved(const char* op, const Tensor& a, const Tensor& b, bool vector, Run run) {
  OpScope scope(op, {&a, &b});
  check_square(a, op);
  if (a.dtype() != b.dtype())
    throw DTypeError(detail::text({"[", op, "] a matrix of ", a.dtype(), " and a right side of ", b.dtype()}));
  const Tensor column = vector ? unsqueeze(b, -1) : b;
  if (column.dim() < 2 || column.size(-2) != a.size(-1))
    throw ShapeError(detail::text({"[", op, "] matrix ", a.sizes(), ", right side ", b.sizes()}));
  const Shape batch = broadcast_shapes(batch_of(a), batch_of(column));
  const auto spread = [&](const Tensor& x) {
    Shape sizes = batch;
    sizes.push_back(x.size(-2));
    sizes.push_back(x.size(-1));
    return expand(x, sizes);
  };
  const Tensor x = run(spread(a), spread(column));
  return scope.result(vector ? squeeze(x, -1) : x);
}

}  // namespace

Tensor solve(const Tensor& a, const Tensor& b) {
  // As libtorch has it: a batch of vectors is told from a matrix by its sizes.
  const bool batch = b.dim() + 1 == a.dim() && b.sizes() == Shape(a.sizes().begin(), a.sizes().end() - 1);
  return solved("solve", a, b, b.dim() == 1 || batch,
                [](const Tensor& x, const Tensor& y) { return Solve::apply(x, y); });
}
Tensor solve_triangular(const Tensor& a, const Tensor& b, bool upper) {
  return solved("solve_triangular", a, b, b.dim() == 1,
                [upper](const Tensor& x, const Tensor& y) { return SolveTriangular::apply(x, y, upper); });
}

Tensor det(const Tensor& a) {
  OpScope scope("det", {&a});
  check_square(a, "det");
  return scope.result(Determinant::apply(a));
}
std::pair<Tensor, Tensor> slogdet(const Tensor& a) {
  OpScope scope("slogdet", {&a});
  check_square(a, "slogdet");
  const Tensors out = SignAndLog::apply(a);
  return {out[0], scope.result(out[1])};
}
Tensor cholesky(const Tensor& a) {
  OpScope scope("cholesky", {&a});
  check_square(a, "cholesky");
  return scope.result(Cholesky::apply(a));
}
std::pair<Tensor, Tensor> qr(const Tensor& a) {
  OpScope scope("qr", {&a});
  check_matrices(a, "qr");
  const Tensors out = Qr::apply(a);
  return {scope.result(out[0]), out[1]};
}
std::tuple<Tensor, Tensor, Tensor> svd(const Tensor& a, bool full_matrices) {
  OpScope scope("svd", {&a});
  check_matrices(a, "svd");
  const Tensors out = Svd::apply(a, full_matrices);
  return {scope.result(out[0]), out[1], out[2]};
}
Tensor svdvals(const Tensor& a) { return std::get<1>(svd(a, false)); }
std::pair<Tensor, Tensor> eigh(const Tensor& a) {
  OpScope scope("eigh", {&a});
  check_square(a, "eigh");
  const Tensors out = Eigh::apply(a);
  return {scope.result(out[0]), out[1]};
}
Tensor eigvalsh(const Tensor& a) { return eigh(a).first; }

Tensor pinv(const Tensor& a) {
  OpScope scope("pinv", {&a});
  check_matrices(a, "pinv");
  return scope.result(PseudoInverse::apply(a));
}

Tensor matrix_rank(const Tensor& a) {
  const Tensor s = svdvals(a.detach());
  if (s.size(-1) == 0) return zeros(batch_of(a), DType::int64);
  return sum(gt(s, mul(amax(s, -1, true), largest_ignored(a, 1.0))), -1);
}

std::tuple<Tensor, Tensor, Tensor, Tensor> lstsq(const Tensor& a, const Tensor& b) {
  check_matrices(a, "lstsq");
  if (b.dim() < 2 || a.size(-2) != b.size(-2) || a.dtype() != b.dtype())
    throw ShapeError(detail::text({"[lstsq] matrix ", a.sizes(), ", right side ", b.sizes(), " of ", b.dtype()}));
  const Tensor x = to(times(to(pinv(a), DType::float64), to(b, DType::float64)), a.dtype());
  const Tensor rank = matrix_rank(a);
  const bool full = a.size(-2) > a.size(-1) && all(eq(rank, a.size(-1))).item<bool>();
  const Tensor rest = full ? sum(square(times(a, x) - b), -2) : empty({0}, a.dtype());
  return {x, rest, rank, svdvals(a.detach())};
}

}  // namespace tinytorch::linalg
