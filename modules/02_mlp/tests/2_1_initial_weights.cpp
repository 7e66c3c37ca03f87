// Task 2.1: nn::fan_in_out, nn::kaiming_uniform_ and nn::xavier_uniform_.

#include "modules/02_mlp/tests/oracle.hpp"
#include "tinytorch/nn/initial_weights.hpp"

#include <cmath>

namespace tinytorch {
namespace {

lab::Value shown(const nn::Fan& fan) { return lab::record({{"in", fan.in}, {"out", fan.out}}); }

nn::Fan fan_of(const Shape& weight) {
  if (weight.size() < 2) throw ShapeError("no weight");
  nn::Fan fan{1, 1};
  for (std::int64_t d = 0; d < weight.size(); ++d) {
    if (d != 0) fan.in *= weight[d];
    if (d != 1) fan.out *= weight[d];
  }
  return fan;
}

using Start = void (*)(Tensor&, double, Generator&);

Tensor started(Start start, Tensor w, double gain, std::uint64_t seed) {
  Generator generator(seed);
  start(w, gain, generator);
  return w;
}

// Every cell of the storage, also those between the elements.
Tensor all_cells(const Tensor& w) { return as_strided(w, {w.storage_bytes() / item_size(w.dtype())}, {1}, 0); }

double kaiming_bound(const Shape& weight, double gain) {
  return gain * std::sqrt(3.0 / static_cast<double>(fan_of(weight).in));
}

double xavier_bound(const Shape& weight, double gain) {
  const nn::Fan fan = fan_of(weight);
  return gain * std::sqrt(6.0 / static_cast<double>(fan.in + fan.out));
}

Tensor drawn(const Tensor& w, double bound, std::uint64_t seed) {
  Generator generator(seed);
  return make(w.sizes(), w.dtype(), [&](const Shape&) { return bound * (2.0 * generator.uniform() - 1.0); });
}

// A bound is a root and a quotient, rounded a few times; the element is rounded once more.
double rounding(DType dtype, double bound) { return 4 * eps_of(dtype) * bound; }

Tensor weight_or_error(const Tensor& w) {
  if (w.dim() < 2) throw ShapeError("no weight");
  return w;
}

Shape weight_sizes(lab::Case& c) { return c.shape(2, 4); }

}  // namespace

// ---- step: fans ----

TASK_TEST(2, 1, a_matrix_has_its_columns_as_inputs) {
  lab::cases(32, [](lab::Case& c) {
    const LayerSizes sizes = layer_sizes(c);
    const Shape weight = c.input("weight", Shape{sizes.out, sizes.in});
    CHECK_SAME("fan", shown(nn::fan_in_out(weight)), shown(fan_of(weight)));
  });
}

TASK_TEST(2, 1, a_kernel_multiplies_both_fans) {
  lab::cases(40, [](lab::Case& c) {
    const LayerSizes sizes = layer_sizes(c);
    Shape kernel{sizes.out, sizes.in, c.integer(1, 5)};
    if (c.coin()) kernel.push_back(c.integer(1, 5));
    const Shape weight = c.input("weight", kernel);
    CHECK_SAME("fan", shown(nn::fan_in_out(weight)), shown(fan_of(weight)));
  });
}

TASK_TEST(2, 1, a_size_of_zero_has_fans_too) {
  lab::cases(32, [](lab::Case& c) {
    const LayerSizes sizes = layer_sizes(c);
    Shape kernel{sizes.out, sizes.in, c.integer(1, 5)};
    kernel[c.integer(0, 1)] = 0;
    const Shape weight = c.input("weight", kernel);
    CHECK_SAME("fan", shown(nn::fan_in_out(weight)), shown(fan_of(weight)));
  });
}

TASK_TEST(2, 1, below_two_dimensions_there_is_no_fan) {
  lab::cases(40, [](lab::Case& c) {
    const Shape weight = c.input("weight", c.shape(0, 3));
    CHECK_OUTCOME("fan", shown(nn::fan_in_out(weight)), shown(fan_of(weight)));
  });
}

// ---- step: draws ----

TASK_TEST(2, 1, neither_initialiser_takes_a_vector) {
  lab::cases(40, [](lab::Case& c) {
    const bool kaiming = c.input("kaiming", c.coin());
    const Tensor w = c.shown("weight", c.contiguous(c.shape(0, 3)));
    CHECK_OUTCOME(kaiming ? "sizes of the weight of kaiming_uniform_" : "sizes of the weight of xavier_uniform_",
                  lab::to_value(started(kaiming ? nn::kaiming_uniform_ : nn::xavier_uniform_, w, 1.0, 7).sizes()),
                  lab::to_value(weight_or_error(w).sizes()));
  });
}

TASK_TEST(2, 1, kaiming_keeps_to_the_inputs) {
  lab::cases(40, [](lab::Case& c) {
    const DType dtype = any_float(c);
    const Tensor w = c.shown("weight", c.contiguous(weight_sizes(c), dtype));
    const double gain = c.input("gain", c.real(0.1, 3.0));
    const auto seed = static_cast<std::uint64_t>(c.input("seed", c.integer(0, 1'000'000)));
    const double bound = kaiming_bound(w.sizes(), gain);
    CHECK_CLOSE("weight", started(nn::kaiming_uniform_, w, gain, seed), drawn(w, bound, seed), rounding(dtype, bound));
  });
}

TASK_TEST(2, 1, xavier_weighs_inputs_and_outputs) {
  lab::cases(40, [](lab::Case& c) {
    const DType dtype = any_float(c);
    const Tensor w = c.shown("weight", c.contiguous(weight_sizes(c), dtype));
    const double gain = c.input("gain", c.real(0.1, 3.0));
    const auto seed = static_cast<std::uint64_t>(c.input("seed", c.integer(0, 1'000'000)));
    const double bound = xavier_bound(w.sizes(), gain);
    CHECK_CLOSE("weight", started(nn::xavier_uniform_, w, gain, seed), drawn(w, bound, seed), rounding(dtype, bound));
  });
}

TASK_TEST(2, 1, draws_are_in_row_major_order_in_any_layout) {
  lab::cases(60, [](lab::Case& c) {
    const DType dtype = any_float(c);
    const Tensor w = c.shown("weight", c.strided(weight_sizes(c), dtype));
    const auto seed = static_cast<std::uint64_t>(c.input("seed", c.integer(0, 1'000'000)));
    const double bound = kaiming_bound(w.sizes(), 1.0);
    CHECK_CLOSE("weight", started(nn::kaiming_uniform_, w, 1.0, seed), drawn(w, bound, seed), rounding(dtype, bound));
  });
}

TASK_TEST(2, 1, cells_between_the_elements_stay) {
  lab::cases(40, [](lab::Case& c) {
    const Tensor w = c.shown("weight", c.strided(weight_sizes(c)));
    const auto seed = static_cast<std::uint64_t>(c.input("seed", c.integer(0, 1'000'000)));
    const double bound = xavier_bound(w.sizes(), 1.0);
    const Tensor before = copied(all_cells(w));
    started(nn::xavier_uniform_, w, 1.0, seed);
    CHECK_CLOSE(
        "every cell of the storage", copied(all_cells(w)),
        [&] {
          const Tensor values = drawn(w, bound, seed);
          std::int64_t next = 0;
          for_each_index(w.sizes(), [&](const Shape& index) {
            std::int64_t cell = w.storage_offset();
            for (std::int64_t d = 0; d < w.dim(); ++d) cell += index[d] * w.strides()[d];
            before.data<float>()[cell] = values.data<float>()[next++];
          });
          return before;
        }(),
        rounding(DType::float32, bound));
  });
}

TASK_TEST(2, 1, an_element_takes_one_draw) {
  lab::cases(40, [](lab::Case& c) {
    const bool kaiming = c.input("kaiming", c.coin());
    Tensor w = c.shown("weight", c.tensor(weight_sizes(c)));
    const auto seed = static_cast<std::uint64_t>(c.input("seed", c.integer(0, 1'000'000)));
    Generator generator(seed);
    kaiming ? nn::kaiming_uniform_(w, 1.0, generator) : nn::xavier_uniform_(w, 1.0, generator);
    CHECK_SAME("the generator's next number", generator.uniform(), [&] {
      Generator other(seed);
      for (std::int64_t i = 0; i < w.numel(); ++i) other.uniform();
      return other.uniform();
    }());
  });
}

}  // namespace tinytorch
