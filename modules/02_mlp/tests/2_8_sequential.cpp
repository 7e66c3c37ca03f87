// Task 2.8: nn::Sequential's forward and named_parameters. Most layers are the test's own, so that only Sequential is
// tested.

#include "modules/02_mlp/tests/oracle.hpp"
#include "tinytorch/nn/activations.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/nn/mlp.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace tinytorch {
namespace {

// x * factor + shift, with two scalars as parameters: exchanging two such layers changes the result.
class Affine : public nn::Module {
 public:
  Affine(double factor, double shift) : factor_(scalar(factor)), shift_(scalar(shift)) {}
  Tensor forward(const Tensor& x) override {
    const double factor = lab::at(factor_, Shape{}), shift = lab::at(shift_, Shape{});
    return make(x.sizes(), x.dtype(), [&](const Shape& index) { return lab::at(x, index) * factor + shift; });
  }
  void members(nn::MemberVisitor& visit) override {
    visit.parameter("factor", factor_);
    visit.parameter("shift", shift_);
  }
  void tie_shift(const Affine& other) { shift_ = other.shift_; }

 private:
  Tensor factor_, shift_;
};

// A layer without parameters.
class Negate : public nn::Module {
 public:
  Tensor forward(const Tensor& x) override {
    return make(x.sizes(), x.dtype(), [&](const Shape& index) { return -lab::at(x, index); });
  }
};

// A layer that gives its parameters other names than its members have. They may share memory, and even begin at the
// same address: they are two tensors all the same.
class Renamed : public nn::Module {
 public:
  explicit Renamed(const Tensor& whole) : whole_(whole), part_(as_strided(whole, {1}, {1}, whole.storage_offset())) {}
  Tensor forward(const Tensor& x) override { return x; }
  void members(nn::MemberVisitor& visit) override { visit.parameter("member", whole_); }
  std::vector<NamedTensor> named_parameters() const override { return {{"all", whole_}, {"first", part_}}; }

 private:
  Tensor whole_, part_;
};

// Notes whether it was called with the tensor that the layer before returned, and no copy of it.
class Link : public nn::Module {
 public:
  explicit Link(const Tensor& expected) : expected_(expected) {}
  Tensor forward(const Tensor& x) override {
    same += x.is_same(expected_) ? 1 : 0;
    return next;
  }
  std::int64_t same = 0;
  Tensor next = scalar(1.0);

 private:
  Tensor expected_;
};

// A network, with the effects and the names of its layers listed apart: the oracle does not use Sequential.
struct Network {
  nn::Sequential net;
  std::vector<std::pair<double, double>> steps;  // factor and shift, layer by layer
  std::vector<std::string> names;                // names of its parameters, in order
  std::string text;
};

std::shared_ptr<nn::Module> any_layer(lab::Case& c, Network& network, const std::string& place) {
  if (c.integer(0, 2) == 0) {
    network.steps.emplace_back(-1.0, 0.0);
    network.text += " negate";
    return std::make_shared<Negate>();
  }
  const auto factor = static_cast<double>(c.pick({-2, 2, 3})), shift = static_cast<double>(c.integer(1, 5));
  network.steps.emplace_back(factor, shift);
  network.names.push_back(place + ".factor");
  network.names.push_back(place + ".shift");
  network.text += " affine";
  return std::make_shared<Affine>(factor, shift);
}

Network any_network(lab::Case& c, std::int64_t layers) {
  Network network;
  for (std::int64_t i = 0; i < layers; ++i) network.net.add(any_layer(c, network, std::to_string(i)));
  c.input("layers", std::string_view(network.text));
  return network;
}

Tensor after(const Tensor& x, const std::vector<std::pair<double, double>>& steps) {
  return make(x.sizes(), x.dtype(), [&](const Shape& index) {
    double value = lab::at(x, index);
    for (const auto& [factor, shift] : steps) value = value * factor + shift;
    return value;
  });
}

std::vector<std::string> names_of(const std::vector<NamedTensor>& parameters) {
  std::vector<std::string> names;
  for (const NamedTensor& parameter : parameters) names.push_back(parameter.name);
  return names;
}

Tensor any_x(lab::Case& c) { return c.input("x", c.tensor(c.shape(1, 2))); }

// How often a watched network called each layer.
class Counter : public nn::ForwardObserver {
 public:
  void called(const nn::Module&, const Tensor&, const Tensor&) override { ++calls; }
  std::int64_t calls = 0;
};

}  // namespace

