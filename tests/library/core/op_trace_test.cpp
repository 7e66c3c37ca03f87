#include "tinytorch/core/op_trace.hpp"

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/ops.hpp"

#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

// Writes down what it is told: "permute(", "order (1, 0)", "= (3, 2)", ")".
class Notes final : public OpTracer {
 public:
  void begins(const char* name, std::span<const Tensor* const> inputs) override {
    told.push_back(std::string(name) + "(");
    for (const Tensor* x : inputs) told.push_back(x->defined() ? to_string(x->sizes()) : "-");
  }
  void calls(const void*) override { told.emplace_back("call"); }
  void input(const Tensor& x) override { told.push_back(to_string(x.sizes())); }
  void setting(const char* name, const Shape& numbers) override {
    told.push_back(std::string(name) + " " + to_string(numbers));
  }
  void setting(const char* name, double number) override {
    told.push_back(std::string(name) + " " + detail::number_text(number));
  }
  void result(const Tensor& y) override { told.push_back("= " + to_string(y.sizes())); }
  void ends() noexcept override { told.emplace_back(")"); }

  std::vector<std::string> told;
};

using Told = std::vector<std::string>;

TEST(OpTracer, sees_inputs_settings_and_results) {
  const Tensor x = ones({2, 3});
  Notes notes;
  {
    const TracerScope scope(notes);
    permute(x, {1, 0});
    mul(x, 0.5);
  }
  permute(x, {1, 0});
  EXPECT_EQ(notes.told, (Told{"permute(", "(2, 3)", "order (1, 0)", "= (3, 2)", ")", "mul(", "(2, 3)", "number 0.5",
                              "= (2, 3)", ")"}));
}

// A concatenation reports more inputs than the hook has places for, and the copies inside it.
TEST(OpTracer, sees_all_inputs_of_a_list) {
  const Tensor x = ones({2});
  Notes notes;
  const TracerScope scope(notes);
  cat({x, x, x, x, x}, 0);
  EXPECT_EQ(Told(notes.told.begin(), notes.told.begin() + 8),
            (Told{"cat(", "(2,)", "(2,)", "(2,)", "(2,)", "(2,)", "dim (0,)", "copy_("}));
}

TEST(OpTracer, sees_an_operation_of_others_around_them) {
  const Tensor two = ones({2});
  Notes notes;
  const TracerScope scope(notes);
  const auto twice = [](const Tensor& x) {
    TracedOp op("twice", {&x});
    op.real("factor", 2.0);
    return op.result(x * 2.0);
  };
  twice(two);
  EXPECT_EQ(notes.told, (Told{"twice(", "(2,)", "factor 2", "mul(", "(2,)", "number 2", "= (2,)", ")", "= (2,)", ")"}));
}

TEST(OpTracer, sees_its_own_thread_and_nothing_of_backward) {
  const Tensor x = ones({2}).set_requires_grad();
  Notes notes;
  const TracerScope scope(notes);
  std::thread([&] { exp(x); }).join();
  EXPECT_EQ(notes.told, Told{});
  const Tensor y = sum(x);
  notes.told.clear();
  y.backward();
  for (const std::string& line : notes.told) EXPECT_NE(line, "sum(");
}

TEST(OpTracer, is_told_of_the_end_also_by_an_exception) {
  Notes notes;
  const TracerScope scope(notes);
  EXPECT_THROW(permute(ones({2}), {0, 1}), Error);
  ASSERT_FALSE(notes.told.empty());
  EXPECT_EQ(notes.told.back(), ")");
}

TEST(OpTracer, of_an_inner_scope_takes_the_place_of_the_outer_one) {
  const Tensor two = ones({2}), three = ones({3});
  Notes outer, inner;
  const TracerScope first(outer);
  {
    const TracerScope second(inner);
    exp(two);
  }
  EXPECT_EQ(outer.told, Told{});
  exp(three);
  EXPECT_EQ(inner.told, (Told{"exp(", "(2,)", "= (2,)", ")"}));
  EXPECT_EQ(outer.told, (Told{"exp(", "(3,)", "= (3,)", ")"}));
}

}  // namespace
}  // namespace tinytorch
