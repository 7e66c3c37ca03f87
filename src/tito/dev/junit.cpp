#include "src/tito/dev/junit.hpp"

#include "src/tito/util/context.hpp"
#include "src/tito/util/text.hpp"

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

namespace tinytorch::tito {

namespace {

std::string unescaped(std::string text) {
  // "&amp;" last, or "&amp;lt;" would be decoded twice.
  for (const auto& [code, letter] : {std::pair("&lt;", "<"), std::pair("&gt;", ">"), std::pair("&quot;", "\""),
                                     std::pair("&apos;", "'"), std::pair("&amp;", "&")}) {
    const std::string wanted = code;
    for (std::size_t at = text.find(wanted); at != std::string::npos; at = text.find(wanted, at + 1)) {
      text.replace(at, wanted.size(), letter);
    }
  }
  return text;
}

/// The value of name="value" in a tag, or "".
std::string attribute(std::string_view tag, const std::string& name) {
  const std::string key = " " + name + "=\"";
  const std::size_t at = tag.find(key);
  if (at == std::string_view::npos) return "";
  const std::size_t begin = at + key.size();
  return unescaped(std::string(tag.substr(begin, tag.find('"', begin) - begin)));
}

/// What stands between <name> and </name>, or "".
std::string element(std::string_view text, const std::string& name) {
  const std::size_t open = text.find("<" + name + ">");
  if (open == std::string_view::npos) return "";
  const std::size_t begin = open + name.size() + 2;
  return unescaped(std::string(text.substr(begin, text.find("</" + name + ">", begin) - begin)));
}

/// Why a test skipped itself, by its return code or by GTEST_SKIP(); nothing when it did not. ctest takes any output
/// with GoogleTest's mark for a skip. Here the program must also have printed its summary, with no failure in it.
std::optional<std::string> reason_of_skip(std::string_view inside) {
  const std::size_t skipped = inside.find("<skipped");
  if (skipped == std::string_view::npos) return std::nullopt;
  const std::string message = attribute(inside.substr(skipped), "message");
  const std::string out = element(inside, "system-out");
  if (message.find("SKIP_RETURN_CODE") != std::string::npos) return trim(out);
  if (message.find("SKIP_REGULAR_EXPRESSION") == std::string::npos) return std::nullopt;
  const auto has = [&](const char* mark) { return out.find(mark) != std::string::npos; };
  if (!has("\n[  PASSED  ] ") || has("[  FAILED  ]")) return std::nullopt;
  const std::string opening = ": Skipped\n";
  const std::size_t at = out.find(opening);
  if (at == std::string::npos) return "it does not say why";
  const std::size_t begin = at + opening.size();
  return trim(out.substr(begin, out.find("\n[  SKIPPED ]", begin) - begin));
}

JunitCase read_case(std::string_view tag, std::string_view inside) {
  JunitCase one;
  one.name = attribute(tag, "name");
  one.seconds = std::strtod(attribute(tag, "time").c_str(), nullptr);
  const std::string status = attribute(tag, "status");
  one.passed = status == "run" && inside.find("<failure") == std::string_view::npos;
  if (one.passed) return one;
  if (const auto reason = reason_of_skip(inside)) {
    one.skipped = true;
    one.why = *reason;
    return one;
  }
  const std::size_t failure = inside.find("<failure");
  const std::string message = failure == std::string_view::npos ? "" : attribute(inside.substr(failure), "message");
  one.why = trim(message + "\n" + element(inside, "system-out"));
  if (one.why.empty()) one.why = "it did not run (" + status + ")";
  return one;
}

}  // namespace

std::vector<JunitCase> parse_junit(std::string_view xml) {
  if (xml.find("<testsuite") == std::string_view::npos) throw trouble("ctest wrote no JUnit report");
  std::vector<JunitCase> cases;
  const std::string_view open = "<testcase ";
  for (std::size_t at = xml.find(open); at != std::string_view::npos; at = xml.find(open, at + 1)) {
    const std::size_t tag_end = xml.find('>', at);
    const std::string_view tag = xml.substr(at, tag_end - at + 1);
    const bool empty = tag.size() >= 2 && tag[tag.size() - 2] == '/';
    const std::size_t end = empty ? tag_end : xml.find("</testcase>", tag_end);
    cases.push_back(read_case(tag, empty ? std::string_view{} : xml.substr(tag_end + 1, end - tag_end - 1)));
  }
  return cases;
}

}  // namespace tinytorch::tito
