#pragma once

#include "modules/02_mlp/measure/roofline.hpp"
#include "tinytorch/core/tensor.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

/// Walks through a linear layer whose weights come from memory: what each costs alone and in a batch, and what it waits
/// for. A walk that loses its time elsewhere shows no batch.
namespace tinytorch {

/// Seconds of processor time per call: the fastest of many samples, so that some run undisturbed.
double seconds_per_call(const std::function<void()>& work);

/// y = x w^T + b, computed and thrown away; b is all 0.
using Walk = std::function<void(const Tensor& x, const Tensor& w, const Tensor& b)>;

/// raw::linear; linear_into in an order, into a y that it makes; and dot as in the lesson, except that product i is
/// added to total i modulo 8, so that eight additions can run at the same time.
void walk_linear(const Tensor& x, const Tensor& w, const Tensor& b);
void walk_dot(const Tensor& x, const Tensor& w, const Tensor& b);
void walk_strided(const Tensor& x, const Tensor& w, const Tensor& b);
void walk_packed(const Tensor& x, const Tensor& w, const Tensor& b);
void walk_eight_totals(const Tensor& x, const Tensor& w, const Tensor& b);

/// Runs a walk on one weight after the other; there are so many that each comes from memory again.
class ColdLayer {
 public:
  ColdLayer(std::int64_t in, std::int64_t out);
  LayerDot run(std::int64_t batch, const Walk& walk = walk_linear);

 private:
  std::int64_t in_, out_, next_ = 0;
  Tensor all_, bias_;
};

/// How a walk reads the weights for a batch, counted on numbers that report every load.
struct Reading {
  double loads_per_weight = 0;  ///< for `rows` rows
  double misses_per_load = 0;   ///< in a cache of 32 lines: below 1/8 along rows, near 1 down columns
  static constexpr std::int64_t rows = 8;

  bool once() const { return loads_per_weight < 2; }
  bool along_rows() const { return misses_per_load < 0.125; }
};

Reading reading_of(const Walk& walk);

/// A walk at batch 1 and at batch 64.
struct BatchEffect {
  std::string name;
  Reading reading;
  LayerDot one, many;

  double times() const { return one.us_per_row / many.us_per_row; }
};

BatchEffect effect_of(ColdLayer& layer, const std::string& name, const Walk& walk);

/// What a batch of 1 waits for: "memory" when it reaches half of what memory allows. Else a property of the walk; `dot`
/// is the walk with one total, of whose speed a walk of the same kind is known.
std::string waits_for(const BatchEffect& walk, const BatchEffect& dot, const Roof& roof);

/// One line for each walk. `walks` begins with raw::linear and then dot.
std::string batch_table(const Roof& roof, const std::vector<BatchEffect>& walks);

/// Which property of the first walk hides the batch; "" when it shows it.
std::string what_hides_the_batch(const std::vector<BatchEffect>& walks);

}  // namespace tinytorch
