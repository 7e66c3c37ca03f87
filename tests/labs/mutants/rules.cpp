#include "tests/labs/mutants/rules.hpp"

#include "src/tito/util/text.hpp"

#include <algorithm>
#include <cctype>
#include <map>

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

// Replaces `length` characters at `offset`.
struct Edit {
  std::string rule;
  std::size_t offset = 0, length = 0;
  std::string text;
};

std::size_t end_of(const Token& token) { return token.offset + token.text.size(); }

// One hole or helper: its tokens and where they stand in the file.
class Mutator {
 public:
  explicit Mutator(std::string_view code) : code_(code), tokens_(tokens_of(code)) { find_partners(); }

  std::vector<Edit> edits(bool is_hole) {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      change_token(i);
      if (partner_[i] != none && partner_[i] > i) exchange_arguments(i);
    }
    drop_statements();
    if (is_hole) return_halfway();
    return std::move(edits_);
  }

 private:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  // Which bracket closes which; and for every token the bracket that it stands in.
  void find_partners() {
    partner_.assign(tokens_.size(), none);
    inside_.assign(tokens_.size(), none);
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const std::string& text = tokens_[i].text;
      if (text == ")" || text == "]" || text == "}") {
        if (open.empty()) continue;
        partner_[i] = open.back();
        partner_[open.back()] = i;
        open.pop_back();
      }
      inside_[i] = open.empty() ? none : open.back();
      if (text == "(" || text == "[" || text == "{") open.push_back(i);
    }
  }

  bool spaced(std::size_t i) const {
    const std::size_t begin = tokens_[i].offset, end = end_of(tokens_[i]);
    const auto blank = [&](std::size_t at) { return std::isspace(static_cast<unsigned char>(code_[at])) != 0; };
    return begin > 0 && end < code_.size() && blank(begin - 1) && blank(end);
  }

  void replace(std::size_t i, const std::string& text) {
    edits_.push_back({fmt::format("{} -> {}", tokens_[i].text, text), tokens_[i].offset, tokens_[i].text.size(), text});
  }

  void change_token(std::size_t i) {
    static const std::map<std::string_view, std::string_view> binary{
        {"+", "-"},   {"-", "+"},   {"*", "/"},   {"/", "*"},   {"<", "<="},  {"<=", "<"},
        {">", ">="},  {">=", ">"},  {"==", "!="}, {"!=", "=="}, {"&&", "||"}, {"||", "&&"},
        {"+=", "-="}, {"-=", "+="}, {"*=", "/="}, {"/=", "*="}, {"%", "*"}};
    static const std::map<std::string_view, std::string_view> anywhere{
        {"++", "--"}, {"--", "++"}, {"break", "continue"}, {"continue", "break"}, {"true", "false"}, {"false", "true"}};
    const Token& token = tokens_[i];
    if (token.kind == TokenKind::number) change_number(i);
    if (const auto at = anywhere.find(token.text); at != anywhere.end() && token.kind != TokenKind::text)
      replace(i, std::string(at->second));
    if (token.kind != TokenKind::symbol || !spaced(i)) return;
    if (const auto at = binary.find(token.text); at != binary.end()) replace(i, std::string(at->second));
  }

  void change_number(std::size_t i) {
    const std::string& text = tokens_[i].text;
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const std::string rest = text.substr(digits);
    if (digits > 15 || (!rest.empty() && rest[0] != '.' && rest[0] != 'U' && rest[0] != 'F')) return;
    replace(i, std::to_string(std::stoll(text.substr(0, digits)) + 1) + rest);
  }

  struct Range {
    std::size_t first, last;
  };

  // The arguments between a bracket and its partner; none at all when it holds statements.
  std::vector<Range> arguments(std::size_t open) const {
    std::vector<Range> ranges;
    std::size_t first = open + 1;
    for (std::size_t i = open + 1; i <= partner_[open]; ++i) {
      if (tokens_[i].text == ";" && inside_[i] == open) return {};
      const bool ends = i == partner_[open] || (tokens_[i].text == "," && inside_[i] == open);
      if (!ends) continue;
      if (i == first) return {};
      ranges.push_back({first, i - 1});
      first = i + 1;
    }
    return ranges;
  }

  // `const T* x`, `std::int64_t n`: a parameter, which may be renamed freely.
  bool declares_parameter(const Range& range) const {
    for (std::size_t i = range.first; i < range.last; ++i) {
      const bool type = tokens_[i].kind == TokenKind::word || tokens_[i].text == ">";
      const bool pointer = (tokens_[i].text == "*" || tokens_[i].text == "&") && !spaced(i) && i > range.first;
      if (pointer || (type && tokens_[i + 1].kind == TokenKind::word)) return true;
    }
    return false;
  }

  std::string text_of(const Range& range) const {
    const std::size_t begin = tokens_[range.first].offset;
    return std::string(code_.substr(begin, end_of(tokens_[range.last]) - begin));
  }

  // The name that is called with the bracket, `max` of `std::max<int>(`; "" if there is none.
  std::string called(std::size_t open) const {
    std::size_t name = open;
    if (name > 0 && tokens_[name - 1].text == ">") {
      while (name > 0 && tokens_[name].text != "<") --name;
    }
    if (name < 3 || tokens_[name - 2].text != "::") return "";
    return tokens_[name - 3].text + "::" + tokens_[name - 1].text;
  }

  // How many of the first arguments give the same in any order. The smallest of some numbers, and the sum of a product
  // and a number, do not depend on it. std::clamp gives the middle one of its numbers, and is undefined where the
  // bounds are the wrong way round.
  std::size_t orderless(std::size_t open) const {
    static const std::map<std::string_view, std::size_t> functions{
        {"std::min", 2}, {"std::max", 2}, {"std::clamp", 2}, {"std::fma", 2}, {"simd::fma", 2}};
    const bool list = tokens_[open].text == "{" && open > 0 && tokens_[open - 1].text == "(";  // std::min({a, b, c})
    if (!list && tokens_[open].text != "(") return 0;
    const auto at = functions.find(called(list ? open - 1 : open));
    if (at == functions.end()) return 0;
    return list ? none : at->second;
  }

  void exchange_arguments(std::size_t open) {
    const std::vector<Range> list = arguments(open);
    const std::size_t same = orderless(open);
    for (std::size_t k = 0; k + 1 < list.size(); ++k) {
      if (k + 1 < same || declares_parameter(list[k]) || declares_parameter(list[k + 1])) continue;
      const std::string a = text_of(list[k]), b = text_of(list[k + 1]);
      if (a == b || a.find('\n') != std::string::npos || b.find('\n') != std::string::npos) continue;
      const std::size_t begin = tokens_[list[k].first].offset, end = end_of(tokens_[list[k + 1].last]);
      edits_.push_back({fmt::format("exchange {} and {}", a, b), begin, end - begin, b + ", " + a});
    }
  }

  // The statement that begins at token i and ends at its semicolon, or none when braces come first.
  std::size_t end_of_statement(std::size_t i) const {
    for (; i < tokens_.size(); ++i) {
      const std::string& text = tokens_[i].text;
      if (text == ";") return i;
      if (text == "}") return none;
      if (text == "{" && (i == 0 || !starts_braced_value(i))) return none;
      if (partner_[i] != none && partner_[i] > i) i = partner_[i];
    }
    return none;
  }

  // `Shape{1, 2}` and `x = {1, 2}` hold values; `) {` and `else {` hold statements.
  bool starts_braced_value(std::size_t i) const {
    const Token& before = tokens_[i - 1];
    return before.text == "=" || before.text == "return" || before.text == "(" || before.text == "," ||
           before.text == ">" || (before.kind == TokenKind::word && before.text != "else" && before.text != "do");
  }

  bool begins_statement(std::size_t i) const {
    const std::string& text = tokens_[i].text;
    if (text == ";" || text == "}") return false;
    if (inside_[i] != none && tokens_[inside_[i]].text != "{") return false;
    if (i == 0) return true;
    const std::string& before = tokens_[i - 1].text;
    return before == ";" || before == "{" || before == "}";
  }

  bool declares(std::size_t i) const {
    const std::string& word = tokens_[i].text;
    if (word == "const" || word == "auto" || word == "constexpr" || word == "using" || word == "return" ||
        word == "template" || word == "struct" || word == "break" || word == "continue" || word == "static_assert")
      return true;
    // `T best = ...`, `double x;`, `std::int64_t n = ...`: a type, then a name
    std::size_t k = i;
    while (k + 2 < tokens_.size() && tokens_[k + 1].text == "::") k += 2;
    if (k + 1 < tokens_.size() && tokens_[k + 1].text == "<" && !spaced(k + 1)) k = end_of_template(k + 1);
    const bool type = tokens_[k].kind == TokenKind::word || tokens_[k].text == ">";
    return type && word != "if" && word != "for" && word != "while" && word != "else" && word != "throw" &&
           k + 1 < tokens_.size() && tokens_[k + 1].kind == TokenKind::word;
  }

  // The bracket that closes the template arguments which open at i.
  std::size_t end_of_template(std::size_t i) const {
    int depth = 0;
    for (; i + 1 < tokens_.size(); ++i) {
      if (tokens_[i].text == "<") ++depth;
      if (tokens_[i].text == ">") --depth;
      if (tokens_[i].text == ">>") depth -= 2;
      if (depth <= 0) break;
    }
    return i;
  }

  void drop_statements() {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (!begins_statement(i) || tokens_[i].kind == TokenKind::text) continue;
      const std::size_t end = end_of_statement(i);
      if (end == none || end == i || declares(i)) continue;
      const std::size_t begin = tokens_[i].offset, length = end_of(tokens_[end]) - begin;
      std::string lines(
          static_cast<std::size_t>(std::count(code_.begin() + static_cast<std::ptrdiff_t>(begin),
                                              code_.begin() + static_cast<std::ptrdiff_t>(begin + length), '\n')),
          '\n');  // line numbers below stay what they are
      edits_.push_back({"drop the statement", begin, length, ";" + lines});
    }
  }

  // The hole's last return, or `return;`, before the middle one of its outer statements.
  void return_halfway() {
    std::vector<std::size_t> outer;
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (inside_[i] == none && begins_statement(i)) outer.push_back(i);
    }
    if (outer.size() < 3) return;
    const std::size_t last = outer.back();
    std::string leave = "return;";
    if (tokens_[last].text == "return") {
      const std::size_t end = end_of_statement(last);
      if (end == none) return;
      leave = text_of({last, end});
    }
    const std::size_t middle = outer[outer.size() / 2];
    edits_.push_back({"return halfway", tokens_[middle].offset, 0, "if (true) " + leave + " "});
  }

  std::string_view code_;
  std::vector<Token> tokens_;
  std::vector<std::size_t> partner_, inside_;
  std::vector<Edit> edits_;
};

