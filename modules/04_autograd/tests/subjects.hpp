#pragma once

// For the tests of task 4.1: functions with right gradients, and gradients with an error in them.

#include "modules/04_autograd/tests/oracle.hpp"
#include "tinytorch/core/gradcheck.hpp"
#include "tinytorch/core/ops.hpp"

#include <cmath>
#include <iterator>
#include <vector>

namespace tinytorch {
namespace {

using Gradients = std::vector<Tensor>;
constexpr DType f64 = DType::float64;

/// A function with its right gradient.
struct Subject {
  const char* name;
  Tensor (*function)(Inputs);
  Gradients (*gradient)(Inputs, const Tensor&);
};

/// x * y, where y is a row.
inline Tensor product(Inputs in) { return raw::mul(in[0], in[1]); }
inline Gradients product_gradient(Inputs in, const Tensor& g) {
  Totals dx(in[0].sizes()), dy(in[1].sizes());
  for_each_index(g.sizes(), [&](const Shape& i) {
    dx.add(i, lab::at(g, i) * broadcast_at(in[1], i));
    dy.add(i, lab::at(g, i) * broadcast_at(in[0], i));
  });
  return {dx.tensor(f64), dy.tensor(f64)};
}

/// The product of x with its own transpose: every element is used many times.
inline Tensor gram(Inputs in) { return raw::matmul(in[0], raw::permute(in[0], Shape{1, 0})); }
inline Gradients gram_gradient(Inputs in, const Tensor& g) {
  const Tensor& x = in[0];
  Totals dx(x.sizes());
  for_each_index(x.sizes(), [&](const Shape& i) {
    for (std::int64_t r = 0; r < x.sizes()[0]; ++r)
      dx.add(i, (lab::at(g, {i[0], r}) + lab::at(g, {r, i[0]})) * lab::at(x, {r, i[1]}));
  });
  return {dx.tensor(f64)};
}

/// exp(x) + y: neither gradient depends on the other input.
inline Tensor separate(Inputs in) {
  return make(in[0].sizes(), f64, [&](const Shape& i) { return std::exp(lab::at(in[0], i)) + broadcast_at(in[1], i); });
}
inline Gradients separate_gradient(Inputs in, const Tensor& g) {
  Totals dx(in[0].sizes()), dy(in[1].sizes());
  for_each_index(g.sizes(), [&](const Shape& i) {
    dx.add(i, lab::at(g, i) * std::exp(lab::at(in[0], i)));
    dy.add(i, lab::at(g, i));
  });
  return {dx.tensor(f64), dy.tensor(f64)};
}

/// The sum of all elements. Its gradient is one number that every element shows: a view with strides of 0.
inline Tensor total(Inputs in) { return raw::sum(in[0], {}, false); }
inline Gradients total_gradient(Inputs in, const Tensor& g) { return {raw::expand(g, in[0].sizes())}; }

/// The transpose. Its gradient is a view of the upstream gradient, column by column.
inline Tensor turned(Inputs in) { return raw::permute(in[0], Shape{1, 0}); }
inline Gradients turned_gradient(Inputs, const Tensor& g) { return {raw::permute(g, Shape{1, 0})}; }

/// A function that does not use its input.
inline Tensor constant(Inputs) { return full({2}, 3.0, f64); }
inline Gradients constant_gradient(Inputs in, const Tensor&) { return {zeros(in[0].sizes(), f64)}; }

inline const Subject subjects[] = {
    {"x * row", product, product_gradient},
    {"x x^T", gram, gram_gradient},
    {"exp(x) + row", separate, separate_gradient},
    {"sum(x)", total, total_gradient},
    {"x^T", turned, turned_gradient},
    {"3", constant, constant_gradient},
};

inline const Subject& any_subject(lab::Case& c) {
  const Subject& subject = subjects[c.integer(0, std::ssize(subjects) - 1)];
  c.input("function", subject.name);
  return subject;
}

/// Inputs for every subject: x (n, m) and a row (m), in a random layout, with no elements near 0.
inline Gradients any_inputs(lab::Case& c) {
  const std::int64_t n = c.integer(1, 2 + c.size() / 8), m = c.integer(1, 2 + c.size() / 8);
  const Tensor x = c.input("x", c.reals({n, m}, f64, 0.5, 2.0)), row = c.input("row", c.reals({m}, f64, -2.0, -0.5));
  return {x, row};
}

/// The inputs that the subject uses.
inline Gradients inputs_of(const Subject& subject, Gradients inputs) {
  if (subject.function != product && subject.function != separate) inputs.pop_back();
  return inputs;
}

inline lab::Value verdict(const GradcheckResult& result) {
  return lab::record({{"ok", result.ok}, {"input", result.input}, {"index", result.index}});
}
inline lab::Value accepted() { return lab::record({{"ok", true}, {"input", -1}, {"index", -1}}); }
inline lab::Value found(std::int64_t input, std::int64_t index) {
  return lab::record({{"ok", false}, {"input", input}, {"index", index}});
}

/// A writable copy of a gradient.
inline Tensor writable(const Tensor& x) {
  return make(x.sizes(), f64, [&](const Shape& i) { return lab::at(x, i); });
}

inline Tensor elementwise_square(Inputs in) { return raw::mul(in[0], in[0]); }
inline Gradients square_gradient(Inputs in, const Tensor& g) {
  return {make(g.sizes(), f64, [&](const Shape& i) { return 2.0 * lab::at(g, i) * lab::at(in[0], i); })};
}

/// gradcheck of a subject whose gradient of input number `input` has `error` added at element `index`.
inline GradcheckResult check_planted(const Subject& subject, const Gradients& inputs, std::int64_t input,
                                     std::int64_t index, double error, const GradcheckOptions& options = {}) {
  const auto planted = [&](Inputs in, const Tensor& upstream) {
    Gradients gradients = subject.gradient(in, upstream);
    Tensor& wrong = gradients[static_cast<std::size_t>(input)];
    wrong = writable(wrong);
    wrong.data<double>()[index] += error;
    return gradients;
  };
  auto function = subject.function;
  return gradcheck(function, planted, inputs, options);
}

}  // namespace
}  // namespace tinytorch
