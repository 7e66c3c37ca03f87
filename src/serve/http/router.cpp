#include "src/serve/http/router.hpp"

#include <algorithm>
#include <ctime>
#include <exception>
#include <map>
#include <utility>

#include <httplib.h>

namespace tinytorch::serve {
namespace {

// A request in memory, and its answer: no worker waits for a socket. It has the functions of each version of
// cpp-httplib, which names some differently since 0.16; so none says `override`.
class MemoryStream final : public httplib::Stream {
 public:
  explicit MemoryStream(std::string_view in) : in_(in) {}

  bool is_readable() const { return !in_.empty(); }
  bool is_writable() const { return true; }
  bool wait_readable() const { return !in_.empty(); }
  bool wait_writable() const { return true; }
  ssize_t read(char* to, std::size_t size) {
    const std::size_t count = std::min(size, in_.size());
    std::copy_n(in_.begin(), count, to);
    in_.remove_prefix(count);
    return static_cast<ssize_t>(count);
  }
  ssize_t write(const char* from, std::size_t size) {
    out.append(from, size);
    return static_cast<ssize_t>(size);
  }
  void get_remote_ip_and_port(std::string&, int&) const {}
  void get_local_ip_and_port(std::string&, int&) const {}
  socket_t socket() const { return INVALID_SOCKET; }
  std::time_t duration() const { return 0; }

  std::string out;

 private:
  std::string_view in_;
};

void put(const Content& content, httplib::Response& response) {
  response.status = content.code;
  if (content.code == 503) response.set_header("Retry-After", "1");
  response.set_content(content.body, content.type);
}

}  // namespace

class Router::Http : public httplib::Server {
 public:
  Http() {
    set_keep_alive_timeout(60);  // what the answers say; the server keeps it
    set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
      return refuse(request, response) ? HandlerResponse::Handled : HandlerResponse::Unhandled;
    });
    set_error_handler([this](const httplib::Request& request, httplib::Response& response) {
      if (response.body.empty()) put(error_content(response.status, explain(request, response.status)), response);
      code = response.status;
    });
    set_exception_handler([](const httplib::Request&, httplib::Response& response, std::exception_ptr error) {
      try {
        std::rethrow_exception(std::move(error));
      } catch (const std::exception& fault) {
        put(error_content(500, fault.what()), response);
      }
    });
  }

  bool process(MemoryStream& stream, bool close, bool& closed) { return process_on(*this, stream, close, closed); }

  std::map<std::string, std::string> methods;  // by path
  bool later = false;
  int code = 200;

 private:
  // Since 0.16 the addresses of both sides are arguments.
  template <class Self>
  static bool process_on(Self& self, MemoryStream& stream, bool close, bool& closed) {
    if constexpr (requires { self.process_request(stream, close, closed, nullptr); }) {
      return self.process_request(stream, close, closed, nullptr);
    } else {
      return self.process_request(stream, "", 0, "", 0, close, closed, nullptr);
    }
  }

  // A packed body could be a thousand times longer than it looks.
  bool refuse(const httplib::Request& request, httplib::Response& response) {
    const auto known = methods.find(request.path);
    const std::string method = request.method == "HEAD" ? "GET" : request.method;
    if (known != methods.end() && known->second != method) {
      response.set_header("Allow", known->second);
      put(error_content(405, request.path + " takes " + known->second), response);
      return true;
    }
    if (!request.has_header("Content-Encoding")) return false;
    put(error_content(415, "send the body as it is, without Content-Encoding"), response);
    return true;
  }

  std::string explain(const httplib::Request& request, int status) const {
    if (status != 404) return "the request can't be read";
    std::string paths;
    for (const auto& [path, method] : methods) paths += (paths.empty() ? "" : ", ") + method + " " + path;
    return "there is no " + request.path.substr(0, 80) + "; there is " + paths;
  }
};

Router::Router() : http_(std::make_unique<Http>()) {}
Router::~Router() = default;

void Router::get(const std::string& path, std::function<Content()> endpoint) {
  http_->methods[path] = "GET";
  http_->Get(path, [this, endpoint = std::move(endpoint)](const httplib::Request&, httplib::Response& response) {
    const Content content = endpoint();
    http_->code = content.code;
    put(content, response);
  });
}

void Router::post(const std::string& path, std::function<std::optional<Content>(const std::string&)> endpoint) {
  http_->methods[path] = "POST";
  http_->Post(path,
              [this, endpoint = std::move(endpoint)](const httplib::Request& request, httplib::Response& response) {
                const std::optional<Content> content = endpoint(request.body);
                http_->later = !content.has_value();
                if (content) put(*content, response);
              });
}

Routed Router::route(std::string_view request, bool close) {
  MemoryStream stream(request);
  http_->later = false;
  http_->code = 200;
  bool closed = close;
  if (!http_->process(stream, close, closed)) closed = true;
  if (http_->later) return {0, "", closed};
  return {http_->code, std::move(stream.out), closed};
}

}  // namespace tinytorch::serve
