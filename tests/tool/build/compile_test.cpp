// What compiling a student's file keeps, and when what is kept no longer holds.
#include "src/tito/build/compile.hpp"

#include "tests/tool/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

class Compile : public testing::Test {
 protected:
  Compile() {
    context_.root = folder_.path();
    stacks_.compiler = "c++";
    stacks_.flags = {"-std=c++17"};
    unit_.name = "core/strides";
    headers_.state = header_state(context_);
  }

  // The message when the file is refused, "" when it compiles.
  std::string refusal(const std::string& text, Level level = Level::test) const {
    const fs::path source = folder_.write("work/01_tensor/strides.cpp", text);
    try {
      compile(context_, stacks_, unit_, source, level, headers_);
      return "";
    } catch (const BuildFailure& failure) {
      return failure.what();
    }
  }

  fs::path object_of(const fs::path& source) const {
    return compile(context_, stacks_, unit_, source, Level::test, headers_).object;
  }
  fs::path heads() const { return cache_dir(context_) / "head"; }

  TemporaryFolder folder_;
  Context context_;
  Stacks stacks_;
  Unit unit_;
  Headers headers_;
};

// A compiler that runs `script` once, when its words hold `word`, before the real one starts.
class Swapped : public Compile {
 protected:
  void swap_when(const std::string& word, const std::string& script, const std::string& after = "") {
    const fs::path compiler = folder_.write(
        "compiler", "#!/bin/sh\ncase \" $* \" in *\" " + word + " \"*) if mkdir " + (folder_.path() / "done").string() +
                        " 2>/dev/null; then cd " + (folder_.path() / "work").string() + " && " + script + " && cd " +
                        folder_.path().string() + "; c++ \"$@\"; code=$?; cd work; " + after +
                        "\nexit $code; fi;; esac\nexec c++ \"$@\"\n");
    fs::permissions(compiler, fs::perms::owner_all);
    stacks_.compiler = compiler;
    stacks_.flags.push_back("-I" + folder_.path().string());
  }
};

TEST_F(Swapped, the_text_that_was_hashed_is_compiled) {
  swap_when("-c", "echo '#error swapped' > strides.cpp");
  const fs::path source = folder_.write("work/strides.cpp", "#include \"own.hpp\"\nint one() { return own; }\n");
  folder_.write("work/own.hpp", "constexpr int own = 1;\n");
  EXPECT_NO_THROW(object_of(source));
  EXPECT_TRUE(fs::exists(folder_.path() / "done"));
  EXPECT_THROW(object_of(source), BuildFailure);
}

TEST_F(Swapped, a_text_swapped_while_the_head_is_made_counts_the_next_time) {
  swap_when("c++-header", "echo 'int one() { return 1; }' > strides.cpp");
  const fs::path source = folder_.write("work/strides.cpp", "#include <cstddef>\nint one() { return wrong; }\n");
  EXPECT_THROW(object_of(source), BuildFailure);
  EXPECT_TRUE(fs::exists(folder_.path() / "done"));
  EXPECT_NO_THROW(object_of(source));
}

TEST_F(Swapped, a_header_swapped_meanwhile_is_compiled_again) {
  swap_when("-c", "echo 'constexpr int own = 2;' > own.hpp");
  const fs::path source =
      folder_.write("work/strides.cpp", "#include \"own.hpp\"\nstatic_assert(own == 2);\nint one() { return own; }\n");
  folder_.write("work/own.hpp", "constexpr int own = 1;\n");
  const fs::path object = object_of(source);
  EXPECT_EQ(object_of(source), object);
  folder_.write("work/own.hpp", "constexpr int own = 1;\n");
  EXPECT_THROW(object_of(source), BuildFailure);
}

