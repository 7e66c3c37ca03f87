// Operations that change a tensor in place.

#include "tests/library/core/random_tensors.hpp"
#include "tinytorch/core/autograd.hpp"

#include <functional>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

using testing::broadcastable;
using testing::random_double;
using testing::random_shape;

struct Change {
  const char* name;
  std::function<void(const Tensor& x, const Tensor& other)> in_place;
  std::function<Tensor(const Tensor& x, const Tensor& other)> anew;
};

using T = const Tensor&;

TEST(InPlace, does_as_the_operation_that_makes_a_new_tensor) {
  const Change all[] = {
      {"add", [](T x, T y) { x.add_(y); }, [](T x, T y) { return x + y; }},
      {"add_alpha", [](T x, T y) { x.add_(y, -2.5); }, [](T x, T y) { return x + y * -2.5; }},
      {"sub", [](T x, T y) { x.sub_(y); }, [](T x, T y) { return x - y; }},
      {"mul", [](T x, T y) { x.mul_(y); }, [](T x, T y) { return x * y; }},
      {"div", [](T x, T y) { x.div_(y); }, [](T x, T y) { return x / y; }},
      {"copy", [](T x, T y) { x.copy_(y); }, [](T x, T y) { return zeros(x.sizes(), x.dtype()) + y; }},
      {"add_number", [](T x, T) { x.add_(2); }, [](T x, T) { return x + 2; }},
      {"sub_number", [](T x, T) { x.sub_(2); }, [](T x, T) { return x - 2; }},
      {"mul_number", [](T x, T) { x.mul_(0.1); }, [](T x, T) { return x * 0.1; }},
      {"div_number", [](T x, T) { x.div_(3); }, [](T x, T) { return x / 3; }},
      {"operators",
       [](T x, T y) {
         x += y;
         x -= 1;
         x *= y;
         x /= 2;
       },
       [](T x, T y) { return (x + y - 1) * y / 2; }},
      {"addcmul", [](T x, T y) { x.addcmul_(y, y, 0.5); }, [](T x, T y) { return x + y * y * 0.5; }},
      {"addcdiv", [](T x, T y) { x.addcdiv_(y, y + 7, 0.5); }, [](T x, T y) { return x + y / (y + 7) * 0.5; }},
      {"pow", [](T x, T) { x.pow_(2); }, [](T x, T) { return x * x; }},
      {"clamp", [](T x, T) { x.clamp_(-0.5, 0.5); }, [](T x, T) { return clamp(x, -0.5, 0.5); }},
      {"neg", [](T x, T) { x.neg_(); }, [](T x, T) { return -x; }},
      {"abs", [](T x, T) { x.abs_(); }, [](T x, T) { return abs(x); }},
      {"floor", [](T x, T) { x.floor_(); }, [](T x, T) { return floor(x); }},
      {"exp", [](T x, T) { x.exp_(); }, [](T x, T) { return exp(x); }},
      {"relu", [](T x, T) { x.relu_(); }, [](T x, T) { return relu(x); }},
      {"tanh", [](T x, T) { x.tanh_(); }, [](T x, T) { return tanh(x); }},
      {"sigmoid", [](T x, T) { x.sigmoid_(); }, [](T x, T) { return sigmoid(x); }},
      {"fill", [](T x, T) { x.fill_(3); }, [](T x, T) { return full(x.sizes(), 3, x.dtype()); }},
      {"zero", [](T x, T) { x.zero_(); }, [](T x, T) { return zeros(x.sizes(), x.dtype()); }},
  };
  for (const Change& change : all) {
    Generator g(1);
    for (int round = 0; round < 25; ++round) {
      const Shape shape = random_shape(g, 0, 4, 0, 4);
      const Tensor x = random_double(shape, g), y = random_double(broadcastable(shape, g), g);
      const Tensor expected = change.anew(x.clone(), y);
      change.in_place(x, y);
      ASSERT_TRUE(allclose(x, expected, 1e-14, 1e-14, true)) << change.name << " " << to_string(shape);
    }
  }
}

TEST(InPlace, reads_an_overlapping_operand_before_it_writes) {
  const Tensor x = arange(9, DType::float32);
  const Tensor square = reshape(x, {3, 3});
  const Tensor expected = square + transpose(square, 0, 1);
  square.add_(transpose(square, 0, 1));
  EXPECT_TRUE(equal(square, expected.clone()));
  const Tensor line = arange(5, DType::float32);
  slice(line, 0, 1, 5).copy_(slice(line, 0, 0, 4));
  EXPECT_EQ(to_string(line), "[0., 0., 1., 2., 3.]");
  line.sub_(line);
  EXPECT_EQ(to_string(line), "[0., 0., 0., 0., 0.]");
}

TEST(InPlace, keeps_the_dtype_or_refuses) {
  const Tensor whole = tensor({1, 2});
  EXPECT_THROW(whole.add_(0.5), DTypeError);
  EXPECT_THROW(whole.mul_(tensor({0.5, 0.5})), DTypeError);
  EXPECT_THROW(whole.div_(2), DTypeError);
  EXPECT_THROW(whole.exp_(), DTypeError);
  EXPECT_EQ(to_string(whole.add_(2)), "[3, 4]");
  EXPECT_EQ(to_string(whole.copy_(tensor({1.7, -1.7}))), "[1, -1]");
  EXPECT_EQ(tensor({1.0}).add_(ones({1}, DType::float64)).dtype(), DType::float32);
}

TEST(InPlace, refuses_repeated_elements_and_larger_operands) {
  EXPECT_THROW(expand(zeros({1}), {3}).add_(1), ValueError);
  EXPECT_THROW(zeros({2}).add_(zeros({2, 2})), ShapeError);
  EXPECT_THROW(zeros({1}).copy_(zeros({2})), ShapeError);
}

TEST(InPlace, without_a_graph_changes_a_leaf) {
  const Tensor x = ones({2}).set_requires_grad();
  {
    const NoGrad no_grad;
    x.sub_(full({2}, 0.5)).mul_(4).clamp_(std::nullopt, 1.5);
  }
  EXPECT_EQ(to_string(x), "[1.5, 1.5]");
  EXPECT_TRUE(x.is_leaf());
  EXPECT_THROW(x.add_(1), AutogradError);
}

TEST(InPlace, is_noticed_by_a_gradient_that_needs_the_old_value) {
  const Tensor x = tensor({1.0, 2.0}).set_requires_grad();
  const Tensor y = tensor({3.0, 4.0});
  const Tensor product = sum(x * y);
  y.exp_();
  EXPECT_THROW(product.backward(), AutogradError);
}

}  // namespace
}  // namespace tinytorch
