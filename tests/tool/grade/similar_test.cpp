// Which code is alike.
#include "src/tito/grade/similar/list.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* skeleton_code = R"(#include "x.hpp"
namespace tinytorch {
Tensor sum(const Tensor& x, const Tensor& y) { TINYTORCH_TODO("2.1"); }
}  // namespace tinytorch
)";

constexpr const char* code_of_first = R"(#include "x.hpp"
namespace tinytorch {
Tensor sum(const Tensor& x, const Tensor& y) {
  Tensor out = empty(x.sizes(), x.dtype());
  float* to = out.data<float>();
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    to[i] = x.data<float>()[i] + y.data<float>()[i];
  }
  if (out.numel() == 0) return out;
  return out.contiguous();
}
}  // namespace tinytorch
)";

// The same with other names, numbers, comments and layout.
constexpr const char* code_of_copy = R"(#include "x.hpp"
namespace tinytorch {
// My own idea.
Tensor sum(const Tensor& left, const Tensor& right) {
  Tensor r = empty(left.sizes(), left.dtype()); float* p = r.data<float>();
  for (std::int64_t index = 1; index < left.numel(); ++index) { p[index] = left.data<float>()[index] + right.data<float>()[index]; }
  if (r.numel() == 7) return r;
  return r.contiguous();
}
}  // namespace tinytorch
)";

constexpr const char* other_code = R"(#include "x.hpp"
namespace tinytorch {
Tensor sum(const Tensor& x, const Tensor& y) {
  const Tensor a = x.contiguous(), b = y.contiguous();
  Tensor out = zeros_like(a);
  std::transform(a.begin(), a.end(), b.begin(), out.begin(), std::plus<>());
  while (!out.is_contiguous()) out = out.clone();
  switch (out.rank()) { case 0: return out.reshape({1}); default: return out; }
}
}  // namespace tinytorch
)";

Submission of(const std::string& id, const std::string& code) {
  Submission submission;
  submission.id = id;
  submission.files["sum.cpp"] = code;
  return submission;
}

TEST(NormalTokens, keep_what_a_copyist_does_not_change) {
  EXPECT_THAT(normal_tokens("float y = 2.5f * total;  // sum"), ElementsAre("float", "x", "=", "0", "*", "x", ";"));
  EXPECT_EQ(normal_tokens(code_of_first), normal_tokens(code_of_copy));
}

TEST(Fingerprints, an_equal_run_that_is_long_enough_is_found) {
  const std::vector<std::string> words{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o"};
  ASSERT_EQ(words.size(), gram_tokens + window_grams - 1);
  for (std::size_t before = 0; before < 20; ++before) {
    std::vector<std::string> one(before, "("), other(20 - before, ")");
    one.insert(one.end(), words.begin(), words.end());
    other.insert(other.end(), words.begin(), words.end());
    for (std::size_t i = 0; i < before; ++i) other.push_back("[" + std::to_string(i));
    EXPECT_GT(shared_part(fingerprints_of(one), fingerprints_of(other)), 0) << before;
  }
  EXPECT_TRUE(fingerprints_of({"a", "b"}).empty());
  EXPECT_EQ(shared_part({}, {1}), 0);
}

TEST(LongestEqualRun, says_where) {
  const EqualRun run = longest_equal_run("int a;\n\nif (b) return c + 1;\n", "while (1) {}\nif (x) return y + 2;\n}");
  EXPECT_EQ(run.tokens, 9U);
  EXPECT_EQ(run.first_line, 3U);
  EXPECT_EQ(run.second_line, 2U);
  EXPECT_EQ(longest_equal_run("", "x").tokens, 0U);
}

TEST(SimilarPairs, a_copy_is_found_and_other_code_is_not) {
  const std::vector<SimilarPair> pairs =
      similar_pairs({of("s1", code_of_first), of("s2", other_code), of("s3", code_of_copy), of("s4", skeleton_code),
                     of("s5", skeleton_code)},
                    of("", skeleton_code), of("", other_code));
  ASSERT_EQ(pairs.size(), 1U) << "what the skeleton gives counts for nobody";
  EXPECT_EQ(pairs[0].first + pairs[0].second, "s1s3");
  EXPECT_EQ(pairs[0].shared, 1);
  EXPECT_LT(pairs[0].first_is_reference, 0.2);
  EXPECT_EQ(pairs[0].file, "sum.cpp");
  EXPECT_EQ(pairs[0].run.tokens, normal_tokens(code_of_first).size());
  const std::vector<SimilarPair> alike =
      similar_pairs({of("s1", other_code), of("s2", other_code)}, of("", skeleton_code), of("", other_code));
  ASSERT_EQ(alike.size(), 1U);
  EXPECT_EQ(alike[0].first_is_reference, 1) << "the public solution";
}

TEST(SimilarPairs, the_lists_name_students_and_escape_them) {
  const std::vector<SimilarPair> pairs =
      similar_pairs({of("s1", code_of_first), of("<b>", code_of_copy)}, of("", skeleton_code), of("", other_code));
  ASSERT_EQ(pairs.size(), 1U);
  EXPECT_THAT(similar_csv(pairs, {{"s1", "=One"}}), HasSubstr("'=One,<b>,100,"));
  const std::string page = similar_page(Lab(), pairs, {{"s1", "Student 1"}});
  EXPECT_THAT(page, HasSubstr("<a href=\"s1/feedback.html\">Student 1</a>"));
  EXPECT_THAT(page, Not(HasSubstr("<b>")));
  EXPECT_THAT(similar_page(Lab(), {}, {}), HasSubstr("<p>None.</p>"));
}

TEST(SimilarPairs, any_bytes_are_code) {
  for (const std::string& code : {std::string("/*"), std::string("\""), std::string("'\\"),
                                  std::string("\xff\xfe#\0", 4), std::string(30000, '('), std::string()}) {
    EXPECT_TRUE(similar_pairs({of("a", code), of("b", code)}, of("", ""), of("", "")).size() <= 1);
  }
}

}  // namespace
}  // namespace tinytorch::tito
