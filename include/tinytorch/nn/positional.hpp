#pragma once

#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/random.hpp"
#include "tinytorch/nn/module.hpp"

#include <cmath>
#include <memory>

namespace tinytorch::detail {

/// The first rows of a table (places, size), as many as x has places, shaped to be added to x: (L, E), or (N, L, E), or
/// (L, N, E) unless batch_first.
inline Tensor places_for(const Tensor& table, const Tensor& x, bool batch_first) {
  const bool fits = (x.dim() == 2 || x.dim() == 3) && x.size(-1) == table.size(1);
  const std::int64_t count = fits ? x.size(x.dim() == 3 && batch_first ? 1 : 0) : 0;
  if (!fits || count > table.size(0))
    throw ShapeError(text("[positional_encoding] x ", x.sizes(), " doesn't fit ", table.size(0), " places of ",
                          table.size(1), " features"));
  const Tensor rows = slice(table, 0, 0, count);
  return x.dim() == 3 && !batch_first ? unsqueeze(rows, 1) : rows;
}

}  // namespace tinytorch::detail

namespace tinytorch::nn {

/// (places, size): sin(p / 10000^(2 i / size)) at 2 i, the cosine at 2 i + 1.
/// Source: Vaswani et al., "Attention is all you need", 2017.
inline Tensor sinusoidal_table(std::int64_t places, std::int64_t size, DType dtype = DType::float32) {
  Tensor table = empty({places, size}, DType::float64);
  for (std::int64_t p = 0; p < places; ++p)
    for (std::int64_t i = 0; i < size; ++i) {
      const double exponent = static_cast<double>(i - i % 2) / static_cast<double>(size);
      const double angle = static_cast<double>(p) / std::pow(10000.0, exponent);
      table.data<double>()[p * size + i] = i % 2 == 0 ? std::sin(angle) : std::cos(angle);
    }
  return to(table, dtype);
}

/// Adds waves that tell the places of a sequence apart. x: (N, L, E), or (L, N, E) unless batch_first, or (L, E).
class SinusoidalEncoding : public Module {
 public:
  SinusoidalEncoding(std::int64_t places, std::int64_t size, bool batch_first = true)
      : pe(sinusoidal_table(places, size)), batch_first_(batch_first) {}

  /// Throws ShapeError for more places than the table has.
  Tensor forward(const Tensor& x) override { return x + detail::places_for(pe, x, batch_first_).to(x.dtype()); }
  void members(MemberVisitor& visit) override { visit.buffer("pe", pe); }
  std::shared_ptr<Module> clone() const override { return clone_into(new SinusoidalEncoding(0, 0, batch_first_)); }

  Tensor pe;  ///< (places, size)

 private:
  bool batch_first_;
};

/// Adds a trained row for each place. Shapes as SinusoidalEncoding's.
class LearnedEncoding : public Module {
 public:
  /// Normal with deviation 0.02, as GPT-2 starts.
  LearnedEncoding(std::int64_t places, std::int64_t size, Generator& generator, bool batch_first = true)
      : batch_first_(batch_first) {
    const memory::TagScope tag(memory::Tag::parameter);
    weight = randn({places, size}, generator);
    weight.mul_(0.02);
    weight.set_requires_grad();
  }

  /// Throws ShapeError for more places than the table has.
  Tensor forward(const Tensor& x) override { return x + detail::places_for(weight, x, batch_first_); }
  void members(MemberVisitor& visit) override { visit.parameter("weight", weight); }
  std::shared_ptr<Module> clone() const override {
    Generator unused;
    return clone_into(new LearnedEncoding(0, 0, unused, batch_first_));
  }

  Tensor weight;  ///< (places, size)

 private:
  bool batch_first_;
};

}  // namespace tinytorch::nn
