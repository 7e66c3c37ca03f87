// Task 10.7: kernels::gemm_epilogue.

#include "modules/10_kernels/tests/fence.hpp"
#include "modules/10_kernels/tests/oracle.hpp"
#include "modules/10_kernels/tests/plain_kernels.hpp"
#include "tinytorch/core/gemm_parallel.hpp"

namespace tinytorch {
namespace {

using kernels::Epilogue, kernels::GemmArgs, kernels::Workspace;

/// What the activations of this file saw.
std::int64_t activated = 0;

// Twice, or before the last product, it gives another number.
void twice_plus_1(float* elements, std::int64_t count) {
  activated += count;
  for (std::int64_t i = 0; i < count; ++i) elements[i] = 2.0F * elements[i] + 1.0F;
}

double activation_of(const Epilogue& e, double x) {
  if (e.activation == nullptr) return x;
  if (e.activation == twice_plus_1) return 2 * x + 1;
  return x < 0 ? 0 : x;
}

/// activation(beta * before + a b + bias)
Tensor ended(const Operands& o, const Tensor& bias, const Epilogue& e, const std::vector<double>& before) {
  const Tensor sums = product_of(o, before);
  return make(sums.sizes(), DType::float32, [&](const Shape& at) {
    return activation_of(e, lab::at(sums, {at[0], at[1]}) + (bias.defined() ? lab::at(bias, {at[1]}) : 0.0));
  });
}

/// The bias and the activation of a case.
struct End {
  Tensor bias;
  Epilogue e;
};

End end_of(lab::Case& c, std::int64_t n, void (*activation)(float*, std::int64_t)) {
  End end;
  end.bias = c.input("bias", c.contiguous({n}));
  end.e = {end.bias.data<float>(), activation};
  return end;
}

void check_end(lab::Case& c, const Way& how, const Operands& o, const End& end) {
  c.input("a", o.a);
  c.input("b", o.b);
  c.shown("c", o.c);
  c.input("beta", o.beta);
  const std::vector<double> before = lab::values(o.c);
  const auto product = [&](const GemmArgs& g) {
    Workspace workspace;
    kernels::gemm_epilogue(g, how.tiles, how.kernel, end.e, workspace);
  };
  CHECK_SAME("c", multiplied(o, product), ended(o, end.bias, end.e, before));
}

}  // namespace

// ---- step: values ----

TASK_TEST_USES(10, 7, every_row_gets_the_bias, "10.3", "10.5") {
  lab::cases(50, [](lab::Case& c) {
    const Way how = way(c);
    const Operands o = operands(c);
    check_end(c, how, o, end_of(c, o.b.size(1), nullptr));
  });
}

TASK_TEST_USES(10, 7, the_activation_gets_whole_sums, "10.3", "10.5") {
  lab::cases(50, [](lab::Case& c) {
    const Way how = way(c);
    const Operands o = operands(c);
    check_end(c, how, o, {{}, {nullptr, twice_plus_1}});
  });
}

TASK_TEST_USES(10, 7, the_bias_comes_before_the_activation, "10.3", "10.5") {
  lab::cases(50, [](lab::Case& c) {
    const Way how = way(c);
    const Operands o = operands(c);
    check_end(c, how, o, end_of(c, o.b.size(1), kernels::relu_elements));
  });
}

TASK_TEST_USES(10, 7, bias_and_activation_may_be_missing, "10.3", "10.5") {
  lab::cases(50, [](lab::Case& c) {
    const Way how = way(c);
    const Operands o = operands(c);
    End end;
    if (c.integer(0, 2) == 0) end = end_of(c, o.b.size(1), nullptr);
    if (c.integer(0, 2) == 0) end.e.activation = kernels::relu_elements;
    check_end(c, how, o, end);
  });
}

TASK_TEST_USES(10, 7, what_c_held_belongs_to_the_sum, "10.3", "10.5") {
  lab::cases(50, [](lab::Case& c) {
    const Way how = way(c);
    Operands o = operands(c);
    o.beta = c.pick({1.0, 2.0, -1.0, 0.5});
    check_end(c, how, o, end_of(c, o.b.size(1), twice_plus_1));
  });
}

TASK_TEST_USES(10, 7, an_epilogue_takes_views_and_leaves_gaps, "10.3", "10.5") {
  lab::cases(50, [](lab::Case& c) {
    const Way how = way(c);
    Operands o = operands(c);
    o = {c.strided(o.a.sizes()), c.strided(o.b.sizes()), with_gaps(o.c, c.integer(0, 3)), c.pick({0.0, 1.0})};
    check_end(c, how, o, end_of(c, o.b.size(1), kernels::relu_elements));
    CHECK_SAME("the cells between the rows of c", gaps_of(o.c), std::vector<double>(gaps_of(o.c).size(), nan));
  });
}

// Without products the sum is beta * c.
TASK_TEST_USES(10, 7, an_epilogue_without_products, "10.3", "10.5") {
  lab::cases(40, [](lab::Case& c) {
    const Way how = way(c);
    std::int64_t m = awkward(c), k = 0, n = awkward(c);
    const std::int64_t gone = c.integer(0, 5);
    if (gone == 0) m = 0;
    if (gone == 1) n = 0;
    const Tensor a = c.contiguous({m, k}), b = c.contiguous({k, n});
    check_end(c, how, {a, b, c.contiguous({m, n}), c.pick({0.0, 1.0})}, end_of(c, n, twice_plus_1));
  });
}

TASK_TEST_USES(10, 7, an_epilogue_refuses_what_packed_refuses, "10.3", "10.5") {
  lab::cases(50, [](lab::Case& c) {
    const Doubtful d = doubtful(c);
    CHECK_OUTCOME("c",
                  multiplied(d.o,
                             [&](const GemmArgs& g) {
                               Workspace workspace;
                               kernels::gemm_epilogue(g, d.tiles, d.kernel, {}, workspace);
                             }),
                  d.expected());
  });
}

// ---- step: once, while a block is hot ----

TASK_TEST_USES(10, 7, each_element_is_activated_once, "10.3", "10.5") {
  lab::cases(50, [](lab::Case& c) {
    const Way how = way(c);
    const Operands drawn = operands(c);
    const Operands o{drawn.a, drawn.b, with_gaps(drawn.c, c.integer(0, 3)), 0.0};
    activated = 0;
    check_end(c, how, o, {{}, {nullptr, twice_plus_1}});
    CHECK_SAME("elements that were activated", activated, o.c.numel());
  });
}

TASK_TEST_USES(10, 7, a_block_is_ended_while_it_is_hot, "10.3", "10.5") {
  lab::cases(50, [](lab::Case& c) {
    const Way how = way(c);
    const Operands o = operands(c);
    c.input("a", o.a);
    c.input("b", o.b);
    static std::int64_t at_last_call = 0;
    activated = at_last_call = 0;
    calls.reset();
    calls.before = [] { at_last_call = activated; };
    Workspace workspace;
    kernels::gemm_epilogue(args_of(o), how.tiles, how.kernel, {nullptr, twice_plus_1}, workspace);
    calls.before = nullptr;
    const std::int64_t made = calls.count;
    CHECK_SAME("calls of the kernel", made, calls_needed(how, o.a.size(0), o.a.size(1), o.b.size(1)));
    CHECK_RELATION("elements that wait at the kernel's last call", o.c.numel() - at_last_call, <=,
                   how.tiles.mc * how.tiles.nc);
    CHECK_SAME("c", o.c, ended(o, {}, {nullptr, twice_plus_1}, {}));
  });
}

TASK_TEST_USES(10, 7, an_epilogue_stays_inside_its_operands, "10.3", "10.5") {
  lab::cases(40, [](lab::Case& c) {
    const Way how = way(c);
    const Operands drawn = operands(c);
    const Tensor drawn_bias = c.input("bias", c.contiguous({drawn.b.size(1)}));
    c.input("a", drawn.a);
    c.input("b", drawn.b);
    c.shown("c", drawn.c);
    const Fenced a(drawn.a), b(drawn.b), old(drawn.c), bias(drawn_bias);
    const Operands o{a.tensor(), b.tensor(), old.tensor(), 1.0};
    const Epilogue e{bias.tensor().data<float>(), kernels::relu_elements};
    const auto product = [&](const GemmArgs& g) {
      Workspace workspace;
      kernels::gemm_epilogue(g, how.tiles, how.kernel, e, workspace);
    };
    CHECK_SAME("c", multiplied(o, product), ended(o, drawn_bias, e, lab::values(drawn.c)));
  });
}

TASK_TEST_USES(10, 7, a_second_epilogue_finds_its_memory, "10.3", "10.5") {
  lab::cases(20, [](lab::Case& c) {
    const Way how = way(c);
    const Operands o = operands(c);
    c.input("a", o.a);
    c.input("b", o.b);
    const Epilogue e{nullptr, kernels::relu_elements};
    Workspace workspace;
    kernels::gemm_epilogue(args_of(o), how.tiles, how.kernel, e, workspace);
    const std::int64_t blocks =
        blocks_of([&] { kernels::gemm_epilogue(args_of(o), how.tiles, how.kernel, e, workspace); });
    CHECK_SAME("blocks of memory that a second product takes", blocks, std::int64_t{0});
    CHECK_SAME("c", o.c, ended(o, {}, e, {}));
  });
}

}  // namespace tinytorch
