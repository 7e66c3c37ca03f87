// The frame of a request, found in bytes that come in pieces, and the text of an answer.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tinytorch::serve {

/// What an endpoint answers.
struct Content {
  int code = 200;
  std::string type, body;
};

/// {"error": "..."} with this code.
Content error_content(int code, std::string_view what);

/// Most bytes that a request may have.
struct Limits {
  std::size_t head = 8192;
  std::size_t body = 65536;
};

/// What stands at the front of the bytes that a client has sent so far.
struct Frame {
  enum class State { incomplete, complete, refused };
  State state = State::incomplete;
  std::size_t size = 0;        // of the whole request, once its head is there
  bool asks_to_go_on = false;  // the client sends the body after a "100 Continue"
  int code = 0;                // of the answer, when refused
  const char* why = "";
};

/// Finds the end of the first request: of its head, then by Content-Length. Whoever sends a body has to say its length
/// first, so that a body that is too long is refused before it comes.
Frame first_frame(std::string_view bytes, const Limits& limits);

/// The bytes of an answer. With `close` it says that the connection ends after it.
std::string response_text(const Content& content, bool close);

}  // namespace tinytorch::serve