TEST_F(Swapped, a_header_swapped_there_and_back_leaves_nothing) {
  for (const std::string word : {"-c", "c++-header"}) {
    fs::remove_all(folder_.path() / "done");
    swap_when(word, "mv own.hpp kept && echo 'constexpr int own = 2;' > own.hpp", "mv kept own.hpp");
    const fs::path source =
        folder_.write("work/strides.cpp", "#include \"work/own.hpp\"\n// " + word +
                                              "\nstatic_assert(own == 1);\nint one() { return own; }\n");
    folder_.write("work/own.hpp", "#pragma once\nconstexpr int own = 1;\n");
    EXPECT_NO_THROW(object_of(source)) << word;
    EXPECT_TRUE(fs::exists(folder_.path() / "done")) << word;
  }
}

TEST_F(Swapped, a_header_of_the_project_swapped_meanwhile_is_compiled_again) {
  stacks_.flags.push_back("-I" + (folder_.path() / "include").string());
  folder_.write("include/tinytorch/given.hpp", "#pragma once\nconstexpr int given = 1;\n");
  Lab lab;
  lab.dir = folder_.path() / "modules/01_tensor";
  lab.allow = {"tinytorch/given.hpp"};
  headers_ = {header_state(context_), allowed_by(context_, lab)};
  swap_when("-c", "printf '#pragma once\\nconstexpr int given = 2;\\n' > ../include/tinytorch/given.hpp");
  const fs::path source = folder_.write(
      "work/strides.cpp", "#include \"tinytorch/given.hpp\"\nstatic_assert(given == 2);\nint one() { return 1; }\n");
  const fs::path object = object_of(source);
  EXPECT_TRUE(fs::exists(folder_.path() / "done"));
  headers_.state = header_state(context_);
  EXPECT_EQ(object_of(source), object) << "the object belongs to the header as it is now";
}

// A checkout with a lab whose files may include one header, and a solution beside it.
class Includes : public Compile {
 protected:
  Includes() {
    stacks_.flags = {"-std=c++17", "-I" + (folder_.path() / "include").string(), "-I" + folder_.path().string()};
    folder_.write("include/tinytorch/raw.hpp", "#include \"tinytorch/inner.hpp\"\n#include <cstddef>\nint raw();\n");
    folder_.write("include/tinytorch/inner.hpp", "int inner();\n");
    folder_.write("include/tinytorch/other.hpp", "int other();\n");
    folder_.write("modules/01_tensor/solution/strides.cpp", "int solved() { return 1; }\n");
    Lab lab;
    lab.dir = folder_.path() / "modules/01_tensor";
    lab.allow = {"tinytorch/raw.hpp", "std"};
    headers_.allowed = allowed_by(context_, lab);
  }

  void expect_refused(const std::string& text, const std::string& place, const std::string& what,
                      Level level = Level::test) const {
    EXPECT_EQ(refusal(text, level),
              place + " includes " + what +
                  ": a student's file may include what modules/01_tensor/lab.toml allows (tinytorch/raw.hpp, std), the "
                  "standard library, and headers (.hpp, .h) of its own folder");
    EXPECT_EQ(refusal(text, level).substr(0, place.size()), place) << "the second time";
  }

  const std::string mine_ = "work/01_tensor/strides.cpp";
  const std::string solution_ = "modules/01_tensor/solution/strides.cpp";
};

TEST_F(Includes, what_the_lab_allows_and_what_that_includes_and_the_standard_library) {
  EXPECT_EQ(refusal("#include \"tinytorch/raw.hpp\"\n#include \"tinytorch/inner.hpp\"\n#include <vector>\n"), "");
  EXPECT_EQ(refusal("#include \"tinytorch/raw.hpp\"\nint x;\n#include <sys/mman.h>\n", Level::debug), "");
  folder_.write("work/01_tensor/parts/own.h", "#include \"../too.hpp\"\n");
  folder_.write("work/01_tensor/too.hpp", "#pragma once\n");
  EXPECT_EQ(refusal("#include \"parts/own.h\"\n#include \"too.hpp\"\n"), "");
}

