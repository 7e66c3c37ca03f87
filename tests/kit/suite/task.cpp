#include "tests/kit/suite/task.hpp"

#include "src/course/holes.hpp"
#include "tests/kit/suite/registry.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace tinytorch::lab {
namespace {

// The first failure of one of GoogleTest's own assertions, if a suite uses any.
std::string gtest_messages() {
  const testing::TestResult& result = *testing::UnitTest::GetInstance()->current_test_info()->result();
  std::string text;
  for (int i = 0; i < result.total_part_count(); ++i)
    if (result.GetTestPartResult(i).failed()) text += result.GetTestPartResult(i).message();
  return text;
}

void run_body(const TestInfo& info, Run& run) {
  try {
    info.body();
    run.judge_memory();
    if (testing::Test::HasFailure() && !run.options().blind)
      run.fail("assertion", "true", "false", gtest_messages(), "assertion");
  } catch (const StopTest&) {
  } catch (const NotImplemented&) {  // was reported when it was thrown
  } catch (...) {
    run.escaped(caught_value());
  }
}

class TaskTest final : public testing::Test {
 public:
  explicit TaskTest(const TestInfo& info) : info_(info) {}

  void TestBody() override {
    lab::Run& run = lab::Run::current();
    run.begin(info_);
    try {
      run_body(info_, run);
    } catch (const StopTest&) {
    }
    const std::string verdict = run.end();
    if (verdict != "PASS") GTEST_NONFATAL_FAILURE_(verdict.c_str());
  }

 private:
  TestInfo info_;
};

std::vector<TestInfo>& registry() {
  static std::vector<TestInfo> tests;
  return tests;
}

}  // namespace

std::vector<TestInfo> all_tests() {
  std::vector<TestInfo> tests = registry();
  std::ranges::stable_sort(tests, std::less<>(), [](const TestInfo& test) { return std::pair(test.lab, test.number); });
  return tests;
}

void register_with_gtest() {
  for (const TestInfo& test : all_tests()) {
    const std::string suite = "Task_" + std::to_string(test.lab) + "_" + std::to_string(test.number);
    testing::RegisterTest(suite.c_str(), test.name.c_str(), nullptr, nullptr, test.file, test.line,
                          [test]() -> testing::Test* { return new TaskTest(test); });
  }
}

Registration::Registration(int lab, int task, const char* name, std::initializer_list<const char*> uses, void (*body)(),
                           const char* file, int line) {
  const std::string id = std::to_string(lab) + "." + std::to_string(task);
  registry().push_back({id, name, {uses.begin(), uses.end()}, body, lab, task, file, line});
}

}  // namespace tinytorch::lab
