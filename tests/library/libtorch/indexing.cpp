// Elements and parts of tensors, and their shapes.

#include "tests/library/libtorch/says.hpp"

namespace says {
namespace {

using tt::indexing::Ellipsis;
using tt::indexing::None;
using tt::indexing::Slice;

SAYS(indexing, brackets) { EXPECT_EQ(numbers(two_by_three()[1]), (Numbers{4, 5, 6})); }
SAYS(indexing, two_brackets) { EXPECT_EQ(two_by_three()[1][2].item<float>(), 6.0F); }
SAYS(indexing, assignment_to_an_element) {
  tt::Tensor x = tt::zeros({2, 2});
  x[0][1] = 5;
  EXPECT_EQ(numbers(x), (Numbers{0, 5, 0, 0}));
}
SAYS(indexing, assignment_to_a_row) {
  tt::Tensor x = tt::zeros({2, 2});
  x[1] = tt::ones({2});
  EXPECT_EQ(numbers(x), (Numbers{0, 0, 1, 1}));
}
SAYS(indexing, item_of_a_type) { EXPECT_EQ(tt::tensor({7}).item<int64_t>(), 7); }
SAYS(indexing, item_to_float) { EXPECT_EQ(tt::tensor({1.5}).item().toFloat(), 1.5F); }
SAYS(indexing, item_to) { EXPECT_EQ(tt::tensor({1.5}).item().to<double>(), 1.5); }
SAYS(indexing, item_to_long) { EXPECT_EQ(tt::tensor({3}).item().toLong(), 3); }
SAYS(indexing, slice) { EXPECT_EQ(numbers(two_by_three().index({Slice(), 1})), (Numbers{2, 5})); }
SAYS(indexing, slice_of_a_range) { EXPECT_EQ(numbers(tt::arange(6).index({Slice(1, None, 2)})), (Numbers{1, 3, 5})); }
SAYS(indexing, ellipsis) { EXPECT_EQ(shape(tt::zeros({2, 3, 4}).index({Ellipsis, 0})), (Sizes{2, 3})); }
SAYS(indexing, none) { EXPECT_EQ(shape(tt::zeros({2}).index({None})), (Sizes{1, 2})); }
SAYS(indexing, tensor_of_indices) { EXPECT_EQ(numbers(tt::arange(5).index({tt::tensor({3, 1})})), (Numbers{3, 1})); }
SAYS(indexing, mask) {
  const tt::Tensor x = two_by_three();
  EXPECT_EQ(numbers(x.index({x > 4})), (Numbers{5, 6}));
}
SAYS(indexing, index_put) {
  tt::Tensor x = tt::zeros({3});
  x.index_put_({1}, 2.0);
  EXPECT_EQ(numbers(x), (Numbers{0, 2, 0}));
}
SAYS(indexing, index_put_of_a_slice) {
  tt::Tensor x = tt::zeros({4});
  x.index_put_({Slice(0, 2)}, tt::ones({2}));
  EXPECT_EQ(numbers(x), (Numbers{1, 1, 0, 0}));
}
SAYS(indexing, select) { EXPECT_EQ(numbers(two_by_three().select(1, 0)), (Numbers{1, 4})); }
SAYS(indexing, narrow) { EXPECT_EQ(numbers(two_by_three().narrow(1, 1, 2)), (Numbers{2, 3, 5, 6})); }
SAYS(indexing, slice_member) { EXPECT_EQ(numbers(tt::arange(5).slice(0, 1, 3)), (Numbers{1, 2})); }
SAYS(indexing, gather) { EXPECT_EQ(numbers(two_by_three().gather(1, tt::tensor({{2}, {0}}))), (Numbers{3, 4})); }
SAYS(indexing, scatter_in_place) {
  EXPECT_EQ(numbers(tt::zeros({3}).scatter_(0, tt::tensor({2}), 1.0)), (Numbers{0, 0, 1}));
}
SAYS(indexing, scatter_add_in_place) {
  EXPECT_EQ(numbers(tt::zeros({2}).scatter_add_(0, tt::tensor({1, 1}), tt::ones({2}))), (Numbers{0, 2}));
}
SAYS(indexing, index_select) {
  EXPECT_EQ(numbers(tt::index_select(two_by_three(), 1, tt::tensor({2, 0}))), (Numbers{3, 1, 6, 4}));
}
SAYS(indexing, index_add_in_place) {
  EXPECT_EQ(numbers(tt::zeros({2}).index_add_(0, tt::tensor({1}), tt::ones({1}))), (Numbers{0, 1}));
}
SAYS(indexing, masked_fill) {
  EXPECT_EQ(numbers(tt::arange(3.0).masked_fill(tt::arange(3.0) > 1, -1)), (Numbers{0, 1, -1}));
}
SAYS(indexing, masked_select) {
  const tt::Tensor x = tt::arange(4);
  EXPECT_EQ(numbers(x.masked_select(x > 1)), (Numbers{2, 3}));
}
SAYS(indexing, where) {
  const tt::Tensor x = tt::tensor({-1.0, 2.0});
  EXPECT_EQ(numbers(tt::where(x > 0, x, tt::zeros_like(x))), (Numbers{0, 2}));
}
SAYS(indexing, nonzero) { EXPECT_EQ(numbers(tt::nonzero(tt::tensor({0, 3, 0, 5}))), (Numbers{1, 3})); }
SAYS(indexing, take) { EXPECT_EQ(numbers(tt::take(two_by_three(), tt::tensor({0, 5}))), (Numbers{1, 6})); }
SAYS(indexing, take_along_dim) {
  EXPECT_EQ(numbers(tt::take_along_dim(two_by_three(), tt::tensor({{1}, {1}}), 1)), (Numbers{2, 5}));
}
SAYS(indexing, index_fill) {
  EXPECT_EQ(numbers(tt::index_fill(tt::zeros({3}), 0, tt::tensor({1}), 4)), (Numbers{0, 4, 0}));
}
SAYS(indexing, data_ptr) { EXPECT_EQ(two_by_three().data_ptr<float>()[2], 3.0F); }
SAYS(indexing, accessor) {
  const tt::Tensor x = two_by_three();
  const auto a = x.accessor<float, 2>();
  EXPECT_EQ(a[1][0], 4.0F);
}

SAYS(shapes, sizes) { EXPECT_EQ(two_by_three().sizes(), (tt::IntArrayRef{2, 3})); }
SAYS(shapes, size) { EXPECT_EQ(two_by_three().size(-1), 3); }
SAYS(shapes, sizes_as_a_vector) { EXPECT_EQ(two_by_three().sizes().vec(), (Sizes{2, 3})); }
SAYS(shapes, dim_and_numel) { EXPECT_EQ(two_by_three().dim() * two_by_three().numel(), 12); }
SAYS(shapes, view) { EXPECT_EQ(shape(two_by_three().view({-1, 2})), (Sizes{3, 2})); }
SAYS(shapes, view_of_one_size) { EXPECT_EQ(shape(two_by_three().view(-1)), (Sizes{6})); }
SAYS(shapes, reshape) { EXPECT_EQ(shape(two_by_three().t().reshape({6})), (Sizes{6})); }
SAYS(shapes, flatten) { EXPECT_EQ(shape(tt::flatten(tt::zeros({2, 3, 4}), 1)), (Sizes{2, 12})); }
SAYS(shapes, transpose) { EXPECT_EQ(shape(two_by_three().transpose(0, 1)), (Sizes{3, 2})); }
SAYS(shapes, mT) { EXPECT_EQ(shape(tt::zeros({5, 2, 3}).mT()), (Sizes{5, 3, 2})); }
SAYS(shapes, permute) { EXPECT_EQ(shape(tt::zeros({2, 3, 4}).permute({2, 0, 1})), (Sizes{4, 2, 3})); }
SAYS(shapes, squeeze) { EXPECT_EQ(shape(tt::zeros({1, 3, 1}).squeeze()), (Sizes{3})); }
SAYS(shapes, unsqueeze) { EXPECT_EQ(shape(tt::zeros({3}).unsqueeze(0)), (Sizes{1, 3})); }
SAYS(shapes, expand) { EXPECT_EQ(shape(tt::zeros({1, 3}).expand({2, -1})), (Sizes{2, 3})); }
SAYS(shapes, repeat) { EXPECT_EQ(shape(tt::zeros({2}).repeat({3, 2})), (Sizes{3, 4})); }
SAYS(shapes, tile) { EXPECT_EQ(shape(tt::tile(tt::zeros({2, 2}), {2})), (Sizes{2, 4})); }
SAYS(shapes, cat) { EXPECT_EQ(shape(tt::cat({tt::zeros({1, 2}), tt::ones({3, 2})}, 0)), (Sizes{4, 2})); }
SAYS(shapes, stack) { EXPECT_EQ(shape(tt::stack({tt::zeros({2}), tt::ones({2})})), (Sizes{2, 2})); }
SAYS(shapes, cat_of_a_vector) {
  const std::vector<tt::Tensor> parts{tt::zeros({2}), tt::ones({1})};
  EXPECT_EQ(numbers(tt::cat(parts)), (Numbers{0, 0, 1}));
}
SAYS(shapes, hstack) { EXPECT_EQ(shape(tt::hstack({tt::zeros({2, 1}), tt::zeros({2, 2})})), (Sizes{2, 3})); }
SAYS(shapes, vstack) { EXPECT_EQ(shape(tt::vstack({tt::zeros({2}), tt::zeros({2})})), (Sizes{2, 2})); }
SAYS(shapes, chunk) { EXPECT_EQ(tt::arange(6).chunk(3).size(), 3U); }
SAYS(shapes, split) { EXPECT_EQ(shape(tt::arange(5).split(2)[2]), (Sizes{1})); }
SAYS(shapes, unbind) { EXPECT_EQ(tt::unbind(two_by_three(), 1).size(), 3U); }
SAYS(shapes, tensor_split) { EXPECT_EQ(shape(tt::tensor_split(tt::arange(5), 2)[0]), (Sizes{3})); }
SAYS(shapes, flip) { EXPECT_EQ(numbers(tt::flip(tt::arange(3), {0})), (Numbers{2, 1, 0})); }
SAYS(shapes, roll) { EXPECT_EQ(numbers(tt::roll(tt::arange(3), 1, 0)), (Numbers{2, 0, 1})); }
SAYS(shapes, rot90) { EXPECT_EQ(shape(tt::rot90(two_by_three())), (Sizes{3, 2})); }
SAYS(shapes, tril) { EXPECT_EQ(numbers(tt::tril(tt::ones({2, 2}))), (Numbers{1, 0, 1, 1})); }
SAYS(shapes, diag) { EXPECT_EQ(numbers(tt::diag(tt::tensor({1, 2}))), (Numbers{1, 0, 0, 2})); }
SAYS(shapes, repeat_interleave) {
  EXPECT_EQ(numbers(tt::repeat_interleave(tt::arange(2), 2, 0)), (Numbers{0, 0, 1, 1}));
}
SAYS(shapes, unfold) { EXPECT_EQ(shape(tt::arange(5).unfold(0, 3, 1)), (Sizes{3, 3})); }
SAYS(shapes, movedim) { EXPECT_EQ(shape(tt::zeros({2, 3, 4}).movedim(0, 2)), (Sizes{3, 4, 2})); }
SAYS(shapes, meshgrid) { EXPECT_EQ(shape(tt::meshgrid({tt::arange(2), tt::arange(3)}, "ij")[0]), (Sizes{2, 3})); }
SAYS(shapes, broadcast_tensors) {
  EXPECT_EQ(shape(tt::broadcast_tensors({tt::zeros({1, 3}), tt::zeros({2, 1})})[0]), (Sizes{2, 3}));
}
SAYS(shapes, contiguous) { EXPECT_TRUE(two_by_three().t().contiguous().is_contiguous()); }

}  // namespace
}  // namespace says
