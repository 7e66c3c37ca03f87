// Transforms of pictures: each against a loop over pixels, with the documented random draws.

#include "tinytorch/data/transforms.hpp"

#include "tests/library/core/random_tensors.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

using testing::integer;
namespace transforms = data::transforms;

constexpr DType dtypes[] = {DType::float32, DType::float64, DType::int64, DType::uint8};

Tensor random_image(Generator& g, DType dtype) {
  const Shape shape = {integer(g, 1, 3), integer(g, 1, 6), integer(g, 1, 5)};
  return testing::relaid(to(rand(shape, g) * 200.0, dtype), g);
}

// Element (c, i, j), 0 outside the picture.
double at(const Tensor& image, std::int64_t c, std::int64_t i, std::int64_t j) {
  if (i < 0 || j < 0 || i >= image.size(1) || j >= image.size(2)) return 0.0;
  return image.select(0, c).select(0, i).select(0, j).item<double>();
}

TEST(Images, crop_and_flip_agree_with_a_loop_over_pixels) {
  for (std::uint64_t k = 0; k < 120; ++k) {
    Generator g(mix_seed(81, k));
    const Tensor image = random_image(g, dtypes[k % 4]);
    const std::int64_t top = integer(g, -3, 6), left = integer(g, -3, 6), height = integer(g, 0, 7),
                       width = integer(g, 0, 7);
    const Tensor cut = data::crop(image, top, left, height, width), flipped = data::hflip(image);
    ASSERT_EQ(cut.sizes(), (Shape{image.size(0), height, width}));
    ASSERT_EQ(cut.dtype(), image.dtype());
    for (std::int64_t c = 0; c < image.size(0); ++c) {
      for (std::int64_t i = 0; i < height; ++i)
        for (std::int64_t j = 0; j < width; ++j) ASSERT_EQ(at(cut, c, i, j), at(image, c, top + i, left + j));
      for (std::int64_t i = 0; i < image.size(1); ++i)
        for (std::int64_t j = 0; j < image.size(2); ++j)
          ASSERT_EQ(at(flipped, c, i, j), at(image, c, i, image.size(2) - 1 - j));
    }
    ASSERT_TRUE(equal(data::hflip(flipped), image));
  }
}

TEST(Images, rotating_by_quarters_moves_pixels) {
  Generator g(82);
  const Tensor image = randn({2, 5, 5}, g, DType::float64);
  const Tensor turned = data::rotate(image, 90.0);
  for (std::int64_t c = 0; c < 2; ++c)
    for (std::int64_t i = 0; i < 5; ++i)
      for (std::int64_t j = 0; j < 5; ++j) ASSERT_NEAR(at(turned, c, i, j), at(image, c, j, 4 - i), 1e-12);
  EXPECT_TRUE(allclose(data::rotate(data::rotate(turned, 90.0), 180.0), image, 1e-9, 1e-12));
  EXPECT_TRUE(equal(data::rotate(image, 0.0), image));
  EXPECT_EQ(data::rotate(to(image, DType::uint8), 10.0).dtype(), DType::float32);
}

// Bilinear interpolation is exact for a plane a + b x + c y.
TEST(Images, rotation_is_exact_on_a_plane_away_from_the_edges) {
  Tensor image = empty({15, 15}, DType::float64);
  for (std::int64_t i = 0; i < 15; ++i)
    for (std::int64_t j = 0; j < 15; ++j)
      image.data<double>()[15 * i + j] = 3.0 + 0.5 * static_cast<double>(j - 7) - 0.25 * static_cast<double>(i - 7);
  const double angle = 20.0 / 180.0 * std::acos(-1.0);
  const Tensor turned = data::rotate(image, 20.0);
  for (std::int64_t i = 4; i < 11; ++i)
    for (std::int64_t j = 4; j < 11; ++j) {
      const double x = static_cast<double>(j - 7), y = static_cast<double>(i - 7);
      const double from_x = x * std::cos(angle) - y * std::sin(angle),
                   from_y = x * std::sin(angle) + y * std::cos(angle);
      ASSERT_NEAR(turned.data<double>()[15 * i + j], 3.0 + 0.5 * from_x - 0.25 * from_y, 1e-12);
    }
}

TEST(Images, refuse_what_is_no_image) {
  EXPECT_THROW(data::crop(zeros({4}), 0, 0, 1, 1), ShapeError);
  EXPECT_THROW(data::crop(zeros({4, 4}), 0, 0, -1, 1), ValueError);
  EXPECT_THROW(data::hflip(scalar(1.0)), ShapeError);
  EXPECT_THROW(data::rotate(zeros({4}), 1.0), ShapeError);
  EXPECT_EQ(data::hflip(zeros({2, 0, 3})).sizes(), (Shape{2, 0, 3}));
  EXPECT_TRUE(equal(data::crop(zeros({2, 0, 3}), 0, 0, 2, 2), zeros({2, 2, 2})));
}

