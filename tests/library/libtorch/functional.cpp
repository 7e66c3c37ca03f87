// Functions of networks: torch::nn::functional, the short forms in torch, and losses.

#include "tests/library/libtorch/says.hpp"

namespace says {
namespace {

namespace nn = tt::nn;
namespace F = tt::nn::functional;

SAYS(functional, relu) { EXPECT_EQ(numbers(F::relu(tt::tensor({-1.0, 2.0}))), (Numbers{0, 2})); }
SAYS(functional, softmax) { EXPECT_TRUE(near(F::softmax(tt::zeros({1, 2}), 1), {0.5, 0.5})); }
SAYS(functional, log_softmax) { EXPECT_TRUE(near(F::log_softmax(tt::zeros({1, 2}), 1).exp(), {0.5, 0.5})); }
SAYS(functional, gelu) { EXPECT_TRUE(near(F::gelu(tt::ones({1})), {0.84134475})); }
SAYS(functional, silu) { EXPECT_TRUE(near(F::silu(tt::ones({1})), {0.73105858})); }
SAYS(functional, mish) { EXPECT_TRUE(near(F::mish(tt::ones({1})), {0.86509839})); }
SAYS(functional, selu) { EXPECT_TRUE(near(F::selu(tt::ones({1})), {1.05070099})); }
SAYS(functional, softplus) { EXPECT_TRUE(near(F::softplus(tt::zeros({1})), {0.69314718})); }
SAYS(functional, glu) { EXPECT_TRUE(near(F::glu(tt::tensor({{2.0, 0.0}})), {1})); }
SAYS(functional, softsign) { EXPECT_TRUE(near(F::softsign(tt::ones({1})), {0.5})); }
SAYS(functional, tanhshrink) { EXPECT_TRUE(near(F::tanhshrink(tt::ones({1})), {0.23840584})); }
SAYS(functional, leaky_relu_of_the_root) { EXPECT_TRUE(near(tt::leaky_relu(tt::tensor({-1.0}), 0.1), {-0.1})); }
SAYS(functional, elu_of_the_root) { EXPECT_TRUE(near(tt::elu(tt::tensor({-1.0})), {-0.63212056})); }
SAYS(functional, dropout_of_the_root) {
  EXPECT_EQ(numbers(tt::dropout(tt::ones({3}), 0.5, /*train=*/false)), (Numbers{1, 1, 1}));
}
SAYS(functional, dropout_by_name) {
  EXPECT_EQ(numbers(F::dropout(tt::ones({2}), F::DropoutFuncOptions().p(0.3).training(false))), (Numbers{1, 1}));
}
SAYS(functional, linear) { EXPECT_EQ(shape(F::linear(tt::ones({2, 3}), tt::ones({4, 3}))), (Sizes{2, 4})); }
SAYS(functional, linear_of_the_root) {
  EXPECT_EQ(numbers(tt::linear(tt::ones({1, 3}), tt::ones({1, 3}), tt::ones({1}))), (Numbers{4}));
}
SAYS(functional, conv2d_of_the_root) {
  EXPECT_EQ(shape(tt::conv2d(tt::ones({1, 1, 5, 5}), tt::ones({2, 1, 3, 3}), {}, 2, 1)), (Sizes{1, 2, 3, 3}));
}
SAYS(functional, max_pool2d_of_the_root) {
  EXPECT_EQ(shape(tt::max_pool2d(tt::ones({1, 1, 4, 4}), 2)), (Sizes{1, 1, 2, 2}));
}
SAYS(functional, max_pool2d_by_name) {
  EXPECT_EQ(shape(F::max_pool2d(tt::ones({1, 1, 5, 5}), F::MaxPool2dFuncOptions(3).stride(2))), (Sizes{1, 1, 2, 2}));
}
SAYS(functional, avg_pool2d_by_name) {
  EXPECT_EQ(shape(F::avg_pool2d(tt::ones({1, 1, 4, 4}), F::AvgPool2dFuncOptions(2))), (Sizes{1, 1, 2, 2}));
}
SAYS(functional, interpolate) {
  const auto options =
      F::InterpolateFuncOptions().size(std::vector<int64_t>{4, 4}).mode(tt::kBilinear).align_corners(false);
  EXPECT_EQ(shape(F::interpolate(tt::ones({1, 1, 2, 2}), options)), (Sizes{1, 1, 4, 4}));
}
SAYS(functional, one_hot) { EXPECT_EQ(numbers(F::one_hot(tt::tensor({1}), 3)), (Numbers{0, 1, 0})); }
SAYS(functional, cosine_similarity) {
  EXPECT_TRUE(near(tt::cosine_similarity(tt::ones({1, 2}), tt::ones({1, 2})), {1}));
}
SAYS(functional, pairwise_distance) {
  EXPECT_TRUE(near(tt::pairwise_distance(tt::zeros({1, 2}), tt::tensor({{3.0, 4.0}})), {5}));
}
SAYS(functional, normalize) { EXPECT_TRUE(near(F::normalize(tt::tensor({{3.0, 4.0}})), {0.6, 0.8})); }
SAYS(functional, layer_norm_of_the_root) {
  EXPECT_TRUE(near(tt::layer_norm(tt::tensor({{-1.0, 1.0}}), {2}), {-1, 1}, 1e-4));
}
SAYS(functional, embedding_of_the_root) {
  EXPECT_EQ(shape(tt::embedding(tt::ones({5, 2}), tt::tensor({1, 3}))), (Sizes{2, 2}));
}
SAYS(functional, pixel_shuffle) { EXPECT_EQ(shape(F::pixel_shuffle(tt::ones({1, 4, 1, 1}), 2)), (Sizes{1, 1, 2, 2})); }

tt::Tensor zeros_and_ones() { return tt::tensor({0.0, 1.0}); }

SAYS(losses, mse_loss) { EXPECT_TRUE(near(tt::mse_loss(zeros_and_ones(), tt::zeros({2})), {0.5})); }
SAYS(losses, mse_loss_of_nn) { EXPECT_TRUE(near(F::mse_loss(zeros_and_ones(), tt::zeros({2})), {0.5})); }
SAYS(losses, l1_loss) { EXPECT_TRUE(near(tt::l1_loss(zeros_and_ones(), tt::zeros({2})), {0.5})); }
SAYS(losses, nll_loss) { EXPECT_TRUE(near(tt::nll_loss(tt::tensor({{-1.0, -2.0}}), tt::tensor({1})), {2})); }
SAYS(losses, cross_entropy) { EXPECT_TRUE(near(F::cross_entropy(tt::zeros({1, 2}), tt::tensor({0})), {0.69314718})); }
SAYS(losses, cross_entropy_loss_of_the_root) {
  EXPECT_TRUE(near(tt::cross_entropy_loss(tt::zeros({1, 2}), tt::tensor({0})), {0.69314718}));
}
SAYS(losses, binary_cross_entropy) {
  EXPECT_TRUE(near(tt::binary_cross_entropy(tt::full({1}, 0.5), tt::ones({1})), {0.69314718}));
}
SAYS(losses, binary_cross_entropy_with_logits) {
  EXPECT_TRUE(near(tt::binary_cross_entropy_with_logits(tt::zeros({1}), tt::ones({1})), {0.69314718}));
}
SAYS(losses, smooth_l1_loss) { EXPECT_TRUE(near(tt::smooth_l1_loss(tt::full({1}, 3.0), tt::zeros({1})), {2.5})); }
SAYS(losses, mse_module) {
  nn::MSELoss criterion;
  EXPECT_TRUE(near(criterion(zeros_and_ones(), tt::zeros({2})), {0.5}));
}
SAYS(losses, cross_entropy_module) {
  nn::CrossEntropyLoss criterion;
  EXPECT_TRUE(near(criterion(tt::zeros({1, 2}), tt::tensor({1})), {0.69314718}));
}
SAYS(losses, bce_with_logits_module) {
  nn::BCEWithLogitsLoss criterion;
  EXPECT_TRUE(near(criterion(tt::zeros({1}), tt::ones({1})), {0.69314718}));
}
SAYS(losses, hinge_embedding_loss) {
  EXPECT_TRUE(near(F::hinge_embedding_loss(tt::full({1}, 0.25), -tt::ones({1})), {0.75}));
}
SAYS(losses, margin_ranking_loss) {
  EXPECT_TRUE(near(F::margin_ranking_loss(tt::zeros({1}), tt::ones({1}), tt::ones({1})), {1}));
}
SAYS(losses, soft_margin_loss) { EXPECT_TRUE(near(F::soft_margin_loss(tt::zeros({1}), tt::ones({1})), {0.69314718})); }
SAYS(losses, triplet_margin_loss) {
  EXPECT_TRUE(near(F::triplet_margin_loss(tt::zeros({1, 2}), tt::zeros({1, 2}), tt::ones({1, 2})), {0.0}, 1e-3));
}
SAYS(losses, reduction) {
  EXPECT_EQ(tt::nn::MSELoss(nn::MSELossOptions(tt::kSum))(zeros_and_ones(), tt::zeros({2})).item<float>(), 1.0F);
}

}  // namespace
}  // namespace says
