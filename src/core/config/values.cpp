#include "tinytorch/core/settings.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace tinytorch::config {

namespace {

std::string in_quotes(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      result += {'\\', c};
    else if (c == '\n')
      result += "\\n";
    else if (c == '\r')
      result += "\\r";
    else if (c == '\t')
      result += "\\t";
    else if (code < 0x20 || code == 0x7f)
      result += {'\\', 'u', '0', '0', "0123456789abcdef"[code >> 4], "0123456789abcdef"[code & 15]};
    else
      result += c;
  }
  return result + '"';
}

// to_chars knows no locale, and writes the shortest text that reads back.
template <class T>
std::string digits(T number) {
  std::array<char, 64> buffer{};
  const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  return {buffer.data(), written.ptr};
}

std::string listed(const std::vector<std::int64_t>& numbers) {
  std::string result = "[";
  for (const std::int64_t number : numbers) result += (result.size() > 1 ? ", " : "") + digits(number);
  return result + ']';
}

}  // namespace

const char* to_string(Kind kind) {
  constexpr std::array names{"a boolean", "an integer",         "a real number",
                             "a text",    "a list of integers", "of a kind that no setting has"};
  return names[static_cast<std::size_t>(kind)];
}

const char* to_string(Effect effect) {
  constexpr std::array names{"result", "speed", "none"};
  return names[static_cast<std::size_t>(effect)];
}

std::string to_string(const Value& value) {
  switch (kind_of(value)) {
    case Kind::boolean:
      return std::get<bool>(value) ? "true" : "false";
    case Kind::integer:
      return digits(std::get<std::int64_t>(value));
    case Kind::real:
      return digits(std::get<double>(value));
    case Kind::text:
      return in_quotes(std::get<std::string>(value));
    case Kind::integers:
      return listed(std::get<std::vector<std::int64_t>>(value));
    case Kind::none:
      break;
  }
  return "?";
}

std::string to_string(const Origin& origin) {
  if (origin.layer == Layer::defaults) return "default";
  if (origin.line == 0) return origin.name;
  return detail::text({origin.name, ":", origin.line, ":", origin.column});
}

const Entry* Tree::find(std::string_view key) const {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.key == key; });
  return found == entries.end() ? nullptr : &*found;
}

void Tree::add(Entry entry) {
  if (find(entry.key) != nullptr) {
    throw ParseError(detail::text({"[settings] ", to_string(entry.origin), ": ", entry.key, " is there twice"}));
  }
  entries.push_back(std::move(entry));
}

}  // namespace tinytorch::config