// ---- step: forward ----

TASK_TEST(2, 8, a_layer_gets_what_the_one_before_returned) {
  lab::cases(40, [](lab::Case& c) {
    Network network = any_network(c, c.integer(1, 2 + c.size() / 4));
    const Tensor x = any_x(c);
    CHECK_SAME("y", network.net.forward(x), after(x, network.steps));
  });
}

TASK_TEST(2, 8, without_layers_x_comes_back) {
  lab::cases(32, [](lab::Case& c) {
    Network network = any_network(c, c.index() % 2);
    const Tensor x = any_x(c);
    CHECK_SAME("y", network.net.forward(x), after(x, network.steps));
  });
}

TASK_TEST(2, 8, tensors_are_passed_on_without_a_copy) {
  lab::cases(32, [](lab::Case& c) {
    const std::int64_t count = c.input("layers", c.integer(0, 1 + c.size() / 4));
    const Tensor x = any_x(c);
    nn::Sequential net;
    std::vector<std::shared_ptr<Link>> links;
    Tensor last = x;
    for (std::int64_t i = 0; i < count; ++i) {
      links.push_back(std::make_shared<Link>(last));
      net.add(links.back());
      last = links.back()->next;
    }
    const Tensor y = net.forward(x);
    std::string passed;
    for (const auto& link : links) passed += link->same == 1 ? "itself, " : "a copy, ";
    passed += y.is_same(last) ? "itself" : "a copy";
    std::string expected;
    for (std::int64_t i = 0; i < count; ++i) expected += "itself, ";
    CHECK_SAME("what each layer and the caller get", passed, expected + "itself");
  });
}

TASK_TEST(2, 8, a_layer_added_twice_runs_twice) {
  lab::cases(40, [](lab::Case& c) {
    Network network = any_network(c, c.integer(1, 3));
    const auto shared = any_layer(c, network, "shared");
    network.net.add(shared).add(shared);
    network.steps.push_back(network.steps.back());
    const Tensor x = any_x(c);
    CHECK_SAME("y", network.net.forward(x), after(x, network.steps));
  });
}

TASK_TEST(2, 8, who_watches_sees_every_layer) {
  lab::cases(32, [](lab::Case& c) {
    Network network = any_network(c, c.integer(0, 5));
    const Tensor x = any_x(c);
    Counter counter;
    network.net.watch(&counter);
    network.net.forward(x);
    CHECK_SAME("layers seen", counter.calls, static_cast<std::int64_t>(network.steps.size()));
  });
}

TASK_TEST_USES(2, 8, linear_layers_around_a_relu_make_a_network, "2.2", "2.4") {
  lab::cases(30, [](lab::Case& c) {
    const auto [rows, in, hidden] = layer_sizes(c);
    const std::int64_t out = c.integer(1, 3);
    const Tensor x = c.input("x", c.contiguous({rows, in}));
    const Tensor w0 = c.input("0.weight", c.contiguous({hidden, in})), b0 = c.input("0.bias", c.contiguous({hidden}));
    const Tensor w2 = c.input("2.weight", c.contiguous({out, hidden})), b2 = c.input("2.bias", c.contiguous({out}));
    nn::Sequential net(nn::Linear(w0, b0), nn::ReLU(), nn::Linear(w2, b2));
    CHECK_SAME("y", net.forward(x), [&] {
      const Tensor bent = layer_of(x, w0, b0);
      const Tensor kept =
          make(bent.sizes(), bent.dtype(), [&](const Shape& index) { return std::max(lab::at(bent, index), 0.0); });
      return layer_of(kept, w2, b2);
    }());
  });
}

// ---- step: named_parameters ----

TASK_TEST(2, 8, parameters_carry_the_place_of_their_layer) {
  lab::cases(40, [](lab::Case& c) {
    const Network network = any_network(c, c.integer(1, 2 + c.size()));
    CHECK_SAME("names", names_of(network.net.named_parameters()), network.names);
  });
}

