#include "src/tito/judge/report.hpp"

#include "src/tito/judge/results.hpp"
#include "src/tito/lab/markers.hpp"
#include "src/tito/lab/workspace.hpp"
#include "src/tito/util/text.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tinytorch::tito {
namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr std::size_t widest_line = 116;
constexpr std::size_t most_printed_lines = 20;
constexpr std::size_t most_sanitizer_lines = 8;

Style style_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return Style::good;
    case Verdict::todo:
      return Style::warning;
    default:
      return Style::bad;
  }
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

// One line when it fits, else a line each.
std::string on_lines(const std::vector<std::string>& parts, const std::string& between) {
  const std::string one = joined(parts, between);
  if (one.empty()) return "";
  const bool fits = one.size() + 2 <= widest_line && one.find('\n') == std::string::npos;
  return "  " + (fits ? one : joined(parts, "\n  ")) + "\n";
}

// A sentence that is too long for a line goes on in the next ones.
std::string broken(const std::string& sentence) {
  if (sentence.size() + 2 <= widest_line || sentence.find('\n') != std::string::npos) return sentence;
  return trim(wrap(sentence, widest_line - 4, "    "));
}

std::string labelled(const std::string& label, const std::string& value) {
  return value.empty() ? "" : label + " " + value;
}

std::string inputs_text(const std::vector<std::pair<std::string, std::string>>& named) {
  std::vector<std::string> inputs;
  for (const auto& [name, value] : named) inputs.push_back(name + " = " + value);
  return on_lines(inputs, "  ");
}

std::string mismatch_text(const Mismatch& wrong) {
  // Of two numbers, texts or kinds of values, expected and yours say it already.
  const auto number = [](std::string text) {
    std::erase_if(text, [](char c) { return c == '[' || c == ']'; });
    return text;
  };
  const std::string said = "expected " + number(wrong.expected) + ", got " + number(wrong.yours);
  const std::string pair = wrong.expected + ", got " + wrong.yours;
  const bool repeats =
      wrong.difference == wrong.yours || wrong.difference == said || wrong.difference == "expected " + pair ||
      wrong.difference == "expected a number " + pair ||
      (wrong.difference.starts_with("first difference at [") && wrong.difference.ends_with("]: " + said));
  const std::string difference = repeats ? "" : broken(wrong.difference);
  const bool only_result = wrong.what.empty() || wrong.what == "y";
  return inputs_text(wrong.inputs) +
         on_lines({only_result ? "" : wrong.what + ":", labelled("expected", wrong.expected),
                   labelled("yours", wrong.yours), difference},
                  "   ");
}

// The lines, with those that follow each other and are equal folded to one; at most `most` of them.
std::string folded(const std::vector<std::string>& lines, std::size_t most) {
  std::string text;
  std::size_t shown = 0;
  for (std::size_t i = 0; i < lines.size();) {
    std::size_t same = 1;
    while (i + same < lines.size() && lines[i + same] == lines[i]) ++same;
    if (shown++ == most) return text + fmt::format("    ... {} more\n", lines.size() - i);
    text += lines[i] + (same > 1 ? fmt::format(" ({} times)", same) : "") + "\n";
    i += same;
  }
  return text;
}

// What a sanitizer said, without its page of frames: the error, and where in the student's files. "" if none spoke.
std::string sanitizer_text(const Context& context, const Lab& lab, const std::vector<std::string>& lines) {
  const std::string folder = lab.folder + "/";
  std::vector<std::string> text;
  for (const std::string& line : lines) {
    if (line.rfind("SUMMARY: ", 0) == 0) break;
    const auto error = std::min(line.find("AddressSanitizer: "), line.find("ThreadSanitizer: "));
    const auto frame = line.find(folder), place = line.find(" at 0x"), by = line.find(" by ");
    if (error != std::string::npos) {
      text.push_back("  " + line.substr(error, line.find(" (pid=") - error));
    } else if (!text.empty() && place < by && by != std::string::npos && line.find("Location ") == std::string::npos) {
      text.push_back("  " + line.substr(0, place) + line.substr(by));  // ThreadSanitizer's two accesses
    } else if (line.find(": runtime error: ") != std::string::npos) {
      text.push_back("  " + shown(context, line));
    } else if (!text.empty() && frame != std::string::npos && line.find("/tests/") == std::string::npos) {
      const auto start = line.rfind(' ', frame) + 1;
      text.push_back("    at " + shown(context, line.substr(start, line.find(' ', frame) - start)));
    }
  }
  return folded(text, most_sanitizer_lines);
}

