// The program behind `tito serve`: it is linked once per stack, so the window and the network can be a student's.
#include "src/serve/model.hpp"
#include "src/serve/options.hpp"
#include "src/serve/server.hpp"
#include "tinytorch/core/error.hpp"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <exception>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/core.h>

namespace {

namespace serve = tinytorch::serve;
namespace deploy = tinytorch::deploy;

constinit serve::Server* to_stop = nullptr;

extern "C" void end_server(int) { to_stop->stop(); }

// The first signal drains; a second one ends the program as it would have.
void drain_on(int signal) {
  struct sigaction action {};
  action.sa_handler = end_server;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  ::sigaction(signal, &action, nullptr);
}

void say(const std::string& line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

std::int64_t nanoseconds(double milliseconds) { return std::llround(milliseconds * 1e6); }

void serve_model(const serve::Options& options) {
  const serve::Source source = serve::find_source(options.model);
  deploy::ModelHandle current;
  deploy::publish_model(current, serve::load(source));
  serve::Follower follower(source, current, say);

  serve::ServiceOptions service;
  service.window = {options.max_batch, nanoseconds(options.max_delay_ms), std::max(options.queue, options.max_batch)};
  service.deadline = nanoseconds(options.deadline_ms);
  serve::ServerOptions sockets;
  sockets.host = options.host;
  sockets.port = options.port;
  if (source.registry) sockets.tick = [&] { follower.look(); };
  serve::Server server(current, service, sockets);
  to_stop = &server;
  drain_on(SIGINT);
  drain_on(SIGTERM);
  const std::string version = source.registry ? fmt::format(", version {}", current.model->version) : "";
  say(fmt::format("{}{} answers at {}  (Ctrl-C ends)", source.path.string(), version, server.address()));
  server.run();
  say("drained: every request that had arrived was answered");
}

int run(int argc, char** argv) {
  serve::Options options;
  CLI::App app("Answers requests over HTTP with a network that reads digits.", "serve");
  serve::add_options(app, options);
  CLI11_PARSE(app, argc, argv);
  if (options.publish.empty()) {
    serve_model(options);
  } else {
    const std::int64_t version = serve::publish_weights(options.publish, options.model);
    say(fmt::format("{} is version {} of {}, and serves", options.publish, version, options.model));
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::string text = error.what();
    if (text.starts_with("[serve] ")) text.erase(0, 8);
    fmt::print(stderr, "serve: {}\n", text);
    return 1;
  }
}
