// From the bytes of a request to an endpoint and back; cpp-httplib reads the one and writes the other.
#pragma once

#include "src/serve/http/frame.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tinytorch::serve {

/// The answer to a request.
struct Routed {
  int code = 0;       // 0: the endpoint answers later
  std::string bytes;  // empty when the endpoint answers later
  bool close = false;
};

class Router {
 public:
  Router();
  ~Router();

  void get(const std::string& path, std::function<Content()> endpoint);
  /// The endpoint gets the body. Nothing means that it answers later.
  void post(const std::string& path, std::function<std::optional<Content>(const std::string&)> endpoint);

  /// Answers one whole request. With `close` the answer says that the connection ends after it.
  Routed route(std::string_view request, bool close);

 private:
  class Http;
  std::unique_ptr<Http> http_;
};

}  // namespace tinytorch::serve
