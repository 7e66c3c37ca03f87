#include "src/tito/build/audit.hpp"

#include "src/tito/util/process.hpp"
#include "tests/tool/temporary_folder.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

constexpr const char* solution_text = R"(namespace tinytorch {

// The sum.
double raw::total(const Box& box, long n) {
  // BEGIN SOLUTION 1.9: add them up
  return box.value + n;
  // END SOLUTION
}

int raw::count(int n) {
  const int known = n;
  // BEGIN SOLUTION 1.10
  return known;
  // END SOLUTION
}

}  // namespace tinytorch
)";

constexpr const char* header = R"(#pragma once
namespace tinytorch {
struct Box { double value; double get() const { return value; } };
namespace raw {
double total(const Box& box, long n);
int count(int n);
}
template <class T> T twice(T x) { return x + x; }
class Store { public: int get(); private: struct Impl; Impl* impl_; };
class Other { public: int get(); struct Impl; };
}
)";

// Compiles small units and audits them as the CLI does.
class Audit : public testing::Test {
 protected:
  Audit() { folder_.write("include/box.hpp", header); }

  std::vector<Symbol> symbols(const std::string& name, const std::string& text) {
    const auto source = folder_.write(name + ".cpp", "#include \"include/box.hpp\"\n#include <vector>\n" + text);
    const auto object = folder_.path() / (name + ".o");
    ProcessOptions compile;
    compile.argv = {"c++", "-std=c++20", "-O1", "-c", source.string(), "-o", object.string()};
    const ProcessResult result = run_process(compile);
    EXPECT_TRUE(result.ok()) << result.err;
    return defined_symbols({object}).at(object);
  }

  AuditInput input() {
    AuditInput input;
    input.unit = "core/box";
    input.file = "work/01/box.cpp";
    input.solution = &solution_;
    input.expected = symbols("solution", solution_text);
    input.headers = {folder_.path() / "include"};
    return input;
  }

  std::vector<std::string> problems(const std::string& text) {
    AuditInput asked = input();
    asked.found = symbols("student", text);
    return audit(asked);
  }

  TemporaryFolder folder_;
  Source solution_ = parse_source(solution_text, "box.cpp");
};

const std::string both =
    "namespace tinytorch { double raw::total(const Box& box, long n) { return box.get() * double(n); }\n"
    "int raw::count(int n) { return n; } }\n";
const std::string only_count = "namespace tinytorch { int raw::count(int n) { return n; } }\n";
using Lines = std::vector<std::string>;

TEST_F(Audit, a_unit_that_fits_has_no_problem) {
  EXPECT_EQ(problems(both), Lines{});
  EXPECT_EQ(problems("namespace { int helper(int n) { return n; } struct Own { virtual ~Own() = default; }; }\n" +
                     both + "int (*unused)(int) [[maybe_unused]] = nullptr;\n")
                .size(),
            1U);
}

TEST_F(Audit, the_code_of_headers_and_of_the_standard_library_is_nobodys_problem) {
  EXPECT_EQ(problems("namespace tinytorch { double raw::total(const Box& box, long n) {\n"
                     "std::vector<double> all; for (long i = 0; i < n; ++i) all.push_back(twice(box.get()));\n"
                     "return all.empty() ? 0 : all.back(); }\nint raw::count(int n) { return twice(n); } }\n"),
            Lines{});
}

TEST_F(Audit, a_missing_function_is_named_with_its_task) {
  EXPECT_EQ(problems(only_count), Lines{"task 1.9: `raw::total(const Box&, int64_t)` is missing; nothing of that name "
                                        "is in work/01/box.cpp"});
}

TEST_F(Audit, another_signature_or_name_is_shown_instead) {
  EXPECT_EQ(
      problems("namespace tinytorch { namespace raw { double total(const Box&, int) { return 1; } } }" + only_count),
      Lines{"task 1.9: `raw::total(const Box&, int64_t)` is missing; you have `raw::total(const Box&, int)`"});
  EXPECT_EQ(
      problems("namespace tinytorch { namespace raw { double totl(const Box&, long) { return 1; } } }" + only_count),
      Lines{"task 1.9: `raw::total(const Box&, int64_t)` is missing; you have `raw::totl(const Box&, int64_t)`"});
}

TEST_F(Audit, a_visible_helper_belongs_into_an_anonymous_namespace) {
  EXPECT_EQ(problems("int helper(int n) { return n; }\n" + both),
            Lines{"work/01/box.cpp: `helper(int)` is visible to the whole program; put it in an anonymous namespace: "
                  "namespace { ... }"});
}

TEST_F(Audit, weak_symbols_of_the_students_own_are_reported) {
  const std::string advice =
      "would silently replace another of its name, or be replaced; put it in an anonymous namespace";
  EXPECT_EQ(problems("struct Item { int n; __attribute__((noinline)) int get() { return n; } };\n"
                     "namespace tinytorch { double raw::total(const Box&, long n) { Item i{int(n)}; return i.get(); }\n"
                     "int raw::count(int n) { return n; } }"),
            Lines{"work/01/box.cpp: `Item::get()` " + advice});
  const auto inside = problems(
      "namespace tinytorch { struct Crate { int n; }; }\ntemplate class std::vector<tinytorch::Crate>;\n" + both);
  ASSERT_FALSE(inside.empty());
  EXPECT_NE(inside.front().find("Crate"), std::string::npos);
  EXPECT_FALSE(
      problems("#include <cstdlib>\nvoid* operator new(std::size_t n) { return malloc(n); }\n" + both).empty());
}

