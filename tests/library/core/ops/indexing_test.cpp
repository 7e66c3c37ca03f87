#include "tinytorch/core/indexing.hpp"

#include "tests/library/core/elements.hpp"

#include <cstdlib>

namespace tinytorch {
namespace {

using testing::all_dtypes;
using testing::at;
using testing::for_each_index;
using testing::integer;
using testing::made;
using testing::message_of;
using testing::numbers;
using testing::random_index;
using testing::random_mask;
using testing::random_shape;

std::int64_t index_at(const Tensor& index, const Shape& place) { return static_cast<std::int64_t>(at(index, place)); }

TEST(Gather, agrees_with_its_definition_in_every_dtype) {
  Generator g(1);
  for (const DType dtype : all_dtypes()) {
    for (int round = 0; round < 20; ++round) {
      const Tensor x = numbers(random_shape(g, 1, 3, 1, 4), dtype, g);
      const std::int64_t d = integer(g, 0, x.dim() - 1);
      Shape sizes = x.sizes();
      for (std::int64_t& size : sizes) size = integer(g, 0, size);
      sizes[d] = integer(g, 0, 5);
      const Tensor index = random_index(sizes, 0, x.size(d) - 1, g);
      EXPECT_TRUE(equal(gather(x, d - x.dim(), index), made(sizes, dtype, [&](Shape place) {
                          place[d] = index_at(index, place);
                          return at(x, place);
                        })));
    }
  }
  EXPECT_EQ(gather(scalar(3.0), 0, full({}, 0.0, DType::int64)).item<double>(), 3.0);
}

TEST(Scatter, agrees_with_its_definition_in_every_dtype) {
  Generator g(2);
  for (const DType dtype : all_dtypes()) {
    for (int round = 0; round < 20; ++round) {
      const Tensor x = numbers(random_shape(g, 1, 3, 1, 4), dtype, g);
      const std::int64_t d = integer(g, 0, x.dim() - 1);
      Shape sizes = x.sizes(), source_sizes = x.sizes();
      for (std::int64_t& size : sizes) size = integer(g, 0, size);
      for (std::int64_t k = 0; k < x.dim(); ++k) source_sizes[k] = sizes[k] + integer(g, 0, 1);
      const Tensor index = random_index(sizes, 0, x.size(d) - 1, g), source = numbers(source_sizes, dtype, g);
      Tensor put = to(x, DType::float64).clone(), sum = put.clone();
      for_each_index(sizes, [&](const Shape& place) {
        Shape target = place;
        target[d] = index_at(index, place);
        std::int64_t offset = 0;
        for (std::int64_t k = 0; k < x.dim(); ++k) offset += target[k] * put.stride(k);
        put.data<double>()[offset] = at(source, place);
        sum.data<double>()[offset] += at(source, place);
      });
      EXPECT_TRUE(equal(scatter(x, d, index, source), to(put, dtype)));
      if (dtype != DType::boolean && dtype != DType::int8) {
        EXPECT_TRUE(equal(scatter_add(x, d, index, source), to(to(sum, DType::int64), dtype)));
      }
    }
  }
  EXPECT_EQ(to_string(scatter(zeros({3}), 0, tensor({2, 0}), 4.0)), "[4., 0., 4.]");
}

TEST(Scatter, keeps_the_last_where_an_index_comes_again) {
  const Tensor x = zeros({2});
  EXPECT_EQ(to_string(scatter(x, 0, tensor({1, 1, 1}), tensor({1.0, 2.0, 3.0}))), "[0., 3.]");
  EXPECT_EQ(to_string(scatter_add(x, 0, tensor({1, 1, 1}), tensor({1.0, 2.0, 3.0}))), "[0., 6.]");
  EXPECT_EQ(to_string(x), "[0., 0.]");
}

TEST(IndexAdd, is_the_adjoint_of_index_select) {
  Generator g(3);
  for (int round = 0; round < 50; ++round) {
    const Tensor x = numbers(random_shape(g, 1, 3, 1, 4), DType::float64, g);
    const std::int64_t d = integer(g, -x.dim(), x.dim() - 1);
    const Tensor index = random_index({integer(g, 0, 5)}, 0, x.size(d) - 1, g);
    const Tensor picked = index_select(x, d, index);
    const Tensor y = numbers(picked.sizes(), DType::float64, g);
    EXPECT_EQ(sum(picked * y).item<double>(),
              sum(x * index_add(zeros(x.sizes(), DType::float64), d, index, y)).item<double>());
    EXPECT_TRUE(
        equal(index_add(x, d, index, y, -3.0), x + index_add(zeros(x.sizes(), DType::float64), d, index, y) * -3.0));
  }
}

TEST(IndexSelect, takes_any_dimension_layout_and_dtype) {
  Generator g(4);
  for (const DType dtype : all_dtypes()) {
    for (int round = 0; round < 20; ++round) {
      const Tensor x = numbers(random_shape(g, 1, 3, 1, 4), dtype, g);
      const std::int64_t d = integer(g, 0, x.dim() - 1);
      const Tensor index = random_index({integer(g, 0, 5)}, 0, x.size(d) - 1, g);
      Shape sizes = x.sizes();
      sizes[d] = index.numel();
      EXPECT_TRUE(equal(index_select(x, d, to(index, DType::int32)), made(sizes, dtype, [&](Shape place) {
                          place[d] = index_at(index, {place[d]});
                          return at(x, place);
                        })));
    }
  }
}

TEST(Masks, choose_and_fill_in_row_major_order) {
  Generator g(5);
  for (const DType dtype : all_dtypes()) {
    const Tensor x = numbers({3, 4}, dtype, g), mask = random_mask({3, 4}, g);
    std::vector<double> chosen;
    for_each_index(x.sizes(), [&](const Shape& place) {
      if (at(mask, place) != 0.0) chosen.push_back(at(x, place));
    });
    const Tensor picked = masked_select(x, mask);
    ASSERT_EQ(picked.numel(), static_cast<std::int64_t>(chosen.size()));
    for (std::int64_t i = 0; i < picked.numel(); ++i) EXPECT_EQ(at(picked, {i}), chosen[static_cast<std::size_t>(i)]);
    EXPECT_TRUE(equal(x.index({mask}), picked));
    const Tensor filled = masked_fill(x, mask, 1.0);
    EXPECT_EQ(filled.dtype(), dtype);
    for_each_index(x.sizes(), [&](const Shape& place) {
      EXPECT_EQ(at(filled, place), at(mask, place) != 0.0 ? 1.0 : at(x, place));
    });
    const Tensor changed = x.clone();
    changed.masked_fill_(mask, 1.0);
    EXPECT_TRUE(equal(changed, filled));
  }
  EXPECT_EQ(masked_fill(tensor({1.0, 2.0}), tensor({{1, 0}, {0, 1}}, DType::boolean), 7.0).sizes(), (Shape{2, 2}));
  EXPECT_EQ(masked_select(zeros({0, 2}), zeros({2}, DType::boolean)).sizes(), Shape{0});
}

TEST(Nonzero, lists_the_places_of_what_is_not_zero) {
  EXPECT_EQ(to_string(nonzero(tensor({{0, 2}, {3, 0}}))), "[[0, 1],\n [1, 0]]");
  EXPECT_EQ(nonzero(scalar(1.0)).sizes(), (Shape{1, 0}));
  EXPECT_EQ(nonzero(zeros({2, 3})).sizes(), (Shape{0, 2}));
}

TEST(OneHot, marks_each_class) {
  EXPECT_EQ(to_string(one_hot(tensor({2, 0}))), "[[0, 0, 1],\n [1, 0, 0]]");
  EXPECT_EQ(one_hot(zeros({2, 0}, DType::int64), 4).sizes(), (Shape{2, 0, 4}));
  EXPECT_EQ(one_hot(scalar(1.0, DType::int64), 3).sizes(), Shape{3});
  EXPECT_EQ(message_of<IndexError>([] { one_hot(tensor({0, 3}), 3); }), "[one_hot] class 3 is outside 0..2");
  EXPECT_EQ(message_of<IndexError>([] { one_hot(tensor({0, -1})); }), "[one_hot] class -1 is outside 0..0");
  EXPECT_EQ(message_of<DTypeError>([] { one_hot(tensor({0.0})); }), "[one_hot] classes are int64, not float32");
}

// One dimension at a time: numbers, slices and new dimensions in random order, beside select, slice and unsqueeze.
TEST(Index, with_basic_indices_is_a_chain_of_views) {
  Generator g(6);
  for (int round = 0; round < 200; ++round) {
    const Tensor x = numbers(random_shape(g, 1, 4, 1, 4), all_dtypes()[g.below(7)], g);
    std::vector<TensorIndex> indices;
    Tensor expected = x;
    std::int64_t d = 0;
    const std::int64_t used = integer(g, 0, x.dim());
    for (std::int64_t i = 0; i < used; ++i) {
      const std::int64_t size = x.size(i);
      if (g.below(3) == 0) {
        indices.emplace_back(None);
        expected = unsqueeze(expected, d++);
      }
      if (g.below(2) == 0) {
        const std::int64_t at_place = integer(g, -size, size - 1);
        indices.emplace_back(at_place);
        expected = select(expected, d, at_place);
      } else {
        const std::int64_t start = integer(g, -6, 6), stop = integer(g, -6, 6), step = integer(g, 1, 3);
        indices.emplace_back(Slice(start, stop, step));
        expected = slice(expected, d++, start, stop, step);
      }
    }
    const Tensor y = indexing::index(x, indices);
    ASSERT_TRUE(equal(y, expected));
    EXPECT_TRUE(y.shares_storage(x));
    indices.insert(indices.begin(), TensorIndex(Ellipsis));
    if (used == x.dim()) {
      ASSERT_TRUE(equal(indexing::index(x, indices), expected));
    }
  }
}

TEST(Index, reads_as_brackets_do) {
  const Tensor x = reshape(arange(24), {2, 3, 4});
  EXPECT_EQ(to_string(x.index({1, 2, 3})), "23");
  EXPECT_EQ(to_string(x.index({Ellipsis, 0})), "[[0, 4, 8],\n [12, 16, 20]]");
  EXPECT_EQ(to_string(x.index({0, Slice(1, None), Slice(None, None, 2)})), "[[4, 6],\n [8, 10]]");
  EXPECT_EQ(x.index({None, Ellipsis, None}).sizes(), (Shape{1, 2, 3, 4, 1}));
  EXPECT_EQ(x.index({Slice(), Slice(None, -1), Slice(5, None)}).sizes(), (Shape{2, 2, 0}));
  EXPECT_EQ(x.index({}).sizes(), x.sizes());
  EXPECT_EQ(x.index({true}).sizes(), (Shape{1, 2, 3, 4}));
  EXPECT_EQ(x.index({false}).sizes(), (Shape{0, 2, 3, 4}));
  EXPECT_EQ(x.index({tensor({1}).select(0, 0)}).sizes(), (Shape{3, 4}));
}

TEST(Index, with_tensors_agrees_with_its_definition) {
  Generator g(7);
  for (int round = 0; round < 60; ++round) {
    const Tensor x = numbers({3, 4, 5}, all_dtypes()[g.below(7)], g);
    const Tensor a = random_index({2, 1}, -3, 2, g), b = random_index({3}, -4, 3, g), c = random_index({3}, -5, 4, g);
    const auto wrap = [](std::int64_t i, std::int64_t n) { return i < 0 ? i + n : i; };
    const auto ia = [&](std::int64_t i) { return wrap(index_at(a, {i, 0}), 3); };
    const auto ib = [&](std::int64_t j) { return wrap(index_at(b, {j}), 4); };
    const auto ic = [&](std::int64_t j) { return wrap(index_at(c, {j}), 5); };
    EXPECT_TRUE(equal(x.index({a}), made({2, 1, 4, 5}, x.dtype(), [&](const Shape& i) {
                        return at(x, {ia(i[0]), i[2], i[3]});
                      })));
    EXPECT_TRUE(equal(x.index({a, b}), made({2, 3, 5}, x.dtype(), [&](const Shape& i) {
                        return at(x, {ia(i[0]), ib(i[1]), i[2]});
                      })));
    EXPECT_TRUE(equal(x.index({Slice(), b, c}), made({3, 3}, x.dtype(), [&](const Shape& i) {
                        return at(x, {i[0], ib(i[1]), ic(i[1])});
                      })));
    // Apart: the result's dimensions lead.
    EXPECT_TRUE(equal(x.index({a, Slice(1), c}), made({2, 3, 3}, x.dtype(), [&](const Shape& i) {
                        return at(x, {ia(i[0]), i[2] + 1, ic(i[1])});
                      })));
    EXPECT_TRUE(equal(x.index({1, Slice(), c}), made({4, 3}, x.dtype(), [&](const Shape& i) {
                        return at(x, {1, i[0], ic(i[1])});
                      })));
    const Tensor mask = random_mask({4, 5}, g);
    const Tensor found = nonzero(mask);
    EXPECT_TRUE(equal(x.index({Slice(), mask}), made({3, found.size(0)}, x.dtype(), [&](const Shape& i) {
                        return at(x, {i[0], index_at(found, {i[1], 0}), index_at(found, {i[1], 1})});
                      })));
  }
}

TEST(Index, says_what_is_wrong) {
  const Tensor x = zeros({2, 3});
  EXPECT_EQ(message_of<IndexError>([&] { x.index({0, 0, 0}); }), "[index] indices of 3 dimensions for (2, 3)");
  EXPECT_EQ(message_of<IndexError>([&] { x.index({Ellipsis, Ellipsis}); }), "[index] more than one Ellipsis");
  EXPECT_EQ(message_of<IndexError>([&] { x.index({2}); }),
            "[select] index 2 is out of range for dimension 0 of (2, 3)");
  EXPECT_EQ(message_of<IndexError>([&] {
              x.index({Slice(), tensor({0, 3})});
            }),
            "[index] index 3 is out of range for dimension 1 of (2, 3)");
  EXPECT_EQ(message_of<IndexError>([&] { x.index({zeros({3}, DType::boolean)}); }),
            "[index] a mask of (3,) does not fit in (2, 3) from dimension 0 on");
  EXPECT_EQ(message_of<DTypeError>([&] { x.index({zeros({2})}); }),
            "[index] a tensor of indices is int64 or boolean, not float32");
  EXPECT_EQ(message_of<ValueError>([&] { x.index({Slice(None, None, -1)}); }), "[slice] step must be at least 1: -1");
}

TEST(IndexPut, writes_what_index_reads) {
  Generator g(8);
  for (int round = 0; round < 100; ++round) {
    const Tensor x = numbers({3, 4, 5}, all_dtypes()[g.below(7)], g);
    const std::vector<std::vector<TensorIndex>> ways{
        {1},
        {Slice(1), Ellipsis, Slice(0, 5, 2)},
        {None, 0},
        {random_mask({3, 4}, g)},
        {Slice(), tensor({3, 1})},
        {tensor({0, 2}), Slice(), tensor({1, 4})},
    };
    const std::vector<TensorIndex>& way = ways[g.below(ways.size())];
    const Tensor places = indexing::index(reshape(arange(60), {3, 4, 5}), way);
    const Tensor values = numbers(places.sizes(), x.dtype(), g);
    Tensor expected = to(x, DType::float64).clone();
    for_each_index(places.sizes(),
                   [&](const Shape& place) { expected.data<double>()[index_at(places, place)] = at(values, place); });
    indexing::index_put_(x, way, values);
    ASSERT_TRUE(equal(x, to(expected, x.dtype())));
    EXPECT_TRUE(equal(indexing::index(x, way), values));
  }
}

TEST(IndexPut, broadcasts_converts_and_adds) {
  const Tensor x = zeros({2, 3}, DType::int64);
  x.index_put_({Slice(), 1}, tensor({1.0, 2.0}));
  x.index_put_({0}, 7.0);
  EXPECT_EQ(to_string(x), "[[7, 7, 7],\n [0, 2, 0]]");
  x.index_put_({tensor({1, 1, 0})}, ones({3}, DType::int64), true);
  EXPECT_EQ(to_string(x), "[[8, 8, 8],\n [2, 4, 2]]");
  x.index_put_({eq(x, full({}, 8, DType::int64))}, -1.0);
  EXPECT_EQ(to_string(x), "[[-1, -1, -1],\n [2, 4, 2]]");
}

TEST(Indexing, says_which_index_shape_or_dtype_does_not_fit) {
  const Tensor x = zeros({2, 3});
  EXPECT_EQ(message_of<IndexError>([&] { gather(x, 1, tensor({{0, 3}})); }), "[gather] index 3 is outside 0..2");
  EXPECT_EQ(message_of<ShapeError>([&] {
              gather(x, 1, tensor({0, 1}));
            }),
            "[gather] an index of (2,) does not fit in (2, 3)");
  EXPECT_EQ(message_of<ShapeError>([&] {
              scatter(x, 1, tensor({{0, 1}}), zeros({1, 1}));
            }),
            "[scatter] an index of (1, 2) does not fit in (1, 1)");
  EXPECT_EQ(message_of<DTypeError>([&] { gather(x, 1, zeros({1, 1})); }), "[gather] an index is int64, not float32");
  EXPECT_EQ(message_of<ShapeError>([&] {
              index_add(x, 0, tensor({0}), zeros({2, 3}));
            }),
            "[index_add] a source of (2, 3) for 1 indices into dimension 0 of (2, 3)");
  EXPECT_EQ(message_of<ShapeError>([&] {
              stack(std::vector{x, zeros({3})});
            }),
            "[stack] shapes differ: (2, 3) and (3,)");
}

}  // namespace
}  // namespace tinytorch
