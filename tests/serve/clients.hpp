// A server in this process, networks that wait at a gate, and clients that say exactly what a test wants.
#pragma once

#include "src/serve/server.hpp"
#include "tinytorch/core/creation.hpp"
#include "tinytorch/core/error.hpp"

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace tinytorch::serve {

constexpr std::int64_t an_hour = 3'600'000'000'000;

/// The code of an answer, its head and its body.
struct Answer {
  int code = 0;  // 0: the connection ended first
  std::string head, body;
};

/// A client that blocks.
class Client {
 public:
  explicit Client(int port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }

  bool connected() const { return connected_; }
  Client& send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t count = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (count <= 0) break;
      text.remove_prefix(static_cast<std::size_t>(count));
    }
    return *this;
  }
  /// The next answer; code 0 when the server closes first.
  Answer read() {
    const std::size_t end = find("\r\n\r\n");
    if (end == std::string::npos) return {};
    Answer answer{std::stoi(in_.substr(9, 3)), in_.substr(0, end), ""};
    in_.erase(0, end + 4);
    const std::size_t at = answer.head.find("Content-Length: ");
    const std::size_t length = at == std::string::npos ? 0 : std::stoul(answer.head.substr(at + 16));
    while (in_.size() < length && more()) {
    }
    answer.body = in_.substr(0, length);
    in_.erase(0, length);
    return answer;
  }
  /// Whether nothing comes any more, and the server has closed.
  bool ended() {
    while (more()) {
    }
    return in_.empty();
  }
  void close() { socket_.close(); }

 private:
  bool more() {
    char buffer[4096];
    const ssize_t count = ::recv(socket_.get(), buffer, sizeof buffer, 0);
    if (count > 0) in_.append(buffer, static_cast<std::size_t>(count));
    return count > 0;
  }
  std::size_t find(std::string_view text) {
    while (in_.find(text) == std::string::npos)
      if (!more()) break;
    return in_.find(text);
  }

  Socket socket_;
  bool connected_ = false;
  std::string in_;
};

inline std::string post(std::string_view body, std::string_view path = "/predict") {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + std::string(body);
}
inline std::string get(std::string_view path) { return "GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n\r\n"; }

/// {"pixels": [...]} with 64 times this number.
inline std::string image(std::string_view pixel = "0.5") {
  std::string list;
  for (int i = 0; i < 64; ++i) list += (i == 0 ? "" : ", ") + std::string(pixel);
  return "{\"pixels\": [" + list + "]}";
}

/// Counts who comes, and lets nobody through before it is opened.
class Gate {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    ++came_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  int came() {
    const std::lock_guard lock(mutex_);
    return came_;
  }
  /// Waits until so many have come.
  void wait_for(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return came_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int came_ = 0;
  bool open_ = false;
};

/// Is sure of each image's digit: as many as its first pixel has tenths.
class Tenths : public nn::Module {
 public:
  Tensor forward(const Tensor& x) override {
    Tensor y = zeros({x.size(0), 10});
    for (std::int64_t i = 0; i < x.size(0); ++i)
      y.data<float>()[10 * i + static_cast<std::int64_t>(10 * x.data<float>()[i * x.stride(0)] + 0.5F)] = 1;
    return y;
  }
};

/// The same behind a gate.
class Gated final : public Tenths {
 public:
  explicit Gated(Gate& gate) : gate_(gate) {}
  Tensor forward(const Tensor& x) override {
    gate_.pass();
    return Tenths::forward(x);
  }

 private:
  Gate& gate_;
};

/// A server on a port of its own, in a thread of its own.
class Running {
 public:
  explicit Running(std::shared_ptr<nn::Module> network, ServiceOptions service = {}, ServerOptions options = {}) {
    deploy::publish_model(current, {1, std::move(network)});
    server_ = std::make_unique<Server>(current, service, std::move(options));
    thread_ = std::thread([this] { server_->run(); });
  }
  ~Running() {
    server_->stop();
    if (thread_.joinable()) thread_.join();
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  Server& server() { return *server_; }
  int port() const { return server_->port(); }
  Client client() const { return Client(port()); }
  Answer ask(const std::string& request) const { return client().send(request).read(); }
  /// Until so many requests wait or are being computed.
  void wait_for_queue(int length) const {
    const std::string line = "\ntinytorch_queue_length " + std::to_string(length) + "\n";
    while (ask(get("/metrics")).body.find(line) == std::string::npos) std::this_thread::yield();
  }
  /// Until run() has returned.
  void join() { thread_.join(); }

  deploy::ModelHandle current;

 private:
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

/// Nothing waits for others, and no time ends in a test.
inline ServiceOptions service_of(std::int64_t max_batch = 1, std::int64_t max_delay = 0, std::int64_t capacity = 64) {
  return {{max_batch, max_delay, capacity}, an_hour};
}
inline ServerOptions patient() {
  ServerOptions options;
  options.request_time = options.idle_time = options.linger_time = an_hour;
  return options;
}

}  // namespace tinytorch::serve
