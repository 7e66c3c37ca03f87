#include "src/serve/server.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

namespace tinytorch::serve {
namespace {

enum class State {
  reading,    // a request, or nothing yet
  waiting,    // for the model
  writing,    // an answer
  lingering,  // the last answer is sent; what still comes is thrown away until the client closes
  closed
};

}  // namespace

struct Server::Connection {
  Socket socket;
  State state = State::reading;
  std::string in, out;
  std::size_t sent = 0;        // of `out`
  std::uint64_t ticket = 0;    // while it waits
  std::int64_t until = 0;      // then it is ended; a waiting one has its deadline
  bool close = false;          // after the answer
  bool told_to_go_on = false;  // a "100 Continue" was sent for this request

  short events() const {
    if (state == State::reading || state == State::lingering) return POLLIN;
    return state == State::writing ? POLLOUT : 0;
  }
};

Server::Server(const deploy::ModelHandle& current, const ServiceOptions& service, ServerOptions options)
    : options_(std::move(options)),
      listener_(listen_on(options_.host, options_.port)),
      port_(port_of(listener_)),
      service_(current, service, [this] { bell_.ring(); }) {}

Server::~Server() = default;

std::string Server::address() const {
  const bool is_ipv6 = options_.host.find(':') != std::string::npos;
  return fmt::format("http://{}:{}", is_ipv6 ? "[" + options_.host + "]" : options_.host, port_);
}

void Server::stop() noexcept {
  stop_.store(true);
  bell_.ring();
}

void Server::run() {
  while (!draining_ || !connections_.empty()) {
    if (options_.tick && !draining_ && now_ns() >= next_tick_) {
      options_.tick();
      next_tick_ = now_ns() + options_.tick_time;
    }
    wait();
    const std::int64_t now = now_ns();
    if (stop_.load() && !draining_) begin_drain(now);
    deliver(now);
    for (auto& [id, connection] : connections_) end_if_late(*connection, now);
    remove_closed();
  }
}

// The time of the next thing that happens by itself.
std::int64_t Server::next_event() const {
  std::int64_t next = service_.next_deadline();
  if (options_.tick && !draining_) next = std::min(next, next_tick_);
  if (out_of_files_) next = std::min(next, now_ns() + 100'000'000);
  for (const auto& [id, connection] : connections_)
    if (connection->state != State::waiting) next = std::min(next, connection->until);
  return next;
}

// Waits for sockets, and does what they are ready for.
void Server::wait() {
  const bool takes_clients = listener_.open() && !std::exchange(out_of_files_, false);
  std::vector<pollfd> polled{{bell_.descriptor(), POLLIN, 0}, {takes_clients ? listener_.get() : -1, POLLIN, 0}};
  std::vector<Connection*> order;
  for (auto& [id, connection] : connections_) {
    polled.push_back({connection->socket.get(), connection->events(), 0});
    order.push_back(connection.get());
  }
  const std::int64_t wait = std::clamp<std::int64_t>(next_event() - now_ns(), 0, 3'600'000'000'000);
  if (::poll(polled.data(), polled.size(), static_cast<int>((wait + 999'999) / 1'000'000)) < 0) return;  // a signal
  const std::int64_t now = now_ns();
  if (polled[0].revents != 0) bell_.silence();
  for (std::size_t i = 0; i < order.size(); ++i) {
    const short events = polled[i + 2].revents;
    if ((events & POLLIN) != 0) {
      read(*order[i], now);
    } else if ((events & (POLLERR | POLLHUP | POLLNVAL)) != 0) {
      order[i]->state = State::closed;
    } else if ((events & POLLOUT) != 0) {
      write(*order[i], now);
      serve(*order[i], now);
    }
  }
  if (polled[1].revents != 0) accept_clients(now);
}

void Server::accept_clients(std::int64_t now) {
  while (true) {
    Socket socket = accept_from(listener_, out_of_files_);
    if (!socket.open()) return;
    // A client above the limit is told so, as long as there is room for that; above twice the limit it is cut off.
    if (connections_.size() >= 2 * options_.connections) continue;
    const bool too_many = connections_.size() >= options_.connections;
    auto& connection = connections_[++last_id_] = std::make_unique<Connection>();
    connection->socket = std::move(socket);
    connection->until = now + options_.idle_time;
    if (too_many) refuse(*connection, error_content(503, "too many connections; try again"), now);
  }
}

void Server::read(Connection& connection, std::int64_t now) {
  std::array<char, 16384> buffer;
  const ssize_t count = ::recv(connection.socket.get(), buffer.data(), buffer.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
  if (count <= 0) {
    connection.state = State::closed;
    return;
  }
  if (connection.state != State::reading) return;
  if (connection.in.empty()) connection.until = now + options_.request_time;
  connection.in.append(buffer.data(), static_cast<std::size_t>(count));
  serve(connection, now);
}

// Answers what has come, one request after the other.
void Server::serve(Connection& connection, std::int64_t now) {
  while (connection.state == State::reading && !connection.in.empty() && serve_one(connection, now)) {
  }
}

// Answers the request at the front of what has come. False when it is not whole yet.
bool Server::serve_one(Connection& connection, std::int64_t now) {
  const Frame frame = first_frame(connection.in, options_.limits);
  if (frame.state == Frame::State::refused) {
    refuse(connection, error_content(frame.code, frame.why), now);
    return true;
  }
  if (frame.state == Frame::State::incomplete) {
    if (frame.asks_to_go_on && !std::exchange(connection.told_to_go_on, true))
      send_some(connection.socket, "HTTP/1.1 100 Continue\r\n\r\n");  // nothing else is on its way, so it fits
    return false;
  }
  service_.metrics().connections = static_cast<std::int64_t>(connections_.size());
  const std::uint64_t ticket = ++last_ticket_;
  Routed routed = service_.answer(std::string_view(connection.in).substr(0, frame.size), ticket, draining_, now);
  connection.in.erase(0, frame.size);
  connection.told_to_go_on = false;
  if (routed.code != 0) {
    send(connection, std::move(routed.bytes), routed.close, now);
    return true;
  }
  connection.state = State::waiting;
  connection.close = routed.close;
  connection.ticket = ticket;
  tickets_[ticket] = &connection;
  return true;
}

// Answers, and takes nothing more from this client.
void Server::refuse(Connection& connection, const Content& content, std::int64_t now) {
  ++service_.metrics().answers[content.code];
  connection.in.clear();
  send(connection, response_text(content, true), true, now);
}

void Server::send(Connection& connection, std::string bytes, bool close, std::int64_t now) {
  connection.out = std::move(bytes);
  connection.sent = 0;
  connection.close = close;
  connection.state = State::writing;
  connection.until = now + options_.request_time;
  write(connection, now);
}

void Server::write(Connection& connection, std::int64_t now) {
  const std::ptrdiff_t count = send_some(connection.socket, std::string_view(connection.out).substr(connection.sent));
  if (count < 0) {
    connection.state = State::closed;
    return;
  }
  connection.sent += static_cast<std::size_t>(count);
  if (connection.sent < connection.out.size()) return;
  connection.out.clear();
  if (!connection.close && !draining_) {
    connection.state = State::reading;
    connection.until = now + (connection.in.empty() ? options_.idle_time : options_.request_time);
    return;
  }
  // To close at once would tear the answer from a client that still sends.
  ::shutdown(connection.socket.get(), SHUT_WR);
  connection.state = State::lingering;
  connection.until = now + options_.linger_time;
}

// Sends the answers that the model has given since.
void Server::deliver(std::int64_t now) {
  for (Late& late : service_.collect(now)) {
    const auto waiting = tickets_.find(late.ticket);
    if (waiting == tickets_.end()) continue;
    Connection& connection = *waiting->second;
    tickets_.erase(waiting);
    if (connection.state != State::waiting) continue;
    connection.ticket = 0;
    const bool close = connection.close || draining_;
    send(connection, response_text(late.content, close), close, now);
    serve(connection, now);
  }
}

void Server::end_if_late(Connection& connection, std::int64_t now) {
  if (connection.state == State::waiting || connection.state == State::closed || now < connection.until) return;
  if (connection.state == State::reading && !connection.in.empty()) {
    refuse(connection, error_content(408, "the request took too long to come"), now);
    return;
  }
  connection.state = State::closed;
}

void Server::begin_drain(std::int64_t now) {
  // A whole request that has arrived is answered, also when nobody has looked at it yet.
  accept_clients(now);
  for (auto& [id, connection] : connections_)
    if (connection->state == State::reading) read(*connection, now);
  draining_ = true;
  listener_.close();
  service_.drain();
  for (auto& [id, connection] : connections_) {
    if (connection->state != State::reading) continue;
    if (connection->in.empty()) {
      connection->state = State::closed;
    } else {
      refuse(*connection, error_content(503, "the server is ending"), now);
    }
  }
}

void Server::remove_closed() {
  for (auto at = connections_.begin(); at != connections_.end();) {
    if (at->second->state != State::closed) {
      ++at;
      continue;
    }
    if (at->second->ticket != 0) {
      tickets_.erase(at->second->ticket);
      service_.forget(at->second->ticket);
    }
    at = connections_.erase(at);
  }
}

}  // namespace tinytorch::serve
