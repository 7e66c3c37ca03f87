// What the tests of several files are made of.
#pragma once

#include "src/tito/judge/runner.hpp"

#include <string>

namespace tinytorch::tito {

inline TestRecord record(const std::string& name, const std::string& task, Verdict verdict,
                         const std::string& signature = "") {
  TestRecord record;
  record.test = {name, task, {}};
  record.verdict = verdict;
  record.signature = signature;
  return record;
}

/// `text` with `to` in place of the first `from`, which it holds.
inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

}  // namespace tinytorch::tito