TEST_F(Includes, a_header_that_the_lab_does_not_allow) {
  expect_refused("// mine\n\n#include \"tinytorch/other.hpp\"\n", mine_ + ":3", "include/tinytorch/other.hpp");
  expect_refused("#include <vector>\n#include <fmt/format.h>\n", mine_ + ":2", "/usr/include/fmt/format.h");
}

TEST_F(Includes, a_solution_by_any_spelling) {
  for (const Level level : {Level::test, Level::run, Level::debug}) {
    expect_refused("#include \"" + solution_ + "\"\n", mine_ + ":1", solution_, level);
  }
  const std::string absolute = (folder_.path() / solution_).string();
  expect_refused("#include <cstddef>\n#include \"../../" + solution_ + "\"\n", mine_ + ":2", solution_);
  expect_refused("int x;\n#include \"" + absolute + "\"\n", mine_ + ":2", solution_);
  expect_refused("#define NAME \"" + solution_ + "\"\n#if __has_include(NAME)\n#include NAME\n#endif\n", mine_ + ":3",
                 solution_);
  expect_refused("int x;\n\n\n\n\n\n\n\n\n\n\n#include_next <" + solution_ + ">\n", mine_ + ":12", solution_);
}

TEST_F(Includes, a_solution_beside_the_students_own_functions) {
  expect_refused("#include \"" + solution_ + "\"\nint solved() { return 2; }\n", mine_ + ":1", solution_);
  EXPECT_THAT(refusal("int solved() { return 2; }\nint solved() { return 3; }\n"), testing::HasSubstr("redefinition"));
}

TEST_F(Includes, a_solution_through_a_header_of_the_students_own) {
  folder_.write("work/01_tensor/own.hpp", "\n#include \"" + solution_ + "\"\n");
  expect_refused("#include \"own.hpp\"\n", "work/01_tensor/own.hpp:2", solution_);
  expect_refused("#include \"work/01_tensor/own.hpp\"\n", "work/01_tensor/own.hpp:2", solution_);
}

TEST_F(Includes, a_link_is_what_it_leads_to) {
  folder_.write("work/01_tensor/readme", "");
  fs::create_symlink(folder_.path() / solution_, folder_.path() / "work/01_tensor/own.hpp");
  expect_refused("#include \"own.hpp\"\n", mine_ + ":1", solution_);
  fs::create_directory_symlink(folder_.path() / "modules/01_tensor/solution", folder_.path() / "work/01_tensor/parts");
  expect_refused("#include \"parts/strides.cpp\"\n", mine_ + ":1", solution_);
}

TEST_F(Includes, a_file_that_is_a_link_itself) {
  folder_.write("work/01_tensor/readme", "");
  fs::create_symlink(folder_.path() / solution_, folder_.path() / mine_);
  try {
    object_of(folder_.path() / mine_);
    ADD_FAILURE() << "it compiled";
  } catch (const BuildFailure& failure) {
    EXPECT_EQ(failure.what(), mine_ + " is a link to " + solution_ + ": a student's file must be a file of its own");
  }
}

TEST_F(Includes, own_files_that_are_no_headers_and_files_of_other_labs) {
  folder_.write("work/01_tensor/loops.inc", "");
  expect_refused("#include \"loops.inc\"\n", mine_ + ":1", "work/01_tensor/loops.inc");
  folder_.write("work/00_setup/own.hpp", "");
  expect_refused("#include \"../00_setup/own.hpp\"\n", mine_ + ":1", "work/00_setup/own.hpp");
}

TEST_F(Includes, what_the_assembler_reads) {
  if (toolchain_of(stacks_).clang) GTEST_SKIP() << "clang's assembler does not tell what it reads";
  expect_refused("asm(\".pushsection .data\\n.incbin \\\"" + solution_ + "\\\"\\n.popsection\");\n", mine_, solution_);
}

TEST_F(Includes, a_header_that_was_precompiled_elsewhere) {
  const fs::path own = folder_.write("work/01_tensor/own.hpp", "#include \"" + solution_ + "\"\n");
  ProcessOptions command;
  command.argv = {"c++", "-std=c++17", "-I" + folder_.path().string(), "-x", "c++-header", own.string()};
  ASSERT_TRUE(run_process(command).ok());
  for (const Level level : {Level::test, Level::run, Level::debug}) {
    expect_refused("#include \"own.hpp\"\n", "work/01_tensor/own.hpp:1", solution_, level);
  }
}