std::string printed_text(const Context& context, const Lab& lab, const TestRecord& record) {
  if (record.output.empty()) return "";
  const std::vector<std::string> lines = split_lines(record.output);
  const std::string sanitizer = sanitizer_text(context, lab, lines);
  if (!sanitizer.empty()) return sanitizer;
  std::string text = "  printed meanwhile:\n";
  for (std::size_t i = 0; i < std::min(lines.size(), most_printed_lines); ++i) text += "    " + lines[i] + "\n";
  if (lines.size() > most_printed_lines)
    text += fmt::format("    ... {} more lines\n", lines.size() - most_printed_lines);
  return text;
}

bool crashed_in_company(const TestRecord& record) { return record.verdict == Verdict::crash && record.last.ends_alone; }

std::string again_line(const Lab& lab, const TestRecord& record, const ReportOptions& options) {
  const std::string stack = options.stack == "work" ? "" : " --stack " + options.stack;
  // A crash that needs the tests before it needs them again.
  const std::string part = !crashed_in_company(record) ? record.test.name : options.part ? record.test.task : "";
  const std::string only = part.empty() ? "" : " --only " + part;
  return fmt::format("  again: ./tito test {}{} --seed {}{}\n", lab.number, only, options.seed, stack);
}

std::string todo_text(const Context& context, const Lab& lab, const TestRecord& record, const std::string& head) {
  std::string text = head + " · " + record.test.name;
  const std::string first = record.todo.empty() ? record.test.task : record.todo.front();
  if (first != record.test.task) text += " · waits for " + first;
  text += "\n";
  const Task* task = lab.find_task(first);
  const std::string place = task == nullptr ? "" : hole_place(context, lab, *task);
  const std::string later = task == nullptr ? "" : comes_later(context, lab, *task);
  if (!later.empty()) text += "  " + later + "\n";
  if (!place.empty() && later.empty())
    text += fmt::format("  the next hole: {}   stuck? ./tito hint {}\n", place, first);
  return text;
}

std::string where_text(const Context& context, const TestRecord& record) {
  if (!record.where.empty())
    return fmt::format("  where: {}{}\n", record.where,
                       record.verdict == Verdict::timeout ? ", when it was stopped" : "");
  const bool signal = record.detail.rfind("signal ", 0) == 0;
  return record.verdict == Verdict::crash && signal && context.preset == "release"
             ? "  where: the same with --asan shows the line\n"
             : "";
}

// Tests of precision and of one dtype fail for plain mistakes too, and then say less about them.
bool speaks_of_digits(const std::string& test) {
  const auto has = [&](const char* word) { return test.find(word) != std::string::npos; };
  return has("digits") || has("float32") || has("float64") || has("int64") || has("exact") || has("rounding");
}

// How much a failure tells; the smallest tells the most.
std::pair<int, bool> tells(const TestRecord& record) {
  const bool digits = speaks_of_digits(record.test.name);
  if (record.verdict == Verdict::crash) return {2, digits};
  if (record.verdict == Verdict::timeout) return {3, digits};
  const bool in_a_case = !record.wrong.empty() && !record.wrong.front().inputs.empty();
  return {in_a_case ? 0 : 1, digits || (in_a_case && record.wrong.front().last_digits)};
}

OrderedJson test_json(const TestRecord& record) {
  OrderedJson test = {{"test", record.test.name},
                      {"verdict", to_string(record.verdict)},
                      {"calls", record.calls},
                      {"ms", record.milliseconds}};
  if (!record.todo.empty()) test["todo"] = record.todo;
  if (!record.detail.empty()) test["detail"] = record.detail;
  if (!record.signature.empty()) test["signature"] = record.signature;
  for (const Mismatch& wrong : record.wrong) {
    OrderedJson inputs = OrderedJson::array();
    for (const auto& [name, value] : wrong.inputs) inputs.push_back({name, value});
    test["wrong"].push_back({{"case", wrong.label},
                             {"inputs", inputs},
                             {"what", wrong.what},
                             {"expected", wrong.expected},
                             {"yours", wrong.yours},
                             {"difference", wrong.difference}});
  }
  return test;
}

OrderedJson json_head(const Lab& lab, const ReportOptions& options, const char* verdict, double points,
                      double possible) {
  return {{"lab", lab.folder},  {"stack", options.stack}, {"seed", options.seed}, {"part", options.part},
          {"verdict", verdict}, {"points", points},       {"possible", possible}};
}

// The student's code may print bytes that are no UTF-8.
std::string json_text(const OrderedJson& json) {
  return json.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

}  // namespace

