// Clients that are slow, wrong, too many or gone. Gates and full queues decide what happens when, never a time that is
// hoped to be long enough.
#include "tests/serve/clients.hpp"

#include <vector>

#include <nlohmann/json.hpp>

namespace tinytorch::serve {
namespace {

using Json = nlohmann::json;

std::string error_of(const Answer& answer) {
  const Json json = Json::parse(answer.body, nullptr, false);
  return json.is_object() && json.contains("error") ? json["error"].get<std::string>() : answer.body;
}

TEST(Requests, that_are_wrong_are_refused_in_one_line) {
  const Running running(std::make_shared<Tenths>(), service_of(), patient());
  struct Case {
    std::string request;
    int code;
    std::string error;
  };
  const std::vector<Case> cases{
      {"GET /healthz HTTP/1.1\nHost: x\n\n", 400, "a line of the head ends without a carriage return"},
      {"POST /predict HTTP/1.1\r\nHost: x\r\n\r\n", 411, "Content-Length is missing"},
      {"POST /predict HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 411,
       "send the body in one piece, with Content-Length"},
      {"POST /predict HTTP/1.1\r\nContent-Length: 70000\r\n\r\n", 413, "the body is too long"},
      {"POST /predict HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n", 413, "the body is too long"},
      {"POST /predict HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400, "Content-Length is no whole number"},
      {"POST /predict HTTP/1.1\r\nContent-Length: 5\r\ncontent-length: 6\r\n\r\n", 400,
       "Content-Length is there twice"},
      {"POST /predict HTTP/1.1\r\nContent-Length : 5\r\n\r\n", 400, "a line of the head has no name and colon"},
      {"GET / HTTP/1.1\r\nx\r\n\r\n", 400, "a line of the head has no name and colon"},
      {"GET / HTTP/1.1\r\nX: " + std::string(9000, 'x'), 431, "the head of the request is too long"},
  };
  for (const Case& c : cases) {
    Client client = running.client();
    const Answer answer = client.send(c.request).read();
    EXPECT_EQ(answer.code, c.code) << c.request.substr(0, 60);
    EXPECT_EQ(error_of(answer), c.error);
    EXPECT_NE(answer.head.find("Connection: close"), std::string::npos);
    EXPECT_TRUE(client.ended());
  }
}

TEST(Requests, for_what_is_not_there_say_what_is) {
  const Running running(std::make_shared<Tenths>(), service_of(), patient());
  const Answer missing = running.ask(get("/digits"));
  EXPECT_EQ(missing.code, 404);
  EXPECT_NE(error_of(missing).find("POST /predict"), std::string::npos) << missing.body;
  const Answer method = running.ask(get("/predict"));
  EXPECT_EQ(method.code, 405);
  EXPECT_EQ(error_of(method), "/predict takes POST");
  EXPECT_NE(method.head.find("Allow: POST"), std::string::npos);
  EXPECT_EQ(running.ask("WHAT / EVER\r\nContent-Length: 0\r\n\r\n").code, 400);
  EXPECT_EQ(running.ask("POST /predict HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx").code, 415);
}

TEST(Requests, that_come_in_pieces_or_together_are_answered) {
  const Running running(std::make_shared<Tenths>(), service_of(), patient());
  Client client = running.client();
  for (const char byte : post(image("0.7"))) client.send({&byte, 1});
  EXPECT_EQ(Json::parse(client.read().body)["digit"], 7);
  client.send(post(image("0.1")) + get("/healthz") + post(image("0.2")));
  EXPECT_EQ(Json::parse(client.read().body)["digit"], 1);
  EXPECT_EQ(Json::parse(client.read().body)["status"], "ok");
  EXPECT_EQ(Json::parse(client.read().body)["digit"], 2);
}

TEST(Requests, that_ask_before_they_send_a_body_are_told_to_go_on) {
  const Running running(std::make_shared<Tenths>(), service_of(), patient());
  Client client = running.client();
  const std::string body = image("0.6");
  client.send("POST /predict HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: " + std::to_string(body.size()) +
              "\r\n\r\n");
  EXPECT_EQ(client.read().code, 100);
  client.send(body);
  EXPECT_EQ(Json::parse(client.read().body)["digit"], 6);
}

TEST(Requests, of_a_client_that_wants_no_more_close_the_connection) {
  const Running running(std::make_shared<Tenths>(), service_of(), patient());
  const std::string body = image();
  Client client = running.client();
  client.send("POST /predict HTTP/1.1\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) +
              "\r\n\r\n" + body);
  const Answer answer = client.read();
  EXPECT_EQ(answer.code, 200);
  EXPECT_NE(answer.head.find("Connection: close"), std::string::npos);
  EXPECT_TRUE(client.ended());
}

TEST(SlowClients, hold_no_worker) {
  const Running running(std::make_shared<Tenths>(), service_of(), patient());
  const std::string whole = post(image());
  std::vector<Client> slow;
  for (std::size_t i = 0; i < 60; ++i) slow.push_back(running.client());
  for (std::size_t i = 0; i < slow.size(); ++i) slow[i].send(whole.substr(0, i * whole.size() / slow.size()));
  EXPECT_EQ(running.ask(whole).code, 200);
  for (std::size_t i = 0; i < slow.size(); ++i) slow[i].send(whole.substr(i * whole.size() / slow.size()));
  for (Client& client : slow) EXPECT_EQ(client.read().code, 200);
}

TEST(SlowClients, are_answered_408_when_their_time_is_over) {
  ServerOptions options = patient();
  options.request_time = 1'000'000;
  const Running running(std::make_shared<Tenths>(), service_of(), options);
  for (const std::size_t length : {std::size_t{1}, std::size_t{20}, post(image()).size() - 1}) {
    Client client = running.client();
    const Answer answer = client.send(post(image()).substr(0, length)).read();
    EXPECT_EQ(answer.code, 408);
    EXPECT_EQ(error_of(answer), "the request took too long to come");
    EXPECT_TRUE(client.ended());
  }
}

TEST(SlowClients, that_say_nothing_are_cut_off) {
  ServerOptions options = patient();
  options.idle_time = 1'000'000;
  const Running running(std::make_shared<Tenths>(), service_of(), options);
  EXPECT_TRUE(running.client().ended());
}

TEST(SlowClients, that_never_close_after_a_refusal_are_cut_off) {
  ServerOptions options = patient();
  options.linger_time = 1'000'000;
  const Running running(std::make_shared<Tenths>(), service_of(), options);
  Client client = running.client();
  EXPECT_EQ(client.send("x\n").read().code, 400);
  EXPECT_TRUE(client.ended());
}

TEST(Overload, of_the_queue_is_answered_503_at_once) {
  Gate gate;
  const Running running(std::make_shared<Gated>(gate), service_of(1, 0, 2), patient());
  std::vector<Client> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(running.client());
    clients.back().send(post(image("0." + std::to_string(i))));
    if (i == 0) gate.wait_for(1);  // the model has taken it: the queue is empty again
  }
  running.wait_for_queue(3);
  const Answer refused = running.ask(post(image()));
  EXPECT_EQ(refused.code, 503);
  EXPECT_EQ(error_of(refused), "2 requests wait already; try again");
  EXPECT_NE(refused.head.find("Retry-After: 1"), std::string::npos);
  EXPECT_EQ(running.ask(get("/healthz")).code, 200);
  gate.open();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Json::parse(clients[static_cast<std::size_t>(i)].read().body)["digit"], i);
  EXPECT_EQ(running.ask(post(image())).code, 200);
}

TEST(Overload, of_connections_is_answered_503_at_once) {
  ServerOptions options = patient();
  options.connections = 2;
  const Running running(std::make_shared<Tenths>(), service_of(), options);
  Client one = running.client(), two = running.client();
  EXPECT_EQ(one.send(get("/healthz")).read().code, 200);
  EXPECT_EQ(two.send(get("/healthz")).read().code, 200);
  Client three = running.client();
  EXPECT_EQ(three.read().code, 503);
  EXPECT_TRUE(three.ended());
  EXPECT_EQ(one.send(post(image())).read().code, 200);
}

TEST(Deadlines, are_kept_while_requests_wait_for_others) {
  ServiceOptions service = service_of(2, an_hour);
  service.deadline = 1'000'000;
  const Running running(std::make_shared<Tenths>(), service, patient());
  const Answer answer = running.ask(post(image()));
  EXPECT_EQ(answer.code, 504);
  EXPECT_EQ(error_of(answer), "the time for the answer is over");
}

TEST(Deadlines, are_kept_while_the_network_computes) {
  Gate gate;
  ServiceOptions service = service_of();
  service.deadline = 20'000'000;
  const Running running(std::make_shared<Gated>(gate), service, patient());
  // On a busy machine the time of the first may be over before the network has begun.
  while (gate.came() == 0) EXPECT_EQ(running.ask(post(image())).code, 504);
  EXPECT_EQ(running.ask(post(image())).code, 504);
  gate.open();
}

TEST(Clients, that_are_gone_harm_nobody) {
  Gate gate;
  const Running running(std::make_shared<Gated>(gate), service_of(), patient());
  {
    Client gone = running.client();
    gone.send(post(image()));
    gate.wait_for(1);
  }
  Client stays = running.client();
  stays.send(post(image("0.3")));
  gate.open();
  EXPECT_EQ(Json::parse(stays.read().body)["digit"], 3);
}

TEST(Drain, answers_whole_requests_and_nothing_else) {
  Gate gate;
  Running running(std::make_shared<Gated>(gate), service_of(), patient());
  Client computed = running.client(), waits = running.client(), half = running.client(), idle = running.client();
  EXPECT_EQ(half.send(get("/healthz")).read().code, 200);
  EXPECT_EQ(idle.send(get("/healthz")).read().code, 200);
  computed.send(post(image("0.1")));
  gate.wait_for(1);
  waits.send(post(image("0.2")));
  running.wait_for_queue(2);
  half.send(post(image()).substr(0, 40));
  running.server().stop();
  EXPECT_TRUE(idle.ended());
  const Answer cut = half.read();
  EXPECT_EQ(cut.code, 503);
  EXPECT_EQ(error_of(cut), "the server is ending");
  half.close();
  EXPECT_FALSE(running.client().connected());
  gate.open();
  for (auto* client : {&computed, &waits}) {
    const Answer answer = client->read();
    EXPECT_EQ(answer.code, 200);
    EXPECT_EQ(Json::parse(answer.body)["digit"], client == &computed ? 1 : 2);
    EXPECT_NE(answer.head.find("Connection: close"), std::string::npos);
    client->close();
  }
  running.join();
}

TEST(Drain, of_a_server_that_does_nothing_ends_at_once) {
  Running running(std::make_shared<Tenths>(), service_of(), patient());
  running.server().stop();
  running.join();
}

TEST(Ports, that_are_taken_are_reported_in_one_line) {
  const Running running(std::make_shared<Tenths>(), service_of(), patient());
  ServerOptions options;
  options.port = running.port();
  deploy::ModelHandle current;
  try {
    const Server second(current, service_of(), options);
    FAIL() << "two servers share a port";
  } catch (const ValueError& error) {
    EXPECT_EQ(std::string(error.what()), "[serve] port " + std::to_string(running.port()) +
                                             " of 127.0.0.1 is taken; --port chooses another one, 0 any that is free");
  }
  options.host = "not an address";
  EXPECT_THROW(Server(current, service_of(), options), ValueError);
}

}  // namespace
}  // namespace tinytorch::serve
