// Tests every operation of the library from its description: against libtorch's golden results, against difference
// quotients, and for edge values.

#include "tinytorch/core/ops.hpp"

#include "tests/library/ops/central_difference.hpp"
#include "tests/library/ops/compare.hpp"
#include "tests/library/ops/golden.hpp"
#include "tests/library/ops/op.hpp"
#include "tests/library/ops/results.hpp"
#include "tinytorch/core/autograd.hpp"

#include <cstdlib>
#include <set>

#include <gtest/gtest.h>

namespace tinytorch::ops {
namespace {

constexpr int gradient_cases = 12;
constexpr int second_gradient_cases = 5;
constexpr double gradient_tolerance = 1e-5;
// For second derivatives: the gradients themselves have rounding errors, so one digit fewer.
constexpr double second_gradient_tolerance = 1e-4;

// One suite for each column of the table, over the operations that have the column.
class ForwardTest : public ::testing::TestWithParam<Op> {};
class EdgeTest : public ::testing::TestWithParam<Op> {};
class GradientTest : public ::testing::TestWithParam<Op> {};
class SecondGradientTest : public ::testing::TestWithParam<Op> {};

template <class Predicate>
auto ops_where(Predicate holds) {
  std::vector<Op> some;
  for (Op& op : all_ops())
    if (holds(op)) some.push_back(std::move(op));
  return ::testing::ValuesIn(some);
}

std::string name_of(const ::testing::TestParamInfo<Op>& op) { return op.param.name; }

// libtorch's result with our numbers in the places where it is NaN and ours is a number. A test of the operation's own
// room says that they are right.
std::vector<Tensor> with_limits(std::vector<Tensor> golden, const std::vector<Tensor>& ours) {
  for (std::size_t i = 0; i < std::min(golden.size(), ours.size()); ++i) {
    if (!golden[i].defined() || !ours[i].defined() || golden[i].sizes() != ours[i].sizes()) continue;
    golden[i] = where(isnan(golden[i]), ours[i].detach().to(golden[i].dtype()), golden[i]);
  }
  return golden;
}

// libtorch's results for cases first..last-1.
void compare_with_golden(const Op& op, Column column, std::size_t first, std::size_t last) {
  const std::vector<Arguments> cases = golden_arguments(op);
  const std::vector<Golden> golden = load_golden(op);
  ASSERT_EQ(golden.size(), cases.size()) << golden_file(op) << " is out of date: see tests/library/oracle/README.md";
  double worst = 0.0;
  bool passed = true;
  last = std::min(last, cases.size());
  for (std::size_t k = first; k < last; ++k) {
    ASSERT_EQ(golden[k].inputs, fingerprint(cases[k]))
        << golden_file(op) << " is out of date: see tests/library/oracle/README.md";
    const Outcome ours = outcome_of(op, cases[k]);
    Outcome theirs = golden[k].outcome;
    if (column == Column::edges && !op.limit.empty()) {
      theirs.outputs = with_limits(theirs.outputs, ours.outputs);
      theirs.gradients = with_limits(theirs.gradients, ours.gradients);
    }
    const Difference difference = compare(ours, theirs, op.roundings);
    worst = std::max(worst, difference.error);
    passed = passed && difference.agrees();
    EXPECT_TRUE(difference.agrees()) << op.name << ", case " << k << ": " << difference.text;
  }
  note(op, column, static_cast<int>(last - first), worst, passed);
}

TEST_P(ForwardTest, agrees_with_libtorch) {
  const Op& op = GetParam();
  note(op, Column::oracle, 0, 0.0, false);
  compare_with_golden(op, Column::oracle, 0, static_cast<std::size_t>(golden_cases(op)));
}

TEST_P(EdgeTest, agrees_with_libtorch) {
  const Op& op = GetParam();
  note(op, Column::edges, 0, 0.0, false);
  compare_with_golden(op, Column::edges, static_cast<std::size_t>(golden_cases(op)), golden_arguments(op).size());
}

void check_gradients(const Op& op, Column column, int cases, double tolerance,
                     double (*error_of)(const Op&, const Arguments&)) {
  note(op, column, 0, 0.0, false);
  double worst = 0.0;
  for (int k = 0; k < cases; ++k) {
    const double error = error_of(op, case_arguments(op, k, 1, DType::float64));
    worst = std::max(worst, error);
    EXPECT_LE(error, tolerance) << op.name << ", case " << k;
  }
  note(op, column, cases, worst, worst <= tolerance);
}

TEST_P(GradientTest, is_the_difference_quotient) {
  check_gradients(GetParam(), Column::gradient, gradient_cases, gradient_tolerance, gradient_error);
}

TEST_P(SecondGradientTest, is_the_difference_quotient_of_gradients) {
  check_gradients(GetParam(), Column::second_gradient, second_gradient_cases, second_gradient_tolerance,
                  second_gradient_error);
}

INSTANTIATE_TEST_SUITE_P(Ops, ForwardTest, ::testing::ValuesIn(all_ops()), name_of);
INSTANTIATE_TEST_SUITE_P(Ops, EdgeTest, ops_where([](const Op& op) { return op.edges != nullptr; }), name_of);
INSTANTIATE_TEST_SUITE_P(Ops, GradientTest, ops_where([](const Op& op) { return op.no_gradient.empty(); }), name_of);
INSTANTIATE_TEST_SUITE_P(Ops, SecondGradientTest, ops_where([](const Op& op) { return op.no_gradient.empty(); }),
                         name_of);

TEST(Descriptions, have_names_of_their_own_and_a_reason_for_each_empty_column) {
  std::set<std::string> names;
  for (const Op& op : all_ops()) {
    EXPECT_TRUE(names.insert(op.name).second) << op.name << " is there twice";
    EXPECT_TRUE(op.edges || !op.no_edges.empty()) << op.name << " has neither edges nor a reason";
    EXPECT_FALSE(op.dtypes.empty()) << op.name;
  }
}

// The checks themselves must tell a wrong gradient from a right one.
TEST(Descriptions, show_a_broken_gradient) {
  for (const bool right : {true, false}) {
    Op op = all_ops().front();
    op.run = [right](const Arguments& in) -> Outputs {
      Tensor y = in.tensors[0].detach() * 3.0;
      autograd::record(
          y, {&in.tensors[0]},
          autograd::make_node("triple", [right](const Tensor& grad, std::span<Tensor> grads, autograd::Node&) {
            grads[0] = grad * (right ? 3.0 : 3.01);
          }));
      return {y};
    };
    op.arguments = [](Draw& draw) -> Arguments { return {{draw.normal(draw.shape(1, 3))}, {}}; };
    op.constants = {};
    const double error = gradient_error(op, case_arguments(op, 2, 1, DType::float64));
    EXPECT_EQ(error <= gradient_tolerance, right) << error;
  }
}

class WriteResults : public ::testing::Environment {
 public:
  void TearDown() override {
    if (const char* file = std::getenv("TINYTORCH_OPS_JSON")) write_results(file);
  }
};

const auto* const results = ::testing::AddGlobalTestEnvironment(new WriteResults);

}  // namespace
}  // namespace tinytorch::ops
