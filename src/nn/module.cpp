#include "tinytorch/nn/module.hpp"

#include "tinytorch/nn/sequential.hpp"

#include <cstdlib>
#include <typeinfo>

#include <cxxabi.h>

namespace tinytorch::nn {

// Here, and not in their headers, so that the classes' tables stand in one place.
Module::~Module() = default;
Sequential::~Sequential() = default;

std::string Module::kind() const {
  const char* mangled = typeid(*this).name();
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(abi::__cxa_demangle(mangled, nullptr, nullptr, &status),
                                                         &std::free);
  std::string name = text ? text.get() : mangled;
  const std::size_t end = name.find('<');
  const std::size_t scope = name.rfind("::", end);
  return scope == std::string::npos ? name : name.substr(scope + 2);
}

}  // namespace tinytorch::nn
