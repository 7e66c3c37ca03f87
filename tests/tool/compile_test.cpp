// What compiling a student's file keeps, and when what is kept no longer holds.
#include "src/tito/build/compile.hpp"

#include "tests/tool/temporary_folder.hpp"

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
  }

  fs::path object_of(const fs::path& source) const {
    return compile(context_, stacks_, unit_, source, Level::test, "headers").object;
  }
  fs::path heads() const { return cache_dir(context_) / "head"; }

  TemporaryFolder folder_;
  Context context_;
  Stacks stacks_;
  Unit unit_;
};

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
