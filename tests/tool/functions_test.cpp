#include "src/tito/lab/functions.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

std::vector<std::string> names(const std::string& text) {
  std::vector<std::string> found;
  for (const FunctionText& function : find_functions(text)) found.push_back(function.name);
  return found;
}

const char* const original = R"(namespace tinytorch {
// Doubles.
Tensor raw::twice(const Tensor& x) {
  TINYTORCH_TODO("1.1");
}
Tensor raw::half(const Tensor& x) {
  TINYTORCH_TODO("1.2");
}
}  // namespace tinytorch
)";

TEST(Functions, are_found_through_scopes_templates_and_initialisers) {
  EXPECT_EQ(
      names("namespace a {\nnamespace {\ntemplate <class T>\nvoid walk(T t) { if (t) { } }\n}\n"
            "int table[] = {1, 2};\nstruct S {\n  S() : x_{1}, y_(2) { go(); }\n  int get() const { return 1; }\n};\n"
            "bool operator==(S, S) { return true; }\nauto f(int a = {}) -> int;\nint g() noexcept { return 0; }\n}\n"),
      (std::vector<std::string>{"walk", "S", "get", "operator==", "g"}));
}

TEST(Functions, braces_in_text_comments_and_directives_do_not_count) {
  EXPECT_EQ(names("#define OPEN {\nint f() { return '{' + \"}}{\"[0]; /* } */ }  // {\n"
                  "int g() { auto s = R\"(})\"; return 1'000; }\n"),
            (std::vector<std::string>{"f", "g"}));
}

TEST(Functions, code_only_keeps_every_line_and_the_length) {
  const std::string text = "int a; // {\n/* x\n y */ char c = '\\'';\n";
  const std::string code = code_only(text);
  EXPECT_EQ(code.size(), text.size());
  EXPECT_EQ(code, "int a;     \n    \n      char c =     ;\n");
}

TEST(Functions, one_task_is_restored_and_the_other_stays) {
  const std::string mine =
      "namespace tinytorch {\n// Doubles.\nTensor raw::twice(const Tensor& x) {\n  return add(x, x);\n}\n"
      "Tensor raw::half(const Tensor&  x) {  // mine\n  return mul(x, 0.5);\n}\n}  // namespace tinytorch\n";
  const Restored restored = restore_functions(mine, original, "TINYTORCH_TODO(\"1.2\")");
  EXPECT_EQ(restored.names, (std::vector<std::string>{"raw::half"}));
  EXPECT_TRUE(restored.lost.empty());
  EXPECT_NE(restored.text.find("return add(x, x);"), std::string::npos);
  EXPECT_NE(restored.text.find("Tensor raw::half(const Tensor&  x) {\n  TINYTORCH_TODO(\"1.2\");\n}\n"),
            std::string::npos);
  EXPECT_EQ(restored.text.find("0.5"), std::string::npos);
}

TEST(Functions, a_changed_signature_is_restored_too) {
  const Restored restored = restore_functions("Tensor raw::half(Tensor y) { return y; }\n", original, "\"1.2\"");
  EXPECT_EQ(restored.text, "Tensor raw::half(const Tensor& x) {\n  TINYTORCH_TODO(\"1.2\");\n}\n");
}

TEST(Functions, a_missing_function_is_named_and_the_text_stays) {
  const std::string mine = "int other() { return 1; }\n";
  const Restored restored = restore_functions(mine, original, "\"1.2\"");
  EXPECT_EQ(restored.lost, (std::vector<std::string>{"raw::half"}));
  EXPECT_EQ(restored.text, mine);
}

}  // namespace
}  // namespace tinytorch::tito
