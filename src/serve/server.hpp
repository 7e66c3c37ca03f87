// The clients of a service: one thread waits for all of them, so that a slow one costs memory and holds no worker.
#pragma once

#include "src/serve/http/frame.hpp"
#include "src/serve/http/sockets.hpp"
#include "src/serve/service.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace tinytorch::serve {

/// Times are in nanoseconds.
struct ServerOptions {
  std::string host = "127.0.0.1";
  int port = 0;  // 0: any that is free
  Limits limits;
  std::size_t connections = 400;              // a client above them is answered 503
  std::int64_t request_time = 5'000'000'000;  // from the first byte of a request to its last, and to take an answer
  std::int64_t idle_time = 60'000'000'000;    // between two requests on a connection
  std::int64_t linger_time = 1'000'000'000;   // after the last answer, until the client has closed
  std::int64_t tick_time = 1'000'000'000;     // between two calls of `tick`
  std::function<void()> tick;                 // called on the server's thread; may be empty
};

class Server {
 public:
  /// Listens at once. Throws ValueError, one line, when the host is unknown or the port is taken.
  Server(const deploy::ModelHandle& current, const ServiceOptions& service, ServerOptions options);
  ~Server();

  int port() const { return port_; }
  /// "http://127.0.0.1:8080"
  std::string address() const;

  /// Serves until stop(), then drains: whoever sent a whole request gets an answer. Throws what ended the batcher.
  void run();
  /// Any thread may call it, and a signal handler.
  void stop() noexcept;

 private:
  struct Connection;

  void wait();
  std::int64_t next_event() const;
  void accept_clients(std::int64_t now);
  void read(Connection& connection, std::int64_t now);
  void serve(Connection& connection, std::int64_t now);
  bool serve_one(Connection& connection, std::int64_t now);
  void refuse(Connection& connection, const Content& content, std::int64_t now);
  void send(Connection& connection, std::string bytes, bool close, std::int64_t now);
  void write(Connection& connection, std::int64_t now);
  void deliver(std::int64_t now);
  void end_if_late(Connection& connection, std::int64_t now);
  void begin_drain(std::int64_t now);
  void remove_closed();

  ServerOptions options_;
  Bell bell_;
  Socket listener_;
  int port_ = 0;
  std::map<std::uint64_t, std::unique_ptr<Connection>> connections_;
  std::map<std::uint64_t, Connection*> tickets_;  // who waits for which answer
  std::uint64_t last_id_ = 0, last_ticket_ = 0;
  std::int64_t next_tick_ = 0;
  bool draining_ = false, out_of_files_ = false;
  std::atomic<bool> stop_{false};
  Service service_;  // the last member: its thread rings the bell
};

}  // namespace tinytorch::serve
