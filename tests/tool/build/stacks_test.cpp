#include "src/tito/build/stacks.hpp"

#include "tests/tool/temporary_folder.hpp"

#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tinytorch::tito {
namespace {

using Json = nlohmann::json;

// {"source": ..., "object": ...}
Json definition(const std::string& source, const std::string& object) {
  return {{"source", source}, {"object", object}};
}

Json unit(const std::string& name, const std::string& lab, const Json& solution, const Json& skeleton,
          const Json& library, const Json& unnamed = nullptr) {
  return {{"name", name},         {"lab", lab},         {"part", "A"},       {"solution", solution},
          {"skeleton", skeleton}, {"library", library}, {"unnamed", unnamed}};
}

Json program(const std::string& name, const std::string& kind, const std::vector<std::string>& objects) {
  return {{"name", name}, {"kind", kind}, {"objects", objects}};
}

Json whole() {
  const Json strides = definition("/s/strides.cpp", "/b/strides.o");
  return {{"format", 3},
          {"version", "0.1.0"},
          {"source", "/src"},
          {"build", "/src/build/release"},
          {"compiler", "/usr/bin/g++"},
          {"flags", {"-std=c++20", "-I/src/include"}},
          {"link", {"-lfmt", "-lz"}},
          {"given", {"/b/tensor.o", "/b/./shape.o"}},
          {"kit", {"/b/kit.o"}},
          {"units",
           {unit("core/strides", "01_tensor", strides, definition("/k/strides.cpp", "/b/k.o"), strides),
            unit("nn/linear", "02_mlp", definition("/s/linear.cpp", "/b/linear.o"), nullptr,
                 definition("/t/linear.cpp", "/b/tuned.o")),
            unit("core/kernels", "10_kernels", nullptr, nullptr, definition("/t/kernels.cpp", "/b/kernels.o")),
            unit("core/table", "10_kernels", strides, nullptr, nullptr, definition("/n/table.cpp", "/b/none.o"))}},
          {"programs",
           {program("lab_01", "suite", {"/b/one.o", "/b/two.o"}), program("lenet", "example", {"/b/lenet.o"})}}};
}

std::string error(const std::string& text) {
  try {
    parse_stacks(text);
  } catch (const CommandError& e) {
    EXPECT_EQ(e.exit_code, exit_trouble);
    return e.what();
  }
  return "no error";
}

TEST(Stacks, hold_what_the_file_says) {
  const Stacks stacks = parse_stacks(whole().dump());
  EXPECT_EQ(stacks.flags, (std::vector<std::string>{"-std=c++20", "-I/src/include"}));
  EXPECT_EQ(stacks.link, (std::vector<std::string>{"-lfmt", "-lz"}));
  EXPECT_EQ(stacks.given, (std::vector<fs::path>{"/b/tensor.o", "/b/shape.o"}));
  EXPECT_EQ(stacks.kit, (std::vector<fs::path>{"/b/kit.o"}));
  EXPECT_EQ(stacks.version, "0.1.0");
  EXPECT_EQ(stacks.compiler, "/usr/bin/g++");
  ASSERT_EQ(stacks.units.size(), 4U);
  EXPECT_EQ(stacks.unit("core/strides").lab_number(), "01");
  EXPECT_EQ(stacks.unit("core/strides").file(), "strides.cpp");
  EXPECT_FALSE(stacks.unit("nn/linear").skeleton);
  EXPECT_EQ(stacks.unit("nn/linear").library->object, "/b/tuned.o");
  EXPECT_EQ(stacks.program("lab_01").kind, ProgramKind::suite);
  EXPECT_EQ(stacks.program("lab_01").objects.back(), "/b/two.o");
}

TEST(Stacks, errors_say_what_is_wrong) {
  EXPECT_EQ(error("hello\n").substr(0, 52), "stacks.json: [stacks] parse error at line 1, column ");
  EXPECT_EQ(error("[]").substr(0, 22), "stacks.json: [stacks] ");
  Json file = whole();
  file["format"] = 2;
  EXPECT_EQ(error(file.dump()), "stacks.json: [stacks] the file is of another version; run `cmake --preset release`");
  file = whole();
  file["colour"] = "red";
  EXPECT_EQ(error(file.dump()), "stacks.json: [stacks] `colour` is not known");
  file = whole();
  file.erase("source");
  EXPECT_EQ(error(file.dump()).substr(0, 42), "stacks.json: [stacks] `source` is missing ");
  file = whole();
  file["flags"] = "-O2";
  EXPECT_EQ(error(file.dump()), "stacks.json: [stacks] type must be array, but is string");
  file = whole();
  file["units"].push_back(file["units"][0]);
  EXPECT_EQ(error(file.dump()), "stacks.json: [stacks] unit core/strides is in the list twice");
  file = whole();
  file["units"][0]["solution"] = {{"source", "/only"}};
  EXPECT_EQ(error(file.dump()), "stacks.json: [stacks] `object` is missing in {\"source\":\"/only\"}");
  file = whole();
  file["programs"].push_back(program("lenet", "suite", {}));
  EXPECT_EQ(error(file.dump()), "stacks.json: [stacks] program lenet is in the list twice");
  file["programs"][0]["kind"] = "game";
  EXPECT_EQ(error(file.dump()), "stacks.json: [stacks] `game` is no kind of program");
}

TEST(Stacks, an_unknown_program_lists_the_examples) {
  const Stacks stacks = parse_stacks(whole().dump());
  try {
    stacks.program("alexnet");
    FAIL();
  } catch (const CommandError& e) {
    EXPECT_EQ(e.exit_code, exit_usage);
    EXPECT_STREQ(e.what(), "there is no program `alexnet`; the examples are: lenet");
  }
}

TEST(StackString, names_labs_singly_and_in_ranges) {
  EXPECT_TRUE(parse_stack("work").all);
  const StackChoice some = parse_stack("work:01,04-06,9");
  EXPECT_FALSE(some.all);
  EXPECT_EQ(some.labs, (std::vector<std::string>{"01", "04", "05", "06", "09"}));
  EXPECT_TRUE(some.names("05"));
  EXPECT_FALSE(some.names("02"));
  EXPECT_EQ(some.rest, Origin::solution);
  EXPECT_EQ(parse_stack("work", "library").rest, Origin::library);
}

TEST(StackString, refuses_what_it_does_not_know) {
  for (const char* text : {"", "wrok", "work:", "work:x", "work:01-", "work:05-01", "work:123", "work:,"}) {
    EXPECT_THROW(parse_stack(text), CommandError) << text;
  }
  EXPECT_THROW(parse_stack("work", "skeleton"), CommandError);
}

class Resolve : public testing::Test {
 protected:
  Resolve() { context_.work = folder_.path() / "work"; }

