#include "tinytorch/core/views.hpp"

#include "tests/library/core/elements.hpp"
#include "tinytorch/core/arrange.hpp"

namespace tinytorch {
namespace {

using testing::all_dtypes;
using testing::at;
using testing::for_each_index;
using testing::integer;
using testing::made;
using testing::message_of;
using testing::numbers;
using testing::random_shape;

// Whether y[f(index of x)] is x[index] everywhere, and y has as many elements.
template <class F>
::testing::AssertionResult moved(const Tensor& x, const Tensor& y, F f) {
  if (x.numel() != y.numel() || x.dtype() != y.dtype()) return ::testing::AssertionFailure() << to_string(y.sizes());
  bool same = true;
  for_each_index(x.sizes(), [&](const Shape& index) { same &= at(x, index) == at(y, f(index)); });
  return same ? ::testing::AssertionSuccess() : ::testing::AssertionFailure() << to_string(x) << "\n" << to_string(y);
}

TEST(Views, are_views_of_the_same_elements_in_every_dtype) {
  Generator g(1);
  for (const DType dtype : all_dtypes()) {
    for (int round = 0; round < 20; ++round) {
      const Tensor x = numbers(random_shape(g, 1, 4, 0, 3), dtype, g);
      const std::int64_t a = integer(g, -x.dim(), x.dim() - 1), b = integer(g, 0, x.dim() - 1);
      const std::int64_t from = wrap_dim(a, x.dim(), "test");
      const Tensor moved_dim = movedim(x, a, b);
      EXPECT_TRUE(moved(x, moved_dim, [&](Shape index) {
        const std::int64_t i = index[from];
        index.erase(from);
        index.insert(b, i);
        return index;
      }));
      EXPECT_TRUE(moved(x, transpose(x, a, b), [&](Shape index) {
        std::swap(index[from], index[b]);
        return index;
      }));
      EXPECT_TRUE(moved(x, unsqueeze(x, b), [&](Shape index) {
        index.insert(b, 0);
        return index;
      }));
      EXPECT_TRUE(equal(squeeze(unsqueeze(x, b), b), x));
      EXPECT_TRUE(moved_dim.shares_storage(x));
    }
  }
}

TEST(Views, of_shape_agree_with_row_major_order) {
  Generator g(2);
  for (int round = 0; round < 100; ++round) {
    const Tensor x = numbers(random_shape(g, 2, 4, 0, 4), DType::int64, g);
    const Tensor flat = reshape(x, {x.numel()});
    const std::int64_t start = integer(g, 0, x.dim() - 1), end = integer(g, start, x.dim() - 1);
    const Tensor merged = flatten(x, start, end - x.dim());
    ASSERT_EQ(merged.dim(), x.dim() - (end - start));
    EXPECT_TRUE(equal(reshape(merged, flat.sizes()), flat));
    Shape parts;
    for (std::int64_t d = start; d <= end; ++d) parts.push_back(x.sizes()[d]);
    EXPECT_TRUE(equal(unflatten(merged, start, parts), x));
  }
  EXPECT_EQ(flatten(scalar(2.0)).sizes(), Shape{1});
  EXPECT_EQ(unflatten(zeros({2, 6}), -1, {3, -1}).sizes(), (Shape{2, 3, 2}));
}

TEST(Views, view_is_a_view_or_says_that_strides_forbid_it) {
  const Tensor x = zeros({2, 3});
  EXPECT_TRUE(x.view({3, -1}).shares_storage(x));
  EXPECT_EQ(message_of<ShapeError>([&] { x.t().view({6}); }),
            "[view] no strides read (3, 2) with strides (1, 3) as (6,): use reshape, which copies");
  EXPECT_EQ(x.t().reshape({6}).sizes(), Shape{6});
  EXPECT_EQ(view_as(zeros({6}), x).sizes(), x.sizes());
  EXPECT_EQ(zeros({0, 3}).transpose(0, 1).view({0}).sizes(), Shape{0});
}

TEST(Views, of_a_scalar_count_it_as_one_dimension) {
  const Tensor x = scalar(3.0);
  EXPECT_EQ(transpose(x, 0, -1).sizes(), Shape{});
  EXPECT_EQ(squeeze(x, 0).sizes(), Shape{});
  EXPECT_EQ(squeeze(x).sizes(), Shape{});
  EXPECT_EQ(t(x).sizes(), Shape{});
  EXPECT_EQ(unsqueeze(x, -1).sizes(), Shape{1});
  EXPECT_EQ(expand(x, {2, 0}).sizes(), (Shape{2, 0}));
  EXPECT_EQ(unfold(x, 0, 1, 1).sizes(), Shape{1});
}

TEST(Views, squeeze_drops_every_dimension_of_size_1) {
  EXPECT_EQ(zeros({1, 2, 1, 3, 1}).squeeze().sizes(), (Shape{2, 3}));
  EXPECT_EQ(zeros({1, 2}).squeeze(0).sizes(), Shape{2});
  EXPECT_EQ(zeros({1, 2}).squeeze(1).sizes(), (Shape{1, 2}));
}

TEST(Views, narrow_and_diagonal_and_unfold_agree_with_their_definition) {
  Generator g(3);
  for (int round = 0; round < 100; ++round) {
    const Tensor x = numbers(random_shape(g, 2, 3, 1, 5), DType::float32, g);
    const std::int64_t size = x.size(0), start = integer(g, 0, size), length = integer(g, 0, size - start);
    const Tensor part = narrow(x, -x.dim(), start, length);
    for_each_index(part.sizes(), [&](Shape index) {
      const double value = at(part, index);
      index[0] += start;
      ASSERT_EQ(value, at(x, index));
    });
    const std::int64_t offset = integer(g, -5, 5);
    const Tensor line = diagonal(x, offset, -1, 0);
    for_each_index(line.sizes(), [&](Shape index) {
      const double value = at(line, index);
      const std::int64_t i = index.back();
      index.pop_back();
      index.insert(0, i + std::max<std::int64_t>(0, offset));
      index.push_back(i + std::max<std::int64_t>(0, -offset));
      ASSERT_EQ(value, at(x, index)) << offset << to_string(x.sizes());
    });
    const std::int64_t window = integer(g, 0, size), step = integer(g, 1, 3);
    const Tensor windows = unfold(x, 0, window, step);
    ASSERT_EQ(windows.size(0), (size - window) / step + 1);
    for_each_index(windows.sizes(), [&](Shape index) {
      const double value = at(windows, index);
      const std::int64_t i = index.back();
      index.pop_back();
      index[0] = index[0] * step + i;
      ASSERT_EQ(value, at(x, index));
    });
  }
}

TEST(Views, split_into_parts_that_make_up_the_whole) {
  Generator g(4);
  for (int round = 0; round < 60; ++round) {
    const Tensor x = numbers(random_shape(g, 1, 3, 1, 6), DType::int32, g);
    const std::int64_t d = integer(g, -x.dim(), x.dim() - 1), size = integer(g, 1, 7);
    EXPECT_TRUE(equal(cat(split(x, size, d), d), x));
    EXPECT_TRUE(equal(cat(chunk(x, size, d), d), x));
    EXPECT_TRUE(equal(stack(unbind(x, d), d), x));
    EXPECT_LE(static_cast<std::int64_t>(chunk(x, size, d).size()), size);
  }
  EXPECT_EQ(split(zeros({5}), 2).back().sizes(), Shape{1});
  EXPECT_EQ(split(zeros({5}), Shape{1, 0, 4})[2].sizes(), Shape{4});
  EXPECT_EQ(chunk(zeros({5}), 3).size(), 3U);
  EXPECT_EQ(chunk(zeros({0}), 3).size(), 3U);
  EXPECT_EQ(split(zeros({0, 2}), 3).size(), 1U);
  EXPECT_TRUE(unbind(zeros({0, 2})).empty());
}

TEST(Views, say_what_is_wrong) {
  const Tensor x = zeros({2, 3});
  EXPECT_EQ(message_of<IndexError>([&] { narrow(x, 1, 2, 2); }),
            "[narrow] 2 elements from 2 are not in dimension 1 of (2, 3)");
  EXPECT_EQ(message_of<ShapeError>([&] { flatten(x, 1, 0); }), "[flatten] starts at 1, after its end 0");
  EXPECT_EQ(message_of<ShapeError>([&] {
              unflatten(x, 1, {2, -1});
            }),
            "[unflatten] dimension 1 of (2, 3) can't become (2, -1)");
  EXPECT_EQ(message_of<ShapeError>([&] {
              movedim(x, Shape{0, 0}, Shape{0, 1});
            }),
            "[movedim] dimension named twice: (0, 0) to (0, 1)");
  EXPECT_EQ(message_of<ShapeError>([&] { t(zeros({2, 3, 4})); }), "[t] more than two dimensions: (2, 3, 4)");
  EXPECT_EQ(message_of<ShapeError>([&] {
              split(x, Shape{1, 1}, 1);
            }),
            "[split] parts of (1, 1) do not make up dimension 1 of (2, 3)");
  EXPECT_EQ(message_of<ValueError>([&] { unfold(x, 1, 4, 1); }),
            "[unfold] a window of 4 does not fit in dimension 1 of (2, 3)");
  EXPECT_EQ(message_of<IndexError>([&] { unsqueeze(x, 3); }), "[unsqueeze] dimension 3 is out of range for rank 3");
}

TEST(Rearranged, agree_with_their_definition_in_every_dtype) {
  Generator g(5);
  for (const DType dtype : all_dtypes()) {
    for (int round = 0; round < 10; ++round) {
      const Tensor x = numbers(random_shape(g, 2, 3, 1, 4), dtype, g);
      const std::int64_t n = x.size(0), last = x.size(-1), shift = integer(g, -9, 9);
      EXPECT_TRUE(moved(x, flip(x, Shape{0}), [&](Shape index) {
        index[0] = n - 1 - index[0];
        return index;
      }));
      EXPECT_TRUE(moved(x, roll(x, Shape{shift, 1}, Shape{-1, 0}), [&](Shape index) {
        index.back() = ((index.back() + shift) % last + last) % last;
        index[0] = (index[0] + 1) % n;
        return index;
      }));
      const std::int64_t diagonal = integer(g, -3, 3);
      const auto kept = [&](bool lower) {
        return made(x.sizes(), dtype, [&](const Shape& index) {
          const std::int64_t number = index.back() - index[index.size() - 2];
          return (lower ? number <= diagonal : number >= diagonal) ? at(x, index) : 0.0;
        });
      };
      EXPECT_TRUE(equal(tril(x, diagonal), kept(true)));
      EXPECT_TRUE(equal(triu(x, diagonal), kept(false)));
      Shape repeats = Shape::filled(x.dim() + 1, 2);
      repeats[1] = 3;
      Shape whole = x.sizes();
      whole.insert(0, 1);
      for (std::int64_t d = 0; d < whole.size(); ++d) whole[d] *= repeats[d];
      EXPECT_TRUE(equal(repeat(x, repeats), made(whole, dtype, [&](Shape index) {
                          index.erase(0);
                          for (std::int64_t d = 0; d < x.dim(); ++d) index[d] %= x.sizes()[d];
                          return at(x, index);
                        })));
      Shape longer = x.sizes();
      longer[0] *= 3;
      EXPECT_TRUE(equal(repeat_interleave(x, 3, 0), made(longer, dtype, [&](Shape index) {
                          index[0] /= 3;
                          return at(x, index);
                        })));
    }
  }
}

TEST(Rearranged, are_copies) {
  const Tensor x = zeros({1, 1});
  for (const Tensor& y : {flip(x, Shape{0}), roll(x, Shape{0}, Shape{0}), repeat(x, {1, 1}), tril(x)})
    EXPECT_FALSE(y.shares_storage(x));
}

TEST(Rearranged, of_nothing_is_nothing) {
  EXPECT_EQ(flip(zeros({0, 2}), Shape{0, 1}).sizes(), (Shape{0, 2}));
  EXPECT_EQ(roll(zeros({0, 2}), Shape{1}, Shape{0}).sizes(), (Shape{0, 2}));
  EXPECT_EQ(repeat(zeros({2}), {0}).sizes(), Shape{0});
  EXPECT_EQ(tril(zeros({0, 2})).sizes(), (Shape{0, 2}));
  EXPECT_EQ(to_string(tril(full({2, 2}, std::numeric_limits<double>::quiet_NaN()), -2)), "[[0., 0.],\n [0., 0.]]");
}

// The index that a padded dimension reads, found step by step from the edge.
std::int64_t source_place(std::int64_t i, std::int64_t size, const std::string& mode) {
  while (i < 0 || i >= size) {
    if (mode == "reflect") i = i < 0 ? -i : 2 * (size - 1) - i;
    if (mode == "replicate") i = i < 0 ? 0 : size - 1;
    if (mode == "circular") i += i < 0 ? size : -size;
  }
  return i;
}

TEST(Pad, agrees_with_its_definition_in_every_mode) {
  Generator g(6);
  for (const std::string mode : {"constant", "reflect", "replicate", "circular"}) {
    for (int round = 0; round < 40; ++round) {
      const Tensor x = numbers(random_shape(g, 2, 3, 3, 5), DType::float64, g);
      const std::int64_t low = mode == "constant" ? -1 : 0;
      const Shape by{integer(g, low, 2), integer(g, low, 2), integer(g, low, 2), integer(g, low, 2)};
      Shape sizes = x.sizes();
      const std::int64_t last = x.dim() - 1;
      sizes[last] += by[0] + by[1];
      sizes[last - 1] += by[2] + by[3];
      const Tensor expected = made(sizes, DType::float64, [&](Shape index) {
        for (const std::int64_t d : {last, last - 1}) {
          index[d] -= d == last ? by[0] : by[2];
          if (mode == "constant" && (index[d] < 0 || index[d] >= x.sizes()[d])) return 9.0;
          index[d] = source_place(index[d], x.sizes()[d], mode);
        }
        return at(x, index);
      });
      ASSERT_TRUE(equal(pad(x, by, mode, 9.0), expected)) << mode << to_string(by) << to_string(x.sizes());
    }
  }
}

TEST(Pad, takes_every_dtype_and_says_what_is_wrong) {
  for (const DType dtype : all_dtypes()) EXPECT_EQ(pad(ones({1}, dtype), Shape{1, 0}).select(0, 0).item<double>(), 0.0);
  EXPECT_EQ(pad(zeros({0}), Shape{1, 1}).sizes(), Shape{2});
  EXPECT_EQ(message_of<ShapeError>([] {
              pad(zeros({2, 3}), Shape{3, 0}, "reflect");
            }),
            "[pad] reflect by (3, 0) of a dimension of size 3");
  EXPECT_EQ(message_of<ValueError>([] {
              pad(zeros({2, 3}), Shape{1, 0}, "mirror");
            }),
            "[pad] mode is constant, reflect, replicate or circular, not 'mirror'");
  EXPECT_EQ(message_of<ShapeError>([] {
              pad(zeros({3}), Shape{1, 0, 1, 0});
            }),
            "[pad] 4 numbers for (3,): two for each dimension from the last on");
}

TEST(Meshgrid, spans_a_grid) {
  const std::vector<Tensor> grids = meshgrid({arange(2), arange(3)});
  EXPECT_EQ(to_string(grids[0]), "[[0, 0, 0],\n [1, 1, 1]]");
  EXPECT_EQ(to_string(grids[1]), "[[0, 1, 2],\n [0, 1, 2]]");
  EXPECT_EQ(meshgrid({arange(2), arange(3)}, "xy")[0].sizes(), (Shape{3, 2}));
}

TEST(Diag, goes_both_ways) {
  EXPECT_EQ(to_string(diag(tensor({1, 2}), 1)), "[[0, 1, 0],\n [0, 0, 2],\n [0, 0, 0]]");
  EXPECT_EQ(to_string(diag(reshape(arange(6), {2, 3}), -1)), "[3]");
}

TEST(Lists, may_be_written_in_place) {
  const Tensor x = reshape(arange(6), {2, 3});
  EXPECT_TRUE(equal(pad(x, {1, 0}), pad(x, Shape{1, 0})));
  EXPECT_TRUE(equal(pad(x, {1, 1}, "replicate"), pad(x, Shape{1, 1}, "replicate")));
  EXPECT_TRUE(equal(flip(x, {0, 1}), flip(x, Shape{0, 1})));
  EXPECT_TRUE(equal(roll(x, {1}), roll(x, Shape{1})));
  EXPECT_TRUE(equal(roll(x, {1, 2}, {0, 1}), roll(x, Shape{1, 2}, Shape{0, 1})));
  EXPECT_TRUE(equal(permute(x, {1, 0}), x.t()));
  EXPECT_TRUE(equal(movedim(x, {0, 1}, {1, 0}), x.t()));
  EXPECT_TRUE(equal(split(x, {1, 2}, 1)[1], x.slice(1, 1, 3)));
  EXPECT_TRUE(equal(x.split({1, 2}, 1)[0], x.slice(1, 0, 1)));
  EXPECT_EQ(x.split(2, 1).size(), 2U);
  const Tensor y = x.to(DType::float32);
  EXPECT_TRUE(equal(tensordot(y, y, {1}, {1}), matmul(y, y.t())));
  EXPECT_EQ(pad(ones({1, 1, 1, 1, 1}), {1, 0, 1, 0, 1, 0, 1, 0, 1, 0}).numel(), 32)
      << "more numbers than a Shape holds";
}

}  // namespace
}  // namespace tinytorch
