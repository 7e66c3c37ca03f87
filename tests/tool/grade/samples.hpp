// A lab of two tasks, and a grade of it.
#pragma once

#include "src/tito/grade/grade.hpp"

#include <string>
#include <utility>

namespace tinytorch::tito {

inline Grade graded_sample() {
  Grade grade;
  grade.id = "s1";
  grade.entry = "s1 \xff.zip";
  grade.lab = "02";
  grade.rules = "r";
  grade.key = "k";
  grade.seed = 7;
  grade.points = 7.5;
  grade.possible = 10;
  grade.tasks = {{"2.1", "linear", "PASS", 7.5, 7.5}, {"2.2", "relu", "WRONG", 0, 2.5}};
  grade.tests = {{{"t", "2.1", {}}, "PASS", ""}, {{"u", "2.2", {}}, "WRONG", "value 1 of 2 is another one"}};
  grade.findings = {"uses getenv"};
  grade.walls = "namespaces";
  return grade;
}

inline Lab lab_of_sample() {
  Lab lab;
  lab.number = "02";
  for (const auto& [id, points] : {std::pair("2.1", 7.5), std::pair("2.2", 2.5)}) {
    Task task;
    task.id = id;
    task.points = points;
    lab.tasks.push_back(task);
  }
  return lab;
}

}  // namespace tinytorch::tito