const TestRecord* most_telling(const std::vector<TestRecord>& records) {
  const TestRecord* best = nullptr;
  for (const TestRecord& record : records) {
    if (record.verdict == Verdict::pass) continue;
    const bool open = record.verdict == Verdict::todo;
    if (best == nullptr || (best->verdict == Verdict::todo && !open)) {
      best = &record;
    } else if (!open && record.test.task == best->test.task && tells(record) < tells(*best)) {
      best = &record;
    }
  }
  return best;
}

std::string failure_text(const Context& context, const Lab& lab, const TestRecord& record, const Causes& causes,
                         const ReportOptions& options) {
  const Task* task = lab.find_task(record.test.task);
  const std::string title = task == nullptr ? "" : " " + task->title;
  const std::string verdict = padded(to_string(record.verdict), 5);
  const std::string head =
      fmt::format("{}  {}{}", paint(context, style_of(record.verdict), verdict), record.test.task, title);
  if (record.verdict == Verdict::todo) return todo_text(context, lab, record, head);
  const Mismatch* wrong = record.wrong.empty() ? nullptr : &record.wrong.front();
  std::string text = fmt::format("{} · {} · seed {}", head, record.test.name, options.seed);
  if (wrong != nullptr && !wrong->label.empty()) text += " · smallest case " + wrong->label;
  if (wrong == nullptr && !record.last.label.empty()) text += " · case " + record.last.label;
  text += "\n";
  if (!record.detail.empty()) text += "  " + broken(record.detail) + "\n";
  if (crashed_in_company(record))
    text += "  run alone it does not crash: a test before it damaged memory, or this crash depends on chance\n";
  text += wrong != nullptr ? mismatch_text(*wrong) : inputs_text(record.last.inputs);
  if (const auto cause = causes.find(record.test.name); cause != causes.end())
    text += "  this is what you get when: " + cause->second + "\n";
  return text + where_text(context, record) + printed_text(context, lab, record) + again_line(lab, record, options);
}

std::string table_text(const Context& context, const LabScore& score, bool points) {
  std::size_t widest = 0;
  for (const TaskScore& task : score.tasks) widest = std::max(widest, task.task->title.size());
  std::string text;
  for (const TaskScore& task : score.tasks) {
    if (!task.judged()) continue;
    const std::string verdict = paint(context, style_of(task.verdict), padded(to_string(task.verdict), 8));
    std::string line = fmt::format("  {:<5} {}  {}", task.task->id, padded(task.task->title, widest), verdict);
    if (points) line += fmt::format(" {:>6}", number_text(task.points) + "/" + number_text(task.task->points));
    if (task.verdict == Verdict::todo && !task.waits_for.empty())
      line += "   waits for " + joined(task.waits_for, ", ");
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

std::string report_text(const Context& context, const Lab& lab, const LabScore& score,
                        const std::vector<TestRecord>& records, const Causes& causes, const ReportOptions& options) {
  std::string text = fmt::format("{} · {} · seed {}\n\n", lab.folder, options.stack, options.seed);
  text += table_text(context, score, !options.part) + "\n";
  std::size_t failed = 0;
  for (const TestRecord& record : records) {
    if (record.verdict == Verdict::pass) continue;
    ++failed;
    if (options.all) text += failure_text(context, lab, record, causes, options) + "\n";
  }
  if (failed > 0 && !options.all) {
    text += failure_text(context, lab, *most_telling(records), causes, options) + "\n";
    if (failed > 1) text += fmt::format("{} tests don't pass yet; --all shows each of them\n", failed);
  }
  if (options.part) return text + fmt::format("{} of {} tests pass\n", records.size() - failed, records.size());
  return text + fmt::format("{}/{}\n", number_text(score.points), number_text(score.possible));
}

std::string report_json(const Lab& lab, const LabScore& score, const ReportOptions& options) {
  const bool all = score.complete();
  OrderedJson report = json_head(lab, options, all ? "PASS" : "FAIL", score.points, score.possible);
  report["tasks"] = OrderedJson::array();
  for (const TaskScore& task : score.tasks) {
    if (!task.judged()) continue;
    OrderedJson entry = {{"task", task.task->id}, {"title", task.task->title},     {"verdict", to_string(task.verdict)},
                         {"points", task.points}, {"possible", task.task->points}, {"tests", OrderedJson::array()}};
    for (const TestRecord* record : task.tests) entry["tests"].push_back(test_json(*record));
    report["tasks"].push_back(std::move(entry));
  }
  return json_text(report);
}

std::string failure_json(const Lab& lab, const ReportOptions& options, double possible, const std::string& what) {
  OrderedJson report = json_head(lab, options, "COMPILE_ERROR", 0, possible);
  report["message"] = what;
  return json_text(report);
}

}  // namespace tinytorch::tito
