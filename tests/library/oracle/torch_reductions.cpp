#include "tests/library/oracle/torch_table.hpp"

namespace tinytorch::oracle {

namespace {

using torch::Tensor;
using DimsList = std::vector<std::int64_t>;

// ints: keepdim, then the dimensions; none means all.
TorchFunction reduction(Tensor (*function)(const Tensor&, const DimsList&, bool)) {
  return [function](const TorchArguments& in) -> TorchOutputs {
    DimsList dims(in.ints.begin() + 1, in.ints.end());
    if (dims.empty())
      for (std::int64_t d = 0; d < in.tensors[0].dim(); ++d) dims.push_back(d);
    return {function(in.tensors[0], dims, in.ints[0] != 0)};
  };
}

template <class F>
TorchFunction indexed(F function) {
  return [function](const TorchArguments& in) -> TorchOutputs {
    return function(in.tensors[0], in.ints[0], in.ints[1] != 0);
  };
}

TorchFunction along(Tensor (*function)(const Tensor&, std::int64_t)) {
  return [function](const TorchArguments& in) -> TorchOutputs { return {function(in.tensors[0], in.ints[0])}; };
}

TorchFunction whole(Tensor (*function)(const Tensor&)) {
  return [function](const TorchArguments& in) -> TorchOutputs { return {function(in.tensors[0])}; };
}

template <int p>
Tensor norm(const Tensor& x, const DimsList& dims, bool keep) {
  return torch::norm(x, p, dims, keep);
}

}  // namespace

void add_reductions(TorchTable& table) {
  table["sum"] = reduction([](const Tensor& x, const DimsList& dims, bool keep) { return torch::sum(x, dims, keep); });
  table["mean"] =
      reduction([](const Tensor& x, const DimsList& dims, bool keep) { return torch::mean(x, dims, keep); });
  table["var"] =
      reduction([](const Tensor& x, const DimsList& dims, bool keep) { return torch::var(x, dims, true, keep); });
  table["var_biased"] =
      reduction([](const Tensor& x, const DimsList& dims, bool keep) { return torch::var(x, dims, false, keep); });
  table["std_biased"] =
      reduction([](const Tensor& x, const DimsList& dims, bool keep) { return torch::std(x, dims, false, keep); });
  table["amax"] =
      reduction([](const Tensor& x, const DimsList& dims, bool keep) { return torch::amax(x, dims, keep); });
  table["amin"] =
      reduction([](const Tensor& x, const DimsList& dims, bool keep) { return torch::amin(x, dims, keep); });
  table["logsumexp"] =
      reduction([](const Tensor& x, const DimsList& dims, bool keep) { return torch::logsumexp(x, dims, keep); });
  table["norm_2"] = reduction(norm<2>);
  table["norm_1"] = reduction(norm<1>);
  table["norm_3"] = reduction(norm<3>);
  table["norm_inf"] = reduction([](const Tensor& x, const DimsList& dims, bool keep) {
    return torch::norm(x, std::numeric_limits<double>::infinity(), dims, keep);
  });
  table["any"] = reduction(
      [](const Tensor& x, const DimsList& dims, bool keep) { return torch::any(x, dims[0], keep).to(torch::kBool); });
  table["all"] = reduction(
      [](const Tensor& x, const DimsList& dims, bool keep) { return torch::all(x, dims[0], keep).to(torch::kBool); });
  table["max_of_all"] = whole([](const Tensor& x) { return torch::max(x); });
  table["min_of_all"] = whole([](const Tensor& x) { return torch::min(x); });
  table["argmax_of_all"] = whole([](const Tensor& x) { return torch::argmax(x); });
  table["prod_of_all"] = whole([](const Tensor& x) { return torch::prod(x); });

  table["max"] = indexed([](const Tensor& x, std::int64_t dim, bool keep) -> TorchOutputs {
    auto [value, index] = torch::max(x, dim, keep);
    return {value, index};
  });
  table["min"] = indexed([](const Tensor& x, std::int64_t dim, bool keep) -> TorchOutputs {
    auto [value, index] = torch::min(x, dim, keep);
    return {value, index};
  });
  table["argmax"] = indexed(
      [](const Tensor& x, std::int64_t dim, bool keep) -> TorchOutputs { return {torch::argmax(x, dim, keep)}; });
  table["argmin"] = indexed(
      [](const Tensor& x, std::int64_t dim, bool keep) -> TorchOutputs { return {torch::argmin(x, dim, keep)}; });
  table["prod"] =
      indexed([](const Tensor& x, std::int64_t dim, bool keep) -> TorchOutputs { return {torch::prod(x, dim, keep)}; });
  table["cumsum"] = along([](const Tensor& x, std::int64_t dim) { return torch::cumsum(x, dim); });
  table["softmax"] = along([](const Tensor& x, std::int64_t dim) { return torch::softmax(x, dim); });
  table["log_softmax"] = along([](const Tensor& x, std::int64_t dim) { return torch::log_softmax(x, dim); });
}

}  // namespace tinytorch::oracle