// The lines from..to (both from 0, of `text`), each trimmed, joined by a blank.
std::string lines_between(const std::vector<std::string>& lines, std::size_t from, std::size_t to) {
  std::string joined;
  for (std::size_t i = from; i <= to && i < lines.size(); ++i) {
    const std::string line = trim(lines[i]);
    if (!line.empty()) joined += (joined.empty() ? "" : " ") + line;
  }
  return joined;
}

std::size_t line_of(std::string_view text, std::size_t offset) {
  return static_cast<std::size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
}

TokenMutant applied(const UnitSource& source, const Segment& segment, const Edit& edit, std::size_t begin) {
  const std::size_t at = begin + edit.offset;
  TokenMutant mutant;
  mutant.unit = source.unit;
  mutant.task = segment.task;
  mutant.rule = edit.rule;
  mutant.text = source.text;
  mutant.text.replace(at, edit.length, edit.text);
  const std::size_t first = line_of(source.text, at), last = line_of(source.text, at + edit.length);
  mutant.line = first + 1;
  mutant.before = lines_between(split_lines(source.text), first, last);
  mutant.after = lines_between(split_lines(mutant.text), first, line_of(mutant.text, at + edit.text.size()));
  return mutant;
}

}  // namespace

std::vector<TokenMutant> token_mutants(const UnitSource& source) {
  std::vector<std::size_t> line_starts{0};
  for (std::size_t i = 0; i < source.text.size(); ++i) {
    if (source.text[i] == '\n') line_starts.push_back(i + 1);
  }
  std::vector<TokenMutant> mutants;
  for (const Segment& segment : source.source.segments) {
    if (segment.kind == Segment::Kind::text || segment.last_line <= segment.first_line + 1) continue;
    const std::size_t begin = line_starts[segment.first_line], end = line_starts[segment.last_line - 1];
    const std::string_view code = std::string_view(source.text).substr(begin, end - begin);
    for (const Edit& edit : Mutator(code).edits(segment.kind == Segment::Kind::hole))
      mutants.push_back(applied(source, segment, edit, begin));
  }
  return mutants;
}

std::vector<Equivalent> parse_equivalents(const std::string& text, const std::string& name) {
  std::vector<Equivalent> entries;
  const auto fail = [&](const std::string& what) { return trouble(fmt::format("[mutants] {}: {}", name, what)); };
  const auto add = [](std::string& to, const std::string& line) {
    to += (to.empty() ? "" : " ") + trim(line.substr(1));
  };
  for (const std::string& line : split_lines(text)) {
    if (trim(line).empty() || line[0] == '#') continue;
    if (line.rfind("why:", 0) == 0) {
      entries.push_back({trim(line.substr(4)), "", ""});
      if (entries.back().why.empty()) throw fail("a `why:` without a reason");
    } else if (entries.empty()) {
      throw fail(fmt::format("`{}` stands before any `why:`", line));
    } else if (line[0] == '-' || line[0] == '+') {
      add(line[0] == '-' ? entries.back().before : entries.back().after, line);
    } else {
      throw fail(fmt::format("`{}` begins with neither `why:` nor `-` nor `+`", line));
    }
  }
  for (const Equivalent& entry : entries) {
    if (entry.before.empty() || entry.after.empty()) throw fail(fmt::format("`{}` names no change", entry.why));
  }
  return entries;
}

}  // namespace tinytorch::tito
