// The likeliest mistakes with tensors and gradients, and the exact message for each.

#include "tests/library/messages/mistakes.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/creation.hpp"
#include "tinytorch/core/einsum.hpp"
#include "tinytorch/core/ops.hpp"

namespace tinytorch {
namespace {

using testing::expect_message;

Tensor parameter() { return ones({2, 3}).set_requires_grad(); }

TEST(MessageShapes, matmul_of_inner_sizes_that_differ) {
  expect_message<ShapeError>("[matmul] inner dimensions differ: (2, 3) x (4, 5)", [] {
    matmul(ones({2, 3}), ones({4, 5}));
  });
}

TEST(MessageShapes, matmul_of_batches_that_differ) {
  expect_message<ShapeError>("[matmul] batches don't fit each other: (2, 2, 3) x (3, 3, 4)", [] {
    matmul(ones({2, 2, 3}), ones({3, 3, 4}));
  });
}

TEST(MessageShapes, sum_of_shapes_that_cannot_be_broadcast) {
  expect_message<ShapeError>("[broadcast] shapes don't fit each other: (2, 3) x (4,)", [] {
    ones({2, 3}) + ones({4});
  });
}

TEST(MessageShapes, in_place_sum_with_a_larger_tensor) {
  expect_message<ShapeError>("[add_] (2, 3) doesn't fit into (3,)", [] { ones({3}).add_(ones({2, 3})); });
}

TEST(MessageShapes, reshape_to_another_number_of_elements) {
  expect_message<ShapeError>("[reshape] (2, 3) can't become (4, 2)", [] { reshape(ones({2, 3}), {4, 2}); });
}

TEST(MessageShapes, view_of_a_transposed_matrix) {
  expect_message<ShapeError>("[view] no strides read (3, 2) with strides (1, 3) as (6,): use reshape, which copies",
                             [] {
                               ones({2, 3}).t().view({6});
                             });
}

TEST(MessageShapes, cat_of_rows_of_different_lengths) {
  expect_message<ShapeError>("[cat] tensors differ beside dimension 0: (2, 3) and (2, 4)", [] {
    cat(std::vector<Tensor>{ones({2, 3}), ones({2, 4})}, 0);
  });
}

TEST(MessageShapes, stack_of_tensors_of_different_shapes) {
  expect_message<ShapeError>("[stack] shapes differ: (2, 3) and (2, 4)", [] {
    stack(std::vector<Tensor>{ones({2, 3}), ones({2, 4})});
  });
}

TEST(MessageShapes, item_of_many_elements) {
  expect_message<ShapeError>("[item] needs exactly one element: (2, 3)", [] { ones({2, 3}).item<float>(); });
}

TEST(MessageIndex, one_past_the_end) {
  expect_message<IndexError>("[select] index 2 is out of range for dimension 0 of (2, 3)", [] {
    ones({2, 3}).select(0, 2);
  });
}

TEST(MessageIndex, a_dimension_too_many) {
  expect_message<IndexError>("[sum] dimension 2 is out of range for rank 2", [] { ones({2, 3}).sum(Shape{2}); });
}

TEST(MessageIndex, an_index_among_several_out_of_range) {
  expect_message<IndexError>("[index_select] index 2 is outside 0..1", [] {
    index_select(ones({2, 3}), 0, tensor({0, 2}));
  });
}

TEST(MessageIndex, a_class_that_one_hot_has_no_column_for) {
  expect_message<IndexError>("[one_hot] class 4 is outside 0..2", [] { one_hot(tensor({0, 4}), 3); });
}

TEST(MessageDType, matmul_of_floats_and_integers) {
  expect_message<DTypeError>("[matmul] dtypes differ: float32 x int64", [] {
    matmul(ones({2, 3}), ones({3, 2}, DType::int64));
  });
}

TEST(MessageDType, elements_read_as_another_type) {
  expect_message<DTypeError>("[data] the tensor holds float32, not float64", [] { ones({2}).data<double>(); });
}

TEST(MessageDType, indices_that_are_floats) {
  expect_message<DTypeError>("[index_select] an index is int64, not float32", [] {
    index_select(ones({2, 3}), 0, ones({1}));
  });
}

TEST(MessageDType, half_a_step_added_to_integers_in_place) {
  expect_message<DTypeError>("[add_] the result would be float32, the tensor holds int64", [] {
    tensor({1, 2}).add_(0.5);
  });
}

TEST(MessageDType, a_gradient_for_integers) {
  expect_message<AutogradError>("[set_requires_grad] only floats have gradients, not int64", [] {
    tensor({1, 2}).set_requires_grad();
  });
}

TEST(MessageMemory, a_tensor_that_no_memory_holds) {
  try {
    empty({std::int64_t{1} << 20, std::int64_t{1} << 24});
    GTEST_SKIP() << "this machine promises 64 TiB";
  } catch (const OutOfMemoryError& error) {
    EXPECT_STREQ(error.what(), "[empty] no memory for (1048576, 16777216) of float32: 70368744177664 bytes");
  }
}

TEST(MessageUndefined, a_tensor_without_a_value) {
  expect_message<ValueError>(
      "[tensor] undefined: it was declared but never given a value, or is a gradient before backward()",
      [] { Tensor().sum(); });
}

TEST(MessageUndefined, a_gradient_before_backward) {
  expect_message<ValueError>(
      "[tensor] undefined: it was declared but never given a value, or is a gradient before backward()",
      [] { parameter().grad().sum(); });
}

TEST(MessageBackward, from_a_tensor_of_many_elements) {
  expect_message<AutogradError>("[backward] a root of shape (2, 3) needs an upstream gradient", [] {
    const Tensor x = parameter();
    (x * x).backward();
  });
}

TEST(MessageBackward, twice_through_one_graph) {
  expect_message<AutogradError>(
      "[backward] the graph was already freed at 'sum': a second backward needs retain_graph in the first", [] {
        const Tensor x = parameter();
        const Tensor loss = (x * x).sum();
        loss.backward();
        loss.backward();
      });
}

TEST(MessageBackward, without_a_parameter_below) {
  expect_message<AutogradError>(
      "[backward] the tensor requires no gradient: no operation on a leaf with gradient made it",
      [] { ones({2}).sum().backward(); });
}

TEST(MessageBackward, of_what_was_computed_under_no_grad) {
  expect_message<AutogradError>(
      "[backward] the tensor requires no gradient: no operation on a leaf with gradient made it", [] {
        const Tensor x = parameter();
        Tensor loss;
        {
          const NoGrad no_grad;
          loss = (x * x).sum();
        }
        loss.backward();
      });
}

TEST(MessageInPlace, on_a_parameter) {
  expect_message<AutogradError>(
      "[add_] changes a tensor in place that requires a gradient; wrap it in NoGrad or use detach()",
      [] { parameter().add_(1.0); });
}

TEST(MessageInPlace, on_a_parameter_between_forward_and_backward) {
  expect_message<AutogradError>(
      "[mul] a tensor of shape (2, 3) that backward needs was changed in place after it was used", [] {
        const Tensor x = parameter();
        const Tensor loss = (x * x).sum();
        {
          const NoGrad no_grad;
          x.add_(1.0);
        }
        loss.backward();
      });
}

TEST(MessageInPlace, on_a_result_that_backward_needs) {
  expect_message<AutogradError>(
      "[add_] changes elements in place inside the graph that another tensor sees (a view, its base, or what backward "
      "saved); use the operation without '_', or index_put_ on the base",
      [] {
        const Tensor y = exp(parameter());
        const Tensor loss = (y * y).sum();
        y.add_(1.0);
        loss.backward();
      });
}

TEST(MessageInPlace, on_elements_that_are_repeated) {
  expect_message<ValueError>("[add_] changes a tensor in place whose elements are repeated: use clone()", [] {
    expand(ones({1, 3}), Shape{4, 3}).add_(1.0);
  });
}

}  // namespace
}  // namespace tinytorch
