#include "tinytorch/data/transforms.hpp"

#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/raw.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

namespace tinytorch::data {

using tinytorch::detail::text;

namespace {

void check_image(const Tensor& image, const char* op) {
  if (image.dim() < 2) throw ShapeError(text({"[", op, "] an image is (..., H, W), not ", image.sizes()}));
}

// Pictures in row-major order: `count` planes of H x W items of `item` bytes.
struct Planes {
  explicit Planes(const Tensor& image)
      : rows(raw::contiguous(image)),
        H(image.size(-2)),
        W(image.size(-1)),
        item(item_size(image.dtype())),
        count(H * W == 0 ? 0 : image.numel() / (H * W)) {}
  const char* row(std::int64_t plane, std::int64_t i) const {
    return static_cast<const char*>(rows.data()) + (plane * H + i) * W * item;
  }

  Tensor rows;
  std::int64_t H, W, item, count;
};

// The weighted mean of the four pixels around (y, x); pixels outside the plane are 0.
template <class T>
T bilinear(const T* plane, std::int64_t H, std::int64_t W, double y, double x) {
  const double top = std::floor(y), left = std::floor(x), down = y - top, right = x - left;
  const auto pixel = [&](double i, double j) {
    if (!(i >= 0.0 && i < static_cast<double>(H) && j >= 0.0 && j < static_cast<double>(W))) return 0.0;
    return static_cast<double>(plane[static_cast<std::int64_t>(i) * W + static_cast<std::int64_t>(j)]);
  };
  return static_cast<T>((1.0 - down) * ((1.0 - right) * pixel(top, left) + right * pixel(top, left + 1.0)) +
                        down * ((1.0 - right) * pixel(top + 1.0, left) + right * pixel(top + 1.0, left + 1.0)));
}

template <class T>
void rotate_planes(const Planes& from, const Tensor& turned, double degrees) {
  const double angle = degrees * std::numbers::pi / 180.0, sine = std::sin(angle), cosine = std::cos(angle);
  const double middle_y = static_cast<double>(from.H - 1) / 2.0, middle_x = static_cast<double>(from.W - 1) / 2.0;
  T* to = turned.data<T>();
  for (std::int64_t plane = 0; plane < from.count; ++plane) {
    const T* pixels = from.rows.data<T>() + plane * from.H * from.W;
    for (std::int64_t i = 0; i < from.H; ++i)
      for (std::int64_t j = 0; j < from.W; ++j) {
        // The place in the old picture from which pixel (i, j) comes: turned back by the angle. y grows downwards.
        const double y = static_cast<double>(i) - middle_y, x = static_cast<double>(j) - middle_x;
        *to++ = bilinear(pixels, from.H, from.W, middle_y + x * sine + y * cosine, middle_x + x * cosine - y * sine);
      }
  }
}

}  // namespace

Tensor crop(const Tensor& image, std::int64_t top, std::int64_t left, std::int64_t height, std::int64_t width) {
  check_image(image, "crop");
  if (height < 0 || width < 0) throw ValueError(text({"[crop] to ", height, " x ", width, " pixels"}));
  const Planes from(image);
  Shape sizes = image.sizes();
  sizes[sizes.size() - 2] = height;
  sizes[sizes.size() - 1] = width;
  const Tensor cut = zeros(sizes, image.dtype());
  const std::int64_t first = std::max<std::int64_t>(0, -left), last = std::min(width, from.W - left);
  if (first >= last) return cut;
  for (std::int64_t plane = 0; plane < from.count; ++plane)
    for (std::int64_t i = std::max<std::int64_t>(0, -top); i < std::min(height, from.H - top); ++i)
      std::memcpy(static_cast<char*>(cut.data()) + ((plane * height + i) * width + first) * from.item,
                  from.row(plane, top + i) + (left + first) * from.item,
                  static_cast<std::size_t>((last - first) * from.item));
  return cut;
}

Tensor hflip(const Tensor& image) {
  check_image(image, "hflip");
  const Planes from(image);
  const Tensor flipped = empty(image.sizes(), image.dtype());
  const auto item = static_cast<std::size_t>(from.item);
  char* to = static_cast<char*>(flipped.data());
  for (std::int64_t plane = 0; plane < from.count; ++plane)
    for (std::int64_t i = 0; i < from.H; ++i)
      for (std::int64_t j = from.W; j-- > 0; to += item) std::memcpy(to, from.row(plane, i) + j * from.item, item);
  return flipped;
}

Tensor rotate(const Tensor& image, double degrees) {
  check_image(image, "rotate");
  const bool wide = image.dtype() == DType::float64;
  const Tensor turned = empty(image.sizes(), wide ? DType::float64 : DType::float32);
  const Planes from(to(image, turned.dtype()));
  if (wide)
    rotate_planes<double>(from, turned, degrees);
  else
    rotate_planes<float>(from, turned, degrees);
  return turned;
}

}  // namespace tinytorch::data
