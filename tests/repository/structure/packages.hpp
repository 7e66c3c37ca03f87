#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

/// The packages of the library and the units of the labs, as the tests of the source tree know them.
namespace tinytorch::structure {

/// A package and those that it may use, itself among them: "nn" -> {"core", "nn"}.
const std::map<std::string, std::set<std::string>>& may_use();

/// A row of cmake/units.cmake.
struct Unit {
  std::string name;     ///< "core/strides"
  std::string lab;      ///< "01_tensor"
  std::string package;  ///< "core"
};

/// All rows of cmake/units.cmake, in order.
std::vector<Unit> units();

}  // namespace tinytorch::structure
