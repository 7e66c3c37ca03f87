// core/functions.hpp, statistics.hpp, arrange.hpp and decompose.hpp.

#include "tests/library/oracle/torch_table.hpp"

namespace tinytorch::oracle {

namespace {

using torch::Tensor;

TorchFunction single(Tensor (*function)(const Tensor&)) {
  return [function](const TorchArguments& in) -> TorchOutputs { return {function(in.tensors[0])}; };
}
TorchFunction pair(Tensor (*function)(const Tensor&, const Tensor&)) {
  return [function](const TorchArguments& in) -> TorchOutputs { return {function(in.tensors[0], in.tensors[1])}; };
}

void add_numbers(TorchTable& table) {
  table["asin"] = single([](const Tensor& x) { return torch::asin(x); });
  table["acos"] = single([](const Tensor& x) { return torch::acos(x); });
  table["atan"] = single([](const Tensor& x) { return torch::atan(x); });
  table["sinh"] = single([](const Tensor& x) { return torch::sinh(x); });
  table["cosh"] = single([](const Tensor& x) { return torch::cosh(x); });
  table["asinh"] = single([](const Tensor& x) { return torch::asinh(x); });
  table["acosh"] = single([](const Tensor& x) { return torch::acosh(x); });
  table["atanh"] = single([](const Tensor& x) { return torch::atanh(x); });
  table["exp2"] = single([](const Tensor& x) { return torch::exp2(x); });
  table["erfc"] = single([](const Tensor& x) { return torch::erfc(x); });
  table["frac"] = single([](const Tensor& x) { return torch::frac(x); });
  table["nan_to_num"] = single([](const Tensor& x) { return torch::nan_to_num(x); });
  table["logit"] = single([](const Tensor& x) { return torch::logit(torch::sigmoid(x)); });
  table["atan2"] = pair([](const Tensor& a, const Tensor& b) { return torch::atan2(a, b); });
  table["hypot"] = pair([](const Tensor& a, const Tensor& b) { return torch::hypot(a, b); });
  table["fmod"] = pair([](const Tensor& a, const Tensor& b) { return torch::fmod(a, b); });
  table["logaddexp"] = pair([](const Tensor& a, const Tensor& b) { return torch::logaddexp(a, b); });
  table["lerp"] = [](const TorchArguments& in) -> TorchOutputs {
    return {torch::lerp(in.tensors[0], in.tensors[1], in.tensors[2])};
  };
}

void add_statistics(TorchTable& table) {
  table["cumprod"] = single([](const Tensor& x) { return torch::cumprod(x, -1); });
  table["nansum"] = single([](const Tensor& x) { return torch::nansum(x, 0); });
  table["median"] = single([](const Tensor& x) { return torch::median(x); });
  table["median_dim"] = single([](const Tensor& x) { return std::get<0>(torch::median(x, -1)); });
  table["kthvalue"] = single([](const Tensor& x) { return std::get<0>(torch::kthvalue(x, 1, 0)); });
  table["quantile"] = single([](const Tensor& x) { return torch::quantile(x, 0.3); });
  table["quantile_dim"] = single([](const Tensor& x) { return torch::quantile(x, 0.6, 0, true); });
  table["cov"] = single([](const Tensor& x) { return torch::cov(x); });
  table["cdist"] = pair([](const Tensor& a, const Tensor& b) {
    return torch::cdist(a, b, 2.0, /*compute_mode=*/2);  // not by matrix products, which lose digits
  });
  table["bincount"] = single([](const Tensor& x) { return torch::bincount(x, {}, 3); });
  table["histc"] = single([](const Tensor& x) { return torch::histc(x, 4, -0.8, 0.8); });
  table["unique"] = [](const TorchArguments& in) -> TorchOutputs {
    const auto [values, inverse, counts] = torch::_unique2(in.tensors[0], true, true, true);
    return {values, inverse, counts};
  };
  table["searchsorted"] = [](const TorchArguments& in) -> TorchOutputs {
    const Tensor sorted = in.tensors[0].contiguous();
    return {torch::searchsorted(sorted, in.tensors[1].contiguous()), torch::searchsorted(sorted, sorted, false, true)};
  };
}

void add_arrangements(TorchTable& table) {
  table["hstack"] = [](const TorchArguments& in) -> TorchOutputs { return {torch::hstack(in.tensors)}; };
  table["vstack"] = [](const TorchArguments& in) -> TorchOutputs { return {torch::vstack(in.tensors)}; };
  table["dstack"] = [](const TorchArguments& in) -> TorchOutputs { return {torch::dstack(in.tensors)}; };
  table["block_diag"] = [](const TorchArguments& in) -> TorchOutputs { return {torch::block_diag(in.tensors)}; };
  table["kron"] = pair([](const Tensor& a, const Tensor& b) { return torch::kron(a, b); });
  table["tensordot"] = pair([](const Tensor& a, const Tensor& b) { return torch::tensordot(a, b, {1}, {1}); });
  table["cross"] = pair([](const Tensor& a, const Tensor& b) { return torch::cross(a, b.expand_as(a), -1); });
  table["rot90"] = single([](const Tensor& x) { return torch::rot90(x, 3, {0, 1}); });
  table["tile"] = single([](const Tensor& x) { return torch::tile(x, {2}); });
  table["diff"] = single([](const Tensor& x) { return torch::diff(x, 1, 0); });
  table["diag_embed"] = single([](const Tensor& x) { return torch::diag_embed(x); });
  table["tensor_split"] = single([](const Tensor& x) { return torch::tensor_split(x, 2, 0)[0]; });
  table["index_fill"] =
      single([](const Tensor& x) { return torch::index_fill(x, 0, torch::zeros({1}, torch::kLong), 2.5); });
  table["take"] = pair([](const Tensor& x, const Tensor& index) { return torch::take(x, index); });
  table["masked_scatter"] = [](const TorchArguments& in) -> TorchOutputs {
    return {torch::masked_scatter(in.tensors[0], in.tensors[1], in.tensors[2])};
  };
  table["baddbmm"] = [](const TorchArguments& in) -> TorchOutputs {
    return {torch::baddbmm(in.tensors[0], in.tensors[1], in.tensors[2], 0.5, 2.0)};
  };
}

TorchOutputs squares_of_svd(const TorchArguments& in) {
  const auto [u, s, vt] = torch::linalg_svd(in.tensors[0], /*full_matrices=*/false);
  return {torch::square(u), s, torch::square(vt)};
}

void add_factors(TorchTable& table) {
  table["inv"] = single([](const Tensor& a) { return torch::linalg_inv(a); });
  table["solve"] = pair([](const Tensor& a, const Tensor& b) { return torch::linalg_solve(a, b); });
  table["solve_triangular"] = [](const TorchArguments& in) -> TorchOutputs {
    const Tensor &a = in.tensors[0], b = in.tensors[1].expand({a.dim() == 3 ? 2 : 1, a.size(-1), 2});
    const Tensor right = a.dim() == 3 ? b : b[0];
    return {torch::linalg_solve_triangular(torch::triu(a), right, true),
            torch::linalg_solve_triangular(torch::tril(a), right, false)};
  };
  table["det"] = single([](const Tensor& a) { return torch::det(a); });
  table["slogdet"] = single([](const Tensor& a) { return std::get<1>(torch::slogdet(a)); });
  table["cholesky"] = single([](const Tensor& a) { return torch::linalg_cholesky(torch::matmul(a, a.mT())); });
  table["qr"] = [](const TorchArguments& in) -> TorchOutputs {
    const auto [q, r] = torch::linalg_qr(in.tensors[0]);
    return {torch::square(q), torch::square(r)};
  };
  table["svd_tall"] = table["svd_wide"] = squares_of_svd;
  table["eigh"] = [](const TorchArguments& in) -> TorchOutputs {
    const auto [values, vectors] = torch::linalg_eigh((in.tensors[0] + in.tensors[0].mT()) * 0.5);
    return {values, torch::square(vectors)};
  };
  table["pinv"] = table["pinv_wide"] = single([](const Tensor& a) { return torch::linalg_pinv(a); });
  table["lstsq"] = pair([](const Tensor& a, const Tensor& b) {
    return torch::matmul(torch::linalg_pinv(a), b);  // torch::linalg_lstsq without a driver has no gradient in 1.13
  });
  table["matrix_power"] = [](const TorchArguments& in) -> TorchOutputs {
    return {torch::matrix_power(in.tensors[0], 3), torch::matrix_power(in.tensors[0], -2)};
  };
}

}  // namespace

void add_functions_and_factors(TorchTable& table) {
  add_numbers(table);
  add_statistics(table);
  add_arrangements(table);
  add_factors(table);
}

}  // namespace tinytorch::oracle
