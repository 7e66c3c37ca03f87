#pragma once

#include "src/course/machine_profile.hpp"

#include <span>
#include <string>
#include <vector>

/// The staircase as a picture: ns per dependent load over footprint, both axes logarithmic.
namespace tinytorch {

/// A level stretch of the staircase: the footprints that one cache holds and the ones before it do not.
struct Tread {
  std::string name;     ///< "L2 1 MiB", or "memory" for what no cache holds
  std::int64_t to = 0;  ///< the cache's bytes: where the tread ends; 0 for memory
  double ns = 0;        ///< the median of the points on it; 0 when there are none
};

/// A size for people: "24 KiB", "1.5 MiB".
std::string size_name(std::int64_t bytes);

/// One tread for each cache and one for memory; none when no cache is known.
std::vector<Tread> treads_of(std::span<const StairPoint> points, std::span<const CacheInfo> caches);

/// About 20 lines of 78 columns.
std::string draw_text(std::span<const StairPoint> points, std::span<const CacheInfo> caches);

/// Why the treads have no names on a machine whose caches are not known, and what the staircase still shows. Two lines;
/// "" without points.
std::string without_names_text(std::span<const StairPoint> points);

/// An SVG file that follows the viewer's light or dark scheme.
std::string draw_svg(std::span<const StairPoint> points, std::span<const CacheInfo> caches);

}  // namespace tinytorch
