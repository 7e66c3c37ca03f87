#include "tinytorch/core/einsum.hpp"

#include "tests/library/core/elements.hpp"

#include <map>
#include <string>

namespace tinytorch {
namespace {

using testing::at;
using testing::integer;
using testing::made;
using testing::message_of;
using testing::numbers;

// The definition: a loop over all values of all letters. No ellipsis. A dimension of size 1 broadcasts.
Tensor by_hand(const std::vector<std::string>& terms, const std::string& output, const std::vector<Tensor>& operands) {
  std::string letters = output;
  std::map<char, std::int64_t> sizes;
  for (std::size_t i = 0; i < terms.size(); ++i)
    for (std::size_t d = 0; d < terms[i].size(); ++d) {
      const char c = terms[i][d];
      if (letters.find(c) == std::string::npos) letters += c;
      sizes[c] = std::max(sizes[c], operands[i].size(static_cast<std::int64_t>(d)));
    }
  Shape kept, summed;
  for (const char c : letters) (output.find(c) != std::string::npos ? kept : summed).push_back(sizes[c]);
  return made(kept, DType::float64, [&](const Shape& outer) {
    double total = 0.0;
    testing::for_each_index(summed, [&](const Shape& inner) {
      double factor = 1.0;
      for (std::size_t i = 0; i < terms.size(); ++i) {
        Shape place;
        for (std::size_t d = 0; d < terms[i].size(); ++d) {
          const auto l = static_cast<std::int64_t>(letters.find(terms[i][d]));
          const std::int64_t value = l < outer.size() ? outer[l] : inner[l - outer.size()];
          place.push_back(operands[i].size(static_cast<std::int64_t>(d)) == 1 ? 0 : value);
        }
        factor *= at(operands[i], place);
      }
      total += factor;
    });
    return total;
  });
}

std::string random_letters(Generator& g, std::size_t longest) {
  std::string term;
  for (std::uint64_t n = g.below(longest + 1); n > 0; --n) term += static_cast<char>('a' + g.below(5));
  return term;
}

TEST(Einsum, agrees_with_its_definition_for_random_equations) {
  Generator g(1);
  for (int round = 0; round < 400; ++round) {
    std::map<char, std::int64_t> sizes;
    for (char c = 'a'; c < 'f'; ++c) sizes[c] = integer(g, round % 7 == 0 ? 0 : 1, 3);
    std::vector<std::string> terms;
    std::vector<Tensor> operands;
    std::string equation, all, output;
    for (std::uint64_t n = 1 + g.below(3); n > 0; --n) {
      terms.push_back(random_letters(g, 4));
      Shape shape;
      for (const char c : terms.back()) shape.push_back(sizes[c]);
      operands.push_back(numbers(shape, DType::float64, g));
      equation += (equation.empty() && all.empty() && terms.size() == 1 ? "" : ",") + terms.back();
      all += terms.back();
    }
    for (char c = 'e'; c >= 'a'; --c)
      if (all.find(c) != std::string::npos && g.below(2) == 0) output += c;
    equation += "->" + output;
    ASSERT_TRUE(allclose(einsum(equation, operands), by_hand(terms, output, operands), 1e-12, 1e-12)) << equation;
  }
}

TEST(Einsum, names_the_operations_of_linear_algebra) {
  Generator g(2);
  const Tensor a = numbers({3, 4}, DType::float64, g), b = numbers({4, 2}, DType::float64, g);
  const Tensor s = numbers({3, 3}, DType::float64, g), v = numbers({4}, DType::float64, g);
  EXPECT_TRUE(equal(einsum("ij,jk", {a, b}), matmul(a, b)));
  EXPECT_TRUE(equal(einsum("ij,j", {a, v}), matmul(a, v)));
  EXPECT_TRUE(equal(einsum("ji", {a}), a.t()));
  EXPECT_TRUE(equal(einsum("ii", {s}), trace(s)));
  EXPECT_TRUE(equal(einsum("ii->i", {s}), diagonal(s)));
  EXPECT_TRUE(equal(einsum("i,j->ij", {v, v}), outer(v, v)));
  EXPECT_TRUE(equal(einsum("i,i->", {v, v}), dot(v, v)));
  EXPECT_TRUE(equal(einsum(" i j , k j -> k i ", {a, a}), matmul(a, a.t()).t()));
  EXPECT_TRUE(equal(einsum("BA->AB", {a}), a.t()));
  EXPECT_TRUE(equal(einsum("bA", {a}), a.t()));  // capitals come first
  EXPECT_TRUE(equal(einsum("->", {scalar(2.0)}), scalar(2.0)));
}

TEST(Einsum, broadcasts_what_lies_under_an_ellipsis) {
  Generator g(3);
  const Tensor a = numbers({2, 1, 3, 4}, DType::float64, g), b = numbers({5, 4, 2}, DType::float64, g);
  EXPECT_TRUE(equal(einsum("...ij,...jk->...ik", {a, b}), matmul(a, b)));
  EXPECT_TRUE(equal(einsum("...ij,...jk", {a, b}), matmul(a, b)));
  EXPECT_TRUE(equal(einsum("i...j->j...i", {a}), movedim(movedim(a, -1, 0), 1, -1)));
  EXPECT_TRUE(equal(einsum("...->...", {a}), a));
  EXPECT_TRUE(equal(einsum("...ij->ij", {a}), sum(a, Shape{0, 1})));
  EXPECT_TRUE(equal(einsum("...,...", {a, scalar(2.0, DType::float64)}), a * 2.0));
}

TEST(Einsum, keeps_the_gradients_of_its_operands_apart) {
  const Tensor x = full({2, 2}, 3.0, DType::float64).set_requires_grad();
  einsum("ij,ij->", {x, x}).backward();
  EXPECT_EQ(at(x.grad(), {0, 1}), 6.0);
}

TEST(Einsum, says_what_is_wrong_with_an_equation) {
  const Tensor m = zeros({2, 3});
  const auto value_error = [&](const char* equation, std::vector<Tensor> operands) {
    return message_of<ValueError>([&] { einsum(equation, operands); });
  };
  EXPECT_EQ(value_error("ij,jk->ik", {m}), "[einsum] 'ij,jk->ik' is for 2 operands, not 1");
  EXPECT_EQ(value_error("ij->ik", {m}), "[einsum] 'k' comes only after the arrow of 'ij->ik'");
  EXPECT_EQ(value_error("ij->ii", {m}), "[einsum] 'i' comes twice after the arrow of 'ij->ii'");
  EXPECT_EQ(value_error("i1->i", {m}), "[einsum] 'i1' is not made of letters and one ellipsis");
  EXPECT_EQ(value_error("", {}), "[einsum] needs at least one operand");
  EXPECT_EQ(message_of<ShapeError>([&] { einsum("ijk->i", {m}); }),
            "[einsum] 'ijk' names 3 dimensions, operand 0 is (2, 3)");
  EXPECT_EQ(message_of<ShapeError>([&] { einsum("ij,ij->", {m, m.t()}); }), "[einsum] 'i' is 2 and 3");
  EXPECT_EQ(message_of<ShapeError>([&] { einsum("ii", {m}); }), "[einsum] 'i' is 2 and 3 in operand 0");
}

}  // namespace
}  // namespace tinytorch
