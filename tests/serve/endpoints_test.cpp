// What each address answers, over a real socket.
#include "tests/serve/clients.hpp"

#include <regex>
#include <sstream>

#include <nlohmann/json.hpp>

namespace tinytorch::serve {
namespace {

using Json = nlohmann::json;

TEST(Predict, answers_with_digit_and_probabilities) {
  const Running running(std::make_shared<Tenths>(), service_of(), patient());
  for (const int digit : {0, 3, 9}) {
    const Answer answer = running.ask(post(image("0." + std::to_string(digit))));
    ASSERT_EQ(answer.code, 200) << answer.body;
    const Json json = Json::parse(answer.body);
    EXPECT_EQ(json["digit"], digit);
    ASSERT_EQ(json["probabilities"].size(), 10U);
    EXPECT_EQ(json["probabilities"][static_cast<std::size_t>(digit)], 1.0);
    EXPECT_EQ(json["version"], 1);
    EXPECT_EQ(json["batch"], 1);
    EXPECT_GE(json["waited_ms"], 0.0);
    EXPECT_GE(json["computed_ms"], 0.0);
  }
}

TEST(Predict, takes_eight_rows_of_eight) {
  const Running running(std::make_shared<Tenths>(), service_of(), patient());
  std::string rows;
  for (int i = 0; i < 8; ++i) rows += std::string(i == 0 ? "" : ",") + "[0.4,0,0,0,0,0,0,1]";
  const Answer answer = running.ask(post("{\"pixels\": [" + rows + "]}"));
  ASSERT_EQ(answer.code, 200) << answer.body;
  EXPECT_EQ(Json::parse(answer.body)["digit"], 4);
}

TEST(Predict, computes_requests_together_and_gives_each_its_own_answer) {
  // The window waits for an hour: only a full batch can be the reason that it is computed.
  const Running running(std::make_shared<Tenths>(), service_of(3, an_hour), patient());
  Client one = running.client(), two = running.client(), three = running.client();
  one.send(post(image("0.1")));
  two.send(post(image("0.2")));
  three.send(post(image("0.3")));
  int digit = 0;
  for (Client* client : {&one, &two, &three}) {
    const Answer answer = client->read();
    ASSERT_EQ(answer.code, 200) << answer.body;
    EXPECT_EQ(Json::parse(answer.body)["digit"], ++digit);
    EXPECT_EQ(Json::parse(answer.body)["batch"], 3);
  }
  const std::string metrics = running.ask(get("/metrics")).body;
  EXPECT_NE(metrics.find("tinytorch_batch_size_bucket{le=\"2.0\"} 0\n"), std::string::npos) << metrics;
  EXPECT_NE(metrics.find("tinytorch_batch_size_bucket{le=\"4.0\"} 1\n"), std::string::npos);
  EXPECT_NE(metrics.find("tinytorch_batch_size_sum 3\n"), std::string::npos);
  EXPECT_NE(metrics.find("tinytorch_answers_total{code=\"200\"} 3\n"), std::string::npos);
}

TEST(Predict, says_what_is_wrong_with_a_body) {
  const Running running(std::make_shared<Tenths>(), service_of(), patient());
  const std::string send = "; send {\"pixels\": [64 numbers]}";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "the body is empty" + send},
      {"{\"pixels\": [1", "the body is no JSON" + send},
      {"\xff\xfe", "the body is no JSON" + send},
      {std::string(60'000, '['), "the body is no JSON" + send},
      {"[1, 2]", "`pixels` is missing" + send},
      {"{\"pixels\": 7}", "`pixels` is missing" + send},
      {"{\"pixels\": []}", "`pixels` has 0 numbers, not 64"},
      {"{\"pixels\": [0, 1]}", "`pixels` has 2 numbers, not 64"},
      {"{\"pixels\": [0, \"ink\"]}", "pixel 1 is no number"},
      {"{\"pixels\": [0, 1.5]}", "pixel 1 is 1.5; a pixel is from 0 (paper) to 1 (ink)"},
      {"{\"pixels\": [-1]}", "pixel 0 is -1; a pixel is from 0 (paper) to 1 (ink)"},
      {"{\"pixels\": [1e999]}", "the body is no JSON" + send},
      {"{\"pixels\": [[[0]]]}", "pixel 0 is no number"},
  };
  Client client = running.client();  // a bad body does not end the connection
  for (const auto& [body, error] : cases) {
    const Answer answer = client.send(post(body)).read();
    EXPECT_EQ(answer.code, 400) << body.substr(0, 40);
    const Json json = Json::parse(answer.body, nullptr, false);
    ASSERT_TRUE(json.is_object()) << answer.body;
    EXPECT_EQ(json["error"], error);
  }
  EXPECT_EQ(client.send(post(image())).read().code, 200);
}

class Failing : public nn::Module {
 public:
  Tensor forward(const Tensor&) override { throw Error("[net] no answer today"); }
};
class NotFinite : public nn::Module {
 public:
  Tensor forward(const Tensor& x) override { return full({x.size(0), 10}, std::numeric_limits<double>::quiet_NaN()); }
};

TEST(Predict, answers_500_when_the_network_fails_and_goes_on) {
  Running running(std::make_shared<Failing>(), service_of(), patient());
  const Answer failed = running.ask(post(image()));
  EXPECT_EQ(failed.code, 500);
  EXPECT_NE(failed.body.find("no answer today"), std::string::npos) << failed.body;
  deploy::publish_model(running.current, {2, std::make_shared<NotFinite>()});
  EXPECT_EQ(running.ask(post(image())).code, 500);
  deploy::publish_model(running.current, {3, std::make_shared<Tenths>()});
  const Answer answer = running.ask(post(image()));
  EXPECT_EQ(answer.code, 200);
  EXPECT_EQ(Json::parse(answer.body)["version"], 3);
}

TEST(Page, comes_with_its_style_and_its_script) {
  const Running running(std::make_shared<Tenths>(), service_of(), patient());
  const std::vector<std::array<std::string, 3>> parts{{"/", "text/html", "<canvas id=\"paper\""},
                                                      {"/page.css", "text/css", "#paper"},
                                                      {"/page.js", "text/javascript", "function predict"}};
  for (const auto& [path, type, text] : parts) {
    const Answer answer = running.ask(get(path));
    EXPECT_EQ(answer.code, 200);
    EXPECT_NE(answer.head.find("Content-Type: " + type), std::string::npos) << answer.head;
    EXPECT_NE(answer.body.find(text), std::string::npos) << path;
  }
}

TEST(Health, says_which_version_answers) {
  const Running running(std::make_shared<Tenths>(), service_of(), patient());
  const Answer answer = running.ask(get("/healthz"));
  EXPECT_EQ(answer.code, 200);
  EXPECT_EQ(Json::parse(answer.body), Json::parse(R"({"status": "ok", "version": 1})"));
}

TEST(Metrics, are_openmetrics) {
  const Running running(std::make_shared<Tenths>(), service_of(), patient());
  running.ask(post(image()));
  running.ask(get("/nothing"));
  const Answer answer = running.ask(get("/metrics"));
  EXPECT_NE(answer.head.find("Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8"),
            std::string::npos)
      << answer.head;
  EXPECT_TRUE(answer.body.ends_with("\n# EOF\n"));
  static const std::regex line(
      R"(# (TYPE|UNIT|HELP) tinytorch_\w+ .+|# EOF|tinytorch_\w+(\{(code|le)="[^"]+"\})? [0-9.e+-]+)");
  std::istringstream lines(answer.body);
  for (std::string text; std::getline(lines, text);) EXPECT_TRUE(std::regex_match(text, line)) << text;
  EXPECT_NE(answer.body.find("tinytorch_answers_total{code=\"404\"} 1\n"), std::string::npos);
  EXPECT_NE(answer.body.find("tinytorch_answer_seconds_count 1\n"), std::string::npos);
  EXPECT_NE(answer.body.find("tinytorch_wait_seconds_count 1\n"), std::string::npos);
  EXPECT_NE(answer.body.find("tinytorch_compute_seconds_count 1\n"), std::string::npos);
  EXPECT_NE(answer.body.find("tinytorch_connections 1\n"), std::string::npos) << answer.body;
}

TEST(Histogram, counts_a_value_at_its_bound_and_below_every_larger_one) {
  Histogram histogram({1, 2, 4});
  for (const double value : {1.0, 1.5, 2.0, 4.5}) histogram.add(value);
  EXPECT_EQ(histogram.text("x", "X."),
            "# TYPE x histogram\n# HELP x X.\nx_bucket{le=\"1.0\"} 1\nx_bucket{le=\"2.0\"} 3\nx_bucket{le=\"4.0\"} "
            "3\nx_bucket{le=\"+Inf\"} 4\nx_sum 9\nx_count 4\n");
}

}  // namespace
}  // namespace tinytorch::serve