TEST(Transforms, draw_what_they_say) {
  for (std::uint64_t k = 0; k < 60; ++k) {
    Generator g(mix_seed(83, k));
    const data::Example before{random_image(g, dtypes[k % 4]), scalar(1.0)};
    const Tensor& image = before.input;
    const std::int64_t H = image.size(1), W = image.size(2), padding = integer(g, 0, 2);
    const std::int64_t height = integer(g, 1, H + 2 * padding), width = integer(g, 1, W + 2 * padding);
    Generator used(k), draws(k);
    const auto below = [&](std::int64_t n) {
      return static_cast<std::int64_t>(draws.below(static_cast<std::uint64_t>(n)));
    };

    const data::Example cropped = transforms::RandomCrop{height, width, padding}(before, used);
    const std::int64_t top = below(H + 2 * padding - height + 1) - padding;
    const std::int64_t left = below(W + 2 * padding - width + 1) - padding;
    ASSERT_TRUE(equal(cropped.input, data::crop(image, top, left, height, width)));
    ASSERT_TRUE(cropped.target.is_same(before.target));

    const data::Example flipped = transforms::RandomHorizontalFlip{0.4}(before, used);
    ASSERT_TRUE(equal(flipped.input, draws.uniform() < 0.4 ? data::hflip(image) : image));

    const data::Example turned = transforms::RandomRotation{30.0}(before, used);
    ASSERT_TRUE(equal(turned.input, data::rotate(image, (2.0 * draws.uniform() - 1.0) * 30.0)));

    const data::Example shifted = transforms::RandomShift{2}(before, used);
    ASSERT_TRUE(equal(shifted.input, data::random_shift(before, 2, draws).input));

    const std::int64_t size = integer(g, 1, 5);
    const data::Example cut = transforms::Cutout{size}(before, used);
    const std::int64_t first_row = below(H) - size / 2, first_column = below(W) - size / 2;
    for (std::int64_t i = 0; i < H; ++i)
      for (std::int64_t j = 0; j < W; ++j) {
        const bool gone = i >= first_row && i < first_row + size && j >= first_column && j < first_column + size;
        ASSERT_EQ(at(cut.input, 0, i, j), gone ? 0.0 : at(image, 0, i, j));
      }
    ASSERT_FALSE(cut.input.shares_storage(image));
    ASSERT_EQ(used.next(), draws.next());
  }
}

TEST(Transforms, normalise_scale_and_name_classes) {
  Generator g(84);
  const data::Example bytes{to(rand({2, 3, 4}, g) * 255.0, DType::uint8), scalar(2.0, DType::int64)};
  const Tensor expected = (to(bytes.input, DType::float32) * (1.0 / 255.0));
  const data::Example scaled = transforms::ToFloat{}(bytes, g);
  EXPECT_TRUE(equal(scaled.input, expected));
  const data::Example normal = transforms::Normalize({0.25, 0.5}, {0.5, 2.0})(scaled, g);
  EXPECT_TRUE(allclose(normal.input.select(0, 0), (expected.select(0, 0) - 0.25) / 0.5, 1e-6));
  EXPECT_TRUE(allclose(normal.input.select(0, 1), (expected.select(0, 1) - 0.5) / 2.0, 1e-6));
  EXPECT_TRUE(equal(transforms::OneHot{4}(bytes, g).target, tensor({0.0, 0.0, 1.0, 0.0})));
  EXPECT_THROW(transforms::OneHot{2}(bytes, g), IndexError);
  EXPECT_THROW(transforms::Normalize({1.0}, {1.0, 2.0}), ValueError);
  EXPECT_THROW(transforms::Normalize({1.0}, {0.0}), ValueError);
  EXPECT_THROW((transforms::RandomCrop{5, 5, 0}(bytes, g)), ShapeError);

  const transforms::Compose all({transforms::ToFloat{}, transforms::Normalize({0.25, 0.5}, {0.5, 2.0}),
                                 transforms::RandomHorizontalFlip{1.0}, transforms::OneHot{3}});
  const data::Example composed = all(bytes, g);
  EXPECT_TRUE(equal(composed.input, data::hflip(normal.input)));
  EXPECT_EQ(composed.target.sizes(), (Shape{3}));
}

}  // namespace
}  // namespace tinytorch