TEST_F(Audit, what_a_class_keeps_in_its_impl_is_the_units_own) {
  const std::string code =
      "namespace tinytorch { struct OWNER::Impl { struct Slot { int n; }; std::vector<Slot> slots;\n"
      "__attribute__((noinline)) void fill(int n) { slots.resize(n); } };\n"
      "int Store::get() { OWNER::Impl own; own.fill(3); return int(own.slots.size()); } }\n";
  const auto with_owner = [&](const std::string& owner) {
    std::string text = code;
    for (auto at = text.find("OWNER"); at != std::string::npos; at = text.find("OWNER")) text.replace(at, 5, owner);
    return text;
  };
  AuditInput asked = input();
  asked.expected = symbols("solution", "namespace tinytorch { int Store::get() { return 1; } }\n");
  asked.found = symbols("student", with_owner("Store"));
  EXPECT_EQ(audit(asked), Lines{});
  asked.found = symbols("student", with_owner("Other"));
  EXPECT_FALSE(audit(asked).empty());
}

TEST_F(Audit, a_definition_that_the_compiler_refuses_is_explained) {
  const std::string expected =
      "task 1.9: `raw::total(const Box&, int64_t)` is missing; you have `raw::total(const Box&, int)`";
  EXPECT_EQ(explain_undeclared("box.cpp:3:1: error: 'double tinytorch::raw::total(const tinytorch::Box&, int)' should "
                               "have been declared inside 'tinytorch::raw'\n  3 | ...",
                               input()),
            expected);
  EXPECT_NE(
      explain_undeclared("box.cpp:3:1: error: out-of-line definition of 'total' does not match any declaration in "
                         "namespace 'tinytorch::raw'",
                         input()),
      "");
  EXPECT_EQ(explain_undeclared("box.cpp:3:1: error: expected ';' before '}' token", input()), "");
}

TEST(TaskOf, a_given_function_belongs_to_the_hole_above) {
  const Source source = parse_source(
      "Tensor first(int n) { return n; }\n\nvoid loop(int n) {\n  // BEGIN SOLUTION 1.8: walk\n  // END SOLUTION\n}\n\n"
      "Tensor raw::add(int n) { return loop(n); }\n\nTensor raw::sum(int n) {\n  // BEGIN SOLUTION 1.9: sum\n"
      "  // END SOLUTION\n}\n",
      "elementwise.cpp");
  EXPECT_EQ(task_of(source, "loop"), "1.8");
  EXPECT_EQ(task_of(source, "add"), "1.8");
  EXPECT_EQ(task_of(source, "sum"), "1.9");
  EXPECT_EQ(task_of(source, "first"), "1.8");
  EXPECT_EQ(task_of(source, "dd"), "");
}

TEST(Symbols, are_written_as_the_headers_write_them) {
  EXPECT_EQ(
      pretty("tinytorch::raw::sum(tinytorch::Tensor const&, std::span<long const, 18446744073709551615ul>, bool)"),
      "raw::sum(const Tensor&, Dims, bool)");
  EXPECT_EQ(pretty("tinytorch::data::read_idx(std::span<std::byte const, 18446744073709551615ul>)"),
            "data::read_idx(std::span<std::byte const>)");
  EXPECT_EQ(pretty("tinytorch::data::cut_batches(std::vector<std::span<long const, 18446744073709551615ul>, "
                   "std::allocator<std::span<long const, 18446744073709551615ul> > > const&)"),
            "data::cut_batches(const std::vector<Dims>&)");
  EXPECT_EQ(pretty("tinytorch::parse(std::basic_string_view<char, std::char_traits<char> >)"),
            "parse(std::string_view)");
  EXPECT_EQ(pretty("tinytorch::median(std::vector<double, std::allocator<double> >)"), "median(std::vector<double>)");
  EXPECT_EQ(pretty("tinytorch::chase(tinytorch::Node const*, unsigned int, unsigned long)"),
            "chase(const Node*, unsigned int, size_t)");
  EXPECT_EQ(pretty("tinytorch::Graph::size() const"), "Graph::size() const");
  EXPECT_EQ(pretty("main"), "main");
}

TEST(Symbols, base_names_are_bare) {
  EXPECT_EQ(base_name("tinytorch::raw::sum(tinytorch::Tensor const&)"), "sum");
  EXPECT_EQ(base_name("int tinytorch::twice<int>(int)"), "twice");
  EXPECT_EQ(base_name("tinytorch::(anonymous namespace)::walk(int)"), "walk");
  EXPECT_EQ(base_name("main"), "main");
  EXPECT_EQ(base_name("operator new(unsigned long)"), "operator new");
}

TEST(HeaderNames, declarations_count_and_comments_do_not) {
  std::set<std::string> names;
  collect_names(
      "// ghost() is a comment\nclass Tensor; struct Shape { int size() const; };\nenum class DType {};\n"
      "namespace tinytorch::optim {\nint rate;\n}\n",
      names);
  for (const char* name : {"Tensor", "Shape", "size", "DType", "tinytorch", "optim"})
    EXPECT_EQ(names.count(name), 1U) << name;
  for (const char* name : {"ghost", "rate"}) EXPECT_EQ(names.count(name), 0U) << name;
}

}  // namespace
}  // namespace tinytorch::tito
