// The hook of operations and the tracer of a thread: who is called, and the records that are filled in meanwhile.

#include "tinytorch/core/op_hook.hpp"

#include "tinytorch/core/graph.hpp"
#include "tinytorch/core/op_trace.hpp"

#include <cstring>
#include <deque>
#include <thread>

namespace tinytorch {

constinit std::atomic<OpHook*> detail::op_hook{nullptr};
constinit std::atomic<std::int64_t> detail::watchers{0};

namespace {

constinit std::atomic<std::int64_t> calls_in_flight{0};
constinit std::atomic<std::uint64_t> installs{0};
constinit std::atomic<std::uint64_t> operations{0};
constinit thread_local OpTracer* tracer = nullptr;

// Calls f(hook) if one is installed. Counted before the hook is read, so that set_op_hook can wait for the end of it.
template <class F>
void with_hook(F f) noexcept {
  calls_in_flight.fetch_add(1);
  if (OpHook* hook = detail::op_hook.load()) f(*hook);
  calls_in_flight.fetch_sub(1);
}

bool ends_with_underscore(const char* name) {
  const std::size_t length = std::strlen(name);
  return length > 0 && name[length - 1] == '_';
}

}  // namespace

OpHook* set_op_hook(OpHook* hook) noexcept {
  OpHook* before = detail::op_hook.exchange(nullptr);
  while (calls_in_flight.load() != 0) std::this_thread::yield();
  installs.fetch_add(1);
  if (before != nullptr) detail::watchers.fetch_sub(1);
  if (hook != nullptr) detail::watchers.fetch_add(1);
  if (detail::op_hook.exchange(hook) != nullptr) detail::watchers.fetch_sub(1);  // of another thread, meanwhile
  return before;
}

// An operation that runs now, and under which hook it began.
struct detail::OpRun {
  OpRecord record;
  std::array<const Storage*, OpRecord::max_inputs> inputs{};
  std::uint64_t install = 0;  // 0: no hook was there any more
};

namespace {

// The operations of this thread that run now, outermost first. Their places are used again.
struct Running {
  std::deque<detail::OpRun> places;
  std::size_t depth = 0;
};
thread_local Running running;

detail::OpRun& push(const char* name, bool backward) {
  Running& mine = running;
  if (mine.depth == mine.places.size()) mine.places.emplace_back();
  detail::OpRun& run = mine.places[mine.depth++];
  run = detail::OpRun{};
  run.record.name = name;
  run.record.backward = backward;
  return run;
}

void add_input(detail::OpRun& run, const Tensor* x) {
  OpRecord& record = run.record;
  if (x == nullptr || !x->defined() || record.input_count == OpRecord::max_inputs) return;
  if (record.input_count == 0) record.dtype = x->dtype();
  run.inputs[record.input_count] = x->impl()->storage;
  record.input_shapes[record.input_count++] = x->sizes();
}

// An operation without an input (a fill, a span of the user's) computes nothing for the one around it.
void count_in_outer(const detail::OpRun& run) {
  Running& mine = running;
  if (mine.depth > 1 && run.record.input_count > 0) ++mine.places[mine.depth - 2].record.nested;
}

// The last step, so that the time begins after the bookkeeping.
void announce(detail::OpRun& run) noexcept {
  with_hook([&](OpHook& hook) {
    run.install = installs.load();
    run.record.begin_ns = hook.op_begins(run.record.name, run.record.backward);
  });
}

}  // namespace

void OpScope::begin(const char* name, std::initializer_list<const Tensor*> inputs) {
  if (tracer != nullptr) tracer->begins(name, {inputs.begin(), inputs.size()});
  run_ = &push(name, false);
  run_->record.sequence = operations.fetch_add(1, std::memory_order_relaxed) + 1;
  for (const Tensor* input : inputs) add_input(*run_, input);
  count_in_outer(*run_);
  announce(*run_);
}

void OpScope::begin(const autograd::Node& node, const Tensor& grad) {
  run_ = &push(node.name(), true);
  run_->record.sequence = node.sequence;
  add_input(*run_, &grad);
  count_in_outer(*run_);
  announce(*run_);
}

void OpScope::end() noexcept {
  if (tracer != nullptr && !run_->record.backward) tracer->ends();
  --running.depth;
  // A hook that was installed meanwhile knows nothing of this operation.
  with_hook([&](OpHook& hook) {
    if (run_->install == installs.load()) hook.op_ends(run_->record);
  });
}

void OpScope::note_result(const Tensor& out) {
  if (!out.defined()) return;
  if (tracer != nullptr) tracer->result(out);
  OpRecord& record = run_->record;
  record.output_shape = out.sizes();
  record.dtype = out.dtype();
  if (!ends_with_underscore(record.name))
    for (std::size_t i = 0; i < record.input_count; ++i) record.view |= run_->inputs[i] == out.impl()->storage;
  if (autograd::Node* node = out.impl()->node; node != nullptr && !node->is_leaf() && node->sequence == 0)
    node->sequence = record.sequence;
}

void OpScope::note_window(const Shape& sizes) { run_->record.window = sizes; }

void OpScope::note_setting(const char* name, const Shape& numbers) {
  if (tracer != nullptr) tracer->setting(name, numbers);
}
void OpScope::note_real(const char* name, double number) {
  if (tracer != nullptr) tracer->setting(name, number);
}
void OpScope::note_input(const Tensor& x) {
  if (tracer != nullptr) tracer->input(x);
}
void OpScope::note_further_result(const Tensor& y) {
  if (tracer != nullptr) tracer->result(y);
}

TracerScope::TracerScope(OpTracer& follower) : before_(tracer) {
  tracer = &follower;
  detail::watchers.fetch_add(1);
}

TracerScope::~TracerScope() {
  detail::watchers.fetch_sub(1);
  tracer = before_;
}

void TracedOp::begin(const char* name, std::initializer_list<const Tensor*> inputs) {
  if (tracer == nullptr) return;
  tracer->begins(name, {inputs.begin(), inputs.size()});
  tracer_ = tracer;
}

void detail::trace_call(const void* part) {
  if (tracer != nullptr) tracer->calls(part);
}

void detail::report_allocated(const void* block, std::int64_t bytes, memory::Tag tag) noexcept {
  with_hook([&](OpHook& hook) { hook.allocated(reinterpret_cast<std::uintptr_t>(block), bytes, tag); });
}

void detail::report_freed(const void* block, std::int64_t bytes, memory::Tag tag) noexcept {
  with_hook([&](OpHook& hook) { hook.freed(reinterpret_cast<std::uintptr_t>(block), bytes, tag); });
}

}  // namespace tinytorch
