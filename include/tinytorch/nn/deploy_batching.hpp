#pragma once

#include "tinytorch/core/tensor.hpp"
#include "tinytorch/nn/module.hpp"

#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

/// Requests that wait for each other, so that a model computes several of them at once, and the replies. Times are in
/// nanoseconds from any moment. Lab 12 defines the functions that are not given (unit nn/deploy_batching).
namespace tinytorch::deploy {

/// A time that never comes, and one that is always there.
constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t at_once = std::numeric_limits<std::int64_t>::min();

struct Request {
  std::int64_t id = 0;
  Tensor input;                     ///< one example, without a dimension for the batch
  std::int64_t expires_at = never;  ///< from then on nobody wants the answer
};

struct WindowOptions {
  std::int64_t max_batch = 32;         ///< most requests in a batch
  std::int64_t max_delay = 2'000'000;  ///< longest time that a request waits for others to come
  std::int64_t capacity = 1024;        ///< most requests that wait
};

enum class Admission : std::uint8_t { accepted, full, draining };

/// What take() returns: requests to be computed together, and requests that waited too long.
struct Taken {
  std::vector<Request> batch, expired;
  bool empty() const { return batch.empty() && expired.empty(); }
};

/// Requests that wait, in the order in which they came. It has no clock and no thread: each call says what time it is,
/// and no call says an earlier time than the one before. The caller holds a lock when several threads use it.
class BatchWindow {
 public:
  /// Throws ValueError for max_batch < 1, max_delay < 0 and capacity < max_batch.
  explicit BatchWindow(const WindowOptions& options);
  ~BatchWindow();
  BatchWindow(BatchWindow&&) noexcept;
  BatchWindow& operator=(BatchWindow&&) noexcept;

  /// Lets the request wait. After drain() the answer is `draining`, else `full` when `capacity` requests wait, whether
  /// or not they have expired, else `accepted`. A request that is not accepted is dropped; nobody waits for room.
  Admission submit(Request request, std::int64_t now);
  /// Takes out every request whose expires_at is `now` or earlier, as expired; it is in no batch. Then a batch, if one
  /// is due: when max_batch requests are left, when the oldest of them came max_delay ago or earlier, or after drain().
  /// The batch is the oldest of them, max_batch at most. Both lists are in the order in which the requests came.
  Taken take(std::int64_t now);
  /// The first time at which take() returns a request if no other call comes before: `never` when nothing waits,
  /// `at_once` when max_batch requests wait or after drain(), else the earliest expires_at or the time at which the
  /// oldest has waited for max_delay, whichever is first.
  std::int64_t wake_at() const;
  /// From now on no request is accepted, and those that wait wait for no other.
  void drain();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// A model that can answer, and the version that it was published as.
struct LoadedModel {
  std::int64_t version = 0;
  std::shared_ptr<nn::Module> module;
};

/// The model that answers now. Threads that answer and threads that publish share it.
struct ModelHandle {
  mutable std::mutex mutex;                  ///< guards `model`
  std::shared_ptr<const LoadedModel> model;  ///< null: there is none yet
};

enum class ReplyStatus : std::uint8_t { answered, expired, failed };

struct Reply {
  std::int64_t id = 0;  ///< of the request
  ReplyStatus status = ReplyStatus::failed;
  std::int64_t version = 0;  ///< of the model that computed the output; 0 unless answered
  Tensor output;             ///< undefined unless answered
  std::string error;         ///< empty unless failed
};

using Replies = std::vector<Reply>;

/// Appends a reply for each request of `taken` to `out`: first the batch's, in its order, then those of the expired
/// requests. The model is called once for a batch and never for an empty one. It gets the inputs stacked: (n, ...). Row
/// i of its result is the output of request i. Nothing is recorded for backward. The whole batch is computed by one
/// model, which answers even if another one is published meanwhile. When the inputs' shapes differ, there is no model,
/// the model throws a std::exception, or its result has not n rows, every request of this batch is answered with
/// `failed` and a text that says why; answer() throws nothing then, and other batches are not concerned.
void answer(Taken taken, const ModelHandle& current, Replies& out);

/// Makes `next` the model of every batch that answer() begins from now on. Waits for no batch: one that is being
/// computed keeps its model, which is freed when nobody uses it any more.
void publish_model(ModelHandle& current, LoadedModel next);

}  // namespace tinytorch::deploy
