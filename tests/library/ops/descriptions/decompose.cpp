// core/decompose.hpp. Vectors have free signs, so their squares are compared.

#include "tinytorch/core/decompose.hpp"

#include "tests/library/ops/lists.hpp"
#include "tinytorch/core/ops.hpp"

namespace tinytorch::ops {

namespace {

constexpr const char* no_result = "NaN and infinities have no factors; singular matrices are tested by decompose_test";

using Matrices = std::vector<Tensor>;

Op factored(std::string name, std::function<Matrices(Draw&)> inputs, std::function<Outputs(const Matrices&)> function) {
  Op op;
  op.name = std::move(name);
  op.arguments = [inputs](Draw& d) { return only(inputs(d)); };
  op.run = [function](const Arguments& in) { return function(in.tensors); };
  op.no_edges = no_result;
  op.roundings = 2048.0;
  return op;
}

// (b, n, n) or (n, n) near the identity times 2: far from singular.
Matrices regular(Draw& d) {
  const std::int64_t n = d.size();
  const Tensor noise = d.coin() ? d.between({2, n, n}, -0.4, 0.4) : d.between({n, n}, -0.4, 0.4);
  return {noise + eye(n, noise.dtype()) * 2.0};
}
Matrices regular_and_right_side(Draw& d) {
  const Matrices a = regular(d);
  return {a[0], d.normal({a[0].size(-1), 2})};
}
// Far from equal singular values and eigenvalues: a diagonal 1, 2, 3, ... and a little noise.
Matrices spread(Draw& d, std::int64_t rows, std::int64_t columns) {
  const Tensor noise = d.between({rows, columns}, -0.1, 0.1);
  Tensor steps = zeros({rows, columns}, noise.dtype());
  for (std::int64_t i = 0; i < rows && i < columns; ++i) steps[i][i] = static_cast<double>(i + 1);
  return {noise + steps};
}
Matrices spread_square(Draw& d) {
  const std::int64_t n = d.size();
  return spread(d, n, n);
}
Matrices spread_tall(Draw& d) { return spread(d, 4, d.integer(1, 3)); }
Matrices spread_wide(Draw& d) { return spread(d, d.integer(1, 3), 4); }

Tensor symmetric(const Tensor& a) { return (a + a.mT()) * 0.5; }

}  // namespace

std::vector<Op> decompose_ops() {
  return {
      factored("inv", regular, [](const Matrices& in) -> Outputs { return {linalg::inv(in[0])}; }),
      factored("solve", regular_and_right_side,
               [](const Matrices& in) -> Outputs { return {linalg::solve(in[0], in[1])}; }),
      factored("solve_triangular", regular_and_right_side,
               [](const Matrices& in) -> Outputs {
                 return {linalg::solve_triangular(in[0], in[1], true), linalg::solve_triangular(in[0], in[1], false)};
               }),
      factored("det", regular, [](const Matrices& in) -> Outputs { return {linalg::det(in[0])}; }),
      with(factored("slogdet", regular, [](const Matrices& in) -> Outputs { return {linalg::slogdet(in[0]).second}; }),
           [](Op& op) { op.roundings = 4096.0; }),
      factored("cholesky", regular,
               [](const Matrices& in) -> Outputs { return {linalg::cholesky(matmul(in[0], in[0].mT()))}; }),
      factored("qr", spread_tall,
               [](const Matrices& in) -> Outputs {
                 const auto [q, r] = linalg::qr(in[0]);
                 return {square(q), square(r)};
               }),
      factored("svd_tall", spread_tall,
               [](const Matrices& in) -> Outputs {
                 const auto [u, s, vt] = linalg::svd(in[0], false);
                 return {square(u), s, square(vt)};
               }),
      factored("svd_wide", spread_wide,
               [](const Matrices& in) -> Outputs {
                 const auto [u, s, vt] = linalg::svd(in[0], false);
                 return {square(u), s, square(vt)};
               }),
      factored("eigh", spread_square,
               [](const Matrices& in) -> Outputs {
                 const auto [values, vectors] = linalg::eigh(symmetric(in[0]));
                 return {values, square(vectors)};
               }),
      factored("pinv", spread_tall, [](const Matrices& in) -> Outputs { return {linalg::pinv(in[0])}; }),
      factored("pinv_wide", spread_wide, [](const Matrices& in) -> Outputs { return {linalg::pinv(in[0])}; }),
      factored(
          "lstsq",
          [](Draw& d) -> Matrices {
            const Matrices a = spread_tall(d);
            return {a[0], d.normal({4, 2})};
          },
          [](const Matrices& in) -> Outputs { return {std::get<0>(linalg::lstsq(in[0], in[1]))}; }),
      factored("matrix_power", regular,
               [](const Matrices& in) -> Outputs {
                 return {linalg::matrix_power(in[0], 3), linalg::matrix_power(in[0], -2)};
               }),
  };
}

}  // namespace tinytorch::ops
