// Sockets that never block.
#pragma once

#include <atomic>
#include <string>
#include <string_view>

namespace tinytorch::serve {

/// A file descriptor that is closed with this object.
class Socket {
 public:
  explicit Socket(int value = -1) : value_(value) {}
  ~Socket() { close(); }
  Socket(Socket&& other) noexcept : value_(other.value_) { other.value_ = -1; }
  Socket& operator=(Socket&& other) noexcept;

  int get() const { return value_; }
  bool open() const { return value_ >= 0; }
  void close();

 private:
  int value_;
};

/// Listens on this address; port 0 means any that is free. Throws ValueError, one line, when there is no such host or
/// the port is taken.
Socket listen_on(const std::string& host, int port);
int port_of(const Socket& listener);

/// The next client; a closed one when there is none. Sets `out_of_files` when this process can open no more.
Socket accept_from(const Socket& listener, bool& out_of_files);

/// Sends as much as goes at once. Returns how much that was; -1 when the client is gone.
std::ptrdiff_t send_some(const Socket& socket, std::string_view bytes);

/// Wakes a thread that waits in poll(). Any thread may ring, and a signal handler.
class Bell {
 public:
  Bell();
  void ring() const noexcept;
  void silence() const;
  int descriptor() const { return out_.get(); }

 private:
  Socket out_, in_;
};

}  // namespace tinytorch::serve