TEST_F(Includes, what_was_accepted_is_looked_at_again_when_the_lab_allows_less) {
  const std::string text = "#include \"tinytorch/raw.hpp\"\n";
  EXPECT_EQ(refusal(text), "");
  headers_.allowed.names = {"std"};
  headers_.allowed.headers.clear();
  EXPECT_NE(refusal(text), "");
}

TEST_F(Includes, the_lab_allows_headers_that_exist) {
  Lab lab;
  lab.dir = folder_.path() / "modules/01_tensor";
  lab.allow = {"tinytorch/no.hpp"};
  try {
    allowed_by(context_, lab);
    ADD_FAILURE() << "it was accepted";
  } catch (const CommandError& error) {
    EXPECT_STREQ(
        error.what(),
        "modules/01_tensor/lab.toml: [lab] allow names tinytorch/no.hpp, which is no header of include/ or src/");
  }
}

TEST(FilesOfRule, blanks_and_continued_lines) {
  EXPECT_EQ(files_of_rule("x.o: a.cpp \\\n b\\ c.hpp $$d.hpp\n"),
            (std::vector<std::string>{"a.cpp", "b c.hpp", "$d.hpp"}));
  EXPECT_TRUE(files_of_rule("").empty());
}

TEST_F(Compile, a_count_that_becomes_a_double_is_no_warning) {
  stacks_.flags.insert(stacks_.flags.end(), {"-Wall", "-Wextra", "-Wconversion"});
  const auto warnings = [&](const std::string& text) {
    return compile(context_, stacks_, unit_, folder_.write("work/01_tensor/strides.cpp", text), Level::test, headers_)
        .warnings;
  };
  EXPECT_EQ(warnings("double mean(double sum, long count) { return sum / count; }\n"), "");
  EXPECT_NE(warnings("float half(double x) { return x / 2; }\n").find("warning: "), std::string::npos);
  EXPECT_NE(warnings("int nothing() {}\n").find("warning: "), std::string::npos);
}

TEST_F(Compile, an_object_that_is_kept_needs_no_head) {
  const fs::path source = folder_.write("work/strides.cpp", "#include <cstddef>\nint one() { return 1; }\n");
  const fs::path object = object_of(source);
  EXPECT_TRUE(fs::exists(heads()));
  fs::remove_all(heads());
  EXPECT_EQ(object_of(source), object);
  EXPECT_FALSE(fs::exists(heads()));
}

TEST_F(Compile, a_changed_header_of_the_students_own_makes_another_object) {
  const fs::path source = folder_.write(
      "work/strides.cpp", "#include \"own.hpp\"\n#include \"parts/inner.h\"\nint one() { return own; }\n");
  folder_.write("work/own.hpp", "constexpr int own = 1;\n");
  folder_.write("work/parts/inner.h", "\n");
  const fs::path first = object_of(source);
  EXPECT_EQ(object_of(source), first);
  folder_.write("work/own.hpp", "constexpr int own = 22;\n");
  const fs::path second = object_of(source);
  EXPECT_NE(second, first);
  folder_.write("work/parts/inner.h", "#error changed\n");
  EXPECT_THROW(object_of(source), BuildFailure);
}

TEST_F(Compile, the_first_error_is_of_the_file_and_not_of_what_is_compiled_ahead) {
  const fs::path source = folder_.write("work/strides.cpp", "#include \"no/such.hpp\"\n");
  try {
    object_of(source);
    ADD_FAILURE() << "it compiled";
  } catch (const BuildFailure& failure) {
    EXPECT_NE(std::string(failure.what()).find("work/strides.cpp:1:"), std::string::npos) << failure.what();
  }
}

}  // namespace
}  // namespace tinytorch::tito
