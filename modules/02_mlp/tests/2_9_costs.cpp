// Task 2.9: nn::linear_cost, nn::mlp_cost and nn::intensity. The oracle runs a layer on numbers that count.

#include "modules/02_mlp/tests/oracle.hpp"
#include "tinytorch/nn/cost.hpp"

#include <vector>

namespace tinytorch {
namespace {

lab::Value shown(const nn::Cost& cost) {
  return lab::record({{"params", cost.params},
                      {"flops", cost.flops},
                      {"bytes_read", cost.bytes_read},
                      {"bytes_written", cost.bytes_written}});
}

// A number that counts the operations on it and the cells that are read at least once.
struct Counted {
  static inline std::int64_t operations = 0;
  bool read = false;

  friend Counted operator*(Counted& a, Counted& b) {
    a.read = b.read = true;
    ++operations;
    return {};
  }
  void operator+=(const Counted&) { ++operations; }
};

std::int64_t cells_read(const std::vector<Counted>& cells) {
  std::int64_t count = 0;
  for (const Counted& cell : cells) count += cell.read ? 1 : 0;
  return count;
}

// A plain layer, as in the lesson: y[n][o] = 0 + x[n][i] w[o][i] + ... + b[o].
nn::Cost counted_layer(std::int64_t batch, std::int64_t in, std::int64_t out, std::int64_t item) {
  const auto cells = [](std::int64_t count) { return std::vector<Counted>(static_cast<std::size_t>(count)); };
  const auto at = [](std::vector<Counted>& all, std::int64_t i) -> Counted& {
    return all[static_cast<std::size_t>(i)];
  };
  std::vector<Counted> x = cells(batch * in), w = cells(out * in), b = cells(out), y = cells(batch * out);
  Counted::operations = 0;
  for (std::int64_t n = 0; n < batch; ++n) {
    for (std::int64_t o = 0; o < out; ++o) {
      Counted total;
      for (std::int64_t i = 0; i < in; ++i) {
        const Counted product = at(x, n * in + i) * at(w, o * in + i);
        total += product;
      }
      at(b, o).read = true;
      total += at(b, o);
      at(y, n * out + o) = total;
    }
  }
  nn::Cost cost;
  cost.params = static_cast<std::int64_t>(w.size() + b.size());
  cost.flops = Counted::operations;
  cost.bytes_read = item * (cells_read(x) + cells_read(w) + cells_read(b));
  cost.bytes_written = item * static_cast<std::int64_t>(y.size());
  return cost;
}

nn::Cost layers_one_by_one(const Shape& widths, std::int64_t batch, std::int64_t item) {
  if (widths.size() < 2) throw ShapeError("no layer");
  nn::Cost all;
  for (std::int64_t i = 1; i < widths.size(); ++i) {
    const nn::Cost layer = counted_layer(batch, widths[i - 1], widths[i], item);
    all.params += layer.params;
    all.flops += layer.flops;
    all.bytes_read += layer.bytes_read;
    all.bytes_written += layer.bytes_written;
  }
  return all;
}

DType any_item(lab::Case& c) { return c.pick({DType::float32, DType::float64, DType::int8}); }
std::int64_t bytes_of(DType dtype) { return dtype == DType::float64 ? 8 : dtype == DType::float32 ? 4 : 1; }

Shape any_widths(lab::Case& c, std::int64_t least, std::int64_t most) {
  Shape widths;
  for (std::int64_t i = c.integer(least, most); i > 0; --i) widths.push_back(c.integer(1, 4 + c.size()));
  return widths;
}

}  // namespace

TASK_TEST(2, 9, a_layer_costs_what_counting_says) {
  lab::cases(40, [](lab::Case& c) {
    const auto [rows, inputs, outputs] = layer_sizes(c);
    const std::int64_t batch = c.input("batch", rows), in = c.input("in", inputs), out = c.input("out", outputs);
    const DType dtype = c.input("dtype", any_item(c));
    CHECK_SAME("cost", shown(nn::linear_cost(batch, in, out, dtype)),
               shown(counted_layer(batch, in, out, bytes_of(dtype))));
  });
}

TASK_TEST(2, 9, parameters_are_read_once_for_the_whole_batch) {
  lab::cases(32, [](lab::Case& c) {
    const std::int64_t batch = c.input("batch", c.integer(1, 40)), in = c.input("in", std::int64_t{2});
    const std::int64_t out = c.input("out", c.integer(1, 6));
    const DType dtype = c.input("dtype", DType::float32);
    CHECK_SAME("bytes read", nn::linear_cost(batch, in, out, dtype).bytes_read,
               counted_layer(batch, in, out, bytes_of(dtype)).bytes_read);
  });
}

// Too large to be run, so the oracle multiplies.
TASK_TEST(2, 9, a_large_layer_is_counted_in_full) {
  lab::cases(32, [](lab::Case& c) {
    const std::int64_t batch = c.input("batch", c.integer(1, 4096)), in = c.input("in", c.integer(1, 100'000));
    const std::int64_t out = c.input("out", c.integer(1, 100'000));
    const DType dtype = c.input("dtype", DType::float32);
    CHECK_SAME("cost", shown(nn::linear_cost(batch, in, out, dtype)),
               shown(nn::Cost{in * out + out, (2 * in + 1) * batch * out, 4 * (in * out + out + batch * in),
                              4 * batch * out}));
  });
}

TASK_TEST(2, 9, a_network_costs_its_layers) {
  lab::cases(40, [](lab::Case& c) {
    const Shape widths = c.input("widths", any_widths(c, 2, 5));
    const std::int64_t batch = c.input("batch", c.integer(1, 4));
    const DType dtype = c.input("dtype", any_item(c));
    CHECK_SAME("cost", shown(nn::mlp_cost(widths, batch, dtype)),
               shown(layers_one_by_one(widths, batch, bytes_of(dtype))));
  });
}

TASK_TEST(2, 9, a_single_width_is_no_network) {
  lab::cases(40, [](lab::Case& c) {
    const Shape widths = c.input("widths", c.index() == 0 ? Shape{} : any_widths(c, 0, 3));
    const std::int64_t batch = c.input("batch", std::int64_t{2});
    const DType dtype = c.input("dtype", DType::float32);
    CHECK_OUTCOME("cost", shown(nn::mlp_cost(widths, batch, dtype)),
                  shown(layers_one_by_one(widths, batch, bytes_of(dtype))));
  });
}

TASK_TEST(2, 9, intensity_is_operations_per_byte_moved) {
  lab::cases(40, [](lab::Case& c) {
    nn::Cost cost;
    cost.params = c.input("params", c.integer(1, 1000));
    cost.flops = c.input("flops", c.integer(0, 100'000));
    cost.bytes_read = c.input("bytes_read", c.integer(1, 9'000));
    cost.bytes_written = c.input("bytes_written", c.integer(1, 9'000));
    const auto bytes = static_cast<double>(cost.bytes_read + cost.bytes_written);
    const double expected = static_cast<double>(cost.flops) / bytes;
    CHECK_CLOSE("intensity", nn::intensity(cost), expected, 4 * eps_of(DType::float64) * (1.0 + expected));
  });
}

}  // namespace tinytorch