TASK_TEST(2, 8, a_layer_without_parameters_keeps_its_place) {
  lab::cases(40, [](lab::Case& c) {
    Network network;
    const std::int64_t plain = c.input("layers without parameters", c.integer(1, 4));
    for (std::int64_t i = 0; i < plain; ++i) network.net.add(std::make_shared<Negate>());
    network.net.add(any_layer(c, network, std::to_string(plain)));
    c.input("then", std::string_view(network.text));
    CHECK_SAME("names", names_of(network.net.named_parameters()), network.names);
  });
}

TASK_TEST(2, 8, names_of_an_inner_network_get_a_place_in_front) {
  lab::cases(40, [](lab::Case& c) {
    Network outer = any_network(c, c.integer(0, 2));
    const std::string place = std::to_string(outer.net.size());
    const auto inner = std::make_shared<nn::Sequential>();
    const std::int64_t count = c.integer(1, 3);
    for (std::int64_t i = 0; i < count; ++i) inner->add(any_layer(c, outer, place + "." + std::to_string(i)));
    c.input("with the inner ones", std::string_view(outer.text));
    outer.net.add(inner);
    CHECK_SAME("names", names_of(outer.net.named_parameters()), outer.names);
  });
}

TASK_TEST(2, 8, a_shared_layer_is_named_once) {
  lab::cases(40, [](lab::Case& c) {
    Network network = any_network(c, c.integer(0, 2));
    const auto shared = any_layer(c, network, std::to_string(network.net.size()));
    network.net.add(shared);
    const std::int64_t between = c.integer(0, 2);
    for (std::int64_t i = 0; i < between; ++i) {
      network.net.add(any_layer(c, network, std::to_string(network.net.size())));
    }
    network.net.add(shared);
    c.input("and shared ones", std::string_view(network.text));
    CHECK_SAME("names", names_of(network.net.named_parameters()), network.names);
  });
}

TASK_TEST(2, 8, a_tied_tensor_is_named_once) {
  lab::cases(40, [](lab::Case& c) {
    Network network = any_network(c, c.integer(0, 2));
    const auto add = [&](const std::shared_ptr<Affine>& layer, bool first) {
      const std::string place = std::to_string(network.net.size());
      network.net.add(layer);
      network.names.push_back(place + ".factor");
      if (first) network.names.push_back(place + ".shift");
    };
    const auto one = std::make_shared<Affine>(2.0, 1.0), other = std::make_shared<Affine>(2.0, 1.0);
    other->tie_shift(*one);
    add(one, true);
    const std::int64_t between = c.input("layers between the two that share a shift", c.integer(0, 2));
    for (std::int64_t i = 0; i < between; ++i) {
      network.net.add(any_layer(c, network, std::to_string(network.net.size())));
    }
    add(other, false);
    CHECK_SAME("names", names_of(network.net.named_parameters()), network.names);
  });
}

TASK_TEST(2, 8, a_layer_names_its_own_parameters) {
  lab::cases(40, [](lab::Case& c) {
    Network network = any_network(c, c.integer(0, 3));
    const Tensor whole = c.input("parameter", c.contiguous({c.integer(1, 4)}));
    const std::string place = std::to_string(network.net.size());
    network.net.add(std::make_shared<Renamed>(whole));
    network.names.push_back(place + ".all");
    network.names.push_back(place + ".first");
    CHECK_SAME("names", names_of(network.net.named_parameters()), network.names);
  });
}

TASK_TEST(2, 8, parameters_are_handles) {
  lab::cases(40, [](lab::Case& c) {
    Network network = any_network(c, c.integer(1, 2 + c.size() / 4));
    const Tensor x = any_x(c);
    const auto factor = static_cast<double>(c.integer(2, 5)), shift = static_cast<double>(c.integer(-5, -1));
    c.input("new factors", factor);
    c.input("new shifts", shift);
    for (const NamedTensor& parameter : network.net.named_parameters()) {
      parameter.value.data<float>()[0] = static_cast<float>(parameter.name.ends_with("factor") ? factor : shift);
    }
    CHECK_SAME("y after writing to them", network.net.forward(x), [&] {
      std::vector<std::pair<double, double>> changed = network.steps;
      for (auto& step : changed) {
        if (step.second != 0.0) step = {factor, shift};
      }
      return after(x, changed);
    }());
  });
}

}  // namespace tinytorch
