// New tensors, their dtypes and options, and random numbers.

#include "tests/library/libtorch/says.hpp"

namespace says {
namespace {

SAYS(creation, zeros) { EXPECT_EQ(shape(tt::zeros({2, 3})), (Sizes{2, 3})); }
SAYS(creation, ones_of_a_dtype) { EXPECT_EQ(tt::ones({2}, tt::kInt64).dtype(), tt::kInt64); }
SAYS(creation, one_size_without_braces) { EXPECT_EQ(shape(tt::zeros(4)), (Sizes{4})); }
SAYS(creation, full) { EXPECT_EQ(numbers(tt::full({2}, 7.5)), (Numbers{7.5, 7.5})); }
SAYS(creation, empty) { EXPECT_EQ(tt::empty({3, 0}).numel(), 0); }
SAYS(creation, eye) { EXPECT_EQ(numbers(tt::eye(2)), (Numbers{1, 0, 0, 1})); }
SAYS(creation, eye_of_options) { EXPECT_EQ(tt::eye(2, tt::kDouble).scalar_type(), tt::kDouble); }
SAYS(creation, arange_of_integers) { EXPECT_EQ(tt::arange(5).dtype(), tt::kInt64); }
SAYS(creation, arange_from_to) { EXPECT_EQ(numbers(tt::arange(2, 5)), (Numbers{2, 3, 4})); }
SAYS(creation, arange_with_a_step) { EXPECT_EQ(numbers(tt::arange(0.0, 1.0, 0.25)), (Numbers{0, 0.25, 0.5, 0.75})); }
SAYS(creation, arange_of_a_dtype) { EXPECT_EQ(tt::arange(3, tt::kFloat).dtype(), tt::kFloat32); }
SAYS(creation, linspace) { EXPECT_TRUE(near(tt::linspace(0, 1, 3), {0, 0.5, 1})); }
SAYS(creation, logspace) { EXPECT_TRUE(near(tt::logspace(0, 2, 3), {1, 10, 100})); }
SAYS(creation, tensor_of_a_list) { EXPECT_EQ(numbers(tt::tensor({1.0, 2.0})), (Numbers{1, 2})); }
SAYS(creation, tensor_of_rows) { EXPECT_EQ(shape(tt::tensor({{1, 2, 3}, {4, 5, 6}})), (Sizes{2, 3})); }
SAYS(creation, tensor_of_a_number) { EXPECT_EQ(tt::tensor(3.0).dim(), 0); }
SAYS(creation, tensor_of_a_dtype) { EXPECT_EQ(tt::tensor({1, 2}, tt::kFloat64).dtype(), tt::kFloat64); }
SAYS(creation, tensor_of_a_vector) {
  const std::vector<float> values{1, 2, 3};
  EXPECT_EQ(numbers(tt::tensor(values)), (Numbers{1, 2, 3}));
}
SAYS(creation, tensor_that_requires_a_gradient) {
  EXPECT_TRUE(tt::tensor({1.0, 2.0}, tt::requires_grad()).requires_grad());
}
SAYS(creation, from_blob) {
  float data[] = {1, 2, 3, 4};
  EXPECT_EQ(numbers(tt::from_blob(data, {2, 2})), (Numbers{1, 2, 3, 4}));
}
SAYS(creation, from_blob_of_a_dtype) {
  std::vector<double> data{1.5, 2.5};
  EXPECT_EQ(numbers(tt::from_blob(data.data(), {2}, tt::kFloat64).clone()), (Numbers{1.5, 2.5}));
}
SAYS(creation, zeros_like) { EXPECT_EQ(tt::zeros_like(tt::ones({2}, tt::kInt32)).dtype(), tt::kInt); }
SAYS(creation, full_like) { EXPECT_EQ(numbers(tt::full_like(tt::ones({2}), 3)), (Numbers{3, 3})); }
SAYS(creation, new_zeros) { EXPECT_EQ(tt::ones({2}, tt::kDouble).new_zeros({3}).dtype(), tt::kDouble); }
SAYS(creation, new_full) { EXPECT_EQ(numbers(tt::ones({1}).new_full({2}, 4)), (Numbers{4, 4})); }

SAYS(options, chained) {
  const auto options = tt::TensorOptions().dtype(tt::kFloat64).device(tt::kCPU).requires_grad(true);
  const tt::Tensor x = tt::zeros({2}, options);
  EXPECT_TRUE(x.requires_grad() && x.dtype() == tt::kFloat64);
}
SAYS(options, dtype_function) { EXPECT_EQ(tt::ones({2}, tt::dtype(tt::kLong)).dtype(), tt::kLong); }
SAYS(options, dtype_then_gradient) {
  EXPECT_TRUE(tt::rand({2}, tt::dtype(tt::kFloat32).requires_grad(true)).requires_grad());
}
SAYS(options, device) {
  const tt::Device device(tt::kCPU);
  EXPECT_TRUE(tt::ones({2}).to(device).device().is_cpu());
}
SAYS(options, choice_of_a_device) {
  tt::Device device = tt::cuda::is_available() ? tt::kCUDA : tt::kCPU;
  EXPECT_TRUE(tt::zeros({2}).to(device).defined());
}
SAYS(options, to_dtype) { EXPECT_EQ(tt::ones({2}).to(tt::kInt64).dtype(), tt::kInt64); }
SAYS(options, options_of_a_tensor) {
  const tt::Tensor x = tt::ones({2}, tt::kInt8);
  EXPECT_EQ(tt::zeros({3}, x.options()).dtype(), tt::kChar);
}
SAYS(options, type_as) { EXPECT_EQ(tt::ones({2}).type_as(tt::ones({1}, tt::kByte)).dtype(), tt::kUInt8); }
SAYS(options, is_floating_point) { EXPECT_FALSE(tt::ones({1}, tt::kBool).is_floating_point()); }
SAYS(options, bytes) { EXPECT_EQ(tt::ones({2, 3}, tt::kDouble).nbytes(), 48U); }
SAYS(options, cpu) { EXPECT_FALSE(tt::ones({2}).cpu().is_cuda()); }

SAYS(random, manual_seed) {
  tt::manual_seed(1);
  const tt::Tensor first = tt::rand({3});
  tt::manual_seed(1);
  EXPECT_TRUE(tt::equal(first, tt::rand({3})));
}
SAYS(random, randn) {
  tt::manual_seed(2);
  EXPECT_LT(std::abs(tt::randn({2000}).mean().item<float>()), 0.2F);
}
SAYS(random, rand_of_one_size) { EXPECT_EQ(shape(tt::rand(5)), (Sizes{5})); }
SAYS(random, randint) {
  const tt::Tensor x = tt::randint(0, 10, {100});
  EXPECT_TRUE(x.min().item<int64_t>() >= 0 && x.max().item<int64_t>() < 10);
}
SAYS(random, randint_below) { EXPECT_EQ(shape(tt::randint(5, {2, 2})), (Sizes{2, 2})); }
SAYS(random, randperm) { EXPECT_EQ(tt::randperm(10).sum().item<int64_t>(), 45); }
SAYS(random, rand_like) { EXPECT_EQ(shape(tt::rand_like(tt::zeros({2, 3}))), (Sizes{2, 3})); }
SAYS(random, randn_like) { EXPECT_EQ(tt::randn_like(tt::zeros({2}, tt::kDouble)).dtype(), tt::kDouble); }
SAYS(random, bernoulli) { EXPECT_EQ(tt::bernoulli(tt::ones({4})).sum().item<float>(), 4.0F); }
SAYS(random, multinomial) {
  EXPECT_EQ(numbers(tt::multinomial(tt::tensor({0.0, 0.0, 1.0}), 2, true)), (Numbers{2, 2}));
}
SAYS(random, uniform_in_place) {
  const tt::Tensor x = tt::empty({50}).uniform_(2, 3);
  EXPECT_TRUE(x.min().item<float>() >= 2.0F && x.max().item<float>() <= 3.0F);
}
SAYS(random, normal_in_place) { EXPECT_EQ(shape(tt::empty({3}).normal_(0, 0.1)), (Sizes{3})); }

}  // namespace
}  // namespace says
