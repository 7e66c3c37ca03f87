// What the tests of task 12.4 share: a model whose outputs say which version computed them, and replies as texts.
#pragma once

#include "tests/kit/kit.hpp"
#include "tinytorch/core/creation.hpp"
#include "tinytorch/core/pointwise.hpp"
#include "tinytorch/nn/deploy_batching.hpp"

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace tinytorch::deploy {

/// y = factor x, and what it was asked for.
class ScalingModel final : public nn::Module {
 public:
  explicit ScalingModel(double factor, std::vector<std::int64_t>* sizes = nullptr) : factor_(factor), sizes_(sizes) {}
  Tensor forward(const Tensor& x) override {
    if (sizes_ != nullptr) sizes_->push_back(x.size(0));
    if (during) during();
    return x * factor_;
  }

  std::function<void()> during;  // called while a batch is being computed

 private:
  double factor_;
  std::vector<std::int64_t>* sizes_;
};

/// A model whose outputs are as many times the inputs as its version says.
inline LoadedModel scaling(std::int64_t version) {
  return {version, std::make_shared<ScalingModel>(static_cast<double>(version))};
}

inline std::vector<double> some_row(lab::Case& c, std::int64_t width) {
  std::vector<double> row;
  for (std::int64_t k = 0; k < width; ++k) row.push_back(static_cast<double>(c.integer(-9, 9)));
  return row;
}

inline Tensor row_tensor(const std::vector<double>& row) { return tensor(row).to(DType::float32); }

/// Requests with different ids in no order, each with a row of its own.
inline std::vector<Request> some_requests(lab::Case& c, std::int64_t count, std::int64_t width) {
  const Shape order = c.permutation(count);
  std::vector<Request> requests;
  for (std::int64_t i = 0; i < count; ++i)
    requests.push_back({10 * (order[i] + 1) + c.integer(0, 9), row_tensor(some_row(c, width)), never});
  return requests;
}

inline std::vector<std::string> request_texts(const std::vector<Request>& requests) {
  std::vector<std::string> texts;
  for (const Request& request : requests) {
    std::string text = std::to_string(request.id) + ":";
    for (const double value : lab::values(request.input)) text += " " + std::to_string(static_cast<int>(value));
    texts.push_back(std::move(text));
  }
  return texts;
}

inline void show_taken(lab::Case& c, const std::string& name, const Taken& taken) {
  c.input(name, request_texts(taken.batch));
  if (!taken.expired.empty()) c.input(name + ", expired", request_texts(taken.expired));
}

inline lab::Value reply_value(std::int64_t id, const std::string& status, std::int64_t version,
                              const std::vector<double>& output) {
  return lab::record({{"id", id}, {"status", status}, {"version", version}, {"output", output}});
}

/// Of replies; the text of an error is left to the student, but there must be one.
inline std::vector<lab::Value> reply_values(const Replies& replies) {
  std::vector<lab::Value> values;
  for (const Reply& reply : replies) {
    std::string status = reply.status == ReplyStatus::answered  ? "answered"
                         : reply.status == ReplyStatus::expired ? "expired"
                                                                : "failed";
    if (reply.error.empty() == (reply.status == ReplyStatus::failed)) status += ", with the wrong error text";
    values.push_back(reply_value(reply.id, status, reply.version,
                                 reply.output.defined() ? lab::values(reply.output) : std::vector<double>{}));
  }
  return values;
}

/// The right replies of a batch that this version computes, or that fails (version 0).
inline void append_right(std::vector<lab::Value>& values, const Taken& taken, std::int64_t version) {
  for (const Request& request : taken.batch) {
    std::vector<double> output;
    if (version != 0)
      for (const double x : lab::values(request.input)) output.push_back(x * static_cast<double>(version));
    values.push_back(reply_value(request.id, version == 0 ? "failed" : "answered", version, output));
  }
  for (const Request& request : taken.expired) values.push_back(reply_value(request.id, "expired", 0, {}));
}

inline std::vector<lab::Value> right_replies(const Taken& taken, std::int64_t version) {
  std::vector<lab::Value> values;
  append_right(values, taken, version);
  return values;
}

}  // namespace tinytorch::deploy
