// Task 4.11, step accumulate.

#include "modules/04_autograd/tests/nodes.hpp"

namespace tinytorch {
namespace {

Tensor sum_of(const Tensor& x, const Tensor& y) {
  return make(x.sizes(), x.dtype(), [&](const Shape& i) { return lab::at(x, i) + lab::at(y, i); });
}

// A contiguous copy of x that nobody else holds.
Tensor own_copy(const Tensor& x) { return times(x, 1.0); }

}  // namespace

TASK_TEST(4, 11, gradients_add_up) {
  lab::cases(40, [](lab::Case& c) {
    const Shape sizes = c.shape(0, 3);
    const DType dtype = float_dtype(c);
    const Tensor a = c.input("first", c.tensor(sizes, dtype)), b = c.input("second", c.tensor(sizes, dtype));
    const Tensor d = c.input("third", c.tensor(sizes, dtype));
    Tensor slot;
    for (const Tensor& x : {a, b, d}) autograd::accumulate(slot, own_copy(x));
    CHECK_SAME("slot", slot, sum_of(sum_of(a, b), d));
  });
}

TASK_TEST(4, 11, an_empty_slot_takes_what_nobody_else_holds) {
  lab::cases(32, [](lab::Case& c) {
    const Tensor x = c.input("gradient", c.tensor(c.shape(0, 3), DType::float64));
    const bool shared = c.input("somebody else holds it", c.coin());
    Tensor incoming = own_copy(x);
    const Tensor other = shared ? incoming : Tensor();
    const void* const memory = incoming.data();
    Tensor slot;
    autograd::accumulate(slot, std::move(incoming));
    CHECK_SAME("slot", slot, x);
    CHECK_SAME("in the same memory", slot.data() == memory, !shared);
  });
}

// (a + b) + a: both operands of the inner sum get the same tensor.
TASK_TEST(4, 11, a_gradient_that_somebody_else_holds_stays_as_it_is) {
  lab::cases(40, [](lab::Case& c) {
    const Shape sizes = c.shape(0, 3);
    const Tensor first = c.input("first", c.contiguous(sizes)), second = c.input("second", c.contiguous(sizes));
    const std::string holder = c.input("held by", std::string(c.pick({"a handle", "a view", "another slot"})));
    const Tensor shared = own_copy(first);
    const Tensor held = holder == "a view" ? as_strided(shared, shared.sizes(), shared.strides(), 0) : shared;
    Tensor slot, other;
    autograd::accumulate(slot, shared);
    if (holder == "another slot") autograd::accumulate(other, shared);
    autograd::accumulate(slot, own_copy(second));
    CHECK_SAME("slot", slot, sum_of(first, second));
    CHECK_SAME("what is held", holder == "another slot" ? other : held, first);
  });
}

TASK_TEST(4, 11, the_user_keeps_the_gradient_of_the_step_before) {
  lab::cases(40, [](lab::Case& c) {
    const Shape sizes = c.shape(0, 3);
    const Tensor first = c.input("first", c.contiguous(sizes)), second = c.input("second", c.contiguous(sizes));
    Tensor slot;
    autograd::accumulate(slot, own_copy(first));
    const Tensor held = slot;  // g = x.grad()
    autograd::accumulate(slot, own_copy(second));
    CHECK_SAME("slot", slot, sum_of(first, second));
    CHECK_SAME("what the user holds", held, first);
  });
}

TASK_TEST(4, 11, later_gradients_are_added_in_place) {
  lab::cases(32, [](lab::Case& c) {
    const Shape sizes = c.shape(0, 3);
    const Tensor first = c.input("first", c.contiguous(sizes)), second = c.input("second", c.tensor(sizes));
    const bool held = c.input("somebody else holds the slot's tensor", c.coin());
    Tensor slot, other;
    autograd::accumulate(slot, own_copy(first));
    if (held) other = slot;
    const void* const memory = slot.data();
    autograd::accumulate(slot, second);
    CHECK_SAME("slot", slot, sum_of(first, second));
    CHECK_SAME("in the same memory", slot.data() == memory, !held);
  });
}

// The gradient of a sum is one number that every element shows (stride 0).
TASK_TEST(4, 11, a_gradient_may_repeat_its_elements) {
  lab::cases(40, [](lab::Case& c) {
    Shape sizes = c.shape(1, 3);
    sizes[0] += 1;
    const Tensor number = c.input("number", c.contiguous({})), second = c.input("second", c.tensor(sizes));
    Tensor slot;
    Tensor everywhere = raw::expand(own_copy(number), sizes);
    autograd::accumulate(slot, std::move(everywhere));
    autograd::accumulate(slot, own_copy(second));
    CHECK_SAME("slot", slot,
               make(sizes, DType::float32, [&](const Shape& i) { return lab::at(number, {}) + lab::at(second, i); }));
  });
}

// Whoever walks a gradient element by element, as clip_grad_norm_ does, may rely on it.
TASK_TEST(4, 11, what_a_slot_holds_is_contiguous) {
  lab::cases(40, [](lab::Case& c) {
    const Shape sizes{c.integer(1, 3), c.integer(2, 3)};
    const auto drawn = [&] { return c.contiguous({sizes[1], sizes[0]}, DType::float64); };
    const Tensor first = c.input("first, transposed", drawn()), second = c.input("second, transposed", drawn());
    const auto turned = [](const Tensor& x) { return raw::permute(own_copy(x), Shape{1, 0}); };
    const Tensor right_first = make(sizes, DType::float64, [&](const Shape& i) {
      return lab::at(first, {i[1], i[0]});
    });
    Tensor slot;
    autograd::accumulate(slot, turned(first));
    CHECK_SAME("slot after the first", slot, right_first);
    CHECK_SAME("it is contiguous", slot.is_contiguous(), true);
    const bool held = c.input("somebody holds the slot's tensor", c.coin());
    const Tensor holder = held ? slot : Tensor();
    autograd::accumulate(slot, turned(second));
    CHECK_SAME("slot after the second", slot, make(sizes, DType::float64, [&](const Shape& i) {
                 return lab::at(first, {i[1], i[0]}) + lab::at(second, {i[1], i[0]});
               }));
    CHECK_SAME("it is contiguous still", slot.is_contiguous(), true);
  });
}

// With create_graph gradients have graphs of their own, and the sum must be a part of them.
TASK_TEST_USES(4, 11, gradients_with_a_graph_are_added_by_a_recorded_operation, "4.9") {
  lab::cases(32, [](lab::Case& c) {
    const ModeOnAgain again;
    const Tensor a = c.input("first", c.contiguous({2}, DType::float64));
    const Tensor b = c.input("second", c.contiguous({2}, DType::float64));
    const bool of_first = c.input("the first has a graph", c.coin()),
               of_second = c.input("so has the second", c.coin());
    const bool on = c.input("grad mode", c.integer(0, 3) > 0);
    const auto drawn = [](const Tensor& x, bool graph) { return graph ? keep(leaf_of(own_copy(x))) : own_copy(x); };
    const Tensor x = drawn(a, of_first), y = drawn(b, of_second);
    Tensor slot;
    GradMode::set(on);
    autograd::accumulate(slot, x);
    const bool same = slot.is_same(x);
    autograd::accumulate(slot, y);
    GradMode::set(true);
    keep(slot);
    CHECK_SAME("an empty slot took the first as it was", same, of_first && on);
    CHECK_SAME("slot", slot, sum_of(a, b));
    CHECK_SAME("it requires a gradient", slot.requires_grad(), on && (of_first || of_second));
    CHECK_SAME("the first", x, a);
  });
}

// A NaN or an infinity in one gradient must show in the sum.
TASK_TEST(4, 11, sums_keep_infinities_and_nan) {
  lab::cases(32, [](lab::Case& c) {
    const double infinity = std::numeric_limits<double>::infinity(), nan = std::nan("");
    const auto any = [&](const Shape&) { return c.pick({1.0, -2.0, 0.0, infinity, -infinity, nan}); };
    const Shape sizes = c.shape(0, 2);
    const Tensor a = c.input("first", make(sizes, DType::float64, any));
    const Tensor b = c.input("second", make(sizes, DType::float64, any));
    Tensor slot;
    autograd::accumulate(slot, own_copy(a));
    autograd::accumulate(slot, own_copy(b));
    CHECK_SAME("slot", slot, sum_of(a, b));
  });
}

}  // namespace tinytorch
