// Bugs that similar libraries have had. The name of a test says the bug.

#include "tests/library/core/elements.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/memory.hpp"

#include <functional>

namespace tinytorch {
namespace {

using testing::broadcastable;
using testing::integer;
using testing::message_of;
using testing::random_double;
using testing::random_shape;

Tensor leaf(double value) { return full({2, 2}, value, DType::float64).set_requires_grad(); }
double first(const Tensor& x) { return testing::at(x, Shape::filled(x.dim(), 0)); }
double gradient_of(const Tensor& x, const Tensor& loss) { return first(autograd::grad({loss}, {x})[0]); }

TEST(AliasedOperands, add_up_all_their_paths) {
  const Tensor a = leaf(2.0), b = leaf(3.0);
  EXPECT_EQ(gradient_of(b, sum((a + b) + a)), 1.0);
  EXPECT_EQ(gradient_of(a, sum((a + b) + a)), 2.0);
  EXPECT_EQ(gradient_of(a, sum(a * a)), 4.0);
  EXPECT_EQ(gradient_of(a, sum(a - a)), 0.0);
  EXPECT_EQ(gradient_of(a, sum(a / a)), 0.0);
  EXPECT_EQ(gradient_of(a, sum(a + a.view({4}).view({2, 2}))), 2.0);
  EXPECT_EQ(gradient_of(a, sum(a * a.t())), 4.0);
  EXPECT_EQ(gradient_of(a, sum(matmul(a, a))), 8.0);
  EXPECT_EQ(gradient_of(a, sum(cat(std::vector{a, a}) * 3.0)), 6.0);
  EXPECT_EQ(gradient_of(a, sum(stack(std::vector{a, a, a}))), 3.0);
  EXPECT_EQ(gradient_of(a, sum(where(gt(a, a), a, a))), 1.0);
  EXPECT_EQ(gradient_of(a, sum(einsum("ij,ij,ij->", {a, a, a}))), 12.0);
  EXPECT_EQ(gradient_of(a, sum(index_add(a, 0, tensor({0, 0}), a))), 2.0);
  const Tensor y = a * 2.0;  // three consumers
  EXPECT_EQ(gradient_of(a, sum(y * y + y + exp(y * 0.0))), 2.0 * (2.0 * 4.0 + 1.0));
}

TEST(GradOwnership, of_a_gradient_that_the_user_holds) {
  const Tensor x = leaf(1.0), z = leaf(1.0);
  sum(x + z).backward();
  const Tensor held = x.grad();
  sum(x * 5.0).backward();
  EXPECT_EQ(first(held), 1.0);
  EXPECT_EQ(first(z.grad()), 1.0);
  const Tensor again = x.grad();
  x.set_grad({});
  sum(x).backward();
  EXPECT_EQ(first(again), 6.0);
  const Tensor upstream = ones({2, 2}, DType::float64);
  (x * 1.0).backward(upstream);
  x.grad().fill_(9.0);
  EXPECT_EQ(first(upstream), 1.0);
}

TEST(RetainGraph, doubles_the_leaves_exactly) {
  const Tensor x = leaf(0.3);
  const Tensor y = sum(tanh(x * x) * x);
  y.backward({}, true);
  const Tensor once = x.grad().clone();
  y.backward();
  EXPECT_TRUE(equal(x.grad(), once * 2.0));
  EXPECT_EQ(message_of<AutogradError>([&] { y.backward(); }),
            "[backward] the graph was already freed at 'sum': a second backward needs retain_graph in the first");
}

TEST(InplaceVersion, names_the_operation_whose_saved_tensor_was_damaged) {
  const auto damaged = [](auto op) {
    const Tensor x = leaf(2.0), w = full({2, 2}, 3.0, DType::float64);
    const Tensor loss = sum(op(x, w));
    w.select(0, 0).fill_(1.0);
    x.detach().index_put_({1}, 1.0);
    const std::string message = message_of<AutogradError>([&] { loss.backward(); });
    return message.substr(0, message.find(']') + 1);
  };
  EXPECT_EQ(damaged([](const Tensor& x, const Tensor& w) { return x * w; }), "[mul]");
  EXPECT_EQ(damaged([](const Tensor& x, const Tensor& w) { return matmul(x, w); }), "[matmul]");
  EXPECT_EQ(damaged([](const Tensor& x, const Tensor& w) { return x / w; }), "[div]");
  EXPECT_EQ(damaged([](const Tensor& x, const Tensor&) { return log(x); }), "[log]");
  const Tensor x = leaf(2.0), index = tensor({0, 1});
  const Tensor rows = sum(index_select(x, 0, index)), picked = sum(gather(x, 0, unsqueeze(index, 0)));
  index.fill_(0.0);
  EXPECT_THROW(rows.backward(), AutogradError);
  EXPECT_THROW(picked.backward(), AutogradError);
}

TEST(DeepGraph, of_100000_operations_runs_and_goes_without_a_deep_stack) {
  const std::int64_t before = memory::stats().active;
  {
    const Tensor x = leaf(1.0);
    Tensor y = x;
    for (int i = 0; i < 100'000; ++i) y = y.view({4}).view({2, 2});
    EXPECT_EQ(gradient_of(x, sum(y)), 1.0);
    Tensor z = x * 1.0;
    for (int i = 0; i < 100'000; ++i) z.add_(x);
    EXPECT_EQ(gradient_of(x, sum(z)), 100'001.0);
  }
  EXPECT_EQ(memory::stats().active, before);
}

TEST(NoGradGuard, leaves_no_node_and_no_memory) {
  const Tensor x = leaf(1.0);
  const std::int64_t before = memory::stats().active;
  {
    const NoGrad off;
    Tensor y = x;
    for (int i = 0; i < 100; ++i) y = tanh(matmul(y, x)).t().index({Slice(), tensor({1, 0})});
    EXPECT_FALSE(y.requires_grad());
    EXPECT_LE(memory::stats().active, before + 2 * y.storage_bytes());
  }
  EXPECT_EQ(memory::stats().active, before);
}

TEST(Broadcasting, sums_gradients_back_to_the_shape_of_the_operand) {
  Generator g(9);
  const std::vector<Shape> shapes{{1}, {3, 1}, {}, {1, 3, 1}, {2}, {0, 1}, {1, 0}};
  for (const Shape& shape : shapes) {
    const Tensor x = random_double(shape, g).set_requires_grad();
    for (const Shape& other : std::vector<Shape>{shape, {2, 3, 2}, {4, 1, 2}, {0, 3, 2}, {1, 1}}) {
      bool fits = true;
      try {
        broadcast_shapes(shape, other);
      } catch (const ShapeError&) {
        fits = false;
      }
      if (!fits) continue;
      const Tensor y = ones(other, DType::float64);
      const auto copies = static_cast<double>(numel(broadcast_shapes(shape, other))) /
                          static_cast<double>(std::max<std::int64_t>(1, x.numel()));
      for (const Tensor& loss :
           {sum(x + y), sum(y - x) * -1.0, sum(x * y), sum(expand(x, broadcast_shapes(shape, other)))}) {
        const Tensor grad = autograd::grad({loss}, {x})[0];
        ASSERT_EQ(grad.sizes(), shape);
        EXPECT_TRUE(equal(grad, full(shape, copies, DType::float64))) << to_string(shape) << to_string(other);
      }
    }
  }
}

struct Operation {
  const char* name;
  std::function<Tensor(const Tensor&)> run;  // on a matrix
};

std::vector<Operation> operations() {
  const auto last = [](const Tensor& x) { return Shape{x.size(0)}; };
  return {
      {"flatten", [](const Tensor& x) { return flatten(x); }},
      {"t", [](const Tensor& x) { return x.t(); }},
      {"diagonal", [](const Tensor& x) { return diagonal(x); }},
      {"diag", [](const Tensor& x) { return diag(flatten(x)); }},
      {"flip",
       [](const Tensor& x) {
         return flip(x, Shape{0, 1});
       }},
      {"roll", [](const Tensor& x) { return roll(x, Shape{1}); }},
      {"repeat",
       [](const Tensor& x) {
         return repeat(x, {2, 2});
       }},
      {"repeat_interleave", [](const Tensor& x) { return repeat_interleave(x, 2, 0); }},
      {"tril", [](const Tensor& x) { return tril(x); }},
      {"triu", [](const Tensor& x) { return triu(x); }},
      {"pad",
       [](const Tensor& x) {
         return pad(x, Shape{1, 1});
       }},
      {"stack",
       [](const Tensor& x) {
         return stack(std::vector{x, x});
       }},
      {"cat",
       [](const Tensor& x) {
         return cat(std::vector{x, x}, 1);
       }},
      {"split", [](const Tensor& x) { return split(x, 2, 1)[0]; }},
      {"index_select", [](const Tensor& x) { return index_select(x, 1, zeros({x.size(1)}, DType::int64)); }},
      {"index_add", [last](const Tensor& x) { return index_add(x, 0, zeros(last(x), DType::int64), x * 2.0); }},
      {"gather", [](const Tensor& x) { return gather(x, 0, zeros(x.sizes(), DType::int64)); }},
      {"scatter", [](const Tensor& x) { return scatter(x, 0, zeros(x.sizes(), DType::int64), x); }},
      {"scatter_add", [](const Tensor& x) { return scatter_add(x, 1, zeros(x.sizes(), DType::int64), x); }},
      {"masked_fill", [](const Tensor& x) { return masked_fill(x, gt(x, zeros({}, x.dtype())), 3.0); }},
      {"masked_select", [](const Tensor& x) { return masked_select(x, gt(x, zeros({}, x.dtype()))); }},
      {"index",
       [](const Tensor& x) {
         return x.index({Ellipsis, zeros(x.size(1) > 0 ? Shape{2} : Shape{0}, DType::int64)});
       }},
      {"sort", [](const Tensor& x) { return sort(x, 0).first; }},
      {"topk", [](const Tensor& x) { return topk(x, x.size(1) / 2).first; }},
      {"matmul", [](const Tensor& x) { return matmul(x, x.t()); }},
      {"einsum",
       [](const Tensor& x) {
         return einsum("ij,kj->ik", {x, x});
       }},
      {"trace", [](const Tensor& x) { return trace(x); }},
      {"outer", [](const Tensor& x) { return outer(flatten(x), flatten(x)); }},
  };
}

TEST(StridedInputs, give_what_contiguous_ones_give) {
  Generator g(10);
  for (const Operation& op : operations()) {
    for (int round = 0; round < 30; ++round) {
      const Tensor x = round % 5 == 4 ? expand(random_double({integer(g, 1, 4), 1}, g), {-1, 3})
                                      : random_double({integer(g, 1, 4), integer(g, 1, 4)}, g);
      EXPECT_TRUE(allclose(op.run(x), op.run(x.clone()), 1e-12, 1e-12)) << op.name << to_string(x.strides());
    }
  }
}

TEST(ZeroSize, inputs_run_forward_and_backward) {
  for (const Operation& op : operations()) {
    for (const Shape& shape : std::vector<Shape>{{0, 0}, {0, 3}, {3, 0}}) {
      const Tensor x = zeros(shape, DType::float64).set_requires_grad();
      const Tensor y = op.run(x);
      if (!y.requires_grad()) continue;
      y.backward(ones(y.sizes(), DType::float64));
      EXPECT_EQ(x.grad().sizes(), shape) << op.name;
    }
  }
}

}  // namespace
}  // namespace tinytorch
