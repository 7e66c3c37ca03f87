// Task 1.2: raw::permute.

#include "modules/01_tensor/tests/oracle.hpp"

namespace tinytorch {
namespace {

Shape counted_from_the_front(Shape order, std::int64_t rank) {
  for (std::int64_t& dim : order) dim = dim < 0 ? dim + rank : dim;
  return order;
}

// Element by element: place k of the result is place order[k] of x.
Tensor permuted(const Tensor& x, const Shape& dims) {
  const Shape order = counted_from_the_front(dims, x.dim());
  Shape sizes;
  for (const std::int64_t d : order) sizes.push_back(x.sizes()[d]);
  return make(sizes, x.dtype(), [&](const Shape& index) {
    Shape from = index;
    for (std::int64_t k = 0; k < order.size(); ++k) from[order[k]] = index[k];
    return lab::at(x, from);
  });
}

Tensor permuted_or_error(const Tensor& x, const Shape& dims) {
  if (dims.size() != x.dim()) throw ShapeError("a dimension too many or too few");
  for (const std::int64_t dim : dims) {
    if (dim < -x.dim() || dim >= x.dim()) throw IndexError("out of range");
  }
  const Shape order = counted_from_the_front(dims, x.dim());
  for (std::int64_t k = 0; k < order.size(); ++k) {
    for (std::int64_t l = 0; l < k; ++l) {
      if (order[k] == order[l]) throw ShapeError("named twice");
    }
  }
  return permuted(x, dims);
}

Shape with_random_signs(lab::Case& c, Shape order) {
  const std::int64_t rank = order.size();
  for (std::int64_t& dim : order) dim = c.coin() ? dim - rank : dim;
  return order;
}

// One of: valid, a dimension named twice (also once from each end), a dimension missing, a dimension out of range.
Shape maybe_invalid(lab::Case& c, std::int64_t rank) {
  Shape order = c.permutation(rank);
  const std::int64_t place = c.integer(0, rank - 1);
  switch (c.integer(0, 6)) {
    case 0:
      order[place] = order[(place + 1) % rank];
      break;
    case 4:
      order[place] = order[(place + 1) % rank] - rank;
      break;
    case 1:
      order.erase(place);
      break;
    case 2:
      order[place] = rank + c.integer(0, 2);
      break;
    case 3:
      order[place] = -rank - c.integer(1, 2);
      break;
    default:
      break;
  }
  return order;
}

}  // namespace

TASK_TEST(1, 2, place_k_holds_dimension_order_k) {
  lab::cases(40, [](lab::Case& c) {
    const Tensor x = c.input("x", c.distinct(c.shape(0, 4)));
    const Shape order = c.input("order", c.permutation(x.dim()));
    CHECK_SAME("y", raw::permute(x, order), permuted(x, order));
  });
}

TASK_TEST(1, 2, negative_dimensions_of_permute_count_from_the_end) {
  lab::cases(40, [](lab::Case& c) {
    const Tensor x = c.input("x", c.distinct(c.shape(1, 4)));
    const Shape order = c.input("order", with_random_signs(c, c.permutation(x.dim())));
    CHECK_SAME("y", raw::permute(x, order), permuted(x, order));
  });
}

TASK_TEST(1, 2, permute_is_a_view_of_the_same_cells) {
  lab::cases(40, [](lab::Case& c) {
    const Tensor x = c.shown("x", c.distinct(c.shape(1, 4)));
    const Shape order = c.input("order", c.permutation(x.dim()));
    const Tensor y = raw::permute(x, order);
    CHECK_SAME("y.shares_storage(x)", y.shares_storage(x), true);
    write_somewhere(c, x);
    CHECK_SAME("y after a write to x", y, permuted(x, order));
  });
}

TASK_TEST(1, 2, permute_takes_every_dtype) {
  lab::cases(40, [](lab::Case& c) {
    const DType dtype = c.pick({DType::float64, DType::int64, DType::int32, DType::uint8, DType::int8, DType::boolean});
    const Tensor x = c.input("x", c.strided(c.shape(1, 4), dtype));
    const Shape order = c.input("order", c.permutation(x.dim()));
    CHECK_SAME("y", raw::permute(x, order), permuted(x, order));
  });
}

TASK_TEST(1, 2, an_order_that_is_no_permutation_throws) {
  lab::cases(60, [](lab::Case& c) {
    const Tensor x = c.input("x", c.distinct(c.shape(2, 4)));
    const Shape order = c.input("order", maybe_invalid(c, x.dim()));
    CHECK_OUTCOME("y", raw::permute(x, order), permuted_or_error(x, order));
  });
}

}  // namespace tinytorch
