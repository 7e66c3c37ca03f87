#include "src/serve/http/sockets.hpp"

#include "tinytorch/core/error.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tinytorch::serve {
namespace {

void never_block(int descriptor) {
  ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
  ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

void set_option(int descriptor, int level, int name) {
  const int on = 1;
  ::setsockopt(descriptor, level, name, &on, sizeof on);
}

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Addresses find_host(const std::string& host, int port) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found); error != 0)
    throw ValueError(fmt::format("[serve] --host {}: {}", host, ::gai_strerror(error)));
  return {found, &::freeaddrinfo};
}

std::string why_not(const std::string& host, int port, int error) {
  if (error == EADDRINUSE)
    return fmt::format("[serve] port {} of {} is taken; --port chooses another one, 0 any that is free", port, host);
  return fmt::format("[serve] can't listen on port {} of {}: {}", port, host, std::strerror(error));
}

}  // namespace

Socket& Socket::operator=(Socket&& other) noexcept {
  std::swap(value_, other.value_);
  return *this;
}

void Socket::close() {
  if (value_ >= 0) ::close(value_);
  value_ = -1;
}

Socket listen_on(const std::string& host, int port) {
  const Addresses addresses = find_host(host, port);
  int error = 0;
  for (const addrinfo* at = addresses.get(); at != nullptr; at = at->ai_next) {
    Socket socket(::socket(at->ai_family, at->ai_socktype, at->ai_protocol));
    if (socket.open()) {
      never_block(socket.get());
      // The port of a server that has just ended is free. One that another server listens on is not.
      set_option(socket.get(), SOL_SOCKET, SO_REUSEADDR);
      if (::bind(socket.get(), at->ai_addr, at->ai_addrlen) == 0 && ::listen(socket.get(), SOMAXCONN) == 0)
        return socket;
    }
    error = errno;
  }
  throw ValueError(why_not(host, port, error));
}

int port_of(const Socket& listener) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size);
  std::array<char, NI_MAXSERV> port{};
  ::getnameinfo(reinterpret_cast<sockaddr*>(&address), size, nullptr, 0, port.data(), port.size(), NI_NUMERICSERV);
  return std::stoi(port.data());
}

Socket accept_from(const Socket& listener, bool& out_of_files) {
  Socket client(::accept(listener.get(), nullptr, nullptr));
  if (!client.open()) {
    out_of_files = errno == EMFILE || errno == ENFILE;
    return client;
  }
  never_block(client.get());
  set_option(client.get(), IPPROTO_TCP, TCP_NODELAY);
  return client;
}

std::ptrdiff_t send_some(const Socket& socket, std::string_view bytes) {
  const ssize_t count = ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (count >= 0) return count;
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? 0 : -1;
}

Bell::Bell() {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) throw Error(fmt::format("[serve] pipe: {}", std::strerror(errno)));
  out_ = Socket(ends[0]);
  in_ = Socket(ends[1]);
  never_block(out_.get());
  never_block(in_.get());
}

void Bell::ring() const noexcept {
  const int before = errno;  // a signal handler leaves it as it was
  [[maybe_unused]] const ssize_t ignored = ::write(in_.get(), "", 1);
  errno = before;
}

void Bell::silence() const {
  std::array<char, 256> bytes;
  while (::read(out_.get(), bytes.data(), bytes.size()) > 0) {
  }
}

}  // namespace tinytorch::serve
