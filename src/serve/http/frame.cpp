#include "src/serve/http/frame.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tinytorch::serve {
namespace {

Frame refused(int code, const char* why) {
  Frame frame;
  frame.state = Frame::State::refused;
  frame.code = code;
  frame.why = why;
  return frame;
}

bool same_word(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

struct Head {
  std::optional<std::string_view> length;
  bool two_lengths = false, encoded = false, asks_to_go_on = false, odd_line = false;
};

// The lines after the first one that decide where the request ends.
Head read_head(std::string_view lines) {
  Head head;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find("\r\n"), lines.size());
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 2, lines.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0 || trimmed(line.substr(0, colon)).size() != colon) {
      head.odd_line = true;
      continue;
    }
    const std::string_view name = line.substr(0, colon), value = trimmed(line.substr(colon + 1));
    if (same_word(name, "Content-Length")) {
      head.two_lengths = head.two_lengths || head.length.has_value();
      head.length = value;
    }
    head.encoded = head.encoded || same_word(name, "Transfer-Encoding");
    head.asks_to_go_on = head.asks_to_go_on || (same_word(name, "Expect") && same_word(value, "100-continue"));
  }
  return head;
}

bool has_bare_line_end(std::string_view text) {
  for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1))
    if (at == 0 || text[at - 1] != '\r') return true;
  return false;
}

const char* reason(int code) {
  switch (code) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 408:
      return "Request Timeout";
    case 411:
      return "Length Required";
    case 413:
      return "Payload Too Large";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Answer";
  }
}

}  // namespace

Content error_content(int code, std::string_view what) {
  using Json = nlohmann::json;
  // What a client sent may stand in the line, and need not be UTF-8.
  const Json line{{"error", std::string(what)}};
  return {code, "application/json", line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"};
}

Frame first_frame(std::string_view bytes, const Limits& limits) {
  const std::size_t end = bytes.find("\r\n\r\n");
  const std::string_view head_text = bytes.substr(0, std::min(end, bytes.size()));
  if (has_bare_line_end(head_text)) return refused(400, "a line of the head ends without a carriage return");
  if (head_text.size() > limits.head) return refused(431, "the head of the request is too long");
  if (end == std::string_view::npos) return {};
  const std::size_t first = std::min(head_text.find("\r\n"), head_text.size());
  const Head head = read_head(head_text.substr(std::min(first + 2, head_text.size())));
  if (head.odd_line) return refused(400, "a line of the head has no name and colon");
  if (head.encoded) return refused(411, "send the body in one piece, with Content-Length");
  if (head.two_lengths) return refused(400, "Content-Length is there twice");
  std::size_t length = 0;
  if (head.length) {
    const char* const last = head.length->data() + head.length->size();
    const auto [stop, error] = std::from_chars(head.length->data(), last, length);
    if (error == std::errc::result_out_of_range) return refused(413, "the body is too long");
    if (error != std::errc() || stop != last) return refused(400, "Content-Length is no whole number");
  } else if (!head_text.starts_with("GET ") && !head_text.starts_with("HEAD ")) {
    return refused(411, "Content-Length is missing");
  }
  if (length > limits.body) return refused(413, "the body is too long");
  Frame frame;
  frame.size = end + 4 + length;
  frame.state = bytes.size() >= frame.size ? Frame::State::complete : Frame::State::incomplete;
  frame.asks_to_go_on = head.asks_to_go_on;
  return frame;
}

std::string response_text(const Content& content, bool close) {
  return fmt::format("HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{}Connection: {}\r\n\r\n{}",
                     content.code, reason(content.code), content.type, content.body.size(),
                     content.code == 503 ? "Retry-After: 1\r\n" : "", close ? "close" : "keep-alive", content.body);
}

}  // namespace tinytorch::serve
