#pragma once

#include <cstdint>
#include <span>
#include <string>

/// The roofline: the most that a machine can do at a number of operations per byte, and what a layer reaches.
/// Source: Williams, Waterman and Patterson, "Roofline", 2009.
namespace tinytorch {

/// One core's two limits, measured.
struct Roof {
  double gflop_per_s = 0;  ///< multiply-adds on registers alone
  double gb_per_s = 0;     ///< reads from memory, not from a cache

  /// From this FLOP/byte on, arithmetic is the limit.
  double ridge() const { return gflop_per_s / gb_per_s; }
  double at(double intensity) const { return intensity < ridge() ? intensity * gb_per_s : gflop_per_s; }
};

/// Measures both; about half a second.
Roof measure_roof();

/// A layer at one batch size.
struct LayerDot {
  std::int64_t batch = 0;
  double intensity = 0;    ///< FLOP/byte
  double gflop_per_s = 0;  ///< measured
  double us_per_row = 0;   ///< measured
};

/// Lines for a terminal: each batch with its roof and the share of it that was reached. A layer below half of its roof
/// waits for its own loops, not for memory or arithmetic.
std::string roofline_table(const Roof& roof, std::span<const LayerDot> dots);

/// An SVG file that follows the viewer's light or dark scheme. `layer` says which layer it is: "784 to 128".
std::string roofline_svg(const Roof& roof, std::span<const LayerDot> dots, const std::string& layer);

}  // namespace tinytorch
