// Changes in place inside the graph: either the gradient is right or an AutogradError says why not.

#include "tests/library/core/elements.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/indexing.hpp"

namespace tinytorch {
namespace {

using testing::first;
using testing::leaf;
using testing::message_of;

TEST(InPlaceInGraph, changes_the_history_with_the_elements) {
  const Tensor x = leaf(3.0);
  const Tensor y = x * x;
  const float* address = y.data<float>();
  y.mul_(2.0);
  y.add_(x, 0.5);
  EXPECT_EQ(y.data<float>(), address);
  EXPECT_EQ(first(y), 19.5);
  sum(y).backward();
  EXPECT_EQ(first(x.grad()), 12.5);
}

TEST(InPlaceInGraph, may_use_itself_where_backward_needs_none_of_its_elements) {
  const Tensor x = leaf(3.0);
  const Tensor y = x * 1.0;
  y.add_(y * 2.0);
  sum(y).backward();
  EXPECT_EQ(first(x.grad()), 3.0);
  const Tensor z = x * 1.0;
  z.add_(z * z);
  EXPECT_THROW(sum(z).backward(), AutogradError);
  autograd::set_node(z, {});  // z's history holds z itself: this breaks the cycle
}

TEST(InPlaceInGraph, makes_a_constant_part_of_the_graph) {
  const Tensor x = leaf(3.0);
  const Tensor buffer = zeros({2, 2});
  buffer.index_put_({0}, x * 2.0);
  buffer.index_put_({1}, x);
  EXPECT_TRUE(buffer.requires_grad());
  EXPECT_FALSE(buffer.is_leaf());
  sum(buffer * buffer).backward();
  EXPECT_EQ(first(x.grad()), 2.0 * 6.0 * 2.0 + 2.0 * 3.0);
}

TEST(InPlaceInGraph, cuts_off_what_was_overwritten) {
  const Tensor x = leaf(3.0);
  const Tensor y = x * x;
  y.fill_(1.0);
  EXPECT_TRUE(y.requires_grad());
  sum(y + x).backward();
  EXPECT_EQ(first(x.grad()), 1.0);
  const Tensor z = x * x;
  z.copy_(tensor({5.0, 6.0}));
  sum(z * x).backward();
  EXPECT_EQ(to_string(x.grad()), "[6., 7.]");
}

TEST(InPlaceInGraph, keeps_what_was_computed_from_the_old_elements) {
  const Tensor x = leaf(3.0);
  const Tensor y = x * 2.0;
  const Tensor before = y + 1.0;  // its VJP needs no element of y
  y.mul_(10.0);
  sum(before + y).backward();
  EXPECT_EQ(first(x.grad()), 22.0);
}

TEST(InPlaceInGraph, damages_no_saved_tensor_unseen) {
  const Tensor x = leaf(3.0);
  const Tensor y = x * 2.0;
  const Tensor z = sum(y * y);
  y.add_(x);
  EXPECT_EQ(message_of<AutogradError>([&] { z.backward(); }),
            "[mul] a tensor of shape (2,) that backward needs was changed in place after it was used");
}

TEST(InPlaceInGraph, on_a_view_counts_as_a_change_of_its_base) {
  const Tensor x = leaf(3.0);
  const Tensor w = ones({2, 2});
  const Tensor y = sum(x * w);
  w.select(0, 1).select(0, 0).fill_(7.0);
  EXPECT_THROW(y.backward(), AutogradError);
  for (const auto change : {+[](const Tensor& t) { t.mul_(2.0); }, +[](const Tensor& t) { t.add_(ones({2})); },
                            +[](const Tensor& t) { t.copy_(zeros({2})); }, +[](const Tensor& t) { t.zero_(); },
                            +[](const Tensor& t) { t.index_put_({0}, 1.0); },
                            +[](const Tensor& t) { t.masked_fill_(ones({2}, DType::boolean), 1.0); }}) {
    const Tensor saved = ones({2});
    const Tensor loss = sum(x * saved);
    change(saved.view({2, 1}).squeeze());
    EXPECT_THROW(loss.backward(), AutogradError);
  }
}

TEST(InPlaceInGraph, is_refused_where_another_tensor_sees_the_elements) {
  const Tensor x = leaf(3.0);
  const Tensor y = x * 2.0;
  const Tensor view = y.select(0, 0);
  EXPECT_EQ(message_of<AutogradError>([&] { view.mul_(2.0); }),
            "[mul_] changes elements in place inside the graph that another tensor sees (a view, its base, or what "
            "backward saved); use the operation without '_', or index_put_ on the base");
  EXPECT_THROW(y.mul_(2.0), AutogradError);
  const Tensor constant = zeros({2, 2});
  EXPECT_THROW(constant.select(0, 0).copy_(x), AutogradError);
  EXPECT_EQ(to_string(constant), "[[0., 0.],\n [0., 0.]]");
}

TEST(InPlaceInGraph, is_refused_on_a_leaf_that_requires_a_gradient) {
  const Tensor x = leaf(3.0);
  const std::string text = "changes a tensor in place that requires a gradient; wrap it in NoGrad or use detach()";
  EXPECT_EQ(message_of<AutogradError>([&] { x.mul_(2.0); }), "[mul_] " + text);
  EXPECT_EQ(message_of<AutogradError>([&] { x.index_put_({0}, 1.0); }), "[index_put_] " + text);
  EXPECT_EQ(message_of<AutogradError>([&] { x.masked_fill_(ones({2}, DType::boolean), 1.0); }),
            "[masked_fill_] " + text);
  const NoGrad off;
  x.index_put_({0}, 1.0);
  EXPECT_EQ(to_string(x), "[1., 3.]");
  EXPECT_TRUE(x.is_leaf() && x.requires_grad());
}

TEST(InPlaceInGraph, does_not_change_a_shape) {
  const Tensor x = leaf(3.0);
  const Tensor y = x * 1.0;
  EXPECT_THROW(y.add_(ones({3, 2})), ShapeError);
  EXPECT_THROW(ones({2}).masked_fill_(ones({3, 2}, DType::boolean), 1.0), ShapeError);
  EXPECT_EQ(to_string(y), "[3., 3.]");
}

TEST(InPlaceInGraph, keeps_the_dtype_and_takes_retain_grad_along) {
  const Tensor x = leaf(3.0);
  const Tensor y = x * 1.0;
  y.retain_grad();
  y.add_(full({2}, 0.5, DType::float64));
  EXPECT_EQ(y.dtype(), DType::float32);
  EXPECT_TRUE(y.retains_grad());
  sum(y * y).backward();
  EXPECT_EQ(first(y.grad()), 7.0);
  EXPECT_EQ(first(x.grad()), 7.0);
}

TEST(InPlaceInGraph, on_a_detached_tensor_changes_no_history) {
  const Tensor x = leaf(3.0);
  const Tensor y = x + 0.0;
  y.detach().mul_(2.0);
  sum(y).backward();
  EXPECT_EQ(first(y), 6.0);
  EXPECT_EQ(first(x.grad()), 1.0);
}

}  // namespace
}  // namespace tinytorch
