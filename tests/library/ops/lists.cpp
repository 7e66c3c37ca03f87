#include "tests/library/ops/lists.hpp"

#include "tinytorch/core/ops.hpp"

namespace tinytorch::ops {

Tensor special_values(DType dtype) {
  return to(tensor({nan_value, infinity, -infinity, 0.0, -0.0, 1.0, -1.0, 2.5, -0.5, 1e-30, -1e30, 88.8, -104.0},
                   DType::float64),
            dtype);
}

std::vector<Tensor> special_pairs(DType dtype) {
  const Tensor values = special_values(dtype);
  return {reshape(values, {-1, 1}).clone(), reshape(values, {1, -1}).clone()};
}

Op unary(std::string name, DrawTensor draw, Unary function) {
  Op op;
  op.name = std::move(name);
  op.arguments = [draw](Draw& d) { return only({(d.*draw)(d.shape_or_empty(0, 3))}); };
  op.run = [function](const Arguments& in) -> Outputs { return {function(in.tensors[0])}; };
  op.edges = [](DType dtype) -> std::vector<Arguments> { return {only({special_values(dtype)})}; };
  return op;
}

Op binary(std::string name, DrawTensor first, DrawTensor second, Binary function) {
  Op op;
  op.name = std::move(name);
  op.arguments = [first, second](Draw& d) {
    const Shape whole = d.shape_or_empty(0, 3);
    const Shape part = d.broadcastable(whole);
    const bool swapped = d.coin();
    return only({(d.*first)(swapped ? part : whole), (d.*second)(swapped ? whole : part)});
  };
  op.run = [function](const Arguments& in) -> Outputs { return {function(in.tensors[0], in.tensors[1])}; };
  op.edges = [](DType dtype) -> std::vector<Arguments> { return {only(special_pairs(dtype))}; };
  return op;
}

}  // namespace tinytorch::ops
