#pragma once

#include <initializer_list>

namespace tinytorch::lab {

/// Registers a function as a test. main() gives all tests to GoogleTest, in one suite for each task ("Task_1_2"). A
/// test's name is unique in its lab, because tests are selected by name alone.
class Registration {
 public:
  Registration(int lab, int task, const char* name, std::initializer_list<const char*> uses, void (*body)(),
               const char* file, int line);
};

}  // namespace tinytorch::lab

/// A test of a lab's task: TASK_TEST(1, 2, permute_keeps_every_element) { ... }
#define TASK_TEST(lab_number, task_number, name) TASK_TEST_USES(lab_number, task_number, name, )

/// A test that needs other tasks too: TASK_TEST_USES(1, 6, reshape_of_a_transpose_copies, "1.1", "1.5") { ... }
/// While one of those is a hole, the verdict is "to do, waits for 1.5".
#define TASK_TEST_USES(lab_number, task_number, name, ...)                                                             \
  static void task_##lab_number##_##task_number##_##name();                                                            \
  static const ::tinytorch::lab::Registration registered_##lab_number##_##task_number##_##name(                        \
      lab_number, task_number, #name, {__VA_ARGS__}, &task_##lab_number##_##task_number##_##name, __FILE__, __LINE__); \
  static void task_##lab_number##_##task_number##_##name()