  std::vector<Origin> origins(const std::string& stack, const std::string& rest = "") {
    std::vector<Origin> all;
    for (const ResolvedUnit& unit : resolve(context_, stacks_, parse_stack(stack, rest))) all.push_back(unit.origin);
    return all;
  }
  std::string error(const std::string& stack) {
    try {
      origins(stack);
    } catch (const CommandError& e) {
      return e.what();
    }
    return "no error";
  }

  TemporaryFolder folder_;
  Context context_;
  Stacks stacks_ = parse_stacks(whole().dump());
};

TEST_F(Resolve, library_takes_tuned_code_where_there_is_some) {
  const auto units = resolve(context_, stacks_, parse_stack("library"));
  EXPECT_EQ(units[0].object, "/b/strides.o");
  EXPECT_EQ(units[1].object, "/b/tuned.o");
  EXPECT_EQ(units[2].object, "/b/kernels.o");
}

TEST_F(Resolve, a_unit_that_is_only_tuned_is_left_out_elsewhere) {
  EXPECT_EQ(resolve(context_, stacks_, parse_stack("solution"))[2].object, "");
  EXPECT_EQ(resolve(context_, stacks_, parse_stack("work", "library"))[2].object, "/b/kernels.o");
}

TEST_F(Resolve, skeleton_falls_back_to_the_solution_of_a_lab_that_has_none) {
  EXPECT_EQ(origins("skeleton"),
            (std::vector<Origin>{Origin::skeleton, Origin::solution, Origin::skeleton, Origin::solution}));
}

TEST_F(Resolve, a_unit_may_have_a_definition_for_stacks_that_do_not_name_its_lab) {
  folder_.write("work/01_tensor/strides.cpp", "");
  const auto object = [&](const char* stack, const char* rest) {
    return resolve(context_, stacks_, parse_stack(stack, rest))[3].object;
  };
  for (const char* stack : {"work", "work:01", "skeleton:01", "solution:01"})
    EXPECT_EQ(object(stack, "solution"), "/b/none.o") << stack;
  EXPECT_EQ(object("solution", "solution"), "/b/strides.o");
  EXPECT_EQ(object("solution:10", "solution"), "/b/strides.o");
  EXPECT_EQ(object("work:01", "library"), "/b/strides.o");  // without a tuned one, the library's is the solution
}

// Else the library's kernels would be called instead of the student's functions.
TEST_F(Resolve, a_unit_that_no_student_writes_is_the_solution_in_a_lab_of_theirs) {
  folder_.write("work/02_mlp/notes.txt", "");
  EXPECT_EQ(resolve(context_, stacks_, parse_stack("work:02", "library"))[1].object, "/b/linear.o");
  EXPECT_EQ(resolve(context_, stacks_, parse_stack("work", "library"))[1].object, "/b/linear.o");
  folder_.write("work/01_tensor/strides.cpp", "");
  EXPECT_EQ(resolve(context_, stacks_, parse_stack("solution:01", "library"))[1].object, "/b/tuned.o");
}

TEST_F(Resolve, work_takes_the_labs_that_are_there) {
  EXPECT_EQ(origins("work")[0], Origin::solution);
  const auto file = folder_.write("work/01_tensor/strides.cpp", "");
  const auto units = resolve(context_, stacks_, parse_stack("work"));
  EXPECT_EQ(units[0].origin, Origin::work);
  EXPECT_EQ(units[0].source, file);
  EXPECT_EQ(units[0].object, "");
  EXPECT_EQ(units[1].origin, Origin::solution);
}

TEST_F(Resolve, a_named_lab_must_be_in_work) {
  EXPECT_EQ(error("work:01"), "work/01_tensor does not exist yet; begin with `./tito start 01`");
  folder_.write("work/01_tensor/other.cpp", "");
  EXPECT_EQ(error("work:01"), "work/01_tensor/strides.cpp is missing; `./tito start 01` copies a new one");
  EXPECT_EQ(error("work:07"), "the stack names lab 07, which does not exist");
}

}  // namespace
}  // namespace tinytorch::tito
