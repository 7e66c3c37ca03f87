#include "tests/kit/suite/run.hpp"
#include "tests/kit/values/show.hpp"

#include <cerrno>
#include <cmath>
#include <cstdio>

#include <nlohmann/json.hpp>
#include <unistd.h>

namespace tinytorch::lab {
namespace {

using Json = nlohmann::ordered_json;

// A student's text may hold any bytes. Bytes that are not UTF-8 are replaced, so the report never fails.
std::string line_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"; }

void write_all(int fd, const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t count = ::write(fd, text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;  // the parent has closed its end
    done += static_cast<std::size_t>(count);
  }
}

Json number(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value + 0.0;  // -0 and 0 are equal, so they are streamed alike
}

Json numbers(const Value& value) {
  Json list = Json::array();
  for (const double real : value.reals) list.push_back(number(real));
  for (const std::int64_t integer : value.integers) list.push_back(integer);
  return list;
}

Json sizes_of(const Shape& sizes) {
  Json list = Json::array();
  for (const std::int64_t size : sizes) list.push_back(size);
  return list;
}

Json json_of(const Value& value) {
  switch (value.kind) {
    case Value::Kind::nothing:
      return nullptr;
    case Value::Kind::boolean:
      return value.integers[0] != 0;
    case Value::Kind::integer:
      return value.integers[0];
    case Value::Kind::real:
      return number(value.reals[0]);
    case Value::Kind::text:
      return value.text;
    case Value::Kind::shape:
    case Value::Kind::numbers:
      return numbers(value);
    case Value::Kind::tensor:
      return {{"dtype", to_string(value.dtype)}, {"sizes", sizes_of(value.sizes)}, {"values", numbers(value)}};
    case Value::Kind::thrown:
      return {{"throws", value.text}};
    case Value::Kind::list: {
      Json list = Json::array();
      for (const Value& item : value.items) list.push_back(json_of(item));
      return list;
    }
    case Value::Kind::record: {
      Json object = Json::object();
      for (std::size_t i = 0; i < value.items.size(); ++i) object[value.names[i]] = json_of(value.items[i]);
      return object;
    }
  }
  return nullptr;
}

Json failure_json(const char* event, const Failure& failure) {
  Json inputs = Json::array();
  for (const auto& [name, text] : failure.inputs) inputs.push_back(Json::array({name, text}));
  Json json = {{"event", event},
               {"index", failure.case_index},
               {"case", failure.case_label},
               {"inputs", inputs},
               {"what", failure.what},
               {"expected", failure.expected},
               {"yours", failure.yours},
               {"difference", failure.difference}};
  if (failure.last_digits) json["last_digits"] = true;
  return json;
}

class JsonReporter final : public Reporter {
 public:
  explicit JsonReporter(int fd) : fd_(fd) {}

  void begin(const TestInfo& test) override {
    send({{"event", "begin"}, {"test", test.name}, {"task", test.task}, {"uses", test.uses}});
  }
  void todo(const std::string& task) override { send({{"event", "todo"}, {"task", task}}); }
  void wrong(const TestInfo&, const Failure& failure) override { send(failure_json("wrong", failure)); }
  void smaller(const Failure& failure, const std::string& choices) override {
    Json json = failure_json("smaller", failure);
    json["choices"] = choices;
    send(json);
  }
  void input(const Case& c, const std::string& name, const std::string& text) override {
    send({{"event", "input"}, {"index", c.index()}, {"case", c.label()}, {"name", name}, {"text", text}});
  }
  void end(const TestInfo& test, const Outcome& outcome) override {
    Json json = {{"event", "end"},       {"test", test.name},      {"verdict", outcome.verdict},
                 {"todo", outcome.todo}, {"calls", outcome.calls}, {"ms", std::round(outcome.ms * 1e3) / 1e3}};
    if (!outcome.signature.empty()) json["signature"] = outcome.signature;
    // Marks the end of the test in the printed output: the parent reads that output from a pipe of its own.
    std::printf("\x1e%s\n", test.name.c_str());
    std::fflush(stdout);
    send(json);
  }
  void done() override { send({{"event", "done"}}); }

 private:
  void send(const Json& json) const { write_all(fd_, line_of(json)); }

  int fd_;
};

class PlainReporter final : public Reporter {
 public:
  explicit PlainReporter(std::uint64_t seed) : seed_(seed) {}

  void begin(const TestInfo&) override {}
  void todo(const std::string&) override {}
  void wrong(const TestInfo&, const Failure& failure) override { failure_ = failure; }
  void smaller(const Failure& failure, const std::string&) override { failure_ = failure; }
  void input(const Case&, const std::string&, const std::string&) override {}
  void end(const TestInfo& test, const Outcome& outcome) override {
    ++tests_;
    if (outcome.verdict == "PASS") ++passed_;
    if (outcome.verdict == "WRONG") return print(test);
    std::string text = outcome.verdict == "PASS" ? "PASS   " : "TODO   ";
    text += test.task + " " + test.name;
    for (const std::string& task : outcome.todo)
      if (task != test.task) text += " (waits for " + task + ")";
    write_all(STDOUT_FILENO, text + "\n");
  }
  void done() override {
    write_all(STDOUT_FILENO, std::to_string(passed_) + " of " + std::to_string(tests_) + " tests passed\n");
  }

 private:
  void print(const TestInfo& test) const {
    std::string text = "WRONG  " + test.task + " " + test.name + " · seed " + std::to_string(seed_);
    if (!failure_.case_label.empty()) text += " · smallest case " + failure_.case_label;
    text += "\n";
    for (const auto& [name, value] : failure_.inputs) text += "  " + name + " = " + value + "\n";
    text += "  " + failure_.what + ": expected " + failure_.expected + "   yours " + failure_.yours + "\n  " +
            failure_.difference + "\n";
    write_all(STDOUT_FILENO, text);
  }

  std::uint64_t seed_;
  Failure failure_;
  std::int64_t tests_ = 0;
  std::int64_t passed_ = 0;
};

}  // namespace

std::unique_ptr<Reporter> json_reporter(int fd) { return std::make_unique<JsonReporter>(fd); }
std::unique_ptr<Reporter> plain_reporter(std::uint64_t seed) { return std::make_unique<PlainReporter>(seed); }

void write_stream_line(int fd, const StreamLine& line) {
  Json json = {{"test", line.test}, {"case", line.case_label}, {"n", line.number},
               {"what", line.what}, {"kind", line.kind},       {"value", json_of(*line.value)}};
  if (line.rhs != nullptr) {
    json["op"] = line.op;
    json["rhs"] = json_of(*line.rhs);
  }
  if (line.tolerance) json["tolerance"] = number(*line.tolerance);
  write_all(fd, line_of(json));
}

std::string list_line(const TestInfo& test) {
  return line_of({{"test", test.name}, {"task", test.task}, {"uses", test.uses}});
}

}  // namespace tinytorch::lab
